//! `sbx prune` without a template: removes what the local platform keeps in its engine and no build needs.

use crate::commands::remote::failure;
use crate::commands::serve::runtime;
use crate::commands::target::Target;
use crate::commands::{Exit, Failure};
use crate::host::Host;
use crate::local::Owner;
use crate::platform::Platform;
use crate::printer::Printer;
use crate::scalar::{counted, human_bytes};
use crate::settings::{Format, PruneEngine};
use crate::submit;
use crate::wire::local::Pruned;

pub(super) fn run(
    settings: &PruneEngine,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let PruneEngine { endpoint, local, format } = settings;
    let pruned = runtime()?.block_on(async {
        let target = Target::open_to_build(endpoint, local, Platform::Local, host, printer).await?;
        submit::prune(&target.endpoint).await.map_err(|error| failure(&error))
    })?;
    match format {
        Format::Json => {
            let text = serde_json::to_string(&pruned)
                .map_err(|error| Failure::new(Exit::Platform, error.to_string()))?;
            printer.json(&text);
        }
        Format::Human => report(&pruned, printer),
    }
    Ok(Exit::Done)
}

fn report(pruned: &Pruned, printer: &Printer) {
    if let Some(reason) = &pruned.reason {
        printer.note(&format!("nothing was removed: {reason}"));
        return;
    }
    for image in &pruned.images {
        printer.data_line(image);
    }
    for note in notes(pruned) {
        printer.note(&note);
    }
}

/// What was removed, in numbers.
fn notes(pruned: &Pruned) -> Vec<String> {
    if pruned.images.is_empty() {
        return vec!["there was nothing to remove".to_owned()];
    }
    let freed = pruned.bytes.map(|bytes| format!(", {} freed", human_bytes(bytes)));
    let freed = freed.unwrap_or_default();
    let mut notes =
        vec![format!("removed {}{freed}", counted(pruned.images.len(), "image", "images"))];
    let is_shared = |image: &&String| Owner::of(image) == Some(Owner::Everyone);
    let shared = pruned.images.iter().filter(is_shared).count();
    if shared > 0 {
        notes.push(format!(
            "among them {} that all data directories share: the next build prepares its own again",
            counted(shared, "base image", "base images")
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_images_that_others_share_are_counted() {
        let pruned = |images: &[&str], bytes| Pruned {
            images: images.iter().map(|image| (*image).to_owned()).collect(),
            bytes,
            reason: None,
        };
        assert_eq!(notes(&pruned(&[], None)), ["there was nothing to remove"]);
        let layers = ["localhost/sbx-0a1b2c3d/layer:k", "localhost/sbx-0a1b2c3d/layer:l"];
        assert_eq!(notes(&pruned(&layers, Some(2048))), ["removed 2 images, 2.0 KiB freed"]);
        let base = ["localhost/sbx-base:k", "localhost/sbx-0a1b2c3d/layer:k"];
        let shared = "among them 1 base image that all data directories share: the next build \
                      prepares its own again";
        assert_eq!(notes(&pruned(&base, None)), ["removed 2 images", shared]);
        assert_eq!(notes(&pruned(&base[..1], None)), ["removed 1 image", shared]);
    }
}
