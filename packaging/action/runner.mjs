// `sbx` in a step of a workflow, and what a runner reads of the step's output.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";

// As the runner decodes the message of a command.
const escape = (text) =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

export const failure = (message) => console.log(`::error title=sbx::${escape(message)}`);
export const notice = (message) => console.log(`::notice title=sbx::${escape(message)}`);

// A runner obeys every line of the output that looks like a command, and a file's name
// or a build's log may have one. Between these two lines it obeys none.
function withoutCommands(print) {
  const token = randomUUID();
  console.log(`::stop-commands::${token}`);
  const resume = () => console.log(`\n::${token}::`);
  return print(resume);
}

/// Prints a text of which no line is a command.
export function quietly(text) {
  if (text.trim() === "") return;
  withoutCommands((resume) => {
    process.stdout.write(text);
    resume();
  });
}

// Only `sbx`'s own variables are for `sbx`: the token of the action is for GitHub.
function environment() {
  const { SBX_ACTION_TOKEN, ...rest } = process.env;
  return rest;
}

function run(args, stdio, receive) {
  return new Promise((resolve, reject) => {
    const child = spawn("sbx", args, { stdio, env: environment() });
    child.stdout?.on("data", (data) => receive("stdout", data));
    child.stderr?.on("data", (data) => receive("stderr", data));
    child.on("error", (error) => reject(new Error(`\`sbx\` cannot be run: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (signal === null) resolve(code);
      else reject(new Error(`\`sbx\` was ended by ${signal}`));
    });
    // A cancelled job ends its steps with these.
    for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => child.kill(name));
  });
}

/// Runs `sbx` without a shell. `capture` returns what it prints; without it, the log has it at once.
export async function sbx(args, { capture }) {
  if (capture) {
    const parts = { stdout: [], stderr: [] };
    const code = await run(args, ["ignore", "pipe", "pipe"], (name, data) => parts[name].push(data));
    const text = (name) => Buffer.concat(parts[name]).toString();
    return { code, stdout: text("stdout"), stderr: text("stderr") };
  }
  return withoutCommands(async (resume) => {
    try {
      return { code: await run(args, ["ignore", "inherit", "inherit"], () => {}) };
    } finally {
      resume();
    }
  });
}
