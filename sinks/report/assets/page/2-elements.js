// Elements of the page. Text only ever becomes text: nothing here reads markup.

// el makes an element; "class", "text" and "on" are special among its properties, the others are attributes.
function el(tag, properties, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value == null || value === false) continue;
    if (name === "class") e.className = value;
    else if (name === "text") e.textContent = value;
    else if (name === "on") for (const [event, f] of Object.entries(value)) e.addEventListener(event, f);
    else e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.flat(Infinity).filter((c) => c != null));
  return e;
}

function bodyOf(id) { return document.querySelector("#" + id + " > .body"); }
function notice(text, warn) { return el("p", { class: warn ? "notice warn" : "notice", text }); }
function note(text) { return el("p", { class: "note", text }); }

// say tells those who listen instead of look.
function say(text) { document.getElementById("said").textContent = text; }

// absent says in a section that there is nothing to see, and returns whether that is so.
function absent(id, names, empty) {
  const missing = names.filter((n) => data.rows[n] == null);
  if (missing.length > 0) {
    bodyOf(id).append(notice(`Not in this result: ${missing.length > 1 ? "the tables" : "the table"} ${missing.join(" and ")} ` +
      `${missing.length > 1 ? "were" : "was"} not made (option --tables).`));
    return true;
  }
  if (empty && data.rows[names[0]] === 0) {
    bodyOf(id).append(notice(empty));
    return true;
  }
  return false;
}

// choice makes buttons of which one is pressed.
function choice(label, options, pressed, change) {
  const buttons = options.map(([value, text]) => el("button", {
    type: "button", "aria-pressed": String(value === pressed), text,
    on: { click: () => {
      buttons.forEach((b, i) => b.setAttribute("aria-pressed", String(options[i][0] === value)));
      change(value);
    } },
  }));
  return el("div", { class: "group", role: "group", "aria-label": label }, el("span", { text: label }), el("div", { class: "choice" }, buttons));
}

function tiles(list) {
  return el("dl", { class: "tiles block" }, list.filter(Boolean).map(([name, value, small]) =>
    el("div", {}, el("dt", { text: name }), el("dd", { text: value }, small ? el("small", { text: small }) : null))));
}

function facts(list) {
  return el("dl", { class: "facts block" }, list.filter(Boolean).map(([name, value]) => [el("dt", { text: name }), el("dd", {}, value)]));
}

// bars makes a list of [name, value, words, detail] with bars from 0.
function bars(list, most) {
  most = most || Math.max(1, ...list.map((b) => b[1]));
  return el("ul", { class: "bars" }, list.map(([name, value, words, detail]) => {
    const fill = el("i");
    fill.style.setProperty("--share", (100 * value) / most + "%");
    if (!(value > 0)) fill.hidden = true;
    return el("li", {},
      el("span", { class: "name", title: name }, name, detail ? el("em", { text: " " + detail }) : null),
      el("span", { text: words }), el("span", { class: "track", "aria-hidden": "true" }, fill));
  }));
}

function tip(title, list) {
  return el("div", { class: "tip" }, el("strong", { text: short(title, 120) }),
    el("dl", {}, list.filter(Boolean).map(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })])));
}

// download has the browser save a file.
function download(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const a = el("a", { href: url, download: name });
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
