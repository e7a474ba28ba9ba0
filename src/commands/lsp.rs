//! `sbx lsp`: the language server, on standard input and output.

use std::io;

use secrecy::ExposeSecret as _;

use super::{Exit, Failure, options};
use crate::host::{Host, describe};
use crate::lsp::{self, Config, Ended};
use crate::pipeline::{Analysis, Options};
use crate::printer::Printer;
use crate::settings::Lsp;

pub(super) fn run(settings: &Lsp, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    if Printer::can_ask() {
        let message = "`sbx lsp` talks to an editor, and this is a terminal";
        return Err(Failure::new(Exit::Usage, message)
            .help("`sbx check` reports the same; docs/editors.md says how to set up an editor"));
    }
    let analyzed = |analysis: &Analysis| {
        for secret in &analysis.secrets {
            host.register_secret(secret.text.expose_secret());
        }
    };
    let profile = settings.profile.clone();
    let options = options(settings.platform, &settings.levels, &settings.reading, host);
    let config = Config {
        files: host,
        options: Options { profile, ..options },
        every_profile: settings.every_profile,
        analyzed: &analyzed,
        log: &|text| printer.note(text),
    };
    let ended = lsp::serve(&config, io::stdin(), printer.protocol_output());
    match ended {
        Ok(Ended::Orderly) => Ok(Exit::Done),
        Ok(Ended::Abandoned) => Ok(Exit::Wrong),
        Err(error) => {
            let message = format!("cannot start a thread: {}", describe(&error));
            Err(Failure::new(Exit::Platform, message))
        }
    }
}
