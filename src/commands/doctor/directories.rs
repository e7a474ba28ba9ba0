//! The directories that `sbx` writes to.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use super::check::{Check, Severity, text};
use crate::commands::Failure;
use crate::commands::target::running_server;
use crate::host::{Host, describe};
use crate::scalar::human_bytes;
use crate::state;

/// The data of the local platform.
pub(super) fn data(directory: &Result<PathBuf, Failure>) -> Result<Check, Failure> {
    let (name, title) = ("data", "Data of the local platform");
    let directory = match directory {
        Ok(directory) => directory,
        Err(failure) => {
            let check = Check::new(name, title, "unknown");
            return Ok(unknown(check, &failure.message, "SBX_DATA"));
        }
    };
    let mut check = check(Check::new(name, title, shown(directory)), directory, "SBX_DATA");
    let server = running_server(directory)?.map(|url| url.to_string());
    check.fact("server", "used by the local platform at", server.map(text));
    Ok(check)
}

/// The records of builds.
pub(super) fn builds(host: &dyn Host) -> Check {
    let (name, title) = ("builds", "Records of builds");
    match state::Store::of_user(host) {
        Ok(store) => {
            let directory = store.directory();
            check(Check::new(name, title, shown(directory)), directory, state::DIRECTORY)
        }
        Err(error) => {
            unknown(Check::new(name, title, "unknown"), &describe(&error), state::DIRECTORY)
        }
    }
}

fn shown(directory: &Path) -> String {
    format!("`{}`", directory.display())
}

fn unknown(mut check: Check, message: &str, variable: &str) -> Check {
    let help = format!("set `{variable}` to a directory");
    check.problem(Severity::Error, message.to_owned(), Some(help));
    check
}

fn check(mut check: Check, directory: &Path, variable: &str) -> Check {
    check.key("path", directory.display().to_string());
    let exists = match fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => true,
        Ok(_) => return unknown(check, "it is not a directory", variable),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => {
            return unknown(check, &format!("it cannot be read: {}", describe(&error)), variable);
        }
    };
    let word = if exists { "yes" } else { "not yet" };
    check.fact("exists", "exists", Some((word.to_owned(), exists)));
    let place = directory.ancestors().find(|above| above.exists());
    let access = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    let place = place.filter(|place| !place.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let writable = rustix::fs::access(place, access);
    let word = if writable.is_ok() { "yes" } else { "no" };
    check.fact("writable", "writable", Some((word.to_owned(), writable.is_ok())));
    if exists {
        let bytes = size(directory);
        check.fact("bytes", "size", Some((human_bytes(bytes), bytes)));
    }
    if let Err(error) = writable {
        let place = if exists { "it".to_owned() } else { shown(place) };
        let message = format!("{place} cannot be written: {}", describe(&error.into()));
        return unknown(check, &message, variable);
    }
    check
}

/// The bytes of all files in a directory. What cannot be read counts nothing.
fn size(directory: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(directory) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
