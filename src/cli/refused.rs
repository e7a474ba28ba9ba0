//! Keys on the command line, which are refused.

use std::convert::Infallible;
use std::str::FromStr;

/// A key that somebody gave as an argument. What it was is forgotten at once, so that no message
/// can repeat it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedKey;

impl FromStr for RefusedKey {
    type Err = Infallible;

    fn from_str(_: &str) -> Result<Self, Self::Err> {
        Ok(Self)
    }
}
