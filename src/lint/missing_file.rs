//! `missing-file`: a command needs a file that nothing has put there.
//!
//! A step without a working directory runs in the home directory of the user who runs it, which is
//! `/root` for root, while a relative target of a copy is in the home of the template's user.

use std::collections::HashSet;

use super::model::{Demand, Files, Kind, Need};
use super::{LintContext, base};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;

/// Signs that Python finds modules in other directories.
const MODULES_ELSEWHERE: &[&str] =
    &["PYTHONPATH", "install -e", "install .", "--editable", ".pth", "uv sync", "poetry install"];

/// Directories that hold no project of any image, unless the template puts one there.
const NO_PROJECTS: &[&str] = &["/home", "/opt", "/srv", "/usr", "/usr/src", "/var"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for part in ctx.parts() {
        let mut demands = ctx.model.demands_of(part.instruction(ctx)).iter();
        let missing = demands.find_map(|demand| {
            let missing = Missing::of(&ctx.model.files, demand)?;
            let is_elsewhere = matches!(demand.need, Need::Module { .. })
                && base::mentions(ctx.inputs.template, MODULES_ELSEWHERE);
            (!is_elsewhere).then(|| (missing, demand.range.clone()))
        });
        if let Some((missing, range)) = missing
            && let Some(span) = part.place(ctx, range)
        {
            diagnostics.push(missing.report(part.name(), span));
        }
    }
}

/// Takes back what another rule reports at the same place, which says where the file is instead.
pub(super) fn leave_explained(diagnostics: &mut Diagnostics) {
    let is_explained = |found: &&Diagnostic| found.code == Code::MisplacedCopy;
    let explained: HashSet<_> =
        diagnostics.iter().filter(is_explained).map(|found| found.span).collect();
    diagnostics.retain(|found| found.code != Code::MissingFile || !explained.contains(&found.span));
}

/// Something that a command needs and that is certainly missing.
struct Missing {
    path: String,
    label: &'static str,
    help: String,
}

impl Missing {
    fn of(files: &Files, demand: &Demand) -> Option<Self> {
        let Demand { need, path, at, .. } = demand;
        let lacks = |path: &str| files.lacks(path, *at);
        let inside =
            |directory: &str, name: &str| format!("{}/{name}", directory.trim_end_matches('/'));
        let (path, label) = match need {
            _ if !demand.is_decisive => return None,
            Need::Exists | Need::Gone if lacks(path) => {
                (path.clone(), "nothing before makes a file or directory at this path")
            }
            Need::Parent => {
                let parent = &path[..path.rfind('/').filter(|end| *end > 0)?];
                (lacks(parent).then(|| parent.to_owned())?, "nothing before makes this directory")
            }
            Need::OneOf { names, or_above } => {
                let above = std::path::Path::new(path).ancestors().filter_map(|path| path.to_str());
                let mut directories = above.take(if *or_above { usize::MAX } else { 1 });
                let holds = |directory: &str, name: &str| {
                    files.kind(&inside(directory, name), *at) == Kind::File
                };
                let holds_none = |directory: &str| {
                    directory != path.as_str()
                        && NO_PROJECTS.contains(&directory)
                        && !names.iter().any(|name| holds(directory, name))
                };
                let is_missing = directories.all(|directory| {
                    holds_none(directory)
                        || names.iter().all(|name| lacks(&inside(directory, name)))
                });
                let name = names.first().filter(|_| is_missing)?;
                (inside(path, name), "the command reads this file, and nothing before makes it")
            }
            Need::Module { names } => {
                let is_missing = names.iter().all(|name| lacks(&inside(path, name)));
                let name = names.first().filter(|_| is_missing)?;
                (inside(path, name), "the module is looked for in the working directory")
            }
            _ => return None,
        };
        let help = match need {
            Need::Gone => {
                "leave the command out, or add `-f` (`force = true` of a `remove` step)".to_owned()
            }
            Need::Parent => format!("make it first, with `mkdir -p {path}`"),
            _ => "copy it there first, or name the directory that it is in".to_owned(),
        };
        Some(Self { path, label, help })
    }

    fn report(self, what: &str, span: Span) -> Diagnostic {
        let message = format!("`{}` does not exist when {what} runs", self.path);
        Diagnostic::new(Code::MissingFile, span, message).label(self.label).help(self.help)
    }
}
