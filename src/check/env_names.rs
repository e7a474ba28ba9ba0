//! `invalid-env-name`, `key-in-env-table`: the names of variables.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::{Manifest, TOP_LEVEL_KEYS};
use crate::outline::LazyOutline;
use crate::platform::Platform;
use crate::validate::{env_name_fault, valid_env_name};

pub(super) fn check(
    manifest: &Manifest,
    _: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    for (key, table) in manifest.env_tables() {
        for entry in &table.value.entries {
            let name = &entry.name;
            if let Some(fault) = env_name_fault(name) {
                // Renaming requires changes in commands that use the variable, so it is not safe.
                let proposed = valid_env_name(&name.value)
                    .filter(|new| table.value.entries.iter().all(|other| other.name.value != *new));
                diagnostics.push(match proposed {
                    Some(new) => fault.fix(Fix::proposed("rename it").replace(name.span, new)),
                    None => fault,
                });
            } else if TOP_LEVEL_KEYS.contains(&name.value.as_str()) {
                let message = format!("`{}` is interpreted as a variable", name.value);
                let title = format!("move `{}` to the top level", name.value);
                let edits = outline
                    .get()
                    .and_then(|outline| outline.move_to_top(name.span))
                    .unwrap_or_default();
                diagnostics.push(
                    Diagnostic::new(Code::KeyInEnvTable, name.span, message)
                        .label(format!("it belongs to `{key}`, because it is below that header"))
                        .help(format!(
                            "to set the manifest's `{}`, move it above the first `[header]`",
                            name.value
                        ))
                        .fix(Fix::proposed(title).edits(edits)),
                );
            }
        }
    }
}
