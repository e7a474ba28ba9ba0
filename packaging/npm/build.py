"""Packs the npm packages around a program that is already built.

    build.py main OUT             `sandbox-toml`, which has a launcher alone
    build.py BINARY TARGET OUT    the package of a platform, such as `@sandbox-toml/linux-x64`

The packages of platforms are in a scope, where only its owner can publish.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "packaging/npm"

PLATFORMS = {
    "x86_64-unknown-linux-musl": ("linux", "x64"),
    "aarch64-unknown-linux-musl": ("linux", "arm64"),
    "x86_64-apple-darwin": ("darwin", "x64"),
    "aarch64-apple-darwin": ("darwin", "arm64"),
}


def common(package: dict) -> dict:
    return {
        "version": package["version"],
        "license": f"({package['license']})",
        "repository": {"type": "git", "url": f"git+{package['repository']}.git"},
    }


def launcher(package: dict, tree: Path) -> dict:
    shutil.copyfile(HERE / "sbx.js", tree / "sbx.js")
    shutil.copyfile(HERE / "README.md", tree / "README.md")
    platforms = [f"@sandbox-toml/{system}-{cpu}" for system, cpu in PLATFORMS.values()]
    return {
        "name": "sandbox-toml",
        **common(package),
        "description": package["description"],
        "keywords": package["keywords"],
        # `npx sandbox-toml` runs the command that is called as the package is.
        "bin": {"sandbox-toml": "sbx.js", "sbx": "sbx.js"},
        "engines": {"node": ">=18"},
        "optionalDependencies": {name: package["version"] for name in platforms},
    }


def platform(package: dict, tree: Path, binary: str, target: str) -> dict:
    system, cpu = PLATFORMS[target]
    shutil.copyfile(binary, tree / "sbx")
    (tree / "sbx").chmod(0o755)
    (tree / "README.md").write_text(
        f"# sbx for {system} on {cpu}\n\nInstall the package `sandbox-toml`, which depends on this one.\n"
    )
    return {
        "name": f"@sandbox-toml/{system}-{cpu}",
        **common(package),
        "description": f"The program sbx for {system} on {cpu}",
        "os": [system],
        "cpu": [cpu],
        # A file within an archive, as Yarn keeps packages, cannot be run.
        "preferUnplugged": True,
    }


def main(arguments: list[str]) -> None:
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    out = Path(arguments[-1]).resolve()
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory)
        if arguments[0] == "main":
            content = launcher(package, tree)
        else:
            content = platform(package, tree, *arguments[:2])
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"]:
            shutil.copyfile(ROOT / licence, tree / licence)
        (tree / "package.json").write_text(json.dumps(content, indent=2) + "\n")
        command = ["npm", "pack", "--silent", "--pack-destination", str(out)]
        subprocess.run(command, cwd=tree, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(sys.argv[1:])
