// Makes ../assets/vendor.min.js and ../assets/LICENSES.txt out of npm packages. See README.md.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const version = (name) => JSON.parse(readFileSync(here(`node_modules/${name}/package.json`), "utf8")).version;

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

// What the licences of all this ask to be repeated.
const licences = [
  ["Apache ECharts", "echarts", "NOTICE"],
  ["Apache ECharts", "echarts", "LICENSE"],
  ["d3, of which Apache ECharts embeds parts", "echarts", "licenses/LICENSE-d3"],
  ["zrender", "zrender", "LICENSE"],
  ["topojson-client", "topojson-client", "LICENSE"],
  ["tslib", "tslib", "LICENSE.txt"],
  ["world-atlas (the outlines themselves are Natural Earth's, in the public domain)", "world-atlas", "LICENSE"],
];
writeFileSync(here("../assets/LICENSES.txt"), licences.map(([title, name, file]) => {
  const text = readFileSync(here(`node_modules/${name}/${file}`), "utf8").replaceAll("\r\n", "\n").replace(/[ \t]+$/gm, "").trim();
  const heading = `${title} ${version(name)}: ${file}`;
  return `${heading}\n${"=".repeat(heading.length)}\n\n${text}\n`;
}).join("\n\n"));
