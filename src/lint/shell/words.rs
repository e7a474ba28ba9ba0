//! Text → words and operators.

use std::ops::Range;

use super::{HereDocument, Word};

/// One piece of a command text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word.
    Word(Word),
    /// An operator with its byte range. The end of a line is `\n`.
    Operator(&'static str, Range<usize>),
}

/// Stands for a text that an outer shell inserts, and that is known only in the build. A command
/// cannot contain this character.
pub(super) const UNKNOWN: char = '\0';

/// The operators, longer ones first.
const OPERATORS: &[&str] = &[
    "&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "<>", ">|", "&>",
    "|&", "&", "|", ";", "<", ">", "(", ")", "\n",
];

/// Whether an operator begins with a byte: most words begin with none of them.
const BEGINS_OPERATOR: [bool; 256] = {
    let mut begins = [false; 256];
    let mut at = 0;
    while at < OPERATORS.len() {
        begins[OPERATORS[at].as_bytes()[0] as usize] = true;
        at += 1;
    }
    begins
};

/// The operator that a text begins with.
fn operator(text: &str) -> Option<&'static str> {
    let first = *text.as_bytes().first()?;
    let begins = |operator: &&str| text.starts_with(*operator);
    BEGINS_OPERATOR[usize::from(first)].then(|| OPERATORS.iter().copied().find(begins)).flatten()
}

/// Tokenizes a text; `None` if a quote or a substitution is never closed.
pub(super) fn tokens(text: &str) -> Option<(Vec<Token>, Vec<HereDocument>)> {
    let mut tokens = Vec::new();
    let mut heredocs = Vec::new();
    // Here-documents whose body begins on the next line: whether to strip tabs, and the delimiter.
    let mut waiting: Vec<(bool, Word)> = Vec::new();
    let mut announced = None;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let rest = &text[at..];
        if matches!(byte, b' ' | b'\t' | b'\r') {
            at += 1;
        } else if rest.starts_with("\\\n") {
            at += 2;
        } else if *byte == b'#' {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(operator) = operator(rest) {
            let end = at + operator.len();
            tokens.push(Token::Operator(operator, at..end));
            at = end;
            match operator {
                "<<" | "<<-" => announced = Some(operator == "<<-"),
                "\n" => {
                    for (tabs, word) in waiting.drain(..) {
                        let heredoc = body(text, at, tabs, &word);
                        // Skip the closing delimiter.
                        at = end_of_line(text, heredoc.body.end);
                        heredocs.push(heredoc);
                    }
                }
                _ => {}
            }
        } else {
            let word = word(text, at)?;
            at = word.range.end;
            if let Some(tabs) = announced.take() {
                waiting.push((tabs, word.clone()));
            }
            tokens.push(Token::Word(word));
        }
    }
    // Without a next line, the body is empty and not closed.
    for (tabs, word) in waiting {
        heredocs.push(body(text, text.len(), tabs, &word));
    }
    Some((tokens, heredocs))
}

/// The offset after the line that begins at `at`.
fn end_of_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |found| at + found + 1)
}

fn body(text: &str, start: usize, tabs: bool, word: &Word) -> HereDocument {
    let delimiter = word.literal.clone().unwrap_or_else(|| text[word.range.clone()].to_owned());
    let mut at = start;
    let mut closed = false;
    while at < text.len() {
        let end = end_of_line(text, at);
        let line = text[at..end].trim_end_matches(['\n', '\r']);
        let line = if tabs { line.trim_start_matches('\t') } else { line };
        if line == delimiter {
            closed = true;
            break;
        }
        at = end;
    }
    HereDocument { delimiter, announced: word.range.clone(), body: start..at, closed }
}

/// A construct that is open within an expansion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `"…"`
    Double,
    /// `$(…)`, `<(…)` and plain parentheses within one.
    Parenthesis,
    /// `${…}`
    Brace,
    /// `` `…` ``
    Backtick,
}

