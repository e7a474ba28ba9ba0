"""Servers on loopback: a platform of E2B's and of Declaw's protocol, a registry, and an index of packages."""

import base64
import hashlib
import json
import struct
import threading
import urllib.parse
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEMPLATE = "tmpl0000000000000000"
TIME = "2026-01-01T00:00:00Z"


class Handler(BaseHTTPRequestHandler):
    """Passes each request to `respond` of the server."""

    protocol_version = "HTTP/1.1"
    # The head and the body of an answer are sent together.
    wbufsize = 65536
    disable_nagle_algorithm = True

    def answer(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        status, content = self.server.respond(self.command, urllib.parse.unquote(url.path), query, body)
        data = content if isinstance(content, bytes) else json.dumps(content).encode() if content is not None else b""
        self.send_response(status)
        self.send_header("content-type", self.server.content_type)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    """A server on a port of its own."""

    content_type = "application/json"
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server_port}"
        self.url = f"http://{self.address}"

    def respond(self, method, path, query, body):
        raise NotImplementedError


@contextmanager
def running(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def refused(status, message):
    return status, {"code": status, "message": message}


def envelope(flags, message):
    data = json.dumps(message).encode()
    return struct.pack(">BI", flags, len(data)) + data


class Platform(Server):
    """A platform with at most one template."""

    def __init__(self):
        super().__init__()
        self.name = None
        self.public = False
        self.builds = []
        # Assignments of tags to builds, oldest first.
        self.rows = []
        self.stored = set()
        self.log = []
        # How often the status is `building` before the build ends, and how it ends.
        self.polls = 0
        self.end = "ready"
        self.reason = None
        # Answers in place of the usual ones: the first of a method and the beginning of a path.
        self.faults = []
        # What happens at a method and the beginning of a path.
        self.hooks = []
        self.upload_url = self.url
        # Whether lists of templates have Novita's form.
        self.has_pages = True
        # The builds whose image is missing, on the local platform.
        self.missing = []
        # What a command in a sandbox ends with.
        self.exit = 0
        self.templates = []

    def respond(self, method, path, query, body):
        for at, start, hook in list(self.hooks):
            if method == at and path.startswith(start):
                hook()
        for fault in self.faults:
            if method == fault[0] and path.startswith(fault[1]):
                self.faults.remove(fault)
                return refused(fault[2], "out of order")
        parts = path.strip("/").split("/")
        value = json.loads(body) if body[:1] in (b"{", b"[") else {}
        match method, parts:
            case "POST", ["v3", "templates"]:
                return self.register(value)
            case "GET", ["templates", _, "files", key]:
                if key in self.stored:
                    return 201, {"present": True}
                return 201, {"present": False, "url": f"{self.upload_url}/store/{key}", "headers": {}}
            case "PUT", ["store", key]:
                self.stored.add(key)
                return 200, None
            case "POST", ["v2", "templates", _, "builds", build]:
                self.find(build)["status"] = "building"
                return 202, None
            case "GET", ["templates", _, "builds", build, "status"]:
                return self.status(build, int(query.get("logsOffset", 0)))
            case "GET", ["templates", "aliases", *rest]:
                return self.alias("/".join(rest))
            case "GET", ["templates", _, "tags"]:
                newest = {tag: (build, at) for at, (tag, build) in enumerate(self.rows)}
                return 200, [
                    {"tag": tag, "buildID": build, "createdAt": self.time(at)} for tag, (build, at) in newest.items()
                ]
            case "GET", ["templates", _, "tags", tag, "assignments"]:
                rows = [
                    (at, build)
                    for at, (known, build) in enumerate(self.rows)
                    if known == tag and self.find(build)["status"] == "ready"
                ]
                data = [
                    {
                        "assignmentId": f"00000000-0000-4000-8000-{at:012}",
                        "buildId": build,
                        "assignedAt": self.time(at),
                        "buildCreatedAt": TIME,
                        "buildFinishedAt": self.time(at),
                    }
                    for at, build in reversed(rows)
                ]
                return 200, {"data": data, "nextCursor": None}
            case "POST", ["templates", "tags"]:
                build = self.resolved(value["target"].partition(":")[2] or "default")
                if build is None:
                    return refused(404, "no such tag")
                self.rows += [(tag, build) for tag in value["tags"]]
                return 201, {"buildID": build, "tags": value["tags"]}
            case "DELETE", ["templates", "tags"]:
                self.rows = [row for row in self.rows if row[0] not in value["tags"]]
                return 204, None
            case "PATCH", ["v2", "templates", _]:
                self.public = value["public"]
                return 200, {"names": [f"team/{self.name}"]}
            case "GET", ["v2", "templates"]:
                templates = [self.summary()] if self.name else []
                pages = {"templates": templates, "total": len(templates), "page": 1, "limit": 100, "totalPages": 1}
                return 200, pages if self.has_pages else templates
            case "GET", ["templates", template] if template == TEMPLATE and self.name:
                return 200, {**self.summary(), "builds": [self.build(build) for build in reversed(self.builds)]}
            case "DELETE", ["templates", template] if template == TEMPLATE:
                self.name = None
                return 204, None
            case "GET", ["sbx", "images", _]:
                return 200, {"missing": self.missing}
            case "POST", ["sbx", "prune"]:
                return 200, {"images": self.missing, "bytes": 4096}
            case "POST", ["v2", "sandboxes"] | ["sandboxes"]:
                sandbox = {"sandboxID": "sandbox0", "templateID": TEMPLATE, "clientID": "", "envdVersion": "0.6.13"}
                return 201, {
                    **sandbox,
                    "envdAccessToken": "token_0123456789abcdef",
                    "domain": "nowhere.invalid",
                    "sandbox_id": "sandbox0",
                    "template_id": TEMPLATE,
                }
            case ("POST", ["sandboxes", _, "timeout"]) | ("DELETE", ["sandboxes", _]):
                return 204, None
            case "POST", ["process.Process", "Start"]:
                output = base64.b64encode(b"some output\n").decode()
                end = {
                    "exited": True,
                    "status": f"exit status {self.exit}",
                    **({"exitCode": self.exit} if self.exit else {}),
                }
                events = [{"start": {"pid": 7}}, {"data": {"stdout": output}}, {"end": end}]
                return 200, b"".join(envelope(0, {"event": event}) for event in events) + envelope(2, {})
            # Declaw's protocol.
            case "PATCH", ["sandboxes", _, "timeout"]:
                return 200, {}
            case "POST", ["sandboxes", _, "stdio", *rest]:
                return 200, {} if rest else {"cmd_id": "cmd-0"}
            case "GET", ["sandboxes", _, "stdio", _, "stream"]:
                return 200, f"event: exit\ndata: {json.dumps({'exit_code': self.exit})}\n\n".encode()
            case "GET", ["templates"]:
                return 200, {"templates": [{"template_id": template, "alias": "agent"} for template in self.templates]}
            case "GET", ["templates", template] if template in self.templates:
                return 200, {"template_id": template, "alias": "agent"}
            case "DELETE", ["templates", template] if template in self.templates:
                self.templates.remove(template)
                return 204, None
            case "POST", ["templates", "build"]:
                self.templates.append("tpl-new")
                return 201, {"build_id": "bld-0001", "status": "building", "template_id": "tpl-new"}
            case "GET", ["templates", "builds", build]:
                logs = ["Step 1/1 : FROM python:3.12"]
                return 200, {"build_id": build, "template_id": "tpl-new", "status": "completed", "logs": logs}
        return refused(404, "no such call")

    @staticmethod
    def time(at):
        return f"2026-01-01T{at // 60:02}:{at % 60:02}:00Z"

    def find(self, build):
        return next(known for known in self.builds if known["id"] == build)

    def add(self, status, *tags):
        """Adds a build with tags, as if another client had made it; its ID."""
        build = f"5a6f0d1e-3b0c-4f7e-9d52-{len(self.builds):012}"
        self.builds.append({"id": build, "status": status, "cpu": 2, "memory": 1024, "asked": 0})
        self.rows += [(tag, build) for tag in tags]
        return build

    def resolved(self, tag):
        rows = [build for known, build in self.rows if tag in (known, build)]
        return next((build for build in reversed(rows) if self.find(build)["status"] == "ready"), None)

    def register(self, value):
        self.name = value["name"]
        tags = value.get("tags") or ["default"]
        build = self.add("waiting", *tags)
        self.builds[-1].update(cpu=value.get("cpuCount", 2), memory=value.get("memoryMB", 1024))
        names = {"names": [f"team/{self.name}"], "aliases": [self.name], "tags": tags}
        return 202, {"templateID": TEMPLATE, "buildID": build, "public": self.public, **names}

    def status(self, build, offset):
        known = self.find(build)
        if known["status"] == "building":
            known["asked"] += 1
            if known["asked"] > self.polls:
                known["status"] = self.end
        answer = {"templateID": TEMPLATE, "buildID": build, "status": known["status"], "logs": []}
        answer["logEntries"] = self.log[offset:]
        if known["status"] == "error" and self.reason:
            answer["reason"] = self.reason
        return 200, answer

    def alias(self, reference):
        name, _, tag = reference.rpartition("/")[2].partition(":")
        if name not in (self.name, TEMPLATE) or self.name is None:
            return refused(404, "no such template")
        if tag and self.resolved(tag) is None:
            return refused(404, f"tag '{tag}' does not exist for template '{name}'")
        return 200, {"templateID": TEMPLATE, "public": self.public}

    def build(self, build):
        times = {"createdAt": TIME, "updatedAt": TIME, **({"finishedAt": TIME} if build["cpu"] else {})}
        return {
            "buildID": build["id"],
            "status": build["status"],
            "cpuCount": build["cpu"],
            "memoryMB": build["memory"],
            **times,
        }

    def summary(self):
        ready = self.resolved("default")
        last = next((build for tag, build in reversed(self.rows) if tag == "default"), None)
        return {
            "templateID": TEMPLATE,
            "names": [f"team/{self.name}"],
            "aliases": [self.name],
            "buildID": ready or "00000000-0000-0000-0000-000000000000",
            "cpuCount": 2 if ready else 0,
            "memoryMB": 1024 if ready else 0,
            "diskSizeMB": 512,
            "public": self.public,
            "createdAt": TIME,
            "updatedAt": TIME,
            "lastSpawnedAt": TIME,
            "spawnCount": 1,
            "buildCount": len(self.builds),
            **({"buildStatus": self.find(last)["status"]} if last else {}),
        }


class Registry(Server):
    """A registry of images that anyone can pull."""

    def __init__(self):
        super().__init__()
        self.documents = {}

    def respond(self, method, path, query, body):
        document = {} if path == "/v2/" else self.documents.get(path.removeprefix("/v2/"))
        return refused(404, "MANIFEST_UNKNOWN") if document is None else (200, document)

    def put(self, directory, value, tag=None):
        data = json.dumps(value).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        for name in filter(None, (digest, tag)):
            self.documents[f"{directory}/{name}"] = data
        return {"digest": digest, "size": len(data)}

    def push(self, repository, tag, version):
        """Stores an image for linux/amd64 with a variable."""
        config = {"architecture": "amd64", "os": "linux", "config": {"Env": [f"TOOL_VERSION={version}"]}}
        config = {**config, "rootfs": {"type": "layers", "diff_ids": []}, "history": []}
        blob = {"mediaType": "application/vnd.oci.image.config.v1+json", **self.put(f"{repository}/blobs", config)}
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest = {"schemaVersion": 2, "mediaType": kind, "config": blob, "layers": []}
        described = {"mediaType": kind, **self.put(f"{repository}/manifests", manifest)}
        described["platform"] = {"os": "linux", "architecture": "amd64"}
        index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [described]}
        self.put(f"{repository}/manifests", index, tag)


class Index(Server):
    """An index of Python packages that has one version of each."""

    content_type = "application/vnd.pypi.simple.v1+json"

    def __init__(self, version):
        super().__init__()
        self.version = version

    def respond(self, method, path, query, body):
        name = path.strip("/").split("/")[-1]
        file = {"filename": f"{name}-{self.version}-py3-none-any.whl", "url": "x", "hashes": {}}
        return 200, {"meta": {"api-version": "1.0"}, "name": name, "files": [file]}
