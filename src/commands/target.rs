//! The platform of a command: on the network, or the local one in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use secrecy::SecretString;
use tokio::task::JoinHandle;
use url::Url;

use super::serve::{data_directory, local_failure};
use super::{Exit, Failure};
use crate::host::Host;
use crate::local::{self, Config, Handle};
use crate::platform::{LOCAL_KEY, Platform};
use crate::printer::Printer;
use crate::settings::{EndpointChoice, api_key, key_source};
use crate::submit::{Contact, Endpoint, is_unencrypted};

/// The variable with the URL of a running local platform.
const LOCAL_URL: &str = "SBX_LOCAL_URL";

/// A platform to send requests to.
pub(super) struct Target {
    /// Its API.
    pub(super) endpoint: Endpoint,
    embedded: Option<(Handle, JoinHandle<std::io::Result<()>>)>,
}

impl Target {
    /// Resolves the platform's address and key; starts the local platform if none is running.
    pub(super) async fn open(
        choice: &EndpointChoice,
        data: Option<&PathBuf>,
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
            if let Some(url) = running {
                // `sbx serve` may require a key.
                let key = host.variable(LOCAL_KEY).map(SecretString::from);
                return Ok(Self { endpoint: endpoint(url, key, LOCAL_KEY), embedded: None });
            }
            let (url, handle, task) = embed(data).await?;
            return Ok(Self {
                endpoint: endpoint(url, None, LOCAL_KEY),
                embedded: Some((handle, task)),
            });
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

    /// Whether the platform and its builds end with this process.
    pub(super) const fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// The API's URL for records and output. `None` for an embedded platform, whose port changes.
    pub(super) fn address(&self) -> Option<String> {
        (!self.is_embedded()).then(|| shown(&self.endpoint.api_url))
    }

    /// Waits until the embedded platform has finished its builds, which would end with the process.
    pub(super) async fn idle(&self) {
        if let Some((handle, _)) = &self.embedded {
            handle.idle().await;
        }
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
        if let Some((_, task)) = &self.embedded {
            task.abort();
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

async fn embed(
    data: Option<&PathBuf>,
) -> Result<(Url, Handle, JoinHandle<std::io::Result<()>>), Failure> {
    let data = data_directory(data)?;
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = local::bind(Config::new(listen, data)).await.map_err(|error| {
        local_failure(&error).help(format!(
            "if `sbx serve` is running, set `{LOCAL_URL}` to its URL, or select another directory \
             with `--data`"
        ))
    })?;
    let url = local_url(&format!("http://{}", server.address()))?;
    let handle = server.handle();
    let task = tokio::spawn(server.run(std::future::pending()));
    Ok((url, handle, task))
}
