//! A plan for people.

use super::Entry;
use super::subject::Subject;
use super::titles::step_title;
use super::words::{Reason, reasons, why};
use crate::commands::table::plain;
use crate::plan::{Action, Archive, Build, Forecast, TagMove};
use crate::printer::Printer;
use crate::scalar::human_bytes;
use crate::template::BaseSource;

/// Prints what would be done with one manifest.
pub(super) fn print(entry: &Entry, printer: &Printer) {
    let line = |text: &str| printer.data_line(&plain(text));
    let Entry { subject, action, visibility, dependants, notes } = entry;
    let name = &subject.analysis.template.name.value;
    let platform = subject.analysis.platform;
    match action {
        Action::UpToDate { build_id, unknown } => {
            line(&format!("{name} on {platform}: up to date"));
            let known = format!("build {build_id} has its digest {}", subject.digest);
            line(&match unknown {
                None => format!("  why: {known} and its tags"),
                Some(reason) => format!("  why: {known}, by the record on this machine: {reason}"),
            });
        }
        Action::MoveTags { build_id, tags } => {
            line(&format!("{name} on {platform}: move tags, without a build"));
            line(&format!("  why: build {build_id} has its digest {} already", subject.digest));
            self::tags(tags, "that build", &line);
        }
        Action::Build(build) => {
            line(&format!("{name} on {platform}: build"));
            self::build(entry, build, &line);
        }
    }
    if let Some(public) = visibility {
        line(match public {
            true => "  visibility: becomes public, so that other teams can start sandboxes from it",
            false => "  visibility: becomes private",
        });
    }
    for manifest in dependants {
        line(&format!("  not rebuilt: {manifest}, which starts from it and is not in this plan"));
    }
    for note in notes {
        line(&format!("  note: {note}"));
    }
    printer.data("\n");
}

fn build(entry: &Entry, build: &Build, line: &impl Fn(&str)) {
    let subject = &entry.subject;
    let reasons = reasons(subject, &build.cause);
    let colon = if reasons.is_empty() { "" } else { ":" };
    line(&format!("  why: {}{colon}", why(&build.cause)));
    let width = reasons.iter().map(|reason| reason.what.chars().count()).max().unwrap_or(0);
    for Reason { what, how, place } in &reasons {
        let place = place.as_ref().map(|place| format!("  ({place})")).unwrap_or_default();
        line(&format!("    {what:<width$}  {how}{place}"));
    }
    steps(entry, build, line);
    for archive in &build.archives {
        line(&upload(archive));
    }
    tags(&build.tags, "the new build", line);
    if build.needs_replace {
        line("  it needs --replace: the template exists, and would be deleted before the build");
    }
}

fn steps(entry: &Entry, build: &Build, line: &impl Fn(&str)) {
    let subject = &entry.subject;
    let count = subject.plan.steps.len();
    if subject.plan.sends_dockerfile || count == 0 {
        return;
    }
    line(&format!("  steps: {}", cached(subject, build.forecast.as_ref())));
    for at in 0..count {
        let foreseen = build.forecast.as_ref().and_then(|forecast| forecast.steps.get(at));
        let word = match foreseen {
            Some(step) if step.cached => "cached  ",
            Some(_) => "runs    ",
            None => "",
        };
        line(&format!("    {:>2}  {word}{}", at + 1, step_title(subject, at)));
    }
}

/// How many steps come from the cache, and how certain that is.
fn cached(subject: &Subject, forecast: Option<&Forecast>) -> String {
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
            format!("{text}, if `{name}` was not rebuilt since")
        }
        (true, _) if !is_certain(false) => {
            format!("{text}; more, if an older build left the same layers")
        }
        (true, _) => text,
    }
}

fn upload(archive: &Archive) -> String {
    let Archive { source, entries, bytes, present, .. } = archive;
    let entries = match entries {
        1 => "1 entry".to_owned(),
        entries => format!("{entries} entries"),
    };
    let what = format!("{source} ({entries}, {})", human_bytes(*bytes));
    match present {
        Some(true) => format!("  no upload: the platform has {what}"),
        Some(false) => format!("  upload: {what}"),
        None => format!("  upload: {what}, unless the platform has it"),
    }
}

/// The tags that move, those from one build together.
fn tags(tags: &[TagMove], to: &str, line: &impl Fn(&str)) {
    let mut groups: Vec<(&Option<String>, Vec<&str>)> = Vec::new();
    for TagMove { tag, from } in tags {
        match groups.iter_mut().find(|(known, _)| *known == from) {
            Some((_, names)) => names.push(tag),
            None => groups.push((from, vec![tag])),
        }
    }
    for (from, names) in groups {
        let (tags, names) = (if names.len() == 1 { "tag" } else { "tags" }, names.join(", "));
        line(&match from {
            Some(from) => format!("  {tags}: {names} from build {from} to {to}"),
            None => format!("  {tags}: {names} (new) to {to}"),
        });
    }
}

/// Prints how much would be done, and how to do it.
pub(super) fn print_total(entries: &[Entry], printer: &Printer) {
    let count = |is: fn(&Action) -> bool| entries.iter().filter(|it| is(&it.action)).count();
    let builds = count(|action| matches!(action, Action::Build(_)));
    let moves = count(|action| matches!(action, Action::MoveTags { .. }));
    let done = count(|action| matches!(action, Action::UpToDate { .. }));
    let next = if entries.iter().any(Entry::changes) { "; `sbx apply` does it" } else { "" };
    printer.data_line(&format!(
        "Plan: {builds} to build, {moves} to move tags, {done} up to date. Nothing was changed{next}."
    ));
}
