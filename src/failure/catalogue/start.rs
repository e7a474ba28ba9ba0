//! The last phase: the start command and the readiness check.

use super::super::cause::{Cause, When, log, said_at_last};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "ready-tool-missing",
        about: "the readiness check needs a command that the image does not have",
        found: "the readiness check needs `{it}`, which the image does not have",
        help: "install it in a step: `ss` is in the package `iproute2`, `pgrep` in `procps`, `curl` in `curl`",
        evidence: "bash 5.2.15, run as `bash -l -c 'ss -Htuln'` where there is no ss; E2B's log of the ready command",
        signs: &[
            // Written once for each question, with what the start command writes between them.
            log(12, r"^(?:/bin/)?bash: line \d+: (?P<it>ss|pgrep|curl): command not found$"),
        ],
        when: When::Always,
    },
    Cause {
        name: "port-in-use",
        about: "the start command wants a port that something else has",
        found: "the start command's port is in use already",
        help: "start one server only: not one in a step or in `pre_boot` and another one in `start`",
        evidence: "Python 3.11: `OSError: [Errno 98] Address already in use`; Node 20: `Error: listen EADDRINUSE: address already in use 127.0.0.1:8770`",
        signs: &[
            log(3, r"^OSError: \[Errno 98\] .*[Aa]ddress already in use"),
            log(25, "^Error: listen EADDRINUSE: address already in use"),
        ],
        when: When::Always,
    },
    Cause {
        name: "port-never-opened",
        about: "nothing listened on the port of `ready` in time",
        found: "nothing listened on port {port} in time",
        help: "let the start command listen on port {port}, or correct `ready.port`; if the start command's own output stands below without a fault, look whether the image has `ss`, which asks for the port: package `iproute2`",
        evidence: "E2B's server, `runReadyCommand` in phases/finalize/ready.go",
        signs: &[said_at_last("ready command timed out"), said_at_last("^ready command failed: ")],
        when: When::PortProbe,
    },
    Cause {
        name: "never-ready",
        about: "the readiness check did not succeed in time",
        found: "the readiness check did not succeed in time",
        help: "try the command of `ready` in a sandbox: it must exit 0 within 10 minutes of the start, as the user and in the directory of the last step",
        evidence: "E2B's server, `runReadyCommand` in phases/finalize/ready.go",
        signs: &[said_at_last("ready command timed out"), said_at_last("^ready command failed: ")],
        when: When::OtherProbe,
    },
    Cause {
        name: "start-ended",
        about: "the start command ended with an error",
        found: "the start command ended with an error",
        help: "the start command must go on running, or exit 0: its output says why it did not. It runs as the user and in the directory of the last step",
        evidence: "E2B's server, `postProcessingFn` in phases/finalize/builder.go",
        signs: &[said_at_last("^start command failed: ")],
        when: When::Always,
    },
];
