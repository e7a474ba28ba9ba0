//! `conflicting-keys`: actions that work with one parent template only.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{Action, Manifest};
use crate::platform::Platform;
use crate::source::Span;

/// The platforms' own templates, which contain the tool that a key calls.
const GATEWAY: &str = "mcp-gateway";
const DEVCONTAINER: &str = "devcontainer";

pub(super) fn check(manifest: &Manifest, _: Platform, diagnostics: &mut Diagnostics) {
    for action in manifest.actions() {
        if let Some(template) = template_of(action) {
            let what = format!("`{}`", action.kind().key());
            needs(manifest, &what, action.span(), template, diagnostics);
        }
    }
    let start = manifest.start.as_ref().and_then(|start| start.value.devcontainer.as_ref());
    if let Some(directory) = start {
        needs(manifest, "`start.devcontainer`", directory.span, DEVCONTAINER, diagnostics);
    }
    pre_boot(manifest, diagnostics);
}

/// The template that an action requires.
const fn template_of(action: &Action) -> Option<&'static str> {
    match action {
        Action::Mcp(_) => Some(GATEWAY),
        Action::Devcontainer(_) => Some(DEVCONTAINER),
        Action::Run(_)
        | Action::Copy(_)
        | Action::Write(_)
        | Action::Apt(_)
        | Action::Pip(_)
        | Action::Npm(_)
        | Action::Bun(_)
        | Action::Git(_)
        | Action::Mkdir(_)
        | Action::Remove(_)
        | Action::Rename(_)
        | Action::Symlink(_)
        | Action::Env(_)
        | Action::User(_)
        | Action::Workdir(_) => None,
    }
}

fn needs(
    manifest: &Manifest,
    what: &str,
    span: Span,
    template: &str,
    diagnostics: &mut Diagnostics,
) {
    let from = manifest.from.as_ref();
    let named = from.and_then(|from| from.value.template.as_ref());
    if named.is_some_and(|named| named.value == template) {
        return;
    }
    let message = format!("{what} requires the template `{template}`");
    let mut diagnostic = Diagnostic::new(Code::ConflictingKeys, span, message)
        .help(format!("write `from = {{ template = \"{template}\" }}`"));
    if let Some(from) = from {
        diagnostic = diagnostic
            .related(named.map_or(from.span, |named| named.span), "the base is another one");
    }
    diagnostics.push(diagnostic);
}

/// A parent template has already booted, so that no command can run before its first boot.
fn pre_boot(manifest: &Manifest, diagnostics: &mut Diagnostics) {
    let command = manifest.novita.as_ref().and_then(|novita| novita.value.pre_boot.as_ref());
    let template = manifest.from.as_ref().and_then(|from| from.value.template.as_ref());
    if let (Some(command), Some(template)) = (command, template) {
        let message = "`novita.pre_boot` conflicts with `from.template`";
        diagnostics.push(
            Diagnostic::new(Code::ConflictingKeys, command.span, message)
                .related(template.span, "a template has already booted")
                .help("use a `run` step, or start from an image"),
        );
    }
}
