//! The keys of cached layers, as E2B's open server computes them (`HashKeys` in
//! `storage/cache/cache.go`): the SHA-256 of the parts with a `;` between each two.

use sha2::{Digest as _, Sha256};

use crate::local::hex::hex;
use crate::wire::e2b::Step;

/// The hash of several parts, as 64 lower-case hexadecimal digits.
pub(super) fn hash(parts: &[&str]) -> String {
    hex(&Sha256::digest(parts.join(";")))
}

/// The key of the layer that has the default user.
pub(super) fn of_user(source: &str, user: &str) -> String {
    hash(&[source, "DEFAULT USER", user])
}

/// The key of a step's layer. The arguments are joined with spaces, so `["a b"]` and `["a", "b"]`
/// share one.
pub(super) fn of_step(source: &str, step: &Step) -> String {
    let files = step.files_hash.as_deref().unwrap_or("<nil>");
    hash(&[source, step.kind.as_str(), &step.args.join(" "), files])
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
        let copy = of_step("s", &step(StepKind::Copy, &["a", "/b", "", ""], Some("f")));
        assert_eq!(copy, hash(&["s", "COPY", "a /b  ", "f"]));
    }
}
