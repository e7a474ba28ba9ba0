//! The parts that both kinds of patterns are made of, as regular expressions.

/// A pattern that cannot be read.
pub(super) const BAD_PATTERN: &str = "a `[` is not closed, or what it holds is no range";

/// Reads a bracket expression whose `[` was just read, and appends it as a class.
///
/// `negators` are the characters that may follow the `[` to negate it. A class holds single
/// characters and ranges; `\` escapes. It never matches a `/`.
pub(super) fn push_class(
    regex: &mut String,
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    negators: &[char],
) -> Result<(), &'static str> {
    let mut class = String::new();
    let negated = chars.next_if(|c| negators.contains(c)).is_some();
    let mut first = true;
    loop {
        if chars.peek() == Some(&']') && !first {
            chars.next();
            break;
        }
        first = false;
        let low = member(chars)?;
        class.push_str(&regex::escape(&low.to_string()));
        if chars.next_if_eq(&'-').is_some() {
            // A final dash stands for itself in globs; ignore patterns refuse it, as Go does.
            let high = member(chars)?;
            if high < low {
                return Err(BAD_PATTERN);
            }
            class.push('-');
            class.push_str(&regex::escape(&high.to_string()));
        }
    }
    if negated {
        regex.extend(["[^/", &class, "]"]);
    } else {
        // The intersection keeps a range such as `[.-0]` from matching the separator.
        regex.extend(["[[", &class, "]&&[^/]]"]);
    }
    Ok(())
}

fn member(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<char, &'static str> {
    match chars.next() {
        Some('\\') => chars.next().ok_or(BAD_PATTERN),
        Some(']' | '-') | None => Err(BAD_PATTERN),
        Some(c) => Ok(c),
    }
}
