//! `sbx lock`: writes what manifests leave open into their locks, or compares it with them.
//!
//! Everything is looked up before anything is written: a registry, an index or a platform that does
//! not answer leaves the lock as it was.

mod builds;
mod change;
mod check;
mod images;
mod packages;
mod parents;
mod report;
mod subject;
mod update;
mod write;

use std::path::Path;

use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::settings::{Lock, LockMode};
use subject::Subject;

pub(super) fn run(settings: &Lock, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    if let [file] = settings.files.as_slice() {
        return one(settings, file, host, printer);
    }
    let mut highest = Exit::Done;
    for file in &settings.files {
        let printer = printer.about(&file.display().to_string());
        let exit = one(settings, file, host, &printer).unwrap_or_else(|failure| {
            printer.failure(&failure.message, failure.help.as_deref());
            failure.exit
        });
        highest = highest.max(exit);
    }
    Ok(highest)
}

fn one(settings: &Lock, file: &Path, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let Some(subject) = Subject::read(settings, file, host, printer) else {
        return Ok(Exit::Wrong);
    };
    let job = Job { settings, subject: &subject, host, printer };
    match settings.mode {
        LockMode::Check => job.check(),
        LockMode::Missing | LockMode::UpdateAll | LockMode::Update(_) => job.update(),
    }
}

/// The work on one manifest.
struct Job<'a> {
    settings: &'a Lock,
    subject: &'a Subject,
    host: &'a dyn Host,
    printer: &'a Printer,
}
