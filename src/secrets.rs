//! Secrets: how a manifest refers to them, how they are detected in a template, masked in excerpts
//! and redacted from output.
//!
//! - [`Secret`] is what a manifest says: a reference, or the value itself.
//! - [`detect`] finds values in texts that look like secrets.
//! - [`Mask`] hides what a manifest or a template holds: in the excerpts of its texts byte for byte,
//!   so that columns stay the same, and in what diagnostics say.
//! - [`Redaction`] removes every form of the secrets that were read from all that is printed.

pub mod detect;
mod literals;
mod mask;
mod redact;
mod reference;
mod words;

pub use literals::string_values;
pub use mask::{Literal, Mask};
pub use redact::Redaction;
pub use reference::Secret;

/// What replaces a secret in output.
pub const PLACEHOLDER: &str = "[secret]";

/// The length in bytes from which a secret is hidden wherever its text occurs. A shorter one is
/// part of too many words, so it is hidden only at the place where it is written.
pub const MIN_LEN: usize = 6;
