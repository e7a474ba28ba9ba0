//! The types of the protocols, for both sides of the wire.
//!
//! Each type mirrors one JSON body field by field. The client (`submit`) and the local platform
//! (`local`) share them, so that they cannot diverge. Nothing in here depends on the compiler:
//! types that a manifest or a template needs belong to those stages.

pub mod declaw;
pub mod e2b;
pub mod envd;
mod id;
pub mod local;
pub mod sandboxes;
pub mod server_events;
