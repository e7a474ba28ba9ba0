//! Texts in the syntax of a Dockerfile.

use std::fmt::Write as _;

use serde_json::json;

use crate::scalar::visible;

/// A command behind `RUN`: as it was written where it means the same there. Otherwise `eval` gets
/// it, in a form that has a line for each line of the command.
pub(super) fn command(command: &str, joined: &[&str]) -> String {
    if joined.len() > 1 && joined.iter().all(|part| stays(part)) {
        return joined.join(" \\\n && ");
    }
    if stays(command) && !is_no_shell_form(command) {
        return command.to_owned();
    }
    let mut quoted = String::from("eval $'");
    for (at, line) in command.split('\n').enumerate() {
        if at > 0 {
            quoted.push_str("\\n\\\n");
        }
        // A line of its own that begins with `#` would be a comment of the Dockerfile.
        let mut is_indent = true;
        for c in line.chars() {
            let escape = is_indent && c == '#';
            is_indent &= c == ' ' || c == '\t';
            push(c, escape, &mut quoted);
        }
    }
    quoted.push('\'');
    quoted
}

/// A character between `$'` and `'`, escaped if a Dockerfile or the shell would take it for another.
fn push(c: char, escape: bool, quoted: &mut String) {
    match c {
        '\'' => quoted.push_str("\\'"),
        '\\' => quoted.push_str("\\\\"),
        '\t' => quoted.push_str("\\t"),
        '\r' => quoted.push_str("\\r"),
        // `<<` begins a here-document.
        '<' => quoted.push_str("\\x3c"),
        c if escape || is_hidden(c) => {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(quoted, "\\x{byte:02x}");
            }
        }
        c => quoted.push(c),
    }
}

/// Whether a Dockerfile does not change a command.
fn stays(command: &str) -> bool {
    let is_plain = command.chars().all(|c| c == '\t' || !is_hidden(c) && c != '\n');
    is_plain
        && !command.trim().is_empty()
        && !command.contains("<<")
        && !command.trim_end().ends_with('\\')
}

/// Whether a Dockerfile would take the command for options, or for a list of words.
fn is_no_shell_form(command: &str) -> bool {
    let command = command.trim();
    command.starts_with("--") || (command.starts_with('[') && command.ends_with(']'))
}

fn is_hidden(c: char) -> bool {
    visible(c.encode_utf8(&mut [0; 4])) != c.to_string()
}

/// The value of `SHELL`, for which `prelude` comes before each command.
pub(super) fn shell(prelude: &str) -> String {
    exec(&["/bin/bash", "-l", "-c", &format!("{prelude}eval \"$0\"")])
}

/// A command in the form of words.
pub(super) fn exec(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| json_string(word)).collect();
    format!("[{}]", words.join(", "))
}

/// A text in JSON, without characters that are not seen.
pub(super) fn json_string(text: &str) -> String {
    crate::scalar::escaped_json(&json!(text).to_string()).into_owned()
}

/// A word of an instruction, in which nothing is expanded.
pub(super) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", escaped(text, &['\\', '"', '$']))
}

/// A path of `COPY` in the form of words, in which the Dockerfile's own escapes are resolved.
pub(super) fn path(text: &str) -> String {
    json_string(&escaped(text, &['\\', '"', '\'', '$']))
}

/// A literal path as a pattern.
pub(super) fn pattern(path: &str) -> String {
    escaped(path, &['\\', '*', '?', '['])
}

fn escaped(text: &str, special: &[char]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if special.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Whether a value can be one of `ENV`: it stays on one line.
pub(super) fn is_one_line(value: &str) -> bool {
    !value.chars().any(|c| matches!(c, '\n' | '\r' | '\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_as_it_was_written_where_it_means_the_same() {
        for text in ["a || b; c # d", "[ -f x ] && y", "echo '\"$X' \\$Y", "a <b"] {
            assert_eq!(command(text, &[]), text);
        }
        assert_eq!(command("a && b", &["a", "b"]), "a \\\n && b");
        assert_eq!(command("[ x ]", &[]), "eval $'[ x ]'");
        assert_eq!(command("a\\", &[]), "eval $'a\\\\'");
        assert_eq!(command("--a", &[]), "eval $'--a'");
        assert_eq!(command("cat <<E", &[]), "eval $'cat \\x3c\\x3cE'");
        assert_eq!(command("it's\n  # x\n", &[]), "eval $'it\\'s\\n\\\n  \\x23 x\\n\\\n'");
        assert_eq!(command("a\u{2028}\u{1b}", &[]), "eval $'a\\xe2\\x80\\xa8\\x1b'");
    }

    #[test]
    fn words_are_not_expanded() {
        assert_eq!(word("/home/user"), "/home/user");
        assert_eq!(word("a $B\\\""), r#""a \$B\\\"""#);
        assert_eq!(path("a b'"), r#""a b\\'""#);
        assert_eq!(pattern("a[1]*"), r"a\[1]\*");
    }
}
