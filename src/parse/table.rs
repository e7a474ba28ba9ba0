//! A reader of tables that remembers every key it was asked for.
//!
//! What is left when it is finished is unknown, and the keys it was asked for are the
//! did-you-mean. A test holds them against the schema, so the two cannot drift apart.

use toml::de::DeTable;

use super::foreign;
use super::value::Item;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix, suggest};
use crate::manifest::{ActionKind, COMMON_KEYS, SOURCES, TOP_LEVEL_KEYS};
use crate::outline::{LazyOutline, Outline};
use crate::source::{Span, Spanned};

/// Is told the kind of each table and the keys it was asked for.
pub type Observer<'o> = &'o mut dyn FnMut(&'static str, &[&'static str]);

/// What all of a parse shares: the text, and where problems go.
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

/// A table that is being read. Its name is that of the schema's definition.
pub(super) struct Table<'a> {
    name: &'static str,
    content: &'a DeTable<'a>,
    span: Span,
    asked: Vec<&'static str>,
    /// Keys that are not there, and what there is to say about it.
    missing: Vec<(Vec<&'static str>, Diagnostic)>,
}

impl<'a> Table<'a> {
    pub(super) const fn new(name: &'static str, content: &'a DeTable<'a>, span: Span) -> Self {
        Self { name, content, span, asked: Vec::new(), missing: Vec::new() }
    }

    /// The value of `key`, if it is there.
    pub(super) fn item(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.asked.push(key);
        self.content.get_key_value(key).map(|(key, value)| Item::new(key.span(), value))
    }

    /// The value of `key` as `read` understands it.
    pub(super) fn optional<T>(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
        read: impl FnOnce(&mut Reader<'_>, Item<'a>) -> Option<T>,
    ) -> Option<T> {
        self.item(key).and_then(|item| read(reader, item))
    }

    /// As [`Table::optional`]; a key that is not there is a problem.
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

    /// Reports that `key` is not there, `because` of something or as a matter of course.
    pub(super) fn missing(&mut self, key: &'static str, because: Option<&str>) {
        let message = match because {
            Some(because) => format!("{because} needs `{key}`"),
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

    /// Reports that none of `keys` is there, unless an unknown key shows which of them is meant.
    pub(super) fn missing_any(&mut self, keys: &[&'static str], diagnostic: Diagnostic) {
        self.missing.push((keys.to_vec(), diagnostic));
    }

    /// The keys that stand in the table and are among `keys`, with their places.
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

    /// As [`Table::finish`], and puts what was read where the table stands.
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
                .label(format!("belongs to {here}, because it stands below its header"))
                .help(format!("move `{key}` above the first `[header]` of the file"))
                .fix(self.moved(reader, key, span));
        }
        if self.name == "Lints" && Code::find(key).is_some() {
            return diagnostic
                .label("an error, and errors are always reported")
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

    /// The key that is meant by an unknown one.
    fn suggest_alias(&self, key: &str) -> Option<&'static str> {
        foreign::suggest_alias(self.name, key).or_else(|| self.nearest(key))
    }

    /// The key that an unknown one resembles.
    fn nearest(&self, key: &str) -> Option<&'static str> {
        let known = self.asked.iter().copied();
        if self.name == "Lints" { Code::suggest(key, known) } else { suggest::nearest(key, known) }
    }

    /// The key with the name that is meant, unless that one is there as well.
    fn renamed(&self, reader: &Reader<'_>, key: &str, span: Span, meant: &str) -> Option<Fix> {
        if self.content.contains_key(meant) {
            return None;
        }
        let edits = reader.outline()?.rename(span, meant);
        Some(Fix::instead_of(key, meant).edits(edits))
    }

    /// What to write for a word of another tool that is more than another name for a key.
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

    /// The keys that may stand here: in a step, those that go with its action.
    fn takes(&self) -> String {
        let here = self.described();
        if self.name != "Step" {
            return format!("{here} takes {}", suggest::any_of(&self.asked));
        }
        let present = ActionKind::ALL.iter().filter(|kind| !self.present(&[kind.key()]).is_empty());
        if let [kind] = present.collect::<Vec<_>>().as_slice() {
            let keys = [kind.needs(), kind.takes(), COMMON_KEYS].concat();
            return format!("beside `{}` a step takes {}", kind.key(), suggest::any_of(&keys));
        }
        format!("a step does one of {}", suggest::any_of(&ActionKind::keys()))
    }

    /// The move of a key to the top level. It is certain unless a person may have had something
    /// of this table in mind that the language does not have.
    fn moved(&self, reader: &Reader<'_>, key: &str, span: Span) -> Option<Fix> {
        let edits = reader.outline()?.move_to_top(span)?;
        let title = format!("move `{key}` to the top level");
        let doubtful = match self.name {
            "Step" => matches!(key, "name" | "from" | "platform" | "context" | "ignore"),
            "Start" => matches!(key, "name" | "platform" | "env" | "user" | "workdir"),
            // Without a source, the image may be what has the name.
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
