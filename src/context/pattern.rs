//! The parts that both kinds of patterns are made of, as regular expressions.

/// A pattern that cannot be read.
pub(super) const BAD_PATTERN: &str = "a `[` is not closed, or what it holds is no range";

/// Whose rules a bracket expression follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A copy's source: as shells read it. `!` or `^` negates, a first `]` and a dash that is
    /// between no two characters stand for themselves, and there are classes such as `[:alpha:]`.
    Glob,
    /// An ignore pattern: as Go reads it. Only `^` negates, and `]` and `-` need an escape. It is
    /// held against whole paths, and what it does not exclude may be a `/`.
    Ignore,
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Reads a bracket expression whose `[` was just read, and appends it as a class.
///
/// It holds single characters and ranges; `\` escapes.
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

/// Reads `[:NAME:]`, if that is what follows.
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
