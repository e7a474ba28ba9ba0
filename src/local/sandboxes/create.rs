//! Starting a sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::process::{ChildStdin, ChildStdout};
use uuid::Uuid;

use super::sandbox::{Origin, Parts, Sandbox, Wishes};
use super::{agent, before, start_command, watch_over};
use crate::engine::{Attached, ContainerSpec, Engine, Limits, Network, Variables};
use crate::local::TEAM;
use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::engine_use::EngineGuard;
use crate::local::envd::{Defaults, Envd};
use crate::local::sandboxes::link::Link;
use crate::local::store::{Build, Built, Template};
use crate::local::validate::parse_name;
use crate::local::version::Version;
use crate::wire::e2b::DEFAULT_TAG;
use crate::wire::local::split_step;
use crate::wire::sandboxes::{CreateSandbox, asks_for_something};

/// The most sandboxes at once.
const MOST: usize = 100;

/// The longest lifetime, in seconds.
pub(super) const LONGEST: u64 = 24 * 60 * 60;

/// The user of older builds, whatever their steps have set.
const USER: &str = "user";

/// What a sandbox is made from.
pub(super) struct Source {
    pub(super) origin: Origin,
    pub(super) built: Built,
    pub(super) version: Version,
    /// Variables beside those that the image has.
    pub(super) variables: BTreeMap<String, String>,
}

/// Starts a sandbox, and waits until its start command is ready.
pub(super) async fn create(
    app: &Arc<App>,
    request: CreateSandbox,
    default_lifetime: u64,
    is_secure: bool,
) -> Result<Arc<Sandbox>, ApiError> {
    check(&request)?;
    let lifetime = request.timeout.unwrap_or(default_lifetime);
    let wishes = Wishes {
        metadata: request.metadata,
        is_secure,
        pauses: request.auto_pause.unwrap_or_default(),
        resumes: request.auto_resume.unwrap_or_default().enabled,
        lifetime: lifetime_of(lifetime)?,
    };
    let variables = request.env_vars.into_iter().map(|(name, value)| (name, value.0)).collect();
    let has_network = request.allow_internet_access != Some(false);
    let place = Place::take(app)?;
    let reference = request.template_id;
    let source = blocking(app, move |app| match split_step(&reference) {
        Some((build, step)) => before::find(app, build, step),
        None => find(app, &reference),
    });
    let source = source.await?;
    let order = Order { source, wishes, variables, has_network, place };
    // It goes on if the client disconnects: then the sandbox ends at its timeout.
    let started = tokio::spawn(start(Arc::clone(app), order));
    started.await.map_err(ApiError::internal)?
}

/// The lifetime of a number of seconds.
pub(super) fn lifetime_of(seconds: u64) -> Result<Duration, ApiError> {
    if seconds > LONGEST {
        let hours = LONGEST / 3600;
        return Err(ApiError::bad_request(format!("Timeout cannot be greater than {hours} hours")));
    }
    Ok(Duration::from_secs(seconds))
}

/// Refuses what the local platform cannot give.
fn check(request: &CreateSandbox) -> Result<(), ApiError> {
    let wants = [
        ("network rules (`network`)", asks_for_something(request.network.as_ref())),
        ("MCP servers (`mcp`)", asks_for_something(request.mcp.as_ref())),
        ("volumes (`volumeMounts`)", !request.volume_mounts.is_empty()),
        ("secrets of the platform (`secrets`)", asks_for_something(request.secrets.as_ref())),
    ];
    match wants.iter().find(|(_, is_wanted)| *is_wanted) {
        Some((what, _)) => Err(unserved(what)),
        None => Ok(()),
    }
}

/// The error of what the local platform does not have.
pub(super) fn unserved(what: &str) -> ApiError {
    let message = format!("the local platform does not serve {what}");
    ApiError::new(StatusCode::NOT_IMPLEMENTED, message)
}

/// A place among the sandboxes, until it is dropped.
struct Place(Arc<App>);

impl Place {
    fn take(app: &Arc<App>) -> Result<Self, ApiError> {
        let mut state = app.sandboxes.lock();
        if state.is_closed {
            let message = "the local platform is ending";
            return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message));
        }
        if state.running.len() + state.starting >= MOST {
            let message = format!("you have reached the maximum number of {MOST} sandboxes");
            return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, message));
        }
        state.starting += 1;
        Ok(Self(Arc::clone(app)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.sandboxes.lock().starting -= 1;
    }
}

/// The ready build of a reference.
fn find(app: &App, reference: &str) -> Result<Source, ApiError> {
    let (identifier, tag) = parse_name(reference)
        .map_err(|why| ApiError::bad_request(format!("Invalid template reference: {why}")))?;
    let store = app.store();
    let template = store.find(&identifier).ok_or_else(|| identifier.not_found())?;
    let tag = tag.as_deref().unwrap_or(DEFAULT_TAG);
    let build = template.ready(tag).ok_or_else(|| {
        ApiError::not_found(format!("tag '{tag}' does not exist for template '{identifier}'"))
    })?;
    let result = build.built().cloned().ok_or_else(|| recorded(template, build))?;
    let origin = Origin::of(template, build);
    Ok(Source { origin, built: result, version: build.version, variables: BTreeMap::new() })
}

