//! Text of others, such as a build's log, as it may be written to a terminal.

/// The lines of a text without escape sequences: what a build writes shall not move a cursor.
#[must_use]
pub fn plain_lines(text: &str) -> Vec<String> {
    let stripped = anstream::adapter::strip_str(text).to_string();
    let lines = stripped.lines().map(|line| {
        // A carriage return redraws the line: the last drawing counts.
        let shown = line.rsplit('\r').find(|part| !part.is_empty()).unwrap_or_default();
        shown.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>()
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::plain_lines;

    #[test]
    fn what_a_log_holds_moves_no_cursor() {
        let text = "\u{1b}[31mred\u{1b}[0m\r\n 10%\r 20%\r\n\u{1b}]0;title\u{7}a\tb\u{8}\n\u{9b}2J";
        assert_eq!(plain_lines(text), ["red", " 20%", "a\tb", "2J"]);
    }
}
