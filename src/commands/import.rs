//! `sbx import`: makes a manifest of what describes a sandbox to other tools.

mod dockerfile;
mod find;
mod program;
mod report;
mod texts;

use std::path::{Component, Path, PathBuf};

use secrecy::ExposeSecret as _;

use super::{Exit, Failure, new_manifest};
use crate::host::{FileKind, Host};
use crate::import::{Effect, Imported};
use crate::pipeline::{self, Depth};
use crate::printer::Printer;
use crate::settings::Import;
use crate::source::{Source, SourceMap};
use dockerfile::Request;
use find::{Found, Kind};
use report::Report;

pub(super) fn run(settings: &Import, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let mut found = find::source(&settings.path, host)?;
    let manifest = manifest_path(settings, &mut found, host);
    let directory = directory_of(&manifest);
    if host.metadata(directory).map_or(true, |it| it.kind != FileKind::Directory) {
        let message = format!("`{}` is not a directory", directory.display());
        return Err(Failure::new(Exit::Usage, message).help("create it first"));
    }
    if !settings.prints && !settings.force && host.symlink_metadata(&manifest).is_ok() {
        return Err(new_manifest::exists(&manifest));
    }
    if let Some(name) = &settings.name {
        new_manifest::refuse_name(&manifest, name, host)?;
    }
    let job = Job { settings, host, found: &found, manifest: &manifest };
    let (imported, sources) = job.import()?;
    let text = imported.draft.text();
    let source = Source::new(&manifest, text.clone());
    let check = pipeline::analyze_text(host, source, Depth::Files);
    for secret in &check.secrets {
        host.register_secret(secret.text.expose_secret());
    }
    if settings.prints && !settings.is_json {
        printer.verbatim(&text);
    }
    if !settings.prints {
        new_manifest::create(&manifest, &text, settings.force)?;
    }
    let notes = &imported.notes;
    let manifest = (!settings.prints).then_some(manifest.as_path());
    let report =
        Report { found: &found, notes, sources: &sources, text: &text, manifest, check: &check };
    if settings.is_json {
        report.json(printer);
    } else {
        report.human(printer);
    }
    let is_lost = notes.iter().any(|note| note.effect == Effect::Lost);
    Ok(if is_lost { Exit::Wrong } else { Exit::Done })
}

/// The usual name of a manifest.
const NAME: &str = "sandbox.toml";

/// Where the manifest is written, or would be. A Dockerfile's context is the manifest's directory.
fn manifest_path(settings: &Import, found: &mut Found, host: &dyn Host) -> PathBuf {
    let Some(output) = &settings.output else {
        let here = found.project == Path::new(".");
        return if here { PathBuf::from(NAME) } else { found.project.join(NAME) };
    };
    let is_directory = host.metadata(output).is_ok_and(|it| it.kind == FileKind::Directory);
    let path = if is_directory { output.join(NAME) } else { output.clone() };
    if found.kind == Kind::Dockerfile {
        directory_of(&path).clone_into(&mut found.project);
    }
    path
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// An import on its way.
struct Job<'a> {
    settings: &'a Import,
    host: &'a dyn Host,
    found: &'a Found,
    manifest: &'a Path,
}

impl Job<'_> {
    fn import(&self) -> Result<(Imported, SourceMap), Failure> {
        match self.found.kind {
            Kind::Dockerfile => {
                self.dockerfile(&self.found.path, self.settings.target.as_deref(), &[], None)
            }
            Kind::Config => self.config(),
            Kind::Template => self.template(),
            Kind::Devcontainer => self.devcontainer(),
            Kind::Program => self.program(),
        }
    }

    /// The name of the template: the given one, that of the source, or that of the directory.
    fn name(&self, own: Option<&str>) -> String {
        let own = own.and_then(new_manifest::template_name);
        let given = self.settings.name.clone().or(own);
        given.unwrap_or_else(|| new_manifest::name_of(&self.found.project))
    }

    fn dockerfile(
        &self,
        path: &Path,
        target: Option<&str>,
        arguments: &[(String, String)],
        name: Option<&str>,
    ) -> Result<(Imported, SourceMap), Failure> {
        let directory = directory_of(self.manifest);
        let context = self.context()?;
        let request = Request {
            name: &self.name(name),
            manifest: self.manifest,
            dockerfile: &relative(directory, path, self.host)?,
            context: context.as_deref(),
            target,
            arguments,
            keep: self.settings.keep,
        };
        request.import(self.host)
    }

    /// The build context, if it is not the manifest's directory.
    fn context(&self) -> Result<Option<String>, Failure> {
        let path = relative(directory_of(self.manifest), &self.found.project, self.host)?;
        Ok(Some(path).filter(|path| path != "."))
    }
}

/// A path relative to a directory.
fn relative(directory: &Path, path: &Path, host: &dyn Host) -> Result<String, Failure> {
    let (directory, path) = (whole(directory, host), whole(path, host));
    let from: Vec<_> = directory.components().collect();
    let to: Vec<_> = path.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(to[common..].iter().copied()).collect();
    match relative.to_str() {
        Some("") => Ok(".".to_owned()),
        Some(text) => Ok(text.to_owned()),
        None => Err(Failure::new(
            Exit::Wrong,
            format!("the path `{}` is not UTF-8", relative.display()),
        )),
    }
}

/// The absolute form of a path whose last parts may not exist yet.
fn whole(path: &Path, host: &dyn Host) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    if let Ok(whole) = host.canonicalize(path) {
        return whole;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => whole(parent, host).join(name),
        _ => path.to_owned(),
    }
}
