//! The settings of `sbx run` and `sbx shell`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::destination::{Destination, destination};
use super::manifest::one_profile;
use super::templates::{manifest_in_place, template_ref};
use super::{UsageError, manifest_at};
use crate::cli;
use crate::host::FileSystem;
use crate::scalar::{TemplateRef, is_name};

/// The sandbox of a command, and what runs in it.
#[derive(Debug)]
pub struct SandboxChoice {
    /// The template; `None` stands for the manifest's.
    pub template: Option<TemplateRef>,
    /// The manifest that supplies the platform and the template, if it is not `./sandbox.toml`.
    pub manifest: Option<PathBuf>,
    /// The profile of the manifest.
    pub profile: Option<String>,
    /// The step before which a build is looked at, instead of the finished template.
    pub at: Option<NonZeroUsize>,
    /// The user.
    pub user: Option<String>,
    /// Variables; one without a value has the value that it has here.
    pub environment: Vec<(String, Option<String>)>,
    /// The directory.
    pub workdir: Option<String>,
    /// Whether the sandbox is left running.
    pub keep: bool,
    /// The file that gets the ID of a sandbox that is left running.
    pub id_file: Option<PathBuf>,
    /// Where the template is built.
    pub destination: Destination,
}

/// `sbx run`
#[derive(Debug)]
pub struct Run {
    /// The sandbox.
    pub sandbox: SandboxChoice,
    /// The words of the command; a single one is a line of a shell.
    pub command: Vec<String>,
}

pub(super) fn run(args: cli::Run, files: &dyn FileSystem) -> Result<Run, UsageError> {
    let sandbox = sandbox(args.template.as_deref(), args.sandbox, files)?;
    Ok(Run { sandbox, command: args.command })
}

pub(super) fn shell(args: cli::Shell, files: &dyn FileSystem) -> Result<SandboxChoice, UsageError> {
    let sandbox = sandbox(args.template.as_deref(), args.sandbox, files)?;
    Ok(SandboxChoice { at: args.at, ..sandbox })
}

fn sandbox(
    template: Option<&str>,
    args: cli::SandboxArgs,
    files: &dyn FileSystem,
) -> Result<SandboxChoice, UsageError> {
    let manifest = template.and_then(|text| {
        let directory = Path::new(text);
        let is_directory = files.is_dir(directory);
        manifest_in_place(text, files)
            .or_else(|| is_directory.then(|| manifest_at(directory, files)))
    });
    let template = template.filter(|_| manifest.is_none());
    Ok(SandboxChoice {
        template: template.map(template_ref).transpose()?,
        manifest,
        profile: one_profile(&args.profile)?,
        at: None,
        user: args.user,
        environment: args.env.iter().map(|text| variable(text)).collect::<Result<_, _>>()?,
        workdir: args.workdir,
        keep: args.keep,
        id_file: args.id_file,
        destination: destination(args.target)?,
    })
}

/// Reads `NAME=VALUE` or `NAME`.
fn variable(text: &str) -> Result<(String, Option<String>), UsageError> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    if is_name(name) {
        return Ok((name.to_owned(), value));
    }
    let message = format!("`{}` is not a variable's name", name.escape_debug());
    let help = "write `--env NAME=VALUE`, or `--env NAME` to pass on the value that it has here";
    Err(UsageError::new(message, help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_a_value_or_the_one_that_it_has_here() {
        let read = |text| variable(text).ok();
        assert_eq!(read("A=b=c"), Some(("A".to_owned(), Some("b=c".to_owned()))));
        assert_eq!(read("A="), Some(("A".to_owned(), Some(String::new()))));
        assert_eq!(read("A"), Some(("A".to_owned(), None)));
        for wrong in ["", "=a", "A B=c", "1=a"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
