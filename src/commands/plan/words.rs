//! A plan in words, for people.

use std::collections::BTreeMap;

use super::Entry;
use super::subject::Subject;
use super::titles::step_title;
use crate::commands::table::mebibytes;
use crate::plan::{
    Action, Archive, BuildState, Cause, Change, Difference, Forecast, Resource, StepInputs,
    StepKind, TagMove,
};
use crate::platform::Platform;
use crate::scalar::{counted, human_bytes};
use crate::source::Span;
use crate::template::BaseSource;

/// The most names that are listed for one reason.
const MOST_NAMES: usize = 5;

/// A difference in words.
pub(super) struct Reason {
    /// What differs, such as `memory` or `step 3`.
    pub(super) what: String,
    /// How.
    pub(super) how: String,
    /// Where it is written, as `FILE:LINE`.
    pub(super) place: Option<String>,
}

/// The differences of a cause in words.
pub(super) fn reasons(subject: &Subject, cause: &Cause) -> Vec<Reason> {
    reasons_of(subject, differences(cause))
}

/// Differences in words.
pub(super) fn reasons_of(subject: &Subject, differences: &[Difference]) -> Vec<Reason> {
    differences.iter().map(|difference| reason(subject, difference)).collect()
}

/// A line for each reason, in columns.
pub(super) fn reason_lines(reasons: &[Reason]) -> impl Iterator<Item = String> {
    let width = reasons.iter().map(|reason| reason.what.chars().count()).max().unwrap_or(0);
    reasons.iter().map(move |Reason { what, how, place }| {
        let place = place.as_ref().map(|place| format!("  ({place})")).unwrap_or_default();
        format!("{what:<width$}  {how}{place}")
    })
}

/// The known differences of a cause.
pub(super) fn differences(cause: &Cause) -> &[Difference] {
    match cause {
        Cause::Differs { differences: Some(differences), .. } => differences,
        Cause::Differs { differences: None, .. } | Cause::First | Cause::Base { .. } => &[],
    }
}

/// How a format writes what others have written.
#[derive(Clone, Copy)]
pub(super) struct Quote {
    /// The name of a template, or a tag.
    pub(super) name: fn(&str) -> String,
    /// The ID of a build.
    pub(super) id: fn(&str) -> String,
}

/// The sentence that comes before the reasons, or is the reason.
pub(super) fn why(cause: &Cause, quote: Quote) -> String {
    let (build_id, tag, state, differences) = match cause {
        Cause::First => return "no build of it is known".to_owned(),
        Cause::Base { name } => {
            return format!("it starts from {}, which changes before it", (quote.name)(name));
        }
        Cause::Differs { build_id, tag, state, differences } => (build_id, tag, state, differences),
    };
    let tag = tag.as_ref().map(|tag| format!(", the newest with the tag {}", (quote.name)(tag)));
    let build = format!("build {}{}", (quote.id)(build_id), tag.unwrap_or_default());
    let state = match state {
        BuildState::Ready => "",
        BuildState::Recorded => ", whose steps were only recorded",
        BuildState::Failed => ", which failed",
        BuildState::Unfinished => ", which has not ended",
        BuildState::Lost => ", whose image is not in the container engine in use",
    };
    match differences {
        Some(differences) if !differences.is_empty() => format!("it differs from {build}{state}"),
        Some(_) if !state.is_empty() => format!("it is the same as {build}{state}"),
        Some(_) => {
            format!("its digest is another one than that of {build}, by nothing that was recorded")
        }
        None => format!("it differs from {build}{state}; this machine has no record of how"),
    }
}

/// How many steps come from the cache, and how certain that is.
pub(super) fn cached(subject: &Subject, forecast: Option<&Forecast>, quote: Quote) -> String {
    let count = subject.plan.steps.len();
    let Some(forecast) = forecast else {
        return format!("{count}; which of them come from the cache is not known");
    };
    let cached = forecast.steps.iter().filter(|step| step.cached).count();
    let text = format!("{cached} of {count} from the cache");
    let is_certain = |cached: bool| {
        forecast.steps.iter().filter(|step| step.cached == cached).all(|step| step.certain)
    };
    match (forecast.exact, &subject.analysis.template.base.source) {
        (false, _) => format!("{text}, if the platform still has those of the last build"),
        (true, BaseSource::Template(name)) if !is_certain(true) => {
            format!("{text}, if {} was not rebuilt since", (quote.name)(name))
        }
        (true, _) if !is_certain(false) => {
            format!("{text}; more, if an older build left the same layers")
        }
        (true, _) => text,
    }
}

/// The number and the size of an archive's files.
pub(super) fn size(archive: &Archive) -> String {
    let entries = counted(archive.entries, "entry", "entries");
    format!("{entries}, {}", human_bytes(archive.bytes))
}

/// The tags that move, with the build that they point to now; those of one build together.
pub(super) fn grouped(tags: &[TagMove]) -> Vec<(Option<&str>, Vec<&str>)> {
    let mut groups: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
    for TagMove { tag, from } in tags {
        match groups.iter_mut().find(|(known, _)| *known == from.as_deref()) {
            Some((_, names)) => names.push(tag),
            None => groups.push((from.as_deref(), vec![tag])),
        }
    }
    groups
}

/// How many tests run, and when.
pub(super) fn when_tested(count: usize, platform: Platform) -> String {
    let when = if platform.facts().has_tags { "before the tags move" } else { "after the build" };
    format!("{count} to run {when}")
}

