//! Dev containers: templates that start from the platform's own `devcontainer` template.

use crate::scalar::shell::quote;
use crate::source::Spanned;
use crate::template::{Command, Origin};

/// The file that exists when the dev container is up.
const UP: &str = "/devcontainer.up";

/// Prebuilds the dev container of a directory.
pub(super) fn build(directory: &str) -> String {
    format!("devcontainer build --workspace-folder {}", quote(directory))
}

/// Starts the dev container, and leaves a script that runs commands in it.
pub(super) fn start(directory: &Spanned<String>) -> Command {
    let word = quote(&directory.value);
    let text = format!(
        "sudo devcontainer up --workspace-folder {word} && sudo /prepare-exec.sh {word} | \
         sudo tee /devcontainer.sh > /dev/null && sudo chmod +x /devcontainer.sh && \
         sudo touch {UP}"
    );
    Command { text, origin: Origin::Written(directory.span) }
}

/// Ready when the start command has come to its end.
pub(super) fn ready(directory: &Spanned<String>) -> Command {
    let because = "a dev container is ready when it says so";
    let origin = Origin::Added { because, span: Some(directory.span) };
    Command { text: format!("[ -f {UP} ]"), origin }
}
