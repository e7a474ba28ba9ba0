//! `sbx prune` without a template: removes what the local platform keeps in its engine and no build needs.

use crate::commands::remote::failure;
use crate::commands::serve::runtime;
use crate::commands::target::Target;
use crate::commands::{Exit, Failure};
use crate::host::Host;
use crate::platform::Platform;
use crate::printer::Printer;
use crate::scalar::human_bytes;
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
    let freed = pruned.bytes.map(|bytes| format!(", {} freed", human_bytes(bytes)));
    let freed = freed.unwrap_or_default();
    printer.note(&match pruned.images.len() {
        0 => "there was nothing to remove".to_owned(),
        1 => format!("removed 1 image{freed}"),
        count => format!("removed {count} images{freed}"),
    });
}
