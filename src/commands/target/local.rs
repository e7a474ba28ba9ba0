//! The local platform of a data directory: the `sbx serve` that uses it, or one in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use url::Url;
use uuid::Uuid;

use crate::commands::resume::scaled;
use crate::commands::serve::{data_directory, local_failure};
use crate::commands::{Exit, Failure, imitation};
use crate::host::Host;
use crate::local::{Advertisement, Config, Handle, LocalError, bind};
use crate::platform::Imitated;
use crate::printer::Printer;
use crate::secrets::Redaction;
use crate::settings::{EndpointChoice, LocalChoice};
use crate::submit::{Contact, Endpoint, identity};

/// How long to wait for another command whose embedded platform uses the directory. It ends with
/// its build, and a build of the local platform takes as long as its upload.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long to wait before that is said.
const QUIET: Duration = Duration::from_secs(2);

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a server on this machine may take to prove its identity.
const PROOF_TIME: Duration = Duration::from_secs(5);

/// A local platform.
pub(super) enum Local {
    /// The server that uses the data directory.
    Running(Url),
    /// One in this process.
    Embedded(Url, Embedded),
}

/// A local platform in this process.
pub(super) struct Embedded {
    /// The key that it asks for, so that no other user of the machine runs commands through it.
    pub(super) api_key: SecretString,
    pub(super) handle: Handle,
    /// Ends it when it is sent or dropped.
    pub(super) stop: Option<oneshot::Sender<()>>,
    pub(super) task: JoinHandle<std::io::Result<()>>,
}

/// Connects to the server that uses the data directory, or starts one in this process. Waits for
/// another process that does the same.
pub(super) async fn open(
    local: &LocalChoice,
    imitated: Imitated,
    choice: &EndpointChoice,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Local, Failure> {
    let data = data_directory(local.data.as_ref())?;
    let engine = local.selection(host)?;
    let deadline = Instant::now() + scaled(PATIENCE, host);
    let mut silent_until = Some(Instant::now() + scaled(QUIET, host));
    let api_key = random_key(host);
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut config = Config::new(listen, &data);
    config.api_key = Some(api_key.expose_secret().to_owned());
    config.engine = engine;
    config.rules = imitation::rules(imitated);
    config.ready_within = scaled(config.ready_within, host);
    config.held_within = scaled(config.held_within, host);
    loop {
        let held = match bind(config.clone()).await {
            Ok(server) => {
                let url = url_of(server.address())?;
                let handle = server.handle();
                let (stop, stopped) = oneshot::channel();
                let task = tokio::spawn(server.run(async {
                    let _ = stopped.await;
                }));
                let stop = Some(stop);
                return Ok(Local::Embedded(url, Embedded { api_key, handle, stop, task }));
            }
            Err(error @ LocalError::Held { by: Some(_), .. }) => return Err(until_ended(&error)),
            Err(error @ LocalError::Held { .. }) => error,
            Err(error) => return Err(local_failure(&error)),
        };
        if let Some(url) = running(&data, choice).await {
            return Ok(Local::Running(url));
        }
        let now = Instant::now();
        if now >= deadline {
            return Err(local_failure(&held));
        }
        if silent_until.take_if(|until| now >= *until).is_some() {
            printer.note(
                "waiting for another sbx, which uses the local platform's data; `sbx serve` lets \
                 several commands use it at the same time",
            );
        }
        sleep(PAUSE).await;
    }
}

/// The failure of a command that cannot wait for the process that uses the directory.
fn until_ended(error: &LocalError) -> Failure {
    local_failure(error).help(
        "end it first; or run `sbx serve` in another terminal beforehand, whose platform all commands \
         use at the same time",
    )
}

/// A key that is known to this process alone.
fn random_key(host: &dyn Host) -> SecretString {
    let key = Uuid::new_v4().simple().to_string();
    host.register_secret(&key);
    SecretString::from(key)
}

/// The server that uses a directory, if it advertises itself there and proves its identity.
pub(super) async fn running(data: &Path, choice: &EndpointChoice) -> Option<Url> {
    let advertisement = Advertisement::read(data)?;
    let url = url_of(advertisement.address).ok()?;
    let endpoint = Endpoint {
        api_url: url.clone(),
        api_key: None,
        key_variable: None,
        request_timeout: choice.request_timeout.min(PROOF_TIME),
        redaction: Redaction::default(),
        contact: Contact::default(),
    };
    let challenge = Advertisement::challenge();
    let proof = identity(&endpoint, &challenge).await.ok()?;
    advertisement.is_proved_by(&challenge, &proof).then_some(url)
}

fn url_of(address: SocketAddr) -> Result<Url, Failure> {
    Url::parse(&format!("http://{address}"))
        .map_err(|error| Failure::new(Exit::Platform, error.to_string()))
}
