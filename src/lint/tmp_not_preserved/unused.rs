//! Copies to `/tmp` that nothing in the build uses, and that no sandbox has.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::lint::{LintContext, base};
use crate::template::{EnvScope, InstructionKind};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let Some(first) = template.instructions.iter().position(|found| target(&found.kind).is_some())
    else {
        return;
    };
    // Anything that mentions the directory may use all of it, and so may a working directory in it.
    let mentions =
        |text: &str| text.contains("/tmp") || text.contains("tmp/") || text.contains("TMP");
    let is_used = template.instructions[first..].iter().any(|found| match &found.kind {
        InstructionKind::Run(run) => mentions(&run.command),
        InstructionKind::Env { variables, scope: EnvScope::Sandbox | EnvScope::Build } => {
            variables.iter().any(|(_, value)| mentions(&value.for_shell("$")))
        }
        InstructionKind::Workdir(path) => mentions(path),
        _ => false,
    });
    let commands = [&template.start, &template.ready].into_iter().flatten();
    if is_used || commands.map(|command| &command.text).any(|text| mentions(text)) {
        return;
    }
    // Scripts that were copied may use it, too, once one of them runs behind it.
    let runs = template.instructions[first..].iter();
    let runs = runs.filter(|found| matches!(found.kind, InstructionKind::Run(_)));
    let is_opaque = runs.clone().any(|found| base::mentions_one(found, SCRIPTS));
    if is_opaque {
        return;
    }
    for instruction in &template.instructions[first..] {
        let Some(path) = target(&instruction.kind) else { continue };
        let Some(span) = instruction.spans.target.or(instruction.origin.span()) else { continue };
        diagnostics.push(
            Diagnostic::new(
                Code::TmpNotPreserved,
                span,
                format!("nothing uses `{path}` before `/tmp` is emptied"),
            )
            .label("the sandbox does not have it: the finalize step empties `/tmp`")
            .help("copy it to another directory, such as the user's home"),
        );
    }
}

/// What a command may run whose effects are not in its text.
const SCRIPTS: &[&str] = &[".sh", ".py", ".js", "./", "make", "bash ", "npm ", "node ", "python"];

/// The path in `/tmp` that a copy makes.
fn target(kind: &InstructionKind) -> Option<&str> {
    let path = match kind {
        InstructionKind::Copy(copy) => copy.target.as_str(),
        InstructionKind::Write(write) => write.path.as_str(),
        _ => return None,
    };
    (path == "/tmp" || path.starts_with("/tmp/")).then_some(path)
}
