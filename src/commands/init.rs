//! `sbx init`: creates a manifest.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use super::{Exit, Failure, write};
use crate::diagnostic::Diagnostic;
use crate::host::Host;
use crate::pipeline;
use crate::printer::Printer;
use crate::schema;
use crate::settings::Init;
use crate::source::Source;

pub(super) fn run(settings: &Init, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let name = match &settings.name {
        Some(name) => name.clone(),
        None => name_of(&settings.directory),
    };
    let path = settings.directory.join("sandbox.toml");
    let text = starter(&name);
    refuse_name(&path, &text, host)?;
    let made = fs::create_dir_all(&settings.directory);
    made.and_then(|()| create(&path, &text, settings.force)).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return Failure::new(Exit::Usage, format!("`{}` already exists", path.display()))
                .help("`--force` overwrites it");
        }
        write::failure(&path, &error)
    })?;
    printer.note(&format!("wrote {}", path.display()));
    printer.note("next: `sbx check`, then `sbx apply --platform local`");
    Ok(Exit::Done)
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

fn starter(name: &str) -> String {
    let name = serde_json::to_string(name).unwrap_or_default();
    format!(
        "#:schema {}\n\
         # A template for agent sandboxes. `sbx check` validates it, `sbx apply` builds it.\n\
         name = {name}\n\
         \n\
         [from]\n\
         python = \"3.12\"\n\
         \n\
         [env]\n\
         APP_ENV = \"production\"\n\
         \n\
         [[steps]]\n\
         apt = [\"git\", \"curl\"]\n\
         \n\
         [[steps]]\n\
         run = \"mkdir -p /home/user/app && echo 'Hello from a sandbox.' > /home/user/app/index.html\"\n\
         \n\
         [start]\n\
         cmd = \"python -m http.server 8000 --directory /home/user/app\"\n\
         \n\
         [ready]\n\
         url = \"http://localhost:8000/\"\n",
        schema::ID
    )
}
