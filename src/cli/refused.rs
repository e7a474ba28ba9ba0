//! API keys on the command line, which are refused.

use std::convert::Infallible;
use std::str::FromStr;

/// A key that was given as an argument. Its value is dropped at once, so no message can contain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedKey;

impl FromStr for RefusedKey {
    type Err = Infallible;

    fn from_str(_: &str) -> Result<Self, Self::Err> {
        Ok(Self)
    }
}
