//! What a build starts from: an image that is provisioned, or another template.

use super::builder::Builder;
use super::command::{Command, Sink, reason};
use super::container::variables;
use super::layer::Then;
use super::recorder::NO_REGISTRY;
use super::run::Ended;
use super::{names, user};
use crate::engine::{Credentials, Engine, EngineError, Image, Network};
use crate::local::Rules;
use crate::local::build::{BASE, Base, BuildError, BuildRunner};
use crate::local::store::{Context, Layer};
use crate::local::version::Version;
use crate::wire::e2b::{LayerLine, LogLevel, layer_key};

/// The script that installs what every sandbox has.
const PROVISION: &str = include_str!("provision.sh");

/// The check that the distribution is one whose packages the script can install.
const DISTRIBUTION: &str = include_str!("distribution.sh");

/// The only architecture of sandboxes.
const ARCHITECTURE: &str = "amd64";

/// The user that steps begin as.
const DEFAULT_USER: &str = "user";

/// The log of this phase.
const SINK: Sink<'_> = Sink { step: BASE, prefix: BASE, level: &LogLevel::Debug };

/// The base image of a build, if the engine holds it.
pub(super) fn held(
    runner: &BuildRunner<'_>,
    engine: &Engine,
) -> Result<Option<Image>, EngineError> {
    match &runner.job.base {
        Base::Image(reference) if !reference.trim().is_empty() => engine.image(reference),
        Base::Image(_) | Base::Template(_) | Base::Pushed => Ok(None),
    }
}

/// Provides the layer that the first step begins with.
pub(super) fn prepare(builder: &mut Builder<'_>) -> Result<(), BuildError> {
    let job = builder.runner.job;
    match &job.base {
        Base::Image(reference) => from_image(builder, reference)?,
        Base::Template(reference) => from_template(builder, reference)?,
        Base::Pushed => return Err(BuildError::failed(BASE, NO_REGISTRY)),
    }
    if let Some(script) = &job.pre_boot_script {
        pre_boot(builder, script)?;
    }
    if job.version == Version::Beta {
        return Ok(());
    }
    default_user(builder)
}

/// Provides the layer with the user that steps begin as. That of an image is kept like the
/// provisioned base, for all data directories, and like that one it ignores that a build is forced.
fn default_user(builder: &mut Builder<'_>) -> Result<(), BuildError> {
    let job = builder.runner.job;
    let key = layer_key::of_user(&builder.layer.key, DEFAULT_USER);
    let is_shared = matches!(job.base, Base::Image(_)) && job.pre_boot_script.is_none();
    let (image, cached) = if is_shared {
        let image = names::base(&layer_key::hash(&[&key, &user::create_user(DEFAULT_USER, true)]));
        builder.claim(&image)?;
        let cached = builder.holds(&image)?.then(|| Layer {
            key: key.clone(),
            image: image.clone(),
            depth: builder.layer.depth + 1,
            context: Context { user: DEFAULT_USER.to_owned(), ..builder.layer.context.clone() },
        });
        (image, cached)
    } else {
        (builder.names.layer(&key), builder.cached(&key)?)
    };
    // Another data directory may have made it: sandboxes of the state before the first step need it.
    if let Some(layer) = &cached
        && builder.layers.get(&key).is_none()
    {
        builder.layers.put(layer)?;
    }
    let text = format!("DEFAULT USER {DEFAULT_USER}");
    if builder.recall_as(cached, &key, &text, SINK)? {
        return Ok(());
    }
    let user = user::make_user(builder, DEFAULT_USER, Some("true"), SINK)?;
    builder.commit_as(image, key, user.context, Then::Share)
}

fn from_image(builder: &mut Builder<'_>, reference: &str) -> Result<(), BuildError> {
    if reference.trim().is_empty() {
        return Err(BuildError::failed(BASE, "the image's reference is empty"));
    }
    let image = find(builder, reference)?;
    if image.architecture != ARCHITECTURE {
        let message = format!(
            "image architecture \"{}\" does not match expected \"{ARCHITECTURE}\"",
            image.architecture
        );
        return Err(BuildError::failed(BASE, message));
    }
    builder.declared = variables(&image.variables);
    let provisioned = layer_key::hash(&[PROVISION, &image.id]);
    let name = names::base(&provisioned);
    let context = context(builder);
    let rules = match builder.runner.app.config.rules {
        Rules::Novita => "novita",
        Rules::E2b => "e2b",
    };
    let key = layer_key::hash(&[&provisioned, rules]);
    builder.claim(&name)?;
    let is_cached = builder.holds(&name)?;
    builder.announce(&key, &LayerLine::text_of_image(reference), SINK, is_cached)?;
    builder.layer = Layer { key, image: image.id, depth: image.layers, context };
    if !is_cached {
        provision(builder, &name)?;
    }
    builder.layer.image = name;
    builder.layer.depth += 1;
    Ok(())
}

