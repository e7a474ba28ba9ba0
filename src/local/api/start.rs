//! `POST /v2/templates/{template}/builds/{build}`: starts a build.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use uuid::Uuid;

use crate::local::app::{App, blocking};
use crate::local::build::{self, Base, Job};
use crate::local::extract::{Body, Segments, user_agent};
use crate::local::refusal::Refusal;
use crate::local::store::{Reason, State as BuildState, Store, now};
use crate::wire::e2b::{ImageRegistry, StartRequest};

/// The reason that the real server gives to a running build that a newer one stops.
const CANCELED: &str = "build was cancelled";

/// Starts a registered build, which goes on after the answer.
///
/// Only what concerns the request as a whole is refused here. A fault in a step, or a template to
/// start from that is unknown, is accepted and fails the build, as on the real server.
pub(super) async fn start(
    State(app): State<Arc<App>>,
    Segments((template_id, build_id)): Segments<(String, String)>,
    headers: HeaderMap,
    Body(request): Body<StartRequest>,
) -> Result<StatusCode, Refusal> {
    let Ok(build_id) = Uuid::parse_str(&build_id).map(|id| id.to_string()) else {
        return Err(Refusal::bad_request(format!("Invalid build ID: {build_id}")));
    };
    let user_agent = user_agent(&headers).to_owned();
    // From here on the work is done to its end even if the client hangs up: a build that is marked
    // as running has a task that runs it.
    blocking(&app, move |app| begin(app, template_id, build_id, user_agent, request)).await?;
    Ok(StatusCode::ACCEPTED)
}

fn begin(
    app: &Arc<App>,
    template_id: String,
    build_id: String,
    user_agent: String,
    request: StartRequest,
) -> Result<(), Refusal> {
    let mut store = app.store()?;
    let (template, build) = store
        .get(&template_id)
        .and_then(|template| Some((template, template.build(&build_id)?)))
        .ok_or_else(|| {
            let message = format!(
                "Error when getting template: build '{build_id}' of template '{template_id}' not \
                 found"
            );
            Refusal::not_found(message)
        })?;
    if build.state != BuildState::Waiting {
        return Err(Refusal::bad_request("build is not in waiting state"));
    }
    let (cpu_count, memory_mb) = (build.cpu_count, build.memory_mb);
    let tags = template.tags_of(&build_id);
    let rivals = template.sharing(&tags, BuildState::Building, &build_id);

    let base = match read_base(&request) {
        Ok(base) => base,
        Err(why) => return refuse_base(&mut store, &template_id, &build_id, why),
    };
    for rival in rivals {
        app.cancel(&mut store, &template_id, &rival, CANCELED)?;
    }
    let registry = request.from_image_registry.as_ref().map(registry_kind);
    store.change_build(&template_id, &build_id, |build| {
        build.state = BuildState::Building;
        build.started_at = Some(now());
        build.from = Some(base.reference().to_owned());
        build.registry = registry.map(str::to_owned);
    })?;

    let ticket = app.running.begin(&build_id);
    let job = Job {
        template_id,
        build_id,
        user_agent,
        base,
        registry,
        cpu_count,
        memory_mb,
        steps: request.steps,
        start_cmd: request.start_cmd.filter(|command| !command.is_empty()),
        ready_cmd: request.ready_cmd.filter(|command| !command.is_empty()),
        pre_boot_script: request.pre_boot_script.filter(|script| !script.is_empty()),
    };
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || build::run(&app, &job, &ticket));
    Ok(())
}

/// What the build starts from: exactly one image or template.
fn read_base(request: &StartRequest) -> Result<Base, &'static str> {
    let template = request.from_template.as_ref().filter(|template| !template.is_empty());
    match (&request.from_image, template) {
        (Some(_), Some(_)) => Err("cannot specify both fromImage and fromTemplate"),
        (None, None) => Err("must specify either fromImage or fromTemplate"),
        (Some(image), None) => Ok(Base::Image(image.clone())),
        (None, Some(template)) => Ok(Base::Template(template.clone())),
    }
}

/// Such a request fails the build on the real server too. It answers with 500, though, which a
/// client would take for the server's own fault.
fn refuse_base(
    store: &mut Store,
    template_id: &str,
    build_id: &str,
    why: &str,
) -> Result<(), Refusal> {
    let reason = Reason::new(format!("error when building env: {why}"), None);
    store.change_build(template_id, build_id, |build| build.end(Err(reason)))?;
    Err(Refusal::bad_request(format!("Error when starting template build: {why}")))
}

/// All that is kept of a registry's credentials.
fn registry_kind(registry: &ImageRegistry) -> &'static str {
    match registry {
        ImageRegistry::Basic { .. } => "registry",
        ImageRegistry::Aws { .. } => "aws",
        ImageRegistry::Gcp { .. } => "gcp",
        ImageRegistry::Oci { .. } => "oci",
        ImageRegistry::Huawei { .. } => "huawei",
    }
}
