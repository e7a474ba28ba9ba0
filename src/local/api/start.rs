//! `POST /v2/templates/{template}/builds/{build}`: starts a build.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::build::{self, Base, Job};
use crate::local::extract::{Body, Segments, user_agent};
use crate::local::store::{Reason, State as BuildState, Store, now};
use crate::local::version::Version;
use crate::wire::e2b::{ImageRegistry, StartRequest};

/// The real server's reason for a running build that a newer one stops.
const CANCELED: &str = "build was cancelled";

/// Starts a registered build, which continues after the response.
///
/// Rejects only faults of the request as a whole. A fault in a step or an unknown parent template is
/// accepted and fails the build, like on the real server.
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Segments((template_id, build_id)): Segments<(String, String)>,
    headers: HeaderMap,
    Body(request): Body<StartRequest>,
) -> Result<StatusCode, ApiError> {
    let Ok(build_id) = Uuid::parse_str(&build_id).map(|id| id.to_string()) else {
        return Err(ApiError::bad_request(format!("Invalid build ID: {build_id}")));
    };
    let user_agent = user_agent(&headers).to_owned();
    // From here on the work continues even if the client disconnects: every build that is marked
    // as running must have a task.
    blocking(&app, move |app| {
        let mut store = app.store();
        make_way(app, &mut store, &template_id, &build_id)?;
        let version = Version::of(&user_agent).map_err(|why| {
            ApiError::bad_request(format!("Error when parsing user agent: {why}"))
        })?;
        let base = match read_base(&request) {
            Ok(base) => base,
            Err(why) => return Err(fail_start(&mut store, &template_id, &build_id, why)?),
        };
        let registry = request.from_image_registry.as_ref().map(registry_kind);
        let credentials = match request.from_image_registry {
            Some(ImageRegistry::Basic { username, password }) => Some((username, password)),
            _ => None,
        };
        let job = Job {
            template_id,
            build_id,
            user_agent,
            version,
            base,
            registry,
            credentials,
            force: request.force,
            steps: request.steps,
            start_cmd: request.start_cmd.filter(|command| !command.is_empty()),
            ready_cmd: request.ready_cmd.filter(|command| !command.is_empty()),
            pre_boot_script: request.pre_boot_script.filter(|script| !script.is_empty()),
        };
        begin(app, &mut store, job)
    })
    .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Starts a build whose image the client has pushed.
pub(super) async fn start_pushed(
    app: Arc<App>,
    template_id: String,
    build_id: String,
) -> Result<StatusCode, ApiError> {
    let Ok(build_id) = Uuid::parse_str(&build_id).map(|id| id.to_string()) else {
        return Err(ApiError::bad_request(format!("Invalid build ID: {build_id}")));
    };
    blocking(&app, move |app| {
        let mut store = app.store();
        make_way(app, &mut store, &template_id, &build_id)?;
        let job = Job {
            template_id,
            build_id,
            user_agent: String::new(),
            version: Version::Pushed,
            base: Base::Pushed,
            registry: None,
            credentials: None,
            force: false,
            steps: Vec::new(),
            start_cmd: None,
            ready_cmd: None,
            pre_boot_script: None,
        };
        begin(app, &mut store, job)
    })
    .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Stops the running builds that share a tag with a build, which must not be started yet.
///
/// The order is that of the real server: a start that is refused has stopped them as well.
fn make_way(
    app: &App,
    store: &mut Store,
    template_id: &str,
    build_id: &str,
) -> Result<(), ApiError> {
    let Some(build) = store.tagged_build(template_id, build_id) else {
        let message = format!(
            "Error when getting template: build '{build_id}' of template '{template_id}' not found"
        );
        return Err(ApiError::not_found(message));
    };
    let state = build.state;
    let rivals = store.get(template_id).map(|template| {
        template.sharing(&template.tags_of(build_id), BuildState::Building, build_id)
    });
    for rival in rivals.unwrap_or_default() {
        app.cancel(store, template_id, &rival, CANCELED)?;
    }
    if state == BuildState::Waiting {
        Ok(())
    } else {
        Err(ApiError::bad_request("build is not in waiting state"))
    }
}

/// Runs a build.
fn begin(app: &Arc<App>, store: &mut Store, job: Job) -> Result<(), ApiError> {
    store.change_build(&job.template_id, &job.build_id, |build| {
        build.state = BuildState::Building;
        build.started_at = Some(now());
        build.from = job.base.reference().map(str::to_owned);
        build.registry = job.registry.map(str::to_owned);
        build.version = job.version;
    })?;
    let (guard, log) = (app.running.begin(&job.build_id), store.logs().get(&job.build_id));
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || build::run(&app, &job, &guard, &log));
    Ok(())
}

/// The base of the build: exactly one image or template.
fn read_base(request: &StartRequest) -> Result<Base, &'static str> {
    let template = request.from_template.as_ref().filter(|template| !template.is_empty());
    match (&request.from_image, template) {
        (Some(_), Some(_)) => Err("cannot specify both fromImage and fromTemplate"),
        (None, None) => Err("must specify either fromImage or fromTemplate"),
        (Some(image), None) => Ok(Base::Image(image.clone())),
        (None, Some(template)) => Ok(Base::Template(template.clone())),
    }
}

/// Fails the build for an invalid base. Like the real server, the answer is the one refusal of a
/// start with status 500 after which the build has failed.
fn fail_start(
    store: &mut Store,
    template_id: &str,
    build_id: &str,
    why: &str,
) -> Result<ApiError, ApiError> {
    let why = format!("failed to set template source: {why}");
    let reason = Reason::new(format!("error when building env: {why}"), None);
    store.change_build(template_id, build_id, |build| build.end(Err(reason)))?;
    let message = format!("Error when starting template build: {why}");
    Ok(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message))
}

/// The type of a registry, the only part of its credentials that is kept.
fn registry_kind(registry: &ImageRegistry) -> &'static str {
    match registry {
        ImageRegistry::Basic { .. } => "registry",
        ImageRegistry::Aws { .. } => "aws",
        ImageRegistry::Gcp { .. } => "gcp",
        ImageRegistry::Oci { .. } => "oci",
        ImageRegistry::Huawei { .. } => "huawei",
    }
}
