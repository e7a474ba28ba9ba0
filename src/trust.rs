//! What a manifest may do: it may come from a stranger.
//!
//! This module alone decides it, and `docs/trust.md` describes it for users.

mod keys;
mod project;

pub use keys::{is_platform_key, reserved_variable};
pub use project::{Confined, Outside, outside};
