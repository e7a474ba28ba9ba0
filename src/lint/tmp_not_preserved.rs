//! `tmp-not-preserved`: a file in `/tmp` is used where it may no longer exist.
//!
//! The first step that is not cached runs in a freshly booted machine, and so do the start command
//! and the sandbox. `/tmp` is emptied at each boot.

mod unused;

use super::model::is_within;
use super::paths::{Access, accesses};
use super::{LintContext, Step, place};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::template::{Copy, InstructionKind};

/// A file that an earlier step left in `/tmp`.
struct TmpFile {
    path: String,
    span: Span,
    /// Whether the step is never taken from the cache.
    no_cache: bool,
    /// Whether a use of it was reported already.
    reported: bool,
}

/// The largest number of files that are tracked. Beyond it the rule gives up, to stay linear.
const MOST_LEFT: usize = 1000;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    if !ctx.inputs.platform.facts().clears_tmp {
        return;
    }
    let mut left: Vec<TmpFile> = Vec::new();
    let template = ctx.inputs.template;
    let mut steps = ctx.scripts().peekable();
    for instruction in &template.instructions {
        if left.len() > MOST_LEFT {
            return;
        }
        let Some(span) = instruction.origin.span() else { continue };
        let no_cache = instruction.no_cache;
        let keep = |path: String| TmpFile { path, span, no_cache, reported: false };
        match &instruction.kind {
            InstructionKind::Copy(copy) => left.extend(copied(copy).map(keep)),
            InstructionKind::Write(write) if within_tmp(&write.path) => {
                left.push(keep(trimmed(&write.path)));
            }
            InstructionKind::Workdir(path) if within_tmp(path) => left.push(keep(trimmed(path))),
            InstructionKind::Run(_) => {
                match steps.next_if(|step| std::ptr::eq(step.instruction, instruction)) {
                    Some(step) => run(ctx, step, &mut left, diagnostics),
                    // An unparsed command may change or remove any file.
                    None => left.clear(),
                }
            }
            _ => {}
        }
    }
    start(ctx, &left, diagnostics);
    unused::check(ctx, diagnostics);
}

/// The path in `/tmp` that a copy creates.
fn copied(copy: &Copy) -> Option<String> {
    let target = copy.target.as_str();
    let name = copy.source.rsplit('/').find(|part| !part.is_empty())?;
    match trimmed(target).as_str() {
        "/tmp" if name.contains(['*', '?', '[', '.']) && !name.contains("..") && name != "." => {
            (!name.contains(['*', '?', '['])).then(|| format!("/tmp/{name}"))
        }
        path => within_tmp(path).then(|| path.to_owned()),
    }
}

fn run(
    ctx: &LintContext<'_>,
    step: Step<'_>,
    left: &mut Vec<TmpFile>,
    diagnostics: &mut Diagnostics,
) {
    let (instruction, workdir) = (step.instruction, step.exec.workdir);
    let whole = instruction.origin.span();
    let needed = workdir.map(trimmed);
    let needed = left.iter_mut().find(|file| Some(&file.path) == needed.as_ref() && file.counts());
    if let (Some(from), Some(span)) = (needed, whole) {
        diagnostics.push(from.lost(span));
    }
    if !step.can_name("tmp") {
        return;
    }
    let mut own: Vec<String> = Vec::new();
    let mut vague: Vec<String> = Vec::new();
    for access in accesses(ctx.executions.of_step(step.id)) {
        if !access.path.starts_with("/tmp/") {
            continue;
        }
        if own.len() + vague.len() > MOST_LEFT {
            break;
        }
        let overlaps = |path: &str| {
            is_within(path, &access.path)
                || if access.whole {
                    is_within(&access.path, path)
                } else {
                    path.starts_with(&access.path)
                }
        };
        match access.access {
            Access::Reads => {
                let made_here = own.iter().chain(&vague).any(|path| overlaps(path));
                if made_here || !access.is_certain() {
                    continue;
                }
                let from = left.iter_mut().find(|file| overlaps(&file.path));
                let span = ctx.place(&step, access.word.range.clone());
                if let (Some(from), Some(span)) = (from.filter(|file| file.counts()), span) {
                    diagnostics.push(from.lost(span));
                }
            }
            Access::Removes => {
                left.retain(|file| !overlaps(&file.path));
                own.retain(|path| !overlaps(path));
            }
            // Perhaps written: no reason to report a later use.
            Access::Unclear => vague.push(access.path),
            Access::Writes if access.whole => own.push(access.path),
            Access::Writes => own.push(access.path.trim_end_matches('/').to_owned()),
        }
    }
    let Some(span) = whole else { return };
    let certain = |path: &String| path.len() > "/tmp/".len();
    let no_cache = instruction.no_cache;
    let own = own.into_iter().filter(certain);
    left.extend(own.map(|path| TmpFile { path, span, no_cache, reported: false }));
}

impl TmpFile {
    /// Whether a use of it is worth reporting.
    const fn counts(&self) -> bool {
        !self.no_cache && !self.reported
    }

    /// Reports its use in a later step. One report per file is enough, since the fix is the same.
    fn lost(&mut self, span: Span) -> Diagnostic {
        self.reported = true;
        let message = format!("`{}` is missing when an earlier step is cached", self.path);
        Diagnostic::new(Code::TmpNotPreserved, span, message)
            .label("`/tmp` is empty when the build continues from the cache")
            .related(self.span, "created here")
            .help("keep it outside `/tmp`, or create, use and remove it in one step")
    }
}

/// The start command, the readiness check and the sandbox never see files of `/tmp`.
fn start(ctx: &LintContext<'_>, left: &[TmpFile], diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let workdir = ctx.exec.last().and_then(|exec| exec.workdir);
    let made = |path: &str| left.iter().rev().find(|file| file.path == path);
    if let Some(left) = workdir.map(trimmed).and_then(|path| made(&path)) {
        diagnostics.push(
            Diagnostic::new(
                Code::TmpNotPreserved,
                left.span,
                "the working directory is missing when the sandbox starts",
            )
            .label("`/tmp` is emptied at the end of the build")
            .help("use a directory outside `/tmp`"),
        );
        return;
    }
    let Some(command) = &template.start else { return };
    let mut own: Vec<String> = Vec::new();
    for access in accesses(ctx.executions.of_start()) {
        if access.access != Access::Reads {
            own.push(access.path);
            continue;
        }
        let made_here = own.iter().any(|path| is_within(&access.path, path));
        let from = left.iter().find(|file| access.whole && is_within(&access.path, &file.path));
        let (Some(from), Some(whole)) = (from.filter(|_| !made_here), command.origin.span()) else {
            continue;
        };
        let range = access.word.range.clone();
        let span = place::part(ctx.inputs.sources, whole, &command.text, range);
        let message = format!("`{}` is missing when the start command runs", access.path);
        diagnostics.push(
            Diagnostic::new(Code::TmpNotPreserved, span, message)
                .label("`/tmp` is emptied at the end of the build")
                .related(from.span, "created here")
                .help("keep it outside `/tmp`"),
        );
        break;
    }
}

fn trimmed(path: &str) -> String {
    path.trim_end_matches('/').to_owned()
}

fn within_tmp(path: &str) -> bool {
    path.strip_prefix("/tmp/").is_some_and(|rest| !rest.trim_matches('/').is_empty())
}
