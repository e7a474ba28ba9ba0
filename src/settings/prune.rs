//! The settings of `sbx prune`.

use super::destination::Destination;
use super::endpoint::{EndpointChoice, endpoint};
use super::local::{LocalChoice, local};
use super::templates::{Remote, whole_template};
use super::{Format, UsageError, platform};
use crate::cli;
use crate::platform::Platform;
use crate::scalar::TemplateRef;

/// `sbx prune`
#[derive(Debug)]
pub enum Prune {
    /// Without a template: the local platform's engine.
    Engine(PruneEngine),
    /// With one: its tags.
    Tags(PruneTags),
}

/// `sbx prune` without a template
#[derive(Debug)]
pub struct PruneEngine {
    /// Where the arguments say that the platform is.
    pub endpoint: EndpointChoice,
    /// The data and the engine of the local platform.
    pub local: LocalChoice,
    /// The format of what is printed.
    pub format: Format,
}

/// `sbx prune TEMPLATE`
#[derive(Debug)]
pub struct PruneTags {
    /// The platform.
    pub remote: Remote,
    /// The template.
    pub template: TemplateRef,
    /// Whether to remove tags without asking for confirmation.
    pub yes: bool,
}

pub(super) fn prune(args: cli::Prune) -> Result<Prune, UsageError> {
    let cli::Prune { template, yes, platform: name, endpoint: place, data, format } = args;
    let (place, local) = (endpoint(place)?, local(data.data, data.engine.engine));
    if let Some(template) = template {
        let template = whole_template(&template)?;
        let platform = platform(name.as_ref())?;
        let format = format.into();
        let destination = Destination { platform, endpoint: place, local };
        let remote = Remote { destination, manifest: None, profile: None, format };
        return Ok(Prune::Tags(PruneTags { remote, template, yes }));
    }
    // Without a template, the variable does not select a platform that cannot be pruned as a whole.
    let given = name.filter(|name| name.variable.is_none());
    let platform = platform(given.as_ref())?.unwrap_or(Platform::Local);
    if !platform.is_local() {
        let message = format!("`sbx prune` cannot prune all of `{platform}`");
        let help = "give the name of a template, whose unused tags are removed, or add `--platform \
                    local`, whose cached layers are removed";
        return Err(UsageError::new(message, help));
    }
    Ok(Prune::Engine(PruneEngine { endpoint: place, local, format: format.into() }))
}
