//! Whether a command survives being joined to others with ` && `.

use std::ops::Range;

use super::Word;
use super::words::{Token, tokens};

/// Why joining breaks a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint) enum Broken {
    /// It ends with a comment, which continues to the end of the line.
    Comment,
    /// Its here-document does not end, because its closing line gets more text.
    HereDocument,
    /// It ends with a line break, and a line cannot begin with `&&`.
    LineBreak,
    /// It begins or ends with an operator.
    Operator,
    /// It begins or ends within a compound command.
    Keyword,
    /// It ends with a backslash, which escapes the space behind it.
    Backslash,
    /// It ends within quotes.
    Quote,
}

/// Why a command cannot be followed by another, and the range at fault.
pub(in crate::lint) fn at_end(text: &str) -> Option<(Broken, Range<usize>)> {
    let whole = 0..text.len();
    let Some((tokens, heredocs)) = tokens(text) else {
        // The tokenizer does not accept `$'…'`, which is not an error.
        return (!text.contains("$'")).then_some((Broken::Quote, whole));
    };
    if let Some(open) = heredocs.iter().find(|heredoc| !heredoc.closed) {
        return Some((Broken::HereDocument, open.announced.clone()));
    }
    if let Some(last) = heredocs.last() {
        let rest = text[last.body.end..].trim_start_matches('\t');
        if rest.strip_prefix(last.delimiter.as_str()) == Some("") {
            return Some((Broken::HereDocument, last.announced.clone()));
        }
    }
    if text.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1 {
        return Some((Broken::Backslash, text.len() - 1..text.len()));
    }
    let end = tokens.last().map_or(0, |token| range(token).end);
    let end = end.max(heredocs.last().map_or(0, |last| last.body.end));
    let rest = &text[end..];
    if let Some(at) = rest.find('#').filter(|_| !rest.contains('\n')) {
        return Some((Broken::Comment, end + at..text.len()));
    }
    match tokens.as_slice() {
        [.., Token::Operator("\n", _)] => Some((Broken::LineBreak, whole)),
        [.., Token::Operator(operator, range)] if *operator != ")" => {
            Some((Broken::Operator, range.clone()))
        }
        [before @ .., Token::Word(word)] if opens(word) => {
            let first = matches!(before.last(), None | Some(Token::Operator(..)));
            first.then(|| (Broken::Keyword, word.range.clone()))
        }
        _ => None,
    }
}

/// Why a command cannot follow another, and the range at fault.
pub(in crate::lint) fn at_start(text: &str) -> Option<(Broken, Range<usize>)> {
    let (tokens, _) = tokens(text)?;
    match tokens.first()? {
        Token::Operator("\n" | "(" | "<" | ">" | ">>" | "&>" | "<<<", _) => None,
        Token::Operator(_, range) => Some((Broken::Operator, range.clone())),
        Token::Word(word) => {
            const CLOSING: &[&str] = &["then", "do", "done", "fi", "else", "elif", "esac", "}"];
            is_one_of(word, CLOSING).then(|| (Broken::Keyword, word.range.clone()))
        }
    }
}

/// Whether a word begins a construct that needs another word.
fn opens(word: &Word) -> bool {
    is_one_of(word, &["then", "do", "else", "elif", "if", "while", "until", "{", "!"])
}

fn is_one_of(word: &Word, keywords: &[&str]) -> bool {
    !word.quoted && word.literal.as_deref().is_some_and(|text| keywords.contains(&text))
}

fn range(token: &Token) -> &Range<usize> {
    match token {
        Token::Word(word) => &word.range,
        Token::Operator(_, range) => range,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_joining_breaks_are_found() {
        let end = |text: &str| at_end(text).map(|(broken, range)| (broken, text[range].to_owned()));
        let broken = |broken, part: &str| Some((broken, part.to_owned()));
        assert_eq!(end("make # all of it"), broken(Broken::Comment, "# all of it"));
        assert_eq!(end("# only"), broken(Broken::Comment, "# only"));
        assert_eq!(end("cat <<EOF >a\nb\nEOF"), broken(Broken::HereDocument, "EOF"));
        assert_eq!(end("cat <<-'E' >a\nb\n\tE"), broken(Broken::HereDocument, "'E'"));
        assert_eq!(end("cat <<EOF"), broken(Broken::HereDocument, "EOF"));
        assert_eq!(end("make\n"), broken(Broken::LineBreak, "make\n"));
        assert_eq!(end("cat <<E\nb\nE\n").map(|found| found.0), Some(Broken::LineBreak));
        assert_eq!(end("server &"), broken(Broken::Operator, "&"));
        assert_eq!(end("make;"), broken(Broken::Operator, ";"));
        assert_eq!(end("make &&"), broken(Broken::Operator, "&&"));
        assert_eq!(end("make \\"), broken(Broken::Backslash, "\\"));
        assert_eq!(end("if a; then"), broken(Broken::Keyword, "then"));
        assert_eq!(end("echo 'a").map(|found| found.0), Some(Broken::Quote));
        for whole in [
            "make",
            "echo a#b",
            "echo '# a'",
            "make # a\nmake",
            "cat <<E\nb\nE\nmake",
            "(a; b)",
            "{ a; }",
            "echo then",
            "echo $'a'",
            "make \\\\",
            "x=1",
            "if a; then b; fi",
            "a & wait",
        ] {
            assert_eq!(end(whole), None, "{whole}");
        }
        assert_eq!(at_start("&& a").map(|found| found.0), Some(Broken::Operator));
        assert_eq!(at_start("fi").map(|found| found.0), Some(Broken::Keyword));
        for whole in ["(a)", "\na", "if a; then b; fi", "'then' a", "> a"] {
            assert_eq!(at_start(whole), None, "{whole}");
        }
    }
}
