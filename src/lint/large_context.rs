//! `large-context`: the build context is large.

use std::collections::BTreeMap;

use super::LintContext;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::Uploads;
use crate::scalar::human_bytes;
use crate::source::Span;

/// The largest size without a warning. Above it, an upload takes minutes on an ordinary connection
/// (20 Mbit/s), and every change of one file repeats it.
const MOST_BYTES: u64 = 100 * MIB;

/// The largest number of files without a warning: more are installed packages or data, not source
/// code.
const MOST_FILES: usize = 10_000;

const MIB: u64 = 1024 * 1024;

/// The number of paths that the help lists.
const MOST_NAMED: usize = 5;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    // A platform without uploads has a hard limit, which is checked elsewhere.
    if ctx.inputs.platform.facts().uploads != Uploads::Archives {
        return;
    }
    let mut bytes = 0;
    let mut count = 0;
    let mut largest: Option<(u64, usize, Span)> = None;
    for (_, files, span) in ctx.copied() {
        let (number, size) = (files.files(), files.bytes());
        bytes += size;
        count += number;
        if largest.is_none_or(|(most, files, _)| (size, number) > (most, files)) {
            largest = Some((size, number, span));
        }
    }
    let Some((_, _, span)) = largest.filter(|_| bytes > MOST_BYTES || count > MOST_FILES) else {
        return;
    };
    let mut parts: BTreeMap<&str, u64> = BTreeMap::new();
    for (path, size) in ctx.copied().flat_map(|(_, files, _)| files.largest()) {
        *parts.entry(path).or_default() += size;
    }
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_unstable_by_key(|(path, size)| (std::cmp::Reverse(*size), *path));
    let named: Vec<_> = parts
        .iter()
        .take(MOST_NAMED)
        .map(|(path, size)| format!("`{path}` ({})", human_bytes(*size)))
        .collect();
    let message = format!("the build context is large: {} in {count} files", human_bytes(bytes));
    diagnostics.push(
        Diagnostic::new(Code::LargeContext, span, message)
            .label("`sbx` scans these files on each run, and uploads them again after each change")
            .help(format!(
                "add paths that the sandbox does not need to `ignore`, or download them in a \
                 step; the largest are {}",
                named.join(", ")
            )),
    );
}
