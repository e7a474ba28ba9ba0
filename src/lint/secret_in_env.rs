//! `secret-in-env`, `secret-in-command`, `plaintext-secret`: a secret is written into the template.

use super::LintContext;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    for found in &ctx.secrets {
        let label = if found.is_in_test {
            "everyone who can read the manifest can read this secret"
        } else {
            "stored in the template, where every sandbox can read it"
        };
        let help = match found.code {
            _ if found.is_in_test => {
                "refer to it in the test's `env`, as in `NAME = { env = \"NAME\" }`, and change \
                 the secret"
            }
            Code::SecretInEnv => {
                "remove the variable, and pass it to each sandbox when you create it (`envs`)"
            }
            Code::PlaintextSecret => {
                "leave it out, and write the file in a sandbox that gets the secret when you \
                 create it (`envs`)"
            }
            _ => {
                "download it before the build and `copy` it, or run the command in a sandbox that \
                 gets the secret when you create it (`envs`)"
            }
        };
        diagnostics.push(
            Diagnostic::new(found.code, found.secret.span, found.message.clone())
                .label(label)
                .help(help),
        );
    }
}
