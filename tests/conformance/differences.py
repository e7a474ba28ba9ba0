"""Every deliberate difference between `sbx` and the SDKs, with its reason.

The check fails on any other difference, and on a row that nothing in a run needed.
Each row says which SDKs it is about. There are three kinds of rows:

- `Rewrite`: both build the template, and a value differs. `apply` makes of the SDK's
  request the one that `sbx` must make, exactly.
- `Addition`: `sbx` sends one step more, the last one. `step` says which it must be.
- `Refusal`: the SDK builds the template, and `sbx` reports an error with `code`.
  `admits` says whether the value that the error points at is one of those.
"""

from __future__ import annotations

import base64
import os
import re
import shlex
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import docker
import recipe
import sdk
import variables
import written
from translate import (
    Input,
    Translation,
    arguments,
    env_table,
    files_hash,
    many,
    selected,
    start_and_ready,
)

Body = dict[str, Any]
Sdks = frozenset[str]
DOLLAR = "${SBX_UNSET:-$}"

BOTH: Sdks = frozenset(sdk.NAMES)
E2B: Sdks = frozenset({"e2b"})
NOVITA: Sdks = frozenset({"novita"})


@dataclass(frozen=True)
class Rewrite:
    """A value that `sbx` sends otherwise, on purpose."""

    name: str
    reason: str
    apply: Callable[[Input, Translation], None]
    sdks: Sdks = BOTH


@dataclass(frozen=True)
class Addition:
    """A step that `sbx` adds at the end, on purpose.

    `step` is told the last step that `sbx` sends, for what the specification leaves
    open; it returns nothing where no step is due.
    """

    name: str
    reason: str
    step: Callable[[Input, Body], Body | None]
    sdks: Sdks = BOTH


@dataclass(frozen=True)
class Refused:
    """An error of `sbx`: its code, and the manifest's value that it points at."""

    source: Input
    code: str
    value: Any

    def copies(self) -> Iterator[dict[str, Any]]:
        """The copy steps that name the value as a source."""
        return (
            step
            for step in self.source.steps("copy")
            if self.value in many(step["copy"])
        )

    def paths(self, ignore: bool = True) -> list[str]:
        """What the SDK takes for the value as a source."""
        return selected(self.source, self.value, ignore)

    def modes(self, ignore: bool = True) -> list[int]:
        """The modes of those, links not followed."""
        root = self.source.context
        return [(root / path).lstat().st_mode for path in self.paths(ignore)]


@dataclass(frozen=True)
class Refusal:
    """Something that `sbx` refuses and the SDK takes, on purpose."""

    name: str
    reason: str
    code: str
    admits: Callable[[Refused], bool]
    sdks: Sdks = BOTH


# Values that differ.


def _words(action: str, *keys: str, sdks: Sdks, example: str) -> Rewrite:
    """The instruction that the SDK makes when it is given quoted words."""

    def apply(source: Input, translation: Translation) -> None:
        for origin, step in _instructions(translation, action):
            quoted = {
                key: [shlex.quote(word) for word in many(origin.step[key])]
                for key in keys
                if origin.step.get(key, True) is not True
            }
            if all(quoted[key] == many(origin.step[key]) for key in quoted):
                continue
            given = {
                key: words[0] if isinstance(origin.step[key], str) else words
                for key, words in quoted.items()
            }
            step["args"] = arguments(source, origin.step | given, action)

    return Rewrite(
        f"{action}-words-are-quoted",
        f"the SDK splices {action}'s words into the command as they are: {example}; "
        "sbx quotes every word",
        apply,
        sdks,
    )


def _devcontainer_start(source: Input, translation: Translation) -> None:
    match source.manifest.get("start"):
        case {"devcontainer": directory}:
            quoted = {"start": {"devcontainer": shlex.quote(directory)}}
            start, _ = start_and_ready(source, quoted)
            translation.body["startCmd"] = start


def _probe_words(source: Input, translation: Translation) -> None:
    ready = source.manifest.get("ready")
    if not isinstance(ready, dict):
        return
    quoted = {
        key: shlex.quote(ready[key])
        for key in ("url", "process", "file")
        if key in ready
    }
    if quoted:
        _, command = start_and_ready(source, {"ready": ready | quoted})
        translation.body["readyCmd"] = command


def _exact_port(source: Input, translation: Translation) -> None:
    match source.manifest.get("ready"):
        case {"port": port}:
            probe = f'[ -n "$(ss -Htuln sport = :{port})" ]'
            translation.body["readyCmd"] = probe


