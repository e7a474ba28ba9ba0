//! The shell and the loader: commands that do not exist or cannot be executed.

use super::super::cause::{Cause, When, log};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "sudo-missing",
        about: "the image has no sudo",
        found: "the image has no `sudo`",
        help: "remove `sudo`, and {as root}",
        evidence: "bash 5.2.15: `bash: line 1: sudo: command not found`; dash 0.5.12: `sh: 1: sudo: not found`",
        signs: &[log(2, r"(?:^|: )sudo: (?:command )?not found$").exits(&[127])],
        when: When::Always,
    },
    Cause {
        name: "sudo-password",
        about: "sudo asks for a password",
        found: "`sudo` asked for a password, which a build cannot enter",
        help: "remove `sudo`, and {as root}",
        evidence: "sudo 1.9.13: `sudo: a terminal is required to read the password`, `sudo: a password is required`",
        signs: &[log(2, "^sudo: a (?:terminal|password) is required").exits(&[1])],
        when: When::Always,
    },
    Cause {
        name: "line-endings",
        about: "a script has Windows line endings",
        found: "a script has Windows line endings",
        help: "save it with LF line endings, and add `*.sh text eol=lf` to `.gitattributes`",
        evidence: r"env of GNU coreutils 9.1: `/usr/bin/env: ‘python3\r’: No such file or directory`; bash 5.2.15: `$'\r': command not found`",
        signs: &[
            log(3, r"^/usr/bin/env: [‘'].*\\r[’']: No such file or directory"),
            log(3, r"\$'\\r': command not found$"),
            log(3, r"/bin/(?:ba)?sh\^M: bad interpreter"),
        ],
        when: When::Always,
    },
    Cause {
        name: "wrong-architecture",
        about: "a program is built for another architecture",
        found: "`{it}` is built for another architecture",
        help: "use the build for linux/amd64 (x86_64)",
        evidence: "bash 5.2.15: `bash: line 1: ./bin: cannot execute binary file: Exec format error`",
        signs: &[
            log(2, r"(?P<it>[^ :]+): cannot execute binary file: Exec format error$"),
            log(2, r"(?:^|[ ])(?P<it>[^ :]+): Exec format error$"),
        ],
        when: When::Always,
    },
    Cause {
        name: "glibc-too-old",
        about: "a program needs a newer C library than the image has",
        found: "a program needs {it}, but the C library of the image is older",
        help: "use a newer base image, `from = { debian = \"13\" }` or a tag that ends in `-trixie`, or an older release of the program",
        evidence: "glibc 2.36 (Debian 12): `libc.so.6: version `GLIBC_2.94' not found (required by ./ls94)`",
        signs: &[log(4, r"version `(?P<it>GLIBC(?:XX)?_[\d.]+)' not found")],
        when: When::Always,
    },
    Cause {
        name: "library-missing",
        about: "a shared library is not installed",
        found: "the shared library `{it}` is not installed",
        help: "install the package that contains it: https://packages.debian.org finds packages by their files",
        evidence: "glibc 2.36: `error while loading shared libraries: libnss3.so: cannot open shared object file: No such file or directory`; Python 3.11: `ImportError: libGL.so.1: cannot open shared object file: …`",
        signs: &[log(
            2,
            r"(?:error while loading shared libraries|ImportError): (?P<it>\S+): cannot open shared object file",
        )],
        when: When::Always,
    },
    Cause {
        name: "interpreter-missing",
        about: "the interpreter or loader of a program does not exist",
        found: "`{it}` needs an interpreter or a loader that the image does not have",
        help: "check the first line (`#!`) of the script: its program must exist in the image, and the line must not end with CR; a program for glibc does not run on Alpine",
        evidence: "bash 5.2.15: `bash: line 1: ./s.sh: cannot execute: required file not found`",
        signs: &[log(2, r"(?:^|: )(?P<it>[^ :]+): cannot execute: required file not found$")],
        when: When::Always,
    },
    Cause {
        name: "not-executable",
        about: "a script is not executable",
        found: "`{it}` is not executable",
        help: "add `mode = 0o755` to its copy, or run it with its interpreter: `bash {it}`",
        evidence: "bash 5.2.15: `bash: line 1: ./setup.sh: Permission denied`, exit status 126",
        signs: &[log(1, r"^(?:/bin/)?bash: line \d+: (?P<it>[^ :]*/[^ :]+): Permission denied$")
            .exits(&[126])],
        when: When::Always,
    },
    Cause {
        name: "command-unknown",
        about: "a command is not installed, or not in `PATH`",
        found: "the command `{it}` was not found",
        help: "install it in an earlier step, or use its absolute path: neither `env` nor `.bashrc` changes the `PATH` of a step",
        evidence: "bash 5.2.15: `bash: line 1: foobarx: command not found`, exit status 127; dash 0.5.12: `sh: 1: foobarx: not found`; env of GNU coreutils 9.1",
        signs: &[
            log(3, r"^(?:/bin/)?[\w./-]*sh: line \d+: (?P<it>[^ :]+): command not found$")
                .exits(&[127]),
            log(6, r"^(?:/bin/)?sh: \d+: (?P<it>[^ :/]+): not found$").exits(&[127]),
            log(2, r"^/bin/sh: (?P<it>[^ :/]+): not found$").exits(&[127]),
            log(2, r"^(?:/usr/bin/)?env: [‘'](?P<it>[^’'\\]+)[’']: No such file or directory$")
                .exits(&[127]),
        ],
        when: When::Always,
    },
    Cause {
        name: "shell-syntax",
        about: "a command has a syntax error",
        found: "the command has a syntax error",
        help: "close every quote, `if` and `do`; in TOML, write a command of several lines in `'''…'''`, which keeps backslashes",
        evidence: "bash 5.2.15: `bash: -c: line 2: syntax error: unexpected end of file`",
        signs: &[log(3, r"^(?:/bin/)?bash: -c: line \d+: (?:syntax error|unexpected EOF)")
            .exits(&[1, 2])],
        when: When::Always,
    },
    Cause {
        name: "make-target-unknown",
        about: "make finds no makefile or not the target",
        found: "`make` did not find a makefile, or not the target in it",
        help: "copy the project before this step to its working directory (`workdir`)",
        evidence: "GNU make 4.3: `make: *** No rule to make target 'build'.  Stop.`, `make: *** No targets specified and no makefile found.  Stop.`",
        signs: &[log(
            1,
            r"^make: \*\*\* No (?:rule to make target|targets specified and no makefile)",
        )
        .exits(&[2])],
        when: When::Always,
    },
];
