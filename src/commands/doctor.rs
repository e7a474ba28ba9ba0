//! `sbx doctor`: what this machine has, and what will fail on it.
//!
//! It reads the values of keys to check their files, and prints none of them.

mod check;
mod directories;
mod engine;
mod keys;
mod manifest;
mod online;
mod output;

use super::serve::data_directory;
use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::settings::{Doctor, Format};
use check::Check;

pub(super) fn run(settings: &Doctor, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let data = data_directory(settings.local.data.as_ref());
    let mut checks = vec![engine::check(&settings.local, data.as_deref().ok(), host)];
    checks.push(directories::data(&data)?);
    checks.push(directories::builds(host));
    checks.push(keys::check(host));
    checks.extend(manifest::check(host));
    if settings.online {
        checks.push(online::check(&settings.local, host, printer)?);
    }
    match settings.format {
        Format::Human => output::human(&checks, printer),
        Format::Json => printer.json(&output::json(&checks)),
    }
    Ok(checks.iter().map(Check::exit).max().unwrap_or(Exit::Done))
}
