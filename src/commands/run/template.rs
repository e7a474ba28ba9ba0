//! The template of a sandbox: the one of an argument, or that of a manifest.

use std::num::NonZeroUsize;
use std::path::Path;

use crate::commands::remote::require_profile;
use crate::commands::{Exit, Failure, analyze, names_no_template, unreadable};
use crate::host::{Host, describe};
use crate::pipeline::{Analysis, Depth, Options};
use crate::platform::Platform;
use crate::scalar::TemplateRef;
use crate::settings::{ManifestChoice, SandboxChoice, template_ref};
use crate::state::{Record, Store};
use crate::submit::templates::{Feature, supports};
use crate::validate::expanded_tag;
use crate::wire::local::before_step;

/// The manifest that supplies what arguments do not.
const MANIFEST: &str = "sandbox.toml";

/// A template and its platform.
pub(in crate::commands) struct Chosen {
    pub(in crate::commands) platform: Platform,
    pub(in crate::commands) template: String,
}

impl Chosen {
    /// Takes the platform from the arguments, else from the manifest, else the default; and the
    /// template from the argument, else from the manifest with the first tag that it declares.
    pub(in crate::commands) fn of(
        choice: &SandboxChoice,
        host: &dyn Host,
    ) -> Result<Self, Failure> {
        let file = choice.manifest.as_deref().unwrap_or_else(|| Path::new(MANIFEST));
        let options = Options {
            platform: choice.destination.platform,
            profile: choice.profile.clone(),
            ..Depth::Syntax.into()
        };
        let analysis = analyze(host, file, options);
        require_profile(&analysis)?;
        let platform = analysis.platform;
        if let Some(step) = choice.at {
            let template = before(step, file, platform, choice, host)?;
            return Ok(Self { platform, template });
        }
        let reference = if let Some(given) = &choice.template {
            given.clone()
        } else {
            let name = analysis.manifest.name.as_ref().map(|name| name.value.clone());
            let name = name.ok_or_else(|| no_template(choice, &analysis))?;
            let tag = analysis.manifest.tags.iter().flatten().next();
            let tag = tag.filter(|_| supports(platform, Feature::Tags));
            let tag = tag.map(|tag| expanded(&tag.value, host)).transpose()?;
            TemplateRef { tag, ..template_ref(&name)? }
        };
        if reference.tag.is_some() && !supports(platform, Feature::Tags) {
            return Err(Failure::new(Exit::Usage, format!("`{platform}` has no tags")));
        }
        Ok(Self { platform, template: reference.to_string() })
    }
}

/// A declared tag with the values of its variables.
fn expanded(tag: &str, host: &dyn Host) -> Result<String, Failure> {
    // What has no variable names a build, or none.
    if !tag.contains('{') {
        return Ok(tag.to_owned());
    }
    expanded_tag(tag, &|name| host.variable(name)).map_err(|fault| {
        let help = fault.help().unwrap_or_else(|| fault.reason());
        Failure::new(Exit::Usage, fault.message(tag)).help(help)
    })
}

/// The state before a step of a template's build, or of the last build of a manifest.
fn before(
    step: NonZeroUsize,
    file: &Path,
    platform: Platform,
    choice: &SandboxChoice,
    host: &dyn Host,
) -> Result<String, Failure> {
    if !platform.is_local() {
        let message = format!("`{platform}` does not give access to the state before a step");
        return Err(Failure::new(Exit::Usage, message)
            .help("`--at` works on builds of the local platform: add `--platform local`"));
    }
    let build = if let Some(given) = &choice.template {
        given.to_string()
    } else {
        let profile = choice.profile.clone();
        last_build(&ManifestChoice { file: file.to_owned(), profile }, platform, host)?
    };
    Ok(before_step(&build, step.get()))
}

/// The last build of a manifest, as the platform refers to it.
fn last_build(
    manifest: &ManifestChoice,
    platform: Platform,
    host: &dyn Host,
) -> Result<String, Failure> {
    let record = Store::of_user(host).and_then(|store| store.last(manifest, platform));
    let record = record.map_err(|error| {
        let message = format!("cannot read the record of the last build: {}", describe(&error));
        Failure::new(Exit::Platform, message)
    })?;
    let Record { template_id, build_id, .. } = record.ok_or_else(|| {
        let message = format!("there is no record of a build of `{manifest}`");
        Failure::new(Exit::Platform, message)
            .help(format!("`sbx apply{} --platform {platform}` builds it", manifest.words()))
    })?;
    Ok(format!("{template_id}:{build_id}"))
}

fn no_template(choice: &SandboxChoice, analysis: &Analysis) -> Failure {
    match &choice.manifest {
        Some(manifest) => names_no_template(manifest, unreadable(analysis)),
        None => Failure::new(Exit::Usage, "no template is given")
            .help("give a name, or run `sbx` in a directory whose sandbox.toml has a `name`"),
    }
}
