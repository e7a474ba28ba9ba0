//! Splits a text into words, which keep their quotes and escapes.

use std::ops::Range;

/// The ranges of the words of a text. White space in quotes, or behind the escape character, is
/// part of the word.
pub(super) fn split(text: &str, escape: char) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut chars = text.char_indices();
    let mut end = text.len();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start.get_or_insert(at);
        if c == escape && quote != Some('\'') {
            if chars.next().is_none() {
                // An escape character at the end is literal.
                end = at;
            }
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '"' | '\'') {
            quote = Some(c);
        }
    }
    words.extend(start.map(|start| start..end).filter(|word| !word.is_empty()));
    words
}

#[cfg(test)]
mod tests {
    use super::split;

    fn words(text: &str) -> Vec<&str> {
        split(text, '\\').into_iter().map(|word| &text[word]).collect()
    }

    #[test]
    fn quotes_and_escapes_hold_words_together() {
        assert_eq!(words("a  b\tc "), ["a", "b", "c"]);
        assert_eq!(words(r#"A="x y" B='z \' C=p\ q"#), [r#"A="x y""#, r"B='z \'", r"C=p\ q"]);
        assert_eq!(words(r#"a\" b "c\" d""#), [r#"a\""#, "b", r#""c\" d""#]);
        assert_eq!(words(r"a b\"), ["a", "b"]);
        assert_eq!(words(r"\"), [""; 0]);
        assert_eq!(words("\"open end"), ["\"open end"]);
        assert_eq!(words("''"), ["''"]);
    }
}
