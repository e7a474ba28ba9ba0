//! Writes to files and directories of other users.

use super::Denied;
use crate::lint::model::{Demand, Kind, Need};
use crate::lint::{LintContext, Part, base, is_root};

/// What programs make by themselves, with signs that it is made somewhere else.
const ELSEWHERE: &[(&str, &[&str])] = &[
    ("/lib", &["system-site-packages", "--user", "PYTHONUSERBASE", "--target"]),
    ("/target", &["CARGO_TARGET_DIR", "CARGO_BUILD", ".cargo/", "target-dir"]),
    ("/.venv", &["UV_PROJECT_ENVIRONMENT"]),
    ("/node_modules", &["prefix", "modules-folder", "modules-dir"]),
];

/// The first write of a script that fails because of who owns the directory.
pub(super) fn denied(ctx: &LintContext<'_>, part: &Part<'_>) -> Option<Denied> {
    let demands = ctx.model.demands_of(part.instruction(ctx));
    demands.iter().find_map(|demand| refused(ctx, part, demand))
}

fn refused(ctx: &LintContext<'_>, part: &Part<'_>, demand: &Demand) -> Option<Denied> {
    let files = &ctx.model.files;
    let Demand { at, path, range, .. } = demand;
    let user = demand.user.as_deref().filter(|user| !is_root(user))?;
    let (verb, denial) = match demand.need {
        // `mkdir -p` accepts what exists.
        Need::Makeable if files.kind(path, *at) != Kind::Absent => return None,
        Need::Writable | Need::Makeable => ("writing to", files.denial(path, user, *at)?),
        Need::Removable => ("removing", files.denial_to_remove(path, user, *at)?),
        Need::Replaceable => ("writing to", files.denial_to_remove(path, user, *at)?),
        Need::Owned => ("changing", files.denial_to_change(path, user, *at)?),
        _ => return None,
    };
    let is_elsewhere = |(end, signs): &(&str, &[&str])| {
        path.ends_with(end) && base::mentions(ctx.inputs.template, signs)
    };
    if denial.path == "/" && demand.need != Need::Removable || ELSEWHERE.iter().any(is_elsewhere) {
        return None;
    }
    Some(Denied {
        user: user.to_owned(),
        path: path.clone(),
        span: part.place(ctx, range.clone())?,
        verb,
        denial: Some(denial),
    })
}
