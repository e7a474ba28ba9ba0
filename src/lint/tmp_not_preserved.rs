//! `tmp-not-preserved`: files in `/tmp` are used where they may be gone.
//!
//! The first step that is not in the cache starts from a machine that is booted anew, and so do
//! the start command and the sandbox; `/tmp` is emptied at each boot.

use super::paths::{Access, touches};
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
    /// Whether a step that uses it was told of already.
    told: bool,
}

/// The most files that are followed. Who leaves more is told nothing.
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
        let keep = |path: String| TmpFile { path, span, no_cache, told: false };
        match &instruction.kind {
            InstructionKind::Copy(copy) => left.extend(copied(copy).map(keep)),
            InstructionKind::Workdir(path) if within_tmp(path) => left.push(keep(trimmed(path))),
            InstructionKind::Run(_) => {
                match steps.next_if(|step| std::ptr::eq(step.instruction, instruction)) {
                    Some(step) => run(ctx, step, &mut left, diagnostics),
                    // Nobody knows what it does with what is there.
                    None => left.clear(),
                }
            }
            _ => {}
        }
    }
    start(ctx, &left, diagnostics);
}

/// What a copy leaves in `/tmp`.
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
    let (instruction, workdir) = (step.instruction, step.scene.workdir);
    let whole = instruction.origin.span();
    let needed = workdir.map(trimmed);
    let needed = left.iter_mut().find(|it| Some(&it.path) == needed.as_ref() && it.counts());
    if let (Some(from), Some(span)) = (needed, whole) {
        diagnostics.push(from.lost(span));
    }
    let mut own: Vec<String> = Vec::new();
    let mut vague: Vec<String> = Vec::new();
    for touch in touches(step.script, workdir) {
        if !touch.path.starts_with("/tmp/") {
            continue;
        }
        if own.len() + vague.len() > MOST_LEFT {
            break;
        }
        let overlaps = |path: &str| {
            within(path, &touch.path)
                || if touch.whole {
                    within(&touch.path, path)
                } else {
                    path.starts_with(&touch.path)
                }
        };
        match touch.access {
            Access::Reads => {
                let made_here = own.iter().chain(&vague).any(|path| overlaps(path));
                if made_here || !touch.certain {
                    continue;
                }
                let from = left.iter_mut().find(|it| overlaps(&it.path));
                let span = ctx.place(&step, touch.word.range.clone());
                if let (Some(from), Some(span)) = (from.filter(|it| it.counts()), span) {
                    diagnostics.push(from.lost(span));
                }
            }
            Access::Removes => {
                left.retain(|it| !overlaps(&it.path));
                own.retain(|it| !overlaps(it));
            }
            // What is only perhaps written is nothing that a later step could rely on.
            Access::Unclear => vague.push(touch.path),
            Access::Writes if touch.whole => own.push(touch.path),
            Access::Writes => own.push(touch.path.trim_end_matches('/').to_owned()),
        }
    }
    let Some(span) = whole else { return };
    let certain = |path: &String| path.len() > "/tmp/".len();
    let no_cache = instruction.no_cache;
    let own = own.into_iter().filter(certain);
    left.extend(own.map(|path| TmpFile { path, span, no_cache, told: false }));
}

impl TmpFile {
    /// Whether there is something to tell of its use.
    const fn counts(&self) -> bool {
        !self.no_cache && !self.told
    }

    /// It is used at this place, in a later step. One of them is enough: the remedy is the same.
    fn lost(&mut self, span: Span) -> Diagnostic {
        self.told = true;
        let message = format!("`{}` is gone when an earlier step is cached", self.path);
        Diagnostic::new(Code::TmpNotPreserved, span, message)
            .label("`/tmp` is emptied when the build goes on from the cache")
            .related(self.span, "it is made here")
            .help("keep it outside of `/tmp`, or make, use and remove it in one step")
    }
}

/// Start, ready and the sandbox never see what the build left in `/tmp`.
fn start(ctx: &LintContext<'_>, left: &[TmpFile], diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let workdir = ctx.scenes.last().and_then(|scene| scene.workdir);
    let made = |path: &str| left.iter().rev().find(|it| it.path == path);
    if let Some(left) = workdir.map(trimmed).and_then(|path| made(&path)) {
        diagnostics.push(
            Diagnostic::new(
                Code::TmpNotPreserved,
                left.span,
                "the working directory is gone when the sandbox starts",
            )
            .label("`/tmp` is emptied at the end of the build")
            .help("use a directory outside of `/tmp`"),
        );
        return;
    }
    let (Some(script), Some(command)) = (&ctx.start, &template.start) else { return };
    let mut own: Vec<String> = Vec::new();
    for touch in touches(script, workdir) {
        if touch.access != Access::Reads {
            own.push(touch.path);
            continue;
        }
        let made_here = own.iter().any(|path| within(&touch.path, path));
        let from = left.iter().find(|it| touch.whole && within(&touch.path, &it.path));
        let (Some(from), Some(whole)) = (from.filter(|_| !made_here), command.origin.span()) else {
            continue;
        };
        let range = touch.word.range.clone();
        let span = place::part(ctx.inputs.sources, whole, &command.text, range);
        let message = format!("`{}` is gone when the start command runs", touch.path);
        diagnostics.push(
            Diagnostic::new(Code::TmpNotPreserved, span, message)
                .label("`/tmp` is emptied at the end of the build")
                .related(from.span, "it is made here")
                .help("keep it outside of `/tmp`"),
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

/// Whether `path` is `directory` or stands in it.
fn within(path: &str, directory: &str) -> bool {
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
