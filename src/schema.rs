//! The manifest language as a JSON Schema (draft-07) and as a reference page, both generated from
//! the types in [`manifest`](crate::manifest).
//!
//! The program has the committed schema, which takes less time to read than to generate,
//! and no code to generate it. A test compares the two.

mod generate;
mod reference;

use std::sync::LazyLock;

use serde_json::Value;

pub use generate::{generated, generated_text};
pub use reference::reference;

/// Where the committed schema is on the web.
pub const ID: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/raw/main/schema/sandbox.schema.json");

/// The text of the committed schema. It has every rule that a schema can express; `sbx check` has all.
pub const TEXT: &str = include_str!("../schema/sandbox.schema.json");

/// The committed schema, for editors. It is read once.
#[must_use]
pub fn schema() -> &'static Value {
    // It was written as JSON.
    static SCHEMA: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());
    &SCHEMA
}
