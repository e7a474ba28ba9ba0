//! A reader of tables that records every key it was asked for.
//!
//! At the end, the other keys are unknown, and the recorded keys are candidates for did-you-mean. A
//! test compares them with the schema, so that the two cannot diverge.

use toml::de::DeTable;

use super::foreign;
use super::value::Item;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix, suggest};
use crate::manifest::{ActionKind, COMMON_KEYS, SOURCES, TOP_LEVEL_KEYS};
use crate::outline::{LazyOutline, Outline};
use crate::source::{Span, Spanned};

/// Called with the kind of each table and the keys it was asked for.
pub type Observer<'o> = &'o mut dyn FnMut(&'static str, &[&'static str]);

/// The shared state of a parse: the text and the diagnostics.
pub(super) struct Reader<'o> {
    outline: LazyOutline<'o>,
    diagnostics: Diagnostics,
    observer: Option<Observer<'o>>,
}

impl<'o> Reader<'o> {
    pub(super) fn new(text: &'o str, observer: Option<Observer<'o>>) -> Self {
        Self { outline: LazyOutline::new(text), diagnostics: Diagnostics::new(), observer }
    }

    /// The text at a span.
    pub(super) fn written(&self, span: Span) -> &'o str {
        self.outline.written(span)
    }

    /// The outline, for fixes.
    pub(super) fn outline(&self) -> Option<&Outline<'o>> {
        self.outline.get()
    }

    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }
}

/// A table that is being read. Its name is that of its definition in the schema.
pub(super) struct Table<'a> {
    name: &'static str,
    content: &'a DeTable<'a>,
    span: Span,
    asked: Vec<&'static str>,
    /// Missing keys, with their diagnostics.
    missing: Vec<(Vec<&'static str>, Diagnostic)>,
}

impl<'a> Table<'a> {
    pub(super) const fn new(name: &'static str, content: &'a DeTable<'a>, span: Span) -> Self {
        Self { name, content, span, asked: Vec::new(), missing: Vec::new() }
    }

    /// The value of `key`, if it exists.
    pub(super) fn item(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.asked.push(key);
        self.content.get_key_value(key).map(|(key, value)| Item::new(key.span(), value))
    }