def _own_step(source: Input, translation: Translation) -> None:
    steps = translation.body["steps"]
    if translation.own_step is not None and steps[-1] == translation.own_step:
        steps.pop()


def _sudo(source: Input, translation: Translation) -> None:
    for origin, step in _instructions(translation, "user"):
        if origin.step.get("sudo") and origin.step["user"] != "root":
            step["args"] = [*step["args"], "true"]


def _written(source: Input, translation: Translation) -> None:
    """The command depends on the user and on whether there is a working directory."""
    user, workdir = "user", False
    steps = zip(translation.origins, translation.body["steps"], strict=True)
    for origin, step in steps:
        user = step["args"][0] if origin.kind == "user" else user
        workdir = workdir or origin.kind == "workdir"
        if origin.kind != "write":
            continue
        table = origin.step
        mode = table.get("mode", 0o644)
        file = written.File(
            table["write"],
            # No reference is one: the pieces of a text in the manifest are literal.
            table["content"],
            table.get("owner", user),
            int(mode, 8) if isinstance(mode, str) else mode,
        )
        command = file.command(references=False)
        if not (file.path.startswith("/") or workdir or user == "root"):
            home = f"$(getent passwd {shlex.quote(user)} | cut -d: -f6)"
            command = f'{{ [ "$PWD" != "$HOME" ] || cd "{home}"; }} && {command}'
        step["args"][0] = command


def _zero_modes(source: Input, translation: Translation) -> None:
    for action in ("copy", "mkdir"):
        for origin, step in _instructions(translation, action):
            mode = origin.step.get("mode", 1)
            if (int(mode, 8) if isinstance(mode, str) else mode) != 0:
                continue
            if action == "copy":
                step["args"][3] = "0000"
            else:
                words = step["args"][0].removeprefix("mkdir -p ")
                step["args"][0] = f"mkdir -p -m 0000 {words}"


def _paths(
    change: Callable[[Input, str, list[str]], list[str]],
) -> Callable[[Input, Translation], None]:
    """Hashes again with other paths than the SDK's, by the documented recipe.

    `change` is told a source and its paths so far, absolute.
    """

    def apply(source: Input, translation: Translation) -> None:
        for index, (origin, step) in enumerate(_instructions(translation, "copy")):
            pattern, target = step["args"][:2]
            if index not in translation.paths:
                paths = source.sdk.paths(
                    pattern, str(source.context), translation.patterns
                )
                translation.paths[index] = paths
            paths = change(source, pattern, translation.paths[index])
            translation.paths[index] = paths
            if paths:
                step["filesHash"] = recipe.files_hash(
                    pattern,
                    target,
                    str(source.context),
                    paths,
                    origin.step.get("follow_symlinks", False),
                )

    return apply


def _directory_sizes(source: Input, translation: Translation) -> None:
    """Holds the recipe against the SDK's own hash first: only the sizes may differ."""
    context = str(source.context)
    for origin, step in _instructions(translation, "copy"):
        if step["filesHash"] == sdk.REFUSED_BY_PATTERNS:
            continue
        pattern, target = step["args"][:2]
        follow = origin.step.get("follow_symlinks", False)
        paths = source.sdk.paths(pattern, context, translation.patterns)
        told = recipe.files_hash(pattern, target, context, paths, follow, True)
        if told != step["filesHash"]:
            raise RuntimeError(f"the recipe is not the SDK's for {pattern!r}")
        step["filesHash"] = recipe.files_hash(pattern, target, context, paths, follow)


def _docker_patterns(source: Input, pattern: str, paths: list[str]) -> list[str]:
    """The SDK's paths without its patterns, without those that Docker's ignore."""
    if not docker.patterns(str(source.context), source.ignore):
        return paths
    ignored = {*selected(source, pattern, ignore=False)} - {*selected(source, pattern)}
    everything = source.sdk.paths(pattern, str(source.context), [])
    return [path for path in everything if _relative(source, path) not in ignored]


def _entered_links(source: Input, pattern: str, paths: list[str]) -> list[str]:
    """Without what lies behind a link, unless the pattern itself leads there."""
    context = str(source.context)
    kept = {*selected(source, pattern)}
    return [
        path
        for path in paths
        if _relative(source, path) in kept
        or not recipe.passes_a_link(context, _relative(source, path))
    ]


