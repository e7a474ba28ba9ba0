//! Paths in the image.

use std::collections::BTreeSet;

use crate::platform::ROOT;

/// The directories that every image has, with the home directory of a user.
pub(super) fn existing(user: &str) -> BTreeSet<String> {
    let directories = [
        "/",
        "/etc",
        "/home",
        "/opt",
        "/root",
        "/srv",
        "/tmp",
        "/usr",
        "/usr/bin",
        "/usr/lib",
        "/usr/local",
        "/usr/local/bin",
        "/usr/local/lib",
        "/usr/local/share",
        "/usr/share",
        "/var",
        "/var/lib",
        "/var/log",
    ];
    directories.iter().map(|&path| path.to_owned()).chain(home(user)).collect()
}

/// The home directory of a user whom the platform creates.
pub(super) fn home(user: &str) -> Option<String> {
    let is_name = user.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    match user {
        ROOT => Some("/root".to_owned()),
        user if is_name => Some(format!("/home/{user}")),
        _ => None,
    }
}

/// A path below a directory, without `.` and `..`.
pub(super) fn join(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let before = if path.starts_with('/') { "" } else { directory };
    for part in before.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The directory that holds a path.
pub(super) fn parent(path: &str) -> String {
    match path.rsplit_once('/') {
        None | Some(("", _)) => "/".to_owned(),
        Some((directory, _)) => directory.to_owned(),
    }
}

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A path with all directories above it.
pub(super) fn with_parents(path: &str) -> impl Iterator<Item = String> + use<> {
    let ends: Vec<_> =
        path.match_indices('/').skip(1).map(|(at, _)| path[..at].to_owned()).collect();
    ends.into_iter().chain([path.to_owned()])
}
