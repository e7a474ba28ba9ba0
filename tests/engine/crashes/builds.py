"""Builds that are killed, asked to end, cancelled, or run at the same time."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

from data import SLOW, STEPS, Data, check, ended, wait_for


def kills(data, count):
    """`sbx` is killed at random moments; each next start is clean."""
    warm = data.manifest(STEPS, name="warm", mark="warm")
    data.applied(warm)
    whole = min(duration(data, f"measure-{number}") for number in range(2))
    nameless = data.engine.nameless()
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    states, found = {}, {"containers": 0, "images": 0, "ready before the kill": 0}
    for number in range(count):
        mark = f"kill-{number}"
        manifest = data.manifest(STEPS, name="killed", mark=mark, tags=f'"t{number}"')
        process = data.apply(manifest)
        time.sleep(moments.uniform(0, whole))
        process.kill()
        process.communicate()
        time.sleep(moments.choice([0, 0.5]))
        data.ready_is_there(f"{mark}, after the kill")
        before = {build["id"] for _, build in data.builds() if build["state"] == "ready"}
        found["containers"] += bool(data.engine.containers(f"sbx-{data.id}-"))
        found["images"] += bool(data.engine.images(f"localhost/sbx-{data.id}/") - data.wanted())
        data.applied(warm)
        data.is_clean(f"{mark} (seed {seed})")
        template = next(template for template in data.templates() if template["name"] == "killed")
        tags = [tag for tag in template["tags"] if tag["tag"] == f"t{number}"]
        builds = {build["id"]: build for build in template["builds"]}
        for tag in tags:
            build = builds[tag["build"]]
            states[build["state"]] = states.get(build["state"], 0) + 1
            if build["state"] == "ready":
                found["ready before the kill"] += 1
                # Other programs slowed the measured builds down.
                whole *= 0.9
                check(build["id"] in before, mark, "became ready after it was killed")
                image = build["execution"]["run"]["image"]
                inside = data.engine.lines(
                    "run", "--rm", "--network", "none", "--entrypoint", "cat", image,
                    "/home/user/mark", "/home/user/started",
                )
                check(inside == [mark, "started"], mark, "is ready with", inside)
        states["not registered"] = states.get("not registered", 0) + (not tags)
    check(data.engine.nameless() <= nameless, "images without a name remain")
    print(f"kills: {count}, seed {seed}, a build takes {whole:.1f} s; builds after them {states}; "
          f"left by the kill: {found}; left after the next start: nothing")


def duration(data, mark):
    """How long a build takes, in seconds."""
    begun = time.monotonic()
    data.applied(data.manifest(STEPS, name="killed", mark=mark))
    return time.monotonic() - begun


def signals(data):
    """Ctrl-C, SIGTERM, SIGHUP and the end of `sbx serve` leave nothing behind."""
    slow = data.manifest(SLOW, name="slow", mark="signals", seconds=120)
    for name in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
        process = data.apply(slow)
        wait_for(process, "[stdout]: waiting")
        asks_for_key(process)
        process.send_signal(name)
        code, log, took = ended(process)
        check(code == 130, name, "exit code", code, log)
        check("interrupted" in log and "the build ends, too" in log, log)
        data.is_clean(name.name)
        print(f"{name.name}: exit code 130 after {took:.2f} s")
    process = data.sbx("serve", "--listen", "127.0.0.1:0")
    wait_for(process, "listens on")
    client = data.apply(slow)
    wait_for(client, "[stdout]: waiting")
    process.send_signal(signal.SIGTERM)
    code, _, took = ended(process)
    check(code == 0, "serve ended with", code)
    data.is_clean("serve")
    client.kill()
    client.communicate()
    check(took < 10, "serve took", took)
    print(f"serve, SIGTERM: exit code 0 after {took:.2f} s")


def asks_for_key(process):
    """The platform in the process of a command refuses a request without its key."""
    opened = Path(f"/proc/{process.pid}/fd").iterdir()
    links = {os.readlink(link) for link in opened if link.exists()}
    inodes = {link[8:-1] for link in links if link.startswith("socket:")}
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ports = {int(row[1].split(":")[1], 16) for row in rows if row[3] == "0A" and row[9] in inodes}
    check(len(ports) == 1, "listening ports:", ports)
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{ports.pop()}/v2/templates", timeout=5)
        check(False, "the embedded platform answers without a key")
    except urllib.error.HTTPError as error:
        check(error.code == 401, "status", error.code)


def together(data, other):
    """Builds at the same time: of one template, of the same steps, in two data directories."""
    nameless = data.engine.nameless()
    server = data.sbx("serve", "--listen", "127.0.0.1:0")
    wait_for(server, "listens on")
    older = data.apply(data.manifest(SLOW, name="one", mark="older", seconds=60))
    wait_for(older, "[stdout]: waiting")
    container = data.engine.containers(f"sbx-{data.id}-")
    check(len(container) == 1, container)
    newer = data.apply(data.manifest(SLOW, name="one", mark="newer", seconds=1))
    wait_for(newer, "Building template")
    begun = time.monotonic()
    while container[0] in data.engine.containers(f"sbx-{data.id}-"):
        check(time.monotonic() - begun < 5, "the container of a cancelled build runs")
    cancelled = time.monotonic() - begun
    check(cancelled < 1.5, "cancelled after", cancelled)
    code, log, _ = ended(older)
    check(code == 1 and "cancel" in log, code, log)
    check(ended(newer)[0] == 0, "the newer build")
    print(f"one tag: the older build's container was gone after {cancelled:.2f} s")

    doomed = data.apply(data.manifest(SLOW, name="doomed", mark="doomed", seconds=60))
    wait_for(doomed, "[stdout]: waiting")
    begun = time.monotonic()
    deleted = data.sbx("delete", "doomed", "--platform", "local", "--yes")
    check(deleted.wait(30) == 0, deleted.communicate())
    while data.engine.containers(f"sbx-{data.id}-"):
        check(time.monotonic() - begun < 5, "the container of a deleted template runs")
    took = time.monotonic() - begun
    print(f"deleted: the container was gone {took:.2f} s after `sbx delete` began")
    doomed.kill()
    doomed.communicate()

    for what, manifests in [
        ("other tags", [dict(name="tags", tags='"a"'), dict(name="tags", tags='"b"')]),
        ("same steps", [dict(name="same-a"), dict(name="same-b"), dict(name="same-c")]),
    ]:
        mark = what.replace(" ", "-")
        directories = []
        for at, values in enumerate(manifests):
            manifest = data.manifest(STEPS, **{"mark": mark, **values})
            copy = manifest.parent.with_name(f"{manifest.parent.name}-{at}")
            shutil.copytree(manifest.parent, copy)
            directories.append(copy / "sandbox.toml")
        processes = [data.apply(manifest) for manifest in directories]
        logs = [process.communicate(timeout=300)[1] for process in processes]
        check(all(process.returncode == 0 for process in processes), what, *logs)
        built = sum(f"] RUN echo {mark}" in line and "CACHED" not in line
                    for log in logs for line in log.splitlines())
        check(built == 1, what, f"the first step was built {built} times")
        print(f"{what}: {len(logs)} builds, each layer built once")
    server.send_signal(signal.SIGINT)
    check(ended(server)[0] == 0, "serve")
    data.is_clean("serve")

    processes = [
        each.apply(each.manifest(STEPS, name="two", mark="two")) for each in (data, other)
    ]
    logs = [process.communicate(timeout=300)[1] for process in processes]
    check(all(process.returncode == 0 for process in processes), *logs)
    data.is_clean("two data directories")
    other.is_clean("two data directories")
    data.applied(data.manifest(STEPS, name="two", mark="two"), "--no-cache")
    data.is_clean("--no-cache")
    remaining = data.engine.nameless() - nameless
    check(not remaining, "images without a name remain:", remaining)
    print("two data directories, and again with --no-cache: no image without a name")
