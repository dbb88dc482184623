// Charts: each draws itself when it comes near the window, again when colours change, and saves as a picture.

const { init, registerMap, feature } = capfoldVendor;

const charts = [];
const near = new IntersectionObserver((entries) => {
  for (const e of entries) if (e.isIntersecting) e.target.show();
}, { rootMargin: "400px" });
const resized = new ResizeObserver((entries) => {
  for (const e of entries) e.target.fit();
});

// palette reads the colours of the page.
function palette() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue("--" + name).trim();
  return {
    text: get("text"), muted: get("muted"), line: get("line"), card: get("card"), soft: get("soft"), accent: get("accent"), land: get("land"), heat: get("heat"),
    low: get("low"), mid: get("mid"), high: get("high"),
    series: indices(8).map((i) => get("c" + i)),
  };
}

const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';

// base is what all charts have in common.
function base(p, option) {
  return {
    animation: false, useUTC: true, color: p.series, backgroundColor: p.card,
    textStyle: { fontFamily, color: p.text, fontSize: 12 },
    ...option,
    series: option.series.map((s) => ({ progressive: 0, ...s })), // all at once: paper does not wait for a next frame
    tooltip: {
      confine: true, backgroundColor: p.card, borderColor: p.line, textStyle: { color: p.text }, padding: 8, transitionDuration: 0,
      ...option.tooltip,
    },
  };
}

function axis(p, more) {
  return {
    axisLine: { lineStyle: { color: p.line } }, axisTick: { lineStyle: { color: p.line } }, minorTick: { show: false },
    splitLine: { lineStyle: { color: p.line, width: 1 } },
    ...more,
    nameTextStyle: { color: p.muted, ...more.nameTextStyle },
    axisLabel: { color: p.muted, hideOverlap: true, ...more.axisLabel },
  };
}

function narrow() { return window.innerWidth <= 600; }

// chart makes a chart: {id, label, height, option(palette, width), controls, key}. What label says is what those get who
// cannot see it; option is asked again whenever something has changed, which redraw() tells; key, if given, is told the
// keys that are pressed in the chart, and returns whether they mean something.
function chart({ id, label, height, option, controls = [], key }) {
  const box = el("div", { class: "chart", id: "chart-" + id, role: "img", "aria-label": label, tabindex: key ? "0" : null, on: {
    keydown: (e) => { if (key && instance && !e.ctrlKey && !e.altKey && !e.metaKey && key(e.key)) e.preventDefault(); },
  } });
  const canvas = el("div");
  box.append(canvas);
  let instance = null;
  const tall = () => typeof height === "function" ? height(box.clientWidth) : height;
  const size = () => {
    canvas.style.width = box.clientWidth + "px";
    canvas.style.height = tall() + "px";
  };
  const draw = (keep) => {
    if (!instance) return;
    size();
    instance.resize();
    const zoom = keep && instance.getOption().dataZoom;
    // ECharts 6.1 has the cells of a heat map on a canvas of their own, and what is above them on a third. On paper,
    // each one wipes out those below it.
    const renderer = instance.getZr(), { flush } = renderer;
    renderer.flush = () => {};
    instance.setOption(base(palette(), option(palette(), box.clientWidth)), { notMerge: true });
    for (const e of renderer.storage.getDisplayList(true)) e.incremental = 0;
    renderer.flush = flush;
    renderer.flush();
    if (zoom) zoom.forEach((z, dataZoomIndex) => instance.dispatchAction({ type: "dataZoom", dataZoomIndex, start: z.start, end: z.end }));
  };
  box.style.minHeight = tall() + "px";
  box.show = () => {
    if (instance || box.clientWidth === 0) return;
    box.style.minHeight = "";
    size();
    instance = init(canvas, null, { renderer: "canvas" });
    box.instance = instance;
    draw();
    near.unobserve(box);
    box.setAttribute("data-drawn", "");
  };
  let width = 0;
  box.fit = () => {
    if (box.clientWidth === width || box.clientWidth === 0) return;
    width = box.clientWidth;
    draw(true);
  };
  box.redraw = draw;
  near.observe(box);
  resized.observe(box);
  charts.push(box);

  const png = el("button", { type: "button", text: "PNG", "aria-label": "Save the chart as PNG", on: { click: async () => {
    box.show();
    const url = instance.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: palette().card });
    const binary = atob(url.slice(url.indexOf(",") + 1));
    download(id + ".png", new Blob([Uint8Array.from(binary, (c) => c.charCodeAt(0))], { type: "image/png" }));
    say("Saved " + id + ".png.");
  } } });
  const svg = el("button", { type: "button", text: "SVG", "aria-label": "Save the chart as SVG", on: { click: () => {
    box.show();
    download(id + ".svg", box.svg(), "image/svg+xml");
    say("Saved " + id + ".svg.");
  } } });
  box.svg = () => {
    const copy = init(null, null, { renderer: "svg", ssr: true, width: canvas.clientWidth, height: canvas.clientHeight });
    copy.setOption({ ...instance.getOption(), animation: false });
    const text = copy.renderToSVGString();
    copy.dispose();
    return text;
  };
  const figure = el("figure", { class: "block" },
    el("div", { class: "bar-of-controls" }, controls, el("span", { class: "group push" }, el("span", { text: "Save" }), png, svg)), box);
  figure.chart = box;
  return figure;
}

// logAxis describes a logarithmic axis for values of which some may be 0: these stand on a line of their own, a
// decade below the smallest other value, which the axis calls 0.
function logAxis(values, words) {
  const positive = values.filter((v) => v > 0);
  const has0 = positive.length < values.length;
  let low = Math.floor(Math.log10(positive.reduce((a, b) => Math.min(a, b), Infinity)));
  let high = Math.ceil(Math.log10(positive.reduce((a, b) => Math.max(a, b), 1)));
  if (!Number.isFinite(low)) { low = 0; high = 1; }
  if (has0) low--;
  if (high <= low) high = low + 1;
  const zero = 10 ** low;
  const step = Math.ceil((high - low) / (narrow() ? 5 : 8)); // decades; by itself the axis goes from one to ten of them
  return {
    has0,
    place: (v) => v > 0 ? v : zero,
    axis: {
      type: "log", min: zero, max: 10 ** high, interval: step,
      axisLabel: { formatter: (v) => has0 && v < zero * 1.5 ? "0" : words(v) },
    },
  };
}

// shade is a visualMap from low to high that stands for logarithms.
function shade(p, values, words, more) {
  const logs = values.filter((v) => v > 0).map(Math.log10);
  const low = logs.reduce((a, b) => Math.min(a, b), Infinity), high = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  const one = !(high > low); // value, or none: it has the colour of the most
  const max = Number.isFinite(high) ? high : 1, min = one ? max - 1 : low;
  return {
    type: "continuous", min, max, calculable: false, orient: "horizontal", left: "center", bottom: 0, itemWidth: 12, itemHeight: 160,
    inRange: { color: [p.low, p.mid, p.high] }, textStyle: { color: p.muted },
    text: [words(10 ** max), one ? "" : words(10 ** min)],
    ...more,
  };
}

const logNote = "Logarithmic axis: a step of the same length multiplies by the same factor, and there is no bar, because it would have no 0 to start from.";
