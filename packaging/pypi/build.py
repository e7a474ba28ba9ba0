"""Packs the wheel `sandbox-toml` around a program that is already built.

    build.py BINARY TARGET OUT

maturin would compile the program a second time: the wheel would have other bytes than the archives
and the image, and the attestation of one would say nothing about the other. `wheel pack` writes the
list of files and their hashes.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# The program of Linux is static, so it needs neither glibc nor musl of the machine.
TAGS = {
    "x86_64-unknown-linux-musl": ["manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64"],
    "aarch64-unknown-linux-musl": ["manylinux2014_aarch64", "manylinux_2_17_aarch64", "musllinux_1_1_aarch64"],
    "x86_64-apple-darwin": ["macosx_10_12_x86_64"],
    "aarch64-apple-darwin": ["macosx_11_0_arm64"],
}


def metadata(package: dict, readme: str) -> str:
    """The core metadata: everything but the text about Python comes from Cargo.toml."""
    lines = [
        "Metadata-Version: 2.4",
        "Name: sandbox-toml",
        f"Version: {package['version']}",
        f"Summary: {package['description']}",
        f"Keywords: {','.join(package['keywords'])}",
        f"License-Expression: {package['license']}",
        "License-File: LICENSE-APACHE",
        "License-File: LICENSE-MIT",
        "Requires-Python: >=3.8",
        f"Project-URL: Repository, {package['repository']}",
        f"Project-URL: Changelog, {package['repository']}/blob/main/CHANGELOG.md",
        "Classifier: Environment :: Console",
        "Classifier: Programming Language :: Rust",
        "Classifier: Topic :: Software Development :: Build Tools",
        "Description-Content-Type: text/markdown",
        "",
        readme,
    ]
    return "\n".join(lines)


def main(binary: str, target: str, out: str) -> None:
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    readme = (ROOT / "packaging/pypi/README.md").read_text()
    name = f"sandbox_toml-{package['version']}"
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory, name)
        scripts = tree / f"{name}.data/scripts"
        info = tree / f"{name}.dist-info"
        scripts.mkdir(parents=True)
        (info / "licenses").mkdir(parents=True)
        shutil.copyfile(binary, scripts / "sbx")
        (scripts / "sbx").chmod(0o755)
        (info / "METADATA").write_text(metadata(package, readme))
        tags = "".join(f"Tag: py3-none-{tag}\n" for tag in TAGS[target])
        (info / "WHEEL").write_text(
            f"Wheel-Version: 1.0\nGenerator: sandbox-toml\nRoot-Is-Purelib: false\n{tags}"
        )
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"]:
            shutil.copyfile(ROOT / licence, info / "licenses" / licence)
        command = [sys.executable, "-m", "wheel", "pack", "--dest-dir", out, str(tree)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(*sys.argv[1:])
