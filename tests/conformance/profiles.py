"""Profiles, merged a second time: by the rules of docs/profiles.md, and not by those of `sbx`."""

from __future__ import annotations

import random
from typing import Any

Manifest = dict[str, Any]

VARIABLE = "SBX_PROFILE"

# The name of the profile of a generated manifest.
DRAWN = "drawn"

MERGED = ("resources", "env", "build_env")

# The keys that a profile replaces, with what generated manifests have in their place; `None` is
# nothing.
REPLACED: dict[str, Any] = {
    "name": "other",
    "tags": ["other"],
    "ignore": ["other"],
    "user": None,
    "workdir": "/other",
    "start": "other",
    "ready": None,
}


def merged(manifest: Manifest, name: str) -> Manifest:
    """The manifest in a profile."""
    result = {key: value for key, value in manifest.items() if key != "profiles"}
    for key, value in manifest["profiles"][name].items():
        if key in MERGED:
            value = result.get(key, {}) | value
        result[key] = value
    return result


def split(rng: random.Random, manifest: Manifest) -> Manifest:
    """A manifest with a profile in which it is the given one."""
    base, own = dict(manifest), {}
    for key, other in REPLACED.items():
        # `sudo` is beside the user, and a profile cannot have it.
        is_free = key != "user" or "sudo" not in manifest
        if key in manifest and is_free and rng.random() < 0.5:
            own[key] = base.pop(key)
            if other is not None and (key == "name" or rng.random() < 0.5):
                base[key] = other
    for key in MERGED:
        if key not in manifest or rng.random() < 0.5:
            continue
        names = [name for name in manifest[key] if rng.random() < 0.5]
        if not names:
            continue
        own[key] = {name: manifest[key][name] for name in names}
        base[key] = {
            name: "other" if name in names and key != "resources" else value
            for name, value in manifest[key].items()
            if name not in names or (key != "resources" and rng.random() < 0.5)
        }
        if not base[key]:
            del base[key]
    return base | {"profiles": {DRAWN: own}}
