//! `sbx init`: creates a manifest.

mod project;
mod starter;

use std::path::Path;

use super::{Exit, Failure, import, new_manifest};
use crate::host::{FileKind, Host, describe};
use crate::printer::Printer;
use crate::scalar::shell::quote;
use crate::settings::{Import, Init, InitKind};

/// The names of Dockerfiles that say what a project needs.
const DOCKERFILES: &[&str] = &["Dockerfile", "Containerfile"];

pub(super) fn run(settings: &Init, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    refuse_file(&settings.directory, host)?;
    let path = settings.directory.join("sandbox.toml");
    let name = match &settings.name {
        Some(name) => name.clone(),
        None => new_manifest::name_of(&settings.directory),
    };
    new_manifest::refuse_name(&path, &name, host)?;
    let (text, from) = match (&settings.from_dockerfile, settings.kind) {
        (Some(dockerfile), _) => {
            let dockerfile = dockerfile_at(&settings.directory, dockerfile, host)?;
            (starter::of_dockerfile(&name, dockerfile), "")
        }
        (None, Some(kind)) => (starter::of_kind(&name, kind), ""),
        (None, None) => {
            if let Some(exit) = imported(settings, &path, host, printer)? {
                return Ok(exit);
            }
            match project::draft(&settings.directory, host) {
                Some(draft) => {
                    let draft = crate::import::Draft { name, ..draft };
                    (draft.text(), " for the project in its directory")
                }
                None => (starter::of_kind(&name, InitKind::Python), ""),
            }
        }
    };
    new_manifest::create(&path, &text, settings.force)?;
    printer.note(&format!("wrote {}{from}", path.display()));
    next(&settings.directory, printer);
    Ok(Exit::Done)
}

/// Says what to type next.
fn next(directory: &Path, printer: &Printer) {
    let file = if directory == Path::new(".") {
        String::new()
    } else {
        format!(" {}", quote(&directory.to_string_lossy()))
    };
    printer.note(&format!("next: `sbx check{file}`, then `sbx apply{file} --platform local`"));
}

/// Imports the Dockerfile of the directory, if it has one: it says more than other files.
fn imported(
    settings: &Init,
    manifest: &Path,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Option<Exit>, Failure> {
    let is_file = |path: &std::path::PathBuf| {
        host.metadata(path).is_ok_and(|found| found.kind == FileKind::File)
    };
    let mut within = DOCKERFILES.iter().map(|name| settings.directory.join(name));
    let Some(dockerfile) = within.find(is_file) else { return Ok(None) };
    let import = Import {
        path: dockerfile,
        output: Some(manifest.to_owned()),
        prints: false,
        name: settings.name.clone(),
        keep: false,
        target: None,
        run: false,
        force: settings.force,
        is_json: false,
    };
    let exit = import::run(&import, host, printer)?;
    next(&settings.directory, printer);
    Ok(Some(exit))
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
