//! The protocols' own types, for both sides of the wire.
//!
//! A type in here mirrors one JSON body field by field. The client (`submit`) and the local
//! platform (`local`) share them, so neither can drift from the other. Nothing in here knows the
//! compiler: a type that a manifest or a template needs lives in those stages.

pub mod declaw;
pub mod e2b;
