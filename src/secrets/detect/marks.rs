//! A fast scan for parts that every secret contains.
//!
//! Few texts contain any of them, and compiling the regular expressions takes longer than the rest
//! of a check, so they are compiled only when needed. An automaton for all of the words would cost
//! too much as well: building it is a quarter of a small check.

use std::ops::Range;
use std::sync::LazyLock;

use super::services::FORMS;

/// The marks found in a text.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Prefixes of service keys in order; at each position, that of the first matching form.
    pub(super) prefixes: Vec<Prefix>,
    /// Whether there may be a URL.
    pub(super) url: bool,
    /// Whether there may be a header with credentials.
    pub(super) header: bool,
    /// Whether there may be a name that suggests a secret.
    pub(super) name: bool,
}

/// A prefix of a service's keys.
#[derive(Debug)]
pub(super) struct Prefix {
    pub(super) range: Range<usize>,
    /// The index of its form.
    pub(super) form: usize,
}

/// What the occurrence of a word indicates.
#[derive(Clone, Copy)]
enum Sign {
    /// The beginning of a key of the form with this index.
    Prefix(usize),
    Url,
    Header,
    Name,
}

/// A part of each name that suggests a secret, in lower case.
const NAMES: &[&str] =
    &["pass", "_pwd", "-pwd", "token", "secret", "key", "credentials", "_pat", "-pat"];

/// A word to look for.
type Word = (&'static [u8], Sign);

/// The words in lower case, grouped by their first byte.
static WORDS: LazyLock<Vec<Vec<Word>>> = LazyLock::new(|| {
    let prefixes = FORMS.iter().enumerate();
    let prefixes =
        prefixes.flat_map(|(at, form)| form.prefixes.iter().map(move |prefix| (*prefix, at)));
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
    /// Scans a text.
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

/// Whether the authority at the beginning of `rest` contains a user.
fn has_user(rest: &str) -> bool {
    let authority = rest.split(|c: char| c == '/' || c.is_whitespace()).next();
    authority.is_some_and(|authority| authority.contains('@'))
}
