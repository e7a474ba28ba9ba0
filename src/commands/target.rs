//! The platform of a command: on the network, or the local one in this process.

mod local;

use std::path::Path;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::serve::runtime;
use super::signals::{Signals, asked_to_end};
use super::{Exit, Failure, engine};
use crate::host::Host;
use crate::local::Advertisement;
use crate::platform::{Imitated, LOCAL_KEY, Platform};
use crate::printer::Printer;
use crate::settings::{EndpointChoice, LocalChoice, api_key, key_source};
use crate::submit::{Contact, Endpoint, is_unencrypted};
use local::{Embedded, Local};

/// The variable with the URL of a running local platform.
pub(super) const LOCAL_URL: &str = "SBX_LOCAL_URL";

/// How long the container engine may take before it is said that it is waited for.
const QUIET: Duration = Duration::from_secs(2);

/// A platform to send requests to.
pub(super) struct Target {
    /// Its API.
    pub(super) endpoint: Endpoint,
    embedded: Option<Embedded>,
}

impl Target {
    /// Resolves the platform's address and key. The local platform is the `sbx serve` that uses the
    /// data directory, or else one that starts in this process.
    pub(super) async fn open(
        choice: &EndpointChoice,
        local: &LocalChoice,
        platform: Platform,
        host: &dyn Host,
        printer: &Printer,
    ) -> Result<Self, Failure> {
        let endpoint = |api_url, api_key, key_variable: &str| {
            warn_unencrypted(&api_url, printer);
            Endpoint {
                api_url,
                api_key,
                key_variable: Some(key_variable.to_owned()),
                request_timeout: choice.request_timeout,
                redaction: printer.redaction().clone(),
                contact: Contact::default(),
            }
        };
        let Some(access) = platform.facts().access else {
            let running = match &choice.api_url {
                Some(url) => Some(url.clone()),
                None => host.variable(LOCAL_URL).map(|url| local_url(&url)).transpose()?,
            };
            // `sbx serve` may require a key.
            let key = || host.variable(LOCAL_KEY).map(SecretString::from);
            if let Some(url) = running {
                note_other_settings(local, platform, &url, printer);
                return Ok(Self { endpoint: endpoint(url, key(), LOCAL_KEY), embedded: None });
            }
            return Ok(
                match local::open(local, platform.imitated(), choice, host, printer).await? {
                    Local::Running(url) => {
                        note_other_settings(local, platform, &url, printer);
                        Self { endpoint: endpoint(url, key(), LOCAL_KEY), embedded: None }
                    }
                    Local::Embedded(url, embedded) => {
                        let key = Some(embedded.api_key.clone());
                        Self { endpoint: endpoint(url, key, LOCAL_KEY), embedded: Some(embedded) }
                    }
                },
            );
        };
        let url = choice
            .api_url(&access, host)
            .map_err(|error| Failure { exit: Exit::Platform, ..Failure::from(error) })?;
        let Some(key) = api_key(&access, host)? else {
            let message =
                format!("`{platform}` needs an API key, and `{}` is not set", access.key_variable);
            return Err(Failure::new(Exit::Platform, message).help(format!(
                "create a key at {} and set that variable, or set `{}` to the key's file; \
                 `--platform local` needs no key",
                access.key_page,
                access.key_file_variable()
            )));
        };
        let variable = key_source(&access, host);
        Ok(Self { endpoint: endpoint(url, Some(key), &variable), embedded: None })
    }

    /// The same for a command that builds, which needs the container engine that was asked for.
    pub(super) async fn open_to_build(
        choice: &EndpointChoice,
        local: &LocalChoice,
        platform: Platform,
        host: &dyn Host,
        printer: &Printer,
    ) -> Result<Self, Failure> {
        let target = Self::open(choice, local, platform, host, printer).await?;
        if let Some(embedded) = &target.embedded {
            let platform = embedded.handle.clone();
            let mut search = tokio::task::spawn_blocking(move || platform.require_engine());
            let found = tokio::select! {
                found = &mut search => found,
                () = tokio::time::sleep(QUIET) => {
                    printer.note("waiting for the container engine to answer");
                    search.await
                }
            };
            let found = found.map_err(|error| Failure::new(Exit::Platform, error.to_string()))?;
            found.map_err(|error| engine::failure(&error))?;
        }
        Ok(target)
    }

