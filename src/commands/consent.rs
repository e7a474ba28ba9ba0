//! Consent for the secrets that a manifest sends: from arguments and variables, from an earlier
//! answer, or from a person at the terminal.

use std::path::Path;

use super::engine;
use crate::diagnostic::Diagnostics;
use crate::host::{Host, describe};
use crate::pipeline::Analysis;
use crate::printer::Printer;
use crate::registry::RegistryHost;
use crate::scalar::visible_line;
use crate::settings::{Apply, Trust};
use crate::state::Store;
use crate::trust::{ALLOW_SECRETS, Consent, Grant, Transfer};

/// The most characters of a name in a question.
const MAX_SHOWN: usize = 100;

/// What was agreed to before, without asking anyone: by arguments and variables, or by an earlier
/// answer for the manifest at `file`.
pub(super) fn known(trust: &Trust, file: &Path, host: &dyn Host, printer: &Printer) -> Consent {
    let variable = host.variable(ALLOW_SECRETS).unwrap_or_default();
    let words = variable.split(',').map(|word| word.trim().to_owned());
    let mut consent = Consent::beforehand(words.chain(trust.secrets.iter().cloned()).collect());
    match Store::of_user(host).and_then(|store| store.consents(file)) {
        Ok(grants) => consent.add(grants),
        Err(error) => printer.note(&format!("warning: {}", describe(&error))),
    }
    consent
}

/// Consent to all that applying a manifest sends. Where some is missing, a person at the terminal is
/// asked; without one, or if the answer is no, the analysis gets an error.
pub(super) fn obtain(
    analysis: &mut Analysis,
    settings: &Apply,
    file: &Path,
    host: &dyn Host,
    printer: &Printer,
) -> Consent {
    let pulls = engine::pulls_images(analysis.platform, &settings.destination.local);
    let Some(transfer) = sent(analysis, pulls) else { return Consent::default() };
    let known = known(&settings.reading.trust, file, host, printer);
    let question = question(analysis, &transfer, pulls, file);
    let request = Request { transfer, question, unreadable: analysis.unreadable_secrets(host) };
    request.agree(known, analysis, file, host, printer)
}

/// The same for `sbx lock`, which asks the image's registry itself.
pub(super) fn obtain_to_lock(
    analysis: &mut Analysis,
    trust: &Trust,
    file: &Path,
    host: &dyn Host,
    printer: &Printer,
) -> Consent {
    let Some(transfer) = analysis.transfer().filter(|_| analysis.signs_in()) else {
        return Consent::default();
    };
    let known = known(trust, file, host, printer);
    let question = question(analysis, &transfer, false, file);
    let request = Request { transfer, question, unreadable: analysis.unreadable_secrets(host) };
    request.agree(known, analysis, file, host, printer)
}

/// The same for what the tests of a manifest send to the sandboxes of a platform at `platform`.
pub(super) fn obtain_for_tests(
    analysis: &mut Analysis,
    trust: &Trust,
    file: &Path,
    platform: RegistryHost,
    host: &dyn Host,
    printer: &Printer,
) -> Consent {
    let is_sent = !analysis.diagnostics.has_blocking();
    let Some(transfer) = analysis.test_transfer(platform).filter(|_| is_sent) else {
        return Consent::default();
    };
    let known = known(trust, file, host, printer);
    let question = format!(
        "{} runs tests with secrets of this machine:\n{}They are sent to sandboxes of the template.\n\
         Send them to {}?",
        shown(&file.display().to_string()),
        listed(&transfer),
        transfer.registry,
    );
    let unreadable = analysis.unreadable_test_secrets(host);
    Request { transfer, question, unreadable }.agree(known, analysis, file, host, printer)
}

/// The same for what building the image of a manifest gives to the commands of its Dockerfile.
pub(super) fn obtain_for_build(
    analysis: &mut Analysis,
    trust: &Trust,
    file: &Path,
    host: &dyn Host,
    printer: &Printer,
) -> Consent {
    let Some(transfer) = analysis.build_transfer() else { return Consent::default() };
    let known = known(trust, file, host, printer);
    let question = format!(
        "{} gives secrets of this machine to the build of its Dockerfile:\n{}Its commands can send \
         them anywhere.\nBuild with them, for the image of {}?",
        shown(&file.display().to_string()),
        listed(&transfer),
        transfer.registry,
    );
    let unreadable = analysis.unreadable_build_secrets(host);
    Request { transfer, question, unreadable }.agree(known, analysis, file, host, printer)
}

