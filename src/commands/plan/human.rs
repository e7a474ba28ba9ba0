//! A plan for people.

use super::Entry;
use super::titles::step_title;
use super::words::{Quote, cached, grouped, reason_lines, reasons, size, total, when_tested, why};
use crate::commands::table::plain;
use crate::plan::{Action, Archive, Build, TagMove};
use crate::printer::Printer;

/// How names and IDs are written.
pub(super) const QUOTE: Quote = Quote { name: |name| format!("`{name}`"), id: str::to_owned };

/// Prints what would be done.
pub(super) fn print(entries: &[Entry], printer: &Printer) {
    for entry in entries {
        print_one(entry, printer);
    }
    if !entries.is_empty() {
        printer.data_line(&total(entries));
    }
}

fn print_one(entry: &Entry, printer: &Printer) {
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
    let tests = entry.tests();
    if !tests.is_empty() {
        line(&format!("  tests: {}", when_tested(tests.len(), platform)));
    }
    for name in tests {
        line(&format!("    {name}"));
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
    line(&format!("  why: {}{colon}", why(&build.cause, QUOTE)));
    for reason in reason_lines(&reasons) {
        line(&format!("    {reason}"));
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
    line(&format!("  steps: {}", cached(subject, build.forecast.as_ref(), QUOTE)));
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

fn upload(archive: &Archive) -> String {
    let what = format!("{} ({})", archive.source, size(archive));
    match archive.present {
        Some(true) => format!("  no upload: the platform has {what}"),
        Some(false) => format!("  upload: {what}"),
        None => format!("  upload: {what}, unless the platform has it"),
    }
}

/// The tags that move, those from one build together.
fn tags(tags: &[TagMove], to: &str, line: &impl Fn(&str)) {
    for (from, names) in grouped(tags) {
        let (tags, names) = (if names.len() == 1 { "tag" } else { "tags" }, names.join(", "));
        line(&match from {
            Some(from) => format!("  {tags}: {names} from build {from} to {to}"),
            None => format!("  {tags}: {names} (new) to {to}"),
        });
    }
}