    /// Whether the platform and its builds end with this process.
    pub(super) const fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Says to other commands that the data directory of an embedded platform is in use until a
    /// person ends this one, so that they do not wait.
    pub(super) fn introduce(&self, command: &str) {
        if let Some(embedded) = &self.embedded {
            let process = std::process::id();
            embedded.handle.introduce(&format!("`{command}` (process {process})"));
        }
    }

    /// The API's URL for records and output. `None` for an embedded platform, whose port changes.
    pub(super) fn address(&self) -> Option<String> {
        (!self.is_embedded()).then(|| shown(&self.endpoint.api_url))
    }

    /// Ends the embedded platform, which fails the builds that still run and removes their
    /// containers. A second signal does not wait for that: the next start collects what is left.
    pub(super) async fn close(&mut self, printer: &Printer) {
        let Some(embedded) = &mut self.embedded else { return };
        drop(embedded.stop.take());
        let mut again = std::pin::pin!(asked_to_end());
        tokio::select! {
            biased;
            _ = &mut embedded.task => return,
            () = &mut again => return,
            () = tokio::time::sleep(QUIET) => {
                printer.note(
                    "waiting for the container engine to remove what the build has left; another \
                     signal, such as Ctrl-C, leaves that to the next start",
                );
            }
        }
        tokio::select! {
            _ = &mut embedded.task => {}
            () = again => {}
        }
    }

    /// Waits until the embedded platform has finished its builds, which would end with the process;
    /// whether they have, or a signal came first.
    pub(super) async fn idle(&self, signals: &mut Signals) -> bool {
        let Some(embedded) = &self.embedded else { return true };
        tokio::select! {
            biased;
            () = signals.received() => false,
            () = embedded.handle.idle() => true,
        }
    }
}

/// The server that uses a data directory, if one is running.
pub(super) fn running_server(data: &Path) -> Result<Option<Url>, Failure> {
    if Advertisement::read(data).is_none() {
        return Ok(None);
    }
    Ok(runtime()?.block_on(local::running(data, &EndpointChoice::default())))
}

/// Says that the engine and the rules of the command line are not those of a running `sbx serve`.
fn note_other_settings(local: &LocalChoice, platform: Platform, url: &Url, printer: &Printer) {
    let url = shown(url);
    if local.engine_is_argument {
        printer.note(&format!(
            "`--engine` has no effect: the local platform at {url} runs builds with its own engine"
        ));
    }
    if platform.imitated() != Imitated::default() {
        printer.note(&format!(
            "`--as` decides how the manifest is compiled: the local platform at {url} builds by its \
             own rules, which `--as` of `sbx serve` selects"
        ));
    }
}

/// Warns that the requests to a platform can be read on the way.
fn warn_unencrypted(url: &Url, printer: &Printer) {
    if is_unencrypted(url) {
        let url = shown(url);
        printer.note(&format!(
            "warning: requests to `{url}` are not encrypted: the API key can be read on the way; \
             use an `https://` URL"
        ));
    }
}

/// A URL without credentials, query and fragment.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    let _ = shown.set_password(None);
    let _ = shown.set_username("");
    shown.set_query(None);
    shown.set_fragment(None);
    shown.to_string()
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(embedded) = &self.embedded {
            embedded.task.abort();
        }
    }
}

fn local_url(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(|| {
        Failure::new(Exit::Usage, format!("`{text}` from `{LOCAL_URL}` is not a URL"))
            .help("write a complete URL, such as `http://127.0.0.1:3000`")
    })
}
