// Reads requests, one JSON object a line, and answers each with what ajv says: `node ajv.mjs NODE_MODULES`.
//
// `{"schema": …, "files": […]}` is answered with the errors of each file. `{"schema": …, "files":
// […], "rules": true}` is answered with every rule of the schema whose absence no file notices.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { default: Ajv } = require("ajv");
const { parse } = await import(pathToFileURL(require.resolve("smol-toml")));

/** Strict but for what draft-07 allows and the schema does on purpose: several types, `required` in branches. */
function compile(schema) {
  const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, logger: false });
  ajv.addVocabulary(["x-taplo", "x-taplo-info", "x-tombi-toml-version", "x-tombi-table-keys-order", "x-tombi-additional-key-label"]);
  return ajv.compile(schema);
}

function read(file) {
  try {
    return { data: parse(readFileSync(file, "utf8")) };
  } catch (error) {
    return { syntax: { line: error.line ?? null, message: String(error.message).split("\n")[0] } };
  }
}

function findings(validate, document) {
  if (document.syntax) return [document.syntax];
  if (validate(document.data)) return [];
  return validate.errors.map(({ instancePath, message, params }) => ({
    path: instancePath.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")),
    message: `${instancePath} ${message} ${JSON.stringify(params)}`,
  }));
}

const RULES = new Set(["type", "const", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "uniqueItems", "required", "additionalProperties", "propertyNames", "not", "oneOf", "anyOf", "minProperties", "maxProperties", "if"]);

/** Every rule of a schema: the object that holds it, its key, and the way to it. A list of names or branches is a rule for each. */
function* rules(schema, way = "#") {
  for (const [key, value] of Object.entries(schema)) {
    if (key === "examples" || key === "default" || key.startsWith("x-")) continue;
    const here = `${way}/${key}`;
    if (key === "properties" || key === "definitions") {
      for (const [name, sub] of Object.entries(value)) yield* rules(sub, `${here}/${name}`);
    } else if (key === "dependencies") {
      for (const name of Object.keys(value)) yield [value, name, `${here}/${name}`];
    } else if (key === "allOf") {
      for (const [at, sub] of value.entries()) yield* rules(sub, `${here}/${at}`);
    } else if (RULES.has(key)) {
      // A branch that only tells strings from tables is no rule of its own.
      if (key === "type" && /\/(oneOf|anyOf|not|if)\b/.test(way)) continue;
      yield [schema, key, here];
      if (Array.isArray(value) && (key === "required" || key === "oneOf" || key === "anyOf")) {
        for (const at of value.keys()) yield [value, at, `${here}/${at}`];
      }
      if (key === "additionalProperties" && value !== false) yield* rules(value, here);
    }
    if (key === "items") yield* rules(value, here);
    if (key === "then") yield* rules(value, here);
  }
}

function unnoticed(schema, documents) {
  const said = (validate, { data }) =>
    validate(data) ? "" : JSON.stringify(validate.errors.map(({ instancePath, keyword, params }) => [instancePath, keyword, params]));
  const before = compile(schema);
  const baseline = documents.map((document) => said(before, document));
  const quiet = [];
  let count = 0;
  for (const [holder, key, way] of rules(schema)) {
    count += 1;
    const removed = holder[key];
    if (Array.isArray(holder)) holder.splice(key, 1);
    else delete holder[key];
    let noticed;
    try {
      const validate = compile(schema);
      noticed = documents.some((document, at) => said(validate, document) !== baseline[at]);
    } catch {
      noticed = true;
    }
    if (Array.isArray(holder)) holder.splice(key, 0, removed);
    else holder[key] = removed;
    if (!noticed) quiet.push(way);
  }
  return { count, quiet };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { schema, files, rules: wanted } = JSON.parse(line);
  const documents = files.map(read);
  let answer;
  if (wanted) {
    answer = unnoticed(schema, documents.filter((document) => !document.syntax));
  } else {
    const validate = compile(schema);
    answer = documents.map((document) => findings(validate, document));
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
