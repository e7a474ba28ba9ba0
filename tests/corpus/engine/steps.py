"""What the platform's builder does with one step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import copying
import shell
from container import Container, EngineError
from shell import Context, Finished


UNREACHABLE = re.compile(
    r"Connection refused|Could not resolve host|Failed to connect|ECONNREFUSED|ENOTFOUND"
    r"|Temporary failure in name resolution|Could not connect to|error sending request",
)
"""How clients complain about hosts that a build may not reach."""


@dataclass
class Builder:
    """The container in which the steps of one template run, and the archives of its copies."""

    container: Container
    archives: Mapping[str, bytes]
    """By `filesHash`."""
    limits: shell.Limits
    is_cut_off: bool = False
    """Whether a command has missed a host that the builds may not reach, even if it succeeded."""

    def step(self, step: Mapping[str, Any], context: Context) -> Context | Finished:
        """The context after a step, or how it failed."""
        arguments = step["args"]
        match step["type"]:
            case "ENV" | "ARG":
                return self._env(arguments, context)
            case "WORKDIR":
                return self._workdir(arguments[0], context)
            case "USER":
                return self.user(arguments, context)
            case "COPY" | "ADD":
                return self._copy(step, context)
            case "RUN":
                return self._run(arguments, context)
            case other:
                return Finished(None, "", f"unknown step {other}")

    def _root(self, command: str, env: Mapping[str, str] | None = None) -> Finished:
        return shell.run(self.container, command, Context("root", None, dict(env or {})), self.limits)

    def _env(self, arguments: list[str], context: Context) -> Context | Finished:
        """Root's login shell expands values, and knows no variable of the template."""
        env = dict(context.env)
        for name, value in zip(arguments[::2], arguments[1::2], strict=True):
            escaped = re.sub(r'[\\"`]|\$\(', lambda found: "\\" + found[0], value)
            done = self._root(f'printf %s "{escaped}"')
            if not done.succeeded:
                return done
            env[name] = done.output
        return replace(context, env=env)

    def _workdir(self, path: str, context: Context) -> Context | Finished:
        """A new directory and its new parents are the user's; an existing one is left alone."""
        if not path.startswith("/"):
            path = f"{context.workdir or '/'}/{path}"
        owner = f"{context.user}:{context.user}"
        done = self._root(
            f'd="{path}"; [ -d "$d" ] && exit 0; n=$d\n'
            'while p=$(dirname "$n"); [ ! -d "$p" ]; do n=$p; done\n'
            f'mkdir -p "$d" && chown -R {owner} "$n"',
            context.env,
        )
        if not done.succeeded:
            return done
        done = self._root(f'cd "{path}" && pwd')
        return replace(context, workdir=done.output.strip()) if done.succeeded else done

    def user(self, arguments: list[str], context: Context) -> Context | Finished:
        """A missing user is created; with `true` as second argument one without password may use
        `sudo`."""
        name = arguments[0]
        script = f"id -u {name} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash {name}"
        if arguments[1:] == ["true"]:
            rule = f"{name} ALL=(ALL:ALL) NOPASSWD: ALL"
            script = (
                f"set -e\n{script}\nusermod -aG sudo {name}\npasswd -d {name}\n"
                f"grep -q '^{rule}' /etc/sudoers || echo '{rule}' >> /etc/sudoers"
            )
        done = self._root(script, context.env)
        if not done.succeeded:
            return done
        return replace(context, user=self._root(f'printf %s "{name}"').output)

    def _copy(self, step: Mapping[str, Any], context: Context) -> Context | Finished:
        arguments = [*step["args"], "", "", ""]
        archive = self.archives[step["filesHash"]]
        try:
            folder = copying.unpack(self.container, archive)
        except EngineError as error:
            return Finished(None, str(error), "the archive could not be unpacked")
        script = copying.script(folder, arguments, context)
        done = shell.run(self.container, script, replace(context, user="root"), self.limits)
        return context if done.succeeded else done

    def _run(self, arguments: list[str], context: Context) -> Context | Finished:
        own = replace(context, user=arguments[1]) if len(arguments) > 1 else context
        done = shell.run(self.container, arguments[0], own, self.limits)
        self.is_cut_off = self.is_cut_off or bool(UNREACHABLE.search(done.output))
        return context if done.succeeded else done
