//! USER: the user of the next steps, who is created.

use super::builder::Builder;
use super::command::Sink;
use super::root::{as_root, is_literal, printed};
use crate::local::build::BuildError;
use crate::local::store::Context;
use crate::scalar::shell::quote;

/// What USER did.
pub(super) struct Switched {
    pub(super) context: Context,
    /// Whether files were changed.
    pub(super) is_changed: bool,
}

/// USER: a user that does not exist is created; with `true` as second argument, it may use `sudo`
/// without a password.
pub(super) fn make_user(
    builder: &mut Builder<'_>,
    user: &str,
    sudo: Option<&str>,
    sink: Sink<'_>,
) -> Result<Switched, BuildError> {
    let is_sudoer = sudo == Some("true");
    let answer = as_root(builder, &create_user(user, is_sudoer), true, sink)?;
    let is_changed = is_sudoer || answer.has("changed");
    let what = if answer.has("created") {
        "failed to add user to sudo group"
    } else {
        "failed to create user"
    };
    answer.lines(builder, what, sink)?;
    let user = if is_literal(user) {
        user.to_owned()
    } else {
        let ask = format!("echo \"=$(printf %s \"{user}\")\"");
        let answer = as_root(builder, &ask, false, sink)?;
        let lines = answer.lines(builder, "failed to save user", sink)?;
        printed(&lines).unwrap_or_else(|| user.to_owned())
    };
    let context = Context { user, ..builder.layer.context.clone() };
    Ok(Switched { context, is_changed })
}

/// The script for a user: it prints `changed` if it makes one, and `created` once there is one.
pub(super) fn create_user(user: &str, is_sudoer: bool) -> String {
    let create = format!(
        "set -e\n\
         if ! id -u {user} >/dev/null 2>&1; then\n\
         useradd --create-home --shell /bin/bash {user}\n\
         echo changed\n\
         fi\n\
         echo created\n"
    );
    if !is_sudoer {
        return create;
    }
    let rule = quote(&format!("{user} ALL=(ALL:ALL) NOPASSWD: ALL"));
    format!(
        "{create}usermod -aG sudo {user}\npasswd -d {user}\n\
         grep -qxF {rule} /etc/sudoers || echo {rule} >>/etc/sudoers\n"
    )
}
