//! Finds the cause of a failure within its step.

use crate::source::{SourceMap, Span};

/// The span of `subject` within `span` if it occurs exactly once as a whole word, so that it is
/// unambiguous; otherwise `span`.
pub(super) fn narrow(sources: &SourceMap, span: Span, subject: Option<&str>) -> Span {
    let Some(subject) = subject.filter(|subject| subject.len() > 1) else {
        return span;
    };
    let text = sources.get(span.file).text();
    let Some(within) = text.get(span.start..continued(text, span.end)) else {
        return span;
    };
    let mut places = within.match_indices(subject).filter(|(at, _)| {
        let before = within[..*at].chars().next_back();
        let after = within[at + subject.len()..].chars().next();
        !before.is_some_and(is_of_word) && !after.is_some_and(is_of_word)
    });
    match (places.next(), places.next()) {
        (Some((at, _)), None) => {
            let start = span.start + at;
            Span { start, end: start + subject.len(), ..span }
        }
        _ => span,
    }
}

/// The span of `subject` in the step that has `span`, whose other keys are not part of it.
pub(super) fn beside(sources: &SourceMap, span: Span, subject: Option<&str>) -> Span {
    let text = sources.get(span.file).text();
    let start = text.get(..span.start).and_then(|before| before.rfind("\n["));
    let end = text.get(span.end..).and_then(|after| after.find("\n["));
    let start = start.map_or(0, |at| at + 1);
    let end = end.map_or(text.len(), |at| span.end + at);
    let step = Span { start, end, ..span };
    let found = narrow(sources, step, subject);
    if found == step { span } else { found }
}

/// The end of the last continuation of the line that ends at `end`, since the span of a Dockerfile
/// instruction is its first line.
fn continued(text: &str, end: usize) -> usize {
    let mut end = end;
    while text.get(..end).is_some_and(|before| before.ends_with('\\')) {
        let after = text[end..].strip_prefix('\r').unwrap_or(&text[end..]);
        let Some(next) = after.strip_prefix('\n') else { break };
        let start = text.len() - next.len();
        end = start + next.lines().next().unwrap_or_default().trim_end().len();
    }
    end
}

/// The span of `subject` in the manifest, if it occurs exactly once.
pub(super) fn find(sources: &SourceMap, subject: Option<&str>) -> Option<Span> {
    let whole = Span::manifest(0, sources.manifest().text().len());
    let found = narrow(sources, whole, subject);
    (found != whole).then_some(found)
}

/// Whether a character can be part of the name of a package, a command or a file.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || "_-+.@/=<>~".contains(c)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{beside, narrow};
    use crate::source::{Source, SourceMap, Span};

    #[test]
    fn only_a_unique_subject_is_pointed_at() {
        let text = r#"run = ["make lint", "make", "make-it", "black ."]"#;
        let sources = SourceMap::new(Source::new(Path::new("x"), text.to_owned()));
        let whole = Span::manifest(6, text.len());
        for (subject, found) in [
            (Some("black"), "black"),
            (Some("make-it"), "make-it"),
            (Some("lint"), "lint"),
            // Twice, within another word, not at all, too short.
            (Some("make"), &text[6..]),
            (Some("lin"), &text[6..]),
            (Some("ruff"), &text[6..]),
            (Some("."), &text[6..]),
            (None, &text[6..]),
        ] {
            let span = narrow(&sources, whole, subject);
            assert_eq!(&text[span.start..span.end], found, "{subject:?}");
        }
    }

    #[test]
    fn a_subject_is_found_in_another_key_of_the_same_step() {
        let text =
            "name = \"ghost\"\n[[steps]]\nrun = \"make\"\nuser = \"ghost\"\n[env]\nA = \"B\"";
        let sources = SourceMap::new(Source::new(Path::new("x"), text.to_owned()));
        let start = text.find("\"make").unwrap();
        let run = Span::manifest(start, start + 6);
        let user = beside(&sources, run, Some("ghost"));
        assert_eq!(user.start, text.rfind("ghost").unwrap());
        assert_eq!(beside(&sources, run, Some("other")), run);
    }
}
