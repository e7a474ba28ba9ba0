//! `source-outside-context`, `invalid-path`, `invalid-value`: the sources of copies, and the
//! owners of files.

use crate::diagnostic::Diagnostics;
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::validate::{owner_fault, source_fault};

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    for copy in manifest.copies() {
        diagnostics.extend(copy.sources.value.items.iter().filter_map(source_fault));
    }
    // With references, the value is checked when they are resolved.
    let owners = manifest.owners().filter(|owner| !owner.value.contains('$'));
    diagnostics.extend(owners.filter_map(owner_fault));
}
