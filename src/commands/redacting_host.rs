//! A host whose secrets are registered for redaction when they are read.

use std::io;
use std::path::{Path, PathBuf};

use crate::host::{
    Directories, Environment, FileSystem, Host, Metadata, PrivateFile, ReadDir, SecretSink,
};
use crate::secrets::Redaction;
use crate::trust::is_platform_key;

/// The variables of proxies, whose URLs may hold a password; lower or upper case.
const PROXIES: &[&str] = &["http_proxy", "https_proxy", "all_proxy"];

/// Registers the secrets that it reads: API keys, and passwords in URLs.
pub(super) struct RedactingHost<'a> {
    host: &'a dyn Host,
    redaction: Redaction,
}

impl<'a> RedactingHost<'a> {
    pub(super) fn new(host: &'a dyn Host, redaction: Redaction) -> Self {
        let discreet = Self { host, redaction };
        // Read by the HTTP client, whose errors may contain them.
        for name in PROXIES {
            let _ = (discreet.variable(name), discreet.variable(&name.to_uppercase()));
        }
        discreet
    }
}

impl FileSystem for RedactingHost<'_> {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        self.host.read(path, limit)
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        self.host.read_private(path, limit)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.host.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        self.host.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.host.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.host.canonicalize(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>> {
        self.host.read_dir(path)
    }
}

impl Environment for RedactingHost<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        let value = self.host.variable(name)?;
        if is_platform_key(name) {
            self.register_secret(&value);
        }
        if let Some(password) = password(&value) {
            self.register_secret(password);
            let decoded = percent_encoding::percent_decode_str(password);
            self.register_secret(&decoded.decode_utf8_lossy());
        }
        Some(value)
    }
}

impl Directories for RedactingHost<'_> {
    fn cache_directory(&self) -> Option<PathBuf> {
        self.host.cache_directory()
    }
}

impl SecretSink for RedactingHost<'_> {
    fn register_secret(&self, secret: &str) {
        self.redaction.register(secret);
    }
}

/// The password in a URL, whether or not it can be read as one.
fn password(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("//")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (login, _) = authority.rsplit_once('@')?;
    Some(login.split_once(':').map_or(login, |(_, password)| password))
}

#[cfg(test)]
mod tests {
    use super::password;

    #[test]
    fn a_password_is_found_in_a_url() {
        assert_eq!(password("https://user:pa@55@example.com/x"), Some("pa@55"));
        assert_eq!(password("https://token@example.com"), Some("token"));
        assert_eq!(password("https://example.com/a:b@c"), None);
        assert_eq!(password("no URL:x@y"), None);
    }
}
