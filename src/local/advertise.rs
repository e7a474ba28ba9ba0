//! How other processes of the same user find a running server: the file `server.json` in its data
//! directory holds its address and a token.
//!
//! The file may be left over from a server that was killed, and another program may listen at its
//! address now. So a client sends a challenge first, whose answer only the holder of the token
//! knows; it sends nothing else before.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::scalar::hex;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 4096;

/// The permissions that others must not have.
const PRIVATE: u32 = 0o077;

/// The longest challenge that is answered, in bytes.
const MAX_CHALLENGE: usize = 64;

/// The address of a server, and the token that proves its identity.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub struct Advertisement {
    /// Where clients on this machine reach it.
    pub address: SocketAddr,
    token: Token,
}

/// A secret of a server and of the owner of its data directory.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    pub(super) fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// The answer to a challenge; `None` if it is too long.
    pub(super) fn proof(&self, challenge: &str) -> Option<String> {
        (challenge.len() <= MAX_CHALLENGE).then(|| {
            let digest = Sha256::new().chain_update(&self.0).chain_update(challenge).finalize();
            hex(&digest)
        })
    }
}

impl Advertisement {
    /// The advertisement in a data directory, if there is one that only its owner, the current
    /// user, can read.
    #[must_use]
    pub fn read(data: &Path) -> Option<Self> {
        // Opening a named pipe would wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mut file: File = rustix::fs::open(path(data), flags, Mode::empty()).ok()?.into();
        let metadata = file.metadata().ok()?;
        let is_private = metadata.is_file()
            && metadata.mode() & PRIVATE == 0
            && metadata.uid() == rustix::process::geteuid().as_raw();
        let mut text = String::new();
        file.by_ref().take(MAX_BYTES).read_to_string(&mut text).ok().filter(|_| is_private)?;
        serde_json::from_str(&text).ok()
    }

    /// A challenge for the server.
    #[must_use]
    pub fn challenge() -> String {
        Uuid::new_v4().simple().to_string()
    }

    /// Whether an answer proves that the server is the one that wrote the advertisement.
    #[must_use]
    pub fn is_proved_by(&self, challenge: &str, answer: &str) -> bool {
        self.token.proof(challenge).as_deref() == Some(answer)
    }

    pub(super) fn new(bound: SocketAddr, token: Token) -> Self {
        Self { address: reachable(bound), token }
    }

    /// Writes the file, which only its owner can read.
    pub(super) fn write(&self, data: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        super::store::replace(data, &path(data), &text)
    }
}

/// Removes the file. A file that stays is recognized as outdated by its token.
pub(super) fn remove(data: &Path) {
    let _ = fs::remove_file(path(data));
}

fn path(data: &Path) -> PathBuf {
    data.join("server.json")
}

/// A server that listens on every interface is reached by the loopback one.
fn reachable(bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => (Ipv4Addr::LOCALHOST, bound.port()).into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => (Ipv6Addr::LOCALHOST, bound.port()).into(),
        _ => bound,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use rustix::fs::FileType;

    use super::*;

    #[test]
    fn only_the_holder_of_the_token_answers_a_challenge() {
        let token = Token::random();
        let advertisement = Advertisement::new("0.0.0.0:3000".parse().expect("it"), token.clone());
        assert_eq!(advertisement.address.to_string(), "127.0.0.1:3000");
        let challenge = Advertisement::challenge();
        let proof = token.proof(&challenge).expect("short");
        assert!(advertisement.is_proved_by(&challenge, &proof));
        let other = Token::random().proof(&challenge).expect("short");
        assert!(!advertisement.is_proved_by(&challenge, &other));
        assert!(!advertisement.is_proved_by(&Advertisement::challenge(), &proof));
        assert!(token.proof(&"x".repeat(65)).is_none());
        assert!(!format!("{advertisement:?}").contains(&token.0));
    }

    #[test]
    fn only_a_private_file_is_read() {
        let data = tempfile::tempdir().expect("a directory");
        fs::create_dir(data.path().join("tmp")).expect("made");
        assert!(Advertisement::read(data.path()).is_none());
        let written = Advertisement::new("[::]:80".parse().expect("it"), Token::random());
        written.write(data.path()).expect("written");
        let read = Advertisement::read(data.path()).expect("private");
        assert_eq!(read.address.to_string(), "[::1]:80");
        let mode = |mode| {
            fs::set_permissions(path(data.path()), fs::Permissions::from_mode(mode)).expect("set");
        };
        mode(0o644);
        assert!(Advertisement::read(data.path()).is_none());
        mode(0o600);
        fs::write(path(data.path()), "{").expect("written");
        assert!(Advertisement::read(data.path()).is_none());
        remove(data.path());
        let owner = Mode::RUSR | Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, path(data.path()), FileType::Fifo, owner, 0)
            .expect("a named pipe");
        assert!(Advertisement::read(data.path()).is_none());
    }
}
