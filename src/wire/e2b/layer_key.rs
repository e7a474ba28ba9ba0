//! The keys of cached layers, as E2B's open server computes them (`HashKeys` in
//! `storage/cache/cache.go`): the SHA-256 of the parts with a `;` between each two.

use sha2::{Digest as _, Sha256};

use super::Step;
use crate::scalar::hex;

/// What stands in a key for the files of a step that copies none: how Go prints a null pointer.
const NO_FILES: &str = "<nil>";

/// The hash of several parts, as 64 lower-case hexadecimal digits.
#[must_use]
pub fn hash(parts: &[&str]) -> String {
    hex(&Sha256::digest(parts.join(";")))
}

/// The key of the layer that has the default user.
#[must_use]
pub fn of_user(source: &str, user: &str) -> String {
    hash(&[source, "DEFAULT USER", user])
}

/// The key of the layer on which the script has run that comes before the first boot. It is the
/// local platform's own: E2B has no such script.
#[must_use]
pub fn of_pre_boot(source: &str, script: &str) -> String {
    hash(&[source, "PRE-BOOT", script])
}

/// The key of a step's layer. The arguments are joined with spaces, so `["a b"]` and `["a", "b"]`
/// share one.
#[must_use]
pub fn of_step(source: &str, step: &Step) -> String {
    let files = step.files_hash.as_deref().unwrap_or(NO_FILES);
    hash(&[source, step.kind.as_str(), &step.args.join(" "), files])
}

/// The key of the layer of a step without files, from its text in the log.
#[must_use]
pub fn of_text(source: &str, text: &str) -> String {
    let (kind, args) = text.split_once(' ').unwrap_or((text, ""));
    hash(&[source, kind, args, NO_FILES])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::e2b::StepKind;

    #[test]
    fn the_parts_are_joined_with_semicolons() {
        // `printf 'a;b' | sha256sum`
        let expected = "5719af18823567701f70e9f302f75d96e574215493286286a57b0a4959672283";
        assert_eq!(hash(&["a", "b"]), expected);
        assert_eq!(hash(&["a", "b"]), hash(&["a;b"]));
        assert_ne!(hash(&["a", "b"]), hash(&["ab"]));
    }

    #[test]
    fn the_key_of_a_step_depends_on_all_that_it_is_made_of() {
        let step = |kind, args: &[&str], files: Option<&str>| Step {
            kind,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            force: false,
            files_hash: files.map(str::to_owned),
            force_upload: None,
        };
        let run = of_step("s", &step(StepKind::Run, &["x y"], None));
        assert_eq!(run, hash(&["s", "RUN", "x y", "<nil>"]));
        assert_eq!(run, of_step("s", &step(StepKind::Run, &["x", "y"], None)));
        assert_eq!(run, of_text("s", "RUN x y"));
        let copy = of_step("s", &step(StepKind::Copy, &["a", "/b", "", ""], Some("f")));
        assert_eq!(copy, hash(&["s", "COPY", "a /b  ", "f"]));
    }
}
