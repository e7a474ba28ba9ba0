//! The exec form of arguments: `["program", "argument"]`.

use std::ops::Range;

use serde_json::Value;

/// The form of the arguments of an instruction.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Not a JSON array: the shell form.
    Shell,
    /// An array of strings with their ranges.
    Strings(Vec<(String, Range<usize>)>),
    /// An array with another kind of element, which Docker rejects.
    Mixed,
    /// Probably intended as an array, but invalid JSON, so Docker takes it for the shell form.
    Almost,
    /// An array with a comment behind it, at this byte, which makes it the shell form.
    Commented(usize),
}

/// Determines the form of arguments.
pub(super) fn form(text: &str) -> Form {
    let body = text.trim();
    if !body.starts_with('[') {
        return Form::Shell;
    }
    let Ok(values) = serde_json::from_str::<Vec<Value>>(body) else {
        let inner = body[1..].trim_start();
        let quoted = inner.starts_with(['"', '\'']) && body.ends_with(']');
        return match comment(text) {
            Some(comment) => Form::Commented(comment),
            None if quoted => Form::Almost,
            None => Form::Shell,
        };
    };
    let strings = values.into_iter().map(|value| match value {
        Value::String(string) => Some(string),
        _ => None,
    });
    match strings.collect::<Option<Vec<_>>>() {
        Some(strings) => Form::Strings(strings.into_iter().zip(places(text)).collect()),
        None => Form::Mixed,
    }
}

/// The start of a comment behind an array of strings.
fn comment(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Vec<String>>();
    values.next()?.ok()?;
    let rest = text[values.byte_offset()..].trim_start();
    rest.starts_with('#').then(|| text.len() - rest.len())
}

/// The ranges of the strings of an array, including quotes.
fn places(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut start = None;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (byte, start) {
            (b'\\', Some(_)) => drop(bytes.next()),
            (b'"', Some(from)) => {
                places.push(from..at + 1);
                start = None;
            }
            (b'"', None) => start = Some(at),
            _ => {}
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::{Form, form};

    #[test]
    fn only_arrays_of_strings_are_the_exec_form() {
        let Form::Strings(strings) = form(r#" ["a\"b", "ä" ]"#) else { panic!("an array") };
        assert_eq!(strings, [("a\"b".to_owned(), 2..8), ("ä".to_owned(), 10..14)]);
        assert_eq!(form("[]"), Form::Strings(Vec::new()));
        assert_eq!(form("[1]"), Form::Mixed);
        assert_eq!(form("['a', 'b']"), Form::Almost);
        assert_eq!(form(r#"["a",]"#), Form::Almost);
        assert_eq!(form("[ -f x ] && y"), Form::Shell);
        assert_eq!(form(r##"["a", "#"]  # b"##), Form::Commented(12));
        assert_eq!(form(r#"["a" = "$b" ] # c"#), Form::Shell);
        assert_eq!(form("[ a ] # b"), Form::Shell);
        assert_eq!(form(&"[".repeat(10_000)), Form::Shell);
    }
}
