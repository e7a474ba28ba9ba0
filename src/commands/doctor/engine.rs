//! The container engine of the local platform.

use std::path::Path;

use super::check::{Check, Severity, text};
use crate::engine::{self, Choice, Engine, Found, Report, Selection, StoredImage, Unavailable};
use crate::host::Host;
use crate::local::Owner;
use crate::scalar::human_bytes;
use crate::settings::LocalChoice;

/// Less free space than this, in bytes, is a warning: an image with its packages may need as much.
const LITTLE_SPACE: u64 = 2 << 30;

pub(super) fn check(local: &LocalChoice, data: Option<&Path>, host: &dyn Host) -> Check {
    let selection = match local.selection(host) {
        Ok(selection) => selection,
        Err(error) => {
            let mut check = new("not looked for");
            check.problem(Severity::Error, error.message, error.help);
            return check;
        }
    };
    let mut check = match selection.choice {
        Choice::None => new("`none` is selected, so builds are recorded without being run"),
        Choice::Docker | Choice::Podman => match engine::find(&selection) {
            Ok(Found::Engine(engine)) => found(&engine, data),
            Ok(Found::Nothing(why)) => new(why),
            Err(unavailable) => {
                let mut check = new(format!("`{}` is selected", selection.choice));
                missing(&mut check, Severity::Error, &unavailable);
                check
            }
        },
        Choice::Auto => any(&selection, data),
    };
    check.fact("network", "network of steps", selection.network.map(text));
    let count = selection.arguments.len();
    // Their words may be credentials.
    let arguments = (count > 0).then(|| (format!("{count}, not shown"), count));
    check.fact("arguments", "additional arguments of steps", arguments);
    check
}

fn new(summary: impl Into<String>) -> Check {
    Check::new("engine", "Engine", summary)
}

/// The first that answers, as `auto` selects it, and why the others do not.
fn any(selection: &Selection, data: Option<&Path>) -> Check {
    let mut missing_ones = Vec::new();
    for choice in [Choice::Docker, Choice::Podman] {
        match engine::find(&Selection { choice, ..selection.clone() }) {
            Ok(Found::Engine(engine)) => {
                let mut check = found(&engine, data);
                let why =
                    missing_ones.first().map(|missing: &Unavailable| text(missing.to_string()));
                check.fact("unavailable", "not used", why);
                return check;
            }
            Ok(Found::Nothing(_)) => {}
            Err(unavailable) => missing_ones.push(unavailable),
        }
    }
    let mut check = new("none answers, so builds are recorded without being run");
    missing_ones.dedup();
    for unavailable in &missing_ones {
        missing(&mut check, Severity::Warning, unavailable);
    }
    check
}

fn missing(check: &mut Check, severity: Severity, unavailable: &Unavailable) {
    check.problem(severity, unavailable.to_string(), Some(unavailable.help()));
}

fn found(engine: &Engine, data: Option<&Path>) -> Check {
    let (kind, version) = (engine.kind(), engine.version());
    let mut check = new(format!("{kind} {version} answers"));
    check.key("kind", kind.program());
    check.key("version", version);
    match engine.report() {
        Ok(report) => describe(&mut check, &report),
        Err(words) => check.problem(Severity::Error, format!("{kind} says: {words}"), None),
    }
    match engine.stored_images() {
        Ok(images) => count(&mut check, &images, data),
        Err(words) => {
            let message = format!("{kind} does not list its images: {words}");
            check.problem(Severity::Warning, message, None);
        }
    }
    check
}

fn describe(check: &mut Check, report: &Report) {
    check.fact("clientVersion", "client", report.client_version.clone().map(text));
    check.fact("storageDriver", "storage driver", report.storage_driver.clone().map(text));
    check.fact("architecture", "architecture", report.architecture.clone().map(text));
    let directory = report.directory.as_ref().map(|directory| directory.display().to_string());
    check.fact("directory", "storage directory", directory.map(text));
    let free = report.free_bytes.map(|bytes| (human_bytes(bytes), bytes));
    check.fact("freeBytes", "free space", free);
    if report.storage_driver.as_deref() == Some("vfs") {
        let message = "the storage driver `vfs` copies all files of an image for each container, \
                       which takes up to a minute";
        let help = "configure `overlay2` for Docker or `overlay` for Podman";
        check.problem(Severity::Warning, message.to_owned(), Some(help.to_owned()));
    }
    if let Some(architecture) = report.architecture.as_deref().filter(|known| *known != "amd64") {
        let message = format!(
            "the engine runs on {architecture}, and templates are built for amd64: builds are \
             emulated, which is slow"
        );
        check.problem(Severity::Warning, message, None);
    }
    if let Some(free) = report.free_bytes.filter(|free| *free < LITTLE_SPACE) {
        let message = format!("{} are free where the engine stores images", human_bytes(free));
        let help = "remove images that you do not need, such as with `docker image prune`";
        check.problem(Severity::Warning, message, Some(help.to_owned()));
    }
}

/// Counts the images of this data directory, of others, and of all.
fn count(check: &mut Check, images: &[StoredImage], data: Option<&Path>) {
    let here = data.and_then(Owner::at);
    let owner = |image: &StoredImage| image.names.iter().find_map(|name| Owner::of(name));
    let of_sbx: Vec<_> = images.iter().filter_map(|image| Some((owner(image)?, image))).collect();
    let is_here = |owner: &Owner| Some(owner) == here.as_ref();
    let mut add = |key, label, belongs: &dyn Fn(&Owner) -> bool| {
        let images: Vec<_> = of_sbx.iter().filter(|(owner, _)| belongs(owner)).collect();
        let bytes: u64 = images.iter().map(|(_, image)| image.own_bytes).sum();
        let shown = match images.len() {
            0 => "none".to_owned(),
            count => format!("{count}, {}", human_bytes(bytes)),
        };
        let value = serde_json::json!({ "count": images.len(), "bytes": bytes });
        check.fact(key, label, Some((shown, value)));
    };
    add("images", "images of this data directory", &is_here);
    add("sharedImages", "base images that all data directories share", &|owner| {
        *owner == Owner::Everyone
    });
    add("otherImages", "images of other data directories", &|owner| {
        *owner != Owner::Everyone && !is_here(owner)
    });
}