def _odd_directories(source: Input, pattern: str, paths: list[str]) -> list[str]:
    """With what lies below a directory whose path reads as a pattern.

    And without what the path matches as one. It is the path as the SDK spells it, with
    what the source climbs out of again.
    """
    kept = selected(source, pattern)
    spelled = {_relative(source, path): path for path in paths}
    context = len(str(source.context))
    odd = [path for path in kept if re.search(r"[*?\[\\]", path)]
    odd += [
        path
        for path, written in spelled.items()
        if path not in odd and re.search(r"[*?\[\\]", written[context:])
    ]
    below = [path for path in kept if any(path.startswith(f"{top}/") for top in odd)]
    patterns = [f"{top}/**/*" for top in odd]
    wrong = {
        path
        for path in paths
        if (inner := _relative(source, path)) not in kept
        and recipe.matches(inner, patterns)
    }
    added = {os.path.join(str(source.context), path) for path in below}
    taken = {os.path.normpath(path) for path in paths}
    if not wrong and added <= taken:
        return paths
    return sorted([path for path in paths if path not in wrong] + list(added - taken))


def _lost_links(source: Input, pattern: str, paths: list[str]) -> list[str]:
    """With links below a directory that lead in a circle or through a file."""
    taken = {_relative(source, path) for path in paths}
    missing = [
        os.path.join(str(source.context), path)
        for path in selected(source, pattern)
        if path not in taken
    ]
    added = [path for path in missing if _leads_nowhere(path)]
    return sorted([*paths, *added]) if added else paths


def _leads_nowhere(path: str) -> bool:
    """A link to what is not there leads somewhere: the place is clear."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return os.path.islink(path)
    return False


def _normal_paths(source: Input, pattern: str, paths: list[str]) -> list[str]:
    return sorted({os.path.normpath(path) for path in paths})


def _relative(source: Input, path: str) -> str:
    return os.path.relpath(path, source.context)


def _references(source: Input, translation: Translation) -> None:
    """Writes each reference that a table answers as what it stands for.

    The result is in the manifest's syntax still, dollar signs as `$$`; values without
    such a reference are left alone.
    """
    scope: variables.Scope = {}
    for origin, step in _instructions(translation, "env"):
        table = env_table(origin.step)
        resolved = variables.resolve(table, scope)
        for at, name in enumerate(table):
            if resolved[name] != variables.parse(table[name]):
                step["args"][2 * at + 1] = variables.written(resolved[name], "$$")
        scope.update(resolved)


def _dollars(source: Input, translation: Translation) -> None:
    for _, step in _instructions(translation, "env"):
        args = step["args"]
        for at in range(1, len(args), 2):
            args[at] = variables.written(variables.parse(args[at]), DOLLAR)


def _service_account(source: Input, translation: Translation) -> None:
    base = source.manifest["from"]
    auth = base.get("auth", {}) if isinstance(base, dict) else {}
    account = auth.get("service_account")
    if isinstance(account, dict) and "file" in account:
        registry = translation.body["fromImageRegistry"]
        text = registry["serviceAccountJson"]
        registry["serviceAccountJson"] = text.removesuffix("\n")


def _patterns(
    read: Callable[[Input, str], str],
) -> Callable[[Input, Translation], None]:
    """Hashes again with each ignore pattern read otherwise, if that changes one."""

    def apply(source: Input, translation: Translation) -> None:
        before = translation.patterns
        patterns = [read(source, pattern) for pattern in before]
        if patterns == before:
            return
        translation.patterns = patterns
        for origin, step in _instructions(translation, "copy"):
            args = step["args"]
            if step["filesHash"] == files_hash(source, origin, args, before):
                step["filesHash"] = files_hash(source, origin, args, patterns)

    return apply


def _indented_hash(source: Input, pattern: str) -> str:
    """The SDK's lines have lost their indent; its comments are gone."""
    written = pattern in source.ignore
    comment = written and pattern.startswith("#")
    stripped = pattern.strip()
    return "\\" + stripped if stripped.startswith("#") and not comment else pattern


def _absolute(source: Input, pattern: str) -> str:
    """Without its leading `/`, which anchors a pattern at the context and no more."""
    path = pattern.strip().removeprefix("!").strip()
    negation = "!" if pattern.strip().startswith("!") else ""
    inside = os.path.normpath(path).startswith(f"{source.context}/")
    return negation + path.lstrip("/") if inside else pattern


