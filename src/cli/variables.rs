//! Arguments that an environment variable may set instead. An error names the variable, which
//! is not on the command line and so not in sight.

use std::ffi::OsStr;

use clap::builder::{
    BoolishValueParser, EnumValueParser, PossibleValue, Resettable, StringValueParser,
    TypedValueParser,
};
use clap::error::{ContextKind, ContextValue, Error};
use clap::parser::ValueSource;
use clap::{Arg, Command, ValueEnum};

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

/// The name of a container engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// The first that answers.
    Auto,
    /// Docker.
    Docker,
    /// Podman.
    Podman,
    /// No engine.
    None,
}

/// The name of a container engine, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineChoice {
    /// The name.
    pub name: EngineName,
    /// Whether it is an argument, not a variable's value.
    pub is_argument: bool,
}

/// Reads the name of an engine. An empty variable counts as one that is not set.
#[derive(Debug, Clone, Copy)]
pub(super) struct EngineParser;

impl TypedValueParser for EngineParser {
    type Value = EngineChoice;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<EngineChoice, Error> {
        let name = EnumValueParser::new().parse_ref(command, arg, value)?;
        Ok(EngineChoice { name, is_argument: true })
    }

    fn parse_ref_(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<EngineChoice, Error> {
        let Some(variable) = variable(arg, source) else {
            return self.parse_ref(command, arg, value);
        };
        if value.is_empty() {
            return Ok(EngineChoice { name: EngineName::Auto, is_argument: false });
        }
        let named = self.parse_ref(command, arg, value).map_err(|mut error| {
            error.insert(ContextKind::InvalidArg, ContextValue::String(variable));
            error
        })?;
        Ok(EngineChoice { is_argument: false, ..named })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        // Without the descriptions, which the help of many commands would repeat.
        let names = EngineName::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        Some(Box::new(names.map(|name| name.help(Resettable::Reset))))
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
