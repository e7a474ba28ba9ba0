"""Random manifests on random trees, the same for the same seed."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import profiles
import toml_writer
import variables
from cases import Case
from sdk import Sdk
from toml_writer import Octal
from translate import WORDS as REFERRING
from translate import Input, selected
from tree import Tree

Manifest = dict[str, Any]

# Few letters, so that patterns meet names; what sorts around `/`; dots, spaces, scripts.
NAMES = [
    *("a", "b", "c", "x", "ab", "a-b", "a.b", "a b", "a+b", "b.py", "a.py", "x.txt"),
    *(".env", ".a", "..a", "keep", "src", "lib", "README.md", "test_a.py", "B", "1"),
    *("ä", "日本", "é.py", "😀"),
]
ODD_NAMES = [
    *("-a", "+a", " a", "!a", "#a", "~a", "a~", "(a)", "a,b", "a;b", "a&b", "a|b"),
    *("[x]", "a*", "x?", "a\\b", "it's", "a=b", "@a", "%a", "a]", "a}", "^a"),
]
FILE_MODES = [0o644, 0o644, 0o644, 0o755, 0o600, 0o400, 0o444, 0o666, 0o4755, 0o640]
DIRECTORY_MODES = [0o755, 0o755, 0o755, 0o700, 0o775, 0o1777, 0o2755, 0o711]
WORDS = [
    *("git", "curl", "numpy>=1", "a b", "it's", "x;y", "$$HOME", "ä", "@scope/pkg"),
    *("pkg[extra]==1.0", "~", "*", "-q", "/srv/data", "a=b", "x&y", '"q"', "\\", "#x"),
]
PATHS = ["/app", "/app/", "/home/user/x", "rel", "rel/", "/a b", "/ä", ".", "/x'y"]
USERS = ["root", "user", "app", "www-data"]
COMMANDS = [
    *("make", "echo 'a b'", "echo $HOME && ls", "x | y > z", "a\nb", "true # ä", '"'),
]
TAGS = ["v1.0.0", "latest", "default", "a_b-c"]
VARIABLES = ["A", "B", "C", "_d", "PATH", "HOME", "LONG_NAME", "A1"]
LITERALS = [
    *("", "x", "a b", "1", "$5", "10$", "$$", "$$A", "a:b", "'q'", '"', "\\", "ä", "#"),
    *("$$$$", "$-", "{A}", "}", "\t", "a\nb"),
]


@dataclass(frozen=True)
class Sample:
    """A random manifest, its tree, and its ignore file."""

    manifest: Manifest
    tree: Tree
    lines: list[str] = field(default_factory=list)
    end: str = "\n"
    mark: bool = False
    path: str = "sandbox.toml"
    prefix: str = ""

    @property
    def is_split(self) -> bool:
        """Whether the manifest is the one of a profile."""
        return "profiles" in self.manifest

    def whole_tree(self) -> Tree:
        """The tree below the case's root, with the ignore file."""
        nodes = {self.prefix + path: node for path, node in self.tree.nodes.items()}
        tree = Tree(nodes)
        if self.prefix:
            tree.directory(self.prefix.rstrip("/"))
        if self.lines:
            text = ("\ufeff" if self.mark else "") + self.end.join(self.lines)
            tree.file(self.prefix + ".dockerignore", text + self.end)
        return tree

    def case(self, name: str) -> Case:
        return Case(
            name=name,
            text=toml_writer.dumps(self.manifest).encode(),
            tree=self.whole_tree(),
            manifest=self.path,
            environment={profiles.VARIABLE: profiles.DRAWN} if self.is_split else {},
            differences=[],
            refused=[],
        )


def sample(sdk: Sdk, seed: str, root: Path) -> Sample:
    """The sample of that seed; `root` is where its tree is tried out."""
    return _Generator(sdk, random.Random(seed), root).sample()


def escaped(name: str) -> str:
    """A name as a pattern that matches it alone."""
    return re.sub(r"([*?\[\\])", r"\\\1", name)


