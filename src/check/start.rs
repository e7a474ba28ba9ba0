//! `start-without-ready`: the platforms then wait blindly.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::Manifest;
use crate::platform::Platform;

pub(super) fn check(manifest: &Manifest, platform: Platform, diagnostics: &mut Diagnostics) {
    // Where nothing waits, a probe changes nothing.
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
            "nothing says when the start command is ready",
        )
        .label("the platform waits for 20 seconds, whatever happens")
        .help("add `[ready]` with a probe, such as `port = 8000`"),
    );
}
