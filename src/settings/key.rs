//! A platform's API key: from its variable, or from a file with private permissions.

use std::path::Path;

use secrecy::SecretString;

use super::UsageError;
use crate::cli;
use crate::diagnostic::suggest;
use crate::host::{Host, describe};
use crate::platform::{Access, Platform};

/// The largest file that is read for a key, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// Refuses a key that was given as an argument.
///
/// # Errors
/// A key was given.
pub fn refuse_key(global: &cli::Global) -> Result<(), UsageError> {
    if global.key.is_none() {
        return Ok(());
    }
    let variables: Vec<_> = Platform::ALL
        .iter()
        .filter_map(|platform| platform.facts().access)
        .map(|access| access.key_variable)
        .collect();
    let message = "a key is not taken from the command line: other users of this machine can see \
                   it there, and shells remember it";
    let help = format!(
        "put it into {}, or name its file (mode 0600) in the variable with `_FILE` behind it; a \
         registry's is `{{ env = \"NAME\" }}` in the manifest",
        suggest::any_of(&variables)
    );
    Err(UsageError::new(message.to_owned(), help))
}

/// Whether a variable with a key or with a key's file is set. The file is not opened: it may be a
/// pipe, which can be read only once.
pub fn names_key(access: &Access, host: &dyn Host) -> bool {
    let is_set = |name: &str| host.variable(name).is_some();
    is_set(access.key_variable) || is_set(&access.key_file_variable())
}

/// The variable that supplies a platform's API key: the one of the key, or of its file.
pub fn key_source(access: &Access, host: &dyn Host) -> String {
    let file_variable = access.key_file_variable();
    match host.variable(&file_variable) {
        Some(_) => file_variable,
        None => access.key_variable.to_owned(),
    }
}

/// The API key of a platform, if there is one; it is registered for redaction.
///
/// # Errors
/// Both variables are set, or the file cannot be used.
pub fn api_key(access: &Access, host: &dyn Host) -> Result<Option<SecretString>, UsageError> {
    let variable = access.key_variable;
    let file_variable = access.key_file_variable();
    let key = host.variable(variable);
    let Some(path) = host.variable(&file_variable) else {
        if let Some(key) = &key {
            host.register_secret(key);
        }
        return Ok(key.map(SecretString::from));
    };
    if key.is_some() {
        let message = format!("`{variable}` and `{file_variable}` are both set");
        return Err(UsageError::new(message, "unset one of them: they may be different keys"));
    }
    let key = read(host, Path::new(&path)).map_err(|(reason, help)| {
        let message = format!("the file of `{file_variable}`, `{path}`, {reason}");
        UsageError::new(message, help)
    })?;
    host.register_secret(&key);
    Ok(Some(SecretString::from(key)))
}

fn read(host: &dyn Host, path: &Path) -> Result<String, (String, String)> {
    let help = "write the key into it, and nothing else".to_owned();
    let file = host.read_private(path, MAX_BYTES).map_err(|error| {
        let help = "it holds the API key and nothing else".to_owned();
        (format!("cannot be read: {}", describe(&error)), help)
    })?;
    let mode = file.permissions;
    if mode & 0o077 != 0 {
        let reason = format!("can be used by other users of this machine: its mode is {mode:04o}");
        return Err((reason, format!("`chmod 600 {}`", path.display())));
    }
    let text = String::from_utf8(file.bytes).unwrap_or_default();
    let key = text.trim();
    if key.is_empty() || text.len() > MAX_BYTES || key.contains(char::is_whitespace) {
        return Err(("does not hold one key".to_owned(), help));
    }
    Ok(key.to_owned())
}
