//! Files: what coreutils say of paths. Their words are common in logs of steps that went well, so
//! they count only at the very end.

use super::super::cause::{Cause, When, log, said_at_last};

const ONE: &[u32] = &[1];

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "not-permitted",
        about: "the step's user may not write there",
        found: "the step's user may not change `{it}`",
        help: "{as root}, or choose a directory that the user owns: its home, or one that a `copy` with `owner` made",
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
        about: "something is to be made where something is already",
        found: "`{it}` is there already",
        help: "add `force = true` to a `symlink` step; in a command, use `mkdir -p` and `ln -sf`",
        evidence: "GNU coreutils 9.1: `mkdir: cannot create directory ‘/etc’: File exists`, `ln: failed to create symbolic link 'l': File exists`",
        signs: &[log(1, r"^(?:mkdir|ln): (?:cannot create directory|failed to create (?:symbolic|hard) link) [‘'](?P<it>[^’']+)[’']: File exists$").exits(ONE)],
        when: When::Always,
    },
    Cause {
        name: "path-missing",
        about: "a file or directory is not there",
        found: "there is no `{it}`",
        help: "copy or create it in a step before, and name it as it is seen from the step's working directory (`workdir`); what an earlier step left in `/tmp` is gone after a cached layer",
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
        about: "a downloaded archive is none",
        found: "the archive to unpack is none",
        help: "look at what was downloaded: mostly an error page; `curl -fL` fails instead of saving it",
        evidence: "gzip 1.12 and tar 1.34: `gzip: stdin: not in gzip format`; unzip 6.00: `End-of-central-directory signature not found`",
        signs: &[
            log(4, "^gzip: stdin: not in gzip format$").exits(&[2]),
            log(8, "^  ?End-of-central-directory signature not found|^End-of-central-directory signature not found").exits(&[9]),
        ],
        when: When::Always,
    },
    Cause {
        name: "user-exists",
        about: "a user or group is to be made that exists",
        found: "`{it}` exists already",
        help: "leave the command out, or let it be: `id -u {it} || useradd …`; a `user` step creates the user only if it is missing",
        evidence: "shadow 4.13: `useradd: user 'root' already exists`, exit status 9",
        signs: &[log(2, "^(?:user|group)add: (?:user|group) '(?P<it>[^']+)' already exists$").exits(&[9])],
        when: When::Always,
    },
    Cause {
        name: "owner-unknown",
        about: "a file is to be given to a user or group that does not exist",
        found: "there is no user or group `{it}`",
        help: "create it in a step before: a step with `user = \"NAME\"` creates a user",
        evidence: "GNU coreutils 9.1: `chown: invalid user: ‘nosuch’`, `chown: invalid group: ‘root:nosuch’`",
        signs: &[log(1, r"^(?:chown|chgrp|install): invalid (?:user|group):? [‘'](?P<it>[^’']+)[’']$").exits(ONE)],
        when: When::Always,
    },
    Cause {
        name: "copy-failed",
        about: "the copied files could not be put where they belong",
        found: "the files could not be put to where they are copied",
        help: "the target of a single file must not be a directory, unless it ends in `/`; the target of a directory must not be a file",
        evidence: "E2B's server, `Copy.Execute` in commands/copy.go and copy_script.sh",
        signs: &[said_at_last("^failed to move files in sandbox: ")],
        when: When::Always,
    },
];
