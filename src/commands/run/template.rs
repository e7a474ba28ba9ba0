//! The template of a sandbox: the one of an argument, or that of a manifest.

use std::path::Path;

use crate::commands::{Exit, Failure, analyze};
use crate::host::Host;
use crate::pipeline::{Depth, Options};
use crate::platform::Platform;
use crate::scalar::TemplateRef;
use crate::settings::{SandboxChoice, template_ref};
use crate::submit::templates::{Feature, supports};

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
        let options = Options { platform: choice.platform, ..Depth::Syntax.into() };
        let analysis = analyze(host, file, options);
        let platform = analysis.platform;
        let reference = if let Some(given) = &choice.template {
            given.clone()
        } else {
            let name = analysis.manifest.name.as_ref().map(|name| name.value.clone());
            let name = name.ok_or_else(|| no_template(choice))?;
            let tag = analysis.manifest.tags.iter().flatten().next();
            let tag = tag.filter(|_| supports(platform, Feature::Tags));
            TemplateRef { tag: tag.map(|tag| tag.value.clone()), ..template_ref(&name)? }
        };
        if reference.tag.is_some() && !supports(platform, Feature::Tags) {
            return Err(Failure::new(Exit::Usage, format!("`{platform}` has no tags")));
        }
        Ok(Self { platform, template: reference.to_string() })
    }
}

fn no_template(choice: &SandboxChoice) -> Failure {
    match &choice.manifest {
        Some(manifest) => {
            let message = format!("`{}` names no template", manifest.display());
            Failure::new(Exit::Usage, message)
                .help("`sbx check` shows what is wrong with the manifest")
        }
        None => Failure::new(Exit::Usage, "no template is given")
            .help("give a name, or run `sbx` in a directory whose sandbox.toml has a `name`"),
    }
}
