//! Package managers of distributions. apt exits with 100.

use super::super::cause::{Cause, When, log, root, said_at_last};

const APT: &[u32] = &[100];

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "apt-package-unknown",
        about: "apt does not find the package",
        found: "`apt` did not find the package `{it}`",
        help: "correct the name for `{base}` (https://packages.debian.org, https://packages.ubuntu.com); in a `run` step, `apt-get update` must come first, in the same step",
        evidence: "apt 2.6.1 (Debian 12): `E: Unable to locate package libfoo-devv`",
        signs: &[
            log(6, r"^E: Unable to locate package (?P<it>\S+)").exits(APT),
            log(6, "^E: Couldn't find any package by (?:glob|regex) '(?P<it>[^']+)'").exits(APT),
            log(6, "^E: Package '(?P<it>[^']+)' has no installation candidate").exits(APT),
        ],
        when: When::Always,
    },
    Cause {
        name: "apt-version-unknown",
        about: "apt does not find that version of the package",
        found: "`apt` did not find the version `{it}` of the package",
        help: "remove the version, or use one that `apt-cache madison PACKAGE` lists in the image",
        evidence: "apt 2.6.1 (Debian 12): `E: Version '9.9.9' for 'curl' was not found`",
        signs: &[log(6, "^E: Version '(?P<it>[^']+)' for '[^']+' was not found").exits(APT)],
        when: When::Always,
    },
    Cause {
        name: "apt-not-root",
        about: "apt or dpkg runs without root",
        found: "`apt` needs root",
        help: "{as root}; a step with `apt = [\"…\"]` always runs as root",
        evidence: "apt 2.6.1 (Debian 12): `E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)`, `…, are you root?`",
        signs: &[
            log(5, r"^E: Could not open lock file .* \(13: Permission denied\)").exits(APT),
            log(5, r"^E: .*, are you root\?$").exits(APT),
            log(3, "^dpkg: error: requested operation requires superuser privilege").exits(&[2]),
        ],
        when: When::Always,
    },
    Cause {
        name: "apt-release-expired",
        about: "apt rejects an expired package source",
        found: "`apt` rejects a package source because of its date",
        help: "use a newer base image; an archived source needs `-o Acquire::Check-Valid-Until=false`",
        evidence: "the texts of libapt-pkg 6.0 (apt 2.6.1): `Release file for %s is expired (invalid since %s)`, `… is not valid yet (invalid for another %s)`",
        signs: &[log(8, "^E: Release file for .* is (?:expired|not valid yet)").exits(APT)],
        when: When::Always,
    },
    Cause {
        name: "apt-key-missing",
        about: "apt has no key to verify a package source",
        found: "`apt` has no key to verify a package source",
        help: "add the key of the source to `/etc/apt/keyrings`, and name it in the line of the source: `deb [signed-by=/etc/apt/keyrings/NAME.asc] …`",
        evidence: "apt 2.6.1 (Debian 12): `W: GPG error: … NO_PUBKEY 837889B09086682D`, `E: The repository … is not signed.`",
        signs: &[
            root(8, r"NO_PUBKEY [0-9A-F]{8,}").exits(APT),
            log(6, "^E: The repository '[^']+' is not signed").exits(APT),
        ],
        when: When::Always,
    },
    Cause {
        name: "apt-source-gone",
        about: "the package source of an unsupported release no longer exists",
        found: "the package source `{it}` no longer exists",
        help: "use a base image of a supported release, such as Debian 12; old releases are only on archive.debian.org and old-releases.ubuntu.com",
        evidence: "apt 2.6.1 against a server without the release; docker-debian-artifacts issue 245 (Debian 10)",
        signs: &[log(
            8,
            "^E: The repository '(?P<it>[^']+)' (?:does not have|no longer has) a Release file",
        )
        .exits(APT)],
        when: When::Always,
    },
    Cause {
        name: "apt-lists-stale",
        about: "the package index of apt is outdated",
        found: "the package index of `apt` is outdated",
        help: "run `apt-get update` in the same step, before `apt-get install`, and rebuild that step once with `no_cache = true` or `--no-cache`",
        evidence: "the texts of apt 2.6.1: `E: Failed to fetch …  404  Not Found [IP: …]`, `E: Unable to fetch some archives, maybe run apt-get update …`",
        signs: &[
            log(6, r"^E: Failed to fetch \S+\s+404\s+Not Found").exits(APT),
            log(3, "^E: Unable to fetch some archives, maybe run apt-get update").exits(APT),
        ],
        when: When::Always,
    },
    Cause {
        name: "dpkg-dependencies-missing",
        about: "a package was installed without its dependencies",
        found: "`dpkg` could not configure the package `{it}`: its dependencies are missing",
        help: "install the file with `apt-get install -y ./NAME.deb`, which also installs what it depends on; a failure of `dpkg` that a step ignores, as with `|| true`, makes the end of the build fail",
        evidence: "dpkg 1.21.22 (Debian 12): `dpkg: dependency problems prevent configuration of acme:`; E2B's server, `packCertBundleCmd` in phases/finalize/configure.go",
        signs: &[log(
            12,
            "^dpkg: dependency problems prevent configuration of (?P<it>[^ :]+)(?::[a-z0-9]+)?:$",
        )
        .exits(&[1, 100])],
        when: When::Always,
    },
    Cause {
        name: "dpkg-not-configured",
        about: "a step left a package that is not configured",
        found: "a step left a package that `dpkg` cannot configure",
        help: "find the step that ignores a failure of `dpkg` or `apt-get`, as with `|| true`, and let it fail; the platform runs `dpkg --configure -a` at the end of each build",
        evidence: "E2B's server, `packCertBundle` in phases/finalize/configure.go",
        signs: &[
            log(3, "^cert bundle: packages left half-configured: "),
            said_at_last("^error packing CA cert bundle: "),
        ],
        when: When::Always,
    },
    Cause {
        name: "apt-asks",
        about: "apt asks for confirmation",
        found: "`apt` asked for confirmation, which a build cannot give",
        help: "write `apt-get install -y …`, or use a step with `apt = [\"…\"]`",
        evidence: "apt 2.6.1 (Debian 12): `Do you want to continue? [Y/n] Abort.`",
        signs: &[log(2, r"^(?:Do you want to continue\? \[Y/n\] )?Abort\.$").exits(&[1])],
        when: When::Always,
    },
    Cause {
        name: "apk-package-unknown",
        about: "apk does not find the package",
        found: "`apk` did not find the package `{it}`",
        help: "correct the name (https://pkgs.alpinelinux.org): most packages of Alpine have other names than those of Debian",
        evidence: "apk-tools 2.14 (Alpine 3.20): `ERROR: unable to select packages:`, `  NAME (no such package):`",
        signs: &[log(4, r"^(?P<it>\S+) \(no such package\):")],
        when: When::Always,
    },
    Cause {
        name: "dnf-package-unknown",
        about: "dnf or yum does not find the package",
        found: "`dnf` did not find the package `{it}`",
        help: "correct the name (https://packages.fedoraproject.org)",
        evidence: "dnf 4.18: `No match for argument: NAME`, `Error: Unable to find a match: NAME`",
        signs: &[log(3, r"^Error: Unable to find a match: (?P<it>\S+)")],
        when: When::Always,
    },
    Cause {
        name: "apt-missing",
        about: "the image has no apt",
        found: "the image has no `apt`",
        help: "`apt` steps need an image of Debian or Ubuntu; in other images, call the package manager in a `run` step: `apk add …`, `dnf install -y …`",
        evidence: "bash 5.2.15: `bash: line 1: apt-get: command not found`; dash 0.5.12: `sh: 1: apt-get: not found`; BusyBox 1.36: `/bin/sh: apt-get: not found`",
        signs: &[log(
            2,
            r"^(?:/bin/)?(?:ba|a)?sh: (?:line \d+: |\d+: )?apt(?:-get)?: (?:command )?not found$",
        )
        .exits(&[127])],
        when: When::Always,
    },
];
