"""A stand-in of GitHub's API on loopback, for the scripts of the action.

It has the calls that the action makes, refuses every other, and checks each token and body. State
and calls are in memory; `GET /state` returns them.
"""

import hashlib
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "/repos/octo/templates"
STATE = {"comments": [], "calls": [], "trees": {}, "commits": {}, "refs": {}, "pulls": [], "forbid": False}


def sha(value: object) -> str:
    return hashlib.sha1(json.dumps(value, sort_keys=True).encode()).hexdigest()


def comments(method: str, number: str, body: dict | None, query: dict) -> tuple[int, object]:
    if method == "GET":
        size, page = int(query["per_page"][0]), int(query["page"][0])
        return 200, STATE["comments"][size * (page - 1) : size * page]
    if STATE["forbid"]:
        return 403, {"message": "Resource not accessible by integration"}
    if len(body["body"]) > 65536:
        return 422, {"message": "Validation Failed"}
    made = {"id": 1000 + len(STATE["comments"]), "user": {"type": "Bot"}, **body}
    STATE["comments"].append(made)
    return 201, made


def comment(method: str, number: str, body: dict | None, query: dict) -> tuple[int, object]:
    found = next((one for one in STATE["comments"] if one["id"] == int(number)), None)
    if method != "PATCH" or found is None:
        return 404, {"message": "Not Found"}
    found["body"] = body["body"]
    return 200, found


def trees(method: str, _: str, body: dict | None, query: dict) -> tuple[int, object]:
    key = sha(body)
    STATE["trees"][key] = body
    return 201, {"sha": key}


def commits(method: str, key: str, body: dict | None, query: dict) -> tuple[int, object]:
    if method == "GET":
        found = STATE["commits"].get(key.removeprefix("/"))
        return (200, found) if found else (404, {"message": "Not Found"})
    key = sha([body, len(STATE["commits"])])
    parents = [{"sha": parent} for parent in body["parents"]]
    made = {"sha": key, "tree": {"sha": body["tree"]}, "parents": parents, "message": body["message"]}
    STATE["commits"][key] = made
    return 201, made


def ref(method: str, name: str, body: dict | None, query: dict) -> tuple[int, object]:
    key = STATE["refs"].get(name)
    return (200, {"object": {"sha": key}}) if key else (404, {"message": "Not Found"})


def refs(method: str, name: str, body: dict | None, query: dict) -> tuple[int, object]:
    if method == "POST":
        name = body["ref"].removeprefix("refs/heads/")
        if name in STATE["refs"]:
            return 422, {"message": "Reference already exists"}
    elif name.removeprefix("/heads/") not in STATE["refs"] or not body["force"]:
        return 422, {"message": "Reference does not exist"}
    STATE["refs"][name.removeprefix("/heads/")] = body["sha"]
    return 201, {"object": {"sha": body["sha"]}}


def pulls(method: str, number: str, body: dict | None, query: dict) -> tuple[int, object]:
    if method == "GET":
        head = query["head"][0].removeprefix("octo:")
        return 200, [pull for pull in STATE["pulls"] if pull["head"] == head]
    if method == "POST":
        STATE["pulls"].append({"number": 7 + len(STATE["pulls"]), **body})
        return 201, STATE["pulls"][-1]
    found = next(pull for pull in STATE["pulls"] if pull["number"] == int(number.removeprefix("/")))
    found.update(body)
    return 200, found


ROUTES = [
    (r"/issues/(\d+)/comments", comments),
    (r"/issues/comments/(\d+)", comment),
    (r"/git/trees()", trees),
    (r"/git/commits(/\w+)?", commits),
    (r"/git/ref/heads/(.+)", ref),
    (r"/git/refs(/heads/.+)?", refs),
    (r"/pulls(/\d+)?", pulls),
]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def respond(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        if url.path == "/state":
            STATE.update(body or {})
            return self.answer(200, STATE)
        STATE["calls"].append(f"{self.command} {url.path}")
        if self.headers["authorization"] != "Bearer ghs_loopback":
            return self.answer(401, {"message": "Bad credentials"})
        for pattern, handler in ROUTES:
            found = re.fullmatch(re.escape(REPOSITORY) + pattern, url.path)
            if found:
                query = parse_qs(url.query)
                return self.answer(*handler(self.command, found[1] or "", body, query))
        return self.answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = respond


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
