//! What a manifest may do: it may come from a stranger.
//!
//! This module alone decides it, and `docs/trust.md` describes it for users.

mod keys;

pub use keys::{is_platform_key, reserved_variable};
