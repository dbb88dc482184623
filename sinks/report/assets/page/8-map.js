// The world by traffic.

// outlines returns the outlines of countries as GeoJSON. Antarctica takes a fifth of the map and has no hosts; it is left
// out.
function outlines() {
  const world = feature(JSON.parse(document.getElementById("world").textContent), "countries");
  world.features = world.features.filter((f) => f.properties.name !== "AQ");
  for (const f of world.features) {
    const polygons = f.geometry.type === "Polygon" ? [f.geometry.coordinates] : f.geometry.coordinates;
    f.geometry = { type: "MultiPolygon", coordinates: polygons.flatMap(cut) };
  }
  return world;
}

// cut cuts a polygon that goes over the meridian of 180 degrees, as parts of Russia and Fiji do on a globe, in two: on a
// flat map its ends would be joined across all of it.
function cut(polygon) {
  if (!polygon.some((ring) => ring.some(([x], i) => i > 0 && Math.abs(x - ring[i - 1][0]) > 180))) return [polygon];
  const rings = polygon.map((ring) => {
    let turn = 0;
    return ring.map(([x, y], i) => {
      if (i > 0 && Math.abs(x - ring[i - 1][0]) > 180) turn += x < ring[i - 1][0] ? 360 : -360;
      return [x + turn, y];
    });
  });
  return [-360, 0, 360]
    .map((shift) => rings.map((ring) => half(half(ring.map(([x, y]) => [x + shift, y]), 1), -1)).filter((ring) => ring.length > 3))
    .filter((part) => part.length > 0);
}

// half returns the part of a closed ring on which sign * longitude is at most 180.
function half(ring, sign) {
  const out = [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [a, b] = [ring[i], ring[i + 1]];
    const [da, db] = [180 - sign * a[0], 180 - sign * b[0]];
    if (da >= 0) out.push(a);
    if (da * db < 0) out.push([sign * 180, a[1] + ((b[1] - a[1]) * da) / (da - db)]);
  }
  if (out.length > 0) out.push(out[0]);
  return out;
}

// hotspots gathers spots, [longitude, latitude, bytes], that would be one blot on the map: each goes to the first heavier
// one within a few degrees. They come back with their heat, from 0 to 1 over four decades of bytes.
function hotspots(spots) {
  const near = 3, decades = 4, centres = [];
  for (const [x, y, n] of spots.slice().sort((a, b) => b[2] - a[2])) {
    const c = centres.find((d) => Math.hypot(d[0] - x, d[1] - y) < near);
    if (c) c[2] += n;
    else centres.push([x, y, n]);
  }
  const most = centres.reduce((a, c) => Math.max(a, c[2]), 1);
  return centres.map(([x, y, n]) => [x, y, Math.max(0.06, 1 + Math.log10(n / most) / decades)]);
}

const legendHeight = 44; // below the map

