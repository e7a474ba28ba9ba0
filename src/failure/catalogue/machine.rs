//! Disk, memory and network: root causes of the messages that tools print after them.

use super::super::cause::{Cause, When, ended, log, root};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "disk-full",
        about: "the disk is full",
        found: "the disk is full",
        help: "{disk}: remove what a step downloads in that same step (`pip install --no-cache-dir …`, `rm -rf /var/lib/apt/lists/*`)",
        evidence: "the C library's text of ENOSPC, as GNU coreutils 9.1, tar 1.34, dpkg, Python and Node print it",
        signs: &[root(40, "No space left on device|ENOSPC: no space left on device")],
        when: When::Always,
    },
    Cause {
        name: "out-of-memory",
        about: "a command was killed, most likely because memory ran out",
        found: "a command was killed, most likely because memory ran out",
        help: "request more memory with {memory}, or use less: `make -j2`, `NODE_OPTIONS=--max-old-space-size=…`",
        evidence: "bash 5.2.15 on SIGKILL: `Killed`, exit status 137; Node 20 and g++ 12 when memory runs out",
        signs: &[
            root(5, r"^(?:bash: line \d+:\s+)?(?:\d+ )?Killed(?:\s.*)?$").exits(&[137]),
            root(40, "^FATAL ERROR: .*JavaScript heap out of memory"),
            root(10, r"fatal error: Killed signal terminated program cc1"),
            root(5, "Cannot allocate memory$"),
            ended(&[137]),
        ],
        when: When::Always,
    },
    Cause {
        name: "host-not-resolved",
        about: "a host name could not be resolved",
        found: "the host `{it}` could not be resolved",
        help: "correct the host name; if it is correct, apply again: the network of the build machine may have failed temporarily. Names of a private network cannot be resolved there",
        evidence: "apt 2.6.1, curl 7.88, wget 1.21, git 2.47, npm 11.19, OpenSSH 9.2; apt: `Temporary failure resolving`",
        signs: &[
            root(12, r"Temporary failure resolving '(?P<it>[^']+)'"),
            root(12, r"Could not resolve '(?P<it>[^']+)'$"),
            root(4, r"Could not resolve host: (?P<it>\S+)"),
            root(4, r"unable to resolve host address [‘'](?P<it>[^’']+)[’']"),
            root(6, r"Could not resolve hostname (?P<it>[^ :]+):"),
            root(12, r"^npm (?:error|ERR!) .*getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<it>\S+)"),
        ],
        when: When::Always,
    },
    Cause {
        name: "certificates-missing",
        about: "the image has no CA certificates to verify servers",
        found: "the certificate of the server could not be verified",
        help: "{install ca-certificates}",
        evidence: "curl 7.88: `(77) error setting certificate file`, `(60) SSL certificate problem: unable to get local issuer certificate`; git 2.47 the like; wget 1.21",
        signs: &[
            log(3, r"^curl: \(77\) "),
            log(12, "SSL certificate problem: unable to get local issuer certificate"),
            log(
                3,
                r"^fatal: unable to access '[^']+': (?:Problem with the SSL CA cert|server certificate verification failed)",
            ),
            log(4, "^ERROR: The certificate of [‘'][^’']+[’'] is not trusted"),
        ],
        when: When::Always,
    },
    Cause {
        name: "download-not-found",
        about: "the URL of a download does not exist",
        found: "the URL of a download does not exist",
        help: "check the URL with `curl -fIL URL`, and correct it",
        evidence: "curl 7.88: `curl: (22) The requested URL returned error: 404`; wget 1.21: `ERROR 404: Not Found.`",
        signs: &[
            log(2, r"^curl: \(22\) The requested URL returned error: (?:404|403|410)").exits(&[22]),
            log(2, r"ERROR (?:404|403|410): ").exits(&[8]),
        ],
        when: When::Always,
    },
    Cause {
        name: "connection-refused",
        about: "a server could not be reached",
        found: "a server could not be reached",
        help: "check the address: a build cannot reach servers on your machine; if it is correct, apply again",
        evidence: "curl 7.88 and git 2.47: `Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn't connect to server`",
        signs: &[
            log(2, r"^curl: \((?:7|28)\) ").exits(&[7, 28]),
            log(2, r"^fatal: unable to access '[^']+': Failed to connect to ").exits(&[128]),
        ],
        when: When::Always,
    },
    Cause {
        name: "read-only",
        about: "a file system is read-only",
        found: "a step wrote to a read-only file system",
        help: "write to another directory",
        evidence: "the C library's text of EROFS, as GNU coreutils 9.1 and bash 5.2.15 print it",
        signs: &[log(3, "Read-only file system$")],
        when: When::Always,
    },
];
