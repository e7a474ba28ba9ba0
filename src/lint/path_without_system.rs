//! `path-without-system`: `PATH` is set without the directories of the system's programs.

use super::LintContext;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::template::{EnvScope, InstructionKind};

/// Directories of which a shell needs one, to find programs such as `ls`.
const SYSTEM: &[&str] = &["/bin", "/usr/bin"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for instruction in &ctx.inputs.template.instructions {
        let InstructionKind::Env { scope: EnvScope::Sandbox, variables } = &instruction.kind else {
            continue;
        };
        let Some(whole) = instruction.origin.span() else { continue };
        for (place, (name, value)) in variables.iter().enumerate() {
            // What a reference stands for may have them.
            let Some(path) = value.plain().filter(|_| name == "PATH") else { continue };
            let has_system =
                path.split(':').any(|directory| SYSTEM.contains(&directory.trim_end_matches('/')));
            if has_system {
                continue;
            }
            let span = instruction.spans.values.get(place).copied().unwrap_or(whole);
            diagnostics.push(
                Diagnostic::new(
                    Code::PathWithoutSystem,
                    span,
                    "`PATH` has no directory of the system",
                )
                .label("the sandbox does not find programs such as `ls` and `bash`")
                .help("append `:$PATH`, or `:/usr/local/bin:/usr/bin:/bin`"),
            );
        }
    }
}
