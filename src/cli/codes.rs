//! Arguments that are diagnostic codes.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::Error;
use clap::{Arg, Command};

use crate::diagnostic::Code;
use crate::diagnostic::level::Target;

/// Reads a code. Completions list the codes; an unknown one is reported by
/// [`settings`](crate::settings), which suggests a similar one.
#[derive(Debug, Clone, Copy)]
pub(super) enum CodeParser {
    /// Every code.
    All,
    /// The codes that have a level, and `warnings` for all of them.
    Warnings,
}

impl TypedValueParser for CodeParser {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names: Vec<_> = match self {
            Self::All => Code::ALL.iter().copied().map(Code::name).collect(),
            Self::Warnings => Code::warnings().map(Code::name).chain([Target::WARNINGS]).collect(),
        };
        Some(Box::new(names.into_iter().map(PossibleValue::new)))
    }
}
