// The page as a whole: sections, colours, printing.

const themes = ["auto", "light", "dark"];
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
let theme = "auto";
function paint() {
  const dark = theme === "dark" || (theme === "auto" && prefersDark.matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const button = document.getElementById("theme");
  button.textContent = "Theme: " + theme;
  button.setAttribute("aria-label", "Colours: " + (theme === "auto" ? "as the system has them" : theme));
  for (const c of charts) c.redraw(true);
}
document.getElementById("theme").addEventListener("click", () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  paint();
});
prefersDark.addEventListener("change", paint);
paint();

for (const section of [overview, quality, portsSection, addressesSection, timeSection, transportSection, ttlSection, scatterSection, mapSection,
  conversationsSection, protocolsSection, sizesSection, anomaliesSection, made]) section();

// Paper is light, and shows all charts.
let before = null;
window.addEventListener("beforeprint", () => {
  before = theme;
  theme = "light";
  for (const c of charts) c.show();
  paint();
});
window.addEventListener("afterprint", () => {
  theme = before || "auto";
  paint();
});
document.getElementById("print").addEventListener("click", () => window.print());

// The section that is read is marked in the list of sections.
const links = new Map([...document.querySelectorAll(".sections a")].map((a) => [a.hash.slice(1), a]));
const seen = new IntersectionObserver((entries) => {
  for (const e of entries) {
    if (!e.isIntersecting) continue;
    for (const a of links.values()) a.removeAttribute("aria-current");
    const link = links.get(e.target.id), list = link.closest(".sections");
    link.setAttribute("aria-current", "true");
    list.scrollLeft = link.offsetLeft - list.offsetLeft - 30; // where the list is a row that is wider than the window
  }
}, { rootMargin: "-20% 0px -75% 0px" });
for (const id of links.keys()) seen.observe(document.getElementById(id));

// Charts that are further down are drawn when there is nothing else to do.
const idle = window.requestIdleCallback || ((f) => setTimeout(f, 50));
(function drawNext() {
  const next = charts.find((c) => !c.instance && c.clientWidth > 0);
  if (next) idle(() => { next.show(); drawNext(); });
  else document.documentElement.setAttribute("data-ready", "");
})();
