// Headline figures, quality, and how the result was made.

const verdicts = {
  decoded: "the IP header and, where the protocol has them, both ports were read",
  not_ip: "intact, but carries something other than IP",
  unknown_link_type: "the link type of the capture cannot be decoded",
  link_header_cut: "captured bytes end inside the link-layer headers",
  link_header_invalid: "a link-layer header contradicts itself",
  ip_header_cut: "captured bytes end inside the IP header; not counted as IP",
  ip_header_invalid: "an IP version or length that cannot be; not counted as IP",
  ip_extension_cut: "IP options or extension headers are cut; counted as IP, without ports",
  transport_header_cut: "the transport header ends before both ports; counted as IP",
  ip_length_beyond_frame: "the IP header claims more bytes than the frame had; counted as IP by what it says",
  tunnel_header_cut: "the headers of a tunnel are cut; counted as the packet outside",
  tunnel_header_invalid: "a tunnel's header cannot be; counted as the packet outside",
};

// totals are the sums of the result, from its totals or else from the table of captures.
const totals = (() => {
  const c = columns("captures");
  const sum = (name) => data.totals[name] ?? (c && c["$" + name] ? total(c["$" + name]) : null);
  const bound = (name, f) => {
    if (data.totals[name]) return Date.parse(data.totals[name].slice(0, 19) + "Z") * 1000 + Number((data.totals[name].match(/\.(\d+)/) || ["", "0"])[1].padEnd(6, "0").slice(0, 6));
    const values = c ? (c["$" + name] || []).filter((v) => v != null) : [];
    return values.length ? values.reduce(f) : null;
  };
  const t = { verdicts: data.totals.verdicts || null, captures: data.totals.captures ?? data.rows.captures ?? data.inputs.length };
  for (const name of ["packets", "captured_bytes", "wire_bytes", "ip_packets", "ip_bytes", "truncated_packets", "skipped_bytes", "damaged_regions"]) t[name] = sum(name);
  t.dropped_packets = c && c.shown === c.rows ? total(c.$dropped_packets || []) : null;
  t.first = bound("first_time", (a, b) => Math.min(a, b));
  t.last = bound("last_time", (a, b) => Math.max(a, b));
  return t;
})();

