//! `sbx prune`: removes what no template needs, from the local platform's engine or among the tags of
//! a template.

mod engine;
mod stale;
mod tags;

use super::{Exit, Failure};
use crate::host::Host;
use crate::printer::Printer;
use crate::settings::Prune;

pub(super) fn run(settings: &Prune, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    match settings {
        Prune::Engine(settings) => engine::run(settings, host, printer),
        Prune::Tags(settings) => tags::run(settings, host, printer),
    }
}
