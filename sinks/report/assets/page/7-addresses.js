// Time to live and the scatter plot.

function ttlSection() {
  if (absent("ttl", ["ttl"], "No IP packet, no time to live.")) return;
  const t = columns("ttl"), body = bodyOf("ttl");
  const versions = [4, 6].filter((v) => t.$ip_version.includes(v));
  const dense = new Map(versions.map((v) => [v, new Array(256).fill(0)]));
  t.$ttl.forEach((ttl, i) => { dense.get(t.$ip_version[i])[ttl] += t.$packets[i]; });
  const sums = indices(256).map((i) => versions.reduce((a, v) => a + dense.get(v)[i], 0));
  const summary = columns("ttl_summary");
  const row = summary ? summary.$ip_version.lastIndexOf(null) : -1;
  const all = row < 0 ? null : Object.fromEntries(["min", "max", "mean", "variance", "stddev", "mode", "packets", "packets_above_mean", "packets_within_stddev"].map((n) => [n, summary["$" + n][row]]));
  if (all) {
    const above = all.packets_above_mean, within = all.packets_within_stddev;
    body.append(tiles([
      ["Minimum", int(all.min)], ["Maximum", int(all.max)], ["Mean", decimal.format(all.mean)], ["Variance", decimal.format(all.variance)],
      ["Standard deviation", decimal.format(all.stddev)], ["Most frequent", int(all.mode)],
      ["Above the mean", percent(above, all.packets), int(above) + " packets"],
      ["Within one deviation", percent(within, all.packets), int(within) + " packets"],
    ]));
  } else body.append(notice("Not in this result: the table ttl_summary was not made (option --tables)."));
  let log = false;
  const hint = note(logNote);
  hint.hidden = true;
  const colors = (p) => ({ 4: p.series[0], 6: p.series[2] });
  const option = (p) => {
    const l = logAxis(sums.filter((v) => v > 0), (v) => tick(v, "packets"));
    const y = axis(p, log ? { ...l.axis, min: Math.min(1, l.axis.min) } : { type: "value", min: 0 });
    y.axisLabel.formatter = (v) => tick(v, "packets");
    y.name = "packets" + (log ? ", logarithmic" : "");
    y.nameTextStyle = { ...y.nameTextStyle, align: "left" };
    const initial = [64, 128, 255].map((v) => ({ xAxis: v, label: { formatter: String(v), color: p.muted, position: "end" }, lineStyle: { color: p.muted, type: "dotted", width: 1.5 } }));
    const mean = all ? [{ xAxis: all.mean, label: { formatter: "mean " + all.mean.toFixed(1), color: p.series[1], fontWeight: 600, position: "insideEndTop", rotate: 90, distance: 6 }, lineStyle: { color: p.series[1], type: "solid", width: 2 } }] : [];
    const marks = {
      markLine: { silent: true, symbol: "none", data: [...initial, ...mean] },
      markArea: all ? { silent: true, itemStyle: { color: p.series[1], opacity: 0.1 }, data: [[{ xAxis: Math.max(0, all.mean - all.stddev) }, { xAxis: Math.min(255, all.mean + all.stddev) }]] } : undefined,
    };
    return {
      grid: { left: 8, right: 24, top: 46, bottom: 30, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: versions.length > 1 && !log ? { top: 0, right: 0, selectedMode: false, textStyle: { color: p.muted }, itemWidth: 12, itemHeight: 12 } : undefined,
      tooltip: { trigger: log ? "item" : "axis", axisPointer: { type: "shadow" }, formatter: (a) => {
        const ttl = Math.round((Array.isArray(a) ? a[0] : a).value[0]);
        return tip("TTL " + ttl, versions.map((v) => ["IPv" + v, exact(dense.get(v)[ttl], "packets")]));
      } },
      xAxis: axis(p, { type: "value", min: 0, max: 256, interval: 32, name: "TTL or hop limit", nameLocation: "middle", nameGap: 28, splitLine: { show: false }, axisLabel: { formatter: (v) => v === 256 ? "" : String(v) } }),
      yAxis: y,
      series: log
        ? [{ type: "scatter", name: "all", data: sums.map((v, i) => [i, v]).filter((d) => d[1] > 0), symbolSize: 7, itemStyle: { color: p.series[0] }, ...marks }]
        : versions.map((v, i) => ({ type: "bar", name: "IPv" + v, stack: "all", data: dense.get(v).map((n, ttl) => [ttl, n]), barCategoryGap: "8%", itemStyle: { color: colors(p)[v] }, ...(i === 0 ? marks : {}) })),
    };
  };
  const figure = chart({ id: "ttl", height: 340, option,
    label: `Histogram: packets by time to live, with the common initial values 64, 128 and 255 marked` +
      (all ? `, and the mean ${decimal.format(all.mean)} with one standard deviation, ${decimal.format(all.stddev)}, on either side. The most frequent value is ${all.mode}.` : ".") + " The table below has all values.",
    controls: [choice("Axis", [[false, "Linear"], [true, "Logarithmic"]], false, (v) => { log = v; hint.hidden = !v; figure.chart.redraw(); })] });
  body.append(el("h3", { text: "Histogram" }), figure, hint,
    note("Dotted: 64, 128 and 255, at which most senders start; each router on the way takes 1 off." +
      (all ? " Line and band: the mean of all packets, and one standard deviation on either side of it." : "")));
  if (summary) body.append(el("h3", { text: "Moments" }), table({ name: "ttl_summary", caption: "Moments of the time to live", columns: tableColumns("ttl_summary").map((c) =>
    c.name === "ip_version" ? { ...c, kind: "text", values: c.values.map((v) => v == null ? "all" : "IPv" + v) } : c) }));
  body.append(folded("Values of the histogram", table({ name: "ttl", caption: "Packets by time to live", columns: tableColumns("ttl") })));
}

// pointGroups sorts the addresses shown into at most eight groups, the heaviest first.
function pointGroups(names, weights) {
  const sums = new Map();
  names.forEach((n, i) => sums.set(n, (sums.get(n) || 0) + weights[i]));
  const ordered = [...sums.keys()].sort((a, b) => sums.get(b) - sums.get(a) || compareText(a, b));
  const kept = ordered.length > 8 ? ordered.slice(0, 7) : ordered;
  const at = new Map(kept.map((n, i) => [n, i]));
  const groups = kept.map((name) => ({ name, members: [] }));
  if (ordered.length > 8) groups.push({ name: `${ordered.length - 7} others`, members: [] });
  names.forEach((n, i) => groups[at.has(n) ? at.get(n) : 7].members.push(i));
  return groups;
}

function scatterSection() {
  if (absent("scatter", ["hosts"], "No packet had an IP address.")) return;
  const t = columns("hosts"), rest = data.hosts, body = bodyOf("scatter");
  const all = indices(t.shown), traffic = all.map((i) => t.$sent_bytes[i] + t.$received_bytes[i]);
  const most = traffic.reduce((a, b) => Math.max(a, b), 1);
  const geo = Boolean(t.$country && t.$country.some((c) => c));
  let y = "received_bytes", by = geo ? "country" : "kind";
  const yNames = { received_bytes: "bytes received", peers: "peers: other addresses it talked to" };
  const nameOf = { country: (i) => t.$country[i] || "Unknown", kind: (i) => rest.kinds[i], version: (i) => t.$address[i].includes(":") ? "IPv6" : "IPv4" };
  const height = () => narrow() ? 420 : 540;
  const sum = total(traffic);
  const option = (p, width) => {
    // Points together cover a third of the chart at most, or many of like traffic would be one blot.
    const largest = Math.min(56, Math.sqrt((4 / Math.PI) * (most / Math.max(1, sum)) * (width * height()) / 3));
    const diameter = (i) => Math.max(4, largest * Math.sqrt(traffic[i] / most));
    const x = logAxis(t.$sent_bytes, (n) => tick(n, "bytes")), v = logAxis(t["$" + y], (n) => tick(n, y === "peers" ? "packets" : "bytes"));
    const groups = pointGroups(all.map(nameOf[by]), traffic);
    const log = (l, more) => {
      const a = axis(p, { ...l.axis, ...more });
      a.axisLabel.formatter = l.axis.axisLabel.formatter;
      return a;
    };
    return {
      grid: { left: 8, right: 28, top: 64, bottom: 30, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { type: "scroll", top: 0, left: 0, right: 0, textStyle: { color: p.muted }, itemWidth: 12, itemHeight: 12, pageTextStyle: { color: p.muted }, pageIconColor: p.muted, formatter: (n) => short(n, 30) },
      tooltip: { trigger: "item", formatter: (a) => {
        const i = a.value[2];
        return tip(t.$address[i], [["sent", exact(t.$sent_bytes[i], "bytes")], ["received", exact(t.$received_bytes[i], "bytes")], ["peers", int(t.$peers[i])], ["flows", int(t.$flows[i])],
          geo ? ["country", [t.$country[i], t.$city && t.$city[i]].filter(Boolean).join(", ") || "Unknown"] : ["kind", rest.kinds[i]],
          t.$ttl_min[i] == null ? null : ["TTL", t.$ttl_min[i] === t.$ttl_max[i] ? int(t.$ttl_min[i]) : `${t.$ttl_min[i]}–${t.$ttl_max[i]}`],
          ["first", instant(t.$first_time[i])], ["last", instant(t.$last_time[i])]]);
      } },
      // Axes stand off from the points at 0, which would cover what they say.
      xAxis: log(x, { name: "bytes sent, logarithmic", nameLocation: "middle", nameGap: 28, offset: v.has0 ? largest / 2 : 0 }),
      yAxis: log(v, { offset: x.has0 ? largest / 2 : 0, name: (narrow() ? yNames[y].split(":")[0] : yNames[y]) + ", logarithmic", nameTextStyle: { align: "left" } }),
      // Large points first, so that they cover no small one.
      series: groups.map((g, i) => ({ type: "scatter", name: g.name, clip: false, itemStyle: { color: p.series[i], opacity: 0.62, borderColor: p.card, borderWidth: 0.5 },
        emphasis: { itemStyle: { opacity: 1, borderColor: p.text, borderWidth: 1.5 } },
        data: g.members.slice().sort((a, b) => traffic[b] - traffic[a] || a - b).map((j) => ({ value: [x.place(t.$sent_bytes[j]), v.place(t["$" + y][j]), j], symbolSize: diameter(j) })) })),
    };
  };
  const figure = chart({ id: "scatter", height, option,
    label: `Scatter plot of ${int(t.shown)} addresses: bytes sent against bytes received. The heaviest is ${t.$address[0]}, which sent ${bytes(t.$sent_bytes[0])} and received ${bytes(t.$received_bytes[0])}. The table of addresses above has the values.`,
    controls: [choice("Against", [["received_bytes", "Bytes received"], ["peers", "Peers"]], y, (v) => { y = v; figure.chart.redraw(); }),
      choice("Colour", [...(geo ? [["country", "Country"]] : []), ["kind", "Kind"], ["version", "IP version"]], by, (v) => { by = v; figure.chart.redraw(); })] });
  body.append(figure);
  body.append(note(rest.count > 0
    ? `Drawn: the ${int(rest.senders)} addresses that sent most, and of the others the ${int(t.shown - rest.senders)} that received most. Not drawn: ${count(rest.count, "address", "addresses")}, which sent ${int(rest.sent_bytes)} bytes in ${int(rest.sent_packets)} packets and received ${int(rest.received_bytes)} bytes in ${int(rest.received_packets)} packets in all.`
    : `Drawn: all ${count(t.shown, "address", "addresses")}.`), el("p", { class: "note" }, "Points of little traffic are drawn 4 pixels wide, so as to be seen. The values are in the table under ", el("a", { href: "#addresses", text: "Addresses" }), "."));
}
