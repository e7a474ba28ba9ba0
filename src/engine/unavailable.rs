//! Why an engine cannot be used, and what to do about it.

use std::fmt;
use std::time::Duration;

use super::Kind;

/// An engine that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// The engine.
    pub engine: Kind,
    /// Why.
    pub reason: Reason,
}

/// Why an engine cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Its program is in no directory of `PATH`.
    NotInstalled,
    /// Nothing answers at its address, which is here if the program names it.
    NoAnswer(Option<String>),
    /// The user has no permission to use its socket, which is here if the program names it.
    NoPermission(Option<String>),
    /// The program did not end within this time.
    TimedOut(Duration),
    /// What its program or the system says.
    Other(String),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let engine = self.engine;
        let at = |address: &Option<String>| {
            address.as_ref().map(|address| format!(" at `{address}`")).unwrap_or_default()
        };
        match &self.reason {
            Reason::NotInstalled => write!(f, "{engine} is not installed"),
            Reason::NoAnswer(address) => write!(f, "{engine}{} does not answer", at(address)),
            Reason::NoPermission(address) => {
                write!(f, "no permission to use {engine}'s socket{}", at(address))
            }
            Reason::TimedOut(limit) => {
                write!(f, "{engine} did not answer within {} s", limit.as_secs())
            }
            Reason::Other(text) => write!(f, "{engine} cannot be used: {text}"),
        }
    }
}

impl std::error::Error for Unavailable {}

impl Unavailable {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        let program = self.engine.program();
        match (&self.reason, self.engine) {
            (Reason::NotInstalled, engine) => {
                format!("install {engine}, or add the directory of `{program}` to `PATH`")
            }
            (Reason::NoPermission(_), Kind::Docker) => {
                "add yourself to the group `docker` with `sudo usermod -aG docker \"$USER\"`, and \
                 log in again"
                    .to_owned()
            }
            (Reason::NoPermission(_), Kind::Podman) => {
                "use a socket of your own user, such as that of `systemctl --user start \
                 podman.socket`"
                    .to_owned()
            }
            (Reason::NoAnswer(_) | Reason::TimedOut(_), Kind::Docker) => {
                "start it, or select another one with `DOCKER_HOST` or `docker context use`; \
                 `docker version` must show a server"
                    .to_owned()
            }
            (Reason::TimedOut(_), Kind::Podman) => {
                "try again: it waits while another command writes or removes an image; `podman info` \
                 must succeed"
                    .to_owned()
            }
            (Reason::NoAnswer(_), Kind::Podman) => {
                "start it, for example with `podman machine start`; `podman info` must succeed"
                    .to_owned()
            }
            (Reason::Other(_), Kind::Docker) => "`docker version` must show a server".to_owned(),
            (Reason::Other(_), Kind::Podman) => "`podman info` must succeed".to_owned(),
        }
    }
}