def _instructions(
    translation: Translation, kind: str
) -> Iterator[tuple[Any, dict[str, Any]]]:
    steps = zip(translation.origins, translation.body["steps"], strict=True)
    return ((origin, step) for origin, step in steps if origin.kind == kind)


# A step that is added.

_CARRIER = re.compile(r's=\$\(echo ([A-Za-z0-9+/=]+) \| base64 -d\) && sh -c "\$s"')


def _environment(source: Input, last: Body) -> Body | None:
    """Carries every variable of `env`, and none of `build_env`.

    What the script says otherwise is not the SDK's business, nor this check's.
    """
    tables = [source.manifest.get("env", {})]
    tables += [step["env"] for step in source.steps("env")]
    names = {name for table in tables for name in table}
    if not names:
        return None
    command = last.get("args", [""])[0]
    carrier = _CARRIER.fullmatch(command)
    script = base64.b64decode(carrier[1]).decode() if carrier else ""
    if set(re.findall(r"export ([A-Za-z0-9_]+)=", script)) != names:
        command = f"a script that exports {', '.join(sorted(names))}"
    steps = source.manifest.get("steps", [])
    force = any(step.get("no_cache", False) for step in steps)
    return {"type": "RUN", "args": [command, "root"], "force": force}


# Things that are refused.


def _is_link_to_directory(refused: Refused) -> bool:
    root = refused.source.context
    follows = any(step.get("follow_symlinks") for step in refused.copies())
    paths = [root / path for path in refused.paths()]
    return follows and any(path.is_symlink() and path.is_dir() for path in paths)


def _is_ignored_but_for_directories(refused: Refused) -> bool:
    kept = refused.modes()
    everything = refused.modes(ignore=False)
    return len(kept) < len(everything) and all(map(stat.S_ISDIR, kept))


def _is_spliced(refused: Refused) -> bool:
    text = refused.value
    return bool(re.search(r'["`$\x00-\x1f\x7f-\x9f]', text)) or text.endswith("\\")


def _is_special(refused: Refused) -> bool:
    plain = (stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK)
    return any(not any(test(mode) for test in plain) for mode in refused.modes())


def _is_untraversable(refused: Refused) -> bool:
    modes = [step["mode"] for step in refused.copies() if "mode" in step]
    bits = [int(mode, 8) if isinstance(mode, str) else mode for mode in modes]
    directories = any(stat.S_ISDIR(mode) for mode in refused.modes())
    return directories and any(not mode & 0o100 for mode in bits)


def _is_unclosed(refused: Refused) -> bool:
    return any(
        re.search(r"(?<!\\)\[[^]]*$", part) for part in str(refused.value).split("/")
    )


def _is_backwards(refused: Refused) -> bool:
    """A range such as `[z-a]`; a dash at either end of the brackets is none."""
    for brackets in re.finditer(r"(?<!\\)\[[!^]?(\]?[^]]*)\]", str(refused.value)):
        ranges = re.findall(r"(?=(.)-(.))", brackets[1])
        if any(low > high for low, high in ranges):
            return True
    return False


def _climbs_with_escapes(refused: Refused) -> bool:
    parts = re.sub(r"/+", "/", refused.value).split("/")
    return any("\\" in part and part.replace("\\", "") == ".." for part in parts)


def _climbs_from_wildcard(refused: Refused) -> bool:
    return re.search(r"[*?\]][^/]*(/\.)*/+\.\.(/|$)", refused.value) is not None


def _is_file_before_stars(refused: Refused) -> bool:
    """`x/**` where `x` is there, but no directory."""
    found = re.fullmatch(r"(.*?)/+(\*\*/*|\.)+", refused.value)
    if found is None:
        return False
    base = re.sub(r"\\(.)", r"\1", found[1])
    return not (refused.source.context / base).is_dir()


def _climbs_from_link(refused: Refused) -> bool:
    """`x/..` where `x` is there, but no directory of the context's own."""
    for found in re.finditer(r"/+\.\.(?=/|$)", refused.value):
        base = re.sub(r"\\(.)", r"\1", refused.value[: found.start()])
        climbed = refused.source.context / base
        if climbed.is_symlink() or not climbed.is_dir():
            return True
    return False


def _is_one_file_for_several(refused: Refused) -> bool:
    """The target of several sources, of which the first is no pattern."""
    copies = (many(step["copy"]) for step in refused.source.steps("copy")
              if step["to"] == refused.value)
    return any(
        len(sources) > 1 and not re.search(r"[*?\\[\\\\]", sources[0]) for sources in copies
    )


