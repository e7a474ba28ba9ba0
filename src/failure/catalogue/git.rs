//! git, which exits with 128.

use super::super::cause::{Cause, When, log};

const GIT: &[u32] = &[128];

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "git-sign-in",
        about: "a repository requires authentication",
        found: "`git` must authenticate to `{it}`",
        help: "correct the URL: a repository that does not exist asks for authentication, too. A private one cannot be cloned in a build without leaving the token in the image: clone it on your machine and `copy` it",
        evidence: "git 2.47: `fatal: could not read Username for 'https://github.com': No such device or address`, `… terminal prompts disabled`; `fatal: Authentication failed for '…'`",
        signs: &[
            log(3, "^fatal: could not read (?:Username|Password) for '(?P<it>[^']+)'").exits(GIT),
            log(3, "^fatal: Authentication failed for '(?P<it>[^']+)'").exits(GIT),
        ],
        when: When::Always,
    },
    Cause {
        name: "git-branch-unknown",
        about: "the repository has no such branch or tag",
        found: "the repository has no branch or tag `{it}`",
        help: "correct `branch`, which cannot be the hash of a commit",
        evidence: "git 2.47: `fatal: Remote branch nosuch not found in upstream origin`",
        signs: &[log(3, r"^fatal: Remote branch (?P<it>\S+) not found in upstream").exits(GIT)],
        when: When::Always,
    },
    Cause {
        name: "git-repository-unknown",
        about: "the repository does not exist",
        found: "the repository `{it}` does not exist",
        help: "correct the URL",
        evidence: "git 2.47: `fatal: repository 'https://…/x/y.git/' not found`, `… does not exist`",
        signs: &[
            log(3, "^fatal: repository '(?P<it>[^']+?)/?' (?:not found|does not exist)").exits(GIT)
        ],
        when: When::Always,
    },
    Cause {
        name: "git-ssh",
        about: "a repository is cloned over SSH, but a build has no key",
        found: "a build has no key to clone over SSH",
        help: "clone over HTTPS: `https://github.com/OWNER/NAME` instead of `git@github.com:OWNER/NAME`",
        evidence: "git 2.47 with OpenSSH 9.2: `Host key verification failed.`, `git@github.com: Permission denied (publickey).`; without ssh: `error: cannot run ssh: No such file or directory`",
        signs: &[
            log(7, r"^Host key verification failed\.").exits(GIT),
            log(7, r"Permission denied \(publickey").exits(GIT),
            log(3, "^error: cannot run ssh: No such file or directory").exits(GIT),
        ],
        when: When::Always,
    },
    Cause {
        name: "git-target-exists",
        about: "the target directory of a clone is not empty",
        found: "`{it}` already exists and is not empty",
        help: "clone into another directory with `to`, or remove it first: `remove = \"{it}\"` with `recursive = true`",
        evidence: "git 2.47: `fatal: destination path 'dst' already exists and is not an empty directory.`",
        signs: &[log(
            2,
            "^fatal: destination path '(?P<it>[^']+)' already exists and is not an empty directory",
        )
        .exits(GIT)],
        when: When::Always,
    },
    Cause {
        name: "git-no-repository",
        about: "git runs outside of a repository",
        found: "`git` ran outside of a repository",
        help: "`.dockerignore` or `ignore` may exclude `.git` from the copy; clone the repository in a `git` step instead",
        evidence: "git 2.47: `fatal: not a git repository (or any of the parent directories): .git`",
        signs: &[log(1, r"^fatal: not a git repository \(or any").exits(GIT)],
        when: When::Always,
    },
];
