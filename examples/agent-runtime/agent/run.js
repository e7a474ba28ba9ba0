import { spawn } from "node:child_process";

const LIMIT = 1 << 20;

// Runs a shell command in a process group of its own, so that a timeout ends its children too.
export function run(command, { cwd, timeoutMs }) {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", command], {
      cwd,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    let timedOut = false;

    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (chunk) => {
        output[name] = (output[name] + chunk).slice(-LIMIT);
      });
    }

    const timer = setTimeout(() => {
      timedOut = true;
      process.kill(-child.pid, "SIGKILL");
    }, timeoutMs);

    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, ...output, timedOut });
    });
  });
}
