//! `misplaced-certificate`: a certificate is put where the sandbox does not use it.
//!
//! E2B keeps `/etc/ssl/certs` in memory during a build, and fills it at each boot from what
//! `update-ca-certificates` makes at the end of the build (packages/orchestrator of its server,
//! `packCertBundleCmd`). That program reads files of `/usr/local/share/ca-certificates` whose names
//! end with `.crt`.

use super::model::is_within;
use super::paths::{Access, accesses};
use super::{LintContext, runs};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::Span;
use crate::template::{Copy, InstructionKind};

/// What is made of the certificates.
const MADE: &str = "/etc/ssl/certs";

/// The certificates of an administrator.
const OWN: &str = "/usr/local/share/ca-certificates";

/// Ends of names that `update-ca-certificates` does not take for certificates.
const OTHER_NAMES: &[&str] = &[".cer", ".cert", ".der", ".pem"];

/// The largest number of copied certificates that all commands are searched for, to stay linear.
const MOST_SEARCHED: usize = 100;

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let mut searched = 0;
    let resets = ctx.inputs.platform.facts().reseeds_certificates;
    for (id, instruction) in ctx.inputs.template.numbered() {
        let Some(span) = instruction.origin.span() else { continue };
        if let InstructionKind::Copy(copy) = &instruction.kind {
            if resets && is_within(&copy.target, MADE) {
                diagnostics.push(lost(span));
            }
            if let Some(name) = unread(copy).filter(|_| searched < MOST_SEARCHED) {
                searched += 1;
                diagnostics.extend((!is_renamed(ctx, name)).then(|| ignored(name, span)));
            }
        }
        let step = ctx.step(id).filter(|step| resets && step.can_name("certs"));
        let Some(step) = step else { continue };
        let written = accesses(ctx.executions.of_step(step.id)).into_iter().find(|file| {
            file.access == Access::Writes && file.is_certain() && is_within(&file.path, MADE)
        });
        let place = written.and_then(|file| ctx.place(&step, file.word.range.clone()));
        diagnostics.extend(place.map(lost));
    }
}

/// The name of a copied certificate that `update-ca-certificates` does not read.
fn unread(copy: &Copy) -> Option<&str> {
    if !is_within(&copy.target, OWN) {
        return None;
    }
    let path =
        if copy.target.ends_with('/') || copy.target == OWN { &copy.source } else { &copy.target };
    let name = path.rsplit('/').next()?;
    OTHER_NAMES.iter().any(|end| name.ends_with(end)).then_some(name)
}

/// Whether a command mentions the file, or the directory: it may rename the file.
fn is_renamed(ctx: &LintContext<'_>, name: &str) -> bool {
    let names = |text: &str| text.contains("share/ca-certificates") || text.contains(name);
    runs(ctx.inputs.template).any(|(_, _, run)| names(&run.command))
}

fn lost(span: Span) -> Diagnostic {
    let message = format!("files that a build puts into `{MADE}` are lost");
    Diagnostic::new(Code::MisplacedCertificate, span, message)
        .label("the platform fills this directory again at each boot")
        .help(format!(
            "put the certificate into `{OWN}/NAME.crt`: the platform runs `update-ca-certificates` \
             at the end of the build"
        ))
}

fn ignored(name: &str, span: Span) -> Diagnostic {
    let message = format!("`update-ca-certificates` does not read `{name}`");
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Diagnostic::new(Code::MisplacedCertificate, span, message)
        .label("it takes only files whose names end with `.crt`")
        .help(format!("copy it, in PEM format, to `{OWN}/{stem}.crt`"))
}
