//! `POST /v3/templates`: registers a build.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use crate::local::api_error::ApiError;
use crate::local::app::{App, blocking};
use crate::local::extract::Body;
use crate::local::store::{Build, Reason, State as BuildState, Store, Template, now};
use crate::local::validate::{Identifier, check_name_length, clean_tags, parse_name, resources};
use crate::local::version::Version;
use crate::wire::e2b::{DEFAULT_TAG, RegisterRequest, RegisterResponse};

/// The real server's reason for an unstarted build that a newer one replaces.
const SUPERSEDED: &str = "The build was canceled because it was superseded by a newer one.";

/// Builds older than this do not count towards the limit, like on the real server.
const COUNTED: Duration = Duration::from_hours(24);

/// Registers a build of a new template, or of the existing one with that name.
///
/// Fails the unstarted builds of the template that share a tag with the new one.
pub(super) async fn register(
    State(app): State<Arc<App>>,
    Body(body): Body<Value>,
) -> Result<(StatusCode, Json<RegisterResponse>), ApiError> {
    let request = read(body)?;
    let response = blocking(&app, move |app| {
        let mut store = app.store();
        enter(app, &mut store, &request)
    });
    Ok((StatusCode::ACCEPTED, Json(response.await?)))
}

/// Parses the body, in which old clients call the name `alias`.
fn read(mut body: Value) -> Result<RegisterRequest, ApiError> {
    let Some(object) = body.as_object_mut() else {
        return Err(ApiError::bad_request("Invalid request body: it must be an object"));
    };
    object.retain(|_, value| !value.is_null());
    if !object.contains_key("name") {
        let alias =
            object.remove("alias").ok_or_else(|| ApiError::bad_request("Name is required"))?;
        object.insert("name".to_owned(), alias);
    }
    serde_json::from_value(body)
        .map_err(|error| ApiError::bad_request(format!("Invalid request body: {error}")))
}

fn enter(
    app: &App,
    store: &mut Store,
    request: &RegisterRequest,
) -> Result<RegisterResponse, ApiError> {
    check_name_length(&request.name)?;
    let (identifier, tag) = identified(&request.name)?;
    let tags: Vec<String> = tag.into_iter().chain(request.tags.iter().cloned()).collect();
    let tags = clean_tags(&tags)?;
    let wanted =
        RegistrationRequest::named(store, identifier, tags, (request.cpu_count, request.memory_mb));
    let Registered { template, build_id, tags } = wanted.register(app, store)?;
    Ok(RegisterResponse {
        names: template.names(),
        aliases: template.aliases(),
        public: template.public,
        template_id: template.id,
        build_id,
        tags,
    })
}

/// Parses a valid name for a registration, and the tag behind it.
pub(super) fn identified(name: &str) -> Result<(Identifier, Option<String>), ApiError> {
    let (identifier, tag) =
        parse_name(name).map_err(|why| ApiError::bad_request(format!("Invalid name: {why}")))?;
    identifier.check_namespace()?;
    Ok((identifier, tag))
}

/// A build to register, independent of the endpoint.
pub(super) struct RegistrationRequest {
    /// The template, existing or new.
    pub(super) template: Template,
    /// The new name of the template, without its namespace.
    pub(super) alias: Option<String>,
    /// The normalized tags of the build.
    pub(super) tags: Vec<String>,
    pub(super) cpu_count: Option<u64>,
    pub(super) memory_mb: Option<u64>,
    pub(super) version: Version,
}

/// A registered build, and its updated template.
pub(super) struct Registered {
    pub(super) template: Template,
    pub(super) build_id: String,
    pub(super) tags: Vec<String>,
}

impl RegistrationRequest {
    /// A build of steps for the template with a name, or for a new one.
    pub(super) fn named(
        store: &Store,
        identifier: Identifier,
        tags: Vec<String>,
        (cpu_count, memory_mb): (Option<u64>, Option<u64>),
    ) -> Self {
        let known = store.find(&identifier).cloned();
        let template = known.unwrap_or_else(|| new_template(store));
        let (alias, version) = (Some(identifier.name), Version::default());
        Self { template, alias, tags, cpu_count, memory_mb, version }
    }

