# To be sourced: how the checks and the benchmarks install what they need, each in its own version.
# What is installed is whole or absent, since the copy of the list is written last; when the list
# has not changed, nothing is asked of the network. Two scripts that run at the same time take turns.

# Waits until no other script installs anything. It holds for the subshell that it is called in.
take_turn() {
    ! command -v flock >/dev/null || flock 9
}

# Packages from PyPI: python_packages VENV REQUIREMENTS [OPTION OF PIP]…
python_packages() (
    take_turn
    local venv=$1 list=$2
    shift 2
    cmp -s "$list" "$venv/requirements.txt" && return
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" --requirement "$list"
    cp "$list" "$venv/requirements.txt"
) 9>>"${TMPDIR:-/tmp}/sbx-installing"

# Packages from npm, as a lock file has them or else as package.json does. The directory is removed
# with all that is in it when the list has changed: node_packages DIRECTORY DIRECTORY-OF-PACKAGE.JSON
node_packages() (
    take_turn
    local into=$1 from=$2 list=package.json
    [ ! -e "$from/package-lock.json" ] || list=package-lock.json
    cmp -s "$from/$list" "$into/installed.json" && return
    rm -rf "$into"
    mkdir -p "$into"
    cp "$from/package.json" "$into/"
    if [ $list = package-lock.json ]; then
        cp "$from/$list" "$into/"
        npm --prefix "$into" ci --silent --ignore-scripts --no-audit --no-fund
    else
        npm --prefix "$into" install --silent --ignore-scripts --no-audit --no-fund --no-package-lock
    fi
    cp "$from/$list" "$into/installed.json"
) 9>>"${TMPDIR:-/tmp}/sbx-installing"

# Packages from npm, in the node_modules of the project that needs them: node_project DIRECTORY
node_project() (
    take_turn
    ! cmp -s "$1/package-lock.json" "$1/node_modules/installed.json" || return 0
    npm --prefix "$1" ci --silent --ignore-scripts --no-audit --no-fund
    cp "$1/package-lock.json" "$1/node_modules/installed.json"
) 9>>"${TMPDIR:-/tmp}/sbx-installing"

# Debian's packages, those of which the command of the same name is missing: debian_packages NAME…
debian_packages() (
    take_turn
    local name missing=()
    for name in "$@"; do
        command -v "$name" >/dev/null || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" \
        >/dev/null 9>&-
) 9>>"${TMPDIR:-/tmp}/sbx-installing"

# Packages of another suite of Debian, unpacked into a directory and not installed. Nothing that
# they depend on comes with them: unpacked_packages INTO SUITE NAME…
unpacked_packages() {
    local into=$1 suite=$2 archive
    shift 2
    [ ! -e "$into/unpacked" ] || return 0
    rm -rf "$into"
    mkdir -p "$into/apt/lists/partial" "$into/apt/archives/partial"
    touch "$into/apt/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "http://deb.debian.org/debian $suite main" >"$into/apt/sources.list"
    cat >"$into/apt/apt.conf" <<-END
		Dir::Etc::SourceList "$into/apt/sources.list";
		Dir::Etc::SourceParts "-";
		Dir::State::Lists "$into/apt/lists";
		Dir::State::Status "$into/apt/status";
		Dir::Cache "$into/apt";
		Acquire::Languages "none";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		APT::Sandbox::User "root";
	END
    (
        cd "$into/apt/archives"
        export APT_CONFIG="$into/apt/apt.conf"
        apt-get update -q >/dev/null
        apt-get download -q "$@" >/dev/null
    )
    for archive in "$into"/apt/archives/*.deb; do
        dpkg -x "$archive" "$into"
    done
    rm -r "$into/apt"
    touch "$into/unpacked"
}
