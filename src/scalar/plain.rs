//! Makes foreign text, such as a build's log, safe to print to a terminal.

/// The lines of a text without escape sequences, which could move the cursor.
#[must_use]
pub fn plain_lines(text: &str) -> Vec<String> {
    if !text.is_empty() && !text.contains(char::is_control) {
        // As most lines of a log are.
        return vec![text.to_owned()];
    }
    let stripped = anstream::adapter::strip_str(text).to_string();
    let lines = stripped.lines().map(|line| {
        // A carriage return overwrites the line, so only the last part is visible.
        let shown = line.rsplit('\r').find(|part| !part.is_empty()).unwrap_or_default();
        shown.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>()
    });
    lines.collect()
}

/// A text with at most `most` characters, and `…` in place of the others.
#[must_use]
pub fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{clipped, plain_lines};

    #[test]
    fn a_long_text_is_clipped_between_characters() {
        assert_eq!(clipped("öäü", 3), "öäü");
        assert_eq!(clipped("öäüß", 3), "öäü…");
    }

    #[test]
    fn escape_sequences_are_removed() {
        let text = "\u{1b}[31mred\u{1b}[0m\r\n 10%\r 20%\r\n\u{1b}]0;title\u{7}a\tb\u{8}\n\u{9b}2J";
        assert_eq!(plain_lines(text), ["red", " 20%", "a\tb", "2J"]);
    }
}
