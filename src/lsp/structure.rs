//! The structure of a manifest's text: symbols and folding, from its outline, so that they are there
//! while the text is broken.

use std::ops::Range;

use gen_lsp_types::{DocumentSymbol, FoldingRange, FoldingRangeKind, SymbolKind};

use super::text;
use crate::outline::{Entry, Header, Key, Outline};
use crate::source::{Encoding, Source};

/// The most characters of a value that label its table.
const MOST_LABEL: usize = 60;

/// The tables of a manifest and its keys above them, in the order of the text.
pub(super) fn symbols(source: &Source, encoding: Encoding) -> Vec<DocumentSymbol> {
    let outline = Outline::new(source.text());
    let symbol = Symbols { source, outline: &outline, encoding };
    let above = symbol.entries(None);
    let tables = outline.headers.iter().enumerate().map(|(at, header)| symbol.table(at, header));
    above.into_iter().chain(tables).collect()
}

struct Symbols<'a> {
    source: &'a Source,
    outline: &'a Outline<'a>,
    encoding: Encoding,
}

impl Symbols<'_> {
    /// The keys of a table, or those above the first one.
    fn entries(&self, header: Option<usize>) -> Vec<DocumentSymbol> {
        self.own(header).map(|entry| self.entry(entry)).collect()
    }

    fn own(&self, header: Option<usize>) -> impl Iterator<Item = &Entry> {
        let own = move |entry: &&Entry| entry.header == header && entry.depth == 0;
        self.outline.entries.iter().filter(own)
    }

    fn entry(&self, entry: &Entry) -> DocumentSymbol {
        let range = entry.range();
        let key = range.start..entry.keys.last().map_or(range.start, |key| key.range.end);
        self.symbol(dotted(&entry.keys), SymbolKind::Property, range, key)
    }

    /// A table, with its first key as a label if it is one of many, such as a step.
    fn table(&self, at: usize, header: &Header) -> DocumentSymbol {
        let kind = if header.array { SymbolKind::Object } else { SymbolKind::Namespace };
        let name = dotted(&header.keys);
        let end = self.own(Some(at)).last().map_or(header.range.end, |entry| entry.value.end);
        let symbol = self.symbol(name, kind, header.range.start..end, header.range.clone());
        let label = header.array.then(|| self.own(Some(at)).next()).flatten();
        DocumentSymbol {
            detail: label.map(|entry| self.label(entry)),
            children: Some(self.entries(Some(at))),
            ..symbol
        }
    }

    /// A key with its value, in one line and without secrets.
    fn label(&self, entry: &Entry) -> String {
        let shown = self.source.shown().get(entry.value.clone()).unwrap_or_default();
        let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{} = {}", dotted(&entry.keys), crate::scalar::clipped(&line, MOST_LABEL))
    }

    fn symbol(
        &self,
        name: String,
        kind: SymbolKind,
        whole: Range<usize>,
        selection: Range<usize>,
    ) -> DocumentSymbol {
        let range =
            |range: Range<usize>| text::range(self.source, range.start, range.end, self.encoding);
        // A client refuses an empty name.
        let name = if name.is_empty() { "\"\"".to_owned() } else { name };
        #[expect(deprecated, reason = "the type has no other constructor for all of its fields")]
        DocumentSymbol {
            name,
            detail: None,
            kind,
            tags: None,
            deprecated: None,
            range: range(whole),
            selection_range: range(selection),
            children: None,
        }
    }
}

fn dotted(keys: &[Key]) -> String {
    keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>().join(".")
}

/// What can be folded: tables, values of several lines, and blocks of comments.
pub(super) fn folds(source: &Source) -> Vec<FoldingRange> {
    let text = source.text();
    let outline = Outline::new(text);
    let mut folds = Vec::new();
    let mut add = |range: Range<usize>, kind| {
        let line = |offset| u32::try_from(source.line_of(offset)).unwrap_or(u32::MAX);
        let (start_line, end_line) = (line(range.start), line(range.end));
        if start_line < end_line {
            folds.push(FoldingRange { start_line, end_line, kind, ..FoldingRange::default() });
        }
    };
    for header in &outline.headers {
        let written = text[header.range.start..header.end].trim_end().len();
        // The comments above the next header belong to that one.
        add(header.range.start..without_comments(text, header.range.start, written), None);
    }
    for entry in &outline.entries {
        add(entry.value.clone(), None);
    }
    let line_of = |comment: &&Range<usize>| source.line_of(comment.start);
    let alone = outline.comments.iter().filter(|comment| {
        text[source.line_start(line_of(comment))..comment.start].trim().is_empty()
    });
    let alone: Vec<_> = alone.collect();
    for block in alone.chunk_by(|one, next| line_of(one) + 1 == line_of(next)) {
        if let (Some(first), Some(last)) = (block.first(), block.last()) {
            add(first.start..last.end, Some(FoldingRangeKind::Comment));
        }
    }
    folds
}

/// The end of a table of some bytes, before the comments at its end.
fn without_comments(text: &str, start: usize, length: usize) -> usize {
    let mut end = start + length;
    loop {
        let written = text[start..end].trim_end();
        let line = written.rfind('\n').map_or(0, |at| at + 1);
        if line == 0 || !written[line..].trim_start().starts_with('#') {
            return start + written.len();
        }
        end = start + line;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn source(text: &str) -> Source {
        Source::new(Path::new("sandbox.toml"), text.to_owned())
    }

    #[test]
    fn steps_have_their_first_key_as_a_label_also_in_a_broken_text() {
        let text = "name = \"x\"\n[from]\nimage = \"y\"\n[[steps]]\nrun = '''\na\nb\n'''\n[[steps]]\nco\n[[steps]]\napt = [\"git\"]\n";
        let symbols = symbols(&source(text), Encoding::Utf8);
        let names: Vec<_> = symbols.iter().map(|symbol| symbol.name.as_str()).collect();
        assert_eq!(names, ["name", "from", "steps", "steps", "steps"]);
        let details: Vec<_> = symbols.iter().map(|symbol| symbol.detail.as_deref()).collect();
        assert_eq!(details, [None, None, Some("run = ''' a b '''"), None, Some("apt = [\"git\"]")]);
        for symbol in &symbols {
            let (whole, selected) = (symbol.range, symbol.selection_range);
            assert!(whole.start <= selected.start && selected.end <= whole.end, "{symbol:?}");
        }
    }

    #[test]
    fn tables_long_values_and_comments_are_folded() {
        let text = "# a\n# b\nx = [\n  1,\n]\n[[steps]]\nrun = 1\n\n# of the next\n[[steps]]\ny = 2 # c\n# d\n";
        let folds = folds(&source(text));
        let lines: Vec<_> = folds.iter().map(|fold| (fold.start_line, fold.end_line)).collect();
        assert_eq!(lines, [(5, 6), (9, 10), (2, 4), (0, 1)]);
    }
}
