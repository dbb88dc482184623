// Makes ../assets/vendor.min.js and ../assets/world.json out of npm packages. See README.md.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const json = (path) => JSON.parse(readFileSync(here(path), "utf8"));
const version = (name) => json(`node_modules/${name}/package.json`).version;

const banner = `/*!
 * Apache ECharts ${version("echarts")}, Copyright 2017-2026 The Apache Software Foundation, Apache-2.0
 * zrender ${version("zrender")}, Copyright 2013-2026 Baidu Inc., BSD-3-Clause
 * topojson-client ${version("topojson-client")}, Copyright 2012-2019 Michael Bostock, ISC
 * tslib ${version("tslib")}, Copyright Microsoft Corporation, 0BSD
 * The licences are in the part "licences" of the page and in assets/LICENSES.txt.
 */`;

await build({
  absWorkingDir: here("."),
  entryPoints: ["vendor.js"],
  outfile: "../assets/vendor.min.js",
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "capfoldVendor",
  target: ["es2020"],
  charset: "ascii",
  legalComments: "none",
  banner: { js: banner },
  define: { "process.env.NODE_ENV": '"production"' },
});

// The outlines of Natural Earth, with the two-letter codes of ISO 3166-1 instead of numbers. Antarctica takes a fifth
// of the map and has no hosts; its outline is left out.
const world = json("node_modules/world-atlas/countries-110m.json");
const letters = new Map(json("node_modules/i18n-iso-countries/codes.json").map(([two, , number]) => [number, two]));
const unnumbered = new Map([["Kosovo", "XK"]]); // by the code that is in use for it
const countries = world.objects.countries;
countries.geometries = countries.geometries
  .filter((g) => g.id !== "010")
  .map((g) => ({
    type: g.type,
    arcs: g.arcs,
    properties: { name: letters.get(g.id) ?? unnumbered.get(g.properties.name) ?? "", label: g.properties.name },
  }));
delete world.objects.land;
writeFileSync(here("../assets/world.json"), JSON.stringify(world) + "\n");

// What the licences of all this ask to be repeated.
const licences = [
  ["Apache ECharts", "echarts", "NOTICE"],
  ["Apache ECharts", "echarts", "LICENSE"],
  ["d3, of which Apache ECharts embeds parts", "echarts", "licenses/LICENSE-d3"],
  ["zrender", "zrender", "LICENSE"],
  ["topojson-client", "topojson-client", "LICENSE"],
  ["tslib", "tslib", "LICENSE.txt"],
  ["world-atlas (the outlines themselves are Natural Earth's, in the public domain)", "world-atlas", "LICENSE"],
  ["i18n-iso-countries, from which the codes of countries were taken", "i18n-iso-countries", "LICENSE"],
];
writeFileSync(here("../assets/LICENSES.txt"), licences.map(([title, name, file]) => {
  const text = readFileSync(here(`node_modules/${name}/${file}`), "utf8").replaceAll("\r\n", "\n").replace(/[ \t]+$/gm, "").trim();
  const heading = `${title} ${version(name)}: ${file}`;
  return `${heading}\n${"=".repeat(heading.length)}\n\n${text}\n`;
}).join("\n\n"));
