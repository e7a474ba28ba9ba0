//! Commands as single lines of a POSIX shell.

use crate::scalar::shell::quote;
use crate::scalar::{Piece, Text};

/// One line that does what is `before`, and the command if all of that succeeded.
///
/// The command stands in it as it was written wherever it means the same there; otherwise `eval`
/// gets it as one word.
pub(super) fn line(before: &[String], command: &str) -> String {
    let changes = |command| {
        let alone = before.is_empty();
        ends_in_a_continuation(command)
            || if alone { is_no_shell_form(command) } else { binds_looser_than_and(command) }
    };
    let last = if breaks_lines(command) {
        format!("eval \"$(printf {})\"", printf_word(command))
    } else if changes(command) {
        format!("eval {}", quote(command))
    } else {
        command.to_owned()
    };
    let mut line = String::new();
    for part in before {
        line.push_str(part);
        line.push_str(" && ");
    }
    line + &last
}

/// Whether a Dockerfile would not read the command as one line: it knows here-documents, too.
fn breaks_lines(command: &str) -> bool {
    command.contains(['\n', '\r']) || command.contains("<<")
}

/// Whether a Dockerfile would take the line's end for a continuation.
fn ends_in_a_continuation(command: &str) -> bool {
    command.trim_end().ends_with('\\')
}

/// Whether a Dockerfile would take the command for options, or for a list of words.
fn is_no_shell_form(command: &str) -> bool {
    let command = command.trim();
    command.starts_with("--") || (command.starts_with('[') && command.ends_with(']'))
}

/// Whether `&&` before the command would bind to a part of it only, or might.
fn binds_looser_than_and(command: &str) -> bool {
    let joined = command.replace("&&", "").replace(">&", "");
    joined.contains("||") || joined.contains([';', '&', '#'])
}

/// A text as the one argument of `printf`. Everything that a line cannot hold is escaped.
fn printf_word(text: &str) -> String {
    quote(&not_an_option(printf_escaped(text)))
}

/// A format that `printf` does not take for an option, whichever shell's it is.
fn not_an_option(format: String) -> String {
    match format.strip_prefix('-') {
        Some(rest) => format!("\\055{rest}"),
        None => format,
    }
}

fn printf_escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "%%")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace("<<", "\\074\\074")
}

/// What exports variables, as parts of a line. References are left to the shell.
pub(super) fn exports(variables: &[(String, Text)]) -> Vec<String> {
    let breaks = |value: &Text| {
        value.pieces().iter().any(|it| matches!(it, Piece::Literal(text) if breaks_lines(text)))
    };
    let (broken, whole): (Vec<_>, Vec<_>) = variables.iter().partition(|(_, value)| breaks(value));
    let mut parts: Vec<_> = broken.iter().map(|(name, value)| printed(name, value)).collect();
    if !whole.is_empty() {
        let words = whole.iter().map(|(name, value)| format!(" {name}={}", word(value)));
        parts.push(format!("export{}", words.collect::<String>()));
    }
    parts
}

/// A value that has line breaks. The mark at its end keeps those which stand last: a shell takes
/// them away from what it substitutes.
fn printed(name: &str, value: &Text) -> String {
    let mut format = String::new();
    let mut arguments = String::new();
    for piece in value.pieces() {
        match piece {
            Piece::Literal(literal) => format.push_str(&printf_escaped(literal)),
            Piece::Reference { name, .. } => {
                format.push_str("%s");
                arguments.extend([" \"${", name, "}\""]);
            }
        }
    }
    let format = quote(&not_an_option(format + "."));
    format!("{name}=\"$(printf {format}{arguments})\" && {name}=\"${{{name}%.}}\" && export {name}")
}

/// A value as one word.
fn word(value: &Text) -> String {
    let mut word = String::new();
    let mut expands = false;
    for piece in value.pieces() {
        match piece {
            Piece::Literal(literal) => word.push_str(&between_double_quotes(literal)),
            Piece::Reference { name, .. } => {
                expands = true;
                word.extend(["${", name, "}"]);
            }
        }
    }
    if expands {
        return format!("\"{word}\"");
    }
    match value.pieces() {
        [Piece::Literal(literal)] => quote(literal),
        _ => String::new(),
    }
}

fn between_double_quotes(literal: &str) -> String {
    let mut out = String::new();
    for c in literal.chars() {
        if matches!(c, '$' | '`' | '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stands_as_it_was_written_where_it_means_the_same() {
        let before = ["cd /app".to_owned()];
        assert_eq!(line(&[], "a || b; c # d"), "a || b; c # d");
        assert_eq!(
            line(&before, "make && make install 2>&1"),
            "cd /app && make && make install 2>&1"
        );
        assert_eq!(line(&before, "a | b"), "cd /app && a | b");
        assert_eq!(line(&before, "a || b"), "cd /app && eval 'a || b'");
        assert_eq!(line(&before, "a # b"), "cd /app && eval 'a # b'");
        assert_eq!(line(&[], r#"[ "x" ]"#), r#"eval '[ "x" ]'"#);
        assert_eq!(line(&[], "a\\"), "eval 'a\\'");
        assert_eq!(line(&[], "a\nb"), r#"eval "$(printf 'a\nb')""#);
    }
}
