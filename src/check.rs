//! Rules on the [`Manifest`]: what each value may be, beyond its shape.
//!
//! One file a rule. A rule sees what was written, not what becomes of it; what depends on the
//! instructions that follow each other belongs to rules on the template.

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

use crate::diagnostic::Diagnostics;
use crate::manifest::Manifest;
use crate::outline::LazyOutline;
use crate::platform::Platform;

/// A rule: pushes what it finds.
type Rule = fn(&Manifest, Platform, &mut Diagnostics);

/// A rule that needs the text as well, to say what mends it.
type TextRule = fn(&Manifest, Platform, &LazyOutline<'_>, &mut Diagnostics);

/// Every rule of that kind.
const TEXT_RULES: &[TextRule] =
    &[name::check, tags::check, image::check, env_names::check, probe::check];

/// Every other rule.
const RULES: &[Rule] = &[
    resources::check,
    paths::check,
    copy::check,
    packages::check,
    start::check,
    template_only::check,
];

/// Applies every rule to a manifest that is meant for `platform`; `text` is what it was read from.
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
