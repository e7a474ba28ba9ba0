// Runs exported programs in TypeScript, one after the other: see driver.py. The code has no types, so
// that Node runs it without a compiler.
import { createInterface } from "node:readline";
import { copyFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  Object.assign(process.env, task.environment);
  let answer = "";
  try {
    const program = task.program.replace(/\.mts$/, ".mjs");
    copyFileSync(task.program, program);
    await import(pathToFileURL(program));
  } catch (error) {
    answer = String(error?.stack ?? error) || "an error without words";
  }
  process.stdout.write(`\nanswer: ${JSON.stringify(answer)}\n`);
}