/// How much would be done, and how to do it.
pub(super) fn total(entries: &[Entry]) -> String {
    let count = |is: fn(&Action) -> bool| entries.iter().filter(|it| is(&it.action)).count();
    let builds = count(|action| matches!(action, Action::Build(_)));
    let moves = count(|action| matches!(action, Action::MoveTags { .. }));
    let done = count(|action| matches!(action, Action::UpToDate { .. }));
    let next = if entries.iter().any(Entry::changes) { "; `sbx apply` does it" } else { "" };
    format!(
        "Plan: {builds} to build, {moves} to move tags, {done} up to date. Nothing was changed{next}."
    )
}

fn reason(subject: &Subject, difference: &Difference) -> Reason {
    let (what, how) = match difference {
        Difference::From { before, now } => ("from".to_owned(), format!("`{before}` → `{now}`")),
        Difference::Resource { resource, before, now } => (
            word(*resource).to_owned(),
            format!("{} → {}", amount(*resource, *before), amount(*resource, *now)),
        ),
        Difference::Field { name, change } => (name.clone(), change.word().to_owned()),
        Difference::Variables { step: None, names } => ("env".to_owned(), changes(names)),
        Difference::Variables { step: Some(at), names } if names.is_empty() => {
            (number(*at), format!("{}: in another order", step_title(subject, *at)))
        }
        Difference::Variables { step: Some(at), names } => {
            (number(*at), format!("{}: {}", step_title(subject, *at), changes(names)))
        }
        Difference::Files { step, source, paths } => {
            let how = match paths {
                Some(paths) => changes(paths),
                None => format!("the content of `{source}` changed"),
            };
            (number(*step), format!("{}: {how}", step_title(subject, *step)))
        }
        Difference::Step { step, change } => {
            (number(*step), format!("{}: {}", step_title(subject, *step), change.word()))
        }
        Difference::Removed { after, was } => {
            let place = match after {
                0 => "before step 1".to_owned(),
                after => format!("after step {after}"),
            };
            (place, format!("{} removed", gone(was)))
        }
        Difference::Environment { step } => {
            (number(*step), format!("{}: changed", step_title(subject, *step)))
        }
    };
    Reason { what, how, place: place(subject, difference) }
}

fn number(at: usize) -> String {
    format!("step {}", at + 1)
}

/// A step that is gone, as far as it is known.
fn gone(was: &StepInputs) -> String {
    let names: Vec<_> = was.variables.keys().map(|name| format!("`{name}`")).collect();
    match (was.kind, &was.source) {
        (StepKind::Copy, Some(source)) => format!("the copy of `{source}`"),
        (StepKind::Env, _) => format!("the variables {}", names.join(", ")),
        (kind, _) => format!("a `{}` step", kind.word()),
    }
}

/// Names, and what happened to each: `` `a` and `b` changed, `c` added ``.
fn changes(names: &BTreeMap<String, Change>) -> String {
    let of = |change: Change| {
        let names: Vec<_> = names.iter().filter(|(_, known)| **known == change).collect();
        let mut shown: Vec<_> =
            names.iter().take(MOST_NAMES).map(|(name, _)| format!("`{name}`")).collect();
        if names.len() > MOST_NAMES {
            shown.push(format!("{} more", names.len() - MOST_NAMES));
        }
        let last = shown.pop()?;
        let names =
            if shown.is_empty() { last } else { format!("{} and {last}", shown.join(", ")) };
        Some(format!("{names} {}", change.word()))
    };
    let all = [Change::Changed, Change::Added, Change::Removed].into_iter().filter_map(of);
    all.collect::<Vec<_>>().join("; ")
}

/// The key of a resource in the manifest.
pub(super) const fn word(resource: Resource) -> &'static str {
    match resource {
        Resource::Cpu => "cpu",
        Resource::Memory => "memory",
        Resource::Disk => "disk",
    }
}

fn amount(resource: Resource, amount: Option<u64>) -> String {
    match (resource, amount) {
        (_, None) => "the platform's default".to_owned(),
        (Resource::Cpu, Some(count)) => count.to_string(),
        (Resource::Memory | Resource::Disk, amount) => mebibytes(amount),
    }
}

fn place(subject: &Subject, difference: &Difference) -> Option<String> {
    let span = span(subject, difference)?;
    let source = subject.analysis.sources.get(span.file);
    Some(format!("{}:{}", source.name(), source.position(span.start).line))
}

/// The place that a difference is about; `None` for what is gone.
fn span(subject: &Subject, difference: &Difference) -> Option<Span> {
    let template = &subject.analysis.template;
    let step = |at: usize| subject.plan.steps.get(at)?.origin.span();
    match difference {
        Difference::From { .. } => Some(template.base.span),
        Difference::Resource { resource, .. } => {
            let resources = &template.resources;
            let asked = match resource {
                Resource::Cpu => resources.cpu,
                Resource::Memory => resources.memory_mib,
                Resource::Disk => resources.disk_mib,
            };
            asked.map(|asked| asked.span)
        }
        Difference::Field { name, .. } => {
            let command = match name.as_str() {
                "start" => template.start.as_ref(),
                "ready" => template.ready.as_ref(),
                "pre_boot" => template.pre_boot.as_ref(),
                _ => None,
            };
            command?.origin.span()
        }
        Difference::Variables { step: at, .. } => step((*at)?),
        Difference::Files { step: at, .. }
        | Difference::Step { step: at, .. }
        | Difference::Environment { step: at } => step(*at),
        Difference::Removed { .. } => None,
    }
}
