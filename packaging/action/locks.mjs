// A pull request with the locks that `sbx lock --update` has changed.
//
// The commit is made through the API: no credentials are stored in the checkout, and GitHub signs it.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { GitHub } from "./github.mjs";
import { notice } from "./runner.mjs";

const TITLE = "Update locks of sandbox templates";

/// The lock of a manifest, or of a directory that contains a sandbox.toml.
const lockOf = (file) =>
  file.endsWith(".toml") ? file.replace(/\.toml$/, ".lock") : posix.join(file, "sandbox.lock");

/// The locks of the manifests that differ from the commit, or that are new.
function changedLocks(files) {
  const paths = files.map((file) => `:(literal)${lockOf(file)}`);
  const git = (...args) => execFileSync("git", args, { encoding: "utf8" }).split("\0");
  const names = [
    ...git("diff", "--name-only", "-z", "--no-renames", "--diff-filter=AM", "HEAD", "--", ...paths),
    ...git("ls-files", "-z", "--others", "--exclude-standard", "--", ...paths),
  ];
  return names.filter((name) => name !== "");
}

/// A text in a block of Markdown that it cannot end.
function fenced(text) {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text.trimEnd()}\n${fence}`;
}

/// The commit with the locks, or null if the branch already has their content on the same parent.
async function commit(github, locks, branch, parent) {
  const tree = await github.call("POST", "/git/trees", {
    base_tree: parent,
    tree: locks.map((path) => ({
      path,
      mode: "100644",
      type: "blob",
      content: readFileSync(path, "utf8"),
    })),
  });
  const heads = `/git/ref/heads/${branch}`;
  const found = await github.call("GET", heads).catch((error) => {
    if (error.status === 404) return null;
    throw error;
  });
  if (found !== null) {
    const tip = await github.call("GET", `/git/commits/${found.object.sha}`);
    if (tip.tree.sha === tree.sha && tip.parents[0]?.sha === parent) return;
  }
  const made = await github.call("POST", "/git/commits", {
    message: `${TITLE}\n`,
    tree: tree.sha,
    parents: [parent],
  });
  if (found === null) {
    await github.call("POST", "/git/refs", { ref: `refs/heads/${branch}`, sha: made.sha });
  } else {
    await github.call("PATCH", `/git/refs/heads/${branch}`, { sha: made.sha, force: true });
  }
}

/// Opens the pull request, or updates the one that is open. Returns its number, or null if no lock
/// has changed.
export async function proposeLocks(files, report, branch, token) {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(branch) || branch.includes("..")) {
    throw new Error("the input `branch` is not the name of a branch");
  }
  const base = process.env.GITHUB_REF_NAME;
  if (process.env.GITHUB_REF_TYPE !== "branch" || base === branch) {
    throw new Error("`lock-update` runs for a branch other than that of its pull request");
  }
  const locks = changedLocks(files);
  if (locks.length === 0) {
    notice("the locks are up to date");
    return null;
  }
  const github = new GitHub(token);
  await commit(github, locks, branch, process.env.GITHUB_SHA);
  const body = `\`sbx lock --update\` has found other versions:\n\n${fenced(report)}\n`;
  const owner = github.repository.split("/")[0];
  const query = new URLSearchParams({ head: `${owner}:${branch}`, base, state: "open" });
  const [open] = await github.call("GET", `/pulls?${query}`);
  if (open !== undefined) {
    await github.call("PATCH", `/pulls/${open.number}`, { body });
    return open.number;
  }
  const made = await github.call("POST", "/pulls", { title: TITLE, head: branch, base, body });
  return made.number;
}
