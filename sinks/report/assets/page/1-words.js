// The data of the page, and how values become words. The page is English everywhere, whatever the browser speaks.
const data = JSON.parse(document.getElementById("data").textContent);

const whole = new Intl.NumberFormat("en-US");
const decimal = new Intl.NumberFormat("en-US", { minimumFractionDigits: 3, maximumFractionDigits: 3 });

function int(n) { return n == null ? "–" : whole.format(n); }

// scaled returns n with a decimal prefix, three digits long.
function scaled(n, unit) {
  if (n == null) return "–";
  const prefixes = ["", "k", "M", "G", "T", "P", "E"];
  let i = 0;
  while (Math.abs(n) >= 999.5 && i < prefixes.length - 1) { n /= 1000; i++; }
  const digits = i === 0 ? (Number.isInteger(n) || Math.abs(n) >= 10 ? 0 : 1) : Math.abs(n) < 9.995 ? 2 : Math.abs(n) < 99.95 ? 1 : 0;
  const space = unit || i > 0 ? "\u00a0" : "";
  return n.toFixed(digits) + space + prefixes[i] + unit;
}
function bytes(n) { return scaled(n, "B"); }
function amount(n, measure) { return measure === "packets" ? scaled(n, "") : bytes(n); }

// tick is amount without zeros behind the point, as on an axis.
function tick(n, measure) { return amount(n, measure).replace(/\.0+(?!\d)/, "").replace(/(\.\d*[1-9])0+(?!\d)/, "$1"); }
function exact(n, measure) { return int(n) + (measure === "packets" ? "" : "\u00a0B"); }

function percent(part, all) {
  if (!(all > 0)) return "–";
  const p = (100 * part) / all;
  if (part > 0 && p < 0.1) return "< 0.1\u00a0%";
  if (part < all && p > 99.9) return "> 99.9\u00a0%";
  return p.toFixed(1).replace(/\.0$/, "") + "\u00a0%";
}

function count(n, one, many) { return int(n) + " " + (n === 1 ? one : many || one + "s"); }

// instant returns microseconds since the epoch as text, in UTC.
function instant(us, digits = 0) {
  if (us == null) return "–";
  const ms = Math.floor(us / 1000);
  const text = new Date(ms).toISOString().replace("T", " ");
  if (digits === 6) return text.slice(0, -5) + "." + String(us - Math.floor(us / 1e6) * 1e6).padStart(6, "0");
  return digits === 3 ? text.slice(0, -1) : text.slice(0, -5);
}

function span(us) {
  const s = us / 1e6;
  if (us < 1000) return int(us) + "\u00a0µs";
  if (s < 1) return Number((us / 1000).toPrecision(3)) + "\u00a0ms";
  if (s < 60) return Number(s.toPrecision(3)) + "\u00a0s";
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const parts = [];
  let rest = Math.round(s);
  for (const [name, length] of units) {
    const n = Math.floor(rest / length);
    rest -= n * length;
    if (n > 0) parts.push(n + "\u00a0" + name);
  }
  return parts.slice(0, 2).join(" ");
}

// short returns text of at most n characters, cut in the middle.
function short(text, n) {
  const all = Array.from(text);
  if (all.length <= n) return text;
  const head = Math.ceil((n - 1) / 2);
  return all.slice(0, head).join("") + "…" + all.slice(all.length - (n - 1 - head)).join("");
}

const measureWords = { bytes: "bytes", wire_bytes: "wire bytes", packets: "packets" };

// columns returns a table's columns by name, or null if the table was not made.
function columns(name) {
  const grid = data.tables[name];
  if (!grid) return null;
  const by = { rows: grid.rows, shown: grid.shown, list: grid.columns };
  for (const c of grid.columns) by["$" + c.name] = c.values;
  return by;
}

function indices(n) { return Array.from({ length: n }, (_, i) => i); }
function total(values) { return values.reduce((a, b) => a + (b || 0), 0); }
