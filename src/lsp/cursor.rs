//! Where a position is in a manifest's text, which may be half typed.
//!
//! Only the text from the last header to the position counts, read without a grammar: brackets,
//! strings and `=`. What is unfinished above ends at its line, so that one mistake does not change
//! what is known below it.

use std::ops::Range;

use crate::outline::Outline;

/// A position.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The keys of the tables around it, from the outermost one.
    pub(super) path: Vec<String>,
    pub(super) at: At,
}

/// What is at the position.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum At {
    /// A key, or where one can begin; the range of what is written of it.
    Key(Range<usize>),
    /// The value of the last key of the path.
    Value {
        /// What is written of it up to the position, without quotes.
        written: Range<usize>,
        /// Whether a quote is open.
        in_string: bool,
    },
    /// The keys of a header, and what is written of them up to the position.
    Header(Range<usize>),
    /// A comment, with its range up to the position.
    Comment(Range<usize>),
}

/// What is open: the line, an inline table or an array.
#[derive(Debug, Clone, Copy)]
struct Frame {
    /// `\n`, `{` or `[`.
    kind: u8,
    /// Where the current key or element begins.
    start: usize,
    /// Where the `=` of the current key is.
    equals: Option<usize>,
}

impl Frame {
    const fn new(kind: u8, start: usize) -> Self {
        Self { kind, start, equals: None }
    }
}

impl Cursor {
    /// The position at an offset.
    pub(super) fn of(text: &str, offset: usize) -> Self {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let line = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let typed = text[line..offset].trim_start();
        if typed.starts_with('[') && !typed.contains(']') && is_header(text, line) {
            let keys = typed.trim_start_matches('[');
            let at = At::Header(offset - keys.len()..offset);
            return Self { path: Vec::new(), at };
        }
        let outline = Outline::new(text);
        let header = outline.headers.iter().rfind(|header| header.range.end <= offset);
        let keys = header.iter().flat_map(|header| &header.keys);
        let path = keys.map(|key| key.name.clone()).collect();
        let begin = header.map_or(0, |header| header.range.end);
        scan(text, begin, offset, path)
    }
}

/// Whether a line that begins with a bracket is a header, and no element of an array.
fn is_header(text: &str, line: usize) -> bool {
    let above = text[..line].trim_end();
    !above.ends_with([',', '[', '=', '{'])
}

/// Reads on from a header to an offset.
fn scan(text: &str, begin: usize, offset: usize, mut path: Vec<String>) -> Cursor {
    let bytes = text.as_bytes();
    let mut frames = vec![Frame::new(b'\n', begin)];
    let mut at = begin;
    while at < offset {
        match bytes[at] {
            b'#' => {
                let end = text[at..offset].find('\n').map_or(offset, |end| at + end);
                if end == offset {
                    return Cursor { path: Vec::new(), at: At::Comment(at..offset) };
                }
                at = end;
                continue;
            }
            b'"' | b'\'' => {
                let is_value =
                    frames.last().is_some_and(|frame| frame.kind == b'[' || frame.equals.is_some());
                match string_end(text, at, offset) {
                    Some(end) => at = end,
                    None if is_value => {
                        let quotes =
                            if text[at..].starts_with(&text[at..=at].repeat(3)) { 3 } else { 1 };
                        path.extend(keys(text, &frames));
                        let written = (at + quotes).min(offset)..offset;
                        return Cursor { path, at: At::Value { written, in_string: true } };
                    }
                    None => at = offset,
                }
                continue;
            }
            byte => step(text, byte, at, &mut frames),
        }
        at += 1;
    }
    let innermost = frames.last().copied().unwrap_or(Frame::new(b'\n', begin));
    let is_value = innermost.kind == b'[' || innermost.equals.is_some();
    let from = innermost.equals.map_or(innermost.start, |equals| equals + 1);
    let written = offset - text[from..offset].trim_start().len()..offset;
    path.extend(keys(text, &frames));
    let at = if is_value { At::Value { written, in_string: false } } else { At::Key(written) };
    Cursor { path, at }
}

