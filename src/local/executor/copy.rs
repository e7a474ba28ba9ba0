//! COPY: an archive is unpacked in `/tmp` and merged into its target.

use std::io::{self, Seek as _};

use super::builder::{Builder, Command, Sink, reason};
use super::step::conclude;
use crate::local::archive::glob_base;
use crate::local::build::BuildError;
use crate::local::store::Context;
use crate::scalar::shell::quote;
use crate::wire::e2b::Step;

/// The rules of the merge.
const MERGE: &str = include_str!("copy.sh");

/// Copies the content of the archive that the client has uploaded.
pub(super) fn execute(
    builder: &mut Builder<'_>,
    step: &Step,
    sink: Sink<'_>,
) -> Result<(), BuildError> {
    let mut archive = builder.runner.archive(sink.step, step)?;
    archive.seek(io::SeekFrom::Start(0))?;
    let files_hash = step.files_hash.as_deref().unwrap_or_default();
    let unpacked = format!("/tmp/{files_hash}/unpack");
    let directory = quote(&unpacked);
    let unpack = format!("mkdir -p {directory} && tar -xzf - -C {directory}");
    let context = builder.layer.context.clone();
    let script = script(&unpacked, &step.args, &context);
    let root = Context { user: "root".to_owned(), ..context };
    let command =
        Command { context: &root, text: &script, before: Some(&unpack), input: Some(archive) };
    let ended = builder.run(command, Sink { prefix: "unpack", ..sink })?;
    conclude(builder, sink, reason("failed to move files in sandbox", &root, ended))
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
    format!("set -- {}\n{MERGE}", words.join(" "))
}
