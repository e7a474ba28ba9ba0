//! Standard input as a file, for the commands that read a manifest from it.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::OnceLock;

/// The path that stands for standard input. It has no directory, so paths in a manifest that is
/// read from it are relative to the current directory.
pub const STANDARD_INPUT: &str = "<stdin>";

/// What it held, which can be read only once; or why it could not be read.
static TEXT: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();

/// The content of standard input if `path` stands for it: at most `limit` bytes and one more, both
/// in the first call.
pub(super) fn read(path: &Path, limit: usize) -> Option<io::Result<Vec<u8>>> {
    (path == Path::new(STANDARD_INPUT)).then(|| {
        let text = TEXT.get_or_init(|| {
            let mut bytes = Vec::new();
            let input = io::stdin().lock().take(limit as u64 + 1).read_to_end(&mut bytes);
            input.map(|_| bytes).map_err(|error| error.to_string())
        });
        text.clone().map_err(io::Error::other)
    })
}
