//! Imports of the files beside a Dockerfile: configurations, SDKs' JSON and dev containers.

use std::path::{Path, PathBuf};

use super::{Job, directory_of};
use crate::commands::{Exit, Failure};
use crate::host::describe;
use crate::import::{self, Devcontainer, Imported};
use crate::source::{FileId, Source, SourceMap, Span};

/// The largest source, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The Dockerfiles that the platforms' own command lines look for.
const DOCKERFILES: &[&str] = &["e2b.Dockerfile", "novita.Dockerfile", "Dockerfile"];

impl Job<'_> {
    /// The text of a file.
    fn read(&self, path: &Path) -> Result<String, Failure> {
        let bytes = self.host.read(path, MAX_BYTES).map_err(|error| {
            let message = format!("cannot read `{}`: {}", path.display(), describe(&error));
            Failure::new(Exit::Wrong, message)
        })?;
        if bytes.len() > MAX_BYTES {
            let message = format!("`{}` is larger than 8 MiB", path.display());
            return Err(Failure::new(Exit::Wrong, message));
        }
        String::from_utf8(bytes).map_err(|_| {
            Failure::new(Exit::Wrong, format!("`{}` is not UTF-8 text", path.display()))
        })
    }

    /// Sources in which the imported file is the only one.
    fn alone(&self, text: &str) -> SourceMap {
        SourceMap::new(Source::new(&self.found.path, text.to_owned()))
    }

    fn refuse(&self, what: &str, error: &str) -> Failure {
        let message = format!("`{}` is not {what}: {error}", self.found.path.display());
        Failure::new(Exit::Wrong, message)
    }

    pub(super) fn config(&self) -> Result<(Imported, SourceMap), Failure> {
        let text = self.read(&self.found.path)?;
        // The texts of the Dockerfile come first, and this one after them.
        let config = import::config(FileId::MANIFEST, &text).map_err(|fault| {
            let source = Source::new(&self.found.path, text.clone());
            let line = source.position(fault.span.start).line;
            self.refuse("valid TOML", &format!("{} in line {line}", fault.value))
        })?;
        let directory = directory_of(&self.found.path);
        let is_there = |path: &PathBuf| self.host.metadata(path).is_ok();
        let usual = || DOCKERFILES.iter().map(|name| directory.join(name)).find(is_there);
        let named = config.dockerfile.as_ref().map(|path| directory.join(path));
        let Some(path) = named.or_else(usual) else {
            let message = format!("`{}` names no Dockerfile", self.found.path.display());
            return Err(Failure::new(Exit::Wrong, message).help("add the key `dockerfile`"));
        };
        let target = self.settings.target.as_deref();
        let name = config.name.clone();
        let (imported, mut sources) = self.dockerfile(&path, target, &[], name.as_deref())?;
        let file = sources.add(Source::new(&self.found.path, text));
        let mut imported = config.complete(imported);
        relocate(&mut imported, file);
        Ok((imported, sources))
    }

    pub(super) fn template(&self) -> Result<(Imported, SourceMap), Failure> {
        let text = self.read(&self.found.path)?;
        self.template_of(&text, None)
    }

    /// Imports the JSON of an SDK.
    pub(super) fn template_of(
        &self,
        text: &str,
        name: Option<&str>,
    ) -> Result<(Imported, SourceMap), Failure> {
        let mut imported = import::template(FileId::MANIFEST, text)
            .map_err(|error| self.refuse("the JSON of an SDK's template", &error))?;
        imported.draft.name = self.name(name);
        imported.draft.context = self.context()?;
        Ok((imported, self.alone(text)))
    }

    pub(super) fn devcontainer(&self) -> Result<(Imported, SourceMap), Failure> {
        let text = self.read(&self.found.path)?;
        let source = Devcontainer::parse(FileId::MANIFEST, &text)
            .map_err(|error| self.refuse("a devcontainer.json", &error))?;
        let directory = directory_of(&self.found.path);
        let (imported, mut sources) = if let Some(build) = source.build() {
            let target = self.settings.target.clone().or(build.target);
            let path = directory.join(&build.dockerfile);
            self.dockerfile(&path, target.as_deref(), &build.arguments, source.name())?
        } else {
            let mut imported = source.image();
            imported.draft.name = self.name(source.name());
            imported.draft.context = self.context()?;
            (imported, self.alone(""))
        };
        let file = sources.add(Source::new(&self.found.path, text));
        let mut imported = source.complete(imported);
        relocate(&mut imported, file);
        Ok((imported, sources))
    }
}

/// Moves the places in the imported text to the text's own number: it was read before the others.
fn relocate(imported: &mut Imported, file: FileId) {
    let spans = imported.notes.iter_mut().filter_map(|note| note.span.as_mut());
    for span in spans.filter(|span| span.file == FileId::MANIFEST) {
        *span = Span { file, ..*span };
    }
}
