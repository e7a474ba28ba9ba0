//! Rules on the [`Manifest`]: constraints on values beyond their types.
//!
//! One file per subject. These rules see the manifest as written. What depends on the sequence of
//! instructions belongs to the rules on the template, in [`lint`](crate::lint).

mod copy;
mod env_names;
mod image;
mod name;
mod packages;
mod paths;
mod probe;
mod resources;
mod start;
mod tags;
mod template_only;
mod tests_of_template;
mod words;

use crate::diagnostic::Diagnostics;
use crate::manifest::Manifest;
use crate::outline::LazyOutline;
use crate::platform::Platform;

/// A rule appends its diagnostics.
type Rule = fn(&Manifest, Platform, &mut Diagnostics);

/// A rule that also needs the text, for its fixes.
type TextRule = fn(&Manifest, Platform, &LazyOutline<'_>, &mut Diagnostics);

/// The rules with fixes.
const TEXT_RULES: &[TextRule] = &[
    name::check,
    tags::check,
    image::check,
    env_names::check,
    probe::check,
    tests_of_template::check,
];

/// The rules without fixes.
const RULES: &[Rule] = &[
    resources::check,
    paths::check,
    copy::check,
    packages::check,
    start::check,
    template_only::check,
    words::check,
];

/// Applies every rule to a manifest for `platform`; `text` is its source.
#[must_use]
pub fn check(manifest: &Manifest, platform: Platform, text: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let outline = LazyOutline::new(text);
    for rule in TEXT_RULES {
        rule(manifest, platform, &outline, &mut diagnostics);
    }
    for rule in RULES {
        rule(manifest, platform, &mut diagnostics);
    }
    diagnostics
}
