"""Random templates that both Declaw's SDK and a manifest can express, and how to shrink them.

A template is drawn as plain values first. The manifest is written from them, and the SDK is
called with them: two readings of one thing.
"""

import json
import random
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, Iterator, List, Optional, Union

from declaw.template.main import TemplateBase

BASES = ["python:3.12", "node:22-slim", "ubuntu:24.04", "debian:bookworm", "golang:1.25"]
PACKAGES = ["git", "curl", "jq", "libstdc++6", "python3-venv", "build-essential"]
COMMANDS = [
    "make",
    "pip install 'uvicorn>=0.30'",
    "a || b; c # d && echo \"$HOME\" \\$x",
    "printf '%s\\n' \"it's\" | tee /opt/x > /dev/null 2>&1",
    "test -e /opt/x && echo ü 漢 🙂",
    "for i in 1 2 3; do echo `date` $i; done",
    "cd /opt && ls -la",
]
STARTS = ["python3 -m http.server 8000", "exec node server.js --port=3000", "a && b & wait"]
VALUES = ["production", "it's \"x\"", "a=b=c", "  spaces  ", "100%", "ü漢🙂", "", 8000, True]
Value = Union[str, int, bool]


@dataclass(frozen=True)
class Drawn:
    """A template as plain values."""

    base: str
    apt: List[List[str]] = field(default_factory=list)
    runs: List[List[str]] = field(default_factory=list)
    envs: Dict[str, Value] = field(default_factory=dict)
    start: Optional[str] = None
    resources: Dict[str, int] = field(default_factory=dict)

    def manifest(self) -> str:
        """The template as a manifest named `example`."""
        lines = ['name = "example"', f"from = {json.dumps(self.base)}"]
        keys = {"cpu_count": "cpu", "memory_mb": "memory", "disk_mb": "disk"}
        sizes = [f"{keys[name]} = {size}" for name, size in self.resources.items()]
        lines += [f"resources = {{ {', '.join(sizes)} }}"] if sizes else []
        if self.start is not None:
            lines += [f"start = {toml(self.start)}", 'ready = "true"']
        if self.envs:
            lines += ["[env]"] + [f"{name} = {toml(value)}" for name, value in self.envs.items()]
        for key, steps in (("apt", self.apt), ("run", self.runs)):
            for words in steps:
                value = words[0] if len(words) == 1 else words
                lines += ["[[steps]]", f"{key} = {toml(value)}"]
        return "\n".join(lines)

    def sdk(self) -> TemplateBase:
        """The template as the SDK is told it."""
        made = TemplateBase().from_base_image(self.base)
        for packages in self.apt:
            made = made.apt_install(*packages)
        for commands in self.runs:
            made = made.run_cmd([" && ".join(commands)])
        if self.envs:
            made = made.set_envs({name: text(value) for name, value in self.envs.items()})
        return made if self.start is None else made.set_start_cmd(self.start)

    def smaller(self) -> Iterator["Drawn"]:
        """The same template with one thing less."""
        for name in ("apt", "runs"):
            steps = getattr(self, name)
            for at in range(len(steps)):
                yield replace(self, **{name: steps[:at] + steps[at + 1 :]})
        for name in self.envs:
            yield replace(self, envs={k: v for k, v in self.envs.items() if k != name})
        if self.start is not None:
            yield replace(self, start=None)
        if self.resources:
            yield replace(self, resources={})


def toml(value: Any) -> str:
    """A value as TOML; JSON's strings and arrays of strings are TOML's."""
    return json.dumps(value, ensure_ascii=False)


def text(value: Value) -> str:
    """A variable's value as the language has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def draw(random: random.Random) -> Drawn:
    """One template."""
    some = lambda of, most: [random.choice(of) for _ in range(random.randint(1, most))]
    resources = {"cpu_count": random.choice([1, 2, 8]), "memory_mb": random.choice([128, 2048])}
    if random.random() < 0.5:
        resources["disk_mb"] = random.choice([128, 10240])
    names = random.sample(["A", "APP_ENV", "PORT", "_x1", "DEBUG"], random.randint(0, 4))
    return Drawn(
        base=random.choice(BASES),
        apt=[random.sample(PACKAGES, random.randint(1, 3)) for _ in range(random.randint(0, 2))],
        runs=[some(COMMANDS, 3) for _ in range(random.randint(0, 4))],
        envs={name: random.choice(VALUES) for name in names},
        start=random.choice([None, *STARTS]),
        resources=resources if random.random() < 0.6 else {},
    )


def shrunk(drawn: Drawn, fails: Callable[[Drawn], bool]) -> Drawn:
    """A smallest template that still fails."""
    while True:
        less = next((less for less in drawn.smaller() if fails(less)), None)
        if less is None:
            return drawn
        drawn = less
