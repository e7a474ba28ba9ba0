//! Edits that silence a warning: a comment at its place, or a level in the manifest.

use super::{Silence, dockerfile, manifest};
use crate::diagnostic::Code;
use crate::diagnostic::fix::Edit;
use crate::outline::{Lines, Outline};
use crate::source::{FileId, Span};

/// The comment that silences a code at a span of a manifest or a Dockerfile. `None` if there is no
/// place for it.
#[must_use]
pub fn here(code: Code, span: Span, text: &str) -> Option<Edit> {
    let lines = Lines::new(text);
    let line = match span.file {
        FileId::MANIFEST => lines.of(span.start),
        _ => lines.of(dockerfile::instruction(text, span.start)),
    };
    let comment = format!("# sbx: allow({code})");
    let behind = (span.file == FileId::MANIFEST).then(|| behind(text, &lines, line, &comment));
    let above = (0..=line).rev().map(|line| above(text, &lines, line, &comment));
    let mut places = behind.into_iter().chain(above.take(MOST_LINES));
    places.find_map(|(at, comment)| {
        let edit = Edit { span: Span { start: at, end: at, ..span }, text: comment };
        silences(code, span, text, &edit).then_some(edit)
    })
}

/// How far above a warning its comment may be: a table may be long.
const MOST_LINES: usize = 64;

/// The place behind what is written on a line, and the comment there.
fn behind(text: &str, lines: &Lines, line: usize, comment: &str) -> (usize, String) {
    let start = lines.start(line);
    let written = text[start..lines.start(line + 1)].trim_end();
    (start + written.len(), format!(" {comment}"))
}

/// The place above a line, and the comment there.
fn above(text: &str, lines: &Lines, line: usize, comment: &str) -> (usize, String) {
    let start = lines.start(line);
    let written = &text[start..lines.start(line + 1)];
    let body = written.strip_prefix('\u{feff}').unwrap_or(written);
    let start = start + (written.len() - body.len());
    let indent = &body[..body.len() - body.trim_start_matches([' ', '\t']).len()];
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    (start, format!("{indent}{comment}{line_break}"))
}

/// Whether an edit silences a code at a span: a place within a string, for instance, holds no
/// comment.
fn silences(code: Code, span: Span, text: &str, edit: &Edit) -> bool {
    let at = edit.span.start;
    let edited = [&text[..at], &edit.text, &text[at..]].concat();
    let start = if at <= span.start { span.start + edit.text.len() } else { span.start };
    let read = |text: &str| match span.file {
        FileId::MANIFEST => manifest::silences(text),
        file => dockerfile::silences(file, text),
    };
    let applies = |silence: &Silence| {
        let is_it = |(word, _): &(String, Span)| word == code.name();
        silence.words.iter().flatten().any(is_it)
            && silence.covers.iter().any(|range| range.contains(&start))
    };
    read(&edited).iter().any(applies)
}

