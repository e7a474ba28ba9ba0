// GET /health answers 204. POST /run takes {"command": "…", "timeoutMs"?: N},
// runs it in the workspace and answers {"exitCode", "stdout", "stderr", "timedOut"}.
import { createServer } from "node:http";

import { run } from "./run.js";

const port = Number(process.env.AGENT_PORT ?? 8080);
const workspace = process.env.AGENT_WORKSPACE ?? process.cwd();

const server = createServer(async (request, response) => {
  try {
    if (request.method === "GET" && request.url === "/health") {
      response.writeHead(204).end();
    } else if (request.method === "POST" && request.url === "/run") {
      const { command, timeoutMs = 60_000 } = await readJson(request);
      if (typeof command !== "string" || command === "") {
        return answer(response, 400, { error: "`command` must be a string" });
      }
      answer(response, 200, await run(command, { cwd: workspace, timeoutMs }));
    } else {
      answer(response, 404, { error: "not found" });
    }
  } catch (error) {
    answer(response, error instanceof SyntaxError ? 400 : 500, { error: error.message });
  }
});

server.listen(port, "0.0.0.0", () => {
  const release = process.env.AGENT_RELEASE ?? "dev";
  console.log(`agent ${release} on port ${port}, workspace ${workspace}`);
});

async function readJson(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return JSON.parse(text);
}

function answer(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
