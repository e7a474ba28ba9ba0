//! What an error leaves on the platform, and what the user can do about it.

use super::error::{FaultKind, Operation, RemoteState, SubmitError};

impl SubmitError {
    /// The state on the platform, and what the user can do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let parts: Vec<_> = self.standing().into_iter().chain(self.advice()).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    fn standing(&self) -> Option<String> {
        Some(match &self.remote_state {
            RemoteState::AsSaid => return None,
            RemoteState::Nothing => "nothing was built".to_owned(),
            RemoteState::Orphan => {
                "nothing was built; if the platform registered the build anyway, it fails by itself"
                    .to_owned()
            }
            RemoteState::Registered(build) => format!(
                "build {} of template {} is registered but not started, and fails by itself",
                build.build_id, build.template_id
            ),
            RemoteState::PerhapsStarted(build) => format!(
                "build {} of template {} may have been started",
                build.build_id, build.template_id
            ),
            RemoteState::Deleted => "the old template is deleted, and nothing was built".to_owned(),
            RemoteState::PerhapsDeleted => {
                "nothing was built, but the old template may be deleted".to_owned()
            }
            RemoteState::PerhapsTaken => "the platform may have accepted the build".to_owned(),
            RemoteState::Building => "the build goes on without being followed".to_owned(),
        })
    }

    fn advice(&self) -> Option<String> {
        let words = match self.kind {
            // Following a build may fail without any effect on the build.
            _ if matches!(self.remote_state, RemoteState::Building) => {
                "look at it before `sbx apply` starts another, which would cancel it"
            }
            _ if matches!(self.remote_state, RemoteState::PerhapsTaken) => {
                "create a sandbox of it after a while; if there is none, run `sbx apply` again"
            }
            _ if matches!(self.remote_state, RemoteState::PerhapsStarted(_)) => {
                "look at it before `sbx apply` starts another, which would cancel it"
            }
            _ if self.exceeds_budget => "run `sbx apply` again after that time",
            FaultKind::Unreachable(_) | FaultKind::Broken(_) if self.has_proxy() => {
                "check the network and the proxy, which `http_proxy`, `https_proxy` or `all_proxy` \
                 names, then run `sbx apply` again; `no_proxy` lists hosts that need none"
            }
            FaultKind::Unreachable(_) | FaultKind::Broken(_) => {
                "check the network, and `--api-url` or `--domain` if one is set, then run \
                 `sbx apply` again"
            }
            FaultKind::Timeout => {
                "run `sbx apply` again; `--request-timeout` gives a request more time"
            }
            FaultKind::BadAnswer(_) => {
                "check that `--api-url` or `--domain` names the platform's API, and that no proxy \
                 answers for it"
            }
            FaultKind::Taken { .. } => {
                "`sbx apply --replace` deletes that template, whether it was built or failed, \
                 and builds this one; another `name` leaves it as it is"
            }
            FaultKind::Lost { .. } => {
                "create a sandbox of it after a while; if there is none, build it again with \
                 `--replace`"
            }
            FaultKind::Link { status: 413, .. } => {
                "the archive is too large: leave out with `ignore` what the template does not need"
            }
            FaultKind::Link { .. } => "each attempt used a new link: run `sbx apply` again later",
            FaultKind::Redirected { .. } => {
                "if you trust that address, give its URL with `--api-url`"
            }
            FaultKind::Refused { status, ref message, .. } => {
                advice_on(self.operation(), status, message)?
            }
            FaultKind::Files(..) | FaultKind::Local(_) => return None,
        };
        let words = self.with_key(words);
        // A command that manages templates or uses a sandbox builds none.
        Some(match self.operation() {
            Operation::Templates | Operation::Sandbox => {
                words.replace("run `sbx apply` again", "try again")
            }
            _ => words,
        })
    }

    /// Names the variable of the API key in an advice about it.
    fn with_key(&self, advice: &str) -> String {
        match self.key_variable() {
            Some(variable) => advice.replace("API key", &format!("API key in `{variable}`")),
            None => advice.to_owned(),
        }
    }
}

/// How the refusal of another team's namespace begins.
const NAMESPACE: &str = "namespace ";

/// What the user can do about a status of the platform, whose words say which of its reasons it is.
fn advice_on(operation: Operation, status: u16, message: &str) -> Option<&'static str> {
    match operation {
        Operation::Registration => on_registration(status, message),
        Operation::Build if status == 404 => {
            Some("the template was deleted in the meantime: run `sbx apply` again")
        }
        Operation::Templates if status == 400 && message.starts_with(NAMESPACE) => {
            Some("write your own team's namespace, or none")
        }
        Operation::Templates if matches!(status, 400 | 422) => Some("correct the arguments"),
        Operation::Build
        | Operation::Templates
        | Operation::Package
        | Operation::Sandbox
        | Operation::Other => None,
    }
    .or_else(|| on_any_call(status))
}

/// The refusals that only a registration meets, by the words of E2B's server (`RegisterBuild` in
/// `api/internal/template/register_build.go`).
fn on_registration(status: u16, message: &str) -> Option<&'static str> {
    Some(match status {
        400 if message.starts_with(NAMESPACE) => {
            "write your team's namespace in `name`, or none, then run `sbx apply` again"
        }
        403 if message.starts_with("Alias ") => {
            "a template of your team got this name in the meantime: run `sbx apply` again to build \
             that template, or choose another `name`"
        }
        404 if message.contains("has been deleted") => {
            "run `sbx apply` again in a minute, when the name no longer leads to the deleted \
             template, or choose another `name`"
        }
        409 if message.starts_with("Alias ") => {
            "the name equals the ID of a template: choose another `name`"
        }
        429 => {
            "wait for other builds to end, or ask for a higher limit: builds registered in the \
             last 24 hours count until they end, started or not"
        }
        _ => return None,
    })
}

const fn on_any_call(status: u16) -> Option<&'static str> {
    Some(match status {
        400 | 422 => "change what the platform objects to, then run `sbx apply` again",
        401 => "check the API key",
        402 => "the account's balance or plan does not allow this",
        403 => "the API key does not have this permission",
        404 => "check that `--api-url` or `--domain` names the platform's API",
        409 => "something else is being done with the template: run `sbx apply` again later",
        413 => {
            "the request is too large for the platform: move long texts into files and \
                `copy` them"
        }
        464 => "the platform supports only HTTP/2, and a proxy in between does not",
        429 => "a limit of the platform is reached: run `sbx apply` again later",
        500.. => "the problem is on the side of the platform: run `sbx apply` again later",
        _ => return None,
    })
}
