//! What a single value may be, wherever it is written: in a manifest, in a Dockerfile or in an
//! argument.
//!
//! Each function says what is wrong with one value, if anything is. Which values are looked at, and
//! what is proposed instead, is the business of the stage that read them.

mod copy;
mod env_name;
pub mod image;
mod spliced;
mod tag;

pub use copy::{owner_fault, source_fault};
pub use env_name::{env_name_fault, valid_env_name};
pub use image::image_fault;
pub use spliced::spliced_fault;
pub use tag::tag_fault;
