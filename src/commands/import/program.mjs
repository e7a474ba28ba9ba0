// Runs a program that makes a template with an official SDK, and writes what the SDK would send.
// Arguments: the program, the file for the result. No connection is made.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [path, result] = process.argv.slice(-2).map((path) => resolve(path));
const refuse = () => {
  throw new Error("sbx import makes no connections");
};
globalThis.fetch = refuse;
net.Socket.prototype.connect = refuse;

const stop = (reason) => {
  console.error(reason);
  process.exit(9);
};

const require = createRequire(path);
const sdks = [];
for (const name of ["e2b", "novita-sandbox", "@e2b/code-interpreter"]) {
  let file;
  try {
    file = require.resolve(name);
  } catch {
    continue;
  }
  // A program may load either form of the package, and each has its own objects.
  sdks.push(require(name), await import(pathToFileURL(file).href));
  try {
    sdks.push(await import(pathToFileURL(require.resolve(name).replace(/\.js$/, ".mjs")).href));
  } catch {
    // There is one form alone.
  }
}
const templates = sdks.map((sdk) => sdk.Template ?? sdk.default?.Template).filter(Boolean);
if (templates.length === 0) {
  stop("neither the package e2b nor novita-sandbox is installed beside the program");
}

const write = async (template, said) => {
  let text;
  for (const Template of templates) {
    try {
      text = await Template.toJSON(template, false);
      break;
    } catch {
      // Another form of the package made the template.
    }
  }
  if (text === undefined) {
    stop("the SDK cannot serialize the template");
  }
  // What the SDK keeps to itself: it decides what is uploaded.
  const { fileContextPath, fileIgnorePatterns } = template;
  const kept = { context: fileContextPath?.toString(), ignore: fileIgnorePatterns };
  writeFileSync(result, JSON.stringify({ template: text, ...kept, ...said }));
  process.exit(0);
};
const build = async (template, name, more) => {
  const options = typeof name === "string" ? { name, ...more } : (name ?? {});
  await write(template, {
    name: options.name ?? options.alias,
    tags: options.tags,
    cpu: options.cpuCount,
    memory: options.memoryMB,
  });
};
for (const Template of templates) {
  Template.build = build;
  Template.buildInBackground = build;
}

const program = await import(pathToFileURL(path).href);
const isTemplate = (value) => value && typeof value === "object" && "instructions" in value;
const found = Object.entries(program).filter(([, value]) => isTemplate(value));
const chosen = found.find(([name]) => name === "template") ?? (found.length === 1 && found[0]);
if (!chosen) {
  const names = found.map(([name]) => name).join(", ") || "none";
  stop(`the program must export one template, named \`template\`; it exports: ${names}`);
}
await write(chosen[1], {});
