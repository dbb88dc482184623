// Ports, addresses, time series and transport.

// ranked draws names against amounts: bars from 0, or points on a logarithmic axis. Groups are {name, values}, stacked.
function ranked({ id, label, names, groups, measure, controls = [], axisName }) {
  let log = false;
  const sums = names.map((_, i) => groups.reduce((a, g) => a + g.values[i], 0));
  const scale = choice("Axis", [[false, "Linear"], [true, "Logarithmic"]], false, (v) => {
    log = v;
    hint.hidden = !v;
    figure.chart.redraw();
  });
  const hint = note(logNote);
  hint.hidden = true;
  const height = () => 70 + 23 * names.length + (groups.length > 1 ? 24 : 0);
  const option = (p, width) => {
    const l = logAxis(sums, (v) => tick(v, measure));
    const value = axis(p, { name: axisName + (log ? ", logarithmic" : ""), nameLocation: "middle", nameGap: 28,
      ...(log ? l.axis : { type: "value", min: 0, axisLabel: { formatter: (v) => tick(v, measure) } }),
      splitNumber: narrow() ? 2 : width < 750 ? 4 : 6 });
    if (log) value.axisLabel = { ...value.axisLabel, ...l.axis.axisLabel };
    return {
      grid: { left: 8, right: log ? 24 : 64, top: groups.length > 1 && !log ? 30 : 8, bottom: 26, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: groups.length > 1 && !log ? { type: "scroll", top: 0, left: 0, textStyle: { color: p.muted }, itemWidth: 12, itemHeight: 12, selectedMode: false } : undefined,
      tooltip: { trigger: log ? "item" : "axis", axisPointer: { type: "shadow" }, formatter: (a) => {
        const i = Array.isArray(a) ? a[0].dataIndex : a.dataIndex;
        return tip(names[i], [["in all", exact(sums[i], measure)], ...(groups.length > 1 ? groups.filter((g) => g.values[i] > 0).map((g) => [g.name, exact(g.values[i], measure)]) : [])]);
      } },
      xAxis: value,
      yAxis: axis(p, { type: "category", data: names.map((n) => short(n, narrow() ? 15 : 40)), inverse: true, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { color: p.text, interval: 0, hideOverlap: false } }),
      series: log
        ? [{ type: "scatter", data: sums.map((v, i) => [l.place(v), i]), symbolSize: 11, itemStyle: { color: p.series[0] } }]
        : groups.map((g, i) => ({ type: "bar", name: g.name, stack: "all", data: g.values, barMaxWidth: 16, itemStyle: { color: p.series[i] },
          label: { show: i === groups.length - 1, position: "right", color: p.muted, formatter: (a) => amount(sums[a.dataIndex], measure) } })),
    };
  };
  const figure = chart({ id, label, height, option, controls: [scale, controls] });
  return [figure, hint];
}

// headMeasure says in the sentence of a section what it counts.
function headMeasure(id, measure) { document.getElementById(id + "-measure").textContent = { bytes: "Bytes", wire_bytes: "Wire bytes", packets: "Number" }[measure]; }

function sentColumn(t) { return t["$sent_" + data.rankBy] ? data.rankBy : "bytes"; }

function portsSection() {
  const range = { registered: "the system and registered ports of IANA, 0 to 49151", all: "all ports, 0 to 65535" }[data.options.ports];
  if (range) document.getElementById("ports-range").textContent = range;
  if (absent("ports", ["ports"], "No packet had a port in this range.")) return;
  const t = columns("ports"), body = bodyOf("ports"), measure = sentColumn(t);
  headMeasure("ports", measure);
  const shown = indices(Math.min(25, t.shown)).filter((i) => t["$sent_" + measure][i] > 0);
  const names = shown.map((i) => t.$port[i] + (t.$service[i] ? " " + t.$service[i] : ""));
  if (shown.length > 0) {
    const pick = (values) => shown.map((i) => values[i]);
    const groups = measure === "bytes"
      ? [["TCP", t.$tcp_bytes], ["UDP", t.$udp_bytes], ["SCTP", t.$sctp_bytes]].map(([name, v]) => ({ name, values: pick(v) })).filter((g) => total(g.values) > 0)
      : [{ name: "sent", values: pick(t["$sent_" + measure]) }];
    const heaviest = names.slice(0, 5).map((n, i) => `${n} ${amount(t["$sent_" + measure][shown[i]], measure)}`).join(", ");
    if (measure !== data.rankBy) body.append(note(`The order is that of ${measureWords[data.rankBy]} sent; of ports, the result has their bytes only, which the bars show.`));
    body.append(...ranked({ id: "ports", label: `Bars: ${measureWords[measure]} sent by port; the heaviest are ${heaviest}. All ports are in the table below.`,
      names, groups, measure, axisName: measureWords[measure] + " sent" }));
    const silent = t.rows - t["$sent_" + measure].filter((v) => v > 0).length;
    if (t.rows > shown.length) body.append(note(`The chart has the ${shown.length} heaviest of ${int(t.rows)} ports${silent > 0 && t.rows === t.shown ? `, of which ${int(silent)} sent nothing` : ""}.`));
  } else body.append(notice("No packet came from a port in this range."));
  body.append(el("h3", { text: "All ports" }), table({ name: "ports", caption: "Ports by traffic", columns: tableColumns("ports"), rest: beyond("ports", "ports") }));
}

function addressesSection() {
  if (absent("addresses", ["hosts"], "No packet had an IP address.")) return;
  const t = columns("hosts"), body = bodyOf("addresses"), measure = sentColumn(t);
  headMeasure("addresses", measure);
  const n = Math.min(Math.max(1, Number(data.options.top) || 10), 40, t.shown);
  const pick = (values) => values.slice(0, n);
  const heaviest = pick(t.$address).slice(0, 5).map((a, i) => `${a} ${amount(t["$sent_" + measure][i], measure)}`).join(", ");
  body.append(...ranked({ id: "addresses", label: `Bars: ${measureWords[measure]} sent by address; the heaviest are ${heaviest}. The table below has more.`,
    names: pick(t.$address), groups: [{ name: "sent", values: pick(t["$sent_" + measure]) }], measure, axisName: measureWords[measure] + " sent" }));
  const names = ["address", "sent_bytes", "received_bytes", "sent_packets", "received_packets", "peers", "flows", "country", "city", "first_time", "last_time", "ttl_min", "ttl_max"];
  body.append(el("h3", { text: "Addresses" }), table({ name: "hosts", caption: "Addresses by traffic", columns: tableColumns("hosts", names), page: n,
    rest: data.hosts.count > 0 ? `This page has ${int(t.shown)} of ${int(t.rows)} addresses: the ${int(data.hosts.senders)} that sent most, and of the others the ${int(t.shown - data.hosts.senders)} that received most; the table hosts of the result has all.` : null }));
}

const dashes = ["solid", "dashed", "dotted"];

function timeSection() {
  if (absent("time", data.rows.timeline == null ? ["host_timeline"] : ["timeline"], "No packet, no time series.")) return;
  const s = data.times, body = bodyOf("time");
  if (!s) { body.append(notice("No packet, no time series.")); return; }
  const measure = data.rankBy, starts = indices(s.points).map((i) => (s.first + i * s.step) / 1000);
  const step = span(s.step);
  const per = s.interval > 0 ? ` per ${step}` : "";
  if (s.intervals > 1) body.append(note(`Each point sums up ${int(s.intervals)} intervals of ${span(s.interval)}.`));
  const option = (list, stacked) => (p) => ({
    grid: { left: 8, right: 20, top: 24, bottom: 62, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    tooltip: { trigger: "axis", formatter: (a) => tip(instant(starts[a[0].dataIndex] * 1000, s.step % 1e6 ? 3 : 0) + " UTC, " + step,
      a.map((x) => [x.seriesName, exact(list.find((one) => one.name === x.seriesName)[measure][x.dataIndex], measure)])) },
    xAxis: axis(p, { type: "time", splitLine: { show: false } }),
    yAxis: axis(p, { type: "value", min: 0, name: measureWords[measure] + per, nameTextStyle: { align: "left" }, axisLabel: { formatter: (v) => tick(v, measure) } }),
    dataZoom: [{ type: "inside", zoomOnMouseWheel: "shift", moveOnMouseMove: true, moveOnMouseWheel: false },
      { type: "slider", bottom: 8, height: 26, borderColor: p.line, textStyle: { color: p.muted }, fillerColor: p.accent + "18", handleStyle: { color: p.card, borderColor: p.muted },
        dataBackground: { lineStyle: { color: p.muted, opacity: 0.6 }, areaStyle: { color: p.muted, opacity: 0.15 } }, selectedDataBackground: { lineStyle: { color: p.accent, opacity: 0.7 }, areaStyle: { color: p.accent, opacity: 0.15 } },
        moveHandleStyle: { color: p.line }, labelFormatter: (v) => instant(v * 1000).slice(11) }],
    series: list.map((one) => ({
      type: "line", name: one.name, data: one[measure].map((v, i) => [starts[i], v]), showSymbol: s.points === 1, symbolSize: 8, lineStyle: { width: 1.8, type: dashes[Math.floor(one.index / 8) % 3] },
      itemStyle: { color: p.series[one.index % 8] }, stack: stacked ? "all" : undefined, areaStyle: stacked || list.length === 1 ? { opacity: stacked ? 0.55 : 0.14 } : undefined, sampling: undefined,
    })),
  });
  if (s.hosts.length > 0) {
    const list = s.hosts.map((one, index) => ({ ...one, index }));
    let on = new Set([0, 1]), stacked = false;
    const chips = list.map((one) => {
      const swatch = el("i", { class: "swatch", "aria-hidden": "true" });
      swatch.style.setProperty("--swatch", `var(--c${one.index % 8})`);
      return el("button", { type: "button", on: { click: () => { on.has(one.index) ? on.delete(one.index) : on.add(one.index); update(); } } }, swatch, short(one.name, 42));
    });
    const pressed = () => chips.forEach((c, i) => c.setAttribute("aria-pressed", String(on.has(i))));
    const update = () => { pressed(); figure.chart.redraw(true); };
    const set = (text, wanted) => el("button", { type: "button", text, on: { click: () => { on = new Set(wanted); update(); } } });
    const figure = chart({
      id: "time", height: 360,
      label: `Lines: ${measureWords[measure]} sent per interval by each of the top addresses, the first two at first. ` +
        list.slice(0, 2).map((one) => `${one.name} sent at most ${amount(one[measure].reduce((a, b) => Math.max(a, b), 0), measure)} in one interval`).join(", ") + ". The table below has the values.",
      option: (p) => option(list.filter((one) => on.has(one.index)), stacked)(p),
      controls: [choice("Show", [[false, "Lines"], [true, "Stacked"]], false, (v) => { stacked = v; figure.chart.redraw(true); }),
        el("span", { class: "group" }, set("First two", [0, 1]), set("All", indices(list.length)), set("None", []))],
    });
    pressed();
    body.append(el("h3", { text: "Top addresses" }), el("div", { class: "chips", role: "group", "aria-label": "Addresses in the chart" }, chips), figure,
      note("Zoom with the slider below the chart, or with the wheel while Shift is held." + (s.moreHosts > 0 ? ` ${count(s.moreHosts, "more address", "more addresses")} in the table host_timeline of the result.` : "")),
      folded("Values of the chart", table({ name: "host_timeline", caption: "Top addresses over time, " + measureWords[measure], columns: [
        { name: "interval_start", label: "interval start", kind: "time", values: starts.map((t) => t * 1000) },
        ...list.map((one) => ({ name: one.name, label: one.name, kind: "int", values: one[measure] })),
      ] })));
  } else body.append(notice(data.rows.host_timeline == null ? "Not in this result: the table host_timeline was not made (option --tables)." : "No top address sent anything."));
  if (s.all) {
    // Packets that are not IP have no IP bytes: all packets are drawn by wire bytes unless packets are asked for.
    let which = measure === "packets" ? "packets" : "wire_bytes";
    const draw = (p) => {
      const o = option([{ ...s.all, name: measureWords[which], index: 0, [measure]: s.all[which] }], false)(p);
      o.yAxis.name = measureWords[which] + per;
      o.yAxis.axisLabel.formatter = (v) => tick(v, which);
      o.tooltip.formatter = (a) => tip(instant(starts[a[0].dataIndex] * 1000, s.step % 1e6 ? 3 : 0) + " UTC, " + step,
        ["packets", "bytes", "wire_bytes"].map((m) => [measureWords[m], exact(s.all[m][a[0].dataIndex], m)]));
      return o;
    };
    const figure = chart({ id: "time-all", height: 260, option: draw,
      label: `Line: all packets over time, ${int(total(s.all.packets))} packets in ${count(s.points, "interval")} of ${step}. The table below has the values.`,
      controls: [choice("Show", [["wire_bytes", "Wire bytes"], ["packets", "Packets"]], which, (v) => { which = v; figure.chart.redraw(true); })] });
    body.append(el("h3", { text: "All packets" }), figure,
      folded("Values of the chart", table({ name: "timeline", caption: "All packets over time", columns: [
        { name: "interval_start", label: "interval start", kind: "time", values: starts.map((t) => t * 1000) },
        ...["packets", "bytes", "wire_bytes"].map((m) => ({ name: m, label: measureWords[m], kind: "int", values: s.all[m] })),
      ] })));
  }
}

function transportSection() {
  if (absent("transport", ["host_transport"], "No address sent anything.")) return;
  const t = columns("host_transport"), b = data.breakdown, body = bodyOf("transport");
  const list = (title, parts, words) => el("div", {}, el("h4", { text: title }),
    parts
      ? [bars(parts.number.map((n, i) => [...words(n, parts.name[i]), parts.bytes[i], parts.packets[i]])
          .map(([name, detail, by, packets]) => [name, by, `${bytes(by)} · ${count(packets, "packet")}`, detail])
          .concat(parts.others > 0 ? [[`${int(parts.others)} others`, parts.otherBytes, `${bytes(parts.otherBytes)} · ${count(parts.otherPackets, "packet")}`, ""]] : []))]
      : notice("None, or the table was not made."));
  const port = (n, service) => [String(n), service];
  body.append(table({ name: "host_transport", caption: "Transport of the top addresses", columns: tableColumns("host_transport", ["rank", "address", "sent_bytes", "protocol_name", "protocol_bytes", "source_port", "source_port_bytes", "destination_port", "destination_port_bytes"]), rest: beyond("host_transport", "addresses"),
    inner: (row) => {
      const rank = t.$rank[row];
      return el("div", { class: "columns" },
        list("Protocols", b.protocols[rank], (n, name) => [name || String(n), name ? String(n) : ""]),
        list("Source ports", b.source[rank], port), list("Destination ports", b.destination[rank], port));
    } }));
}
