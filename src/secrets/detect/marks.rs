//! What a secret cannot be without, looked for in one pass.
//!
//! Few texts hold any of it, and the expressions that look closer take longer to make than all
//! else that a check does, so they are made for texts that do. An automaton for all of the words
//! would, too: its making is a quarter of a small check.

use std::ops::Range;
use std::sync::LazyLock;

use super::services::FORMS;

/// What was seen in a text.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Prefixes of services' keys as they come, of those at one place the form's that stands first.
    pub(super) prefixes: Vec<Prefix>,
    /// Whether there may be a URL.
    pub(super) url: bool,
    /// Whether there may be a header that signs in.
    pub(super) header: bool,
    /// Whether there may be a name that promises a secret.
    pub(super) name: bool,
}

/// A prefix of a service's keys.
#[derive(Debug)]
pub(super) struct Prefix {
    /// Where it stands.
    pub(super) range: Range<usize>,
    /// The number of the form that begins with it.
    pub(super) form: usize,
}

/// What one of the words that are looked for tells.
#[derive(Clone, Copy)]
enum Sign {
    /// The beginning of a key of that form.
    Prefix(usize),
    Url,
    Header,
    Name,
}

/// A part of each name that promises a secret, in lower case.
const NAMES: &[&str] =
    &["pass", "_pwd", "-pwd", "token", "secret", "key", "credentials", "_pat", "-pat"];

/// One of the words.
type Word = (&'static [u8], Sign);

/// The words and what each tells, by the first byte, in lower case.
static WORDS: LazyLock<Vec<Vec<Word>>> = LazyLock::new(|| {
    let prefixes = FORMS.iter().enumerate();
    let prefixes = prefixes.flat_map(|(at, form)| form.prefixes.iter().map(move |it| (*it, at)));
    let prefixes = prefixes.map(|(prefix, form)| (prefix, Sign::Prefix(form)));
    let names = NAMES.iter().map(|name| (*name, Sign::Name));
    let others = [("://", Sign::Url), ("authorization", Sign::Header)];
    let mut words = vec![Vec::new(); 256];
    for (word, sign) in prefixes.chain(names).chain(others) {
        let word = word.as_bytes();
        words[usize::from(word[0].to_ascii_lowercase())].push((word, sign));
    }
    words
});

impl Marks {
    /// What there is in `text`.
    pub(super) fn of(text: &str) -> Self {
        let mut marks = Self::default();
        let words = &*WORDS;
        for (at, byte) in text.bytes().enumerate() {
            for (word, sign) in &words[usize::from(byte.to_ascii_lowercase())] {
                let end = at + word.len();
                let Some(found) = text.as_bytes().get(at..end) else { continue };
                if !found.eq_ignore_ascii_case(word) {
                    continue;
                }
                match sign {
                    Sign::Prefix(form) if found == *word => {
                        marks.prefixes.push(Prefix { range: at..end, form: *form });
                    }
                    Sign::Prefix(_) => {}
                    Sign::Url => marks.url |= has_user(&text[end..]),
                    Sign::Header => marks.header = true,
                    Sign::Name => marks.name = true,
                }
            }
        }
        marks
    }
}

/// Whether a user stands in front of the host with which `rest` begins.
fn has_user(rest: &str) -> bool {
    let authority = rest.split(|c: char| c == '/' || c.is_whitespace()).next();
    authority.is_some_and(|authority| authority.contains('@'))
}
