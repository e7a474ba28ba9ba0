//! What `sbx verify` prints.

use serde_json::{Value, json};

use super::Declared;
use super::compare::{Apply, Comparison, TagResult, word};
use crate::commands::Failure;
use crate::commands::remote::Remote;
use crate::commands::table::plain;
use crate::settings::ManifestChoice;

pub(super) fn print(
    remote: &Remote<'_>,
    manifest: &ManifestChoice,
    declared: &Declared,
    comparison: &Comparison,
) -> Result<(), Failure> {
    if remote.is_json() {
        return remote.json(&value(manifest, declared, comparison));
    }
    let Declared { name, platform, digest, .. } = declared;
    let printer = remote.printer;
    for stale in &declared.stale {
        printer.note(&format!("note: {stale}"));
    }
    if comparison.is_as_declared() {
        let tags = list_of(name, &declared.tags);
        printer.data_line(&format!("{tags} on {platform}: as declared ({digest})"));
        return Ok(());
    }
    for result in &comparison.tags {
        for difference in &result.differences {
            printer.data_line(&plain(&format!(
                "{}:{} on {platform} {difference}",
                declared.name, result.tag
            )));
        }
    }
    if let Some(difference) = comparison.visibility_difference() {
        printer.data_line(&format!("{name} on {platform} {difference}"));
    }
    if let Some(advice) = advice(manifest, declared, &comparison.apply) {
        printer.data_line(&advice);
    }
    if let Some(public) = comparison.visibility {
        printer.data_line(&format!("`sbx apply` would make {name} {}", word(public)));
    }
    Ok(())
}

/// What `sbx apply` would do about builds and tags.
fn advice(manifest: &ManifestChoice, declared: &Declared, apply: &Apply) -> Option<String> {
    let Declared { name, digest, .. } = declared;
    Some(match apply {
        Apply::Nothing => return None,
        Apply::Rebuild => format!(
            "the digest {digest} of `{manifest}` is that of these builds: `sbx apply --no-cache` \
             builds it again"
        ),
        Apply::Move { tags, build_id } => plain(&format!(
            "`{manifest}` has the digest {digest}: `sbx apply` would move {} to build {build_id}, \
             which has it",
            list_of(name, tags)
        )),
        Apply::Build => format!(
            "`{manifest}` has the digest {digest}, which no usable build has: `sbx apply` would build"
        ),
    })
}

fn value(manifest: &ManifestChoice, declared: &Declared, comparison: &Comparison) -> Value {
    let (apply, build_id) = match &comparison.apply {
        Apply::Nothing => match comparison.visibility {
            None => ("nothing", None),
            Some(true) => ("publish", None),
            Some(false) => ("unpublish", None),
        },
        Apply::Move { build_id, .. } => ("move", Some(build_id)),
        Apply::Build => ("build", None),
        Apply::Rebuild => ("rebuild", None),
    };
    let tag = |result: &TagResult| {
        json!({
            "tag": result.tag, "buildId": result.build_id, "digest": result.digest,
            "differences": result.differences,
        })
    };
    let mut value = json!({
        "file": manifest.file, "template": declared.name, "platform": declared.platform.name(),
        "digest": declared.digest.as_str(), "verified": comparison.is_as_declared(),
        "templateId": comparison.template_id, "public": comparison.public,
        "differences": comparison.visibility_difference().into_iter().collect::<Vec<_>>(),
        "tags": comparison.tags.iter().map(tag).collect::<Vec<_>>(),
        "apply": apply, "buildId": build_id,
        "lock": declared.lock.as_ref().map(|path| json!({ "file": path, "stale": declared.stale })),
    });
    if let Some(profile) = &manifest.profile {
        value["profile"] = json!(profile);
    }
    value
}

/// `name:tag` of each.
fn list_of(name: &str, tags: &[String]) -> String {
    tags.iter().map(|tag| format!("{name}:{tag}")).collect::<Vec<_>>().join(", ")
}
