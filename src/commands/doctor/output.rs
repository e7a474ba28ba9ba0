//! The report, for people and as JSON.

use serde_json::{Map, Value, json};

use super::check::{Check, Problem, Severity};
use crate::printer::{Printer, Stream};
use crate::scalar::{counted, visible_line};

const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(super) fn human(checks: &[Check], printer: &Printer) {
    let is_colored = printer.style(Stream::Out).color;
    let mut lines = vec![format!("sbx {VERSION}")];
    for check in checks {
        let status = colored(check.status(), is_colored);
        lines.push(format!("[{status}] {}", visible_line(&check.headline())));
        let facts = check.facts.iter().filter_map(|fact| fact.line.as_deref());
        lines.extend(facts.map(|line| format!("    {}", visible_line(line))));
        lines.extend(check.problems.iter().flat_map(|problem| shown(problem, is_colored)));
    }
    let problems: Vec<_> = checks.iter().flat_map(|check| &check.problems).collect();
    lines.extend([String::new(), summary(&problems), String::new()]);
    printer.styled(Stream::Out, &lines.join("\n"));
}

/// The lines of a problem.
fn shown(problem: &Problem, is_colored: bool) -> Vec<String> {
    let word = colored(problem.severity.name(), is_colored);
    let message = format!("    {word}: {}", visible_line(&problem.message));
    let help = problem.help.as_deref();
    let help = help.map(|help| format!("      help: {}", visible_line(help)));
    std::iter::once(message).chain(help).collect()
}

fn colored(word: &str, is_colored: bool) -> String {
    let color = match word {
        "ok" => 32,
        "warning" => 33,
        _ => 31,
    };
    if is_colored { format!("\u{1b}[{color};1m{word}\u{1b}[0m") } else { word.to_owned() }
}

fn summary(problems: &[&Problem]) -> String {
    let is_warning = |problem: &&&Problem| problem.severity == Severity::Warning;
    let warnings = problems.iter().filter(is_warning).count();
    let errors = problems.len() - warnings;
    let counts = [(errors, "error", "errors"), (warnings, "warning", "warnings")];
    let counts = counts.into_iter().filter(|(count, ..)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, one, many)| counted(count, one, many)).collect();
    if counts.is_empty() { "no problems".to_owned() } else { counts.join(", ") }
}

pub(super) fn json(checks: &[Check]) -> String {
    let checks: Vec<_> = checks.iter().map(check).collect();
    json!({ "version": VERSION, "checks": checks }).to_string()
}

fn check(check: &Check) -> Value {
    let facts: Map<_, _> =
        check.facts.iter().map(|fact| (fact.key.to_owned(), fact.value.clone())).collect();
    let problems = check.problems.iter().map(|Problem { severity, message, help }| {
        json!({ "severity": severity.name(), "message": message, "help": help })
    });
    json!({
        "name": check.name,
        "status": check.status(),
        "summary": check.summary,
        "facts": facts,
        "problems": problems.collect::<Vec<_>>(),
    })
}
