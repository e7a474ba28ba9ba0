//! How long the program of an engine may take. Without a limit, one that hangs would hang `sbx`.
//!
//! Podman's commands wait while another of them writes or removes an image. Podman 4.3 took 41 s to
//! answer `podman info` where a container of 1.2 GB was committed meanwhile, on a busy machine.

use std::time::Duration;

use super::Kind;

/// To say that it is there. The address of a remote Docker may swallow what is sent.
pub(super) const fn answer(kind: Kind) -> Duration {
    match kind {
        Kind::Docker => Duration::from_secs(10),
        Kind::Podman => Duration::from_mins(2),
    }
}

/// To say something of itself and of its images. Those of a large store take some seconds.
pub(super) const fn question(kind: Kind) -> Duration {
    match kind {
        Kind::Docker => Duration::from_secs(30),
        Kind::Podman => Duration::from_mins(2),
    }
}

/// To do something for a build. An engine may be slow, as with the storage driver `vfs`, which copies
/// whole images.
pub(super) fn operation(kind: Kind, verb: &str) -> Duration {
    match (kind, verb) {
        (Kind::Podman, _) | (Kind::Docker, "commit" | "import") => Duration::from_mins(15),
        (Kind::Docker, "run" | "rm") => Duration::from_mins(3),
        (Kind::Docker, _) => Duration::from_mins(1),
    }
}
