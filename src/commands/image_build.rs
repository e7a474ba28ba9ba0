//! The image that a manifest has built from its Dockerfile: where it is, or building and pushing it.
//!
//! [`find`] only reads: the lock, the registry, and for the local platform the engine. [`provide`]
//! builds what is not found, with the consent of a person.

mod agree;
mod build;
mod files;

use super::report::Reporter;
use super::serve::runtime;
use super::{Exit, Failure, online};
use crate::context::HashCache;
use crate::engine::{self, Engine, Found, Selection};
use crate::host::Host;
use crate::pipeline::{Analysis, Secrets};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::Trust;
use crate::source::SourceMap;
use crate::submit::registry::{self, LookupLimit};
use crate::template::{ImageConfig, ImageFault, ImageLookup};

/// How an image is looked for.
pub(super) struct Search<'a> {
    /// The secrets that its registry may get.
    pub(super) secrets: &'a Secrets<'a>,
    pub(super) cache: &'a HashCache,
    /// The engine that has the images of the local platform; `None` where it is not asked.
    pub(super) engine: Option<&'a Selection>,
    pub(super) host: &'a dyn Host,
    pub(super) printer: &'a Printer,
}

/// Calls its last argument with the report about the build of a manifest: its texts, its platform, the
/// template's name.
pub(super) type Report<'a> = &'a dyn Fn(&SourceMap, Platform, &str, &mut dyn FnMut(&Reporter<'_>));

/// What building takes.
pub(super) struct Permission<'a> {
    pub(super) trust: &'a Trust,
    /// The manifest.
    pub(super) file: &'a std::path::Path,
    /// Whether to use no layer of an earlier build.
    pub(super) without_cache: bool,
}

/// The analysis with the image that is there for its inputs; unchanged if there is none, or none is
/// built.
pub(super) fn find(mut analysis: Analysis, search: &Search<'_>) -> Result<Analysis, Failure> {
    analysis = locked(analysis, search);
    if !analysis.is_unbuilt() || analysis.diagnostics.has_blocking() {
        return Ok(analysis);
    }
    let Ok(Some(inputs)) = analysis.image_inputs(search.cache) else { return Ok(analysis) };
    let reference = inputs.reference();
    if analysis.platform.is_local() {
        let Some(selection) = search.engine else { return Ok(analysis) };
        return match engine::find(selection) {
            Ok(Found::Engine(engine)) => held(analysis, &engine, &reference, search.host),
            Ok(Found::Nothing(_)) | Err(_) => Ok(analysis),
        };
    }
    match look_up(&mut analysis, &reference, search)? {
        ImageLookup::Known(config) => Ok(found(analysis, *config, search.host)),
        ImageLookup::Fault(ImageFault::WithoutAmd64(offered)) => {
            let offered = offered.join(", ");
            let message =
                format!("the registry's image `{reference}` is for {offered}, not for linux/amd64");
            Err(Failure::new(Exit::Wrong, message)
                .help("delete it in the registry, and run `sbx apply`, which builds another one"))
        }
        ImageLookup::Fault(fault) => {
            search.printer.detail(&format!("`{reference}` was not found: {fault:?}"));
            Ok(analysis)
        }
        ImageLookup::Unasked => Ok(analysis),
    }
}

/// The analysis with its image and what that declares, for commands that send no secret, build nothing
/// and ask no engine.
pub(super) fn find_and_inherit(
    analysis: Analysis,
    cache: &HashCache,
    host: &dyn Host,
    printer: &Printer,
) -> Result<Analysis, Failure> {
    let secrets = &Secrets::Hidden;
    let search = Search { secrets, cache, engine: None, host, printer };
    online::inherit(find(analysis, &search)?, secrets, host, printer)
}

/// The analysis with the image that the lock has for its inputs. Where there has to be a lock, and it
/// has none, that is an error.
fn locked(mut analysis: Analysis, search: &Search<'_>) -> Analysis {
    if !analysis.is_unbuilt() || analysis.diagnostics.has_blocking() {
        return analysis;
    }
    let tag = match analysis.image_inputs(search.cache) {
        Ok(Some(inputs)) => inputs.tag,
        Ok(None) => return analysis,
        Err(faults) => {
            analysis.diagnostics.append(faults);
            return analysis;
        }
    };
    // An image of a registry is not used on the local platform.
    if analysis.platform.is_local() {
        return analysis;
    }
    if let Some(locked) = analysis.locked_build(&tag).map(str::to_owned) {
        return analysis.with_built(search.host, locked, ImageLookup::Unasked);
    }
    let fault = analysis.unlocked_build(&tag);
    analysis.diagnostics.extend(fault);
    analysis
}

/// The analysis with its image, which is built, and pushed unless the platform is local, where it is
/// not found. Problems, such as missing consent, are in the diagnostics.
pub(super) fn provide(
    analysis: Analysis,
    search: &Search<'_>,
    permission: &Permission<'_>,
    report: Report<'_>,
) -> Result<Analysis, Failure> {
    // Without the cache, only a lock keeps the image from being built once more.
    let mut analysis =
        if permission.without_cache { locked(analysis, search) } else { find(analysis, search)? };
    if !analysis.is_unbuilt() || analysis.diagnostics.has_blocking() {
        return Ok(analysis);
    }
    let Search { host, printer, cache, .. } = *search;
    if !analysis.platform.is_local() {
        agree::to_push(&mut analysis, permission, host, printer);
    }
    let consent = agree::to_secrets(&mut analysis, permission, host, printer);
    if analysis.diagnostics.has_blocking() {
        return Ok(analysis);
    }
    let secrets = match analysis.build_secrets(&Secrets::Sent { host, consent: &consent }) {
        Ok(secrets) => secrets,
        Err(faults) => {
            analysis.diagnostics.append(faults);
            return Ok(analysis);
        }
    };
    let engine = engine(&analysis, search)?;
    if !analysis.platform.is_local() && !permission.without_cache {
        // The engine may sign in where `sbx` cannot.
        if let Some(config) = build::pulled(&analysis, &engine, search)? {
            return Ok(found(analysis, config, host));
        }
    }
    let work = match files::write(&analysis, cache, &secrets)? {
        Ok(work) => work,
        Err(faults) => {
            analysis.diagnostics.append(faults);
            return Ok(analysis);
        }
    };
    let without_cache = permission.without_cache;
    let name = analysis.template.name.value.as_str();
    let mut built = None;
    report(&analysis.sources, analysis.platform, name, &mut |reporter| {
        built = Some(build::build(&work, &engine, without_cache, reporter, printer));
    });
    let Some(built) = built.transpose()? else { return Ok(analysis) };
    // The secrets are gone before anything is asked.
    drop(work);
    match built {
        build::Built::Here { reference } => held(analysis, &engine, &reference, host),
        build::Built::Pushed { repository, digest } => {
            let reference = format!("{repository}@{digest}");
            let config = match look_up(&mut analysis, &reference, search)? {
                ImageLookup::Known(config) => *config,
                _ => build::configuration(&engine, &reference)?,
            };
            Ok(found(analysis, ImageConfig { index: digest, ..config }, host))
        }
    }
}

/// The analysis as if its image were built, where it is not: its digest and what it declares are
/// unknown. The reference that the image would get is returned, too.
pub(super) fn foresee(analysis: Analysis, search: &Search<'_>) -> (Analysis, Option<String>) {
    if !analysis.is_unbuilt() || analysis.diagnostics.has_blocking() {
        return (analysis, None);
    }
    let Ok(Some(inputs)) = analysis.image_inputs(search.cache) else { return (analysis, None) };
    let reference = inputs.reference();
    let unknown = ImageLookup::Known(Box::default());
    (analysis.with_built(search.host, reference.clone(), unknown), Some(reference))
}

/// What would be done, for commands that do nothing.
pub(super) fn foreseen(analysis: &Analysis, reference: &str) -> String {
    let pushed = if analysis.platform.is_local() { "" } else { " and pushed" };
    format!(
        "the image `{reference}` would be built from the Dockerfile{pushed}; its digest and what it \
         declares are not known before"
    )
}

/// The engine that builds images.
fn engine(analysis: &Analysis, search: &Search<'_>) -> Result<Engine, Failure> {
    let fail = |why: &str, help: String| {
        let build = analysis.image_build().map(|build| build.repository.value.clone());
        let message = format!(
            "cannot build the image of `{}` without a container engine: {why}",
            build.unwrap_or_default()
        );
        Failure::new(Exit::Platform, message).help(help)
    };
    let Some(selection) = search.engine else {
        return Err(fail("none is selected", "use `--engine auto`".to_owned()));
    };
    match engine::find(selection) {
        Ok(Found::Engine(engine)) => Ok(engine),
        Ok(Found::Nothing(why)) => Err(fail(
            &why,
            "install Docker or Podman, or let a machine that has one run `sbx apply`, and `sbx lock`, \
             whose lock the others use; nothing was sent"
                .to_owned(),
        )),
        Err(error) => Err(fail(&error.to_string(), error.help())),
    }
}

/// What the registry says of an image of the repository.
fn look_up(
    analysis: &mut Analysis,
    reference: &str,
    search: &Search<'_>,
) -> Result<ImageLookup, Failure> {
    match analysis.image_query(reference.to_owned(), search.secrets) {
        Ok(Some(query)) => {
            search.printer.detail(&format!("querying the registry about `{reference}`"));
            Ok(runtime()?.block_on(registry::look_up(&query, LookupLimit::LONG)))
        }
        Ok(None) => Ok(ImageLookup::Unasked),
        Err(faults) => {
            analysis.diagnostics.append(faults);
            Ok(ImageLookup::Unasked)
        }
    }
}

/// The analysis with an image of the registry.
fn found(analysis: Analysis, config: ImageConfig, host: &dyn Host) -> Analysis {
    let Some(build) = analysis.image_build() else { return analysis };
    let reference = format!("{}@{}", build.repository.value, config.index);
    analysis.with_built(host, reference, ImageLookup::Known(Box::new(config)))
}

/// The analysis with an image of the engine, by its ID, if the engine has it.
fn held(
    analysis: Analysis,
    engine: &Engine,
    reference: &str,
    host: &dyn Host,
) -> Result<Analysis, Failure> {
    let image = engine.image(reference).map_err(|error| build::failure(&error))?;
    let Some(image) = image else { return Ok(analysis) };
    let config = build::configuration(engine, reference)?;
    // Podman leaves the algorithm out.
    let id = if image.id.contains(':') { image.id } else { format!("sha256:{}", image.id) };
    let config = ImageConfig { index: id.clone(), digest: id.clone(), ..config };
    Ok(analysis.with_built(host, id, ImageLookup::Known(Box::new(config))))
}