function overview() {
  const t = totals, names = data.inputs.map((i) => i.path);
  const subject = names.length === 0 ? "" : names.length === 1 ? names[0] : `${names[0].replace(/^.*\//, "")} and ${count(names.length - 1 + data.moreInputs, "more capture")}`;
  document.getElementById("subject").textContent = "· report";
  document.getElementById("overview-h").textContent = subject === "-" ? "Traffic on the standard input" : subject ? "Traffic in " + short(subject.replace(/^.*\//, "") || subject, 90) : "Traffic";
  if (!t.packets) {
    bodyOf("overview").append(notice(`${count(t.captures, "capture")}, without any packet. There is nothing to draw; what was read is under “How it was made”.`));
    return;
  }
  const us = t.last - t.first;
  bodyOf("overview").append(tiles([
    ["Packets", scaled(t.packets, ""), int(t.packets)],
    ["Wire bytes", bytes(t.wire_bytes), int(t.wire_bytes) + "\u00a0B"],
    ["IP", percent(t.ip_packets, t.packets), "of packets, " + bytes(t.ip_bytes)],
    ["Duration", span(us), us > 0 ? scaled((t.wire_bytes * 8e6) / us, "bit/s") + " on average" : "one instant"],
    ["First packet", instant(t.first).slice(0, 10), instant(t.first).slice(11) + " UTC"],
    ["Last packet", instant(t.last).slice(0, 10), instant(t.last).slice(11) + " UTC"],
    data.rows.hosts == null ? null : ["Addresses", scaled(data.rows.hosts, ""), int(data.rows.hosts)],
    data.rows.conversations == null ? null : ["Conversations", scaled(data.rows.conversations, ""), "pairs of addresses"],
    data.rows.flows == null ? null : ["Flows", scaled(data.rows.flows, ""), "directed 5-tuples"],
    ["Captures", int(t.captures), data.inputs.length === 1 ? data.inputs[0].format : null],
  ]));
  if (data.rankBy !== "bytes") bodyOf("overview").append(notice(`This result is ranked by ${measureWords[data.rankBy]} instead of bytes: “top” and “heaviest” mean that here.`));
}

function quality() {
  const t = totals, body = bodyOf("quality");
  const v = t.verdicts || {};
  const bad = Object.entries(v).filter(([name]) => name !== "decoded" && name !== "not_ip").reduce((a, [, n]) => a + n, 0);
  body.append(tiles([
    t.verdicts ? ["Decoded whole", percent(v.decoded || 0, t.packets), int(v.decoded || 0) + " packets"] : null,
    ["Not IP", percent(t.verdicts ? v.not_ip || 0 : t.packets - t.ip_packets, t.packets), int(t.verdicts ? v.not_ip || 0 : t.packets - t.ip_packets) + " packets"],
    t.verdicts ? ["Not decoded whole", percent(bad, t.packets), int(bad) + " packets"] : null,
    ["Captured short", percent(t.truncated_packets, t.packets), int(t.truncated_packets) + " packets; their lengths are known"],
    t.dropped_packets == null ? null : ["Dropped while capturing", int(t.dropped_packets), "packets, as far as files say so"],
    ["Damaged regions", int(t.damaged_regions), bytes(t.skipped_bytes || 0) + " skipped"],
  ]));
  if (t.damaged_regions > 0) body.append(notice(`The captures are damaged: ${count(t.damaged_regions, "region")} of together ${int(t.skipped_bytes)} bytes could not be read. Figures count what could; see Anomalies.`, true));
  if (t.verdicts && t.packets > 0) {
    const names = Object.keys(v).sort((a, b) => v[b] - v[a] || compareText(a, b));
    body.append(el("h3", { text: "Packets by verdict" }), table({ name: "verdicts", caption: "Packets by verdict", columns: [
      { name: "verdict", label: "verdict", kind: "text", values: names },
      { name: "packets", label: "packets", kind: "int", values: names.map((n) => v[n]) },
      { name: "share", label: "share", kind: "text", values: names.map((n) => percent(v[n], t.packets)) },
      { name: "meaning", label: "meaning", kind: "text", values: names.map((n) => verdicts[n] || "") },
    ], page: 20 }));
  }
}

// attribution names the sources of geo databases, as their licences ask for.
function attribution(databases) {
  return databases.map((d) => {
    if (d.attribution) return ` Places of addresses: ${d.attribution}.`;
    if (/geolite|geoip/i.test(d.type)) return " This page includes data of " + d.type + " created by MaxMind, available from maxmind.com.";
    if (/db-?ip/i.test(d.type + d.path)) return " IP geolocation by DB-IP, db-ip.com.";
    return ` Places of addresses: ${d.type}.`;
  }).join("");
}

function made() {
  const body = bodyOf("made");
  const options = Object.entries(data.options).sort(([a], [b]) => compareText(a, b));
  const databases = Array.isArray(data.options.geo) ? data.options.geo : [];
  const built = (d) => d.build_epoch > 0 ? " of " + instant(d.build_epoch * 1e6).slice(0, 10) : "";
  const words = (v) => Array.isArray(v) ? v.map(words).join(", ") || "none" : v && typeof v === "object" ? JSON.stringify(v) : String(v);
  const interval = data.times && data.times.interval > 0 ? span(data.times.interval) : "none";
  const geo = databases.map((d) => d.type + built(d) + (d.path ? ", " + d.path : ", part of capfold")).join("; ") || "none";
  body.append(facts([["capfold", data.version], ...options.map(([name, value]) => name === "geo" ? ["geo databases", geo] : name === "interval_ns"
    ? ["interval", interval + (value === 0 && interval !== "none" ? ", chosen to suit the capture" : "")] : [name.replaceAll("_", " "), words(value)])]));
  if (data.inputs.length > 0) {
    const i = data.inputs;
    const cols = [
      { name: "path", label: "path", kind: "text", values: i.map((x) => x.path) },
      { name: "format", label: "format", kind: "text", values: i.map((x) => x.format) },
      { name: "bytes", label: "bytes stored", kind: "int", values: i.map((x) => x.bytes) },
      { name: "packets", label: "packets", kind: "int", values: i.map((x) => x.packets) },
    ];
    if (i.some((x) => x.sha256)) cols.push({ name: "sha256", label: "SHA-256", kind: "text", values: i.map((x) => x.sha256) });
    body.append(el("h3", { text: "Inputs" }), table({ name: "inputs", caption: "Inputs", columns: cols,
      rest: data.moreInputs > 0 ? `and ${count(data.moreInputs, "more input")}, which manifest.json lists.` : null }));
  }
  if (data.tables.captures && data.rows.captures > 0) {
    body.append(folded("What is known of each capture", table({ name: "captures", caption: "Captures", columns: tableColumns("captures"), rest: beyond("captures", "captures") })));
  }
  body.append(el("h3", { text: "Tables of this result" }),
    el("ul", { class: "columns bars near" }, Object.entries(data.rows).sort(([a], [b]) => compareText(a, b)).map(([name, n]) =>
      el("li", {}, el("span", { class: "name", text: name }), el("span", { text: count(n, "row") })))));
  body.append(el("h3", { text: "Sources and licences" }),
    el("p", { class: "note" }, "Charts: Apache ECharts, Apache License 2.0. Outlines of countries: Natural Earth, public domain." + attribution(databases)),
    el("details", { class: "data licences" }, el("summary", { text: "Licences of what is inside this page" }),
      el("pre", { tabindex: "0", text: document.getElementById("licences").textContent })));
}