/// The error for a build that has no image.
pub(super) fn recorded(template: &Template, build: &Build) -> ApiError {
    let name =
        template.names().first().cloned().unwrap_or_else(|| format!("{TEAM}/{}", template.id));
    let why = build.recorded_because().map(|why| format!(" ({why})")).unwrap_or_default();
    let message = format!(
        "the steps of template '{name}' were only recorded{why}: build it again with a container \
         engine"
    );
    ApiError::new(StatusCode::NOT_IMPLEMENTED, message)
}

/// What is started.
struct Order {
    source: Source,
    wishes: Wishes,
    variables: BTreeMap<String, String>,
    has_network: bool,
    place: Place,
}

async fn start(app: Arc<App>, order: Order) -> Result<Arc<Sandbox>, ApiError> {
    let Order { source, wishes, variables, has_network, place } = order;
    let Source { origin, built, version, variables: of_steps } = source;
    // E2B's IDs have this form.
    let id = format!("i{}", &Uuid::new_v4().simple().to_string()[..20]);
    let network = if has_network { Network::Own } else { Network::Loopback };
    let limits = Limits { cpus: origin.cpu_count, memory_mb: origin.memory_mb };
    let (named, image) = (id.clone(), built.image.clone());
    let Started { mut container, guard, machine } =
        blocking(&app, move |app| start_container(app, &named, &image, network, limits)).await?;
    let (stdin, stdout) = (container.stdin.take(), container.stdout.take());
    let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
        return Err(ApiError::internal("the container has no streams"));
    };
    let link = Link::new(ChildStdin::from_std(stdin)?, ChildStdout::from_std(stdout)?);
    let link = Arc::new(link);
    // What the creator of the sandbox sets comes before what this machine has.
    let mut all = machine.values().clone();
    all.extend(of_steps);
    all.extend(variables);
    let defaults = defaults(&built, version, &id, &origin, all);
    let envd = Envd::new(Arc::clone(&link), defaults);
    let token = wishes.is_secure.then(|| format!("ea_{}", Uuid::new_v4().simple()));
    let domain = format!("localhost:{}", app.address.port());
    let parts = Parts { id, origin, wishes, domain, token, envd, link, container, guard };
    let sandbox = Arc::new(Sandbox::new(parts));
    let ready = match &built.start {
        Some(start) => start_command::run(&sandbox, start, app.config.ready_within).await,
        None => Ok(()),
    };
    if let Err(why) = ready.and_then(|()| enter(&app, &sandbox, place)) {
        super::remove(sandbox).await;
        return Err(why);
    }
    tokio::spawn(watch_over(app, Arc::clone(&sandbox)));
    Ok(sandbox)
}

/// A container with its agent.
struct Started {
    container: Attached,
    guard: EngineGuard,
    machine: Variables,
}

/// Starts the container of a sandbox.
fn start_container(
    app: &Arc<App>,
    id: &str,
    image: &str,
    network: Network,
    limits: Limits,
) -> Result<Started, ApiError> {
    let engine = engine(app)?;
    let guard = app.use_engine(engine)?;
    let name = format!("sbx-{}-{id}", app.store().engine_id()?);
    let failed = |error| ApiError::internal(format!("cannot start a sandbox: {error}"));
    let machine = engine.variables(&name, image).map_err(failed)?;
    let (limits, withheld) = (Some(limits), &machine);
    let spec = ContainerSpec { name: &name, image, network, tmp: None, limits, withheld };
    let container = agent::start(engine, &spec).map_err(failed)?;
    Ok(Started { container, guard, machine })
}

/// The engine, which must be there.
pub(super) fn engine(app: &App) -> Result<&Engine, ApiError> {
    app.engine().map_err(|reason| {
        let message = format!("sandboxes need a container engine: {reason}");
        ApiError::new(StatusCode::NOT_IMPLEMENTED, message)
    })
}

/// Puts a sandbox into the list, unless the server has been asked to end.
fn enter(app: &App, sandbox: &Arc<Sandbox>, place: Place) -> Result<(), ApiError> {
    {
        let mut state = app.sandboxes.lock();
        if state.is_closed {
            let message = "the local platform is ending";
            return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message));
        }
        // From here on its lifetime counts.
        state.running.insert(sandbox.id.clone(), Arc::clone(sandbox));
    }
    drop(place);
    Ok(())
}

/// What the processes of a sandbox are started with.
fn defaults(
    built: &Built,
    version: Version,
    id: &str,
    origin: &Origin,
    variables: BTreeMap<String, String>,
) -> Defaults {
    let (user, workdir) = match version {
        Version::Beta => (USER.to_owned(), None),
        Version::Pushed | Version::Latest => {
            (built.context.user.clone(), built.context.workdir.clone())
        }
    };
    let mut all = BTreeMap::from([
        ("E2B_SANDBOX".to_owned(), "true".to_owned()),
        ("E2B_SANDBOX_ID".to_owned(), id.to_owned()),
        ("E2B_TEMPLATE_ID".to_owned(), origin.template_id.clone()),
    ]);
    all.extend(variables);
    Defaults { user, workdir: workdir.unwrap_or_default(), variables: all }
}
