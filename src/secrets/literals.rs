//! The string values of keys, found without parsing: also in a text that is not valid TOML, and in
//! comments.

use std::ops::Range;

/// The ranges of the text between the quotes behind each of `keys`. A string that is not closed
/// ends with its line, or with the text if it may have several lines.
#[must_use]
pub fn string_values(text: &str, keys: &[&str]) -> Vec<Range<usize>> {
    let ends = |key: &&str| {
        let length = key.len();
        text.match_indices(*key).map(move |(start, _)| (start, start + length)).collect::<Vec<_>>()
    };
    let mut found: Vec<_> = keys.iter().flat_map(ends).collect();
    found.sort_unstable();
    let mut values: Vec<Range<usize>> = Vec::new();
    for (start, end) in found {
        let is_within = values.last().is_some_and(|value| start < value.end);
        if is_within || !is_whole_word(text, start, end) {
            continue;
        }
        values.extend(value_behind(text, end).filter(|value| !value.is_empty()));
    }
    values
}

fn is_whole_word(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    !text[..start].ends_with(is_word) && !text[end..].starts_with(is_word)
}

/// The range between the quotes of the string that follows the key which ends at `end`.
fn value_behind(text: &str, end: usize) -> Option<Range<usize>> {
    let is_blank = |c| c == ' ' || c == '\t';
    let rest = &text[end..];
    let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest).trim_start_matches(is_blank);
    let string = rest.strip_prefix('=')?.trim_start_matches(is_blank);
    let (quotes, length) = match string.as_bytes() {
        [b'"', b'"', b'"', ..] => (3, string[3..].find("\"\"\"")),
        [b'\'', b'\'', b'\'', ..] => (3, string[3..].find("'''")),
        [b'"', ..] => (1, Some(basic_length(&string[1..]))),
        [b'\'', ..] => (1, string[1..].find(['\'', '\r', '\n'])),
        _ => return None,
    };
    let start = text.len() - string.len() + quotes;
    Some(start..length.map_or(text.len(), |length| start + length))
}

/// How many bytes of `text` belong to the basic string that it begins within.
fn basic_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.find(|c| {
        let is_end = matches!(c, '\r' | '\n') || (c == '"' && !is_escaped);
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::string_values;

    const KEYS: &[&str] = &["password", "private_key", "secret_access_key"];

    fn values(text: &str) -> Vec<&str> {
        string_values(text, KEYS).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn strings_of_each_kind_are_found_closed_or_not() {
        for (text, value) in [
            (r#"password = "hünter"#, "hünter"),
            ("secret_access_key='a'", "a"),
            (r#"{ "password" = "x\"y", z = 1 }"#, r#"x\"y"#),
            ("password = 'a\nb = 'c'", "a"),
            ("private_key = '''\na\nb\n'''\nx = 1", "\na\nb\n"),
            ("private_key = \"\"\"\na\nb", "\na\nb"),
            ("# auth.password = \"a\"\r\n", "a"),
        ] {
            assert_eq!(values(text), [value], "{text}");
        }
    }

    #[test]
    fn other_keys_and_other_values_are_left_alone() {
        for text in [
            r#"password = { env = "NAME" }"#,
            r#"passwords = "x""#,
            r#"my_password = "x""#,
            r#"password = """#,
            "password",
            "",
        ] {
            assert!(values(text).is_empty(), "{text}");
        }
    }
}
