//! From a part of a command to the place where it was written.

use std::ops::Range;

use crate::source::{SourceMap, Span};

/// The place of a part of a command within the place of the whole, or the whole if it cannot be
/// told: a command is written with quotes, escapes and line breaks that it does not have any more.
///
/// A text that occurs as often where it was written as in the command is the same one at the same
/// turn. If all of the part cannot be found, perhaps its first word can: it leads there as well.
pub(super) fn part(sources: &SourceMap, whole: Span, command: &str, part: Range<usize>) -> Span {
    find(sources, whole, command, part).unwrap_or(whole)
}

/// As [`part`], or nothing if it cannot be told.
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
    fn a_part_is_found_where_it_was_written() {
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
        assert_eq!(found(9..18), "cd", "an escape cannot be told, so it is the program");
        assert_eq!(found(15..18), &text[6..], "neither that, so it is the whole");
    }
}
