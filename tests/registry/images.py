#!/usr/bin/env python3
"""Writes small images as OCI layouts, without a container engine.

usage: images.py DIRECTORY

Each layout is DIRECTORY/NAME with the tag `latest`; `run.sh` pushes them to a real registry.
"""

import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile

DECLARED = {
    "User": "app",
    "Env": [
        "PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin",
        "LANG=C.UTF-8",
        "PRICE=$5 for $USER",
        "HOME=/root",
    ],
    "WorkingDir": "/srv/app",
    "Entrypoint": ["tini", "--"],
    "Cmd": ["serve", "--greeting", "it's on"],
}
SHELL = {"Entrypoint": None, "Cmd": ["/bin/sh", "-c", "exec serve --port $PORT"], "Env": None}


class Layout:
    """One OCI layout."""

    def __init__(self, root):
        self.root = root
        (root / "blobs/sha256").mkdir(parents=True)
        (root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data, kind, **more):
        """Stores bytes, and returns their descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        (self.root / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data), **more}

    def json(self, value, kind, **more):
        return self.blob(json.dumps(value).encode(), f"application/vnd.oci.image.{kind}+json", **more)

    def manifest(self, architecture, config):
        """Stores an image for one platform, and returns its descriptor."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            entry = tarfile.TarInfo("hello")
            entry.size = len(architecture)
            tar.addfile(entry, io.BytesIO(architecture.encode()))
        layer = buffer.getvalue()
        blob = self.blob(
            gzip.compress(layer, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip"
        )
        platform = {"architecture": architecture, "os": "linux"}
        config = self.json(
            {
                **platform,
                "config": config,
                "rootfs": {
                    "type": "layers",
                    "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"],
                },
                "history": [{"created_by": "COPY hello / # buildkit"}],
            },
            "config.v1",
        )
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config,
            "layers": [blob],
        }
        return self.json(manifest, "manifest.v1", platform=platform)

    def finish(self, descriptor):
        """Names what the tag `latest` leads to."""
        descriptor["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
        index = {"schemaVersion": 2, "manifests": [descriptor]}
        (self.root / "index.json").write_text(json.dumps(index))


def main():
    root = pathlib.Path(sys.argv[1])
    both = Layout(root / "both")
    manifests = [both.manifest("arm64", {"Env": ["ARM=1"]}), both.manifest("amd64", DECLARED)]
    both.finish(both.json({"schemaVersion": 2, "manifests": manifests}, "index.v1"))
    for name, architecture, config in [
        ("one", "amd64", DECLARED),
        ("arm", "arm64", DECLARED),
        ("shell", "amd64", SHELL),
        ("bare", "amd64", {}),
    ]:
        layout = Layout(root / name)
        layout.finish(layout.manifest(architecture, config))


if __name__ == "__main__":
    main()
