// Conversations, protocols, packet sizes and anomalies.

function conversationsSection() {
  if (absent("conversations", ["conversations"], "No two addresses exchanged packets.")) return;
  const body = bodyOf("conversations"), m = data.matrix;
  const cellsOf = (n) => m.cells.filter((c) => c.from < n && c.to < n);
  const few = () => narrow() && cellsOf(8).length > 0;
  let measure = data.rankBy === "packets" ? "packets" : "bytes";
  const option = (p, width) => {
    const n = few() ? Math.min(8, m.addresses.length) : m.addresses.length;
    const cells = cellsOf(n);
    const names = m.addresses.slice(0, n).map((a) => short(a, narrow() ? 15 : 24));
    const category = (more) => axis(p, { type: "category", data: names, splitLine: { show: false }, splitArea: { show: false }, axisTick: { show: false }, ...more });
    return {
      grid: { left: 8, right: 12, top: 22, bottom: 52, outerBoundsMode: "same", outerBoundsContain: "all" },
      tooltip: { trigger: "item", formatter: (a) => {
        const c = cells[a.dataIndex];
        return tip(`${m.addresses[c.from]} → ${m.addresses[c.to]}`, [["bytes", exact(c.bytes, "bytes")], ["packets", int(c.packets)]]);
      } },
      xAxis: category({ name: "receives", nameLocation: "middle", nameGap: 6, axisLabel: { rotate: 60, interval: 0, color: p.text, hideOverlap: false }, nameTextStyle: { verticalAlign: "top" } }),
      yAxis: category({ inverse: true, name: "sends", nameLocation: "start", nameGap: 6, axisLabel: { interval: 0, color: p.text, hideOverlap: false }, nameTextStyle: { align: "right" } }),
      visualMap: shade(p, cells.map((c) => c[measure]), (v) => amount(v, measure), { itemHeight: Math.min(160, width / 3) }),
      series: [{ type: "heatmap", data: cells.map((c) => [c.to, c.from, Math.log10(Math.max(1, c[measure]))]), itemStyle: { borderColor: p.card, borderWidth: 2 }, emphasis: { itemStyle: { borderColor: p.text } } }],
    };
  };
  if (m.cells.length > 0) {
    const first = m.cells.reduce((a, c) => (a == null || c.bytes > a.bytes ? c : a), null);
    const figure = chart({ id: "conversations", height: () => narrow() ? (few() ? 430 : 560) : 210 + 27 * m.addresses.length, option,
      label: `Matrix of the ${m.addresses.length} addresses that talk most: who sends how much to whom. Most goes from ${m.addresses[first.from]} to ${m.addresses[first.to]}, ${bytes(first.bytes)}. The table below has the values.`,
      controls: [choice("Colour", [["bytes", "Bytes"], ["packets", "Packets"]], measure, (v) => { measure = v; figure.chart.redraw(); })] });
    body.append(figure, note((few() ? "On a narrow screen the matrix has the first 8 addresses. " : "") + (m.least < 0
      ? "A pair without colour exchanged nothing."
      : `Made of the ${int(m.read)} heaviest conversations: a pair without colour exchanged nothing, or at most ${exact(m.least, data.rankBy)} in both directions together.`)));
  } else body.append(notice(`No matrix: the ${m.addresses.length} addresses that talk most talk to others, not to one another` +
    (m.least < 0 ? "." : `, as far as the ${int(m.read)} heaviest conversations show; no other pair exchanged more than ${exact(m.least, data.rankBy)}.`)));
  body.append(el("h3", { text: "Heaviest conversations" }), table({ name: "conversations", caption: "Conversations by traffic",
    columns: tableColumns("conversations", ["a", "b", "ab_bytes", "ba_bytes", "ab_packets", "ba_packets", "flows", "first_time", "last_time"]), rest: beyond("conversations", "conversations") }));
}

const protocolColors = { tcp: 0, udp: 1, icmp: 2, "ipv6-icmp": 2, icmpv6: 2, sctp: 3, arp: 5, gre: 6 };

