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

/// The operators, longer ones first.
const OPERATORS: &[&str] = &[
    "&>>", "<<<", "<<-", ";;&", "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "<>", ">|", "&>",
    "|&", "&", "|", ";", "<", ">", "(", ")", "\n",
];

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
        } else if let Some(operator) =
            OPERATORS.iter().find(|operator| rest.starts_with(**operator))
        {
            let end = at + operator.len();
            tokens.push(Token::Operator(operator, at..end));
            at = end;
            match *operator {
                "<<" | "<<-" => announced = Some(*operator == "<<-"),
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

/// A construct that is open within a word.
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

/// The word that begins at `start`.
fn word(text: &str, start: usize) -> Option<Word> {
    let bytes = text.as_bytes();
    let mut open: Vec<Open> = Vec::new();
    let mut value = String::new();
    let mut literal = true;
    let mut quoted = false;
    let mut at = start;
    while at < bytes.len() {
        let byte = bytes[at];
        let next = bytes.get(at + 1).copied();
        let inner = open.last().copied();
        let mut taken = 1;
        match (byte, inner) {
            (b'\\', _) => {
                // In double quotes, a backslash is literal before most characters.
                let kept = inner == Some(Open::Double)
                    && !matches!(next, Some(b'"' | b'\\' | b'$' | b'`' | b'\n'));
                let escaped = text[at + 1..].chars().next();
                taken = 1 + escaped.map_or(0, char::len_utf8);
                quoted = true;
                if literal {
                    if kept {
                        value.push('\\');
                    }
                    value.extend(escaped.filter(|c| *c != '\n'));
                }
            }
            (b'\'', None | Some(Open::Parenthesis | Open::Backtick | Open::Brace)) => {
                let length = text[at + 1..].find('\'')?;
                taken = length + 2;
                quoted = true;
                if literal {
                    value.push_str(&text[at + 1..=at + length]);
                }
            }
            (b'"', Some(Open::Double))
            | (b'`', Some(Open::Backtick))
            | (b')', Some(Open::Parenthesis))
            | (b'}', Some(Open::Brace)) => {
                open.pop();
            }
            (b'"', _) => {
                open.push(Open::Double);
                quoted = true;
            }
            (b'`', _) => {
                literal = false;
                open.push(Open::Backtick);
            }
            (b'$', _) => {
                literal = false;
                match next {
                    Some(b'(') => {
                        open.push(Open::Parenthesis);
                        taken = 2;
                    }
                    Some(b'{') => {
                        open.push(Open::Brace);
                        taken = 2;
                    }
                    // `$'…'` has its own escapes, which are not supported.
                    Some(b'\'') if inner != Some(Open::Double) => return None,
                    _ => {}
                }
            }
            (b'(', Some(Open::Parenthesis)) => open.push(Open::Parenthesis),
            (b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')', None) => break,
            (b'*' | b'?' | b'[' | b'{' | b'~', None) => {
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
                if literal && open.iter().all(|open| *open == Open::Double) {
                    value.push(character);
                }
            }
        }
        at += taken;
    }
    let at = at.min(text.len());
    open.is_empty().then(|| Word {
        range: start..at,
        literal: literal.then(|| value.clone()),
        prefix: value,
        quoted,
    })
}
