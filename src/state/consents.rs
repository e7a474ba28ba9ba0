//! The answers of a person at a terminal: which secret of which manifest may go to which host.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Store, canonical};
use crate::registry::RegistryHost;
use crate::trust::{Grant, SecretName};

/// The file in the directory of the records. Its name has another form than those of records.
const FILE: &str = "consents";

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// The permissions with which others could write an answer.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// The user ID of root.
const ROOT: u32 = 0;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Consents {
    consents: Vec<Entry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pushes: Vec<Push>,
}

/// That an image may be pushed.
#[derive(Debug, Serialize, Deserialize)]
struct Push {
    /// The manifest's canonical path.
    manifest: String,
    /// The repository, as the manifest writes it.
    repository: String,
}

/// One answer.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// The manifest's canonical path.
    manifest: String,
    #[serde(flatten)]
    secret: SecretName,
    host: String,
}

impl Store {
    /// What a person agreed to for a manifest.
    ///
    /// # Errors
    /// The file exists and is not usable. It grants nothing then.
    pub fn consents(&self, manifest: &Path) -> io::Result<Vec<Grant>> {
        let manifest = canonical(manifest).to_string_lossy().into_owned();
        let known = self.read_consents()?.consents.into_iter();
        let own = known.filter(|entry| entry.manifest == manifest);
        Ok(own
            .filter_map(|entry| {
                Some(Grant { secret: entry.secret, host: RegistryHost::parse(&entry.host)? })
            })
            .collect())
    }

    /// Remembers what a person agreed to for a manifest. A file that is not usable is replaced. If
    /// two processes do this at once, one answer may be lost, and the question is asked again.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn remember_consents(&self, manifest: &Path, grants: &[Grant]) -> io::Result<()> {
        let manifest = canonical(manifest).to_string_lossy().into_owned();
        let mut known = self.read_consents().unwrap_or_default();
        known.consents.extend(grants.iter().map(|grant| Entry {
            manifest: manifest.clone(),
            secret: grant.secret.clone(),
            host: grant.host.to_string(),
        }));
        self.replace(&self.directory.join(FILE), &serde_json::to_vec_pretty(&known)?)
    }

    /// The repositories to which a person lets a manifest push.
    ///
    /// # Errors
    /// Those of [`Store::consents`].
    pub fn pushes(&self, manifest: &Path) -> io::Result<Vec<String>> {
        let manifest = canonical(manifest).to_string_lossy().into_owned();
        let known = self.read_consents()?.pushes.into_iter();
        Ok(known.filter(|it| it.manifest == manifest).map(|it| it.repository).collect())
    }

    /// Remembers that a person lets a manifest push to a repository.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn remember_push(&self, manifest: &Path, repository: &str) -> io::Result<()> {
        let manifest = canonical(manifest).to_string_lossy().into_owned();
        let mut known = self.read_consents().unwrap_or_default();
        known.pushes.push(Push { manifest, repository: repository.to_owned() });
        self.replace(&self.directory.join(FILE), &serde_json::to_vec_pretty(&known)?)
    }

    fn read_consents(&self) -> io::Result<Consents> {
        let path = self.directory.join(FILE);
        let metadata = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Consents::default()),
            metadata => metadata?,
        };
        let unusable = |reason: String| {
            let reason = format!("`{}` {reason}", path.display());
            io::Error::new(io::ErrorKind::InvalidData, reason)
        };
        let user = rustix::process::geteuid().as_raw();
        if is_writable_by_others(metadata.mode(), metadata.uid(), user) {
            return Err(unusable("can be written by other users of this machine".to_owned()));
        }
        if metadata.len() > MAX_BYTES || !metadata.is_file() {
            return Err(unusable("is no file of consents".to_owned()));
        }
        let consents = serde_json::from_slice(&fs::read(&path)?);
        consents.map_err(|error| unusable(format!("is invalid: {error}")))
    }
}

/// Whether a file can be written by other users than `user` and root. An owner can always write: if
/// not now, then after a `chmod`.
fn is_writable_by_others(mode: u32, owner: u32, user: u32) -> bool {
    mode & WRITABLE_BY_OTHERS != 0 || (owner != user && owner != ROOT)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn grant(name: &str, host: &str) -> Grant {
        let host = RegistryHost::parse(host).expect("a host");
        Grant { secret: SecretName::Variable(name.to_owned()), host }
    }

    #[test]
    fn an_answer_holds_for_one_manifest() {
        let root = tempfile::tempdir().expect("a directory");
        let store = Store::at(root.path().join("state"));
        let (one, other) = (root.path().join("one.toml"), root.path().join("other.toml"));
        let (first, second) = (grant("A", "ghcr.io"), grant("B", "localhost:5000"));
        assert_eq!(store.consents(&one).expect("nothing yet"), []);
        store.remember_consents(&one, std::slice::from_ref(&first)).expect("it is written");
        store.remember_consents(&other, std::slice::from_ref(&second)).expect("it is written");
        assert_eq!(store.consents(&one).expect("it is read"), [first]);
        assert_eq!(store.consents(&other).expect("it is read"), [second]);
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode();
        assert_eq!(mode(&root.path().join("state")) & 0o777, 0o700);
        assert_eq!(mode(&root.path().join("state").join(FILE)) & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_is_not_usable_grants_nothing_and_is_replaced() {
        let root = tempfile::tempdir().expect("a directory");
        let store = Store::at(root.path());
        let (file, manifest) = (root.path().join(FILE), root.path().join("sandbox.toml"));
        let grants = [grant("A", "ghcr.io")];
        for text in ["", "{", "[]", "{\"consents\":[{\"host\":\"ghcr.io\"}]}"] {
            fs::write(&file, text).expect("written");
            assert!(store.consents(&manifest).is_err(), "{text}");
            store.remember_consents(&manifest, &grants).expect("written");
            assert_eq!(store.consents(&manifest).expect("it is read"), grants);
        }
        fs::set_permissions(&file, Permissions::from_mode(0o666)).expect("set");
        assert!(store.consents(&manifest).is_err());
    }
    #[test]
    fn a_file_of_another_user_can_be_written_by_others() {
        for (mode, owner, expected) in [
            (0o600, 1000, false),
            (0o644, 1000, false),
            (0o644, 0, false),
            (0o600, 1001, true),
            (0o444, 1001, true),
            (0o620, 1000, true),
            (0o602, 0, true),
        ] {
            assert_eq!(is_writable_by_others(mode, owner, 1000), expected, "{mode:o} {owner}");
        }
        assert!(is_writable_by_others(0o600, 1000, ROOT));
    }
}
