//! Failures of the container engine of the local platform, and what it alone refuses.

use super::super::cause::{Cause, When, said};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "engine-disk-full",
        about: "the disk of the container engine is full",
        found: "the disk of the container engine is full",
        help: "remove images and containers that you no longer need; those of the engine are listed by `docker system df` or `podman system df`",
        evidence: "Docker 20.10: `docker commit`: `Error processing tar file(exit status 1): write /x: no space left on device`",
        signs: &[said("^the container engine failed: .*no space left on device")],
        when: When::Always,
    },
    Cause {
        name: "engine-stopped",
        about: "the container engine stopped, or it does not answer",
        found: "the container engine does not answer",
        help: "start it, and apply again: finished steps are cached",
        evidence: "`sbx serve` and `sbx apply`, src/local/executor/run.rs; Docker 20.10: `Cannot connect to the Docker daemon at …`",
        signs: &[
            said("the container engine does not answer: "),
            said(
                "^the container engine failed: .*(?:Cannot connect to the Docker daemon|no answer within)",
            ),
        ],
        when: When::Always,
    },
    Cause {
        name: "container-stopped",
        about: "the container of a step was stopped from outside",
        found: "the container of the step was stopped from outside",
        help: "apply again: finished steps are cached",
        evidence: "`sbx serve` and `sbx apply`, src/local/executor/run.rs",
        signs: &[said("its container was stopped from outside$")],
        when: When::Always,
    },
    Cause {
        name: "output-held",
        about: "a background process kept a step from ending",
        found: "a background process kept the step from ending",
        help: "redirect both of its outputs, as in `server >/dev/null 2>&1 &`, or end it in the same step; `sbx explain held-output` says why",
        evidence: "`sbx serve` and `sbx apply`, src/local/executor/builder.rs",
        signs: &[said("a process that it started held its output for too long$")],
        when: When::Always,
    },
];