function protocolsSection() {
  if (absent("protocols", ["protocols"], "No packet.")) return;
  const t = columns("protocols"), body = bodyOf("protocols");
  let measure = "wire_bytes";
  // A few packets in tunnels of tunnels would make all rings thin: what is deeper than any hundredth is not drawn.
  const rings = (nodes, least) => nodes.reduce((a, n) => n.value < least ? a : Math.max(a, 1 + rings([...n.children.values()], least)), 0);
  const tree = (p) => {
    const root = { children: new Map(), value: 0 };
    t.$path.forEach((path, i) => {
      const value = t["$" + measure][i];
      if (!(value > 0)) return;
      let node = root;
      for (const name of path.split("/")) {
        if (!node.children.has(name)) node.children.set(name, { name, children: new Map(), value: 0 });
        node = node.children.get(name);
        node.value += value;
      }
    });
    const all = [...root.children.values()].reduce((a, n) => a + n.value, 0);
    const drawn = Math.max(1, rings([...root.children.values()], all / 100));
    const convert = (node, depth, above, inherited) => {
      const color = protocolColors[node.name] != null ? p.series[protocolColors[node.name]] : node.name === "ipv4" ? p.mid : node.name === "ipv6" ? p.series[4] : inherited || (depth === 0 ? p.line : p.series[7]);
      const path = above ? above + "/" + node.name : node.name;
      return { name: short(node.name, 24), path, value: node.value, share: percent(node.value, all), itemStyle: { color },
        label: { color: depth === 0 ? p.text : contrast(color), show: node.value / all > 0.025 },
        children: depth + 1 >= drawn ? [] : [...node.children.values()].map((c) => convert(c, depth + 1, path, protocolColors[node.name] != null ? color : null)) };
    };
    return [...root.children.values()].map((n) => convert(n, 0, "", null));
  };
  const option = (p, width) => ({
    tooltip: { trigger: "item", formatter: (a) => a.data && a.data.path ? tip(a.data.path, [[measureWords[measure], exact(a.data.value, measure)], ["share", a.data.share]]) : "" },
    series: [{ type: "sunburst", data: tree(p), radius: ["14%", "96%"], sort: (a, b) => b.getValue() - a.getValue() || (a.name < b.name ? -1 : 1), nodeClick: false,
      label: { rotate: "radial", minAngle: 8, fontSize: 12, overflow: "truncate", width: Math.min(width, 440) / 9 }, itemStyle: { borderColor: p.card, borderWidth: 2 }, emphasis: { focus: "ancestor" } }],
  });
  const sum = total(t.$packets), order = indices(t.shown).sort((a, b) => t.$packets[b] - t.$packets[a] || a - b).slice(0, 4);
  const figure = chart({ id: "protocols", height: (width) => Math.max(260, Math.min(440, width)), option,
    label: `Sunburst of protocols, from the link layer inside to transport outside. Most packets are ${order.map((i) => `${t.$path[i]} ${percent(t.$packets[i], sum)}`).join(", ")}. The table beside it has the values.`,
    controls: [choice("Angle", [["wire_bytes", "Wire bytes"], ["packets", "Packets"]], measure, (v) => { measure = v; figure.chart.redraw(); })] });
  body.append(el("div", { class: "beside wide" }, el("div", {}, figure, note("Rings further out than any that has a hundredth of all are left out; the table has all paths.")),
    table({ name: "protocols", caption: "Packets by path of protocols", columns: tableColumns("protocols"), first: measure, rest: beyond("protocols", "paths") })));
}

// contrast returns black or white, whichever is read more easily on a colour.
function contrast(color) {
  const m = color.match(/^#(..)(..)(..)$/);
  if (!m) return "#000000";
  const [r, g, b] = m.slice(1).map((x) => ((parseInt(x, 16) / 255) ** 2.2));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.3 ? "#10161d" : "#ffffff";
}

function sizesSection() {
  if (absent("sizes", ["packet_sizes"], "No packet.")) return;
  const t = columns("packet_sizes"), body = bodyOf("sizes");
  const names = t.$size_min.map((low, i) => t.$size_max[i] == null ? `${int(low)} or more` : `${int(low)}–${int(t.$size_max[i])}`);
  let measure = "packets";
  const slanted = (width) => width < 108 * names.length; // names as long as "65,536 or more" would touch
  const option = (p, width) => ({
    grid: { left: 8, right: 12, top: 28, bottom: 30, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, formatter: (a) => {
      const i = a[0].dataIndex;
      return tip(names[i] + " B", [["packets", int(t.$packets[i])], ["share", percent(t.$packets[i], total(t.$packets))], ["wire bytes", int(t.$wire_bytes[i])], ["bytes", int(t.$bytes[i])]]);
    } },
    xAxis: axis(p, { type: "category", data: names, name: "length of the frame, B", nameLocation: "middle", nameGap: slanted(width) ? 62 : 28, axisTick: { show: false }, axisLabel: { interval: 0, rotate: slanted(width) ? 50 : 0, hideOverlap: false } }),
    yAxis: axis(p, { type: "value", min: 0, name: measureWords[measure], nameTextStyle: { align: "left" }, axisLabel: { formatter: (v) => tick(v, measure) } }),
    series: [{ type: "bar", data: t["$" + measure], barMaxWidth: 70, itemStyle: { color: p.series[0] },
      label: { show: width > 50 * names.length, position: "top", color: p.muted, formatter: (a) => percent(a.value, total(t["$" + measure])) } }],
  });
  const figure = chart({ id: "sizes", height: 320, option,
    label: `Bars: packets by frame length. ${names.map((n, i) => `${n} bytes: ${percent(t.$packets[i], total(t.$packets))}`).join(", ")}. The table below has the values.`,
    controls: [choice("Show", [["packets", "Packets"], ["wire_bytes", "Wire bytes"]], measure, (v) => { measure = v; figure.chart.redraw(); })] });
  body.append(figure, note("Bins without packets are left out."), folded("Values of the chart", table({ name: "packet_sizes", caption: "Packets by frame length", columns: tableColumns("packet_sizes") })));
}

function anomaliesSection() {
  if (absent("anomalies", ["anomalies"])) return;
  const body = bodyOf("anomalies"), t = columns("anomalies");
  if (t.rows === 0) {
    body.append(notice(totals.damaged_regions > 0 ? "The result has no rows of them." : "None: every byte of every file was read."));
    return;
  }
  const counts = new Map();
  t.$reason.forEach((r, i) => {
    const c = counts.get(r) || { n: 0, length: 0 };
    c.n++;
    c.length += t.$length[i];
    counts.set(r, c);
  });
  const order = [...counts.keys()].sort((a, b) => counts.get(b).n - counts.get(a).n || compareText(a, b));
  body.append(el("h3", { text: "By reason" + (t.rows > t.shown ? `, of the first ${int(t.shown)}` : "") }),
    bars(order.map((r) => [r.replaceAll("_", " "), counts.get(r).n, `${count(counts.get(r).n, "region")} · ${bytes(counts.get(r).length)}`, ""])),
    el("h3", { text: "Damaged regions" }), table({ name: "anomalies", caption: "Damaged regions", columns: tableColumns("anomalies"), rest: beyond("anomalies", "regions") }));
}
