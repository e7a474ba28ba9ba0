//! `path-exists`: a command or a copy makes something where something else is already.

use super::model::{Demand, Files, Kind, Need};
use super::{LintContext, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for part in ctx.parts() {
        let mut demands = ctx.model.demands_of(part.instruction(ctx)).iter();
        let taken = demands
            .find_map(|demand| Some((Taken::of(&ctx.model.files, demand)?, demand.range.clone())));
        if let Some((taken, range)) = taken
            && let Some(span) = part.place(ctx, range)
        {
            diagnostics.push(taken.report(span));
        }
    }
    for conflict in &ctx.model.conflicts {
        let instruction = ctx.inputs.template.instructions.get(conflict.at.instruction);
        let Some(span) = instruction.and_then(|instruction| instruction.origin.span()) else {
            continue;
        };
        // That a copied file is taken for a directory is the subject of another rule.
        let is_explained = diagnostics
            .iter()
            .any(|found| found.code == Code::MisplacedCopy && found.span == Some(span));
        if is_explained {
            continue;
        }
        let path = &conflict.path;
        let (message, label, help) = match conflict.kind {
            Kind::Directory => (
                format!("`{path}` is a directory already"),
                "a file cannot replace it, and the copy fails",
                "remove the directory first, or copy the file to another path",
            ),
            _ => (
                format!("`{path}` is a file already"),
                "it cannot hold other files, and the copy fails",
                "remove the file first, or copy to another path",
            ),
        };
        diagnostics.push(Diagnostic::new(Code::PathExists, span, message).label(label).help(help));
    }
}

/// A path at which something is that a command does not accept.
struct Taken {
    message: String,
    label: &'static str,
    manifest: &'static str,
    dockerfile: &'static str,
}

impl Taken {
    fn of(files: &Files, demand: &Demand) -> Option<Self> {
        let Demand { need, path, at, .. } = demand;
        let kind = files.kind(path, *at);
        let exists = format!("`{path}` exists already");
        let fails = "the command fails, because it does not replace what is there";
        match need {
            _ if !demand.is_decisive => None,
            Need::Free if matches!(kind, Kind::File | Kind::Directory) => Some(Self {
                message: exists,
                label: fails,
                manifest: "leave the command out, or use `mkdir -p`, which accepts the directory",
                dockerfile: "leave the command out, or use `mkdir -p`, which accepts the directory",
            }),
            Need::FreeLink if kind == Kind::File => Some(Self {
                message: exists,
                label: fails,
                manifest: "replace it with `ln -sf`, or `force = true` of a `symlink` step",
                dockerfile: "replace it with `ln -sf`",
            }),
            Need::Empty if kind == Kind::File || files.is_filled(path, *at) => Some(Self {
                message: format!("`git clone` needs an empty directory, and `{path}` is not empty"),
                label: "an earlier instruction put files there, and the command fails",
                manifest: "clone first and copy afterwards, or clone into a directory of its own",
                dockerfile: "clone first and copy afterwards, or clone into a directory of its own",
            }),
            _ => None,
        }
    }

    fn report(self, span: Span) -> Diagnostic {
        let help = words_for(span, self.manifest, self.dockerfile);
        Diagnostic::new(Code::PathExists, span, self.message).label(self.label).help(help)
    }
}
