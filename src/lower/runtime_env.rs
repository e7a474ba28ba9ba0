//! The last step of a build, which makes `env` available in the sandbox.
//!
//! In the E2B family, the variables of an `ENV` step are visible to the steps, start and ready, but
//! not to processes in a running sandbox. Those read variables from two files: login shells from
//! `/etc/profile.d/*.sh`, after Debian's `/etc/profile` has reset `PATH`; other processes get
//! `/etc/environment` through PAM. The step appends to both files, so that a template keeps the
//! variables of its parent template.
//!
//! The two files differ in their syntax. A profile is a shell script: it can contain any value, and
//! a reference that is left to the platform is expanded at login. PAM reads `NAME=value` or
//! `NAME="value"` literally, up to a `#` or a line break: references are expanded when the step
//! runs, and a value with one of those two characters is only visible in login shells.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::scalar::shell::quote;
use crate::scalar::{Piece, Text};
use crate::template::{EnvScope, InstructionKind, Template};

/// The default user of a sandbox, from the builder's own first instruction.
const DEFAULT_USER: &str = "user";

/// The file for login shells, whose name sorts after those of packages.
const PROFILE: &str = "/etc/profile.d/zz-sbx-env.sh";

/// The command, which must run as root; `None` for a template without variables.
///
/// The script is encoded in base64, so that no shell interprets the values on the way.
pub(super) fn command(template: &Template) -> Option<String> {
    let variables = last_values(template);
    if variables.is_empty() {
        return None;
    }
    let script = script(template, &variables);
    Some(format!("s=$(echo {} | base64 -d) && sh -c \"$s\"", STANDARD.encode(script)))
}

/// Each variable of the sandbox with its last value.
fn last_values(template: &Template) -> Vec<(&str, &Text)> {
    let mut values: Vec<(&str, &Text)> = Vec::new();
    let mut places = HashMap::new();
    for instruction in &template.instructions {
        let InstructionKind::Env { scope: EnvScope::Sandbox, variables } = &instruction.kind else {
            continue;
        };
        for (name, value) in variables {
            let place = *places.entry(name.as_str()).or_insert(values.len());
            match values.get_mut(place) {
                Some((_, known)) => *known = value,
                None => values.push((name, value)),
            }
        }
    }
    values
}

fn script(template: &Template, variables: &[(&str, &Text)]) -> String {
    let users = template.instructions.iter().rev().find_map(|it| match &it.kind {
        InstructionKind::User(user) => Some(user.name.as_str()),
        _ => None,
    });
    let user = quote(users.unwrap_or(DEFAULT_USER));
    // The template's name is not here: equal templates of different names share their layers.
    let mut profile = "# Variables of the template, written by sbx.\n".to_owned();
    let mut environment = String::new();
    for (variable, value) in variables {
        let word = word(value);
        profile.push_str(&format_line(&["export ", variable, "=", &word]));
        environment.push_str(&format_line(&["add ", variable, " ", &word]));
    }
    let profile_word = quote(&profile);
    format!(
        "set -eu\n\
         umask 022\n\
         USER={user}\n\
         HOME=$(getent passwd \"$USER\" | cut -d: -f6) || HOME=\n\
         [ -n \"$HOME\" ] || HOME=/root\n\
         mkdir -p /etc/profile.d\n\
         printf %s {profile_word} >> {PROFILE}\n\
         chmod 644 {PROFILE}\n\
         touch /etc/environment\n\
         [ -z \"$(tail -c 1 /etc/environment)\" ] || echo >> /etc/environment\n\
         break='\n'\n\
         add() {{\n\
         \x20 case $2 in\n\
         \x20   *'#'*|*\"$break\"*) return 0 ;;\n\
         \x20   *[!A-Za-z0-9_@%+=:,./-]*) printf '%s=\"%s\"\\n' \"$1\" \"$2\" ;;\n\
         \x20   *) printf '%s=%s\\n' \"$1\" \"$2\" ;;\n\
         \x20 esac >> /etc/environment\n\
         }}\n\
         {environment}"
    )
}

fn format_line(parts: &[&str]) -> String {
    let mut line = parts.concat();
    line.push('\n');
    line
}

/// A value as one shell word: text between single quotes, references between double quotes.
fn word(value: &Text) -> String {
    let pieces = value.pieces().iter().map(|piece| match piece {
        Piece::Literal(literal) => quote(literal),
        Piece::Reference { name, .. } => format!("\"${{{name}-}}\""),
    });
    let word: String = pieces.collect();
    if word.is_empty() { "''".to_owned() } else { word }
}
