//! Quoting for shell commands.

/// Quotes a word like Python's `shlex.quote`: unchanged if it consists of `A-Za-z0-9_@%+=:,./-`,
/// otherwise in single quotes, so that nothing in it expands.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r#"'"'"'"#))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn words_are_quoted_like_shlex() {
        assert_eq!(quote("a-b_c@1.0,/x=y:+%"), "a-b_c@1.0,/x=y:+%");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("numpy>=1"), "'numpy>=1'");
        assert_eq!(quote("it's"), r#"'it'"'"'s'"#);
        assert_eq!(quote("ä"), "'ä'");
        assert_eq!(quote("~"), "'~'");
    }
}
