//! `sbx serve`: runs the local platform, for sbx and any other client.

mod variables;

use std::fs::File;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use super::resume::scaled;
use super::signals::asked_to_end;
use super::{Exit, Failure, engine, imitation};
use crate::host::{Host, describe};
use crate::local::{self, Config};
use crate::printer::Printer;
use crate::settings::Serve;

pub(super) fn run(settings: &Serve, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    if settings.only_variables {
        return print_variables(settings, printer);
    }
    let api_key = match &settings.api_key_env {
        None => None,
        Some(name) => Some(host.variable(name).ok_or_else(|| {
            Failure::new(Exit::Usage, format!("the variable `{name}` is not set"))
                .help("it holds the key that clients must send")
        })?),
    };
    if api_key.is_none() && !settings.listen.ip().is_loopback() {
        let message = format!("`{}` can be reached from other machines", settings.listen);
        return Err(Failure::new(Exit::Usage, message)
            .help("require a key with `--api-key-env`, or listen on 127.0.0.1"));
    }
    let mut config = Config::new(settings.listen, data_directory(settings.local.data.as_ref())?);
    config.api_key = api_key;
    config.rules = imitation::rules(settings.imitated);
    config.engine = settings.local.selection(host)?;
    config.ready_within = scaled(config.ready_within, host);
    config.held_within = scaled(config.held_within, host);
    engine::require(&config.engine)?;
    runtime()?.block_on(async {
        let server = local::bind(config).await.map_err(|error| local_failure(&error))?;
        if let Err(error) = server.advertise() {
            // On a full disk, what is there can be read nevertheless.
            let why = describe(&error);
            printer.note(&format!("commands find it by SBX_LOCAL_URL alone: {why}"));
        }
        printer.note(&format!("the local platform listens on http://{}", server.address()));
        printer.note(&format!(
            "  SBX_LOCAL_URL=http://{} sbx apply --platform local",
            server.address()
        ));
        printer.note("for the SDKs of E2B and Novita:");
        for line in variables::lines(server.address(), settings.api_key_env.as_deref()) {
            printer.note(&format!("  {line}"));
        }
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let run = server.run(async {
            let _ = stopped.await;
        });
        let signals = async {
            asked_to_end().await;
            let _ = stop.send(());
            asked_to_end().await;
        };
        tokio::select! {
            outcome = run => outcome.map_err(|error| {
                Failure::new(Exit::Platform, format!("the local platform stopped: {error}"))
            }),
            // A second signal does not wait for the requests under way.
            () = signals => Ok(()),
        }
    })?;
    Ok(Exit::Done)
}

/// Prints the variables for a server that listens where the settings say.
fn print_variables(settings: &Serve, printer: &Printer) -> Result<Exit, Failure> {
    if settings.listen.port() == 0 {
        return Err(Failure::new(Exit::Usage, "`--env` needs the port that the server listens on")
            .help("give it with `--listen`"));
    }
    for line in variables::lines(settings.listen, settings.api_key_env.as_deref()) {
        printer.data_line(&line);
    }
    Ok(Exit::Done)
}

/// Where the local platform keeps its data unless another directory is named.
pub(super) fn data_directory(named: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    if let Some(named) = named {
        return Ok(named.clone());
    }
    let strategy = etcetera::choose_base_strategy().map_err(|_| {
        Failure::new(Exit::Platform, "there is no home directory for the local platform's data")
            .help("give a directory with `--data`")
    })?;
    let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Ok(state.join("sbx").join("local"))
}

pub(super) fn local_failure(error: &local::LocalError) -> Failure {
    Failure::new(Exit::Platform, format!("the local platform cannot start: {error}"))
}

/// How many files a command that uses the network opens at once, at least: its runtime, the
/// certificates of the system, a connection, the local platform's data.
const OPEN_FILES: usize = 24;

/// The runtime of a command that uses the network.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    // The runtime panics if it cannot open what it needs.
    let files: Result<Vec<_>, _> = (0..OPEN_FILES).map(|_| File::open("/dev/null")).collect();
    drop(files.map_err(|error| {
        Failure::new(Exit::Platform, format!("cannot open files: {}", describe(&error)))
            .help(format!("`ulimit -n 256` allows more; at least {OPEN_FILES} are needed"))
    })?);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Platform, format!("cannot start a thread: {error}")))
}