def _is_bad_owner(refused: Refused) -> bool:
    owners = [step.get("owner") for step in refused.source.steps("copy")]
    return refused.value in owners and not re.fullmatch(
        r"[^\s:]+(:[^\s:]+)?", refused.value
    )


def _is_unused_pattern(refused: Refused) -> bool:
    written = refused.value in refused.source.ignore
    return written and not any(refused.source.steps("copy"))


def _is_unreadable_pattern(refused: Refused) -> bool:
    lines = [*docker.patterns(str(refused.source.context), refused.source.ignore)]
    return refused.value in lines and not docker.is_readable(refused.value)


def _is_without_apt(refused: Refused) -> bool:
    """An official image of another family than Debian's, or a variant of one."""
    base = refused.source.manifest["from"]
    table = {"image": base} if isinstance(base, str) else base
    if refused.value not in table.values():
        return False
    if "image" not in table:
        other = any(key in table for key in ("alpine", "fedora", "arch"))
        return other or "alpine" in refused.value
    name, _, tag = refused.value.split("@")[0].partition(":")
    official = name.removeprefix("docker.io/").removeprefix("library/")
    families = ("alpine", "busybox", "fedora", "rockylinux", "archlinux")
    return official in families or ("/" not in official and "alpine" in tag)


def _is_without_distribution(refused: Refused) -> bool:
    image = refused.source.manifest["from"]
    return image == refused.value and image.partition(":")[0] in ("busybox", "hello-world")


def _is_on_this_machine(refused: Refused) -> bool:
    base = refused.source.manifest["from"]
    image = base.get("image", "") if isinstance(base, dict) else base
    return image == refused.value and image.startswith(("localhost:", "127.0.0.1:", "[::1]:"))


def _is_resource(refused: Refused) -> bool:
    return refused.value in refused.source.manifest.get("resources", {}).values()


def _is_tag(refused: Refused) -> bool:
    return refused.value in refused.source.manifest.get("tags", [])


def _is_key(*keys: str) -> Callable[[Refused], bool]:
    """Whether the value is the one of a key of the manifest."""

    def admits(refused: Refused) -> bool:
        table: Any = refused.source.manifest
        for key in keys:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        return table == refused.value

    return admits


def _is_variable(refused: Refused) -> bool:
    """Names and values alike: an error may point at either."""
    manifest = refused.source.manifest
    tables = [manifest.get("env", {}), manifest.get("build_env", {})]
    tables += [step["env"] for step in refused.source.steps("env")]
    return any(refused.value in (*table, *table.values()) for table in tables)


_PACKAGES = "`numpy>=1` redirects to a file, `a;b` runs b"
_NAMES = "`a b` is two of them, `*` is whatever is there"

