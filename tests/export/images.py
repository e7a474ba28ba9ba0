#!/usr/bin/env python3
"""Builds manifests twice on the engine of the environment, by the local platform and as exported
Dockerfiles, and compares the images: files with owners, modes and targets of links, and what a login
shell sees of the user, the directory and the variables.

    python3 tests/export/images.py [PART OF A NAME…]

The manifests are cases of tests/engine/table, and an example that needs no more than the packages of
Debian and PyPI: npm does not trust the certificates of the system, and a build has no variable for it. Needs Docker with BuildKit, and the base images of tests/engine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SBX = Path(os.environ.get("SBX", ROOT / "target/debug/sbx")).resolve()
NETWORK = os.environ.get("SBX_ENGINE_NETWORK", "host")
LABEL = "sbx-export-test"

CASES = [
    *("copy-directory-new", "copy-file-to-file", "copy-followed-link", "copy-glob-root", "copy-link"),
    *("copy-mode", "copy-relative-to-home", "env-in-sandbox", "env-literal", "home-given-to-user"),
    *("run-as-other-user", "step-write", "tmp-and-run", "user-created"),
]
EXAMPLES = ["fastapi"]

# What differs from build to build of the same instructions.
VOLATILE = [
    *("proc", "sys", "dev", "run", "tmp", ".dockerenv", "var/log", "var/cache", "var/lib/apt"),
    *("var/lib/systemd", "var/lib/dpkg", "etc/machine-id", "etc/resolv.conf", "etc/hosts"),
    *("etc/hostname", "etc/mtab", "etc/ssh", "etc/shadow", "etc/shadow-", "etc/ld.so.cache"),
    *("root/.cache", "root/.npm", "home/user/.npm", "home/node/.npm"),
]
LIST = r"""
cd /
prune=; for path in %s; do prune="$prune -path ./$path -prune -o"; done
find . $prune -name __pycache__ -prune -o -printf '%%y %%m %%u:%%g %%p -> %%l\n' | sort
find . $prune -name __pycache__ -prune -o -type f -print0 | sort -z | xargs -0 sha256sum
""" % " ".join(VOLATILE)
# An engine sets no `USER`: the shell of `CMD` does.
CONTEXT = "id -un; pwd; env | grep -vE '^(SHLVL|_|NODE_EXTRA_CA_CERTS|USER|LOGNAME|HOSTNAME|PWD|OLDPWD|E2B_[A-Z_]*|SBX_[A-Z_]*|LS_COLORS|TERM)=' | sort"


def client() -> str:
    """A client that builds with BuildKit: newer ones need a plugin for that, which Debian's does not."""
    found = [shutil.which("docker"), "/usr/bin/docker"]
    for program in [path for path in found if path and Path(path).exists()]:
        ask = [[program, "buildx", "version"], [program, "version", "--format", "{{.Client.Version}}"]]
        plugin, version = (subprocess.run(it, capture_output=True, encoding="utf-8", check=False) for it in ask)
        if plugin.returncode == 0 or version.stdout.startswith("20."):
            return program
    raise SystemExit("no Docker client builds with BuildKit: install `docker-buildx`")


DOCKER = client()


def docker(*arguments: object, **more: object) -> str:
    done = subprocess.run(
        [DOCKER, *map(str, arguments)], capture_output=True, encoding="utf-8", check=False, **more
    )
    if done.returncode:
        raise RuntimeError(f"docker {arguments[0]}: {done.stderr[-3000:]}")
    return done.stdout


def files(image: str) -> list[str]:
    run = ["run", "--rm", "--network", "none", "--user", "root", "--entrypoint", "/bin/bash"]
    return docker(*run, image, "-c", LIST).splitlines()


