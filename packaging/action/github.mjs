// The calls of GitHub's REST API that the action makes.

const ATTEMPTS = 3;

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class ApiError extends Error {
  constructor(method, path, status, message) {
    super(`GitHub answered ${status} to ${method} ${path}: ${message}`);
    this.status = status;
  }
}

export class GitHub {
  #token;

  constructor(token) {
    this.#token = token;
    this.api = process.env.GITHUB_API_URL ?? "https://api.github.com";
    this.repository = process.env.GITHUB_REPOSITORY;
  }

  /// A call below `/repos/OWNER/NAME`. Only reading is repeated: a lost answer to a write may mean
  /// that it was done.
  async call(method, path, body) {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#send(method, `/repos/${this.repository}${path}`, body);
      if (answer.ok) return answer.status === 204 ? null : answer.json();
      const again = method === "GET" && (answer.status >= 500 || answer.status === 429);
      if (!again || attempt === ATTEMPTS) {
        const text = await answer.text();
        throw new ApiError(method, path, answer.status, messageOf(text));
      }
      await wait(1000 * attempt);
    }
  }

  /// All items of a list, page by page.
  async *list(path) {
    const size = 100;
    for (let page = 1; ; page += 1) {
      const separator = path.includes("?") ? "&" : "?";
      const items = await this.call("GET", `${path}${separator}per_page=${size}&page=${page}`);
      yield* items;
      if (items.length < size) return;
    }
  }

  #send(method, path, body) {
    return fetch(`${this.api}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${this.#token}`,
        "user-agent": "sbx-action",
        "x-github-api-version": "2022-11-28",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }
}

function messageOf(text) {
  try {
    return JSON.parse(text).message ?? "";
  } catch {
    return text.slice(0, 200);
  }
}
