"""Runs what `context.sh` compares, in turns, and prints the medians and their ratios.

The processor's time is that of a whole process, also of those that measure a part by themselves:
it says what the clock would on a machine that does nothing else. A process's peak is never shown
below this one's own, from which it is begun.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SDK = """
import os, sys, time
from e2b import Template
from e2b.template.utils import calculate_files_hash, tar_file_stream
what, root, source = sys.argv[1:4]
begun = time.perf_counter()
if what == "hash":
    out = calculate_files_hash(source, "/app/", root, [], False, None)
elif what == "pack":
    archive = tar_file_stream(source, root, [], False, True)
    archive.seek(0, 2)
    out = archive.tell()
else:
    template = Template(file_context_path=root).from_python_image("3.12").copy(source, "/app/")
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


@dataclass
class Run:
    """One run of a command."""

    seconds: float
    processor: float
    peak_kib: int
    out: str


def run(command: list[str] | str, env: dict[str, str] | None = None) -> Run:
    """Runs a command; one that prints seconds and a result has measured itself."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        shell=isinstance(command, str),
        env=os.environ | (env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stderr
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    processor = usage.ru_utime + usage.ru_stime
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} failed:\n{out}{err}")
    measured = re.match(r"([0-9.e-]+) (\S+)$", out.strip())
    if measured:
        return Run(float(measured[1]), processor, usage.ru_maxrss, measured[2])
    return Run(seconds, processor, usage.ru_maxrss, out)


def tree(root: Path, count: int, total: int) -> None:
    """Text of a Zipf vocabulary, and one file in ten that nobody can compress."""
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


class Bench:
    """The commands and where they work."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.sbx, self.parts, self.work = options.sbx, options.parts, Path(options.work)
        self.rounds = int(os.environ.get("ROUNDS", "5"))
        self.env = {"XDG_CACHE_HOME": str(self.work / "cache")}
        (self.work / "sdk.py").write_text(SDK)
        self.npm = Path(options.node) / "bench.mjs"
        self.npm.write_text(NPM)

    def python(self, what: str, root: Path) -> list[str]:
        return [sys.executable, str(self.work / "sdk.py"), what, str(root), "src"]

    def node(self, what: str, root: Path) -> list[str]:
        return ["node", str(self.npm), what, str(root), "src"]

    def part(self, what: str, root: Path) -> list[str]:
        return [self.parts, what, str(root), "src"]

    def compare(self, title: str, commands: dict[str, list[str] | str]) -> dict[str, Run]:
        """Runs each command in turns and prints how long it takes, and how many times as long
        as the first one."""
        runs: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(self.rounds):
            for name, command in commands.items():
                runs[name].append(self.one(command))
        print(f"\n{title}")
        medians: dict[str, Run] = {}
        for name, of in runs.items():
            seconds = statistics.median(run.seconds for run in of)
            processor = statistics.median(run.processor for run in of)
            peak = max(run.peak_kib for run in of)
            medians[name] = Run(seconds, processor, peak, of[-1].out)
            first = next(iter(medians.values()))
            print(
                f"  {name:35} {seconds * 1000:9.1f} ms {seconds / first.seconds:7.2f} x"
                f"   processor {processor / first.processor:6.2f} x   {peak / 1024:6.1f} MiB",
                flush=True,
            )
        return medians

    def one(self, command: list[str] | str) -> Run:
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
    parser = argparse.ArgumentParser()
    for option in ("--sbx", "--parts", "--node", "--work"):
        parser.add_argument(option, required=True)
    bench = Bench(parser.parse_args())
    small, tenth, large, huge = (bench.work / name for name in ("small", "tenth", "large", "huge"))
    tree(small, 20_000, 100_000_000)
    tree(tenth, 2000, 10_000_000)
    for root, megabytes in ((large, 256), (huge, 0)):
        (root / "src").mkdir(parents=True)
        (root / "sandbox.toml").write_text(MANIFEST)
        with (root / "src" / "file").open("wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(1 << 20))
    os.truncate(huge / "src" / "file", 5_000_000_000)

    cat = "cd {} && find src -type f | LC_ALL=C sort | xargs cat | sha256sum"
    hashes = {}
    for title, root in (("20,000 files, 100 MB", small), ("one file of 256 MB", large)):
        hashes[root] = bench.compare(
            f"filesHash, {title}",
            {
                "sbx compile, nothing remembered": bench.compile(root, "--no-hash-cache"),
                "sbx, hashing alone": bench.part("hash", root),
                "PyPI e2b, hashing alone": bench.python("hash", root),
                "npm e2b, hashing alone": bench.node("hash", root),
                "find | sort | xargs cat | sha256sum": cat.format(root),
            },
        )
        of = hashes[root]
        assert of["sbx, hashing alone"].out == of["PyPI e2b, hashing alone"].out
        assert of["sbx, hashing alone"].out in of["sbx compile, nothing remembered"].out

    time.sleep(5)
    run(bench.compile(small), bench.env)
    again = bench.compare(
        "filesHash, 20,000 files, unchanged",
        {
            "a plain parallel walk": bench.part("walk", small),
            "sbx, matching alone": bench.part("select", small),
            "sbx compile, remembered": bench.compile(small),
        },
    )
    out = hashes[small]["sbx, hashing alone"].out
    assert out in again["sbx compile, remembered"].out

    for title, root in (("20,000 files, 100 MB", small), ("one file of 256 MB", large)):
        packed = bench.compare(
            f"packing, {title}",
            {
                "sbx, packing alone": bench.part("pack", root),
                "PyPI e2b, packing alone": bench.python("pack", root),
                "tar | pigz -6": f"tar -C {root} -c src | pigz -6 | wc -c",
            },
        )
        sizes = {name: int(run.out) for name, run in packed.items()}
        ours = sizes["sbx, packing alone"]
        for name, size in sizes.items():
            print(f"  {name:34} {size:12} bytes; sbx's is {ours / size:.4f} of it")

    print("\nten times the files cost")
    for what in ("hash", "pack"):
        medians = {
            root: statistics.median(
                run(bench.part(what, root)).seconds for _ in range(bench.rounds)
            )
            for root in (small, tenth)
        }
        print(f"  {what:34} {medians[small] / medians[tenth]:9.2f} times the time")

    bench.compare(
        "apply to a server on loopback that has nothing yet, 20,000 files",
        {
            "sbx apply, nothing remembered": bench.apply(small, "--no-hash-cache"),
            "PyPI e2b, its build alone": bench.python("URL", small),
            "npm e2b, its build alone": bench.node("URL", small),
        },
    )
    bench.rounds = 1
    bench.compare(
        "apply of 5 GB", {"sbx apply, nothing remembered": bench.apply(huge, "--no-hash-cache")}
    )
    shutil.rmtree(huge)


if __name__ == "__main__":
    main()