    /// Registers the build, unless the request is invalid or the team has too many builds.
    pub(super) fn register(self, app: &App, store: &mut Store) -> Result<Registered, ApiError> {
        let Self { mut template, alias, mut tags, cpu_count, memory_mb, version } = self;
        if tags.is_empty() {
            tags.push(DEFAULT_TAG.to_owned());
        }
        check_concurrency(app, store, &template.id, &tags)?;
        let (cpu_count, memory_mb) = resources(&app.config, cpu_count, memory_mb)?;
        if let Some(alias) = alias {
            check_alias(store, &alias, &template.id)?;
            template.name = alias;
        }
        for superseded in template.sharing(&tags, BuildState::Waiting, "") {
            if let Some(build) = template.build_mut(&superseded) {
                build.end(Err(Reason::new(SUPERSEDED, None)));
            }
        }
        let mut build = Build::new(Uuid::new_v4().to_string(), cpu_count, memory_mb);
        build.version = version;
        let build_id = build.id.clone();
        template.builds.push(build);
        for tag in &tags {
            template.assign(tag, &build_id);
        }
        template.updated_at = now();
        store.put(template.clone())?;
        Ok(Registered { template, build_id, tags })
    }
}

/// Rejects a name that is the name or ID of another template, which would make references
/// ambiguous.
fn check_alias(store: &Store, alias: &str, template_id: &str) -> Result<(), ApiError> {
    if store.get(alias).is_some() {
        let message = format!("Alias '{alias}' is already used");
        return Err(ApiError::new(StatusCode::CONFLICT, message));
    }
    if store.templates().any(|template| template.name == alias && template.id != template_id) {
        return Err(ApiError::forbidden(format!("Alias '{alias}' already used")));
    }
    Ok(())
}

/// Rejects a registration while too many builds are registered or running. Builds that the new one
/// may replace do not count.
fn check_concurrency(
    app: &App,
    store: &Store,
    template_id: &str,
    tags: &[String],
) -> Result<(), ApiError> {
    let active = store.templates().flat_map(|template| {
        let builds = template.builds.iter();
        let active = builds
            .filter(|build| matches!(build.state, BuildState::Waiting | BuildState::Building))
            .filter(|build| build.age() < COUNTED);
        let replaceable = |build: &Build| {
            template.id == template_id
                && template.tags_of(&build.id).iter().any(|tag| tags.contains(tag))
        };
        active.filter(move |build| !replaceable(build))
    });
    let limit = app.config.concurrent_builds;
    if active.count() >= limit {
        let message = format!(
            "you have reached the maximum number of concurrent template builds ({limit}). Please \
             wait for existing builds to complete or contact support if you need more concurrent \
             builds."
        );
        return Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, message));
    }
    Ok(())
}

/// A template that is not stored yet, without a name.
pub(super) fn new_template(store: &Store) -> Template {
    let mut id = new_template_id();
    // An existing name could equal the random ID, however unlikely.
    while store.templates().any(|template| template.id == id || template.name == id) {
        id = new_template_id();
    }
    Template::new(id.clone(), id)
}

/// Twenty lower-case letters and digits.
fn new_template_id() -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let random = [Uuid::new_v4(), Uuid::new_v4()];
    let bytes = random.iter().flat_map(|uuid| {
        // These two bytes contain the version and variant of the UUID.
        uuid.as_bytes().iter().enumerate().filter(|(at, _)| !matches!(at, 6 | 8))
    });
    bytes.take(20).map(|(_, byte)| char::from(ALPHABET[usize::from(*byte) % 36])).collect()
}

#[cfg(test)]
#[test]
fn template_ids_have_twenty_lower_case_letters_and_digits() {
    let id = new_template_id();
    assert_eq!(id.len(), 20);
    assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{id}");
    assert_ne!(id, new_template_id());
}
