// What the report needs of ECharts, and of topojson-client, under one global name. What is not named here is left out
// of the bundle.
import * as echarts from "echarts/core";
import { BarChart, HeatmapChart, LineChart, MapChart, ScatterChart, SunburstChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  DataZoomSliderComponent,
  GeoComponent,
  GridComponent,
  LegendScrollComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from "echarts/components";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { feature } from "topojson-client";

echarts.use([
  BarChart, HeatmapChart, LineChart, MapChart, ScatterChart, SunburstChart,
  DataZoomInsideComponent, DataZoomSliderComponent, GeoComponent, GridComponent, LegendScrollComponent,
  MarkAreaComponent, MarkLineComponent, TooltipComponent, VisualMapContinuousComponent,
  CanvasRenderer, SVGRenderer,
]);

export const { init, registerMap, version } = echarts;
export { feature };