/// The offset after the expansion that begins with the `$` or backtick at `at`. A plain `$NAME`
/// ends after its `$`. `None` if the expansion is never closed.
pub(super) fn after_expansion(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut open, mut at) = match (bytes.get(at)?, bytes.get(at + 1)) {
        (b'`', _) => (vec![Open::Backtick], at + 1),
        (b'$', Some(b'(')) => (vec![Open::Parenthesis], at + 2),
        (b'$', Some(b'{')) => (vec![Open::Brace], at + 2),
        _ => return Some(at + 1),
    };
    while let Some(inner) = open.last().copied() {
        let rest = &text[at..];
        at += match (rest.bytes().next()?, inner) {
            (b'\\', _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            (b'\'', Open::Parenthesis | Open::Backtick | Open::Brace) => rest[1..].find('\'')? + 2,
            (b'"', Open::Double)
            | (b'`', Open::Backtick)
            | (b')', Open::Parenthesis)
            | (b'}', Open::Brace) => {
                open.pop();
                1
            }
            (b'"', _) => {
                open.push(Open::Double);
                1
            }
            (b'`', _) => {
                open.push(Open::Backtick);
                1
            }
            (b'(', Open::Parenthesis) => {
                open.push(Open::Parenthesis);
                1
            }
            (b'$', _) if rest.starts_with("$(") => {
                open.push(Open::Parenthesis);
                2
            }
            (b'$', _) if rest.starts_with("${") => {
                open.push(Open::Brace);
                2
            }
            // `$'…'` has its own escapes, which are not supported.
            (b'$', inner) if rest.starts_with("$'") && inner != Open::Double => return None,
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    Some(at)
}

/// Whether a backslash in double quotes is literal before this byte.
pub(super) const fn keeps_backslash(next: Option<u8>) -> bool {
    !matches!(next, Some(b'"' | b'\\' | b'$' | b'`' | b'\n'))
}

/// The word that begins at `start`.
fn word(text: &str, start: usize) -> Option<Word> {
    let bytes = text.as_bytes();
    let mut value = String::new();
    let (mut literal, mut quoted, mut double) = (true, false, false);
    let mut at = start;
    while at < bytes.len() {
        let byte = bytes[at];
        let next = bytes.get(at + 1).copied();
        let mut taken = 1;
        match byte {
            b'\\' => {
                let kept = double && keeps_backslash(next);
                let escaped = text[at + 1..].chars().next();
                taken = 1 + escaped.map_or(0, char::len_utf8);
                quoted = true;
                if literal {
                    if kept {
                        value.push('\\');
                    }
                    value.extend(escaped.filter(|c| !matches!(*c, '\n' | UNKNOWN)));
                }
                literal &= escaped != Some(UNKNOWN);
            }
            b'\'' if !double => {
                let length = text[at + 1..].find('\'')?;
                taken = length + 2;
                quoted = true;
                let within = &text[at + 1..=at + length];
                let known = within.find(UNKNOWN).unwrap_or(length);
                if literal {
                    value.push_str(&within[..known]);
                }
                literal &= known == length;
            }
            b'"' => {
                double = !double;
                quoted = true;
            }
            b'$' if next == Some(b'\'') && !double => return None,
            b'$' | b'`' => {
                literal = false;
                taken = after_expansion(text, at)? - at;
            }
            b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' if !double => {
                break;
            }
            b'*' | b'?' | b'[' | b'{' | b'~' if !double => {
                // A pattern, a list or a home directory: its value is only known in the build. A
                // lone bracket or brace is a reserved word.
                let alone = at == start
                    && next.is_none_or(|next| next.is_ascii_whitespace() || next == b';');
                let brackets = text[start..].starts_with("[[")
                    && text[start + 2..].starts_with(char::is_whitespace);
                if alone || brackets {
                    value.push(char::from(byte));
                } else {
                    literal = false;
                }
            }
            _ => {
                let character = text[at..].chars().next()?;
                taken = character.len_utf8();
                literal &= character != UNKNOWN;
                if literal {
                    value.push(character);
                }
            }
        }
        at += taken;
    }
    let at = at.min(text.len());
    (!double).then(|| Word {
        range: start..at,
        literal: literal.then(|| value.clone()),
        prefix: value,
        quoted,
        begins_quoted: matches!(bytes.get(start), Some(b'\'' | b'"')),
    })
}
