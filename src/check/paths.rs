//! `unsafe-copy-path`: texts that the platform's builder inserts into a shell script.

use crate::diagnostic::Diagnostics;
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::source::Spanned;
use crate::validate::spliced_fault;

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    let mut spliced = |text, what| spliced_fault(text, what).map(|fault| diagnostics.push(fault));
    for copy in manifest.copies() {
        for source in &copy.sources.value.items {
            spliced(source, "the source of a copy");
        }
    }
    // With references, the value is checked when they are resolved.
    let mut spliced = |text: &Spanned<String>, what| {
        if !text.value.contains('$') {
            diagnostics.extend(spliced_fault(text, what));
        }
    };
    for user in manifest.users() {
        spliced(user, "a user name");
    }
    for workdir in manifest.workdirs() {
        spliced(workdir, "a working directory");
    }
    for copy in manifest.copies() {
        spliced(&copy.to, "the target of a copy");
    }
    for owner in manifest.owners() {
        spliced(owner, "an owner");
    }
}
