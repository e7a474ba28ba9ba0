//! How manifests are read.

use super::imitated;
use super::trust::{self, Trust};
use crate::cli;
use crate::platform::Imitated;

/// How manifests are read, as far as arguments and their variables say.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Whose rules the local platform follows, if the arguments say so.
    pub imitated: Option<Imitated>,
    /// Whether there has to be a lock with everything that the manifests need.
    pub locked: bool,
    /// What the manifests may do.
    pub trust: Trust,
}

/// What a command takes that sends no secrets.
pub(super) fn reading(args: cli::ManifestArgs) -> Reading {
    let imitated = imitated(&args.imitated);
    Reading { imitated, locked: args.locked, trust: trust::trust(args.trust) }
}

/// What a command takes that may send secrets.
pub(super) fn sending(args: cli::ManifestArgs, consent: cli::ConsentArgs) -> Reading {
    let imitated = imitated(&args.imitated);
    Reading { imitated, locked: args.locked, trust: trust::consent(args.trust, consent) }
}
