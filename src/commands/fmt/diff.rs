//! What formatting would change, as a unified diff.

use std::fmt::{Result, Write};

use imara_diff::{
    Algorithm, Diff, InternedInput, Interner, Token, UnifiedDiffConfig, UnifiedDiffPrinter,
};

use crate::scalar::visible_line;

/// The unified diff between the text `old` of the file `name` and the text `new`, with three lines
/// of context, and with ANSI colours where `is_colored`.
pub(super) fn unified(name: &str, old: &str, new: &str, is_colored: bool) -> String {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::MyersMinimal, &input);
    diff.postprocess_lines(&input);
    let lines = Lines { texts: &input.interner, is_colored };
    let name = visible_line(name);
    let header = [format!("--- {name}"), format!("+++ {name}")];
    let header: String = header.iter().map(|line| lines.painted("1", line)).collect();
    header + &diff.unified_diff(&lines, UnifiedDiffConfig::default(), &input).to_string()
}

/// The lines of a diff.
struct Lines<'a> {
    texts: &'a Interner<&'a str>,
    is_colored: bool,
}

impl Lines<'_> {
    fn painted(&self, color: &str, line: &str) -> String {
        if self.is_colored && !color.is_empty() {
            format!("\u{1b}[{color}m{line}\u{1b}[0m\n")
        } else {
            format!("{line}\n")
        }
    }

    fn write(&self, mut to: impl Write, sign: char, color: &str, line: Token) -> Result {
        let text = self.texts[line];
        let shown = visible_line(text.trim_end_matches(['\r', '\n']));
        to.write_str(&self.painted(color, &format!("{sign}{shown}")))?;
        if text.ends_with('\n') {
            return Ok(());
        }
        to.write_str("\\ No newline at end of file\n")
    }
}

impl UnifiedDiffPrinter for Lines<'_> {
    fn display_header(
        &self,
        mut f: impl Write,
        start_before: u32,
        start_after: u32,
        len_before: u32,
        len_after: u32,
    ) -> Result {
        let (before, after) = (range(start_before, len_before), range(start_after, len_after));
        f.write_str(&self.painted("36", &format!("@@ -{before} +{after} @@")))
    }

    fn display_context_token(&self, f: impl Write, token: Token) -> Result {
        self.write(f, ' ', "", token)
    }

    fn display_hunk(&self, mut f: impl Write, before: &[Token], after: &[Token]) -> Result {
        before.iter().try_for_each(|line| self.write(&mut f, '-', "31", *line))?;
        after.iter().try_for_each(|line| self.write(&mut f, '+', "32", *line))
    }
}

/// The range of a hunk as GNU `diff -u` writes it, for a range that begins after `start` lines.
fn range(start: u32, length: u32) -> String {
    match length {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        _ => format!("{},{length}", start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn hunks_are_apart_where_more_than_six_lines_are_equal() {
        let lines: Vec<String> = (1..=20).map(|line| format!("{line}\n")).collect();
        let old = lines.concat();
        let new = old.replace("2\n3\n", "2\nnew\n3\n").replace("18\n", "");
        let expected = "--- f\n+++ f\n@@ -1,5 +1,6 @@\n 1\n 2\n+new\n 3\n 4\n 5\n\
                        @@ -15,6 +16,5 @@\n 15\n 16\n 17\n-18\n 19\n 20\n";
        assert_eq!(unified("f", &old, &new, false), expected);
        assert_eq!(unified("f", &old, &old, false), "--- f\n+++ f\n");
    }

    #[test]
    fn a_range_of_one_or_no_line_is_written_as_by_gnu_diff() {
        let expected = "--- f\n+++ f\n@@ -1 +1,2 @@\n a\n+b\n";
        assert_eq!(unified("f", "a\n", "a\nb\n", false), expected);
        let expected = "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n\\ No newline at end of file\n";
        assert_eq!(unified("f", "", "a", false), expected);
    }
}
