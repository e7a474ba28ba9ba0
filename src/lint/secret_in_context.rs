//! `secret-in-context`: a copied directory contains files with secrets.

use super::LintContext;
use super::shell::base_name;
use crate::context::{Entry, EntryKind};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::template::Copy;

/// The number of files that the help lists.
const MOST: usize = 5;

/// Names of files that contain nothing but secrets.
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

/// Path suffixes, for file names that are ambiguous by themselves.
const PATHS: &[&str] = &[".aws/credentials", ".docker/config.json", ".kube/config"];

/// Names of files that hold a secret or not, by their content.
pub const MAY_HOLD_SECRETS: &[&str] = &[".npmrc"];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for (copy, files, span) in ctx.copied() {
        let secret = |entry: &&Entry| {
            entry.kind == EntryKind::File
                && entry.size > 0
                && (is_secret(&entry.path) || ctx.inputs.secret_files.contains(&entry.path))
                && !is_named(copy, &entry.path)
        };
        let ends = PATHS.iter().map(|path| base_name(path));
        let by_content = MAY_HOLD_SECRETS.iter().copied();
        let names: Vec<_> = NAMES.iter().copied().chain(ends).chain(by_content).collect();
        let secrets = files.named(&names).into_iter().filter(secret);
        let found: Vec<_> = secrets.map(|entry| &entry.path).collect();
        let Some(first) = found.first() else { continue };
        let more = match found.len() - 1 {
            0 => String::new(),
            1 => " and 1 other file with secrets".to_owned(),
            more => format!(" and {more} other files with secrets"),
        };
        let message = format!("the copy of `{}` includes `{first}`{more}", copy.source);
        let patterns: Vec<_> = found.iter().take(MOST).map(|path| format!("\"{path}\"")).collect();
        diagnostics.push(
            Diagnostic::new(Code::SecretInContext, span, message)
                .label("every sandbox of the template can read the copied files")
                .help(format!(
                    "write `ignore = [{}]` above the first `[header]`; to copy a secret on \
                     purpose, name the file itself in `copy`",
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

/// Whether the source of a copy names the file itself, or a pattern for such names.
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
