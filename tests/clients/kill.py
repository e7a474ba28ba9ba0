"""Kills `sbx serve` under load, again and again, and looks at what is left.

    python tests/clients/kill.py [KILLS [SEED]]

Several clients register, upload, start, follow, tag and delete at once; the server gets a SIGKILL
at a random moment, and is started again on the same directory. Whatever it had acknowledged must
be there then, and nothing that is half written. A run can be repeated by its seed as far as the
machine's timing allows. Exits 0 if nothing was lost.
"""

import gzip
import hashlib
import http.client
import io
import json
import random
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path

from server import Client, Refused, Server

CLIENTS = 5
NAMES = 3  # for each client: no two clients write to one template, so each knows what it has
LOST = (OSError, http.client.HTTPException)

# Several templates need the same archive, so that deleting one must leave the others'.
SHARED = 4


def archive(content):
    """An archive of one file, and the hash of copying it."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as file:
        info = tarfile.TarInfo("f")
        info.size, info.mode = len(content), 0o644
        file.addfile(info, io.BytesIO(content))
    head = f"COPY f /ff{0o100644}{len(content)}".encode()
    return hashlib.sha256(head + content).hexdigest(), gzip.compress(tar.getvalue(), 1, mtime=0)


class Worker(threading.Thread):
    """A client, which outlives the servers and remembers what they acknowledged."""

    def __init__(self, number, world):
        super().__init__(daemon=True)
        self.random = random.Random(f"{world.seed}/{number}")
        self.number = number
        self.world = world
        self.templates = {}  # name -> Template
        self.gone = set()  # IDs of templates whose deletion was acknowledged
        self.fault = None

    def run(self):
        world = self.world
        while True:
            world.running.wait()
            if world.over:
                return
            with world.working:
                try:
                    client = Client(world.address, timeout=10)
                    while world.running.is_set():
                        self.step(client)
                except LOST:
                    pass
                except Exception as error:  # a kill explains no refusal
                    self.fault = repr(error)
                    return
            # Until the server is gone and back.
            while world.killing.is_set():
                time.sleep(0.001)

    def step(self, client):
        name = f"w{self.number}-{self.random.randrange(NAMES)}"
        template = self.templates.get(name)
        do = self.random.random()
        if template and template.ready and do < 0.25:
            self.tag(client, template)
        elif template and template.ready and do < 0.35:
            self.untag(client, template)
        elif template and do < 0.42:
            self.delete(client, template)
        else:
            self.build(client, name)

    def build(self, client, name):
        random, world = self.random, self.world
        tag = random.choice(["v1", "v2", "v3"])
        known = self.templates.get(name)
        if known:
            known.unsure.add(tag)
        try:
            answer = client.call("POST", "/v3/templates", {"name": name, "tags": [tag]})
        except Refused as refused:
            # Too many wait for their start; some will be replaced.
            assert refused.status == 429, refused
            return
        world.acknowledged("registered")
        template_id, build = answer["templateID"], answer["buildID"]
        if not known:
            # After a lost answer it may have been there already.
            world.meet(self, template_id)
            known = self.templates[name] = Template(name, template_id)
        assert template_id == known.id, f"{name} was {known.id} and is {template_id}"
        world.meet(self, build)
        known.waiting.discard(known.tags.get(tag))
        known.tags[tag] = build
        known.unsure.discard(tag)
        known.waiting.add(build)
        if random.random() < 0.1:
            return  # never started

        steps = [{"type": "RUN", "args": [f"echo {n}"], "force": False} for n in range(8)]
        for _ in range(random.randrange(3)):
            content = f"shared {random.randrange(SHARED)}".encode()
            if random.random() < 0.5:
                content = random.randbytes(random.choice([100, 20_000, 500_000]))
            digest, packed = archive(content)
            world.archives[digest] = packed
            link = client.call("GET", f"/templates/{known.id}/files/{digest}")
            if link["present"]:
                known.archives.add(digest)
            else:
                client.put(link["url"], packed)
                world.acknowledged("uploaded")
                known.archives.add(digest)
            copy = {"type": "COPY", "args": ["f", "/f", "", ""], "filesHash": digest}
            steps.append({**copy, "force": False})
        body = {"fromImage": "debian:12", "steps": steps, "force": False}
        known.starting.add(build)
        try:
            client.call("POST", f"/v2/templates/{known.id}/builds/{build}", body)
        except Refused as refused:
            # A newer registration by ourselves, whose answer was lost.
            assert "not in waiting state" in str(refused), refused
            return
        known.waiting.discard(build)
        known.started.add(build)
        world.acknowledged("started")
        while True:
            status = client.call("GET", f"/templates/{known.id}/builds/{build}/status")
            if status["status"] != "building":
                break
        status = client.log(known.id, build)
        assert status["status"] == "ready", status
        known.ready[build] = status
        world.acknowledged("ready")

    def tag(self, client, template):
        source = self.random.choice(list(template.ready))
        tags = self.random.sample(["stable", "latest", "edge"], 2)
        template.unsure.update(tags)
        body = {"target": f"{template.name}:{source}", "tags": tags}
        try:
            client.call("POST", "/templates/tags", body)
        except Refused as refused:
            # The target is found by its tags, of which it may have none any more.
            assert refused.status == 404, refused
            template.unsure.difference_update(tags)
            return
        template.unsure.difference_update(tags)
        template.tags.update(dict.fromkeys(tags, source))
        self.world.acknowledged("tagged")

    def untag(self, client, template):
        tag = self.random.choice(["stable", "latest", "edge"])
        template.unsure.add(tag)
        client.call("DELETE", "/templates/tags", {"name": template.name, "tags": [tag]})
        template.unsure.discard(tag)
        template.tags.pop(tag, None)
        self.world.acknowledged("untagged")

    def delete(self, client, template):
        # From here on the template may be there or not.
        template.doomed = True
        client.call("DELETE", f"/templates/{template.name}")
        del self.templates[template.name]
        self.gone.add(template.id)
        self.world.acknowledged("deleted")

    def check(self, client):
        """Looks whether everything that this client knows is there."""
        for template_id in self.gone:
            try:
                client.call("GET", f"/templates/{template_id}")
            except Refused as refused:
                assert refused.status == 404, refused
            else:
                raise AssertionError(f"{template_id} was deleted, and is there")
        for template in list(self.templates.values()):
            try:
                states = client.states(template.id)
            except Refused as refused:
                assert refused.status == 404 and template.doomed, f"{template.name}: {refused}"
                del self.templates[template.name]
                self.gone.add(template.id)
                continue
            template.doomed = False
            template.check(client, states)
        # What was registered without an answer: it may be there, and is taken as it is.
        for n in range(NAMES):
            name = f"w{self.number}-{n}"
            if name not in self.templates:
                try:
                    found = client.call("GET", f"/templates/aliases/{name}")
                except Refused as refused:
                    assert refused.status == 404, refused
                    continue
                assert found["templateID"] not in self.gone, "an ID was given out twice"
                self.world.meet(self, found["templateID"])
                template = self.templates[name] = Template(name, found["templateID"])
                template.unsure.update(["v1", "v2", "v3"])
                template.check(client, client.states(template.id))


class Template:
    """What was acknowledged about a template."""

    def __init__(self, name, template_id):
        self.name = name
        self.id = template_id
        self.tags = {}  # tag -> build
        self.unsure = set()  # tags whose last change was not acknowledged
        self.waiting = set()  # registered, and not started
        self.starting = set()  # asked to start
        self.started = set()  # told to have started
        self.ready = {}  # build -> the last status with the whole log
        self.archives = set()  # told to be present
        self.doomed = False

    def check(self, client, states):
        """Compares with what a server that has just begun says, and learns what is not known."""
        assert "building" not in states.values(), f"{self.name}: {states}"
        for build in self.ready:
            assert states.get(build) == "ready", f"{build} was ready, and is {states.get(build)}"
        for build in random.sample(list(self.ready), min(5, len(self.ready))):
            status = client.log(self.id, build)
            assert status == self.ready[build], f"{build} has another log"
        for build in self.started - set(self.ready):
            state = states.get(build)
            assert state in ("ready", "error"), f"{build} was started, and is {state}"
            status = client.log(self.id, build)
            last = status["logEntries"][-1]["message"]
            if state == "ready":
                assert last.startswith("Build finished"), last
                self.ready[build] = status
            else:
                reason = status["reason"]["message"]
                assert "ended while the build was running" in reason, status["reason"]
                assert last == f"Build failed: {reason}", last
                self.started.discard(build)
        for build in self.waiting - self.starting:
            state = states.get(build)
            # A registration of ours whose answer was lost may have taken its place.
            assert state in ("waiting", "error"), f"{build} was registered, and is {state}"
        self.waiting.clear()
        self.starting.clear()
        tags = {tag["tag"]: tag["buildID"] for tag in client.call("GET", f"/templates/{self.id}/tags")}
        for tag in {*tags, *self.tags} - self.unsure:
            known = self.tags.get(tag)
            assert tags.get(tag) == known, f"{self.name}:{tag} was {known}, and is {tags.get(tag)}"
        self.tags = tags
        self.unsure.clear()
        for digest in self.archives:
            link = client.call("GET", f"/templates/{self.id}/files/{digest}")
            assert link["present"], f"{digest} was uploaded, and is gone"


class World:
    def __init__(self, seed):
        self.seed = seed
        self.address = None
        self.running = threading.Event()
        self.killing = threading.Event()
        self.working = Count()
        self.over = False
        self.archives = {}  # hash -> the archive
        self.counts = {}
        self.met = {}  # ID -> the client that it belongs to
        self.lock = threading.Lock()

    def acknowledged(self, what):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + 1

    def meet(self, worker, identity):
        with self.lock:
            assert identity not in self.met, f"the ID {identity} was given out twice"
            self.met[identity] = worker.number


class Count:
    """How many are in."""

    def __init__(self):
        self.count = 0
        self.lock = threading.Condition()

    def __enter__(self):
        with self.lock:
            self.count += 1

    def __exit__(self, *_):
        with self.lock:
            self.count -= 1
            self.lock.notify_all()

    def wait(self):
        with self.lock:
            assert self.lock.wait_for(lambda: self.count == 0, timeout=30), "a client hangs"


def check_directory(data, world):
    """What a server that has just begun, and that nobody has called, leaves in its directory."""
    assert sorted(path.name for path in data.iterdir()) == [
        "VERSION", "files", "layers", "lock", "logs", "server.json", "templates", "tmp",
    ]  # fmt: skip
    assert not list((data / "tmp").iterdir()), "temporary files are left"
    builds, wanted = set(), set()
    for path in (data / "templates").iterdir():
        template = json.loads(path.read_text())
        assert path.name == f"{template['id']}.json", path
        builds.update(build["id"] for build in template["builds"])
        wanted.update(template["archives"])
    for path in (data / "logs").iterdir():
        assert path.stem in builds, f"{path} belongs to no build"
        for line in path.read_text().splitlines():
            json.loads(line)
    for path in (data / "files").iterdir():
        digest = path.name.removesuffix(".tar.gz")
        assert path.read_bytes() == world.archives[digest], f"{path} is not what was uploaded"
        assert digest in wanted, f"{path} belongs to no template"


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = sys.argv[2] if len(sys.argv) > 2 else "1"
    chance = random.Random(seed)
    world = World(seed)
    workers = [Worker(number, world) for number in range(CLIENTS)]
    with tempfile.TemporaryDirectory(prefix="sbx-kill-") as root:
        data = Path(root) / "data"
        for worker in workers:
            worker.start()
        for kill in range(kills + 1):
            with Server(data) as server:
                assert server.address, f"kill {kill}: it does not start again: {server.said}"
                check_directory(data, world)
                client = Client(server.address)
                for worker in workers:
                    assert not worker.fault, f"kill {kill}: client {worker.number}: {worker.fault}"
                    worker.check(client)
                if kill == kills:
                    break
                world.address = server.address
                world.killing.clear()
                world.running.set()
                time.sleep(chance.uniform(0.005, 0.4))
                world.killing.set()
                server.kill()
                world.running.clear()
                world.working.wait()
        world.over = True
        world.killing.clear()
        world.running.set()
        left = sum(len(worker.templates) for worker in workers)
    counts = ", ".join(f"{count} {what}" for what, count in sorted(world.counts.items()))
    print(f"kill loop: seed {seed}, {kills} kills, {left} templates left; acknowledged: {counts}")
    print("kill loop: nothing lost, nothing half written")


if __name__ == "__main__":
    main()
