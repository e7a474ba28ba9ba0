//! Validation of single values from a manifest, a Dockerfile or an argument.
//!
//! Each function returns the fault of one value, if any. The stages that read the values decide
//! which of them to check, and what to propose instead.

mod copy;
mod env_name;
pub mod image;
mod reference;
mod spliced;
mod tag;
mod tag_variable;
mod written;

pub use copy::{owner_fault, source_fault};
pub use env_name::{env_name_fault, valid_env_name};
pub use image::{image_fault, is_reference};
pub use reference::reference_fault;
pub use spliced::spliced_fault;
pub use tag::{reserved_tag, tag_fault};
pub use tag_variable::{TagValueFault, WrittenTagFault, expanded_tag, written_tag_fault};
pub use written::written_path_fault;
