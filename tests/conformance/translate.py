"""A parsed manifest as calls of the SDK: an independent reading of the language."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2b import (
    Template,
    wait_for_file,
    wait_for_port,
    wait_for_process,
    wait_for_timeout,
    wait_for_url,
)
from e2b.template.utils import (
    calculate_files_hash,
    get_all_files_in_path,
    read_dockerignore,
)

import variables

DISTRIBUTIONS = {
    "python": "from_python_image",
    "node": "from_node_image",
    "bun": "from_bun_image",
    "ubuntu": "from_ubuntu_image",
    "debian": "from_debian_image",
    "fedora": "from_fedora_image",
    "alpine": "from_alpine_image",
    "arch": "from_arch_image",
}

_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000}


class NotTranslated(Exception):
    """The manifest holds a form that the check does not cover."""


@dataclass(frozen=True)
class Origin:
    """What in the manifest an instruction comes from."""

    kind: str
    step: dict[str, Any]


@dataclass
class Translation:
    """What the SDK makes of a manifest."""

    body: dict[str, Any]
    origins: list[Origin]
    patterns: list[str]


@dataclass(frozen=True)
class Input:
    """A manifest and all that it depends on."""

    path: Path
    manifest: dict[str, Any]
    environment: dict[str, str]

    @property
    def directory(self) -> Path:
        return self.path.parent

    @property
    def context(self) -> Path:
        """The context without links and `..` on the way, which the SDK would drop."""
        return (self.directory / self.manifest.get("context", ".")).resolve()

    @property
    def ignore(self) -> list[str]:
        return self.manifest.get("ignore", [])

    def steps(self, action: str) -> Iterator[dict[str, Any]]:
        """The steps with that action."""
        return (step for step in self.manifest.get("steps", []) if action in step)

    def secret(self, value: Any) -> str:
        """A secret in one of its forms; a file's last line break is none of it."""
        match value:
            case str():
                return value
            case {"env": name}:
                return self.environment[name]
            case {"file": name}:
                return (self.directory / name).read_text().removesuffix("\n")
        raise NotTranslated(f"secret {value!r}")


def translate(source: Input) -> Translation:
    """What `Template.to_json` says of the same template.

    Whatever the SDK refuses is raised as the SDK raises it.
    """
    translator = _Translator(source)
    translator.translate()
    body = json.loads(Template.to_json(translator.builder))
    return Translation(body, translator.origins, ignore_patterns(source))


def many(value: str | list[str]) -> list[str]:
    """What the language takes as one or many, as many."""
    return [value] if isinstance(value, str) else value


