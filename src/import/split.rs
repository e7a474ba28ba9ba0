//! A command that joins others with `&&`, as the list of them.

/// The parts of a command that ` && ` joins outside of quotes and parentheses, with single spaces
/// between their words. A joined list is the same command. `None` if the command has several lines,
/// or is not understood as far as that.
pub(super) fn parts(command: &str) -> Option<Vec<String>> {
    if command.contains('\n') || command.contains('#') {
        return None;
    }
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut depth = 0_usize;
    let mut is_after_space = false;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        if matches!(c, ' ' | '\t') {
            is_after_space = true;
            continue;
        }
        let joins = c == '&' && depth == 0 && chars.peek() == Some(&'&');
        if std::mem::take(&mut is_after_space) && !part.is_empty() && !joins {
            part.push(' ');
        }
        match c {
            '\\' => {
                part.push(c);
                part.push(chars.next()?);
            }
            '\'' | '"' => {
                part.push(c);
                loop {
                    let next = chars.next()?;
                    part.push(next);
                    if next == '\\' && c == '"' {
                        part.push(chars.next()?);
                    } else if next == c {
                        break;
                    } else if c == '"' && matches!(next, '`' | '$') && chars.peek() == Some(&'(') {
                        // Quotes within a substitution are its own.
                        return None;
                    }
                }
            }
            '`' => return None,
            '(' | '{' => {
                depth += 1;
                part.push(c);
            }
            ')' | '}' => {
                depth = depth.checked_sub(1)?;
                part.push(c);
            }
            '&' if joins => {
                chars.next();
                parts.push(std::mem::take(&mut part));
            }
            c => part.push(c),
        }
    }
    parts.push(part);
    let is_whole = depth == 0 && parts.iter().all(|part| !part.is_empty());
    let opens = |part: &String| {
        let first = part.split(' ').next().unwrap_or_default();
        matches!(first, "if" | "for" | "while" | "until" | "case" | "select" | "function" | "[[")
    };
    (is_whole && !parts.iter().any(opens)).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn only_what_is_understood_is_split() {
        let split = |command: &str| parts(command).map(|parts| parts.join("|"));
        assert_eq!(split("a   b &&  c").as_deref(), Some("a b|c"));
        assert_eq!(split("a '  && ' && b").as_deref(), Some("a '  && '|b"));
        assert_eq!(split("(a && b) && c || d").as_deref(), Some("(a && b)|c || d"));
        assert_eq!(split("a \\  b").as_deref(), Some("a \\  b"));
        assert_eq!(split(" a \\  && b ").as_deref(), Some("a \\ |b"));
        for whole in ["a &&", "a\nb", "a `b`", "if a && b; then c; fi", "a 'b", "a # b", "a ) b"] {
            assert_eq!(split(whole), None, "{whole}");
        }
    }
}
