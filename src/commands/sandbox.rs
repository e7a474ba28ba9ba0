//! A sandbox for the time of a command: it is ended with the command, however that ends.

use std::path::Path;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};

use super::remote::failure;
use super::report::note_retry;
use super::resume::{retry_policy, scaled};
use super::signals::Signals;
use super::target::Target;
use super::{Exit, Failure, write};
use crate::host::Host;
use crate::platform::Platform;
use crate::printer::Printer;
use crate::registry::is_local;
use crate::sandbox::{Gateway, LIFETIME, RENEWAL, Sandbox, Sandboxes};
use crate::settings::{EndpointChoice, LocalChoice};
use crate::submit::{Event, FaultKind, SubmitError};
use crate::wire::local::split_step;

/// How long a sandbox lives that is kept.
const KEPT: Duration = Duration::from_hours(1);

/// How long a command waits at its end for the platform to end a sandbox.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long an interrupted command waits for the ID of a sandbox that is being created.
const UNDER_WAY: Duration = Duration::from_secs(5);

/// The platform of a sandbox.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) platform: Platform,
    pub(super) endpoint: &'a EndpointChoice,
    pub(super) local: &'a LocalChoice,
    /// Whether the sandbox is left running.
    pub(super) keep: bool,
    /// The file that gets its ID then.
    pub(super) id_file: Option<&'a Path>,
    /// The command, if a person decides when it ends.
    pub(super) interactive: Option<&'static str>,
}

/// Creates a sandbox of a template for `work`, and ends it after that. An embedded platform ends with
/// it.
pub(super) async fn in_sandbox<T>(
    place: Place<'_>,
    template: &str,
    host: &dyn Host,
    printer: &Printer,
    work: impl AsyncFnOnce(&Sandbox) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let Place { platform, endpoint, local, keep, id_file, interactive } = place;
    let mut target = Target::open(endpoint, local, platform, host, printer).await?;
    if let Some(command) = interactive {
        target.introduce(command);
    }
    if keep && target.is_embedded() {
        let message = "`--keep` needs a local platform that goes on running";
        return Err(Failure::new(Exit::Usage, message)
            .help("run `sbx serve` in another terminal: its sandboxes outlive this command"));
    }
    let outcome = match Connection::on(platform, &target, host, printer) {
        Ok(connection) => Connection { keep, id_file, ..connection }.within(template, work).await,
        Err(failure) => Err(failure),
    };
    target.close(printer).await;
    outcome
}

/// A connection to a platform's sandboxes.
pub(super) struct Connection<'a> {
    sandboxes: Sandboxes,
    printer: &'a Printer,
    /// Whether the platform is the local one.
    is_local: bool,
    keep: bool,
    id_file: Option<&'a Path>,
    /// How often the lifetime of a sandbox is renewed.
    renewal: Duration,
}

impl<'a> Connection<'a> {
    /// A connection to a platform that is open, and stays so for longer.
    pub(super) fn on(
        platform: Platform,
        target: &Target,
        host: &dyn Host,
        printer: &'a Printer,
    ) -> Result<Self, Failure> {
        let gateway = gateway(platform, target, host)?;
        let policy = retry_policy(None, host);
        let sandboxes = Sandboxes::new(platform, &target.endpoint, gateway, policy)
            .map_err(|error| failure(&error))?;
        let (is_local, renewal) = (platform.is_local(), scaled(RENEWAL, host));
        Ok(Self { sandboxes, printer, is_local, keep: false, id_file: None, renewal })
    }

    fn observe(&self, event: &Event) {
        note_retry(self.printer, event);
    }

    /// Creates a sandbox of a template, and ends it after `work`, also if that fails or a signal
    /// ends the command. A second signal does not wait for the end of the sandbox.
    pub(super) async fn within<T>(
        &self,
        template: &str,
        work: impl AsyncFnOnce(&Sandbox) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut signals = Signals::listen();
        let created = Mutex::default();
        let outcome = match self.created(template, &created, &mut signals).await {
            Ok(sandbox) => tokio::select! {
                biased;
                () = signals.received() => Err(interrupted()),
                outcome = self.renewed(&sandbox, work) => outcome,
            },
            Err(failure) => Err(failure),
        };
        let created = created.into_inner().unwrap_or_else(PoisonError::into_inner);
        let kept = match &created {
            Some(id) if self.keep && outcome.is_ok() => self.keep(id).await.map(|()| true),
            _ => Ok(false),
        };
        if !matches!(kept, Ok(true)) {
            tokio::select! {
                biased;
                () = signals.received() => self.abandon(created.as_deref(), "interrupted again"),
                () = self.end(created.as_deref()) => {}
            }
        }
        outcome.and_then(|done| kept.map(|_| done))
    }

    /// Creates a sandbox. After a signal it waits for a moment nevertheless: a sandbox can be ended
    /// once its ID is known.
    async fn created(
        &self,
        template: &str,
        created: &Mutex<Option<String>>,
        signals: &mut Signals,
    ) -> Result<Sandbox, Failure> {
        let mut creation = pin!(self.create(template, created));
        tokio::select! {
            biased;
            () = signals.received() => {
                let _ = timeout(UNDER_WAY, creation).await;
                Err(interrupted())
            }
            sandbox = &mut creation => sandbox,
        }
    }

