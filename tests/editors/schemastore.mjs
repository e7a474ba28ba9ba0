// The files for SchemaStore, by the rules of its `cli.js check`: `node schemastore.mjs NODE_MODULES`.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { default: Ajv } = require("ajv");
const { parse } = await import(pathToFileURL(require.resolve("smol-toml")));

const ROOT = "schema/schemastore";
const NAME = "sandbox-toml";
// What it allows beside the keywords of draft-07, as far as the schema has it.
const KEYWORDS = ["x-taplo", "x-taplo-info", "x-tombi-toml-version", "x-tombi-table-keys-order", "x-tombi-additional-key-label"];
const OPTIONS = {
  strict: { strict: true },
  "not strict": { strictTypes: false, strictTuples: false, allowMatchingProperties: true },
};

let passed = 0;
let failed = 0;
function expect(holds, fault) {
  if (holds) passed += 1;
  else {
    failed += 1;
    console.log(`FAILED ${fault}`);
  }
}

const schema = JSON.parse(readFileSync("schema/sandbox.schema.json", "utf8"));
expect(schema.$schema === "http://json-schema.org/draft-07/schema#", "the schema is not of draft-07");
// It gets the address that SchemaStore serves it from.
const hosted = { ...schema, $id: `https://www.schemastore.org/${NAME}.json` };

function compile(mode) {
  const ajv = new Ajv({ ...OPTIONS[mode], logger: false });
  KEYWORDS.forEach((keyword) => ajv.addKeyword(keyword));
  return ajv.compile(hosted);
}

let isStrict = true;
try {
  compile("strict");
} catch (error) {
  isStrict = false;
  console.log(`strict mode: ${error.message}`);
}
const validation = JSON.parse(readFileSync(join(ROOT, "schema-validation.json"), "utf8"));
const wanted = isStrict ? [] : [`${NAME}.json`];
expect(JSON.stringify(validation.ajvNotStrictMode) === JSON.stringify(wanted), `ajvNotStrictMode must be ${JSON.stringify(wanted)}`);

const validate = compile(isStrict ? "strict" : "not strict");
for (const [kind, isGood] of [["test", true], ["negative_test", false]]) {
  const directory = join(ROOT, "src", kind, NAME);
  const files = readdirSync(directory);
  expect(files.length >= 5, `${directory} has few files`);
  for (const file of files) {
    const path = join(directory, file);
    const text = readFileSync(path, "utf8");
    const schemaPath = join(ROOT, "src/schemas/json", `${NAME}.json`);
    expect(file.endsWith(".toml") && !text.startsWith("\ufeff"), `${path}: its name or its first character`);
    expect(text.split("\n")[0] === `#:schema ${relative(dirname(path), schemaPath)}`, `${path}: its first line`);
    expect(validate(parse(text)) === isGood, `${path}: ${isGood ? JSON.stringify(validate.errors) : "the schema accepts it"}`);
  }
}

const entry = JSON.parse(readFileSync(join(ROOT, "catalog-entry.json"), "utf8"));
expect(Object.keys(entry).join() === "name,description,fileMatch,url", "the keys of the catalogue's entry");
expect(entry.url === hosted.$id, "the address in the catalogue's entry");
for (const text of [entry.name, entry.description]) {
  expect(!/[,. \t-]$/.test(text) && !/schema|\n/i.test(text), `"${text}" in the catalogue's entry`);
}
expect(entry.fileMatch.every((glob) => !glob.includes("/") || glob.startsWith("**/")), "the patterns of the catalogue's entry");
console.log(`SchemaStore: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
