//! What a step installs, before it becomes a command.

/// A program that installs packages of a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Installer {
    /// `pip`, from Python package indexes.
    Pip,
    /// `npm`, from npm registries.
    Npm,
    /// `bun`, from npm registries.
    Bun,
}

impl Installer {
    /// The command, as far as every step has it.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Pip => "pip install",
            Self::Npm => "npm install",
            Self::Bun => "bun install",
        }
    }

    /// An installation of these words.
    #[must_use]
    pub fn of<'a>(self, words: impl IntoIterator<Item = &'a str>) -> Install {
        Install { installer: self, words: words.into_iter().map(str::to_owned).collect() }
    }
}

/// The words of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    /// The program.
    pub installer: Installer,
    /// The words of the step, with the values of variables and without locked versions.
    pub words: Vec<String>,
}
