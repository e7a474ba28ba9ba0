//! A file whose content is written in the manifest or in a Dockerfile.

use crate::scalar::{Mode, Piece, Text};

/// A small file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The path, as it is written. A relative one starts where that of a copy's target does.
    pub path: String,
    /// The name of the file if `path` is a directory by then, as for `COPY` in a Dockerfile.
    pub name_in_directory: Option<String>,
    /// The content. The shell of the step expands the references in it.
    pub content: Text,
    /// `user` or `user:group`, also of directories that are created; `None` is the current user.
    pub owner: Option<String>,
    /// The permissions.
    pub mode: Mode,
}

impl Write {
    /// The permissions of a file for which no others are asked.
    pub const DEFAULT_MODE: Mode = Mode { bits: 0o644 };

    /// The most bytes of all written files of a template together, by [`Write::bytes`]: with what
    /// base64 and the shell add, they still fit into one argument of a process, and into one line
    /// of a Dockerfile.
    pub const MOST_BYTES: usize = 32 * 1024;

    /// What a reference adds to the command that writes the file, beside its name.
    const REFERENCE: usize = 48;

    /// The bytes of the content. A reference counts as what it adds to the command.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let pieces = self.content.pieces().iter().map(|piece| match piece {
            Piece::Literal(literal) => literal.len(),
            Piece::Reference { name, .. } => Self::REFERENCE + name.len(),
        });
        pieces.sum()
    }

    /// The literal parts of the content, for rules that search it.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.content.pieces().iter().filter_map(|piece| match piece {
            Piece::Literal(literal) => Some(literal.as_str()),
            Piece::Reference { .. } => None,
        })
    }
}