/// What is to be sent.
struct Request {
    transfer: Transfer,
    /// What a person is asked.
    question: String,
    /// The faults of secrets that cannot be read.
    unreadable: Diagnostics,
}

impl Request {
    fn agree(
        self,
        mut consent: Consent,
        analysis: &mut Analysis,
        file: &Path,
        host: &dyn Host,
        printer: &Printer,
    ) -> Consent {
        let Self { transfer, question, unreadable } = self;
        let Some(refusal) = transfer.refusal(&consent) else { return consent };
        if !unreadable.has_errors() && printer.ask(&question) == Some(true) {
            let grants: Vec<_> = transfer.grants().collect();
            remember(file, &grants, host, printer);
            consent.add(grants);
            return consent;
        }
        analysis.diagnostics.append(unreadable);
        analysis.diagnostics.push(refusal);
        consent
    }
}

/// What applying a manifest sends; `None` if it sends no secrets. `pulls` says whether the platform
/// pulls the image.
fn sent(analysis: &Analysis, pulls: bool) -> Option<Transfer> {
    let is_sent = !analysis.diagnostics.has_blocking() && (pulls || analysis.inherits_unknown());
    // An image that is built for the local platform is in no registry.
    let is_here = analysis.platform.is_local() && analysis.image_build().is_some();
    analysis.transfer().filter(|_| is_sent && !is_here)
}

/// Says what applying a manifest would send, for commands that send no secrets.
pub(super) fn announce(analysis: &Analysis, pulls: bool, printer: &Printer) {
    if let Some(transfer) = sent(analysis, pulls).filter(|transfer| !transfer.secrets.is_empty()) {
        let (names, registry) = (transfer.names(), &transfer.registry);
        printer.note(&format!("with consent, `sbx apply` would send {names} to `{registry}`"));
    }
}

/// The question. The host is in its last line, so that nothing which the manifest chooses moves it
/// out of sight.
fn question(analysis: &Analysis, transfer: &Transfer, pulls: bool, file: &Path) -> String {
    let platform = analysis.platform;
    let by = match (pulls, analysis.signs_in()) {
        (true, true) => format!("{platform}, which pulls the image, and by sbx, which looks it up"),
        (true, false) => format!("{platform}, which pulls the image"),
        (false, _) => "sbx, which looks the image up".to_owned(),
    };
    format!(
        "{} signs in to an image registry with secrets of this machine:\n{}They are sent by {by}.\n\
         Send them to {}?",
        shown(&file.display().to_string()),
        listed(transfer),
        transfer.registry,
    )
}

/// The secrets, each on a line of its own.
fn listed(transfer: &Transfer) -> String {
    let secrets = transfer.secrets.iter();
    let lines: Vec<_> =
        secrets.map(|secret| format!("  {}\n", shown(&secret.value.to_string()))).collect();
    lines.concat()
}

/// Words of a manifest on a single line, shortened in the middle.
pub(super) fn shown(text: &str) -> String {
    let line: Vec<_> = visible_line(text).chars().collect();
    match line.len() {
        0..=MAX_SHOWN => line.into_iter().collect(),
        count => {
            let (head, tail) = (&line[..MAX_SHOWN / 2], &line[count - MAX_SHOWN / 2..]);
            head.iter().chain(&['…']).chain(tail).collect()
        }
    }
}

/// Remembers an answer. A failure to write is reported and stops nothing: the question is asked
/// again.
fn remember(file: &Path, grants: &[Grant], host: &dyn Host, printer: &Printer) {
    let written = Store::of_user(host).and_then(|store| store.remember_consents(file, grants));
    if let Err(error) = written {
        printer.note(&format!("warning: cannot remember the answer: {}", describe(&error)));
    }
}
