//! Builds an outline from the events of the TOML parser.

use toml_parser::Source;
use toml_parser::parser::{Event, EventKind, RecursionGuard, parse_document};

use super::{Array, Element, Entry, Header, Key, Lines, Outline};

/// The largest nesting depth, the same as that of the TOML parser.
const DEEPEST: u32 = 80;

impl<'t> Outline<'t> {
    /// Reads the outline of a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let outline = Self {
            text,
            lines: Lines::new(text),
            comments: Vec::new(),
            headers: Vec::new(),
            entries: Vec::new(),
            arrays: Vec::new(),
        };
        let source = Source::new(text);
        let tokens = source.lex().into_vec();
        let mut reader =
            Reader { source, outline, keys: Vec::new(), open: Vec::new(), header: false };
        let mut receiver = |event: Event| reader.event(&event);
        parse_document(&tokens, &mut RecursionGuard::new(&mut receiver, DEEPEST), &mut ());
        reader.end(text.len());
        reader.outline
    }
}

struct Reader<'t> {
    source: Source<'t>,
    outline: Outline<'t>,
    /// The keys without a value so far, for each level of nesting.
    keys: Vec<Vec<Key>>,
    /// The open arrays and inline tables: their offsets, and the elements of an array.
    open: Vec<(usize, Option<Vec<Element>>)>,
    /// Whether the parser is in a header, whose keys have no values.
    header: bool,
}

impl Reader<'_> {
    fn event(&mut self, event: &Event) {
        let span = event.span();
        let (start, end) = (span.start(), span.end());
        match event.kind() {
            EventKind::Comment => self.outline.comments.push(start..end),
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.end(start);
                let array = event.kind() == EventKind::ArrayTableOpen;
                let header = Header { range: start..end, keys: Vec::new(), array, end };
                self.outline.headers.push(header);
                self.header = true;
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => {
                self.header = false;
                if let Some(header) = self.outline.headers.last_mut() {
                    header.range.end = end;
                }
            }
            EventKind::SimpleKey => {
                let mut name = std::borrow::Cow::Borrowed("");
                if let Some(raw) = self.source.get(event) {
                    raw.decode_key(&mut name, &mut ());
                }
                let key = Key { range: start..end, name: name.into_owned() };
                if self.header {
                    if let Some(header) = self.outline.headers.last_mut() {
                        header.keys.push(key);
                    }
                } else {
                    self.level().push(key);
                }
            }
            EventKind::ArrayOpen => self.open.push((start, Some(Vec::new()))),
            EventKind::InlineTableOpen => self.open.push((start, None)),
            EventKind::ArrayClose | EventKind::InlineTableClose => {
                if let Some((start, elements)) = self.open.pop() {
                    if let Some(elements) = elements {
                        self.outline.arrays.push(Array { range: start..end, elements });
                    }
                    self.value(start, end);
                }
            }
            EventKind::ValueSep => {
                if let Some((_, Some(elements))) = self.open.last_mut()
                    && let Some(element) = elements.last_mut()
                {
                    element.comma = Some(start);
                }
            }
            EventKind::Scalar => self.value(start, end),
            // A key without a value at the end of its line is incomplete.
            EventKind::Newline if self.open.is_empty() => self.keys.clear(),
            _ => {}
        }
    }

    /// The keys without a value at this level of nesting; drops those of deeper levels.
    fn level(&mut self) -> &mut Vec<Key> {
        let level = self.open.len();
        self.keys.resize_with(level + 1, Vec::new);
        &mut self.keys[level]
    }

    /// Records a value, which belongs to a key or is an element of an array.
    fn value(&mut self, start: usize, end: usize) {
        let keys = std::mem::take(self.level());
        if !keys.is_empty() {
            let header = self.outline.headers.len().checked_sub(1);
            let depth = self.open.len();
            self.outline.entries.push(Entry { keys, value: start..end, header, depth });
        } else if let Some((_, Some(elements))) = self.open.last_mut() {
            elements.push(Element { range: start..end, comma: None });
        }
    }

    /// Ends the current table.
    fn end(&mut self, at: usize) {
        self.keys.clear();
        self.open.clear();
        if let Some(header) = self.outline.headers.last_mut() {
            header.end = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_found_with_its_range() {
        let text = "a.'b c' = [1, { x = 2 } # z\n,]\n[[\"d\".e]]\nf = '''\n# no\n'''\n[g]\n";
        let outline = Outline::new(text);
        let headers: Vec<_> = outline
            .headers
            .iter()
            .map(|header| (&text[header.range.clone()], header.keys[0].name.as_str(), header.array))
            .collect();
        assert_eq!(headers, [("[[\"d\".e]]", "d", true), ("[g]", "g", false)]);
        assert_eq!(&text[outline.headers[0].range.start..outline.headers[0].end].len(), &27);
        let entries: Vec<_> = outline
            .entries
            .iter()
            .map(|entry| {
                (entry.keys.last().map(|key| key.name.as_str()), entry.header, entry.depth)
            })
            .collect();
        assert_eq!(
            entries,
            [(Some("x"), None, 2), (Some("b c"), None, 0), (Some("f"), Some(0), 0)]
        );
        let commas: Vec<_> =
            outline.arrays[0].elements.iter().map(|element| element.comma).collect();
        assert_eq!(commas, [Some(12), Some(28)]);
        assert_eq!(outline.comments.first(), Some(&(24..27)));
    }

    #[test]
    fn an_invalid_line_does_not_affect_others() {
        let outline = Outline::new("a =\nb = 1\n[c\nd = 2\n");
        let names: Vec<_> = outline
            .entries
            .iter()
            .map(|entry| entry.keys.iter().map(|key| &*key.name).collect())
            .collect();
        assert!(names.contains(&vec!["b"]), "{names:?}");
    }
}
