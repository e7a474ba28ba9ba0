//! Files: messages of coreutils about paths. They are common in logs of successful steps, so they
//! count only at the very end.

use super::super::cause::{Cause, When, log, said_at_last};

const ONE: &[u32] = &[1];

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "not-permitted",
        about: "the user of the step has no permission to write a file",
        found: "the user of the step has no permission to change `{it}`",
        help: "{as root}, or use a directory that the user owns: its home, or one that a `copy` with `owner` created",
        evidence: "GNU coreutils 9.1: `mkdir: cannot create directory ‘/app’: Permission denied`; bash 5.2.15: `bash: line 1: /etc/x: Permission denied`; Python 3.11: `PermissionError: [Errno 13]`",
        signs: &[
            log(1, r"^(?:mkdir|touch|cp|mv|rm|ln|install|tee|rmdir|chmod|tar): .*[‘'](?P<it>[^’']+)[’']: Permission denied$"),
            log(1, r"^tee: (?P<it>\S+): Permission denied$"),
            log(1, r"^chown: changing ownership of [‘'](?P<it>[^’']+)[’']: Operation not permitted$").exits(ONE),
            log(1, r"^(?:/bin/)?bash: line \d+: (?P<it>/[^ :]+): Permission denied$").exits(ONE),
            log(1, r"^PermissionError: \[Errno 13\] Permission denied: '(?P<it>[^']+)'"),
        ],
        when: When::Always,
    },
    Cause {
        name: "path-exists",
        about: "a file or directory to create already exists",
        found: "`{it}` already exists",
        help: "add `force = true` to a `symlink` step; in a command, use `mkdir -p` and `ln -sf`",
        evidence: "GNU coreutils 9.1: `mkdir: cannot create directory ‘/etc’: File exists`, `ln: failed to create symbolic link 'l': File exists`",
        signs: &[log(1, r"^(?:mkdir|ln): (?:cannot create directory|failed to create (?:symbolic|hard) link) [‘'](?P<it>[^’']+)[’']: File exists$").exits(ONE)],
        when: When::Always,
    },
    Cause {
        name: "path-missing",
        about: "a file or directory does not exist",
        found: "`{it}` does not exist",
        help: "copy or create it in an earlier step, and write its path relative to the step's working directory (`workdir`); files that an earlier step left in `/tmp` are missing after a cached layer",
        evidence: "GNU coreutils 9.1: `mv: cannot stat 'nope': No such file or directory`, `rm: cannot remove 'nope': …`; bash 5.2.15: `cd: /nope: …`; tar 1.34: `tar (child): nope.tgz: Cannot open: …`",
        signs: &[
            log(1, r"^(?:mv|cp|chmod|ls|cat|stat|head|tail|install|chown|rm|touch|mkdir|sed|ln): .*[‘'](?P<it>[^’']+)[’']: No such file or directory$").exits(&[1, 2]),
            log(1, r"^(?:cat|sed|grep|head|tail): (?:can't read )?(?P<it>[^ :]+): No such file or directory$").exits(&[1, 2]),
            log(1, r"^(?:/bin/)?bash: line \d+: (?:cd: )?(?P<it>[^ :]+): No such file or directory$").exits(&[1, 127]),
            log(4, r"^tar \(child\): (?P<it>[^ :]+): Cannot open: No such file or directory$").exits(&[2]),
        ],
        when: When::Always,
    },
    Cause {
        name: "archive-broken",
        about: "a downloaded file is not an archive",
        found: "the file to unpack is not an archive",
        help: "check the downloaded file: it is most likely an error page. `curl -fL` fails instead of saving that",
        evidence: "gzip 1.12 and tar 1.34: `gzip: stdin: not in gzip format`; unzip 6.00: `End-of-central-directory signature not found`",
        signs: &[
            log(4, "^gzip: stdin: not in gzip format$").exits(&[2]),
            log(8, "^  ?End-of-central-directory signature not found|^End-of-central-directory signature not found").exits(&[9]),
        ],
        when: When::Always,
    },
    Cause {
        name: "user-exists",
        about: "a user or group to create already exists",
        found: "the user or group `{it}` already exists",
        help: "remove the command, or run it only if necessary: `id -u {it} || useradd …`; a `user` step creates the user only if it is missing",
        evidence: "shadow 4.13: `useradd: user 'root' already exists`, exit status 9",
        signs: &[log(2, "^(?:user|group)add: (?:user|group) '(?P<it>[^']+)' already exists$").exits(&[9])],
        when: When::Always,
    },
    Cause {
        name: "owner-unknown",
        about: "a file is assigned to a user or group that does not exist",
        found: "the user or group `{it}` does not exist",
        help: "create it in an earlier step: a step with `user = \"NAME\"` creates a user",
        evidence: "GNU coreutils 9.1: `chown: invalid user: ‘nosuch’`, `chown: invalid group: ‘root:nosuch’`",
        signs: &[log(1, r"^(?:chown|chgrp|install): invalid (?:user|group):? [‘'](?P<it>[^’']+)[’']$").exits(ONE)],
        when: When::Always,
    },
    Cause {
        name: "copy-failed",
        about: "copied files cannot be moved to their target",
        found: "the copied files could not be moved to their target",
        help: "the target of a single file must not be a directory, unless it ends in `/`; the target of a directory must not be a file",
        evidence: "E2B's server, `Copy.Execute` in commands/copy.go and copy_script.sh",
        signs: &[said_at_last("^failed to move files in sandbox: ")],
        when: When::Always,
    },
];
