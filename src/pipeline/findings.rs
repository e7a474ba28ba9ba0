//! What there is to say about a manifest that is built for one platform.

use super::front::Front;
use super::{Depth, lock};
use crate::check;
use crate::diagnostic::Diagnostics;
use crate::lint;
use crate::lower::capability;
use crate::platform::Platform;
use crate::secrets::Literal;

/// What the rules report for one platform.
#[derive(Debug)]
pub(super) struct Findings {
    /// What every stage reports, in their order.
    pub(super) diagnostics: Diagnostics,
    /// The secrets that are written into commands and variables.
    pub(super) secrets: Vec<Literal>,
}

/// Applies every rule whose inputs there are.
pub(super) fn find(front: &Front, platform: Platform) -> Findings {
    let Front { sources, manifest, resolution, template, files, reports, .. } = front;
    let (package_scripts, secret_files) = (&front.package_scripts, &front.secret_files);
    let mut diagnostics = reports.parse.clone();
    if front.depth == Depth::Syntax {
        return Findings { diagnostics, secrets: Vec::new() };
    }
    diagnostics.append(check::check(manifest, platform, sources.manifest().text()));
    diagnostics.append(reports.secrets.clone());
    diagnostics.append(reports.dockerfile.clone());
    diagnostics.append(reports.lock.clone());
    diagnostics.append(lock::stale(front, platform));
    diagnostics.append(reports.resolve.clone());
    let is_near = platform.is_local() || front.same_machine.contains(&platform);
    diagnostics.append(capability::check(template, platform, resolution, is_near));
    diagnostics.append(reports.files.clone());
    diagnostics.append(capability::check_files(template, platform, files));
    // After an instruction of a Dockerfile that is refused, the model itself knows nothing.
    let dropping = [&reports.parse, &reports.resolve, &reports.files];
    let is_complete = !dropping.iter().any(|reports| reports.has_errors());
    let inputs = lint::Inputs {
        template,
        platform,
        files,
        package_scripts,
        secret_files,
        resolution,
        sources,
        is_complete,
    };
    let findings = lint::lint(inputs);
    diagnostics.append(findings.diagnostics);
    Findings { diagnostics, secrets: findings.secrets }
}