function mapSection() {
  if (absent("map", ["zones"], "No packet had an IP address.")) return;
  const body = bodyOf("map"), zones = columns("zones"), list = data.places.countries;
  const world = outlines();
  registerMap("world", world);
  const outlined = new Set(world.features.map((f) => f.properties.name).filter(Boolean));
  const cities = Boolean(zones.$city && zones.$city.some((c) => c));
  let measure = "sent", layers = cities ? "both" : "countries", zoom = 1, center = null; // null: all of it
  const weight = (c) => measure === "both" ? c.sent + c.received : c[measure];
  const zoneWeight = (i) => measure === "sent" ? zones.$sent_bytes[i] : measure === "received" ? zones.$received_bytes[i] : zones.$sent_bytes[i] + zones.$received_bytes[i];
  const facts = (c) => [["sent", exact(c.sent, "bytes")], ["received", exact(c.received, "bytes")], ["addresses", int(c.hosts)]];
  const option = (p, width) => {
    const countries = list.filter((c) => c.code && weight(c) > 0);
    const values = countries.map(weight);
    const filled = layers !== "heat", heated = layers !== "countries";
    const shape = countries.filter((c) => outlined.has(c.code)).map((c) => ({ name: c.code, value: Math.log10(weight(c)), country: c }));
    const dots = countries.filter((c) => !outlined.has(c.code) && c.latitude != null).map((c) => ({ name: c.name, value: [c.longitude, c.latitude, Math.log10(weight(c))], country: c }));
    const spots = zones.$latitude ? indices(zones.shown).filter((i) => zones.$latitude[i] != null && zoneWeight(i) > 0) : [];
    return {
      tooltip: { trigger: "item", formatter: (a) => {
        if (a.data && a.data.country) return tip(a.data.country.name, facts(a.data.country));
        if (a.seriesType === "scatter" && a.data && a.data.zone != null) {
          const i = a.data.zone;
          return tip([zones.$city && zones.$city[i], zones.$country[i]].filter(Boolean).join(", "), facts({ sent: zones.$sent_bytes[i], received: zones.$received_bytes[i], hosts: zones.$hosts[i] }));
        }
        const f = world.features.find((g) => g.properties.name && g.properties.name === a.name);
        return f ? tip(f.properties.label, [["traffic", "none"]]) : "";
      } },
      geo: { map: "world", clip: true, roam: narrow() && zoom === 1 ? false : "move", zoom, center, left: 0, right: 0, top: 0, bottom: legendHeight, scaleLimit: { min: 1, max: 12 },
        itemStyle: { areaColor: p.land, borderColor: p.card, borderWidth: 0.6 },
        emphasis: { label: { show: false }, itemStyle: { areaColor: undefined, borderColor: p.text, borderWidth: 1.2 } }, select: { disabled: true } },
      visualMap: [
        shade(p, values, bytes, { seriesIndex: [0, 1], dimension: undefined, show: filled && values.length > 0, itemHeight: Math.min(160, width / 3) }),
        { type: "continuous", show: false, seriesIndex: 2, min: 0, max: 1, inRange: { color: [p.heat], opacity: [0, 0.75] } },
      ],
      series: [
        { type: "map", geoIndex: 0, map: "world", data: filled ? shape : [] },
        { type: "scatter", coordinateSystem: "geo", data: filled ? dots : [], symbolSize: 9, itemStyle: { borderColor: p.text, borderWidth: 0.6 }, encode: { value: 2 } },
        { type: "heatmap", coordinateSystem: "geo", pointSize: 9, blurSize: 16, data: heated ? hotspots(spots.map((i) => [zones.$longitude[i], zones.$latitude[i], zoneWeight(i)])) : [] },
        { type: "scatter", coordinateSystem: "geo", symbolSize: 9, itemStyle: { opacity: 0 }, data: heated && cities ? spots.map((i) => ({ value: [zones.$longitude[i], zones.$latitude[i]], zone: i })) : [] },
      ],
    };
  };
  const ranking = el("div");
  const rank = () => {
    const order = list.slice().sort((a, b) => weight(b) - weight(a) || list.indexOf(a) - list.indexOf(b)).filter((c) => weight(c) > 0);
    const sum = total(order.map(weight)), shown = order.slice(0, 14);
    ranking.replaceChildren(el("h3", { text: "Ranking" }),
      bars(shown.map((c) => [c.name, weight(c), `${bytes(weight(c))} · ${percent(weight(c), sum)}`, ""]), Math.max(1, ...order.map(weight))),
      order.length > shown.length ? note(`and ${int(order.length - shown.length)} more, of ${bytes(total(order.slice(14).map(weight)))} in all.`) : "");
  };
  const heaviest = list.slice(0, 5).map((c) => `${c.name} ${bytes(c.sent)}`).join(", ");
  // view sets what part of the map is seen: factor multiplies the zoom, 0 shows all; the centre moves by steps east and north.
  const view = (factor, east = 0, north = 0) => {
    const chart = figure.chart.instance;
    if (factor === 0 || !chart) [zoom, center] = [1, null];
    else {
      const now = chart.getOption().geo[0], seen = chart.convertFromPixel({ geoIndex: 0 }, [chart.getWidth() / 2, (chart.getHeight() - legendHeight) / 2]);
      zoom = Math.min(12, Math.max(1, now.zoom * factor));
      center = [Math.min(180, Math.max(-180, seen[0] + (east * 60) / zoom)), Math.min(80, Math.max(-60, seen[1] + (north * 30) / zoom))];
    }
    figure.chart.redraw();
  };
  const keys = { "+": [1.6], "=": [1.6], "-": [1 / 1.6], 0: [0], ArrowLeft: [1, -1], ArrowRight: [1, 1], ArrowUp: [1, 0, 1], ArrowDown: [1, 0, -1] };
  const move = (f) => el("button", { type: "button", "aria-label": f > 1 ? "Zoom in" : f > 0 ? "Zoom out" : "Show the whole map", text: f > 1 ? "+" : f > 0 ? "−" : "Reset", on: { click: () => view(f) } });
  const measures = choice("Bytes", [["sent", "Sent"], ["received", "Received"], ["both", "Both"]], measure, (v) => { measure = v; rank(); figure.chart.redraw(); });
  const figure = chart({ id: "map", height: (width) => Math.max(200, Math.min(520, width * 0.53)) + legendHeight, option, key: (name) => Boolean(keys[name]) && (view(...keys[name]), true),
    label: `World map: countries shaded by traffic. Most was sent by ${heaviest}. Arrow keys move the map, plus, minus and 0 zoom. The ranking beside it and the table below have the values.`,
    controls: [
      measures,
      choice("Layers", [["countries", "Countries"], ["heat", "Heat"], ["both", "Both"]], layers, (v) => { layers = v; figure.chart.redraw(); }),
      el("span", { class: "group" }, move(1.6), move(1 / 1.6), move(0)),
    ] });
  rank();
  const nowhere = list.filter((c) => !c.code);
  // A map without any colour would look as if it were broken.
  if (nowhere.length === list.length) {
    figure.chart.remove();
    figure.replaceChildren(notice("No address is in a known country: all are special, such as private ones, or unknown to the geo databases."),
      el("div", { class: "bar-of-controls" }, measures));
    body.append(figure, ranking);
  } else body.append(el("div", { class: "beside" }, el("div", {}, figure,
    note((nowhere.length > 0 ? `Not on the map: ${nowhere.map((c) => `${c.name} (${bytes(c.sent)} sent, ${bytes(c.received)} received)`).slice(0, 6).join("; ")}. ` : "") +
      "Countries too small for an outline are dots. The map is moved by dragging, or by arrow keys when it has the focus. The heat layer adds up zones with known coordinates that are near one another, and shows the logarithm of their bytes, down to a ten-thousandth of the most.")), ranking));
  body.append(folded("Zones as a table", table({ name: "zones", caption: "Zones by traffic", columns: tableColumns("zones"), rest: beyond("zones", "zones") })));
}
