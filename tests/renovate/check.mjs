// Executes the expressions of the preset for Renovate as Renovate does, on files that have an image
// in each form: a manager takes the files whose path one of its `fileMatch` matches, and in those
// each match of each of its `matchStrings` is a dependency (the strategy `any`).
//
// usage: check.mjs [--self-test]
//
// With RENOVATE set to the program of an installation (version 39 runs on Node 20), that program
// itself extracts the dependencies as well, without a network.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const preset = JSON.parse(fs.readFileSync(new URL("../../renovate/sandbox.json", import.meta.url)));
const digest = `sha256:${"1".repeat(64)}`;

const files = {
  "sandbox.toml": 'name = "x"\n[from]\nimage = "ghcr.io/team/app:1.4.0"\n[env]\npython = "not an image"\n',
  "a/sandbox.toml": 'name = "x"\n[from]\npython = "3.12"\n',
  "b/sandbox.toml": 'name = "x"\nfrom = { node = "22", inherit = ["env"] }\n',
  "c/dev.sandbox.toml": `name = "x"\nfrom.image = 'debian:12@${digest}'\n`,
  "d/sandbox.toml": 'name = "x"\nfrom.bun = "1.3"\n[[steps]]\nrun = "image = 5"\n',
  "f/sandbox.toml": 'name = "x"\n[from]\nbun = "1.2"\n',
  "e/sandbox.toml": 'name = "x"\nfrom = { dockerfile = "agent.Dockerfile" }\n',
  "a/sandbox.lock": `version = 1

[[image]]
reference = "docker.io/library/python:3.12@${digest}"
amd64 = "${digest}"
env.PATH = "/bin"

[[image]]
reference = "localhost:5000/app:1@${digest}"
amd64 = "${digest}"

[[template]]
reference = "agent:latest"
platform = "e2b"
build = "sbx-0123456789abcdef"

[[build]]
inputs = "sbx-0123456789abcdef"
reference = "ghcr.io/team/base@${digest}"
`,
  "Cargo.lock": `version = 4\nreference = "a:1@${digest}"\n`,
};

const expected = [
  `a/sandbox.lock docker.io/library/python 3.12 ${digest}`,
  `a/sandbox.lock localhost:5000/app 1 ${digest}`,
  "a/sandbox.toml python 3.12 -",
  "b/sandbox.toml node 22 -",
  `c/dev.sandbox.toml debian 12 ${digest}`,
  "d/sandbox.toml oven/bun 1.3 -",
  "f/sandbox.toml oven/bun 1.2 -",
  "sandbox.toml ghcr.io/team/app 1.4.0 -",
];

function line(file, { depName, currentValue, currentDigest }) {
  return [file, depName, currentValue ?? "-", currentDigest ?? "-"].join(" ");
}

function extracted(managers) {
  const found = new Set();
  for (const [file, text] of Object.entries(files)) {
    for (const manager of managers) {
      if (!manager.fileMatch.some((pattern) => new RegExp(pattern).test(file))) continue;
      for (const pattern of manager.matchStrings) {
        for (const match of text.matchAll(new RegExp(pattern, "g"))) {
          found.add(line(file, { depName: manager.depNameTemplate, ...match.groups }));
        }
      }
    }
  }
  return [...found].sort();
}

/** What Renovate itself extracts with its managers of regular expressions. */
function byRenovate(program) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "sbx-renovate-"));
  try {
    for (const [file, text] of Object.entries({ ...files, "renovate.json": JSON.stringify(preset) })) {
      fs.mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
      fs.writeFileSync(path.join(directory, file), text);
    }
    execFileSync("git", ["init", "-q"], { cwd: directory });
    execFileSync("git", ["add", "-A"], { cwd: directory });
    const env = { ...process.env, LOG_LEVEL: "debug", LOG_FORMAT: "json" };
    const output = execFileSync(program, ["--platform=local", "--dry-run=extract"], {
      cwd: directory, env, encoding: "utf8", maxBuffer: 1 << 26,
    });
    const lines = output.split("\n").filter((text) => text.startsWith("{")).map((text) => JSON.parse(text));
    const extraction = lines.find((entry) => entry.packageFiles?.regex);
    return extraction.packageFiles.regex
      .flatMap(({ packageFile, deps }) => deps.map((dep) => line(packageFile, dep)))
      .sort();
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

function compare(what, found) {
  if (JSON.stringify(found) === JSON.stringify(expected)) return true;
  console.error(`${what} finds\n  ${found.join("\n  ")}\ninstead of\n  ${expected.join("\n  ")}`);
  return false;
}

if (process.argv.includes("--self-test")) {
  // Each expression is needed: without it, something is not found.
  const error = console.error;
  console.error = () => {};
  let unnoticed = 0;
  preset.customManagers.forEach((manager, at) => {
    manager.matchStrings.forEach((pattern) => {
      const managers = preset.customManagers.with(at, {
        ...manager,
        matchStrings: manager.matchStrings.filter((other) => other !== pattern),
      });
      if (compare("", extracted(managers))) {
        error(`nothing needs ${pattern}`);
        unnoticed += 1;
      }
    });
  });
  process.exit(unnoticed === 0 ? 0 : 1);
}
let good = compare("the preset", extracted(preset.customManagers));
if (process.env.RENOVATE) good = compare("Renovate", byRenovate(process.env.RENOVATE)) && good;
if (good) console.log(`${expected.length} images found in ${Object.keys(files).length} files`);
process.exit(good ? 0 : 1);
