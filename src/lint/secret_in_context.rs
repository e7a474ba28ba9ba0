//! `secret-in-context`: a copy of a directory takes files that hold secrets.

use super::LintContext;
use super::shell::base_name;
use crate::context::{Entry, EntryKind};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::template::Copy;

/// The most files that are named.
const MOST: usize = 5;

/// Names of files that hold nothing else.
const NAMES: &[&str] = &[
    ".env",
    ".env.local",
    ".env.prod",
    ".env.production",
    ".env.staging",
    ".git-credentials",
    ".netrc",
    ".pgpass",
    ".pypirc",
    ".vault-token",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "terraform.tfstate",
];

/// Ends of paths, for names that mean nothing by themselves.
const PATHS: &[&str] = &[".aws/credentials", ".docker/config.json", ".kube/config"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for (copy, files, span) in ctx.copied() {
        let secret = |entry: &&Entry| {
            entry.kind == EntryKind::File
                && entry.size > 0
                && is_secret(&entry.path)
                && !is_named(copy, &entry.path)
        };
        let found: Vec<_> = files.entries().iter().filter(secret).map(|it| &it.path).collect();
        let Some(first) = found.first() else { continue };
        let more = match found.len() - 1 {
            0 => String::new(),
            1 => " and 1 other file of secrets".to_owned(),
            more => format!(" and {more} other files of secrets"),
        };
        let message = format!("`{}` takes `{first}`{more} into the template", copy.source);
        let patterns: Vec<_> = found.iter().take(MOST).map(|path| format!("\"{path}\"")).collect();
        diagnostics.push(
            Diagnostic::new(Code::SecretInContext, span, message)
                .label("every sandbox of the template can read what is copied")
                .help(format!(
                    "write `ignore = [{}]` above the first `[header]`; a file that is named by \
                     itself in `copy` is taken without a word",
                    patterns.join(", ")
                )),
        );
    }
}

fn is_secret(path: &str) -> bool {
    NAMES.contains(&base_name(path))
        || PATHS.iter().any(|end| {
            path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
}

/// Whether a copy's source names the file, or a pattern for names like its own.
pub(super) fn is_named(copy: &Copy, path: &str) -> bool {
    let source = copy.source.trim_start_matches("./").trim_end_matches('/');
    let within = |part: &str| {
        source.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let is_pattern = source.contains(['*', '?', '[']);
    let pattern = base_name(source);
    within(path)
        || (is_pattern
            && pattern.contains(|c: char| c.is_ascii_alphanumeric())
            && path.matches('/').count() <= source.matches('/').count())
}
