//! `start-without-ready`: without a readiness check, platforms wait for a fixed time.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::Manifest;
use crate::platform::Platform;

pub(super) fn check(manifest: &Manifest, platform: Platform, diagnostics: &mut Diagnostics) {
    // A platform that never waits needs no readiness check.
    if !platform.facts().has_ready {
        return;
    }
    let (Some(start), None) = (&manifest.start, &manifest.ready) else {
        return;
    };
    let Some(cmd) = &start.value.cmd else { return };
    diagnostics.push(
        Diagnostic::new(
            Code::StartWithoutReady,
            cmd.span,
            "the start command has no readiness check",
        )
        .label("the platform waits for 20 seconds and assumes that it is ready")
        .help("add `[ready]` with a probe, such as `port = 8000`"),
    );
}
