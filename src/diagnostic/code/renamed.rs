//! Codes that had another name once. A name that a code gave up is never given to another code.

use super::Code;
use crate::diagnostic::suggest;

/// Former names, each with the code that has another name now.
const RENAMED: &[(&str, Code)] = &[
    ("apt-without-root", Code::AptNeedsRoot),
    ("broken-join", Code::InvalidRunArray),
    ("clutter-in-context", Code::JunkInContext),
    ("endless-step", Code::LongRunningStep),
    ("home-is-roots", Code::HomeExpandsToRoot),
    ("image-without-amd64", Code::UnsupportedArchitecture),
    ("lost-in-tmp", Code::TmpNotPreserved),
    ("misplaced-key", Code::KeyInEnvTable),
    ("split-apt", Code::StaleAptIndex),
    ("sudo-without-rights", Code::SudoNotPermitted),
    ("unchecked-lines", Code::MissingSetE),
    ("unchecked-pipe", Code::MissingPipefail),
    ("undone-by-finalize", Code::OwnershipReset),
    ("write-without-root", Code::WriteNeedsRoot),
];

impl Code {
    /// The name that is meant by `name`, which no code has: that of the code which was called so,
    /// or else the nearest one of `known`.
    #[must_use]
    pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let renamed = RENAMED.iter().find(|(former, _)| *former == name);
        renamed.map(|(_, code)| code.name()).or_else(|| suggest::nearest(name, known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_name_belongs_to_no_code_and_leads_to_one() {
        for (former, code) in RENAMED {
            assert_eq!(Code::find(former), None, "{former}");
            assert_eq!(Code::suggest(former, []), Some(code.name()));
        }
        assert_eq!(Code::suggest("stale-apt", ["stale-apt-index"]), Some("stale-apt-index"));
        assert_eq!(Code::suggest("zebra", ["stale-apt-index"]), None);
    }
}
