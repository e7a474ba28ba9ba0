//! How many problems are reported for one manifest.

use super::Diagnostic;

/// The most problems of each kind that are reported for a manifest. A manifest that was
/// generated or is hostile may have one in every line of two megabytes.
const MOST: usize = 1000;

/// Counts what is reported for each manifest. Problems that stop the build and others are counted separately, so
/// that warnings never hide an error.
#[derive(Debug, Default)]
pub struct Quota {
    stopping: usize,
    others: usize,
    omitted: usize,
}

impl Quota {
    /// Whether a problem is still to be reported; otherwise it is counted as omitted.
    pub fn admits(&mut self, diagnostic: &Diagnostic) -> bool {
        let count = if diagnostic.stops() { &mut self.stopping } else { &mut self.others };
        if *count == MOST {
            self.omitted += 1;
            return false;
        }
        *count += 1;
        true
    }

    /// Begins with the next manifest: a report of many names the problems of each.
    pub const fn next_manifest(&mut self) {
        self.stopping = 0;
        self.others = 0;
    }

    /// How many problems were not reported, for all manifests together.
    #[must_use]
    pub const fn omitted(&self) -> usize {
        self.omitted
    }

    /// The same in words; `None` if all were reported.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        match self.omitted {
            0 => None,
            1 => Some("1 more problem is not shown".to_owned()),
            more => Some(format!("{more} more problems are not shown")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Code;

    #[test]
    fn warnings_hide_no_error_and_one_manifest_hides_no_other() {
        let mut quota = Quota::default();
        let warning = Diagnostic::without_place(Code::UnpinnedImage, "a warning");
        let error = Diagnostic::without_place(Code::UnknownKey, "an error");
        assert_eq!((0..MOST + 2).filter(|_| quota.admits(&warning)).count(), MOST);
        assert!(quota.admits(&error));
        assert_eq!(quota.note().as_deref(), Some("2 more problems are not shown"));
        quota.next_manifest();
        assert!(quota.admits(&warning));
    }
}
