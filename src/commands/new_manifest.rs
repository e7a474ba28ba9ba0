//! What commands share that create a manifest.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use super::{Exit, Failure, write};
use crate::diagnostic::Diagnostic;
use crate::host::Host;
use crate::pipeline::{self, Depth};
use crate::source::Source;

/// Refuses a name that `sbx check` would report.
pub(super) fn refuse_name(path: &Path, name: &str, host: &dyn Host) -> Result<(), Failure> {
    let text = format!("name = {}\nfrom = \"debian\"\n", string(name));
    let analysis = pipeline::analyze_text(host, Source::new(path, text), Depth::Manifest);
    let sorted = analysis.diagnostics.sorted();
    let Some(error) = sorted.into_iter().find(Diagnostic::stops) else { return Ok(()) };
    let failure = Failure::new(Exit::Usage, error.message);
    let help = if error.label.is_empty() { error.help } else { Some(error.label) };
    Err(Failure { help, ..failure })
}

/// Creates a manifest, and the directories that it is in. An existing one is overwritten only with
/// `force`.
pub(super) fn create(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let made = fs::create_dir_all(parent.unwrap_or(Path::new(".")));
    made.and_then(|()| write::file(path, text, &options)).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            return exists(path);
        }
        write::failure(path, &error)
    })
}

/// The failure if there is a manifest already.
pub(super) fn exists(path: &Path) -> Failure {
    Failure::new(Exit::Usage, format!("`{}` already exists", path.display()))
        .help("`--force` overwrites it")
}

/// The name of the directory, with `-` for characters that a template's name cannot have.
pub(super) fn name_of(directory: &Path) -> String {
    let whole = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let name = whole.file_name().map(|name| name.to_string_lossy().to_lowercase());
    template_name(&name.unwrap_or_default()).unwrap_or_else(|| "my-template".to_owned())
}

/// A text as the name of a template, with `-` for characters that it cannot have.
pub(super) fn template_name(text: &str) -> Option<String> {
    let kept: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' { c } else { '-' })
        .collect();
    let trimmed = kept.trim_matches('-');
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// A basic string of TOML. Its escapes include those of JSON, which leaves DEL as it is.
pub(super) fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default().replace('\u{7f}', "\\u007F")
}