/// Takes a byte outside of strings and comments.
fn step(text: &str, byte: u8, at: usize, frames: &mut Vec<Frame>) {
    let Some(frame) = frames.last_mut() else { return };
    match byte {
        b'=' if frame.kind == b'[' => {
            // Another key: the array above was not closed.
            let line = text[..at].rfind('\n').map_or(0, |line| line + 1);
            frames.truncate(1);
            frames[0] = Frame { kind: b'\n', start: line, equals: Some(at) };
        }
        b'=' if frame.equals.is_none() => frame.equals = Some(at),
        b',' if frame.kind != b'\n' => *frame = Frame::new(frame.kind, at + 1),
        b'\n' if frame.kind == b'\n' => *frame = Frame::new(b'\n', at + 1),
        b'{' | b'[' => frames.push(Frame::new(byte, at + 1)),
        b'}' | b']' if frames.len() > 1 => drop(frames.pop()),
        _ => {}
    }
}

/// The keys of the open frames, from the outermost one.
fn keys(text: &str, frames: &[Frame]) -> Vec<String> {
    let written = frames.iter().filter_map(|frame| text.get(frame.start..frame.equals?));
    let parts = written.flat_map(|keys| keys.split('.'));
    parts.map(|key| key.trim().trim_matches(['"', '\'']).to_owned()).collect()
}

/// The end of a string before an offset; a string of one line ends with its line.
fn string_end(text: &str, start: usize, offset: usize) -> Option<usize> {
    let quote = &text[start..=start];
    let long = quote.repeat(3);
    let (open, is_long) = if text[start..].starts_with(&long) { (3, true) } else { (1, false) };
    let mut at = start + open;
    while at < offset {
        let rest = text.get(at..)?;
        if is_long && rest.starts_with(&long) {
            return (at + 3 <= offset).then_some(at + 3);
        }
        match rest.as_bytes()[0] {
            b'\\' if quote == "\"" => at += 1,
            b'\n' if !is_long => return Some(at),
            byte if !is_long && byte == quote.as_bytes()[0] => return Some(at + 1),
            _ => {}
        }
        at += rest.chars().next().map_or(1, char::len_utf8).max(1);
        at = text.ceil_char_boundary(at);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The path, and what is at the cursor `|`.
    fn at(text: &str) -> (String, String) {
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        let cursor = Cursor::of(&text, offset);
        let at = match cursor.at {
            At::Key(range) => format!("key {}", &text[range]),
            At::Value { written, in_string: true } => format!("string {}", &text[written]),
            At::Value { written, .. } => format!("value {}", &text[written]),
            At::Header(range) => format!("header {}", &text[range]),
            At::Comment(range) => format!("comment {}", &text[range]),
        };
        (cursor.path.join("/"), at)
    }

    #[test]
    fn a_position_is_known_in_whole_and_in_half_typed_texts() {
        for (text, path, expected) in [
            ("|", "", "key "),
            ("na|", "", "key na"),
            ("name = |", "name", "value "),
            ("name = \"a|", "name", "string a"),
            ("name = \"a\" |", "name", "value \"a\" "),
            ("name = 'a'\nta|", "", "key ta"),
            ("[fr|", "", "header fr"),
            ("[[st|]]", "", "header st"),
            ("[from]\npy|", "from", "key py"),
            ("[from]\npython = \"3|\n[[steps]]\nrun = 1", "from/python", "string 3"),
            ("[[steps]]\nrun = \"a\"\n[[steps]]\ncopy = [\"a\", \"|", "steps/copy", "string "),
            ("steps = [\n  { run = 1 },\n  { co|", "steps", "key co"),
            ("from = { image = \"a\", au|", "from", "key au"),
            ("from = { image = \"a|", "from/image", "string a"),
            ("tags = [\"a\"\nname = \"|", "name", "string "),
            ("env.A = \"x${|", "env/A", "string x${"),
            ("x = '''\na\n'''\nb|", "", "key b"),
            ("x = \"\"\"\n$|", "x", "string \n$"),
            ("a = 1 # sbx: allow(|", "", "comment # sbx: allow("),
            ("# a\n|", "", "key "),
            ("a = \"# \\\" |", "a", "string # \\\" "),
            ("ü = \"é|é", "ü", "string é"),
            ("]]}}\"\nk|", "", "key k"),
        ] {
            assert_eq!(at(text), (path.to_owned(), expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn no_position_of_any_text_panics() {
        let pieces =
            ["\"", "'", "\"\"\"", "[", "]", "{", "}", "=", ",", ".", "#", "\n", "\\", "ü", "a"];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    let text = [one, two, three, one].concat();
                    for offset in 0..=text.len() + 1 {
                        Cursor::of(&text, offset);
                    }
                }
            }
        }
    }
}
