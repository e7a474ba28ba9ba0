//! `sbx init`: creates a manifest.

mod starter;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use super::{Exit, Failure, write};
use crate::diagnostic::Diagnostic;
use crate::host::{FileKind, Host, describe};
use crate::pipeline;
use crate::printer::Printer;
use crate::scalar::shell::quote;
use crate::settings::{Init, InitKind};
use crate::source::Source;

pub(super) fn run(settings: &Init, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let name = match &settings.name {
        Some(name) => name.clone(),
        None => name_of(&settings.directory),
    };
    refuse_file(&settings.directory, host)?;
    let path = settings.directory.join("sandbox.toml");
    refuse_name(&path, &starter::of_kind(&name, InitKind::Python), host)?;
    let text = match &settings.from_dockerfile {
        Some(dockerfile) => {
            starter::of_dockerfile(&name, dockerfile_at(&settings.directory, dockerfile, host)?)
        }
        None => starter::of_kind(&name, settings.kind),
    };
    let made = fs::create_dir_all(&settings.directory);
    made.and_then(|()| create(&path, &text, settings.force)).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return Failure::new(Exit::Usage, format!("`{}` already exists", path.display()))
                .help("`--force` overwrites it");
        }
        write::failure(&path, &error)
    })?;
    printer.note(&format!("wrote {}", path.display()));
    let file = if settings.directory == Path::new(".") {
        String::new()
    } else {
        format!(" {}", quote(&settings.directory.to_string_lossy()))
    };
    printer.note(&format!("next: `sbx check{file}`, then `sbx apply{file} --platform local`"));
    Ok(Exit::Done)
}

/// Refuses a file, or a path that looks like a manifest's, in place of the directory.
fn refuse_file(directory: &Path, host: &dyn Host) -> Result<(), Failure> {
    let is_toml = directory.extension().is_some_and(|extension| extension == "toml");
    let fits = match host.metadata(directory) {
        Ok(found) => found.kind == FileKind::Directory,
        Err(_) => !is_toml,
    };
    if fits {
        return Ok(());
    }
    let message = format!("`{}` is not a directory", directory.display());
    Err(Failure::new(Exit::Usage, message)
        .help("`sbx init` takes the directory of the new sandbox.toml"))
}

/// A Dockerfile's path as the manifest writes it, relative to the directory.
fn dockerfile_at<'a>(
    directory: &Path,
    dockerfile: &'a Path,
    host: &dyn Host,
) -> Result<&'a str, Failure> {
    let path = directory.join(dockerfile);
    let read = host.metadata(&path).and_then(|_| host.read(&path, 0));
    if let Err(error) = read {
        let message = format!("cannot read `{}`: {}", path.display(), describe(&error));
        return Err(Failure::new(Exit::Wrong, message)
            .help("give the Dockerfile's path relative to the directory of the new sandbox.toml"));
    }
    dockerfile.to_str().ok_or_else(|| {
        Failure::new(Exit::Wrong, format!("the path `{}` is not UTF-8", dockerfile.display()))
            .help("rename the Dockerfile")
    })
}

/// Refuses a name that `sbx check` would report: nothing else in a new manifest can be wrong.
fn refuse_name(path: &Path, text: &str, host: &dyn Host) -> Result<(), Failure> {
    let source = Source::new(path, text.to_owned());
    let analysis = pipeline::analyze_text(host, source, None);
    let sorted = analysis.diagnostics.sorted();
    let Some(error) = sorted.into_iter().find(Diagnostic::stops) else { return Ok(()) };
    let failure = Failure::new(Exit::Usage, error.message);
    let help = if error.label.is_empty() { error.help } else { Some(error.label) };
    Err(Failure { help, ..failure })
}

fn create(path: &Path, text: &str, force: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    write::file(path, text, &options)
}

/// The name of the directory, with `-` for characters that a template's name cannot have.
fn name_of(directory: &Path) -> String {
    let whole = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let name = whole.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let kept: String = name
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' { c } else { '-' })
        .collect();
    let trimmed = kept.trim_matches('-');
    if trimmed.is_empty() { "my-template".to_owned() } else { trimmed.to_owned() }
}
