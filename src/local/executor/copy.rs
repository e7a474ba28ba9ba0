//! COPY: an archive is unpacked, and merged into its target.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::builder::Builder;
use super::command::{Command, Sink, reason};
use super::layer::Then;
use super::run::Ended;
use super::step::conclude;
use crate::local::archive::glob_base;
use crate::local::build::BuildError;
use crate::local::store::Context;
use crate::wire::e2b::Step;

/// The rules of the merge.
const MERGE: &str = include_str!("copy.sh");

/// Where archives are unpacked: in the container's own file system, where moving is renaming. On the
/// platform it is below `/tmp`.
const UNPACKED: &str = "/.sbx-copy";

/// The most that archives may add to a container for the next step to run in it, too, in bytes of
/// the archives: keeping that again takes less time than another container.
const SHARED_BYTES: u64 = 64 * 1024;

/// Copies the content of the archive that the client has uploaded. It is verified while it is
/// unpacked: if it is refused, the container is removed with what is there by then.
pub(super) fn execute(
    builder: &mut Builder<'_>,
    step: &Step,
    sink: Sink<'_>,
) -> Result<Then, BuildError> {
    let runner = builder.runner;
    let archive = runner.open_archive(sink.step, step)?;
    let bytes = archive.metadata()?.len();
    let is_refused = AtomicBool::new(false);
    let ended = thread::scope(|scope| {
        let verified = scope.spawn(|| {
            let verified = runner.verify_archive(sink.step, step, &archive);
            is_refused.store(verified.is_err(), Ordering::Release);
            verified
        });
        let ended = unpack(builder, step, &archive, (sink, &is_refused));
        verified.join().unwrap_or(Err(BuildError::Stopped)).and(ended)
    })?;
    let root = as_root(builder);
    conclude(builder, sink, reason("failed to move files in sandbox", &root, ended))?;
    builder.copied += bytes;
    Ok(if builder.copied <= SHARED_BYTES { Then::Share } else { Then::Remove })
}

/// Unpacks the archive and merges its content into the target.
fn unpack(
    builder: &mut Builder<'_>,
    step: &Step,
    archive: &File,
    (sink, is_refused): (Sink<'_>, &AtomicBool),
) -> Result<Ended, BuildError> {
    let unpack = format!("mkdir -p {UNPACKED} && tar -xzf - -C {UNPACKED}");
    let script = script(UNPACKED, &step.args, &builder.layer.context);
    let root = as_root(builder);
    let command =
        Command { context: &root, text: &script, before: Some(&unpack), input: Some(archive) };
    builder.run_until(command, Sink { prefix: "unpack", ..sink }, &|| {
        is_refused.load(Ordering::Acquire)
    })
}

fn as_root(builder: &Builder<'_>) -> Context {
    Context { user: "root".to_owned(), ..builder.layer.context.clone() }
}

/// The text for root's login shell, which expands the variables in target, owner and directory.
fn script(unpacked: &str, args: &[String], context: &Context) -> String {
    let arg = |at: usize| args.get(at).map(String::as_str).unwrap_or_default();
    let owner = if arg(2).is_empty() { &context.user } else { arg(2) };
    let owner = if owner.contains(':') { owner.to_owned() } else { format!("{owner}:{owner}") };
    let source = match glob_base(arg(0)).as_str() {
        "." | "./" => unpacked.to_owned(),
        base => format!("{unpacked}/{base}"),
    };
    let workdir = context.workdir.as_deref().unwrap_or_default();
    let words = [source.as_str(), arg(1), &owner, arg(3), workdir, &context.user];
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("set -- {}\n{MERGE}\nstatus=$?\nrm -rf {unpacked}\nexit $status", words.join(" "))
}
