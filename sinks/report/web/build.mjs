// Makes ../assets/vendor.min.js and ../assets/world.json out of npm packages. See README.md.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { feature } from "topojson-client";
import { topology } from "topojson-server";

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
const countries = feature(world, world.objects.countries);
countries.features = countries.features.filter((f) => f.id !== "010").map((f) => ({
  type: "Feature",
  properties: { name: letters.get(f.id) ?? unnumbered.get(f.properties.name) ?? "", label: f.properties.name },
  geometry: { type: "MultiPolygon", coordinates: polygons(f.geometry).flatMap(cut) },
}));
writeFileSync(here("../assets/world.json"), JSON.stringify(topology({ countries }, 1e4)) + "\n");

function polygons(geometry) { return geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates; }

// cut cuts a polygon that goes over the meridian of 180 degrees, as parts of Russia and Fiji do on a globe, in two:
// on a flat map its ends would be joined across all of it.
function cut(polygon) {
  const rings = polygon.map((ring) => {
    let turn = 0;
    return ring.map(([x, y], i) => {
      if (i > 0 && Math.abs(x - ring[i - 1][0]) > 180) turn += x < ring[i - 1][0] ? 360 : -360;
      return [x + turn, y];
    });
  });
  const all = rings.flat().map(([x]) => x);
  const parts = [];
  for (const shift of [-360, 0, 360]) {
    if (Math.min(...all) + shift >= 180 || Math.max(...all) + shift <= -180) continue;
    const inside = rings.map((ring) => half(half(ring.map(([x, y]) => [x + shift, y]), 1), -1)).filter((ring) => ring.length > 3);
    if (inside.length > 0) parts.push(inside);
  }
  return parts;
}

// half returns the part of a closed ring on which sign * longitude is at most 180.
function half(ring, sign) {
  const out = [];
  for (let i = 0; i + 1 < ring.length; i++) {
    const [a, b] = [ring[i], ring[i + 1]];
    const [da, db] = [180 - sign * a[0], 180 - sign * b[0]];
    if (da >= 0) out.push(a);
    if (da * db < 0) out.push([sign * 180, a[1] + ((b[1] - a[1]) * da) / (da - db)]);
  }
  if (out.length > 0) out.push(out[0]);
  return out;
}

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