class _Generator:
    def __init__(self, sdk: Sdk, rng: random.Random, root: Path) -> None:
        self.sdk = sdk
        self.rng = rng
        self.root = root

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def sample(self) -> Sample:
        tree = self.tree()
        path, context, prefix = self.rng.choice(
            [("sandbox.toml", None, "")] * 5
            + [
                ("m/sandbox.toml", "..", ""),
                ("m/n/sandbox.toml", "../..", ""),
                ("m/sandbox.toml", "./../ctx/", "ctx/"),
                ("sandbox.toml", "ctx", "ctx/"),
            ]
        )
        drawn = Sample(
            manifest={},
            tree=tree,
            lines=self.patterns(tree) if self.chance(0.5) else [],
            end=self.rng.choice(["\n", "\n", "\r\n"]),
            mark=self.chance(0.2),
            path=path,
            prefix=prefix,
        )
        manifest: Manifest = {"name": self.rng.choice(["generated", "team/x_1"])}
        if self.chance(0.2):
            manifest["tags"] = self.rng.sample(TAGS, self.rng.randint(1, 3))
        if context is not None:
            manifest["context"] = context
        if self.chance(0.3):
            manifest["ignore"] = self.patterns(tree)
        drawn = dataclasses.replace(drawn, manifest=manifest)
        drawn.case("").build(self.root)
        source = Input(self.root / path, manifest, {}, self.sdk)
        manifest |= self.frame()
        # One source alone is taken as it comes: a refusal would hide all others.
        if self.chance(0.3):
            manifest["steps"] = [self.copy([self.source(tree)])]
        else:
            manifest["steps"] = self.steps(tree, source)
        if self.chance(0.3):
            self.refer(manifest)
        if self.chance(0.25):
            return dataclasses.replace(drawn, manifest=profiles.split(self.rng, manifest))
        return drawn

    # The tree.

    def name(self) -> str:
        return self.rng.choice(ODD_NAMES if self.chance(0.12) else NAMES)

    def tree(self) -> Tree:
        tree = Tree()
        directories = [""]
        for _ in range(self.rng.randint(2, 14)):
            path = self.rng.choice(directories) + self.name()
            if path in tree.nodes or path.count("/") > 3:
                continue
            kind = self.rng.random()
            if kind < 0.5:
                content = self.rng.choice(["", "x", "a\n", path * 3])
                tree.file(path, content, self.rng.choice(FILE_MODES))
            elif kind < 0.85:
                tree.directory(path, self.rng.choice(DIRECTORY_MODES))
                directories.append(path + "/")
            else:
                tree.link(path, self.target(tree, path))
        return tree

    def target(self, tree: Tree, path: str) -> str:
        """Where a link leads: to something there, to nothing, or up."""
        if self.chance(0.25) or not tree.nodes:
            through = "a.py/x"
            return self.rng.choice(
                ["missing", ".", "..", "/nonexistent", path, through]
            )
        up = "../" * path.count("/")
        return up + self.rng.choice(sorted(tree.nodes))

    # Patterns.

    def patterns(self, tree: Tree) -> list[str]:
        return [self.pattern(tree) for _ in range(self.rng.randint(1, 5))]

    def pattern(self, tree: Tree) -> str:
        """A line of an ignore file."""
        if self.chance(0.06):
            return self.rng.choice(["# comment", "#", "  ", "\t", "a  ", "  b"])
        pattern = self.wild(self.some_path(tree), ignoring=True)
        shape = self.rng.random()
        if shape < 0.1:
            pattern = "/" + pattern
        elif shape < 0.2:
            pattern += "/"
        elif shape < 0.25:
            pattern = "./" + pattern
        elif shape < 0.28:
            pattern = " " + pattern + " "
        return ("!" if self.chance(0.35) else "") + pattern

    def some_path(self, tree: Tree) -> str:
        if not tree.nodes or self.chance(0.05):
            return self.name()
        return self.rng.choice(sorted(tree.nodes))

    def wild(self, path: str, ignoring: bool = False) -> str:
        """A pattern that is likely to match the path."""
        parts = [self.wild_part(part, ignoring) for part in path.split("/")]
        shape = self.rng.random()
        if shape < 0.08:
            parts.insert(self.rng.randrange(len(parts) + 1), "**")
        elif shape < 0.16:
            parts[self.rng.randrange(len(parts))] = "**"
        elif shape < 0.22:
            parts.append(self.rng.choice(["*", "**", self.name()]))
        elif shape < 0.28 and len(parts) > 1:
            parts.pop(self.rng.randrange(len(parts)))
        elif shape < 0.30:
            parts = ["*"] * len(parts)
        return "/".join(parts)

    def wild_part(self, part: str, ignoring: bool) -> str:
        if self.chance(0.6):
            return escaped(part) if self.chance(0.97) else part
        at = self.rng.randrange(len(part))
        before, char, after = escaped(part[:at]), part[at], escaped(part[at + 1 :])
        negation = "^" if ignoring else self.rng.choice("!^")
        plain = char if char.isalnum() else "a"
        return self.rng.choice(
            [
                "*",
                before + "*",
                "*" + escaped(part[at:]),
                before + "?" + after,
                f"{before}[{plain}z]{after}",
                f"{before}[{negation}{self.rng.choice('az')}]{after}",
                f"{before}[a-z]{after}",
                f"{before}*{after}",
                f"{before}**{after}" if self.chance(0.2) else "?" * len(part),
            ]
        )

    def source(self, tree: Tree) -> str:
        """A copy's source."""
        if self.chance(0.08):
            return self.rng.choice([".", "./", "*", "**", "**/*", ".*", "*/", "./*"])
        path = self.some_path(tree)
        if self.chance(0.45):
            source = "/".join(map(escaped, path.split("/")))
        else:
            source = self.wild(path)
        shape = self.rng.random()
        if shape < 0.08:
            source = "./" + source
        elif shape < 0.16:
            source += "/"
        elif shape < 0.2:
            first = escaped(self.rng.choice(sorted(tree.nodes) or ["a"]).split("/")[0])
            source = f"{first}/../{source}"
        elif shape < 0.22:
            source = source.replace("/", "//", 1)
        elif shape < 0.24:
            source = source.replace("/", "/./", 1)
        return source

    # The manifest.

    def frame(self) -> Manifest:
        """Everything but the steps."""
        manifest: Manifest = {"from": self.base()}
        if self.chance(0.3):
            manifest["build_env"] = self.env()
        if self.chance(0.4):
            manifest["env"] = self.env()
        if self.chance(0.3):
            self.sudo(manifest, self.rng.choice(USERS))
        if self.chance(0.3):
            manifest["workdir"] = self.rng.choice(["/app", "src", "/a b"])
        if self.chance(0.5):
            command = self.rng.choice(COMMANDS)
            manifest["start"] = command if self.chance(0.5) else {"cmd": command}
        if self.chance(0.5):
            manifest["ready"] = self.ready()
        if self.chance(0.3):
            manifest["resources"] = self.resources()
        if self.sdk.name == "novita" and "template" not in manifest["from"]:
            if self.chance(0.2):
                manifest["novita"] = {"pre_boot": self.rng.choice(COMMANDS)}
        return manifest

    def resources(self) -> Manifest:
        """What every platform takes; one that has no disk draws a warning."""
        drawn: Manifest = {
            "cpu": self.rng.choice([1, 2, 4]),
            "memory": self.rng.choice([1024, "2GiB", "512MiB"]),
            "disk": self.rng.choice([512, "1GiB"]),
        }
        kept = self.rng.sample(sorted(drawn), self.rng.randint(1, 3))
        return {key: drawn[key] for key in kept}

    def base(self) -> Any:
        rng = self.rng
        kinds = ["python", "node", "bun", "ubuntu", "debian"]
        kinds += ["base", "template", "image", "string"]
        # Refused on novita, which would hide all else.
        if self.sdk.name != "novita" or self.chance(0.1):
            kinds += ["fedora", "alpine", "arch"]
        kind = rng.choice(kinds)
        match kind:
            case "base":
                return {"base": True}
            case "template":
                return {"template": rng.choice(["base", "a/b:v1", "mytemplate"])}
            case "string":
                return "ghcr.io/a/b:1"
            case "image":
                return {"image": rng.choice(["debian", "registry.example.com:5000/x:1"])}
        return {kind: rng.choice(["3.12", "latest", "22-slim"])}

    def ready(self) -> Any:
        rng = self.rng
        return rng.choice(
            [
                rng.choice(COMMANDS),
                {"cmd": rng.choice(COMMANDS)},
                {"port": rng.choice([1, 80, 8000, 65535])},
                {"url": rng.choice(["http://localhost:1/x?a=b&c", "https://a.b/"])},
                {"url": "http://localhost/", "status": rng.choice([204, 301])},
                {"process": rng.choice(["nginx", "a b", "it's"])},
                {"file": rng.choice(["/tmp/x", "/a b", "$HOME/x"])},
                {"wait": rng.choice(["1s", "20s", "2000ms", "5m"])},
            ]
        )

    def env(self) -> dict[str, Any]:
        names = self.rng.sample(VARIABLES, self.rng.randint(0, 4))
        table: dict[str, Any] = {}
        for name in names:
            table[name] = self.value()
        try:
            written = {name: variables.text(value) for name, value in table.items()}
            variables.resolve(written, {})
        except ValueError:  # A circle.
            return {name: "x" for name in names}
        return table

    def value(self) -> Any:
        if self.chance(0.2):
            return self.rng.choice([0, 8000, -1, True, False])
        pieces = []
        for _ in range(self.rng.randint(1, 4)):
            name = self.rng.choice(VARIABLES)
            form = self.rng.choice([f"${name}", f"${{{name}}}", "$LATER"])
            pieces.append(form if self.chance(0.4) else self.rng.choice(LITERALS))
        return _valid("".join(pieces))

    def steps(self, tree: Tree, source: Input) -> list[dict[str, Any]]:
        makers: list[Callable[[], dict[str, Any]]] = [
            *(self.run, self.apt, self.pip, self.node, self.git, self.mkdir),
            *(self.remove, self.rename, self.symlink, self.write, self.plain),
        ]
        steps = []
        for _ in range(self.rng.randint(1, 8)):
            if self.chance(0.5):
                step = self.copy(self.sources(tree, source))
            else:
                step = self.rng.choice(makers)()
            if self.chance(0.1):
                step["no_cache"] = self.chance(0.8)
            if self.chance(0.1):
                step["label"] = "a label"
            steps.append(step)
        return steps

    def refer(self, manifest: Manifest) -> None:
        """Appends references to words that take them."""
        value = self.rng.choice(["w", "1.0", "a b", "x'y"])
        manifest["build_env"] = manifest.get("build_env", {}) | {"WORD": value}
        for step in manifest["steps"]:
            for key in [key for action in step for key in REFERRING.get(action, ())]:
                word = step.get(key)
                # An owner is a name without spaces.
                if isinstance(word, str) and key != "owner" and self.chance(0.4):
                    form = self.rng.choice(["$WORD", "${WORD}", "${WORD}s"])
                    step[key] = word + form

    def sources(self, tree: Tree, source: Input) -> list[str]:
        """Sources that match something, mostly."""
        drawn: list[str] = []
        wanted = self.rng.choice([1, 1, 1, 2, 3])
        for _ in range(20):
            pattern = self.source(tree)
            if self.chance(0.02) or _matches(source, pattern):
                drawn.append(pattern)
            if len(drawn) == wanted:
                break
        return drawn or ["."]

    def copy(self, sources: list[str]) -> dict[str, Any]:
        step: dict[str, Any] = {
            "copy": self.one_or_many(sources),
            "to": self.rng.choice(PATHS),
        }
        if self.chance(0.2):
            step["owner"] = self.rng.choice(["user", "root:root", "1000:1000"])
        if self.chance(0.2):
            mode = self.rng.choice([0o755, 0o700, 0o4755, 0o711, 0o1777])
            step["mode"] = Octal(mode) if self.chance(0.5) else f"{mode:o}"
        if self.chance(0.2):
            step["follow_symlinks"] = self.chance(0.8)
        if self.chance(0.15):
            step["force_upload"] = self.chance(0.8)
        return step

    def write(self) -> dict[str, Any]:
        paths = [path for path in PATHS if not path.endswith(("/", "."))]
        step: dict[str, Any] = {
            "write": self.rng.choice(["/x", "/etc/a b/c", "-x", "a/../b", *paths]),
            "content": "".join(self.rng.choices([*LITERALS, "${", "\r\n"], k=3)),
        }
        if self.chance(0.3):
            step["owner"] = self.rng.choice(["user", "root", "root:root", "1000", "0:0"])
        if self.chance(0.3):
            mode = self.rng.choice([0o755, 0o600, 0, 0o4711])
            step["mode"] = Octal(mode) if self.chance(0.5) else f"{mode:04o}"
        return step

    def one_or_many(self, values: list[str]) -> str | list[str]:
        return values[0] if len(values) == 1 and self.chance(0.7) else values

    def words(self) -> str | list[str]:
        count = self.rng.randint(1, 3)
        return self.one_or_many([self.rng.choice(WORDS) for _ in range(count)])

    def flags(self, step: dict[str, Any], *keys: str) -> dict[str, Any]:
        for key in keys:
            if self.chance(0.4):
                step[key] = self.chance(0.6)
        return step

    def user(self, step: dict[str, Any]) -> dict[str, Any]:
        if self.chance(0.3):
            step["user"] = self.rng.choice(USERS)
        return step

    def sudo(self, table: dict[str, Any], user: str) -> dict[str, Any]:
        """A user, who may use `sudo` where the platform can grant it."""
        table["user"] = user
        if self.sdk.name == "e2b" and self.chance(0.3):
            table["sudo"] = self.chance(0.8)
        return table

    def run(self) -> dict[str, Any]:
        count = self.rng.randint(1, 3)
        commands = [self.rng.choice(COMMANDS) for _ in range(count)]
        return self.user({"run": self.one_or_many(commands)})

    def apt(self) -> dict[str, Any]:
        return self.flags({"apt": self.words()}, "recommends", "fix_missing")

    def pip(self) -> dict[str, Any]:
        words = "." if self.chance(0.2) else self.words()
        return self.flags({"pip": words}, "global")

    def node(self) -> dict[str, Any]:
        words = True if self.chance(0.3) else self.words()
        return self.flags({self.rng.choice(["npm", "bun"]): words}, "global", "dev")

    def git(self) -> dict[str, Any]:
        step: dict[str, Any] = {"git": "https://x/y.git"}
        if self.chance(0.5):
            step["to"] = self.rng.choice(PATHS)
        if self.chance(0.5):
            step["branch"] = self.rng.choice(["main", "a/b", "x y"])
        if self.chance(0.5):
            step["depth"] = self.rng.choice([1, 50])
        return self.user(step)

    def mkdir(self) -> dict[str, Any]:
        step: dict[str, Any] = {"mkdir": self.words()}
        if self.chance(0.5):
            step["mode"] = self.rng.choice([Octal(0o755), Octal(0), "0644", "1777"])
        return self.user(step)

    def remove(self) -> dict[str, Any]:
        return self.user(self.flags({"remove": self.words()}, "recursive", "force"))

    def rename(self) -> dict[str, Any]:
        step = {"rename": self.rng.choice(WORDS), "to": self.rng.choice(PATHS)}
        return self.user(self.flags(step, "force"))

    def symlink(self) -> dict[str, Any]:
        step = {"symlink": self.rng.choice(WORDS), "target": self.rng.choice(PATHS)}
        return self.user(self.flags(step, "force"))

    def plain(self) -> dict[str, Any]:
        return self.rng.choice(
            [
                {"env": self.env()},
                self.sudo({}, self.rng.choice(USERS)),
                {"workdir": self.rng.choice(["/app", "src"])},
            ]
        )


def _valid(value: str) -> str:
    """The value, unless its pieces met to form a reference that is refused."""
    try:
        pieces = variables.parse(value)
    except ValueError:
        return "x"
    unclosed = any(isinstance(piece, str) and "${" in piece for piece in pieces)
    return "x" if unclosed and "$${" not in value else value


def _matches(source: Input, pattern: str) -> bool:
    try:
        return bool(selected(source, pattern))
    except Exception:  # Whatever the SDK raises, it takes nothing.
        return False