REWRITES: list[Rewrite] = [
    Rewrite(
        "the-sdk-s-own-environment-step",
        "the SDK ends with a step that empties `/etc/environment` and writes `env` and "
        "`build_env` alike there; sbx has its own last step, which the row "
        "`environment-is-carried` describes",
        _own_step,
        NOVITA,
    ),
    _words("apt", "apt", sdks=BOTH, example=_PACKAGES),
    _words("pip", "pip", sdks=BOTH, example=_PACKAGES),
    _words("npm", "npm", sdks=BOTH, example=_PACKAGES),
    _words("bun", "bun", sdks=BOTH, example=_PACKAGES),
    _words("mcp", "mcp", sdks=BOTH, example=_PACKAGES),
    _words("git", "git", "to", "branch", sdks=NOVITA, example=_NAMES),
    _words("mkdir", "mkdir", sdks=NOVITA, example=_NAMES),
    _words("remove", "remove", sdks=NOVITA, example=_NAMES),
    _words("rename", "rename", "to", sdks=NOVITA, example=_NAMES),
    _words("symlink", "symlink", "target", sdks=NOVITA, example=_NAMES),
    _words("devcontainer", "devcontainer", sdks=NOVITA, example=_NAMES),
    Rewrite(
        "devcontainer-start-is-quoted",
        "the SDK splices the directory into the start command as it is",
        _devcontainer_start,
        NOVITA,
    ),
    Rewrite(
        "probe-words-are-quoted",
        "the SDK splices a URL, a file and a process into the ready command as they "
        "are: `http://x/?a&b` ends in the background",
        _probe_words,
        NOVITA,
    ),
    Rewrite(
        "port-is-probed-exactly",
        "the SDK looks for `:80` in a list of sockets, where `:8080` stands, too",
        _exact_port,
        NOVITA,
    ),
    Rewrite(
        "files-are-written",
        "no SDK writes a file from a text; sbx has a command of root that carries it",
        _written,
    ),
    Rewrite(
        "sudo-is-an-argument",
        "the builder grants `sudo` if USER has the second argument `true`, which the "
        "SDK's `set_user` cannot send",
        _sudo,
        E2B,
    ),
    Rewrite(
        "mode-zero-is-a-mode",
        "the SDK takes the mode 0000 for none",
        _zero_modes,
        NOVITA,
    ),
    Rewrite(
        "directories-are-hashed-without-size",
        "the size of a directory depends on the file system; with it, the key of the "
        "same files differs from machine to machine",
        _directory_sizes,
        NOVITA,
    ),
    Rewrite(
        "ignore-patterns-are-docker-s",
        "the SDK gives the lines of `.dockerignore` to its own glob: `d` leaves all "
        "below `d` in, and `!` takes nothing back",
        _paths(_docker_patterns),
        NOVITA,
    ),
    Rewrite(
        "links-are-not-entered",
        "the SDK copies a link to a directory and then, again, what lies behind it",
        _paths(_entered_links),
        NOVITA,
    ),
    Rewrite(
        "directories-with-odd-names-are-whole",
        "the SDK looks below a directory with its name as a pattern, so that `[a]` "
        "arrives without its files",
        _paths(_odd_directories),
        NOVITA,
    ),
    Rewrite(
        "links-that-lead-nowhere-are-taken",
        "the SDK looks below a directory with a glob, which does not see a link that "
        "leads in a circle or through a file",
        _paths(_lost_links),
        NOVITA,
    ),
    Rewrite(
        "paths-are-normal",
        "the SDK keeps the source's spelling in its paths, so that `./a` and `a` are "
        "two files, in another order",
        _paths(_normal_paths),
        NOVITA,
    ),
    Rewrite(
        "references-are-resolved",
        "the builder expands ENV in a shell that knows no earlier ENV step, so that "
        "`$A` of the manifest would be empty; sbx writes what it stands for",
        _references,
    ),
    Rewrite(
        "dollars-are-written-as-expansions",
        "the builder expands ENV between double quotes and offers no escape; an "
        "expansion of an unset variable is the only way to a dollar sign",
        _dollars,
    ),
    Rewrite(
        "secret-files-lose-a-line-break",
        "a file's last line break is the editor's, not the secret's; the SDK, which "
        "reads a service account from a file, keeps it",
        _service_account,
    ),
    Rewrite(
        "indented-hash-is-no-comment",
        "to Docker a comment begins in the first column; the SDK takes ` #x` for one",
        _patterns(_indented_hash),
        E2B,
    ),
    Rewrite(
        "absolute-patterns-are-docker-s",
        "to Docker a leading `/` says nothing; the SDK takes a path of this machine "
        "that leads into the context for one relative to it",
        _patterns(_absolute),
        E2B,
    ),
]

ADDITIONS: list[Addition] = [
    Addition(
        "environment-is-carried",
        "ENV reaches the steps, start and ready, but not the sandbox; the language "
        "promises that `env` does",
        _environment,
    ),
]

