//! `--name=value` between a keyword and its arguments.

use std::ops::Range;

/// A flag of an instruction.
#[derive(Debug, Clone)]
pub(super) struct Flag {
    /// The name, without the dashes.
    pub(super) name: String,
    /// The value behind `=`, with quotes and escapes resolved.
    pub(super) value: Option<String>,
    pub(super) range: Range<usize>,
}

/// The flags at the beginning of a text, and the offset of the rest.
///
/// A lone `--` ends them.
pub(super) fn split(text: &str, escape: char) -> (Vec<Flag>, usize) {
    let mut flags = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if !text[at..].starts_with("--") {
            return (flags, at);
        }
        let (word, length) = word(&text[at..], escape);
        let range = at..at + length;
        at = range.end;
        let Some(body) = word.strip_prefix("--").filter(|body| !body.is_empty()) else {
            return (flags, at);
        };
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (body, None),
        };
        flags.push(Flag { name: name.to_owned(), value, range });
    }
}

/// The first word of a text without its quotes, and its length in the source.
fn word(text: &str, escape: char) -> (String, usize) {
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == escape {
            word.extend(chars.next().map(|(_, c)| c));
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_some() {
            word.push(c);
        } else if c.is_whitespace() {
            return (word, at);
        } else if matches!(c, '"' | '\'') {
            quote = Some(c);
        } else {
            word.push(c);
        }
    }
    (word, text.len())
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn flags_end_at_the_first_word_without_dashes() {
        let text = r#"--chown=a:b --link --from="x y"  src --not=one"#;
        let (flags, rest) = split(text, '\\');
        let flags: Vec<_> =
            flags.iter().map(|flag| (flag.name.as_str(), flag.value.as_deref())).collect();
        assert_eq!(flags, [("chown", Some("a:b")), ("link", None), ("from", Some("x y"))]);
        assert_eq!(&text[rest..], "src --not=one");
        assert_eq!(split("-- --a", '\\').1, 2);
        assert_eq!(split("", '\\').1, 0);
    }
}
