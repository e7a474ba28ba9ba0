//! Consent of a person to push an image, and to give secrets to its build.

use std::path::Path;

use super::Permission;
use crate::commands::consent::{self, shown};
use crate::diagnostic::{Code, Diagnostic};
use crate::host::{Host, describe};
use crate::pipeline::Analysis;
use crate::printer::Printer;
use crate::state::Store;
use crate::template::ImageBuild;
use crate::trust::Consent;

/// Asks for consent to push, unless it was given before. Without it, the analysis gets an error.
pub(super) fn to_push(
    analysis: &mut Analysis,
    permission: &Permission<'_>,
    host: &dyn Host,
    printer: &Printer,
) {
    let Permission { trust, file, .. } = *permission;
    let Some(build) = analysis.image_build() else { return };
    let repository = build.repository.value.clone();
    if trust.push || is_known(file, &repository, host, printer) {
        return;
    }
    let question = format!(
        "{} builds an image from its Dockerfile on this machine, and pushes it with your \
         credentials.\nPush it to {}?",
        shown(&file.display().to_string()),
        shown(&repository),
    );
    if printer.ask(&question) == Some(true) {
        let written = Store::of_user(host).and_then(|store| store.remember_push(file, &repository));
        if let Err(error) = written {
            printer.note(&format!("warning: cannot remember the answer: {}", describe(&error)));
        }
        return;
    }
    let fault = refusal(build);
    analysis.diagnostics.push(fault);
}

fn is_known(file: &Path, repository: &str, host: &dyn Host, printer: &Printer) -> bool {
    match Store::of_user(host).and_then(|store| store.pushes(file)) {
        Ok(known) => known.iter().any(|known| known == repository),
        Err(error) => {
            printer.note(&format!("warning: {}", describe(&error)));
            false
        }
    }
}

fn refusal(build: &ImageBuild) -> Diagnostic {
    let repository = &build.repository;
    let message = format!("an image cannot be pushed to `{}` without consent", repository.value);
    Diagnostic::new(Code::PushNeedsConsent, repository.span, message)
        .label("the manifest chooses this repository, and the push uses your credentials")
        .help("if you trust the manifest, add `--allow-push`; at a terminal, `sbx apply` asks")
}

/// Consent to the secrets that the build gets. Where some is missing, the analysis gets an error.
pub(super) fn to_secrets(
    analysis: &mut Analysis,
    permission: &Permission<'_>,
    host: &dyn Host,
    printer: &Printer,
) -> Consent {
    consent::obtain_for_build(analysis, permission.trust, permission.file, host, printer)
}
