"""A stand-in for a registry of images and an index of packages, for pages whose output depends on both.

usage: registry.py PORT FILE

The file, in JSON, is read for each request, so that a page can push something new:

    {"images": {"python:3.12": {"Env": [...], "created": "2025-05-13T00:00:00Z", "base": ["bookworm", 1747008000]}},
     "packages": {"fastapi": ["0.115.0"]}}
"""

import hashlib
import http.server
import json
import pathlib
import sys

PORT, FILE = int(sys.argv[1]), pathlib.Path(sys.argv[2])
OCI = "application/vnd.oci.image"

# What was pushed, by its digest. It stays when its tag moves.
BLOBS = {}


def blob(value, kind):
    """Keeps a document, and returns its descriptor."""
    content = json.dumps(value).encode()
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    BLOBS[digest] = kind, content
    return {"mediaType": kind, "digest": digest, "size": len(content)}


def push(image):
    """The descriptor of an image's index."""
    suite, at = image["base"]
    config = blob(
        {
            "architecture": "amd64",
            "os": "linux",
            "created": image["created"],
            "config": {"Env": image["Env"], "Cmd": ["python3"]},
            "rootfs": {"type": "layers", "diff_ids": []},
            "history": [{"created_by": f"# debian.sh --arch 'amd64' out/ '{suite}' '@{at}'"}],
        },
        f"{OCI}.config.v1+json",
    )
    kind = f"{OCI}.manifest.v1+json"
    manifest = blob({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}, kind)
    manifest["platform"] = {"os": "linux", "architecture": "amd64"}
    kind = f"{OCI}.index.v1+json"
    return blob({"schemaVersion": 2, "mediaType": kind, "manifests": [manifest]}, kind)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        state = json.loads(FILE.read_text())
        tags = {name: push(image)["digest"] for name, image in state["images"].items()}
        parts = self.path.strip("/").split("/")
        if parts == ["v2"]:
            self.answer("application/json", b"{}")
        elif parts[0] == "v2" and parts[-2] in ("manifests", "blobs"):
            name, reference = "/".join(parts[1:-2]), parts[-1]
            found = BLOBS.get(tags.get(f"{name}:{reference}", reference))
            self.answer(*found) if found else self.send_error(404)
        elif parts[0] == "simple" and parts[-1] in state["packages"]:
            files = [f"{parts[-1]}-{version}-py3-none-any.whl" for version in state["packages"][parts[-1]]]
            self.answer("text/html", "".join(f'<a href="{file}">{file}</a>\n' for file in files).encode())
        else:
            self.send_error(404)

    do_HEAD = do_GET

    def answer(self, kind, content):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if self.path.startswith("/v2/"):
            self.send_header("Docker-Content-Digest", "sha256:" + hashlib.sha256(content).hexdigest())
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