/// The entry of `[lints]` that silences a code in the whole manifest. `None` if there is a level for
/// it already, or `lints` is not a table of its own.
#[must_use]
pub fn in_manifest(code: Code, text: &str) -> Option<Edit> {
    let outline = Outline::new(text);
    let entry = format!("{code} = \"allow\"");
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let insert = |at, text| Some(Edit { span: Span::manifest(at, at), text });
    let is_lints = |keys: &[crate::outline::Key]| matches!(keys, [key] if key.name == "lints");
    if let Some(at) = outline.headers.iter().position(|header| is_lints(&header.keys)) {
        let mut own = outline.entries.iter().filter(|entry| entry.header == Some(at));
        if own.clone().any(|entry| entry.keys[0].name == code.name()) {
            return None;
        }
        let last = own.next_back().map(|entry| entry.value.end);
        let end = last.unwrap_or(outline.headers[at].range.end);
        let rest = &text[end..];
        let line_end = end + rest.find('\n').unwrap_or(rest.len());
        let line_end = line_end - usize::from(text[..line_end].ends_with('\r'));
        return insert(line_end, format!("{line_break}{entry}"));
    }
    if outline.has_top_level("lints") {
        return None;
    }
    let gap = match text {
        "" => String::new(),
        text if text.ends_with('\n') => line_break.to_owned(),
        _ => line_break.repeat(2),
    };
    insert(text.len(), format!("{gap}[lints]{line_break}{entry}{line_break}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silenced(text: &str, at: &str) -> Option<String> {
        let start = text.find(at).expect("the place is in the text");
        let edit = here(Code::MissingTool, Span::manifest(start, start + at.len()), text)?;
        let at = edit.span.start;
        Some([&text[..at], "<", &edit.text, ">", &text[at..]].concat())
    }

    #[test]
    fn a_comment_is_behind_its_line_or_above_what_it_is_about() {
        let cases = [
            ("a = 1\nb = 2\n", "1", "a = 1< # sbx: allow(missing-tool)>\nb = 2\n"),
            ("a = 1 # why\n", "1", "<# sbx: allow(missing-tool)\n>a = 1 # why\n"),
            ("  a = 1 # why\r\n", "1", "<  # sbx: allow(missing-tool)\r\n>  a = 1 # why\r\n"),
            (
                "a = \"\"\"\nx\ny\"\"\"\n",
                "x",
                "<# sbx: allow(missing-tool)\n>a = \"\"\"\nx\ny\"\"\"\n",
            ),
            ("a = [\n  1,\n  2,\n]\n", "2", "a = [\n  1,\n  2,< # sbx: allow(missing-tool)>\n]\n"),
            ("[[a]]\nb = 1\n", "[[a]]", "[[a]]< # sbx: allow(missing-tool)>\nb = 1\n"),
            ("\u{feff}a = 1 #", "1", "\u{feff}<# sbx: allow(missing-tool)\n>a = 1 #"),
        ];
        for (text, at, expected) in cases {
            assert_eq!(silenced(text, at).as_deref(), Some(expected));
        }
        assert_eq!(silenced("# nothing\n", "nothing"), None);
    }

    #[test]
    fn a_comment_of_a_dockerfile_is_above_the_whole_instruction() {
        let text = "FROM a\nRUN b \\\n  c\n";
        let file = FileId::MANIFEST;
        let mut sources = crate::source::SourceMap::new(crate::source::Source::new(
            std::path::Path::new("x"),
            String::new(),
        ));
        let other = sources.add(sources.get(file).clone());
        let start = text.find('c').expect("it is there");
        let edit = here(Code::MissingTool, Span { file: other, start, end: start + 1 }, text);
        assert_eq!(edit.map(|edit| edit.span.start), Some(text.find("RUN").expect("it is there")));
        // A here-document keeps what it is.
        let text = "FROM a\nRUN <<E\nb\nE\n";
        let start = text.find('b').expect("it is there");
        let edit = here(Code::MissingTool, Span { file: other, start, end: start + 1 }, text);
        assert_eq!(edit.map(|edit| edit.span.start), Some(text.find("RUN").expect("it is there")));
    }

    #[test]
    fn a_level_is_added_to_the_table_that_there_is() {
        let edited = |text: &str| {
            let edit = in_manifest(Code::MissingTool, text)?;
            let at = edit.span.start;
            Some([&text[..at], &edit.text, &text[at..]].concat())
        };
        let cases = [
            ("", "[lints]\nmissing-tool = \"allow\"\n"),
            ("a = 1\n", "a = 1\n\n[lints]\nmissing-tool = \"allow\"\n"),
            ("a = 1", "a = 1\n\n[lints]\nmissing-tool = \"allow\"\n"),
            (
                "[lints]\nx = 1 # y\n\n[b]\n",
                "[lints]\nx = 1 # y\nmissing-tool = \"allow\"\n\n[b]\n",
            ),
            ("[lints]\r\n[b]\r\n", "[lints]\r\nmissing-tool = \"allow\"\r\n[b]\r\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(edited(text).as_deref(), Some(expected));
        }
        assert_eq!(edited("[lints]\nmissing-tool = \"deny\"\n"), None);
        assert_eq!(edited("lints = { x = \"allow\" }\n"), None);
    }
}
