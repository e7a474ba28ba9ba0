//! Maps a part of a command back to its source location.

use std::ops::Range;

use crate::source::{SourceMap, Span};

/// The span of a part of a command, or the whole span if it cannot be determined: quotes, escapes
/// and line breaks of the source are no longer in the command.
///
/// If a text occurs as often in the source as in the command, the n-th occurrence is the same in
/// both. If the whole part is not found, its first word is tried.
pub(super) fn part(sources: &SourceMap, whole: Span, command: &str, part: Range<usize>) -> Span {
    find(sources, whole, command, part).unwrap_or(whole)
}

/// As [`part`], but `None` if it cannot be determined.
pub(super) fn find(
    sources: &SourceMap,
    whole: Span,
    command: &str,
    part: Range<usize>,
) -> Option<Span> {
    let written = sources.get(whole.file).text().get(whole.start..whole.end)?;
    let first = command.get(part.clone()).and_then(|text| text.find(char::is_whitespace));
    let first = first.map(|length| part.start..part.start + length);
    exact(written, whole, command, part).or_else(|| exact(written, whole, command, first?))
}

fn exact(written: &str, whole: Span, command: &str, part: Range<usize>) -> Option<Span> {
    let wanted = command.get(part.clone()).filter(|wanted| !wanted.is_empty())?;
    let turn = command[..part.start].matches(wanted).count();
    // Occurrences that overlap are counted once, from the left, on both sides.
    let same = command[part.start..].starts_with(wanted)
        && written.matches(wanted).count() == command.matches(wanted).count();
    let (at, _) = written.match_indices(wanted).nth(turn).filter(|_| same)?;
    let start = whole.start + at;
    Some(Span { start, end: start + wanted.len(), ..whole })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::source::Source;

    #[test]
    fn a_part_is_found_in_the_source() {
        let text = r#"run = ["cd /a", "cd /b \"x\""]"#;
        let sources = SourceMap::new(Source::new(Path::new("x"), text.to_owned()));
        let whole = Span::manifest(6, text.len());
        let command = r#"cd /a && cd /b "x""#;
        let found = |range| {
            let span = part(&sources, whole, command, range);
            &text[span.start..span.end]
        };
        assert_eq!(found(0..5), "cd /a");
        assert_eq!(part(&sources, whole, command, 9..11).start, text.rfind("cd").expect("there"));
        assert_eq!(found(9..18), "cd", "an escape is not found, so it is the program");
        assert_eq!(found(15..18), &text[6..], "nor is the program, so it is the whole");
    }
}
