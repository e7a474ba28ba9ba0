//! The configuration of Docker's client, as its user has set it up.

use std::env;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Its directory.
pub(super) fn directory() -> Option<PathBuf> {
    env::var_os("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".docker")))
}

/// What `config.json` has; `null` where it cannot be read.
pub(super) fn read() -> Value {
    let text = directory().and_then(|path| fs::read_to_string(path.join("config.json")).ok());
    serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default()
}
