//! Why the local platform cannot start.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the local platform cannot start.
#[derive(Debug)]
pub enum LocalError {
    /// Another process holds the data directory.
    Held {
        /// The directory.
        path: PathBuf,
        /// What the process is, if it holds the directory until a person ends it.
        by: Option<String>,
    },
    /// The data directory was made by another version of the program.
    Layout {
        /// The directory.
        path: PathBuf,
        /// The content of its `VERSION` file.
        found: String,
    },
    /// A file of the data directory is invalid.
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The error.
        source: serde_json::Error,
    },
    /// The data directory cannot be read or written.
    Store {
        /// The file or directory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The address cannot be bound.
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The system's clock shows a time that HTTP cannot express.
    Clock,
    /// The opening was interrupted.
    Interrupted(String),
}

impl fmt::Display for LocalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock => {
                f.write_str("the system clock is not between the years 1970 and 9999: set it")
            }
            Self::Held { path, by } => write!(
                f,
                "the data directory `{}` is in use by {}: end that first, or set another directory with `--data`",
                path.display(),
                by.as_deref().unwrap_or("another process")
            ),
            Self::Layout { path, found } => write!(
                f,
                "the data directory `{}` has the layout `{found}`, which this version does not \
                 support: set another directory with `--data`, or update `sbx`",
                path.display()
            ),
            Self::Corrupt { path, source } => write!(
                f,
                "`{}` is invalid ({source}): move it away, or set another data directory with \
                 `--data`",
                path.display()
            ),
            Self::Store { path, source } => write!(
                f,
                "cannot use the data directory: `{}`: {source}; set another one with `--data`",
                path.display()
            ),
            Self::Bind { address, source } => write!(
                f,
                "cannot listen on {address}: {source}; set another address with `--listen`"
            ),
            Self::Interrupted(reason) => {
                write!(f, "opening the data directory was interrupted ({reason}): try again")
            }
        }
    }
}

impl Error for LocalError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Corrupt { source, .. } => Some(source),
            Self::Store { source, .. } | Self::Bind { source, .. } => Some(source),
            Self::Held { .. } | Self::Layout { .. } | Self::Clock | Self::Interrupted(_) => None,
        }
    }
}
