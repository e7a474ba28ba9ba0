//! Verifies the steps of a build as far as that needs no machine.

use std::fs::File;
use std::io;

use super::{BuildError, BuildRunner};
use crate::local::archive::{self, ArchiveCheck, ArchiveSummary, Fault, HashMatch, HashScheme};
use crate::local::validate::is_files_hash;
use crate::scalar::{counted, human_bytes};
use crate::wire::e2b::{LogLevel, Step, StepKind};

/// The server's words for a COPY without a hash.
const NO_HASH: &str = "COPY requires files hash to be set";

impl BuildRunner<'_> {
    /// Checks a step as far as it can be checked without running it.
    pub(in crate::local) fn verify(&self, name: &str, step: &Step) -> Result<(), BuildError> {
        check_args(step).map_err(|why| BuildError::failed(name, why))?;
        match surplus(step) {
            Some(warning) => self.log(&LogLevel::Warn, Some(name), &warning),
            None => Ok(()),
        }
    }

    /// Opens the archive of a COPY.
    pub(in crate::local) fn open_archive(
        &self,
        name: &str,
        step: &Step,
    ) -> Result<File, BuildError> {
        let failed = |why: String| BuildError::failed(name, why);
        let Some(files_hash) = &step.files_hash else { return Err(failed(NO_HASH.to_owned())) };
        let archives = self.app.store().archives();
        archives.open(files_hash).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed(format!(
                "failed to open files object from storage: nothing was uploaded for {files_hash}"
            )),
            _ => failed(format!("failed to open files object from storage: {error}")),
        })
    }

    /// Verifies the archive of a COPY.
    pub(in crate::local) fn verify_archive(
        &self,
        name: &str,
        step: &Step,
        file: &File,
    ) -> Result<(), BuildError> {
        let failed = |why: String| BuildError::failed(name, why);
        let ([source, target, ..], Some(files_hash)) = (&step.args[..], &step.files_hash) else {
            return Err(failed(NO_HASH.to_owned()));
        };
        let scheme = scheme(&self.job.user_agent);
        let most_bytes = self.app.config.max_unpacked_bytes;
        let check = ArchiveCheck { source, target, files_hash, scheme, most_bytes };
        match archive::examine(file, check, &|| self.is_over()) {
            Ok(summary) => self.say(Some(name), &report(&summary)),
            Err(Fault::Stopped) => Err(self.check().err().unwrap_or(BuildError::Stopped)),
            Err(fault) => Err(failed(fault.to_string())),
        }
    }
}

/// The hash scheme of the client with this `User-Agent`.
fn scheme(user_agent: &str) -> HashScheme {
    if user_agent.starts_with("sbx/") {
        HashScheme::Exact
    } else if user_agent.starts_with("novita-sandbox-sdk-js/") {
        // It sorts objects without a comparison function, which does not change their order.
        HashScheme::AnyOrder
    } else {
        HashScheme::DirectorySizes
    }
}

/// A step as shown in the log of a recorded build.
pub(in crate::local) fn describe(step: &Step) -> String {
    let args = match step.kind {
        StepKind::Env => {
            let pairs = step.args.chunks(2).map(|pair| pair.join("="));
            pairs.collect::<Vec<_>>().join(" ")
        }
        StepKind::Run => match &step.args[..] {
            [command, user, ..] if !user.is_empty() => format!("(as {user}) {command}"),
            [command, ..] => command.clone(),
            [] => String::new(),
        },
        StepKind::Copy | StepKind::Workdir | StepKind::User => {
            let args = step.args.iter().filter(|arg| !arg.is_empty());
            args.map(String::as_str).collect::<Vec<_>>().join(" ")
        }
    };
    let force = if step.force { " (no cache)" } else { "" };
    format!("{}{force} {args}", step.kind.as_str())
}

/// Rejects the arguments that the real builder rejects, with its messages.
fn check_args(step: &Step) -> Result<(), &'static str> {
    let args = &step.args;
    match step.kind {
        StepKind::Copy if args.len() < 2 => {
            Err("COPY requires a local path and a container path argument")
        }
        StepKind::Copy => match step.files_hash.as_deref() {
            None | Some("") => Err(NO_HASH),
            Some(hash) if !is_files_hash(hash) => {
                Err("COPY requires a files hash of 64 lower-case hexadecimal digits")
            }
            Some(_) => Ok(()),
        },
        StepKind::Run if args.is_empty() => Err("RUN requires command argument"),
        StepKind::Env if args.is_empty() => Err("ENV does not support passing no arguments"),
        StepKind::Env if !args.len().is_multiple_of(2) => {
            Err("ENV requires both a key and value arguments")
        }
        StepKind::Workdir if args.is_empty() => Err("WORKDIR requires a path argument"),
        StepKind::User if args.is_empty() => Err("USER requires a username argument"),
        _ => Ok(()),
    }
}

/// A warning about arguments that the builder ignores.
fn surplus(step: &Step) -> Option<String> {
    let most = match step.kind {
        StepKind::Copy => 4,
        // The second argument of `RUN` is a user, that of `USER` enables sudo.
        StepKind::Run | StepKind::User => 2,
        StepKind::Workdir => 1,
        StepKind::Env => return None,
    };
    let given = step.args.len();
    (given > most).then(|| {
        format!("{} takes at most {most} arguments, {given} were given", step.kind.as_str())
    })
}

/// The log line for a valid archive.
fn report(summary: &ArchiveSummary) -> String {
    let ArchiveSummary { files, directories, links, bytes, hash_match } = summary;
    let parts = [
        (*files, "file", "files"),
        (*directories, "directory", "directories"),
        (*links, "link", "links"),
    ];
    let parts = parts.into_iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, one, many)| counted(count, one, many)).collect();
    let holds = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
    let hash_match = match hash_match {
        HashMatch::Verified => "agrees with its hash",
        HashMatch::Unknown => {
            "valid, but not checked against its hash: this client hashes more than the archive \
             contains"
        }
    };
    format!("archive: {holds}, {}; {hash_match}", human_bytes(*bytes))
}
