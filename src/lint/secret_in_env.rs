//! `secret-in-env`, `secret-in-command`: a secret is written into the template.

use super::LintContext;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for found in &ctx.secrets {
        let help = match found.code {
            Code::SecretInEnv => {
                "leave the variable out, and give it to each sandbox when it is created (`envs`)"
            }
            _ => {
                "fetch it before the build and `copy` it, or do it in a sandbox that is given the \
                 secret when it is created (`envs`)"
            }
        };
        diagnostics.push(
            Diagnostic::new(found.code, found.secret.span, found.message.clone())
                .label("the template keeps it, and every sandbox can read it")
                .help(help),
        );
    }
}
