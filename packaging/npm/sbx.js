#!/usr/bin/env node
// Runs the program of this platform's package, with the arguments, streams and exit code of this one.
"use strict";

const { spawn } = require("node:child_process");

const name = `@sandbox-toml/${process.platform}-${process.arch}`;

function program() {
  try {
    return require.resolve(`${name}/sbx`);
  } catch {
    return null;
  }
}

function fail(message) {
  console.error(`error: ${message}`);
  // The code with which `sbx` says that the environment, and not the manifest, is the cause.
  process.exitCode = 3;
}

function run(file) {
  const child = spawn(file, process.argv.slice(2), { stdio: "inherit" });
  child.on("error", (error) => fail(`${file} cannot be run: ${error.message}`));

  // Ctrl-C at a terminal reaches both processes, so only an interrupt from elsewhere is passed on.
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const passOn = { SIGINT: !atTerminal, SIGTERM: true, SIGHUP: true };
  for (const [signal, passed] of Object.entries(passOn)) {
    process.on(signal, () => passed && child.kill(signal));
  }

  child.on("exit", (code, signal) => {
    if (signal === null) {
      process.exitCode = code;
      return;
    }
    // The caller sees the signal that ended the program.
    for (const passed of Object.keys(passOn)) process.removeAllListeners(passed);
    process.kill(process.pid, signal);
  });
}

const file = program();
if (file === null) {
  fail(
    `the package ${name} is not installed; it is optional, so check that npm may install optional ` +
      "dependencies, and that there is one for this platform: https://github.com/sbx-dev/sbx/blob/main/docs/install.md",
  );
} else {
  run(file);
}
