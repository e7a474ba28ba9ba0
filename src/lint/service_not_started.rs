//! `service-not-started`: an image exists for a server, and the template starts none.
//!
//! Platforms start nothing by themselves: neither the image's own command nor its services.

use super::{LintContext, base, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::images::Service;
use crate::platform::{Facts, ROOT};
use crate::source::{FileId, Span};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let Some(image) = base::image(&template.base).filter(|_| template.start.is_none()) else {
        return;
    };
    let Some(service) = &image.family.service else { return };
    let facts = ctx.inputs.platform.facts();
    let place = template.base.span;
    let repository = image.family.repository;
    let message = format!("nothing starts the server of `{repository}`");
    let label = format!("port {} stays closed, so clients of the server fail", service.port);
    diagnostics.push(
        Diagnostic::new(Code::ServiceNotStarted, place, message)
            .label(label)
            .help(help(service, place, facts) + &parent(service, repository, facts)),
    );
}

/// How to start the server, and to wait for it.
fn help(service: &Service, place: Span, facts: &Facts) -> String {
    let start = start(service, facts);
    let begin = if place.file == FileId::MANIFEST {
        format!("write `start = \"{start}\"`")
    } else {
        format!("write `CMD {start}`")
    };
    if !facts.has_ready {
        return begin;
    }
    let and = words_for(place, "and", "and in the manifest");
    format!("{begin} {and} `ready = {{ url = \"{}\" }}`", service.ready)
}

/// The template that has the server, if it is one of this platform.
fn parent(service: &Service, repository: &str, facts: &Facts) -> String {
    if facts.image_namespace.is_none() || facts.image_namespace != repository.split('/').next() {
        return String::new();
    }
    let template = service.template;
    format!("; or start from the template that has it: `from = {{ template = \"{template}\" }}`")
}

/// The command that starts the server as the user of the start command.
fn start(service: &Service, facts: &Facts) -> &'static str {
    if facts.default_user == ROOT {
        service.start.strip_prefix("sudo ").unwrap_or(service.start)
    } else {
        service.start
    }
}
