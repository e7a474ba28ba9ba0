"""Work on build contexts: hashing, what is remembered, packing, and the whole of `sbx apply`, beside
the SDKs and the tools that are the limit."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import compare
from compare import SDKS, Command, Goal, Run, options, rounds, run, tell

SDK = """
import importlib, sys, time
package, what, root, source = sys.argv[1:5]
Template = importlib.import_module(package).Template
utils = importlib.import_module(package + ".template.utils")
begun = time.perf_counter()
if what == "hash":
    out = utils.calculate_files_hash(source, "/app/", root, [], False, None)
elif what == "pack":
    gzip = [True] if package == "e2b" else []
    archive = utils.tar_file_stream(source, root, [], False, *gzip)
    archive.seek(0, 2)
    out = archive.tell()
else:
    template = Template(file_context_path=root).from_python_image("3.12").copy(source, "/app/")
    # Where this SDK would ask a registry what the image declares.
    if hasattr(template._template, "_inherit_image_config"):
        template._template._inherit_image_config = False
    out = Template.build(template, "bench", api_key="e2b_" + "0" * 40, api_url=what).build_id
print(time.perf_counter() - begun, out)
"""

NPM = """
import { Template } from 'e2b'
const [what, root, source] = process.argv.slice(2)
const begun = performance.now()
const template = Template({ fileContextPath: root }).fromPythonImage('3.12').copy(source, '/app/')
let out
if (what === 'hash') out = JSON.parse(await Template.toJSON(template, true)).steps[0].filesHash
else {
    const options = { apiKey: 'e2b_' + '0'.repeat(40), apiUrl: what }
    out = (await Template.build(template, 'bench', options)).buildId
}
console.log((performance.now() - begun) / 1000, out)
process.exit(0)
"""

MANIFEST = """name = "bench"
from = "python:3.12"
[[steps]]
copy = "src"
to = "/app/"
"""


def tree(root: Path, count: int, total: int) -> None:
    """Text of a Zipf vocabulary, and one incompressible file in ten."""
    rng = random.Random(7)
    letters = "etaoinshrdlucmfwypvbgkjqxz_"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 11))) for _ in range(6000)]
    pool = rng.choices(words, weights=[1 / (at + 3) for at in range(len(words))], k=400_000)
    mean = total // count
    for at in range(count):
        directory = root / "src" / f"package{at // 1000:03}" / f"module{at // 100 % 10:02}"
        if at % 100 == 0:
            directory.mkdir(parents=True)
        size = rng.randint(mean // 2, mean * 3 // 2)
        if at % 10 == 3:
            (directory / f"file{at:05}.bin").write_bytes(rng.randbytes(size))
            continue
        lines: list[str] = []
        while size > 0:
            begin = rng.randrange(len(pool) - 9)
            line = "    " * rng.randint(0, 3) + " ".join(pool[begin : begin + rng.randint(2, 9)])
            lines.append(line[:size])
            size -= len(line) + 1
        (directory / f"file{at:05}.py").write_text("\n".join(lines))
    (root / "sandbox.toml").write_text(MANIFEST)


@contextlib.contextmanager
def server(sbx: str, work: Path) -> Iterator[str]:
    """A local platform that has no archive yet."""
    with tempfile.TemporaryDirectory(dir=work) as data:
        process = subprocess.Popen(
            [sbx, "serve", "--listen", "127.0.0.1:0", "--data", data],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr
        url = process.stderr.readline().split()[-1]
        try:
            yield url
        finally:
            process.terminate()
            process.wait()


def one_file(root: Path, megabytes: int) -> None:
    """One incompressible file."""
    (root / "src").mkdir(parents=True)
    (root / "sandbox.toml").write_text(MANIFEST)
    with (root / "src" / "file").open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1 << 20))


class Bench:
    """The commands and where they work."""

    def __init__(self) -> None:
        given = options()
        self.sbx, self.parts, self.work = given.sbx, given.parts, given.work
        self.rounds = rounds(5)
        self.env = {
            "XDG_CACHE_HOME": str(self.work / "cache"),
            "XDG_STATE_HOME": str(self.work / "state"),
        }
        (self.work / "sdk.py").write_text(SDK)
        self.npm = given.tools / "context.mjs"
        self.npm.write_text(NPM)

    def sdks(self, what: str, root: Path, then: str, *, npm: bool = True) -> dict[str, Command]:
        """What each SDK is asked for."""
        place = [what, str(root), "src"]
        commands: dict[str, Command] = {
            f"{name}, {then}": [sys.executable, str(self.work / "sdk.py"), package, *place]
            for name, package in SDKS.items()
        }
        if npm:
            commands[f"npm e2b, {then}"] = ["node", str(self.npm), *place]
        return commands

    def part(self, what: str, root: Path) -> list[str]:
        return [self.parts, what, str(root), "src"]

    def compare(
        self, title: str, commands: dict[str, Command], *goals: Goal
    ) -> dict[str, Run]:
        return compare.compare(title, commands, self.rounds, list(goals), self.one)

    def one(self, command: Command) -> Run:
        if isinstance(command, list) and "URL" in command:
            with server(self.sbx, self.work) as url:
                filled = [url if word == "URL" else word for word in command]
                return run(filled, self.env | {"SBX_LOCAL_URL": url})
        return run(command, self.env)

    def apply(self, root: Path, *more: str) -> list[str]:
        place = ["--platform", "local", "--api-url", "URL"]
        return [self.sbx, "apply", *place, *more, str(root)]

    def compile(self, root: Path, *more: str) -> list[str]:
        return [self.sbx, "compile", "--platform", "e2b", *more, str(root)]


def main() -> None:
    bench = Bench()
    small, tenth, large, huge = (bench.work / name for name in ("small", "tenth", "large", "huge"))
    tree(small, 20_000, 100_000_000)
    tree(tenth, 2000, 10_000_000)
    one_file(large, 256)

    cat = "cd {} && find src -type f | LC_ALL=C sort | xargs cat | sha256sum"
    openssl = cat.replace("sha256sum", "openssl dgst -sha256")
    hashes = {}
    for title, root in (("20,000 files, 100 MB", small), ("one file of 256 MB", large)):
        hashes[root] = bench.compare(
            f"filesHash, {title}",
            {
                "sbx, hashing alone": bench.part("hash", root),
                "sbx compile, nothing remembered": bench.compile(root, "--no-hash-cache"),
                **bench.sdks("hash", root, "hashing alone"),
                "find | sort | xargs cat | sha256sum": cat.format(root),
                "the same with openssl": openssl.format(root),
            },
            Goal("PyPI e2b, hashing alone", 5 if root is small else 1, "hashing, beside the SDK"),
            Goal("the same with openssl", 1, "hashing, beside the tools"),
        )
        of = hashes[root]
        assert of["sbx, hashing alone"].out == of["PyPI e2b, hashing alone"].out
        assert of["sbx, hashing alone"].out in of["sbx compile, nothing remembered"].out

    # What changed a moment ago is not remembered.
    time.sleep(5)
    run(bench.compile(small), bench.env)
    again = bench.compare(
        "filesHash, 20,000 files, unchanged",
        {
            "a plain parallel walk": ["sh", "-c", f"exec {bench.parts} walk {small} src >/dev/null"],
            "sbx, matching alone": bench.part("select", small),
            "sbx compile, remembered": bench.compile(small),
        },
    )
    assert hashes[small]["sbx, hashing alone"].out in again["sbx compile, remembered"].out
    times = again["sbx compile, remembered"].seconds / again["a plain parallel walk"].seconds
    tell("an unchanged context", "2 walks", f"{times:.2f} walks", met=times <= 2)

    for title, root in (("20,000 files, 100 MB", small), ("one file of 256 MB", large)):
        packed = bench.compare(
            f"packing, {title}",
            {
                "sbx, packing alone": bench.part("pack", root),
                **bench.sdks("pack", root, "packing alone", npm=False),
                "tar | pigz -6": f"tar -C {root} -c src | pigz -6 | wc -c",
            },
            Goal("PyPI e2b, packing alone", 8, "packing, beside the SDK"),
            Goal("tar | pigz -6", 1, "packing, beside pigz"),
        )
        part = int(packed["sbx, packing alone"].out) / int(packed["tar | pigz -6"].out)
        tell("the archive, beside pigz's", "1.03 of it", f"{part:.4f} of it", met=part <= 1.03)

    print("\nten times the files")
    for what in ("hash", "pack"):
        medians = {
            root: statistics.median(
                run(bench.part(what, root)).seconds for _ in range(bench.rounds * 3)
            )
            for root in (small, tenth)
        }
        times = medians[small] / medians[tenth]
        tell(what, "10 times the time", f"{times:.2f} times", met=times <= 10)

    applied = bench.compare(
        "apply to a server on loopback that has nothing yet, 20,000 files",
        {
            "sbx apply, nothing remembered": bench.apply(small, "--no-hash-cache"),
            **bench.sdks("URL", small, "its build alone"),
        },
        Goal("PyPI e2b, its build alone", 8, "apply, beside the SDK"),
    )
    bench.rounds = 1
    one_file(huge, 5000)
    of_5_gb = bench.compare(
        "apply of 5 GB", {"sbx apply, nothing remembered": bench.apply(huge, "--no-hash-cache")}
    )
    shutil.rmtree(huge)
    for what, medians in (("20,000 files", applied), ("5 GB", of_5_gb)):
        peak = medians["sbx apply, nothing remembered"].peak_kib / 1024
        tell(f"the peak of memory, {what}", "64 MiB", f"{peak:.1f} MiB", met=peak <= 64)


if __name__ == "__main__":
    main()
