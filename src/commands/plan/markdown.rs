//! A plan as a comment on a pull request.
//!
//! A manifest may be a stranger's: what it says is in code spans, which it cannot leave, so that it
//! mentions no one, links to nothing and hides nothing.

use super::Entry;
use super::titles::step_title;
use super::words::{Quote, Reason, cached, grouped, reasons, size, total, when_tested, why};
use crate::commands::table::plain;
use crate::plan::{Action, Build, TagMove};

/// How names and IDs are written.
const QUOTE: Quote = Quote { name: code, id: code };

/// What would be done with all manifests.
pub(super) fn text(entries: &[Entry]) -> String {
    let mut text = String::new();
    for entry in entries {
        one(entry, &mut text);
    }
    text + &total(entries) + "\n"
}

fn one(entry: &Entry, text: &mut String) {
    let Entry { subject, action, visibility, dependants, notes } = entry;
    let digest = code(subject.digest.as_str());
    let name = code(&subject.analysis.template.name.value);
    let platform = subject.analysis.platform;
    let mut line = |line: &str| text.extend([line, "\n"]);
    let what = match action {
        Action::UpToDate { .. } => "up to date",
        Action::MoveTags { .. } => "move tags, without a build",
        Action::Build(_) => "build",
    };
    line(&format!("### {name} on {platform}: {what}\n"));
    match action {
        Action::UpToDate { build_id, unknown } => {
            let build = code(build_id);
            line(&match unknown {
                None => format!("Build {build} has its digest {digest} and its tags.\n"),
                Some(reason) => format!(
                    "Build {build} has its digest {digest}, by the record of one machine: {}\n",
                    code(reason)
                ),
            });
        }
        Action::MoveTags { build_id, tags } => {
            line(&format!("Build {} has its digest {digest} already.\n", code(build_id)));
            self::tags(tags, "that build", &mut line);
        }
        Action::Build(build) => self::build(entry, build, &mut line),
    }
    let tests: Vec<_> = entry.tests().iter().map(|name| code(name)).collect();
    if !tests.is_empty() {
        let when = when_tested(tests.len(), platform);
        line(&format!("- Tests: {when}: {}", tests.join(", ")));
    }
    if let Some(public) = visibility {
        line(&format!("- The template becomes {}", if *public { "public" } else { "private" }));
    }
    for manifest in dependants {
        let manifest = code(manifest);
        line(&format!("- Not rebuilt: {manifest}, which starts from it and is not in this plan"));
    }
    for note in notes {
        line(&format!("- Note: {}", code(note)));
    }
    line("");
}

fn build(entry: &Entry, build: &Build, line: &mut impl FnMut(&str)) {
    let subject = &entry.subject;
    let reasons = reasons(subject, &build.cause);
    let why = why(&build.cause, QUOTE);
    let end = if reasons.is_empty() { "." } else { ":" };
    let (first, rest) = why.split_at(why.chars().next().map_or(0, char::len_utf8));
    line(&format!("{}{rest}{end}\n", first.to_uppercase()));
    if !reasons.is_empty() {
        line("| what | how | where |\n|---|---|---|");
        for Reason { what, how, place } in &reasons {
            let place = place.as_deref().map(cell).unwrap_or_default();
            line(&format!("| {what} | {} | {place} |", cell(how)));
        }
        line("");
    }
    steps(entry, build, line);
    for archive in &build.archives {
        let what = format!("{} ({})", code(&archive.source), size(archive));
        line(&match archive.present {
            Some(true) => format!("- No upload: the platform has {what}"),
            Some(false) => format!("- Upload: {what}"),
            None => format!("- Upload: {what}, unless the platform has it"),
        });
    }
    tags(&build.tags, "the new build", line);
    if build.needs_replace {
        line("- It needs `--replace`: the template exists, and would be deleted before the build");
    }
}

fn steps(entry: &Entry, build: &Build, line: &mut impl FnMut(&str)) {
    let subject = &entry.subject;
    let count = subject.plan.steps.len();
    if subject.plan.sends_dockerfile || count == 0 {
        return;
    }
    let forecast = build.forecast.as_ref();
    // A summary is HTML, which has no code spans.
    let quote = Quote { name: |_| "the base".to_owned(), ..QUOTE };
    let cached = cached(subject, forecast, quote);
    line(&format!("<details><summary>Steps: {cached}</summary>\n"));
    line("| step | cache | what |\n|---:|---|---|");
    for at in 0..count {
        let word = match forecast.and_then(|forecast| forecast.steps.get(at)) {
            Some(step) if step.cached => "cached",
            Some(_) => "runs",
            None => "",
        };
        line(&format!("| {} | {word} | {} |", at + 1, cell(&step_title(subject, at))));
    }
    line("\n</details>\n");
}

fn tags(tags: &[TagMove], to: &str, line: &mut impl FnMut(&str)) {
    for (from, names) in grouped(tags) {
        let count = if names.len() == 1 { "Tag" } else { "Tags" };
        let names = names.into_iter().map(code).collect::<Vec<_>>().join(", ");
        line(&match from {
            Some(from) => format!("- {count} {names} from build {} to {to}", code(from)),
            None => format!("- {count} {names} (new) to {to}"),
        });
    }
}

/// A text as a code span on one line.
fn code(text: &str) -> String {
    format!("`{}`", plain(text).replace('`', "'"))
}

/// A text as a code span in a cell of a table.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}
