//! `e2b.toml` and `novita.toml`, the configuration of the platforms' own command lines.

use toml::de::{DeTable, DeValue};

use super::note::{Effect, Note};
use super::{Imported, ready};
use crate::source::{FileId, Span, Spanned};

/// What a configuration says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The name of the template.
    pub name: Option<String>,
    /// The Dockerfile, relative to the configuration.
    pub dockerfile: Option<String>,
    start: Option<String>,
    ready: Option<String>,
    cpu: Option<u64>,
    memory: Option<u64>,
    notes: Vec<Note>,
}

/// The keys of earlier versions, and their later names.
const RENAMED: &[(&str, &str)] = &[("id", "template_id"), ("name", "template_name")];

/// Reads a configuration.
///
/// # Errors
/// What is wrong with a text that is not TOML, and where.
pub fn config(file: FileId, text: &str) -> Result<Config, Spanned<String>> {
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        let span = Span { file, start: at.start, end: at.end };
        Spanned::new(error.message().to_owned(), span)
    })?;
    let mut config = Config::default();
    for (key, value) in document.get_ref() {
        let span = Span { file, start: key.span().start, end: key.span().end };
        let written = key.get_ref().as_ref();
        let renamed = RENAMED.iter().find(|(old, _)| *old == written);
        let name = renamed.map_or(written, |(_, new)| *new);
        config.key(name, value.get_ref(), span);
    }
    Ok(config)
}

impl Config {
    fn key(&mut self, name: &str, value: &DeValue<'_>, span: Span) {
        let text = || value.as_str().map(str::to_owned);
        let number = || match value {
            DeValue::Integer(number) => number.to_string().parse::<u64>().ok(),
            _ => None,
        };
        let is_read = match name {
            "template_name" => set(&mut self.name, text()),
            "dockerfile" => set(&mut self.dockerfile, text()),
            "start_cmd" => set(&mut self.start, text().filter(|it| !it.trim().is_empty())),
            "ready_cmd" => set(&mut self.ready, text().filter(|it| !it.trim().is_empty())),
            "cpu_count" => set(&mut self.cpu, number()),
            "memory_mb" => set(&mut self.memory, number()),
            "template_id" => {
                let message = "`template_id` is not carried: a manifest names its template";
                self.notes.push(Note::new(Effect::Changed, Some(span), message).help(
                    "`sbx apply` builds into the template of the manifest's name, and makes a new \
                     one if there is none",
                ));
                true
            }
            "team_id" => {
                let message = "`team_id` is not carried: the API key decides the team";
                self.notes.push(Note::new(Effect::Changed, Some(span), message));
                true
            }
            _ => {
                let message = format!("`{name}` is not a key that a manifest has");
                self.notes.push(Note::new(Effect::Lost, Some(span), message));
                true
            }
        };
        if !is_read {
            let message = format!("`{name}` has no usable value");
            self.notes.push(Note::new(Effect::Lost, Some(span), message));
        }
    }

    /// The import of the Dockerfile with what the configuration adds.
    #[must_use]
    pub fn complete(self, mut imported: Imported) -> Imported {
        let draft = &mut imported.draft;
        draft.cpu = self.cpu;
        draft.memory_mib = self.memory;
        if self.start.is_some() || self.ready.is_some() {
            // The wait is the default of the command line.
            let wait = super::Ready::Wait(20);
            let own = self.ready.as_deref().map(ready::of);
            if self.start.is_some() {
                draft.ready = Some(own.unwrap_or(wait));
                draft.start = self.start;
            } else if own.is_some() {
                draft.ready = own;
            }
            draft.ready_comments.clear();
            // What the Dockerfile says of readiness is about its own command.
            imported.notes.retain(|note| !note.message.starts_with("`HEALTHCHECK`"));
        }
        imported.notes.extend(self.notes);
        imported
    }
}

/// Sets a value, and returns whether there is one.
fn set<T>(target: &mut Option<T>, value: Option<T>) -> bool {
    if value.is_some() {
        *target = value;
        return true;
    }
    false
}