    /// Creates a sandbox, whose ID goes to `created`: the caller [ends](Self::end) it, also if it drops this.
    pub(super) async fn create(
        &self,
        template: &str,
        created: &Mutex<Option<String>>,
    ) -> Result<Sandbox, Failure> {
        let observer = |event: Event| self.observe(&event);
        let sandbox = self.sandboxes.create(template, &observer).await;
        let sandbox = sandbox.map_err(|error| self.not_created(&error, template))?;
        *created.lock().unwrap_or_else(PoisonError::into_inner) = Some(sandbox.id.clone());
        self.printer.detail(&format!("created the sandbox {}", sandbox.id));
        Ok(sandbox)
    }

    /// Lets a sandbox live while the work is under way.
    pub(super) async fn renewed<T>(
        &self,
        sandbox: &Sandbox,
        work: impl AsyncFnOnce(&Sandbox) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        tokio::select! {
            outcome = work(sandbox) => outcome,
            error = self.renew(&sandbox.id) => Err(failure(&error)),
        }
    }

    /// Renews the lifetime of a sandbox for as long as that works.
    async fn renew(&self, id: &str) -> SubmitError {
        let observer = |event: Event| self.observe(&event);
        let mut ticks = interval(self.renewal);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first one is over at once.
        ticks.tick().await;
        loop {
            ticks.tick().await;
            if let Err(error) = self.sandboxes.extend(id, LIFETIME, &observer).await {
                return error;
            }
        }
    }

    /// Ends the sandbox, or whatever a call without an answer may have created.
    pub(super) async fn end(&self, created: Option<&str>) {
        let observer = |event: Event| self.observe(&event);
        let ended = async {
            match created {
                Some(id) => self.sandboxes.kill(id, &observer).await,
                None => self.sandboxes.sweep(&observer).await,
            }
        };
        match timeout(PATIENCE, ended).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.abandon(created, &error.to_string()),
            Err(_) => self.abandon(created, "the platform does not answer in time"),
        }
    }

    /// Says that a sandbox goes on for a while. Where none is known, the failure of the command says
    /// what is wrong.
    fn abandon(&self, created: Option<&str>, reason: &str) {
        if let Some(id) = created {
            let minutes = LIFETIME.as_secs() / 60;
            self.printer.note(&format!(
                "warning: the sandbox {id} ends by itself within {minutes} minutes: {reason}"
            ));
        }
    }

    fn not_created(&self, error: &SubmitError, template: &str) -> Failure {
        // Of all that the local platform does not serve, a sandbox of `sbx` asks for the engine alone.
        if let FaultKind::Refused { status: 501, message, .. } = &error.kind
            && self.is_local
        {
            return without_engine(message);
        }
        let failure = failure(error);
        match failure.help {
            None if error.has_status(404) && split_step(template).is_none() => failure.help(
                "`sbx apply` makes a template from its manifest, and `sbx list` shows those that \
                 exist",
            ),
            // The platform's words say what is wrong with its build.
            _ if error.has_status(409) => failure.help("`sbx apply` builds the template again"),
            _ => failure,
        }
    }

    async fn keep(&self, id: &str) -> Result<(), Failure> {
        let observer = |event: Event| self.observe(&event);
        let extended = self.sandboxes.extend(id, KEPT, &observer).await;
        extended.map_err(|error| failure(&error))?;
        if let Some(file) = self.id_file {
            std::fs::write(file, format!("{id}\n"))
                .map_err(|error| write::failure(file, &error))?;
        }
        let until = jiff::Zoned::now()
            .checked_add(jiff::SignedDuration::try_from(KEPT).unwrap_or_default())
            .map(|until| format!(" until {}", until.strftime("%H:%M")))
            .unwrap_or_default();
        self.printer.note(&format!("the sandbox {id} runs{until}, for 1 h"));
        Ok(())
    }
}

fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, "interrupted")
}

/// The failure of a platform that has no container engine to start a sandbox with.
fn without_engine(message: &str) -> Failure {
    Failure::new(Exit::Platform, format!("cannot create a sandbox: {message}")).help(
        "install or start Docker or Podman, which `sbx doctor` looks for, then run `sbx apply`, \
         which builds the template with it",
    )
}

/// How the platform's sandboxes are reached.
fn gateway(platform: Platform, target: &Target, host: &dyn Host) -> Result<Gateway, Failure> {
    let api_url = &target.endpoint.api_url;
    let variable = platform.facts().access.and_then(|access| access.sandbox_url_variable);
    if let Some(variable) = variable
        && let Some(text) = host.variable(variable)
    {
        let url = text.parse::<url::Url>().ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        return url.map(Gateway::Server).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("`{variable}` is not a URL"))
                .help("write a complete URL, such as `http://127.0.0.1:3000`")
        });
    }
    if platform.is_local() || is_local(api_url) {
        return Ok(Gateway::Server(api_url.clone()));
    }
    let host = api_url.host_str().unwrap_or_default();
    Ok(Gateway::Domain(host.strip_prefix("api.").unwrap_or(host).to_owned()))
}
