//! The formats of what commands print.

use crate::cli;

/// The format of what a command reports about builds or templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines and tables, for people.
    Human,
    /// JSON, for programs.
    Json,
}

impl From<cli::ApplyFormat> for Format {
    fn from(format: cli::ApplyFormat) -> Self {
        match format {
            cli::ApplyFormat::Human => Self::Human,
            cli::ApplyFormat::Json => Self::Json,
        }
    }
}

impl From<cli::TableFormat> for Format {
    fn from(format: cli::TableFormat) -> Self {
        match format {
            cli::TableFormat::Human => Self::Human,
            cli::TableFormat::Json => Self::Json,
        }
    }
}

/// The format of a check's report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    /// Excerpts and help, for people.
    Human,
    /// One problem per line.
    Short,
    /// One JSON object.
    Json,
    /// A SARIF 2.1.0 log, for code scanning.
    Sarif,
    /// Annotations of a GitHub workflow.
    Github,
}

impl From<cli::CheckFormat> for CheckFormat {
    fn from(format: cli::CheckFormat) -> Self {
        match format {
            cli::CheckFormat::Human => Self::Human,
            cli::CheckFormat::Short => Self::Short,
            cli::CheckFormat::Json => Self::Json,
            cli::CheckFormat::Sarif => Self::Sarif,
            cli::CheckFormat::Github => Self::Github,
        }
    }
}
