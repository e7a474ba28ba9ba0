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
            // Printed for each probe, interleaved with the output of the start command.
            log(12, r"^(?:/bin/)?bash: line \d+: (?P<it>ss|pgrep|curl): command not found$"),
        ],
        when: When::Always,
    },
    Cause {
        name: "port-in-use",
        about: "the port of the start command is already in use",
        found: "the port of the start command is already in use",
        help: "start only one server: not one in a step or in `pre_boot` and another one in `start`",
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
        help: "make the start command listen on port {port}, or correct `ready.port`; if its output below shows no error, check that the image has `ss` (package `iproute2`), which the check uses",
        evidence: "E2B's server, `runReadyCommand` in phases/finalize/ready.go",
        signs: &[said_at_last("ready command timed out"), said_at_last("^ready command failed: ")],
        when: When::PortProbe,
    },
    Cause {
        name: "never-ready",
        about: "the readiness check did not succeed in time",
        found: "the readiness check did not succeed in time",
        help: "try the command of `ready` in a sandbox: it must exit with 0 within 10 minutes after the start, with the user and the working directory of the last step",
        evidence: "E2B's server, `runReadyCommand` in phases/finalize/ready.go",
        signs: &[said_at_last("ready command timed out"), said_at_last("^ready command failed: ")],
        when: When::OtherProbe,
    },
    Cause {
        name: "start-ended",
        about: "the start command failed",
        found: "the start command failed",
        help: "see its output below: it must keep running, or exit with 0. It runs with the user and the working directory of the last step",
        evidence: "E2B's server, `postProcessingFn` in phases/finalize/builder.go",
        signs: &[said_at_last("^start command failed: ")],
        when: When::Always,
    },
];
