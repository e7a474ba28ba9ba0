//! The common parts of both kinds of patterns, as regular expressions.

/// The fault of an invalid bracket expression.
pub(super) const BAD_PATTERN: &str = "a `[` is not closed, or contains an invalid range";

/// The syntax of bracket expressions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The source of a copy: the syntax of shells. `!` or `^` negates, a first `]` and a dash at
    /// either end are literal, and there are classes such as `[:alpha:]`.
    Glob,
    /// An ignore pattern: the syntax of Go. Only `^` negates, and `]` and `-` must be escaped. A
    /// negated class also matches `/`.
    Ignore,
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Parses a bracket expression after its `[`, and appends it as a class.
///
/// It contains characters and ranges; `\` escapes.
pub(super) fn push_class(
    regex: &mut String,
    chars: &mut Chars<'_>,
    dialect: Dialect,
) -> Result<(), &'static str> {
    let glob = dialect == Dialect::Glob;
    regex.push('[');
    if chars.next_if(|c| *c == '^' || (glob && *c == '!')).is_some() {
        regex.push('^');
    }
    let mut first = true;
    while first || chars.next_if_eq(&']').is_none() {
        if glob && let Some(class) = take_named(chars) {
            regex.push_str(&class);
            first = false;
            continue;
        }
        let low = member(chars, glob && first, glob)?;
        first = false;
        push_escaped(regex, low);
        let mut ahead = chars.clone();
        if ahead.next() == Some('-') && !(glob && ahead.next() == Some(']')) {
            chars.next();
            let high = member(chars, false, glob)?;
            if high < low {
                return Err(BAD_PATTERN);
            }
            regex.push('-');
            push_escaped(regex, high);
        }
    }
    regex.push(']');
    Ok(())
}

fn push_escaped(regex: &mut String, c: char) {
    regex.push_str(&regex::escape(&c.to_string()));
}

/// Parses `[:NAME:]`, if it follows.
fn take_named(chars: &mut Chars<'_>) -> Option<String> {
    const NAMES: &[&str] = &[
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
        "space", "upper", "word", "xdigit",
    ];
    let rest: String = chars.clone().take_while(|c| *c != ']').collect();
    let name = rest.strip_prefix("[:")?.strip_suffix(':')?;
    let known = NAMES.contains(&name.strip_prefix('^').unwrap_or(name));
    known.then(|| {
        chars.nth(rest.chars().count());
        format!("{rest}]")
    })
}

fn member(chars: &mut Chars<'_>, bracket: bool, dash: bool) -> Result<char, &'static str> {
    match chars.next() {
        Some('\\') => chars.next().ok_or(BAD_PATTERN),
        Some(']') if !bracket => Err(BAD_PATTERN),
        Some('-') if !dash => Err(BAD_PATTERN),
        Some(c) => Ok(c),
        None => Err(BAD_PATTERN),
    }
}