def sbx(data: Path, *arguments: object) -> str:
    environment = os.environ | {"SBX_NO_IMAGE_CHECK": "1", "SBX_DATA": str(data), "SBX_STATE": str(data / "state")}
    done = subprocess.run(
        [SBX, *map(str, arguments)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"sbx {arguments[0]} ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-3000:]}")
    return done.stdout


def faults(project: Path, data: Path, work: Path, image: str) -> list[str]:
    """How the image of an exported Dockerfile differs from the platform's."""
    as_e2b = ["--as", "e2b"] if "e2b" in (project / "expected.toml").read_text() else []
    manifest = project / "sandbox.toml"
    template = sbx(data, "apply", "--platform", "local", "--no-test", *as_e2b, manifest).split()[-1]
    listed = docker("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
    built = next(name for name in listed if f"/{template}:" in name)
    output = work / "Dockerfile"
    exported = subprocess.run(
        [SBX, "export", "dockerfile", "--platform", "local", *as_e2b, "--output", output, manifest],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if exported.returncode:
        return [f"export ended with {exported.returncode}: {exported.stderr}"]
    proxies = [f"--build-arg={name}" for name in ("http_proxy", "https_proxy", "no_proxy") if name in os.environ]
    docker(
        *("build", "--quiet", "--network", NETWORK, "--label", LABEL, *proxies, "--tag", image),
        *("--file", output, project),
        env=os.environ | {"DOCKER_BUILDKIT": "1"},
    )
    found = []
    one, other = files(built), files(image)
    missing, more = sorted(set(one) - set(other)), sorted(set(other) - set(one))
    found += [f"only in the platform's: {line}" for line in missing[:20]]
    found += [f"only in the Dockerfile's: {line}" for line in more[:20]]
    # What a sandbox shows, and a container as the image starts it.
    platform = sbx(data, "run", "--platform", "local", template, "--", "bash", "-l", "-c", CONTEXT)
    container = docker("run", "--rm", "--network", "none", "--entrypoint", "/bin/bash", image, "-l", "-c", CONTEXT)
    wanted, got = platform.splitlines(), container.splitlines()
    found += [f"a sandbox has {line!r}" for line in wanted if line not in got]
    extra = [line for line in got if line not in wanted]
    found += [f"a container has {line!r}" for line in extra]
    return found


def check(name: str, source: Path, scratch: Path) -> bool:
    begun = time.monotonic()
    project, work, data = scratch / name / "project", scratch / name / "work", scratch / name / "data"
    shutil.copytree(source, project, symlinks=True)
    (project / ".git").mkdir()
    if not (project / "expected.toml").exists():
        (project / "expected.toml").write_text("")
    (project / ".dockerignore").open("a").write("\nexpected.toml\n.git\n")
    work.mkdir()
    image = f"{LABEL}:{name}"
    try:
        found = faults(project, data, work, image)
    except RuntimeError as error:
        found = [str(error)]
    finally:
        remove(data, image)
    word = "differs" if found else "equal"
    print(f"{name}: {word} in {time.monotonic() - begun:.0f} s", flush=True)
    for fault in found:
        print(f"  {fault}")
    if found and (work / "Dockerfile").exists() and os.environ.get("SHOW"):
        print((work / "Dockerfile").read_text())
    return not found


def remove(data: Path, image: str) -> None:
    """Remove what both builds have left in the engine."""
    names = [image]
    if (data / "engine-id").exists():
        store = (data / "engine-id").read_text().strip()
        listed = docker("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
        names += [line for line in listed if f"sbx-{store}/" in line]
    subprocess.run([DOCKER, "rmi", "--force", *names], capture_output=True, check=False)


def main() -> int:
    wanted = sys.argv[1:]
    sources = [(name, ROOT / "tests/engine/table" / name) for name in CASES]
    sources += [(f"example-{name}", ROOT / "examples" / name) for name in EXAMPLES]
    sources = [(name, path) for name, path in sources if not wanted or any(part in name for part in wanted)]
    with tempfile.TemporaryDirectory(prefix="sbx-export-") as scratch:
        results = [check(name, path, Path(scratch)) for name, path in sources]
    print(f"{sum(results)} equal, {len(results) - sum(results)} differ")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
