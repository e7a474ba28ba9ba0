//! The scripts that the `package.json` files of copies define, for rules on commands that run one.

use crate::context::{Context, EntryKind, FileSet};
use crate::lint::PackageScripts;
use crate::template::{CopyMap, InstructionKind, Template};

/// The largest file that is read, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// The most files that are read. A workspace of many packages has more, of which these suffice.
const MAX_FILES: usize = 16;

/// Reads the scripts, if a step may run one.
pub(super) fn read(
    template: &Template,
    context: &Context<'_>,
    files: &CopyMap<FileSet>,
) -> PackageScripts {
    let mut scripts = PackageScripts::new();
    if !template.instructions.iter().any(|instruction| may_run_script(&instruction.kind)) {
        return scripts;
    }
    let entries = files.values().flat_map(FileSet::entries).filter(|entry| {
        let is_package = entry.path.rsplit('/').next() == Some("package.json");
        entry.kind == EntryKind::File && is_package && !entry.path.contains("node_modules/")
    });
    for entry in entries.take(MAX_FILES) {
        let text = context.text(entry, MAX_BYTES).unwrap_or_default();
        let package = serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default();
        let named = package.get("scripts").and_then(serde_json::Value::as_object);
        for (name, command) in named.into_iter().flatten() {
            let commands = scripts.entry(name.clone()).or_default();
            commands.extend(command.as_str().map(str::to_owned));
        }
    }
    scripts
}

fn may_run_script(kind: &InstructionKind) -> bool {
    const RUNNERS: &[&str] = &["bun", "npm", "pnpm", "yarn"];
    const SCRIPTS: &[&str] = &["dev", "serve", "start"];
    let InstructionKind::Run(run) = kind else { return false };
    let has = |words: &[&str]| words.iter().any(|word| run.command.contains(word));
    has(RUNNERS) && has(SCRIPTS)
}