class _Translator:
    def __init__(self, source: Input) -> None:
        self.source = source
        self.origins: list[Origin] = []
        template = Template(
            file_context_path=str(source.context),
            file_ignore_patterns=list(source.ignore),
        )
        self.builder: Any = self._from(template, source.manifest["from"])

    def translate(self) -> None:
        """The language's order: build_env, env, user, workdir, then the steps."""
        manifest = self.source.manifest
        for key in ("build_env", "env", "user", "workdir"):
            if key in manifest:
                self._step({key: manifest[key]}, "env" if key == "build_env" else key)
        for step in manifest.get("steps", []):
            if step.get("no_cache"):
                self.builder.skip_cache()
            self._step(step, _action(step))
        self._finish(manifest)

    def _from(self, template: Any, base: str | dict[str, Any]) -> Any:
        base = {"image": base} if isinstance(base, str) else base
        for key, method in DISTRIBUTIONS.items():
            if key in base:
                return getattr(template, method)(base[key])
        match base:
            case {"base": True}:
                return template.from_base_image()
            case {"template": name}:
                return template.from_template(name)
            case {"image": image, "auth": auth}:
                return self._signed_in(template, image, auth)
            case {"image": image}:
                return template.from_image(image)
        raise NotTranslated(f"source {base!r}")

    def _signed_in(self, template: Any, image: str, auth: dict[str, Any]) -> Any:
        secret = self.source.secret
        match auth["type"]:
            case "basic":
                return template.from_image(
                    image,
                    username=secret(auth["username"]),
                    password=secret(auth["password"]),
                )
            case "aws":
                return template.from_aws_registry(
                    image,
                    access_key_id=secret(auth["access_key_id"]),
                    secret_access_key=secret(auth["secret_access_key"]),
                    region=auth["region"],
                )
            case "gcp":
                return self._gcp(template, image, auth["service_account"])
        raise NotTranslated(f"auth {auth['type']!r}")

    def _gcp(self, template: Any, image: str, account: Any) -> Any:
        """The SDK wants a file: the manifest's own, or one that holds the text."""
        if isinstance(account, dict) and "file" in account:
            path = self.source.directory / account["file"]
            return template.from_gcp_registry(image, service_account_json=str(path))
        with tempfile.NamedTemporaryFile("w", suffix=".json") as held:
            held.write(self.source.secret(account))
            held.flush()
            return template.from_gcp_registry(image, service_account_json=held.name)

    def _step(self, step: dict[str, Any], action: str) -> None:
        before = len(self.builder._template._instructions)
        getattr(self, f"_{action}")(step)
        added = len(self.builder._template._instructions) - before
        self.origins.extend([Origin(action, step)] * added)

    def _run(self, step: dict[str, Any]) -> None:
        self.builder.run_cmd(step["run"], user=step.get("user"))

    def _copy(self, step: dict[str, Any]) -> None:
        mode = step.get("mode")
        self.builder.copy(
            many(step["copy"]),
            step["to"],
            force_upload=step.get("force_upload") or None,
            user=step.get("owner"),
            mode=_mode(mode),
            resolve_symlinks=step.get("follow_symlinks"),
        )

    def _apt(self, step: dict[str, Any]) -> None:
        self.builder.apt_install(
            step["apt"],
            no_install_recommends=not step.get("recommends", True),
            fix_missing=step.get("fix_missing", False),
        )

    def _pip(self, step: dict[str, Any]) -> None:
        self.builder.pip_install(step["pip"], g=step.get("global", True))

    def _npm(self, step: dict[str, Any]) -> None:
        self._node(self.builder.npm_install, step, step["npm"])

    def _bun(self, step: dict[str, Any]) -> None:
        self._node(self.builder.bun_install, step, step["bun"])

    def _node(self, install: Any, step: dict[str, Any], packages: Any) -> None:
        install(
            None if packages is True else packages,
            g=step.get("global", False),
            dev=step.get("dev", False),
        )

    def _git(self, step: dict[str, Any]) -> None:
        self.builder.git_clone(
            step["git"],
            path=step.get("to"),
            branch=step.get("branch"),
            depth=step.get("depth"),
            user=step.get("user"),
        )

    def _mkdir(self, step: dict[str, Any]) -> None:
        mode = _mode(step.get("mode"))
        self.builder.make_dir(step["mkdir"], mode=mode, user=step.get("user"))

    def _remove(self, step: dict[str, Any]) -> None:
        self.builder.remove(
            step["remove"],
            force=step.get("force", False),
            recursive=step.get("recursive", False),
            user=step.get("user"),
        )

    def _rename(self, step: dict[str, Any]) -> None:
        self.builder.rename(
            step["rename"],
            step["to"],
            force=step.get("force", False),
            user=step.get("user"),
        )

    def _symlink(self, step: dict[str, Any]) -> None:
        self.builder.make_symlink(
            step["target"],
            step["symlink"],
            user=step.get("user"),
            force=step.get("force", False),
        )

    def _mcp(self, step: dict[str, Any]) -> None:
        self.builder.add_mcp_server(step["mcp"])

    def _devcontainer(self, step: dict[str, Any]) -> None:
        self.builder.beta_dev_container_prebuild(step["devcontainer"])

    def _env(self, step: dict[str, Any]) -> None:
        self.builder.set_envs(env_table(step))

    def _user(self, step: dict[str, Any]) -> None:
        self.builder.set_user(step["user"])

    def _workdir(self, step: dict[str, Any]) -> None:
        self.builder.set_workdir(step["workdir"])

    def _finish(self, manifest: dict[str, Any]) -> None:
        builder = self.builder
        ready = _probe(manifest["ready"]) if "ready" in manifest else None
        match manifest.get("start"):
            case None:
                pass
            case {"devcontainer": directory}:
                self.builder = builder.beta_set_dev_container_start(directory)
            case str(command) | {"cmd": command}:
                # The SDK asks for a ready command, and sends none when given none.
                self.builder = builder.set_start_cmd(command, ready)
        if ready is not None:
            self.builder = builder.set_ready_cmd(ready)


def env_table(step: dict[str, Any]) -> dict[str, str]:
    """The variables of an `env` step, or of the table at the top level, as text."""
    table = step.get("env", step.get("build_env", {}))
    return {name: variables.text(value) for name, value in table.items()}


def _mode(value: int | str | None) -> int | None:
    return int(value, 8) if isinstance(value, str) else value


def _action(step: dict[str, Any]) -> str:
    """`user` is an action only where it stands alone."""
    for key in (
        *("run", "copy", "apt", "pip", "npm", "bun", "git", "mkdir"),
        *(
            "remove",
            "rename",
            "symlink",
            "mcp",
            "devcontainer",
            "env",
            "workdir",
            "user",
        ),
    ):
        if key in step:
            return key
    raise NotTranslated(f"step {step!r}")


def _probe(ready: str | dict[str, Any]) -> Any:
    match ready:
        case str():
            return ready
        case {"cmd": command}:
            return command
        case {"port": port}:
            return wait_for_port(port)
        case {"url": url}:
            return wait_for_url(url, ready.get("status", 200))
        case {"process": name}:
            return wait_for_process(name)
        case {"file": path}:
            return wait_for_file(path)
        case {"wait": duration}:
            number = duration.rstrip("ms")
            unit = duration.removeprefix(number)
            return wait_for_timeout(int(number) * _MILLISECONDS[unit])
    raise NotTranslated(f"probe {ready!r}")


def ignore_patterns(source: Input) -> list[str]:
    """The patterns in the order in which the SDK applies them."""
    return [*read_dockerignore(str(source.context)), *source.ignore]


def files_hash(
    source: Input, origin: Origin, args: list[str], patterns: list[str]
) -> str:
    """The SDK's hash of one copy, as if the patterns were others."""
    follow = origin.step.get("follow_symlinks", False)
    root = str(source.context)
    return calculate_files_hash(args[0], args[1], root, patterns, follow, None)


def selected(source: Input, pattern: str, ignore: bool = True) -> list[str]:
    """The paths that the SDK copies for one source, relative to the context."""
    root = str(source.context)
    patterns = ignore_patterns(source) if ignore else []
    found = get_all_files_in_path(pattern, root, patterns)
    return [os.path.relpath(path, root) for path in found]
