// Tables that sort, filter and copy as CSV. They have all rows that the page has, and show as many as one can look at.

const kinds = {
  text: { show: (v) => v == null || v === "" ? "–" : String(v), csv: (v) => v ?? "" },
  int: { number: true, show: int, csv: (v) => v ?? "" },
  plain: { number: true, show: (v) => v == null ? "–" : String(v), csv: (v) => v ?? "" }, // ports and other names that are numbers
  float: { number: true, show: (v) => v == null ? "–" : decimal.format(v), csv: (v) => v ?? "" },
  degree: { number: true, show: (v) => v == null ? "–" : v.toFixed(2), csv: (v) => v ?? "" },
  time: { number: true, show: (v) => instant(v, 3), csv: (v) => v == null ? "" : instant(v, 6).replace(" ", "T") + "Z" },
};

const plainNumbers = new Set(["port", "protocol", "rank", "ip_version", "ttl", "source_port", "destination_port", "ttl_min", "ttl_max"]);

// kindOf says how the values of a column of a result are shown.
function kindOf(c) {
  if (c.type === "timestamp") return "time";
  if (c.type === "double") return c.name === "latitude" || c.name === "longitude" ? "degree" : "float";
  if (c.type === "string") return "text";
  return plainNumbers.has(c.name) ? "plain" : "int";
}

// tableColumns makes the columns of a table of the result, all or those named.
function tableColumns(name, names) {
  const list = data.tables[name].columns;
  const known = (c) => c && (!["country_code", "country", "region", "city", "latitude", "longitude", "sha256"].includes(c.name) || c.values.some((v) => v != null && v !== ""));
  const picked = (names ? names.map((n) => list.find((c) => c.name === n)) : list).filter(known);
  return picked.map((c) => ({ name: c.name, label: c.name.replace(/^ab_/, "a → b ").replace(/^ba_/, "b → a ").replaceAll("_", " "), doc: c.doc + (c.unit && c.unit !== "1" ? " (" + c.unit + ")" : ""), kind: kindOf(c), values: c.values }));
}

