"""The official SDKs behind one face: what the check needs of them, and nothing else."""

from __future__ import annotations

import importlib
import inspect
import json
import os
from collections.abc import Callable
from typing import Any

import docker
import recipe

NAMES = ("e2b", "novita")

REFUSED_BY_PATTERNS = "all of it is ignored"
"""Stands for a hash where the SDK's own patterns leave it nothing to copy."""

_DISTRIBUTIONS = {
    "python": ("from_python_image", "python"),
    "node": ("from_node_image", "node"),
    "bun": ("from_bun_image", "oven/bun"),
    "ubuntu": ("from_ubuntu_image", "ubuntu"),
    "debian": ("from_debian_image", "debian"),
    "fedora": ("from_fedora_image", "fedora"),
    "alpine": ("from_alpine_image", "alpine"),
    "arch": ("from_arch_image", "archlinux"),
}


class _Asked(Exception):
    """The SDK has made its request; it is not sent."""


class Sdk:
    """One SDK, which must be installed where this runs."""

    name: str
    package: str

    def __init__(self) -> None:
        self.api: Any = importlib.import_module(self.package)
        self.utils: Any = importlib.import_module(f"{self.package}.template.utils")
        self.Template: Any = self.api.Template

    def template(self, context: str, ignore: list[str]) -> Any:
        return self.Template(file_context_path=context, file_ignore_patterns=ignore)

    def from_distribution(self, template: Any, base: dict[str, Any]) -> Any | None:
        """The template on an image that the language has a word for, if it is one."""
        for key, (method, image) in _DISTRIBUTIONS.items():
            if key in base:
                if hasattr(template, method):
                    return getattr(template, method)(base[key])
                return template.from_image(f"{image}:{base[key]}")
        return None

    def body(self, builder: Any) -> dict[str, Any]:
        """The body of the SDK's build request."""
        return json.loads(self.Template.to_json(builder))

    def own_step(self, builder: Any) -> dict[str, Any] | None:
        """The step that the SDK appends for itself, if it does."""
        return None

    def paths(self, pattern: str, context: str, patterns: list[str]) -> list[str]:
        """The paths that the SDK takes for a source, absolute."""
        return self.utils.get_all_files_in_path(pattern, context, patterns)

    def selected(
        self, pattern: str, context: str, written: list[str], ignore: bool
    ) -> list[str]:
        """What the language selects for a source, relative to the context."""
        raise NotImplementedError

    def registration(
        self, manifest: dict[str, Any], resources: dict[str, int]
    ) -> dict[str, Any]:
        """The request that registers a template, as the SDK makes it.

        What the SDK sends where nothing is asked for are its own parameters' defaults.
        """
        settings = {
            "name": manifest["name"],
            "tags": manifest.get("tags"),
            "cpu_count": resources.get("cpu"),
            "memory_mb": resources.get("memory"),
            "min_free_disk_mb": resources.get("disk"),
        }
        defaults = inspect.signature(self.Template.build).parameters
        settings = {
            key: defaults[key].default if value is None and key != "name" else value
            for key, value in settings.items()
            if key in defaults
        }
        asked: list[dict[str, Any]] = []

        class Client:
            raise_on_unexpected_status = True

            def get_httpx_client(self) -> Client:
                return self

            def request(self, method: str, url: str, **more: Any) -> None:
                body = more["json"]
                asked.append({"method": method.upper(), "path": url, "body": body})
                raise _Asked

        build = importlib.import_module(f"{self.package}.template_sync.build_api")
        try:
            build.request_build(Client(), **settings)
        except _Asked:
            return asked[0]
        raise RuntimeError("the SDK made no request")


class E2b(Sdk):
    """PyPI `e2b`, which takes every step as `sbx` does."""

    name = "e2b"
    package = "e2b"

    def selected(
        self, pattern: str, context: str, written: list[str], ignore: bool
    ) -> list[str]:
        read = self.utils.read_dockerignore
        patterns = [*read(context), *written] if ignore else []
        found = self.paths(pattern, context, patterns)
        return [os.path.relpath(path, context) for path in found]


class Novita(Sdk):
    """PyPI `novita-sandbox`."""

    name = "novita"
    package = "novita_sandbox.core"

    def __init__(self) -> None:
        super().__init__()
        main: Any = importlib.import_module(f"{self.package}.template.main")
        main.calculate_files_hash = self._survivor(main.calculate_files_hash)

    def body(self, builder: Any) -> dict[str, Any]:
        """Without what the image declares.

        That is read from a registry, and the language keeps it where `inherit` asks
        for it alone.
        """
        builder._template._inherit_image_config = False
        return super().body(builder)

    def own_step(self, builder: Any) -> dict[str, Any] | None:
        step = builder._template._runtime_env_instruction()
        if step is None:
            return None
        args = list(step["args"])
        return {"type": str(step["type"].value), "args": args, "force": step["force"]}

    def selected(
        self, pattern: str, context: str, written: list[str], ignore: bool
    ) -> list[str]:
        patterns = docker.patterns(context, written) if ignore else []
        return recipe.select(pattern, context, patterns)

    def _survivor(self, hash_of: Callable[..., str]) -> Callable[..., str]:
        """The SDK's hash, which does not end the run where its patterns leave nothing.

        What its patterns mean is another language; without them it must find something.
        """

        def survives(
            src: str, dest: str, context: str, patterns: list[str], *more: Any
        ) -> str:
            try:
                return hash_of(src, dest, context, patterns, *more)
            except ValueError as error:
                if not patterns or not str(error).startswith("No files found"):
                    raise
                hash_of(src, dest, context, [], *more)
                return REFUSED_BY_PATTERNS

        return survives


def choose(name: str) -> Sdk:
    """The SDK of that name."""
    return {"e2b": E2b, "novita": Novita}[name]()