/// The context of the first step: E2B gives it the variables of the image, Novita does not.
fn context(builder: &Builder<'_>) -> Context {
    let mut variables = match builder.runner.app.config.rules {
        Rules::Novita => std::collections::BTreeMap::new(),
        Rules::E2b => builder.declared.clone(),
    };
    variables.retain(|_, value| !value.is_empty());
    Context { user: "root".to_owned(), workdir: None, variables }
}

/// The image of a reference: the engine's own, or pulled. Like on the platform, a tag that has
/// moved since is not seen.
fn find(builder: &Builder<'_>, reference: &str) -> Result<Image, BuildError> {
    let job = builder.runner.job;
    if let Some(image) = builder.base.clone() {
        return Ok(image);
    }
    if let Some(kind) = job.registry.filter(|_| job.credentials.is_none()) {
        let message = format!(
            "the local platform cannot pull an image with credentials of type `{kind}`: pull it \
             with the container engine, or use credentials of type `basic`"
        );
        return Err(BuildError::failed(BASE, message));
    }
    builder.runner.say(Some(BASE), &format!("Pulling {reference}"))?;
    let credentials = job.credentials.as_ref().map(|(username, password)| Credentials {
        username: username.0.clone(),
        password: password.0.clone(),
    });
    let stopped = || builder.runner.is_over();
    let pulled = builder.engine.pull(reference, credentials.as_ref(), &stopped);
    builder.runner.check()?;
    pulled.map_err(|error| BuildError::failed(BASE, not_pulled(reference, &error)))?;
    builder.engine.image(reference)?.ok_or_else(|| {
        BuildError::failed(BASE, format!("failed to pull image '{reference}': it is not there"))
    })
}

/// The server's words for an image that cannot be pulled, with the engine's.
fn not_pulled(reference: &str, error: &EngineError) -> String {
    let words = error.message.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["unauthorized", "denied", "authentication required"]) {
        format!(
            "access denied to '{reference}': authentication required or insufficient permissions \
             ({})",
            error.message
        )
    } else if has(&["not found", "manifest unknown", "name unknown"]) {
        format!(
            "image '{reference}' not found: the image or tag does not exist in the registry ({})",
            error.message
        )
    } else {
        format!("failed to pull image '{reference}': {}", error.message)
    }
}

/// Installs what every sandbox has, once for each image.
fn provision(builder: &mut Builder<'_>, name: &str) -> Result<(), BuildError> {
    builder.runner.say(Some(BASE), "Provisioning sandbox template")?;
    let container = builder.start(Network::Steps, None)?;
    let root = Context::of_machine();
    let command =
        Command { context: &root, text: PROVISION, before: Some(DISTRIBUTION), input: None };
    let sink = Sink { prefix: "provision", ..SINK };
    let ended = builder.run_in(&container, command, sink, &|| false)?;
    builder.runner.check()?;
    let why = match ended {
        Ended::Exited(0) => None,
        Ended::Exited(code) => Some(format!("exit status: {code}")),
        Ended::Lost(why) | Ended::NotRun(why) => Some(why),
        _ => Some("exit status: 1".to_owned()),
    };
    if let Some(why) = why {
        let message = format!("error waiting for provisioning sandbox: {why}");
        return Err(BuildError::failed(BASE, message));
    }
    builder.commit_base(&container, name)?;
    builder.remove(container);
    Ok(())
}

/// Starts from the finished image of another template: with its variables and its directory, but
/// not its user.
fn from_template(builder: &mut Builder<'_>, reference: &str) -> Result<(), BuildError> {
    let parent = builder.runner.parent(reference)?;
    let key = layer_key::hash(&["FROM TEMPLATE", &parent.id]);
    builder.announce(&key, &LayerLine::text_of_template(reference), SINK, true)?;
    let outdated = |why: &str| {
        let message =
            format!("error getting base template, you may need to rebuild it first: {why}");
        BuildError::failed(BASE, message)
    };
    let built = parent.built().ok_or_else(|| outdated("its steps were only recorded"))?.clone();
    let image = builder.engine.image(&built.image)?;
    let image = image.ok_or_else(|| outdated("the container engine does not have its image"))?;
    let context = Context { user: "root".to_owned(), ..built.context };
    builder.inherited = built.start;
    builder.layer = Layer { key, image: built.image, depth: image.layers, context };
    Ok(())
}

/// Runs the script that comes before the first boot.
fn pre_boot(builder: &mut Builder<'_>, script: &str) -> Result<(), BuildError> {
    let key = layer_key::of_pre_boot(&builder.layer.key, script);
    if builder.recall(&key, &format!("PRE-BOOT {script}"), SINK)? {
        return Ok(());
    }
    let context = builder.layer.context.clone();
    let command = Command { context: &context, text: script, before: None, input: None };
    let ended = builder.run(command, Sink { level: &LogLevel::Info, ..SINK })?;
    builder.runner.check()?;
    match reason("pre-boot script failed", &context, ended) {
        Some(message) => Err(BuildError::failed(BASE, message)),
        None => builder.commit(key, context, Then::Remove),
    }
}
