//! Replaces a file as a whole.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::Builder;

/// The permissions of a new file, before the umask.
const MODE: u32 = 0o666;

/// Writes a file aside, and renames it, so that readers see the old or the new text. The permissions
/// of a file that is there are kept. A link is replaced and not followed, so that nothing outside of
/// its directory is changed.
///
/// # Errors
/// Those of the system; then the file is unchanged.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let known = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file);
    let mut aside = Builder::new()
        .prefix(".sandbox-lock-")
        .permissions(Permissions::from_mode(MODE))
        .tempfile_in(directory.unwrap_or(Path::new(".")))?;
    if let Some(known) = known {
        aside.as_file().set_permissions(known.permissions())?;
    }
    aside.write_all(text.as_bytes())?;
    aside.as_file().sync_all()?;
    aside.persist(path).map_err(|error| error.error)?;
    Ok(())
}
