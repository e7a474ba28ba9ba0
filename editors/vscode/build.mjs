// Bundles the extension, or with `--tests` its tests, into `dist`.
import { build } from "esbuild";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const tests = process.argv.includes("--tests");
const entries = tests ? readdirSync("test").map((name) => `test/${name}`) : ["src/extension.ts"];
const outdir = tests ? "dist/test" : "dist";
rmSync(outdir, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: entries,
  outdir,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: !tests,
  metafile: true,
  logLevel: "warning",
});

// The package has the licences of the project, and of what is bundled.
const read = (name) => readFileSync(name, "utf8").trim();
const bundled = Object.keys(metafile.inputs).map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
const licences = [...new Set(bundled.filter(Boolean))].sort().map((directory) => {
  const { name, version, license } = JSON.parse(read(`${directory}/package.json`));
  const file = readdirSync(directory).find((file) => /^licen[cs]e/i.test(file));
  return [`${name} ${version} (${license})`, file ? read(`${directory}/${file}`) : ""];
});
const own = [["sandbox-toml: at your option, MIT or Apache-2.0", read("../../LICENSE-MIT")], ["", read("../../LICENSE-APACHE")]];
writeFileSync("LICENSE.txt", [...own, ...licences].map((texts) => texts.filter(Boolean).join("\n\n")).join(`\n\n${"-".repeat(80)}\n\n`) + "\n");
