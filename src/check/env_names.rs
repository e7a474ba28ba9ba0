//! `invalid-env-name`, `misplaced-key`: the names of variables.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Manifest, TOP_LEVEL_KEYS};
use crate::platform::Platform;
use crate::scalar::text::is_name;

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    for (key, table) in manifest.env_tables() {
        for entry in &table.value.entries {
            let name = &entry.name;
            if !is_name(&name.value) {
                let message = format!("`{}` is not a variable's name", name.value);
                let mut diagnostic = Diagnostic::new(Code::InvalidEnvName, name.span, message)
                    .label("a name is made of letters, digits and `_`, and begins with no digit");
                if let Some(proposal) = proposal(&name.value) {
                    diagnostic = diagnostic.help(format!("write `{proposal}`"));
                }
                diagnostics.push(diagnostic);
            } else if TOP_LEVEL_KEYS.contains(&name.value.as_str()) {
                let message = format!("`{}` is read as a variable", name.value);
                diagnostics.push(
                    Diagnostic::new(Code::MisplacedKey, name.span, message)
                        .label(format!("stands in `{key}`, because it is below that header"))
                        .help(format!(
                            "to set the manifest's `{}`, move it above the first `[header]`",
                            name.value
                        )),
                );
            }
        }
    }
}

fn proposal(name: &str) -> Option<String> {
    let proposal: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    is_name(&proposal).then_some(proposal)
}
