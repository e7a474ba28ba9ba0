//! The files that the client is asked to watch.

use gen_lsp_types::{
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, Registration, RegistrationParams,
};
use serde_json::json;

/// Every file: a manifest may copy any of them.
const PATTERN: &str = "**/*";

/// The registration of the watchers.
pub(super) fn registration() -> RegistrationParams {
    let watcher = FileSystemWatcher { glob_pattern: PATTERN.to_owned().into(), kind: None };
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: vec![watcher] };
    let registration = Registration {
        id: "files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: Some(json!(options)),
    };
    RegistrationParams { registrations: vec![registration] }
}
