//! Arguments that an environment variable may set instead. An error names the variable, which
//! is not on the command line and so not in sight.

use std::ffi::OsStr;

use clap::builder::{BoolishValueParser, PossibleValue, StringValueParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, Error};
use clap::parser::ValueSource;
use clap::{Arg, Command};

use crate::platform::Platform;

/// The name of a platform, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformName {
    /// The name, which may be unknown: [`settings`](crate::settings) suggests a similar one.
    pub name: String,
    /// The variable that holds it, if it is not an argument.
    pub variable: Option<String>,
}

/// Reads the name of a platform. `--help` and completions list the names.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlatformParser {
    /// Whether `all` is a name, too.
    pub(super) all: bool,
}

impl TypedValueParser for PlatformParser {
    type Value = PlatformName;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<PlatformName, Error> {
        let name = StringValueParser::new().parse_ref(command, arg, value)?;
        Ok(PlatformName { name, variable: None })
    }

    fn parse_ref_(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<PlatformName, Error> {
        let named = self.parse_ref(command, arg, value)?;
        Ok(PlatformName { variable: variable(arg, source), ..named })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let all = self.all.then_some("all");
        Some(Box::new(Platform::names().into_iter().chain(all).map(PossibleValue::new)))
    }
}

/// Reads the value of a variable that stands for a flag: `1`, `true`, `yes`, `on` or the contrary.
#[derive(Debug, Clone, Copy)]
pub(super) struct FlagParser;

impl TypedValueParser for FlagParser {
    type Value = bool;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<bool, Error> {
        BoolishValueParser::new().parse_ref(command, arg, value)
    }

    fn parse_ref_(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<bool, Error> {
        self.parse_ref(command, arg, value).map_err(|mut error| {
            if let Some(variable) = variable(arg, source) {
                error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
            }
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        None
    }
}

/// The variable of an argument whose value it has set.
fn variable(arg: Option<&Arg>, source: ValueSource) -> Option<String> {
    let variable = arg.filter(|_| source == ValueSource::EnvVariable)?.get_env()?;
    Some(variable.to_string_lossy().into_owned())
}
