//! The local platform: where its data is, and which engine runs its builds.

use std::path::PathBuf;

use super::UsageError;
use crate::cli;
use crate::engine::{Choice, Selection};
use crate::host::Environment;

/// The network of the containers that run steps.
const NETWORK: &str = "SBX_ENGINE_NETWORK";

/// More arguments for the containers that run steps, in the syntax of a shell.
const ARGUMENTS: &str = "SBX_ENGINE_ARGS";

/// The local platform, as far as arguments and their variables say.
#[derive(Debug, Clone, Default)]
pub struct LocalChoice {
    /// The data directory.
    pub data: Option<PathBuf>,
    /// The engine.
    pub engine: Choice,
    /// Whether the engine is on the command line, and not in a variable that may be meant for
    /// another command.
    pub engine_is_argument: bool,
}

/// What the arguments say of the local platform.
pub(super) fn local(data: Option<PathBuf>, engine: Option<cli::EngineChoice>) -> LocalChoice {
    let choice = engine.map_or(Choice::Auto, |engine| match engine.name {
        cli::EngineName::Auto => Choice::Auto,
        cli::EngineName::Docker => Choice::Docker,
        cli::EngineName::Podman => Choice::Podman,
        cli::EngineName::None => Choice::None,
    });
    let engine_is_argument = engine.is_some_and(|engine| engine.is_argument);
    LocalChoice { data, engine: choice, engine_is_argument }
}

impl LocalChoice {
    /// The engine, with what the environment says of its containers.
    ///
    /// # Errors
    /// A variable that cannot be split into arguments. It may hold credentials, so the message does
    /// not repeat it.
    pub fn selection(&self, host: &dyn Environment) -> Result<Selection, UsageError> {
        let arguments = host.variable(ARGUMENTS).unwrap_or_default();
        let arguments = shlex::split(&arguments).ok_or_else(|| {
            let message = format!("`{ARGUMENTS}` cannot be split into arguments");
            UsageError::new(message, "close its quotes, and write no `\\` at its end")
        })?;
        Ok(Selection { choice: self.engine, network: host.variable(NETWORK), arguments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Variable(&'static str, &'static str);

    impl Environment for Variable {
        fn variable(&self, name: &str) -> Option<String> {
            (name == self.0).then(|| self.1.to_owned())
        }
    }

    #[test]
    fn arguments_are_the_words_of_a_shell() {
        let read = |text| LocalChoice::default().selection(&Variable(ARGUMENTS, text));
        let selection = read("-v '/etc/my certs:/certs:ro'  -e A=\"b c\"").expect("read");
        assert_eq!(selection.arguments, ["-v", "/etc/my certs:/certs:ro", "-e", "A=b c"]);
        assert_eq!(read("").expect("read").arguments, [""; 0]);
        for text in ["-e 'TOKEN=secret", "-e \"TOKEN=secret", "TOKEN=secret\\"] {
            let error = read(text).expect_err("refused");
            assert!(!error.message.contains("secret"), "{}", error.message);
        }
    }

    #[test]
    fn the_network_is_a_variable() {
        let read = |variable: Variable| LocalChoice::default().selection(&variable);
        assert_eq!(read(Variable(NETWORK, "host")).expect("read").network.as_deref(), Some("host"));
        assert_eq!(read(Variable("X", "host")).expect("read"), Selection::default());
    }
}
