//! One instruction: its keyword, its flags, its arguments and its here-documents.

use std::ops::Range;

use super::flags::{self, Flag};
use super::heredoc::{self, Heredoc};
use super::json::{self, Form};
use super::lines::{Line, Lines};
use super::{syntax, trailing_comment, words};
use crate::diagnostic::{Diagnostic, suggest};
use crate::source::Span;

macro_rules! keywords {
    ($($variant:ident $word:literal)*) => {
        /// The keyword of an instruction.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Keyword {
            $(#[doc = concat!("`", $word, "`.")] $variant,)*
        }

        impl Keyword {
            /// Every keyword with its word.
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)*];

            /// The word in capitals.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

keywords! {
    Add "ADD"
    Arg "ARG"
    Cmd "CMD"
    Copy "COPY"
    Entrypoint "ENTRYPOINT"
    Env "ENV"
    Expose "EXPOSE"
    From "FROM"
    Healthcheck "HEALTHCHECK"
    Label "LABEL"
    Maintainer "MAINTAINER"
    Onbuild "ONBUILD"
    Run "RUN"
    Shell "SHELL"
    Stopsignal "STOPSIGNAL"
    User "USER"
    Volume "VOLUME"
    Workdir "WORKDIR"
}

/// A parsed instruction.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// Its keyword.
    pub keyword: Keyword,
    pub(super) flags: Vec<Flag>,
    pub(super) heredocs: Vec<Heredoc>,
    line: Line,
    /// The range of the arguments, without white space around them.
    rest: Range<usize>,
}

/// An argument with its quotes and escapes.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// The text.
    pub(super) text: String,
    pub(super) range: Range<usize>,
    /// Whether the text equals the source at `range`.
    exact: bool,
}

impl Word {
    /// A text that was derived from a range of the source.
    pub(super) const fn made(text: String, range: Range<usize>) -> Self {
        Self { text, range, exact: false }
    }

    /// The range of a part of the word in its line, or that of the whole word if the text differs
    /// from the source.
    pub(super) fn part(&self, part: Range<usize>) -> Range<usize> {
        if self.exact && self.range.start + part.end <= self.range.end {
            self.range.start + part.start..self.range.start + part.end
        } else {
            self.range.clone()
        }
    }
}

/// Arguments in shell or exec form.
pub(super) enum Arguments {
    /// Shell form: a single line.
    Shell(Word),
    /// Exec form: a JSON array of strings.
    Json(Vec<Word>),
}

/// Parses the instruction of a line, with the here-documents that follow it.
pub(super) fn read(line: Line, lines: &mut Lines<'_>) -> Result<Instruction, Box<Diagnostic>> {
    let text = line.text();
    let end = text.trim_end().len();
    let head = text[..end].find(char::is_whitespace).unwrap_or(end);
    let word = &text[..head];
    let known = Keyword::ALL.iter().find(|(known, _)| word.eq_ignore_ascii_case(known));
    let Some((_, keyword)) = known else {
        return Err(Box::new(unknown(&line, head)));
    };
    let (mut flags, rest) = flags::split(&text[head..end], lines.escape());
    for flag in &mut flags {
        flag.range = flag.range.start + head..flag.range.end + head;
    }
    let start = head + rest;
    let start = start + (text[start..end].len() - text[start..end].trim_start().len());
    let rest = start..end.max(start);
    let mut instruction =
        Instruction { keyword: *keyword, flags, heredocs: Vec::new(), line, rest };
    instruction.take_heredocs(lines)?;
    Ok(instruction)
}

fn unknown(line: &Line, head: usize) -> Diagnostic {
    let word = &line.text()[..head];
    let near = suggest::nearest(word, Keyword::ALL.iter().map(|(word, _)| *word));
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a line continues the one before only if that ends with the escape character, \
                 which is `\\` unless a directive sets another"
            .to_owned(),
    };
    syntax(line.span(0..head), format!("`{word}` is not an instruction")).help(help)
}

/// The instructions that can have here-documents.
pub(super) const WITH_HEREDOCS: [Keyword; 3] = [Keyword::Add, Keyword::Copy, Keyword::Run];