    /// The value of `key`, read with `read`.
    pub(super) fn optional<T>(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Reader<'_>, Item<'a>) -> Option<T>,
    ) -> Option<T> {
        self.item(key).and_then(|item| read(reader, item))
    }

    /// As [`Table::optional`], but reports a missing key.
    pub(super) fn required<T>(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Reader<'_>, Item<'a>) -> Option<T>,
    ) -> Option<T> {
        let item = self.item(key);
        if item.is_none() {
            self.missing(key, None);
        }
        item.and_then(|item| read(reader, item))
    }

    /// Reports a missing `key`, which `because` or the table itself requires.
    pub(super) fn missing(&mut self, key: &'static str, because: Option<&str>) {
        let message = match because {
            Some(because) => format!("{because} requires `{key}`"),
            None => format!("`{key}` is missing"),
        };
        let example = match key {
            "name" => Some("write `name = \"my-template\"` above the first header"),
            "from" if self.name == "Manifest" => {
                Some("write `[from]` and one source below it, such as `python = \"3.12\"`")
            }
            "to" => Some("write `to = \"/path/in/the/sandbox\"`"),
            "type" => Some(
                "write `type = \"basic\"` for a user name and a password; other kinds are \
                            `aws`, `gcp`, `oci` and `huawei`",
            ),
            "target" => Some("write `target = \"/what/the/link/points/to\"`"),
            _ => None,
        };
        let mut diagnostic = Diagnostic::new(Code::MissingKey, self.span, message);
        if let Some(example) = example {
            diagnostic = diagnostic.help(example);
        }
        self.missing_any(&[key], diagnostic);
    }

    /// Reports that all of `keys` are missing, unless an unknown key suggests one of them.
    pub(super) fn missing_any(&mut self, keys: &[&'static str], diagnostic: Diagnostic) {
        self.missing.push((keys.to_vec(), diagnostic));
    }

    /// The existing keys among `keys`, with their spans.
    pub(super) fn present(&self, keys: &[&'static str]) -> Vec<Spanned<&'static str>> {
        let mut present: Vec<_> = keys
            .iter()
            .filter_map(|key| {
                let (written, _) = self.content.get_key_value(*key)?;
                let span = written.span();
                Some(Spanned::new(*key, Span::manifest(span.start, span.end)))
            })
            .collect();
        present.sort_by_key(|key| key.span);
        present
    }

    pub(super) const fn span(&self) -> Span {
        self.span
    }

    /// Reports every key that was not read.
    pub(super) fn finish(self, reader: &mut Reader<'_>) {
        if let Some(observer) = &mut reader.observer {
            observer(self.name, &self.asked);
        }
        let mut meant = Vec::new();
        for (key, value) in self.content {
            if self.asked.iter().any(|asked| *asked == key.get_ref().as_ref()) {
                continue;
            }
            let item = Item::new(key.span(), value);
            meant.extend(self.suggest_alias(key.get_ref()));
            reader.push(self.unknown(reader, key.get_ref(), item.key));
        }
        for (keys, diagnostic) in self.missing {
            if !keys.iter().any(|key| meant.contains(key)) {
                reader.push(diagnostic);
            }
        }
    }

    /// As [`Table::finish`], and gives the value the span of the table.
    pub(super) fn finish_as<T>(self, reader: &mut Reader<'_>, value: T) -> Spanned<T> {
        let span = self.span;
        self.finish(reader);
        Spanned::new(value, span)
    }

    fn unknown(&self, reader: &Reader<'_>, key: &str, span: Span) -> Diagnostic {
        let here = self.described();
        let diagnostic =
            Diagnostic::new(Code::UnknownKey, span, format!("unknown key `{key}` in {here}"));
        if self.name != "Manifest" && TOP_LEVEL_KEYS.contains(&key) {
            return diagnostic
                .label(format!("it belongs to {here}, because it is below its header"))
                .help(format!("move `{key}` above the first `[header]` of the file"))
                .fix(self.moved(reader, key, span));
        }
        if self.name == "Lints" && Code::find(key).is_some() {
            return diagnostic
                .label("this is an error, and errors are always reported")
                .help("only warnings have a level: `sbx explain` lists them");
        }
        if let Some(meant) = foreign::suggest_alias(self.name, key) {
            return match self.written_elsewhere(key, meant) {
                Some(help) => diagnostic.help(help),
                None => diagnostic
                    .help(format!("it is called `{meant}` here"))
                    .fix(self.renamed(reader, key, span, meant)),
            };
        }
        match self.nearest(key) {
            Some(near) => diagnostic
                .help(format!("did you mean `{near}`?"))
                .fix(self.renamed(reader, key, span, near)),
            None if self.name == "Lints" => diagnostic.help("`sbx explain` lists the warnings"),
            None => diagnostic.help(self.takes()),
        }
    }

    /// The key to suggest for an unknown one.
    fn suggest_alias(&self, key: &str) -> Option<&'static str> {
        foreign::suggest_alias(self.name, key).or_else(|| self.nearest(key))
    }

    /// The key that an unknown one resembles.
    fn nearest(&self, key: &str) -> Option<&'static str> {
        let known = self.asked.iter().copied();
        if self.name == "Lints" { Code::suggest(key, known) } else { suggest::nearest(key, known) }
    }

    /// A fix that renames the key, unless the suggested key already exists.
    fn renamed(&self, reader: &Reader<'_>, key: &str, span: Span, meant: &str) -> Option<Fix> {
        if self.content.contains_key(meant) {
            return None;
        }
        let edits = reader.outline()?.rename(span, meant);
        Some(Fix::instead_of(key, meant).edits(edits))
    }

    /// The help for a word of another tool that is not just another name for a key.
    fn written_elsewhere(&self, key: &str, meant: &str) -> Option<String> {
        Some(match (self.name, meant) {
            ("Manifest", "from") => {
                format!("write it into `from`, such as `[from]` and `{key} = …`")
            }
            ("Manifest", "resources") => {
                "write it into `resources`, such as `[resources]` and `memory = \"2GiB\"`"
                    .to_owned()
            }
            ("Manifest", "steps") => {
                format!("write it as a step: `[[steps]]` and `{key} = …` below")
            }
            ("From", "image") if key == "tag" || key == "version" => {
                "write it behind the image: `image = \"NAME:TAG\"`".to_owned()
            }
            _ => return None,
        })
    }

    /// The valid keys; in a step, those of its action.
    fn takes(&self) -> String {
        let here = self.described();
        if self.name != "Step" {
            return format!("{here} takes {}", suggest::any_of(&self.asked));
        }
        let present = ActionKind::ALL.iter().filter(|kind| !self.present(&[kind.key()]).is_empty());
        if let [kind] = present.collect::<Vec<_>>().as_slice() {
            let keys = [kind.needs(), kind.takes(), COMMON_KEYS].concat();
            return format!("a step with `{}` takes {}", kind.key(), suggest::any_of(&keys));
        }
        format!("the action of a step is one of {}", suggest::any_of(&ActionKind::keys()))
    }

    /// A fix that moves a key to the top level. It is safe unless the key may have been intended
    /// for this table.
    fn moved(&self, reader: &Reader<'_>, key: &str, span: Span) -> Option<Fix> {
        let edits = reader.outline()?.move_to_top(span)?;
        let title = format!("move `{key}` to the top level");
        let doubtful = match self.name {
            "Step" => matches!(key, "name" | "from" | "platform" | "context" | "ignore"),
            "Start" => matches!(key, "name" | "platform" | "env" | "user" | "workdir"),
            // Without a source, `name` may be the image.
            "From" => key == "platform" || (key == "name" && self.present(SOURCES).is_empty()),
            "Ready" => matches!(key, "name"),
            "Auth" | "Secret" | "Lints" => true,
            _ => false,
        };
        let fix = if doubtful { Fix::proposed(title) } else { Fix::safe(title) };
        Some(fix.edits(edits))
    }

    fn described(&self) -> &'static str {
        match self.name {
            "Manifest" => "the manifest",
            "Resources" => "`resources`",
            "Novita" => "`novita`",
            "Lints" => "`lints`",
            "From" => "`from`",
            "Auth" => "`auth`",
            "Start" => "`start`",
            "Ready" => "`ready`",
            "Step" => "a step",
            "Secret" => "a secret",
            _ => "this table",
        }
    }
}
