"""Engines that end, or run out of space, in the middle of a build."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from data import ENGINE, IMAGE, SLOW, STEPS, Data, Engine, check, ended, failure, wait_for


class Daemon:
    """A Docker daemon of this test, which touches no other."""

    def __init__(self, work, data_root):
        self.work, self.data_root, self.process = Path(work), data_root, None
        self.host = f"unix://{self.work}/docker.sock"
        self.engine = Engine(self.host)

    def start(self):
        # On a busy machine, dockerd ends by itself where containerd takes 15 seconds to answer it.
        for _ in range(3):
            self.begin()
            for _ in range(150):
                if self.engine.run("version").returncode == 0:
                    return
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
            self.end()
        raise SystemExit(f"dockerd does not answer: {self.work}/docker.log")

    def begin(self):
        log = (self.work / "docker.log").open("a")
        self.process = subprocess.Popen(
            ["dockerd", "--host", self.host, "--data-root", self.data_root,
             "--exec-root", f"{self.work}/exec", "--pidfile", f"{self.work}/docker.pid",
             "--storage-driver", "overlay2", "--iptables=false", "--ip6tables=false",
             # Without a bridge, a daemon removes docker0, which another one may use.
             "--bridge", os.environ.get("SBX_TEST_BRIDGE", "none"),
             "--default-ulimit", "nofile=1024:4096"],
            stdout=log, stderr=log, start_new_session=True,
        )

    def end(self, name=signal.SIGTERM):
        if self.process:
            self.process.send_signal(name)
            self.process.wait(60)
            self.process = None
            # After SIGKILL these remain, and the next daemon would take another process for its
            # own.
            for file in ["docker.pid", "exec/containerd/containerd.pid"]:
                (self.work / file).unlink(missing_ok=True)

    def load(self):
        """Copies the image, with its provisioned form if the other engine has it."""
        other = Engine()
        image = other.lines("inspect", "--format", "{{.Id}}", IMAGE)
        bases = other.images("localhost/sbx-base:")
        bases = {
            name
            for name in bases
            if other.lines("inspect", "--format", "{{.Parent}}", name) == image
        }
        saved = subprocess.Popen([ENGINE, "save", IMAGE, *bases], stdout=subprocess.PIPE)
        self.engine.run("load", "--quiet", stdin=saved.stdout, check=True)
        check(saved.wait() == 0, "save")


def unmount(directory):
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for path in sorted((path for path in mounted if path.startswith(str(directory))), reverse=True):
        subprocess.run(["umount", "-l", path])


def down(work):
    """The engine is stopped and killed in the middle of a build."""
    daemon = Daemon(work, f"{work}/docker")
    try:
        daemon.start()
        daemon.load()
        data = Data(work, daemon.engine)
        data.applied(data.manifest(STEPS, name="warm", mark="warm"))
        for name in [signal.SIGTERM, signal.SIGKILL]:
            process = data.apply(data.manifest(SLOW, name="slow", mark=name.name, seconds=120))
            wait_for(process, "[stdout]: waiting")
            daemon.end(name)
            code, log, took = ended(process, 120)
            check(code == 1, code, log)
            check("memory" not in log.lower(), log)
            check("does not answer" in failure(log), log)
            print(f"engine ended by {name.name}: exit code 1 after {took:.1f} s: {failure(log)}")
            daemon.start()
            data.applied(data.manifest(STEPS, name="warm", mark="warm"))
            data.is_clean(f"engine ended by {name.name}")
        print("the next apply works and collects what was left")
    finally:
        daemon.end()
        unmount(work)


def full(work):
    """The engine's disk is full, and then that of the data directory."""
    small = Path(work) / "small"
    small.mkdir()
    image = Path(work) / "small.img"
    subprocess.run(["truncate", "-s", "1200M", image], check=True)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, small], check=True)
    daemon = Daemon(work, str(small / "docker"))
    try:
        daemon.start()
        daemon.load()
        data = Data(work, daemon.engine)
        data.applied(data.manifest(STEPS, name="warm", mark="warm"))
        fills = SLOW.replace("sleep {seconds}", "head -c {seconds}M /dev/zero > /home/user/big")
        log = data.applied(data.manifest(fills, name="fills", mark="fills", seconds=2000), exit=1)
        check("No space left" in log, log)
        print("full in a step:", failure(log))
        data.is_clean("the engine's disk was full")
        # Nearly full, so that a commit fails, which copies what the step has written.
        free = shutil.disk_usage(small).free // (1 << 20)
        log = data.applied(
            data.manifest(fills, name="fills", mark="commit", seconds=free * 2 // 3), exit=1
        )
        print("full in a commit:", failure(log))
        data.applied(data.manifest(STEPS, name="warm", mark="warm"))
        data.is_clean("the engine's disk was full in a commit")

        records = Path(work) / "records"
        records.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", records], check=True)
        data = Data(work, daemon.engine, records / "data")
        chatty = SLOW.replace("sleep {seconds}", "seq {seconds}")
        log = data.applied(
            data.manifest(chatty, name="chatty", mark="chatty", seconds=200000), exit=1
        )
        print("full data directory:", failure(log))
        check(not [build for _, build in data.builds() if build["state"] == "ready"], "ready")
        for name in data.engine.images(f"localhost/sbx-{data.id}/"):
            data.engine.run("rmi", "--force", name)
    finally:
        daemon.end()
        unmount(work)
