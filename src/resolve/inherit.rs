//! `from.inherit`: values of the image, which the manifest overrides.
//!
//! The variables come before every other instruction, so that those of the manifest override them
//! and can refer to them. The working directory and the command are used only if the manifest sets
//! none. Without an answer from a registry nothing is inherited, so commands that need requests ask
//! it first.

use super::Builder;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::Manifest;
use crate::scalar::shell::quote;
use crate::scalar::{Inherit, Text};
use crate::source::Span;
use crate::template::{
    Command, EnvScope, ImageConfig, Instruction, InstructionKind, Origin, Resolution, Spans,
};

const BECAUSE: &str = "because `inherit` takes it from the image";

impl Builder {
    /// The image's variables as the first instruction.
    pub(super) fn inherit_env(&mut self, manifest: &Manifest, resolution: &Resolution) {
        let Some(span) = asked(manifest, Inherit::Env) else { return };
        let Some(config) = resolution.config() else {
            self.variables.may_hold_more();
            return;
        };
        // A `$` in the configuration of an image is literal, since its build has expanded it.
        let variables: Vec<_> =
            config.env.iter().map(|(name, value)| (name.clone(), Text::literal(value))).collect();
        if variables.is_empty() {
            return;
        }
        self.variables.remember(variables.iter().cloned());
        let kind = InstructionKind::Env { scope: EnvScope::Sandbox, variables };
        self.push_inherited(kind, span);
    }

    /// The image's working directory, unless one is set already.
    pub(super) fn inherit_workdir(&mut self, manifest: &Manifest, resolution: &Resolution) {
        let Some(span) = asked(manifest, Inherit::Workdir) else { return };
        let is_set =
            self.instructions.iter().any(|it| matches!(it.kind, InstructionKind::Workdir(_)));
        let workdir = resolution.config().and_then(|config| config.workdir.as_deref());
        let Some(workdir) = workdir.filter(|_| !is_set) else { return };
        if workdir.contains(['"', '`', '$', '\\']) || workdir.contains(char::is_control) {
            let message = format!(
                "the image's working directory `{}` cannot be inherited",
                workdir.escape_debug()
            );
            self.diagnostics.push(
                Diagnostic::new(Code::UnsafeCopyPath, span, message)
                    .label("the platform inserts it into a shell script without escaping")
                    .help("remove `\"workdir\"`, and set `workdir` to another directory"),
            );
            return;
        }
        // Docker resolves relative ones against the root.
        let path = format!("/{}", workdir.trim_start_matches('/'));
        self.push_inherited(InstructionKind::Workdir(path), span);
    }

    /// The image's entry point and command as the start command, unless the manifest has one.
    pub(super) fn inherit_command(
        &mut self,
        manifest: &Manifest,
        resolution: &Resolution,
    ) -> Option<Command> {
        let span = asked(manifest, Inherit::Command)?;
        let config = resolution.config().filter(|_| manifest.start.is_none())?;
        let is_asked = manifest.from.as_ref().is_some_and(|from| from.value.inherit.is_some());
        // Images that set no command have the shell of their base.
        if !is_asked && config.is_interactive() {
            return None;
        }
        let text = command_line(config)?;
        if manifest.ready.is_none() {
            self.diagnostics.push(
                Diagnostic::new(
                    Code::StartWithoutReady,
                    span,
                    "the command of the image has no readiness check",
                )
                .label("the platform waits for 20 seconds and assumes that it is ready")
                .help("add `[ready]` with a probe, such as `port = 8000`"),
            );
        }
        Some(Command { text, origin: Origin::Added { because: BECAUSE, span: Some(span) } })
    }

    fn push_inherited(&mut self, kind: InstructionKind, span: Span) {
        self.instructions.push(Instruction {
            kind,
            origin: Origin::Added { because: BECAUSE, span: Some(span) },
            label: None,
            no_cache: false,
            spans: Spans::default(),
        });
    }
}

/// The span in `inherit`.
fn asked(manifest: &Manifest, what: Inherit) -> Option<Span> {
    let inherited = manifest.from.as_ref()?.value.inherited();
    inherited.iter().find(|it| it.value == what).map(|it| it.span)
}

/// The command of a container of the image, as a shell command.
fn command_line(config: &ImageConfig) -> Option<String> {
    let words: Vec<_> = config.command().map(quote).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
