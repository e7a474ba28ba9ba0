//! The schema that the manifest in the current directory names for editors.

use std::io;
use std::path::Path;

use serde_json::Value;

use super::check::{Check, Severity, text};
use crate::host::{FileSystem as _, Host, describe};
use crate::scalar::shell::quote;
use crate::schema;
use crate::trust::{Confined, outside};

/// The manifest.
const MANIFEST: &str = "sandbox.toml";

/// The most bytes that are read of a manifest and of a schema.
const MAX_BYTES: usize = 4 << 20;

/// The word before the schema in the first line.
const DIRECTIVE: &str = "#:schema";

/// What the first line of `./sandbox.toml` names; `None` if there is no manifest.
pub(super) fn check(host: &dyn Host) -> Option<Check> {
    let mut check = Check::new("manifest", "Manifest", format!("`{MANIFEST}`"));
    let bytes = match host.read(Path::new(MANIFEST), MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            let message = format!("it cannot be read: {}", describe(&error));
            check.problem(Severity::Error, message, None);
            return Some(check);
        }
    };
    let manifest = String::from_utf8_lossy(&bytes);
    let named = manifest.lines().next().and_then(|line| line.strip_prefix(DIRECTIVE));
    let Some(named) = named.map(str::trim).filter(|named| !named.is_empty()) else {
        check.fact("schema", "schema for editors", Some(("none is named".to_owned(), Value::Null)));
        return Some(check);
    };
    check.fact("schema", "schema for editors", Some(text(named)));
    // A schema elsewhere is the editor's to load.
    if !named.contains("://") {
        compare(&mut check, named, host);
    }
    Some(check)
}

/// Compares the schema in a file with that of this program. The manifest may be a stranger's: only a
/// file of its project is read.
fn compare(check: &mut Check, named: &str, host: &dyn Host) {
    let update = format!("`sbx schema > {}` writes the schema of this version", quote(named));
    let project = Confined::new(host, Path::new(""), &[]);
    let read = match project.read(Path::new(named), MAX_BYTES) {
        Ok(read) => read,
        Err(error) => {
            let message = format!("the schema `{named}` cannot be read: {}", describe(&error));
            let help = outside(&error).is_none().then_some(update);
            check.problem(Severity::Warning, message, help);
            return;
        }
    };
    let is_same =
        serde_json::from_slice::<Value>(&read).is_ok_and(|read| read == *schema::schema());
    let word = if is_same { "yes" } else { "no" };
    check.fact("schemaIsCurrent", "schema is that of this sbx", Some((word.to_owned(), is_same)));
    if !is_same {
        let message = format!("the schema `{named}` is not that of this version of sbx");
        check.problem(Severity::Warning, message, Some(update));
    }
}
