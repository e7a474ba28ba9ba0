"""Stand-ins for images, built on this machine from Debian's packages, npm and what is installed
here: no image can be pulled."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

from container import ENGINE, Container, image_exists
from recipes import RECIPES, Recipe

MIRROR = "http://deb.debian.org/debian"
CERTIFICATES = Path("/usr/local/share/ca-certificates")
"""Authorities that this machine trusts beside the usual ones: a registry may be behind a proxy."""

PATH = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_SUITES = {"debian-12": "bookworm", "debian-13": "trixie"}

_CONFIGURATION = {
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
    # The clock of this machine may be wrong.
    "etc/apt/apt.conf.d/99clock": (
        'Acquire::Check-Valid-Until "false";\nAcquire::Check-Date "false";\n'
    ),
}
"""What Debian's images set for `dpkg` and `apt`, and an addition."""

_PACKAGES = """
apt-get -q update
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $1
rm -rf /var/lib/apt/lists/*
"""


class NoStandIn(Exception):
    """There is no stand-in for an image."""


def recipe_of(reference: str) -> str:
    """The name of the recipe for an image reference."""
    plain = reference.removeprefix("docker.io/").removeprefix("library/").split("@")[0]
    repository, _, tag = plain.partition(":")
    slim = "-slim" if "slim" in tag else ""
    match repository:
        case "debian":
            is_new = tag in ("", "latest", "stable") or tag.startswith(("13", "trixie"))
            return "debian-13" if is_new else "debian-12"
        case "ubuntu":
            is_new = tag in ("", "latest") or tag.startswith(("24", "25", "noble"))
            return "ubuntu-24.04" if is_new else "ubuntu-22.04"
        case "python" | "node" | "rust" | "golang" | "ruby" | "php" | "perl" if "alpine" in tag:
            raise NoStandIn(f"{reference} is Alpine")
        case "python":
            if not slim:
                return "python-3.12"
            version = next((v for v in ("3.13", "3.11") if tag.startswith(v)), "3.12")
            return f"python-{version}-slim"
        case "node" | "rust":
            return repository + slim
        case "oven/bun":
            return "bun"
        case "golang" | "ruby" | "php" | "perl":
            return repository
        case "eclipse-temurin":
            return "temurin"
        case "e2bdev/code-interpreter":
            return "code-interpreter"
        case "sbx-test/declares":
            return "declares"
        case "buildpack-deps":
            return next((name for name in ("curl", "scm") if name in tag), "buildpack")
        case _:
            raise NoStandIn(f"there is no stand-in for {reference}")


def build(reference: str) -> str:
    """The stand-in for an image reference, built if the engine does not hold it."""
    return _build(recipe_of(reference))


def _build(name: str) -> str:
    if name in _SUITES:
        return _debian(name)
    recipe = RECIPES[name]
    base = _build(recipe.base)
    key = hashlib.sha256(f"{base}{recipe}".encode()).hexdigest()[:12]
    image = f"sbx-stand-in:{name}-{key}"
    if not image_exists(image):
        _make(recipe, base, image)
    return image


def _make(recipe: Recipe, base: str, image: str) -> None:
    with Container(base, "host") as container:
        if recipe.packages:
            container.root(_PACKAGES, recipe.packages)
        for package, target in recipe.npm:
            _put_npm(container, package, target)
        for source, target, options in recipe.copies:
            container.put(source, target, *options)
        if recipe.script:
            container.root(recipe.script)
        container.commit(image, *(recipe.config or ("CMD [\"bash\"]",)))


def _put_npm(container: Container, package: str, target: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(
            ["npm", "pack", "--silent", package], cwd=folder, capture_output=True, check=True
        )
        archive = Path(folder) / packed.stdout.decode().strip().splitlines()[-1]
        with tarfile.open(archive) as archived:
            archived.extractall(folder, filter="data")
        container.put(Path(folder) / "package", target)


def _debian(name: str) -> str:
    suite = _SUITES[name]
    image = f"sbx-stand-in:{name}"
    if image_exists(image):
        return image
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["debootstrap", "--variant=minbase", suite, folder, MIRROR],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        root = Path(folder)
        own = root / "usr/local/share/ca-certificates"
        own.mkdir(parents=True, exist_ok=True)
        for certificate in CERTIFICATES.glob("*.crt"):
            (own / certificate.name).write_bytes(certificate.read_bytes())
        for path, text in _CONFIGURATION.items():
            (root / path).write_text(text)
        for path in ("var/lib/apt/lists", "var/cache/apt/archives"):
            for file in (root / path).glob("*"):
                if file.is_file():
                    file.unlink()
        packed = subprocess.Popen(["tar", "-C", folder, "-cf", "-", "."], stdout=subprocess.PIPE)
        subprocess.run(
            [ENGINE, "import", "--change", PATH, "--change", 'CMD ["bash"]', "-", image],
            stdin=packed.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        packed.wait()
    return image
