// The plan as one comment of a pull request: made once, and updated by later runs.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { GitHub } from "./github.mjs";
import { notice } from "./runner.mjs";

// GitHub refuses longer comments. The job's summary has all of the plan.
const LIMIT = 65_000;

/// The first line of the comment, which shows nothing. Plans of other manifests have other comments.
function marker(files) {
  const key = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 16);
  return `<!-- sbx-plan ${key} -->`;
}

function shortened(body) {
  if (body.length <= LIMIT) return body;
  const lines = body.slice(0, LIMIT).split("\n").slice(0, -1).join("\n");
  const open = lines.split("<details>").length - lines.split("</details>").length;
  return `${lines}\n\n${"</details>\n".repeat(Math.max(open, 0))}\nThe plan is too long for a comment; the summary of the job has all of it.`;
}

function pullRequest() {
  const path = process.env.GITHUB_EVENT_PATH;
  if (!path) return null;
  return JSON.parse(readFileSync(path, "utf8")).pull_request?.number ?? null;
}

/// Whether the action may have written a comment. With a workflow's own token the author is a bot,
/// and anyone else could write the marker, too.
const isOurs = (comment, first) =>
  comment.user?.type === "Bot" && (comment.body ?? "").split(/\r?\n/, 1)[0] === first;

export async function updateComment(plan, files, token) {
  const number = pullRequest();
  if (number === null) {
    notice("this run is for no pull request, so the plan is in the summary of the job alone");
    return;
  }
  const github = new GitHub(token);
  const first = marker(files);
  const body = `${first}\n${shortened(plan)}`;
  try {
    for await (const comment of github.list(`/issues/${number}/comments`)) {
      if (isOurs(comment, first)) {
        if (comment.body !== body) {
          await github.call("PATCH", `/issues/comments/${comment.id}`, { body });
        }
        return;
      }
    }
    await github.call("POST", `/issues/${number}/comments`, { body });
  } catch (error) {
    // The token of a pull request from a fork can only read.
    if (error.status !== 403) throw error;
    notice(
      "the token cannot write comments (a fork, or no `pull-requests: write`); the plan is in the summary of the job",
    );
  }
}
