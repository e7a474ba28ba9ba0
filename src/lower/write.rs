//! A written file as one command of a POSIX shell, which root runs.
//!
//! The content is encoded in base64, so that no shell reads it. The command requires `mkdir`,
//! `chown`, `chmod`, `rm` and `base64 -d`, which Debian and Alpine both have.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::platform::ROOT;
use crate::scalar::Piece;
use crate::scalar::shell::quote;
use crate::template::{Instruction, Write};

/// What logs and reports call the step.
pub(super) fn label(instruction: &Instruction, write: &Write) -> String {
    instruction.label.clone().unwrap_or_else(|| format!("write {}", write.path))
}

/// The command. `path` is relative to the directory `root`, which is a word of the shell; `""` is
/// the root directory. `owner` is that of the template, or else the current user.
///
/// Directories that are missing are created, and get the owner. A file that is there is
/// overwritten; a link in its place is replaced, so that the file it points to stays as it is.
pub(super) fn command(write: &Write, owner: &str, root: &str, path: &str) -> String {
    let mut parts: Vec<_> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let name = quote(parts.pop().unwrap_or_default());
    let mut commands = Vec::new();
    let directory = if parts.is_empty() {
        root
    } else {
        commands.push(create(root, &parts, owner));
        "\"$sbx_dir\""
    };
    commands.push(format!("sbx_file={directory}/{name}"));
    if let Some(name) = &write.name_in_directory {
        let name = quote(name);
        let within = "sbx_file=\"$sbx_file\"";
        commands.push(format!("{{ [ ! -d \"$sbx_file\" ] || {within}/{name}; }}"));
    }
    commands.push("{ [ ! -L \"$sbx_file\" ] || rm \"$sbx_file\"; }".to_owned());
    commands.push(format!("{} > \"$sbx_file\"", output(write)));
    commands.push(format!("chown {} \"$sbx_file\"", owner_word(owner)));
    commands.push(format!("chmod {} \"$sbx_file\"", write.mode));
    commands.join(" && ")
}

/// What creates the directories that are missing. It is linear in the length of the path.
fn create(root: &str, parts: &[&str], owner: &str) -> String {
    if owner.split(':').all(|name| matches!(name, ROOT | "0")) {
        return format!("sbx_dir={root}/{} && mkdir -p \"$sbx_dir\"", quote(&parts.join("/")));
    }
    let words: Vec<_> = parts.iter().map(|part| quote(part)).collect();
    format!(
        "sbx_dir={root} && for sbx_name in {}; do sbx_dir=\"$sbx_dir/$sbx_name\"; \
         [ -d \"$sbx_dir\" ] || {{ mkdir \"$sbx_dir\" && chown {} \"$sbx_dir\"; }} || exit; done",
        words.join(" "),
        owner_word(owner)
    )
}

/// An owner for `chown`: a name without a group stands for the user's own group, a number without
/// one for the group of the same number.
fn owner_word(owner: &str) -> String {
    let is_number = !owner.is_empty() && owner.bytes().all(|byte| byte.is_ascii_digit());
    quote(&match owner {
        owner if owner.contains(':') => owner.to_owned(),
        owner if is_number => format!("{owner}:{owner}"),
        owner => format!("{owner}:"),
    })
}

/// The command that prints the content. The shell expands references.
fn output(write: &Write) -> String {
    let commands: Vec<_> = write.content.pieces().iter().map(printed).collect();
    match commands.as_slice() {
        [] => ":".to_owned(),
        [one] => one.clone(),
        several => format!("{{ {}; }}", several.join(" && ")),
    }
}

fn printed(piece: &Piece) -> String {
    match piece {
        Piece::Literal(text) => format!("printf %s {} | base64 -d", STANDARD.encode(text)),
        Piece::Reference { name, .. } => format!("printf %s \"${{{name}-}}\""),
    }
}
