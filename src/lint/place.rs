//! From a part of a command to the place where it was written.

use std::ops::Range;

use crate::source::{FileId, SourceMap, Span};

/// The place of a part of a command within the place of the whole, or the whole if it cannot be
/// told: a command is written with quotes, escapes and line breaks that it does not have any more.
///
/// A text that occurs as often where it was written as in the command is the same one at the same
/// turn.
pub(super) fn part(sources: &SourceMap, whole: Span, command: &str, part: Range<usize>) -> Span {
    let Some(wanted) = command.get(part.clone()).filter(|wanted| !wanted.is_empty()) else {
        return whole;
    };
    let text = sources.get(whole.file).text();
    let Some(written) = text.get(whole.start..end_of(text, whole)) else {
        return whole;
    };
    let turn = command[..part.start].matches(wanted).count();
    // Occurrences that overlap are counted once, from the left, on both sides.
    let same = command[part.start..].starts_with(wanted)
        && written.matches(wanted).count() == command.matches(wanted).count();
    match written.match_indices(wanted).nth(turn).filter(|_| same) {
        Some((at, _)) => {
            let start = whole.start + at;
            Span { start, end: start + wanted.len(), ..whole }
        }
        None => whole,
    }
}

/// The end of what is written at a place: in a Dockerfile, that is with the lines that backslashes
/// join to it, comments and empty lines between them included.
fn end_of(text: &str, whole: Span) -> usize {
    let mut end = whole.end;
    let mut goes_on = whole.file != FileId::MANIFEST
        && text.get(whole.start..end).is_some_and(|first| first.ends_with('\\'));
    while goes_on && end < text.len() {
        let start = text[end..].find('\n').map_or(text.len(), |line| end + line + 1);
        end = text[start..].find('\n').map_or(text.len(), |line| start + line);
        let line = text[start..end].trim();
        goes_on = line.is_empty() || line.starts_with('#') || line.ends_with('\\');
    }
    end
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
        assert_eq!(found(15..18), &text[6..], "an escape cannot be told, so it is the whole");
    }
}
