//! What a manifest may do: it may come from a stranger.
//!
//! This module alone decides it, and `docs/trust.md` describes it for users. The values of a
//! manifest's secrets are read by [`Secrets::reveal`] and nowhere else: for this machine, or for a
//! request to a host that a person agreed to, which is a [`Consent`].

mod consent;
mod keys;
mod project;
mod secrets;
mod transfer;

pub use consent::{Consent, Grant, SecretName};
pub use keys::{KeyFile, is_platform_key, reserved_variable};
pub use project::{Confined, Outside, outside};
pub use secrets::{Route, Secrets, misplaced};
pub use transfer::{ALLOW_SECRETS, Transfer};
