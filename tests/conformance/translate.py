"""A parsed manifest as calls of the SDK: an independent reading of the language."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import variables
from sdk import Sdk

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
    own_step: dict[str, Any] | None
    registration: dict[str, Any]
    paths: dict[int, list[str]] = field(default_factory=dict)
    """The paths of each copy, by its number, where the SDK's are not the last word."""


@dataclass(frozen=True)
class Input:
    """A manifest and all that it depends on."""

    path: Path
    manifest: dict[str, Any]
    environment: dict[str, str]
    sdk: Sdk

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
    """What `Template.to_json` says of the same template, and its registration.

    Whatever the SDK refuses is raised as the SDK raises it.
    """
    translator = _Translator(source)
    translator.translate()
    return Translation(
        body=source.sdk.body(translator.builder),
        origins=translator.origins,
        patterns=ignore_patterns(source),
        own_step=source.sdk.own_step(translator.builder),
        registration=source.sdk.registration(source.manifest, resources(source)),
    )


def resources(source: Input) -> dict[str, int]:
    """The resources that the manifest asks for, sizes in MiB."""
    table = source.manifest.get("resources", {})
    return {name: _mebibytes(value) for name, value in table.items()}


def _mebibytes(value: int | str) -> int:
    if isinstance(value, int):
        return value
    number, unit = re.fullmatch(r"(\d+) *(MiB|GiB)", value).groups()
    return int(number) * {"MiB": 1, "GiB": 1024}[unit]


def arguments(source: Input, step: dict[str, Any], action: str) -> list[str]:
    """The arguments of the one instruction that the SDK makes of a step."""
    translator = _Translator(source)
    getattr(translator, f"_{action}")(step)
    return list(translator.builder._template._instructions[-1]["args"])


def start_and_ready(source: Input, manifest: dict[str, Any]) -> Any:
    """The start and the ready command that the SDK makes of a manifest's keys."""
    translator = _Translator(source)
    translator._finish(manifest)
    template = translator.builder._template
    return template._start_cmd, template._ready_cmd


def many(value: str | list[str]) -> list[str]:
    """What the language takes as one or many, as many."""
    return [value] if isinstance(value, str) else value


WORDS = {
    "copy": ("to", "owner"),
    "write": ("write", "owner"),
    "apt": ("apt",),
    "pip": ("pip",),
    "npm": ("npm",),
    "bun": ("bun",),
    "git": ("to", "branch"),
    "mkdir": ("mkdir",),
    "remove": ("remove",),
    "rename": ("rename", "to"),
    "symlink": ("symlink", "target"),
    "workdir": ("workdir",),
}
"""The keys whose words take references to variables, beside `user`."""


def substituted(
    step: dict[str, Any], action: str, scope: variables.Scope
) -> dict[str, Any]:
    """The step with values in place of the references in its words."""
    keys = (*WORDS.get(action, ()), "user")
    return {
        key: _with_values(value, scope) if key in keys else value
        for key, value in step.items()
    }


def _with_values(value: Any, scope: variables.Scope) -> Any:
    match value:
        case list():
            return [_with_values(word, scope) for word in value]
        case str():
            return variables.substituted(value, scope)
    return value


class _Translator:
    def __init__(self, source: Input) -> None:
        self.source = source
        self.scope: variables.Scope = {}
        self.origins: list[Origin] = []
        template = source.sdk.template(str(source.context), list(source.ignore))
        self.builder: Any = self._from(template, source.manifest["from"])

    def translate(self) -> None:
        """The language's order: build_env, env, user, workdir, then the steps."""
        manifest = self.source.manifest
        for key in ("build_env", "env", "user", "workdir"):
            if key in manifest:
                table = {key: manifest[key]}
                if key == "user" and "sudo" in manifest:
                    table["sudo"] = manifest["sudo"]
                self._step(table, "env" if key == "build_env" else key)
        for step in manifest.get("steps", []):
            if step.get("no_cache"):
                self.builder.skip_cache()
            self._step(step, _action(step))
        if "novita" in manifest:
            self.builder.set_patch_cmd(manifest["novita"]["pre_boot"])
        self._finish(manifest)

    def _from(self, template: Any, base: str | dict[str, Any]) -> Any:
        base = {"image": base} if isinstance(base, str) else base
        known = self.source.sdk.from_distribution(template, base)
        if known is not None:
            return known
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
            case "oci":
                return template.from_oci_registry(
                    image,
                    tenancy_ocid=auth["tenancy"],
                    user_ocid=auth["user"],
                    fingerprint=auth["fingerprint"],
                    private_key=secret(auth["private_key"]),
                    region=auth["region"],
                )
            case "huawei":
                return template.from_huawei_cloud_registry(
                    image,
                    access_key_id=secret(auth["access_key_id"]),
                    secret_access_key=secret(auth["secret_access_key"]),
                    region=auth["region"],
                )
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
        if action == "env":
            # A circle or a form that is not supported is refused elsewhere.
            with suppress(ValueError):
                self.scope |= variables.resolve(env_table(step), self.scope)
        step = substituted(step, action, self.scope)
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

    def _write(self, step: dict[str, Any]) -> None:
        """No SDK has it: `differences.py` states the command."""
        self.builder.run_cmd(f"write {step['write']}", user="root")

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
        ready = _probe(self.source.sdk.api, manifest["ready"]) if "ready" in manifest else None
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
        *("run", "copy", "write", "apt", "pip", "npm", "bun", "git", "mkdir"),
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


def _probe(api: Any, ready: str | dict[str, Any]) -> Any:
    match ready:
        case str():
            return ready
        case {"cmd": command}:
            return command
        case {"port": port}:
            return api.wait_for_port(port)
        case {"url": url}:
            return api.wait_for_url(url, ready.get("status", 200))
        case {"process": name}:
            return api.wait_for_process(name)
        case {"file": path}:
            return api.wait_for_file(path)
        case {"wait": duration}:
            number = duration.rstrip("ms")
            unit = duration.removeprefix(number)
            return api.wait_for_timeout(int(number) * _MILLISECONDS[unit])
    raise NotTranslated(f"probe {ready!r}")


def ignore_patterns(source: Input) -> list[str]:
    """The file's patterns and the manifest's, as the SDK reads them."""
    file = source.sdk.utils.read_dockerignore(str(source.context))
    return [*file, *source.ignore]


def files_hash(
    source: Input, origin: Origin, args: list[str], patterns: list[str]
) -> str:
    """The SDK's hash of one copy, as if the patterns were others."""
    follow = origin.step.get("follow_symlinks", False)
    root = str(source.context)
    calculate = source.sdk.utils.calculate_files_hash
    return calculate(args[0], args[1], root, patterns, follow, None)


def selected(source: Input, pattern: str, ignore: bool = True) -> list[str]:
    """The paths that are copied for one source, relative to the context."""
    root = str(source.context)
    return source.sdk.selected(pattern, root, list(source.ignore), ignore)
