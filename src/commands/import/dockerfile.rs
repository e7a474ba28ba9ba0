//! Reads a Dockerfile as `from.dockerfile` does.

use std::fmt::Write as _;
use std::path::Path;

use crate::commands::new_manifest::string;
use crate::commands::{Exit, Failure};
use crate::diagnostic::Code;
use crate::dockerfile;
use crate::host::{Host, describe};
use crate::import::{Draft, Effect, From, Imported, Note, Value};
use crate::pipeline::{self, Options};
use crate::source::{FileId, Source, SourceMap};

/// A Dockerfile and how it is built.
pub(super) struct Request<'a> {
    /// The name of the template.
    pub(super) name: &'a str,
    /// The manifest, which does not exist yet: paths are relative to its directory.
    pub(super) manifest: &'a Path,
    /// The Dockerfile, relative to the manifest.
    pub(super) dockerfile: &'a str,
    /// The build context, relative to the manifest; `None` is its directory.
    pub(super) context: Option<&'a str>,
    pub(super) target: Option<&'a str>,
    /// The values of build arguments.
    pub(super) arguments: &'a [(String, String)],
    /// Whether the Dockerfile is kept.
    pub(super) keep: bool,
}

impl Request<'_> {
    /// The manifest that builds the Dockerfile.
    fn text(&self) -> String {
        let mut text = format!("name = {}\n", string(self.name));
        if let Some(context) = self.context {
            let _ = writeln!(text, "context = {}", string(context));
        }
        let _ = writeln!(text, "[from]\ndockerfile = {}", string(self.dockerfile));
        if let Some(target) = self.target {
            let _ = writeln!(text, "target = {}", string(target));
        }
        if !self.arguments.is_empty() {
            text.push_str("[build_env]\n");
            for (name, value) in self.arguments {
                let value = value.replace('$', "$$");
                let _ = writeln!(text, "{} = {}", string(name), string(&value));
            }
        }
        text
    }

    /// Imports the Dockerfile, with the sources that the notes point into.
    pub(super) fn import(&self, host: &dyn Host) -> Result<(Imported, SourceMap), Failure> {
        let directory = self.manifest.parent().unwrap_or(Path::new("."));
        let path = directory.join(self.dockerfile);
        if let Err(error) = host.read(&path, dockerfile::MAX_BYTES) {
            let message = format!("cannot read `{}`: {}", path.display(), describe(&error));
            return Err(Failure::new(Exit::Wrong, message));
        }
        let source = Source::new(self.manifest, self.text());
        // The person who imports it has named it, wherever it is.
        let context = directory.join(self.context.unwrap_or("."));
        let options = Options { allow_outside: vec![path.clone(), context], ..Options::default() };
        let analysis = pipeline::analyze_text(host, source, options);
        let mut faults = analysis.diagnostics.iter();
        let is_about_file = |code: Code| {
            matches!(code, Code::UnreadableFile | Code::NotUtf8 | Code::OutsideProject)
        };
        let unread = faults.find(|fault| is_about_file(fault.code));
        let read = analysis.sources.iter().find(|(_, source)| source.path() == path);
        let Some((file, source)) = read.filter(|(file, _)| *file != FileId::MANIFEST) else {
            let message = unread.map_or_else(
                || format!("cannot read `{}`", path.display()),
                |fault| fault.message.clone(),
            );
            return Err(Failure::new(Exit::Wrong, message));
        };
        let unknown = analysis.diagnostics.iter().find(|fault| {
            fault.code == Code::InvalidValue
                && fault.message.starts_with("the Dockerfile has no stage")
        });
        if let Some(unknown) = unknown {
            let failure = Failure::new(Exit::Usage, unknown.message.clone());
            return Err(Failure { help: unknown.help.clone(), ..failure });
        }
        let (dockerfile, _) = dockerfile::parse(file, source.text());
        let imported = crate::import::dockerfile(
            &dockerfile,
            source,
            &analysis.template,
            &analysis.diagnostics,
        );
        let mut imported = if self.keep { self.kept(imported) } else { imported };
        self.name.clone_into(&mut imported.draft.name);
        imported.draft.context = self.context.map(str::to_owned);
        if !self.keep {
            ignore(&path, directory, &mut imported, host);
        }
        Ok((imported, analysis.sources))
    }

    /// A draft that names the Dockerfile. Its start command and its readiness check are the
    /// Dockerfile's, unless there is a better one.
    fn kept(&self, imported: Imported) -> Imported {
        let mut from = From::of("dockerfile", self.dockerfile);
        if let Some(target) = self.target {
            from.entries.push(("target", Value::Text(target.to_owned())));
        }
        let build_env = self.arguments.iter().map(|(name, value)| crate::import::Variable {
            name: name.clone(),
            value: value.replace('$', "$$"),
            comments: Vec::new(),
        });
        let is_carried = |note: &Note| {
            matches!(note.effect, Effect::Lost | Effect::Dropped)
                || note.message.contains("HEALTHCHECK")
        };
        let draft = Draft {
            from,
            build_env: build_env.collect(),
            ready: imported.draft.ready.filter(|_| {
                imported.notes.iter().any(|note| note.message.contains("`HEALTHCHECK` became"))
            }),
            ..Draft::default()
        };
        let notes = imported.notes.into_iter().filter(is_carried).collect();
        Imported { draft, notes }
    }
}

/// The patterns of `NAME.dockerignore`, which only a Dockerfile has.
fn ignore(dockerfile: &Path, directory: &Path, imported: &mut Imported, host: &dyn Host) {
    let mut name = dockerfile.as_os_str().to_owned();
    name.push(".dockerignore");
    let Ok(bytes) = host.read(Path::new(&name), dockerfile::MAX_BYTES) else { return };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let patterns = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    imported.draft.ignore = patterns.map(str::to_owned).collect();
    let name = Path::new(&name).display().to_string();
    let message = format!("the patterns of `{name}` became `ignore`");
    imported.notes.push(Note::new(Effect::Layout, None, message));
    let context = imported.draft.context.as_deref().unwrap_or(".");
    if host.metadata(&directory.join(context).join(".dockerignore")).is_ok() {
        let message =
            format!("`.dockerignore` is applied as well, which Docker replaces by `{name}`");
        imported.notes.push(Note::new(Effect::Changed, None, message));
    }
}
