//! The API keys of the platforms: which are set, and where, but never their values.

use serde_json::{Value, json};

use super::check::{Check, Severity};
use crate::host::Host;
use crate::platform::{Access, Platform};
use crate::settings::{api_key, key_source, names_key};

pub(super) fn check(host: &dyn Host) -> Check {
    let mut set = Vec::new();
    let mut check = Check::new("keys", "API keys", "none is set");
    for platform in Platform::ALL {
        let Some(access) = platform.facts().access else { continue };
        let source = names_key(&access, host).then(|| source(&access, host));
        if source.is_some() {
            set.push(platform.name());
        }
        let (shown, value) = source.unwrap_or_else(|| ("not set".to_owned(), Value::Null));
        check.fact(platform.name(), platform.name(), Some((shown, value)));
        // The value is read for the checks of its file.
        if let Err(error) = api_key(&access, host) {
            check.problem(Severity::Error, error.message, error.help);
        }
    }
    if !set.is_empty() {
        check.summary = set.join(", ");
    }
    check
}

/// Where a key comes from.
fn source(access: &Access, host: &dyn Host) -> (String, Value) {
    let variable = key_source(access, host);
    let file = host.variable(&access.key_file_variable());
    let shown = match &file {
        Some(file) => format!("the file `{file}` in `{variable}`"),
        None => format!("`{variable}`"),
    };
    (shown, json!({ "variable": variable, "file": file }))
}
