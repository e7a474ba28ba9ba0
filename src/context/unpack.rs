//! Writes the files of a context into a directory.

use std::io::BufReader;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::ContextError;
use super::archive::Packed;

/// Extracts an archive. It was packed here, so its paths lead nowhere else.
pub(super) fn unpack(packed: Packed, directory: &Path) -> Result<(), ContextError> {
    let mut archive = tar::Archive::new(MultiGzDecoder::new(BufReader::new(packed.file)));
    archive.set_preserve_permissions(true);
    archive.unpack(directory).map_err(ContextError::Archive)
}