// csvField quotes as in RFC 4180. Text that a spreadsheet would take for a formula gets an apostrophe in front.
function csvField(column, value) {
  let text = String(kinds[column.kind].csv(value));
  if (column.kind === "text" && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return;
  } catch { /* not allowed here: the old way */ }
  const area = el("textarea", { class: "hidden" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser does not let the page copy");
}

const manyRows = 10;

// table makes a table: {name, caption, columns, page, rest, inner}. The rest says what rows of the result are not among
// those of the page; inner, if given, makes what a row opens to. Rows are in the order of the result, or first by the
// column that is named so, descending.
function table({ name, caption, columns: cols, page = manyRows, rest, inner, first }) {
  const rows = cols.length ? cols[0].values.length : 0;
  let order = indices(rows);
  let shown = page;
  let sorted = -1, descending = false, filter = "";
  const words = cols.map((c) => kinds[c.kind].show);
  const classes = cols.map((c) => kinds[c.kind].number ? (c.kind === "time" ? "n time" : "n") : null);
  const body = el("tbody");
  const heads = cols.map((c, i) => el("th", { scope: "col", class: classes[i], title: c.doc },
    rows > 1 ? el("button", { type: "button", text: c.label, on: { click: () => sort(i) } }) : c.label));
  const status = el("span");
  const more = el("button", { type: "button", on: { click: () => { shown += 100; draw(); } } });
  const all = el("button", { type: "button", text: "Show all", on: { click: () => { shown = Infinity; draw(); } } });

  function line(row) {
    const cells = cols.map((c, i) => {
      const text = words[i](c.values[row]);
      // Of a time, the day and the time of day stay whole.
      const parts = c.kind === "time" ? text.split(" ").flatMap((t, j) => [j > 0 ? " " : "", el("span", { text: t })]) : [text];
      return el("td", { class: classes[i], title: text.length > 50 ? text : null }, parts);
    });
    if (!inner) return [el("tr", {}, cells)];
    let opened = null;
    const button = el("button", { type: "button", "aria-expanded": "false", "aria-label": "Details of " + cells.slice(0, 2).map((c) => c.textContent).join(" "), text: "+" });
    const tr = el("tr", {}, el("td", { class: "toggle" }, button), cells);
    button.addEventListener("click", () => {
      if (opened) {
        opened.remove();
        opened = null;
      } else {
        opened = el("tr", { class: "inner" }, el("td", { colspan: cols.length + 1 }, inner(row)));
        tr.after(opened);
      }
      button.setAttribute("aria-expanded", String(Boolean(opened)));
      button.textContent = opened ? "–" : "+";
    });
    return [tr];
  }
  function draw() {
    body.replaceChildren(...order.slice(0, shown).flatMap(line));
    if (order.length === 0) body.append(el("tr", {}, el("td", { colspan: cols.length + 1, class: "absent", text: "No row matches." })));
    const visible = Math.min(shown, order.length);
    status.textContent = visible < order.length || filter
      ? `${int(visible)} of ${count(order.length, "row")}${filter ? " that match" : ""}` : count(order.length, "row");
    more.hidden = all.hidden = visible >= order.length;
    more.textContent = "Show " + int(Math.min(100, order.length - visible)) + " more";
    all.hidden = all.hidden || order.length - visible <= 100;
  }
  function arrange() {
    order = indices(rows);
    if (filter) order = order.filter((r) => cols.some((c, i) => words[i](c.values[r]).toLowerCase().includes(filter) || String(c.values[r]).toLowerCase().includes(filter)));
    if (sorted >= 0) {
      const v = cols[sorted].values, sign = descending ? -1 : 1, numeric = kinds[cols[sorted].kind].number;
      order.sort((a, b) => {
        if (v[a] == null || v[b] == null) return (v[a] == null) - (v[b] == null) || a - b; // absent ones last
        const c = numeric ? v[a] - v[b] : compareText(v[a], v[b]);
        return sign * c || a - b;
      });
    }
    draw();
  }
  function orderBy(i, down) {
    sorted = i;
    descending = down;
    heads.forEach((h, j) => j === i ? h.setAttribute("aria-sort", descending ? "descending" : "ascending") : h.removeAttribute("aria-sort"));
    arrange();
  }
  function sort(i) {
    orderBy(i, sorted === i ? !descending : Boolean(kinds[cols[i].kind].number));
    say(`Sorted by ${cols[i].label}, ${descending ? "descending" : "ascending"}.`);
  }
  function csv() {
    const lines = [cols.map((c) => c.name).join(",")];
    for (const r of order) lines.push(cols.map((c) => csvField(c, c.values[r])).join(","));
    return lines.join("\r\n") + "\r\n";
  }
  const copy = el("button", { type: "button", text: "Copy as CSV", on: { click: async () => {
    try {
      await copyText(csv());
      say(`Copied ${count(order.length, "row")}.`);
      copy.textContent = "Copied";
    } catch (e) {
      copy.textContent = "Not copied";
      say(e.message);
    }
    setTimeout(() => { copy.textContent = "Copy as CSV"; }, 1500);
  } } });
  const save = el("button", { type: "button", text: "Save CSV", on: { click: () => download(name + ".csv", csv(), "text/csv;charset=utf-8") } });
  const controls = el("div", { class: "bar-of-controls" },
    rows > 5 ? el("label", {}, el("span", { class: "hidden", text: "Filter " + caption }), el("input", {
      type: "search", placeholder: "Filter", autocomplete: "off", spellcheck: "false",
      on: { input: (e) => { filter = e.target.value.trim().toLowerCase(); shown = page; arrange(); } },
    })) : null,
    el("span", { class: "group push" }, copy, save));
  if (first) orderBy(cols.findIndex((c) => c.name === first), true);
  else draw();
  return el("div", { class: "block", "data-table": name }, controls,
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      el("table", {}, el("caption", { class: "hidden", text: caption }),
        el("thead", {}, el("tr", {}, inner ? el("th", { class: "toggle-head", scope: "col" }, el("span", { class: "hidden", text: "Details" })) : null, heads)), body)),
    el("div", { class: "more" }, status, more, all, rest ? el("span", { text: rest }) : null));
}

const collator = new Intl.Collator("en", { numeric: true });
function compareText(a, b) { return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0); }

// folded puts the table of a chart below it, closed.
function folded(label, content) { return el("details", { class: "data" }, el("summary", { text: label }), content); }

// beyond says how many rows of the result the page does not have.
function beyond(name, what) {
  const grid = data.tables[name];
  const n = grid.rows - grid.shown;
  return n > 0 ? `This page has ${int(grid.shown)} of ${int(grid.rows)} ${what}, the first ones; the table ${name} of the result has all.` : null;
}
