//! What applying a manifest would change, from what is known of the last build.
//!
//! The inputs of a build are kept when it is made, see [`Inputs`]; [`compare()`] says how those of
//! now differ, and [`forecast()`](forecast::forecast) which steps the platform takes from its cache.
//! [`Action`] is the whole: what `sbx apply` would do.

mod align;
mod compare;
pub mod forecast;
mod inputs;
mod outlook;
mod salt;
#[cfg(test)]
mod tests;
mod title;

pub use compare::{Change, Difference, changed_copies, compare, unchanged};
pub use forecast::Forecast;
pub use inputs::{Inputs, Resource, StepInputs, StepKind};
pub use outlook::{Action, Archive, Build, BuildState, Cause, TagMove};
pub use salt::Salt;
pub use title::title;
