//! `source-outside-context`, `invalid-path`, `invalid-value`: the source and owner of a copy.

use crate::diagnostic::Diagnostics;
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::validate::{owner_fault, source_fault};

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    for copy in manifest.copies() {
        diagnostics.extend(copy.sources.value.items.iter().filter_map(source_fault));
        diagnostics.extend(copy.owner.as_ref().and_then(owner_fault));
    }
}