impl Instruction {
    fn take_heredocs(&mut self, lines: &mut Lines<'_>) -> Result<(), Box<Diagnostic>> {
        let takes = WITH_HEREDOCS.contains(&self.keyword);
        if !takes || !self.line.text().contains("<<") || self.json().is_some() {
            return Ok(());
        }
        for marker in heredoc::markers(self.line.text()) {
            let Some((written, start)) = lines.heredoc(&marker.name, marker.tabs) else {
                let message = format!("the here-document `{}` is not closed", marker.name);
                return Err(Box::new(
                    syntax(self.place(), message)
                        .help(format!("end the text with a line that is only `{}`", marker.name)),
                ));
            };
            self.heredocs.push(Heredoc { marker, written, start });
        }
        Ok(())
    }

    /// The span of its first line.
    #[must_use]
    pub fn place(&self) -> Span {
        self.line.head()
    }

    /// The span of all its lines, including here-documents.
    pub(super) fn lines(&self) -> Span {
        let whole = self.line.span(0..self.line.text().len());
        let documents =
            self.heredocs.iter().filter_map(|heredoc| Some(heredoc.start? + heredoc.written.len()));
        Span { end: documents.fold(whole.end, usize::max), ..whole }
    }

    /// The span of its keyword.
    pub(super) fn keyword_place(&self) -> Span {
        self.line.span(0..self.keyword.word().len())
    }

    /// The span of a range of its line.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        self.line.span(range)
    }

    /// The span of a word.
    pub(super) fn span_of(&self, word: &Word) -> Span {
        self.line.span(word.range.clone())
    }

    /// All arguments as one word.
    pub(super) fn rest(&self) -> Word {
        self.word(self.rest.clone())
    }

    /// The span of what stands between the start of a word and the end of the arguments.
    pub(super) fn span_from(&self, word: &Word) -> Span {
        self.line.span(word.range.start..self.rest.end)
    }

    /// The first of the words that is only a `#`, behind those that the instruction needs.
    pub(super) fn lone_hash(&self, needed: usize, escape: char) -> Option<Word> {
        self.words(escape).into_iter().skip(needed).find(|word| word.text == "#")
    }

    fn word(&self, range: Range<usize>) -> Word {
        Word { text: self.line.text()[range.clone()].to_owned(), range, exact: true }
    }

    /// A part of a word as a word.
    pub(super) fn within(&self, word: &Word, part: Range<usize>) -> Word {
        self.word(word.range.start + part.start..word.range.start + part.end)
    }

    /// The arguments, split at white space.
    pub(super) fn words(&self, escape: char) -> Vec<Word> {
        let start = self.rest.start;
        let words = words::split(&self.line.text()[self.rest.clone()], escape);
        words.into_iter().map(|word| self.word(word.start + start..word.end + start)).collect()
    }

    /// The strings of the exec form, if the arguments have it.
    fn json(&self) -> Option<Vec<Word>> {
        match json::form(&self.line.text()[self.rest.clone()]) {
            Form::Strings(strings) => Some(self.strings(strings)),
            _ => None,
        }
    }

    fn strings(&self, strings: Vec<(String, Range<usize>)>) -> Vec<Word> {
        let start = self.rest.start;
        let word = |(text, range): (String, Range<usize>)| Word {
            text,
            range: range.start + start..range.end + start,
            exact: false,
        };
        strings.into_iter().map(word).collect()
    }

    /// The arguments in shell or exec form.
    pub(super) fn arguments(&self) -> Result<Arguments, Box<Diagnostic>> {
        let rest = self.rest();
        let fault = |message: &str, help: &str| {
            Err(Box::new(syntax(self.span_of(&rest), message).help(help)))
        };
        match json::form(&rest.text) {
            Form::Strings(strings) if strings.iter().any(|(text, _)| text.contains('\0')) => {
                fault("a string of the array contains a NUL character", "remove `\\u0000`")
            }
            Form::Strings(strings) => Ok(Arguments::Json(self.strings(strings))),
            Form::Shell => Ok(Arguments::Shell(rest)),
            Form::Mixed => {
                fault("the array has an element that is not a string", "quote each element")
            }
            Form::Commented(at) => {
                let comment = self.within(&rest, at..rest.text.len());
                Err(Box::new(trailing_comment(self.span_of(&comment))))
            }
            Form::Almost => fault(
                "the array is not valid JSON, so Docker would run it as a shell command",
                "use double quotes, and commas between the strings but not after the last",
            ),
        }
    }
}