REFUSALS: list[Refusal] = [
    Refusal(
        "several-into-one-file",
        "each source replaces the one before it, or a directory meets a file",
        "invalid-path",
        _is_one_file_for_several,
    ),
    Refusal(
        "followed-link-to-directory",
        "the SDK packs an empty directory in the place of the link",
        "invalid-path",
        _is_link_to_directory,
    ),
    Refusal(
        "only-ignored-files",
        "the SDK copies bare directories without a word when every file is ignored; "
        "Novita's copies files, too, that Docker's patterns ignore",
        "source-ignored",
        _is_ignored_but_for_directories,
    ),
    Refusal(
        "spliced-into-a-script",
        "the builder puts these texts between double quotes of a script of root's",
        "unsafe-copy-path",
        _is_spliced,
    ),
    Refusal(
        "braces",
        "the builder cuts a source at its first `{`, so that another file is copied",
        "invalid-path",
        lambda refused: "{" in refused.value,
    ),
    Refusal(
        "unclosed-bracket",
        "the builder cuts a source at its first `[`, closed or not",
        "invalid-path",
        _is_unclosed,
    ),
    Refusal(
        "backwards-range",
        "`[z-a]` matches nothing, ever",
        "invalid-path",
        _is_backwards,
    ),
    Refusal(
        "climbing-with-escapes",
        "`\\.\\./x` leaves the context, which the SDK checks without reading escapes",
        "source-outside-context",
        _climbs_with_escapes,
    ),
    Refusal(
        "climbing-from-a-wildcard",
        "what `*/..` means depends on the links in the context",
        "invalid-path",
        _climbs_from_wildcard,
    ),
    Refusal(
        "climbing-from-a-link",
        "`x/..` means the context's directory to the builder, and the one that holds "
        "the link's target to the SDK",
        "source-not-found",
        _climbs_from_link,
    ),
    Refusal(
        "file-before-double-star",
        "`x/**` is all below a directory `x`; the SDK takes a file, at the top only",
        "source-not-found",
        _is_file_before_stars,
        E2B,
    ),
    Refusal(
        "special-file",
        "a named pipe or a socket cannot be packed; the SDK hashes it and fails later",
        "invalid-path",
        _is_special,
    ),
    Refusal(
        "untraversable-mode",
        "the mode holds for directories too, which nobody could enter then",
        "invalid-mode",
        _is_untraversable,
    ),
    Refusal(
        "malformed-owner",
        "the builder's chown fails, and its failure is swallowed",
        "invalid-value",
        _is_bad_owner,
    ),
    Refusal(
        "unused-ignore-pattern",
        "the SDK reads patterns when it copies only; sbx reads them always",
        "invalid-value",
        _is_unused_pattern,
    ),
    Refusal(
        "unreadable-pattern",
        "the SDK's glob takes what Docker does not",
        "invalid-value",
        _is_unreadable_pattern,
        NOVITA,
    ),
    Refusal(
        "base-is-not-provisioned",
        "the platform installs with apt; the build of any other base ends in an error",
        "unsupported-on-platform",
        _is_without_apt,
        NOVITA,
    ),
    Refusal(
        "base-without-distribution",
        "the platform provisions the distributions of a list; the build of an image without any "
        "ends in an error",
        "unsupported-on-platform",
        _is_without_distribution,
        E2B,
    ),
    Refusal(
        "registry-of-this-machine",
        "the platform pulls from another machine, and the build ends in an error",
        "unsupported-on-platform",
        _is_on_this_machine,
    ),
    Refusal(
        "resources-out-of-limits",
        "the SDK asks for any number, and the registration fails",
        "invalid-resources",
        _is_resource,
        E2B,
    ),
    Refusal(
        "malformed-tag",
        "the SDK sends any text, and the registration fails",
        "invalid-tag",
        _is_tag,
    ),
    Refusal(
        "malformed-name",
        "the SDK sends any text, and the registration fails",
        "invalid-name",
        _is_key("name"),
    ),
    Refusal(
        "malformed-image",
        "the SDK sends any text, and the build fails",
        "invalid-image",
        _is_key("from", "image"),
    ),
    Refusal(
        "port-out-of-range",
        "the SDK probes any number, in vain",
        "invalid-port",
        _is_key("ready", "port"),
    ),
    Refusal(
        "malformed-url",
        "the SDK probes any text, in vain",
        "invalid-url",
        _is_key("ready", "url"),
    ),
    Refusal(
        "variable-name",
        "no shell takes the name",
        "invalid-env-name",
        _is_variable,
    ),
    Refusal(
        "circle-of-variables",
        "references are resolved, and a circle has no value",
        "cyclic-reference",
        _is_variable,
    ),
    Refusal(
        "unsupported-expansion",
        "the language has no defaults and no substrings in references",
        "invalid-reference",
        _is_variable,
    ),
]


def admitting(refused: Refused) -> Refusal | None:
    """The row that admits a refusal, if one does."""
    for row in REFUSALS:
        about = refused.source.sdk.name in row.sdks
        if about and row.code == refused.code and row.admits(refused):
            return row
    return None


def names(sdk_name: str) -> list[str]:
    """The names of all rows about an SDK."""
    table: list[Rewrite | Addition | Refusal] = [*REWRITES, *ADDITIONS, *REFUSALS]
    return [row.name for row in table if sdk_name in row.sdks]
