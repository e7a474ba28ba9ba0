// Runs one command of the action, with the inputs from variables. It needs Node 20 and no package.

import { appendFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { updateComment } from "./comment.mjs";
import { proposeLocks } from "./locks.mjs";
import { failure, notice, quietly, sbx } from "./runner.mjs";

const input = (name) => process.env[`SBX_ACTION_${name}`] ?? "";
const lines = (text) => text.split("\n").map((line) => line.trim()).filter((line) => line !== "");

const files = lines(input("FILES"));
const args = lines(input("ARGS"));

function output(name, value) {
  const end = randomUUID();
  appendFileSync(process.env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`);
}

function summarize(markdown) {
  if (process.env.GITHUB_STEP_SUMMARY) {
    appendFileSync(process.env.GITHUB_STEP_SUMMARY, `${markdown}\n`);
  }
}

async function check() {
  const ran = await sbx(["check", "--format", "github", ...args, "--", ...files], { capture: true });
  // The annotations that `sbx` writes, whose texts it has escaped; nothing else is a command.
  const annotation = /^::(error|warning|notice) /;
  const [annotations, rest] = [[], []];
  for (const line of ran.stdout.split("\n")) {
    (annotation.test(line) ? annotations : rest).push(line);
  }
  quietly(`${ran.stderr}${rest.join("\n")}`);
  for (const line of annotations) console.log(line);
  return ran.code;
}

async function plan() {
  const options = ["plan", "--format", "markdown", "--exit-code", ...args, "--", ...files];
  const ran = await sbx(options, { capture: true });
  quietly(`${ran.stderr}${ran.stdout}`);
  const changed = ran.code === 4;
  const complete = changed || ran.code === 0;
  output("changed", changed);
  let body = ran.stdout.trimEnd();
  if (!complete) {
    body += `\n\n\`sbx plan\` ended with exit code ${ran.code}. The log of the workflow says why.`;
  }
  summarize(body);
  if (input("COMMENT") === "true") {
    await updateComment(body, files, input("TOKEN"));
  }
  return complete ? 0 : ran.code;
}

async function lockUpdate() {
  const ran = await sbx(["lock", "--update", ...args, "--", ...files], { capture: true });
  quietly(`${ran.stderr}${ran.stdout}`);
  if (ran.code !== 0) return ran.code;
  const number = await proposeLocks(files, ran.stdout, input("BRANCH"), input("TOKEN"));
  output("changed", number !== null);
  if (number !== null) output("pull-request", number);
  return 0;
}

async function passThrough(command) {
  return (await sbx([command, ...args, "--", ...files], { capture: false })).code;
}

const COMMANDS = {
  check,
  plan,
  apply: () => passThrough("apply"),
  verify: () => passThrough("verify"),
  "lock-update": lockUpdate,
};

async function main() {
  const command = COMMANDS[input("COMMAND")];
  if (!Object.hasOwn(COMMANDS, input("COMMAND"))) {
    failure(`the input \`command\` is none of: ${Object.keys(COMMANDS).join(", ")}, install`);
    return 2;
  }
  if (files.length === 0) {
    failure("the input `files` names no manifest");
    return 2;
  }
  try {
    return await command();
  } catch (error) {
    failure(error.message);
    return 3;
  }
}

process.exitCode = await main();
if (process.exitCode !== 0) notice(`the step ended with exit code ${process.exitCode}`);
