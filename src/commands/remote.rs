//! What the verbs for templates share: the platform that they talk to, and how it is told.

use std::path::Path;

use serde::Serialize;

use super::report::note_retry;
use super::resume::retry_policy;
use super::serve::runtime;
use super::target::Target;
use super::{Exit, Failure};
use crate::host::Host;
use crate::pipeline::{Depth, Options};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::scalar::TemplateRef;
use crate::settings::{self, Format};
use crate::submit::templates::{Feature, Lookup, supports};
use crate::submit::{self, Event, FaultKind, SubmitError, TemplateStore};

/// The manifest that says what no argument does.
const MANIFEST: &str = "sandbox.toml";

/// A platform that answers, and somebody to tell about it.
pub(super) struct Remote<'a> {
    pub(super) platform: Platform,
    pub(super) templates: Box<dyn TemplateStore>,
    pub(super) printer: &'a Printer,
    is_json: bool,
    /// Where the platform is; an embedded one ends with this.
    _target: Target,
}

/// What a verb does once the platform is known; `None` where it talks to nobody.
pub(super) struct Context {
    /// The platform that is meant.
    pub(super) platform: Platform,
    /// The name in the manifest of this directory.
    name: Option<String>,
}

impl Context {
    /// The platform of the arguments, else of this directory's manifest, else the usual one.
    pub(super) fn new(settings: &settings::Remote, host: &dyn Host) -> Self {
        let options = Options { platform: settings.platform, ..Depth::Syntax.into() };
        let analysis = super::analyze(host, Path::new(MANIFEST), options);
        let name = analysis.manifest.name.as_ref().map(|name| name.value.clone());
        Self { platform: analysis.platform, name }
    }

    /// The template that is meant: the one of the arguments, else the manifest's.
    pub(super) fn template(&self, given: Option<&TemplateRef>) -> Result<TemplateRef, Failure> {
        if let Some(given) = given {
            return self.checked(given.clone());
        }
        let Some(name) = &self.name else {
            return Err(Failure::new(Exit::Usage, "no template is named")
                .help("name one, or go to the directory of a sandbox.toml that has a `name`"));
        };
        self.checked(settings::template_ref(name)?)
    }

    /// A reference that the platform can have.
    fn checked(&self, reference: TemplateRef) -> Result<TemplateRef, Failure> {
        if reference.tag.is_some() {
            self.require(Feature::Tags)?;
        }
        Ok(reference)
    }

    /// Refuses what the platform does not have, before anybody asks it.
    pub(super) fn require(&self, feature: Feature) -> Result<(), Failure> {
        if supports(self.platform, feature) {
            return Ok(());
        }
        let platform = self.platform;
        let message = match feature {
            Feature::Tags => format!("`{platform}` has no tags"),
            Feature::Publishing => format!("`{platform}` has no public templates"),
        };
        let able: Vec<_> = Platform::ALL.iter().filter(|it| supports(**it, feature)).collect();
        let able: Vec<_> = able.iter().map(|platform| format!("`{platform}`")).collect();
        let help = format!("{} have them: choose one with `--platform`", able.join(", "));
        Err(Failure::new(Exit::Usage, message).help(help))
    }
}

/// Does something on a platform.
pub(super) fn on(
    settings: &settings::Remote,
    platform: Platform,
    host: &dyn Host,
    printer: &Printer,
    work: impl AsyncFnOnce(&Remote<'_>) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    runtime()?.block_on(async {
        let remote = Remote::open(settings, platform, host, printer).await?;
        work(&remote).await
    })
}

impl<'a> Remote<'a> {
    async fn open(
        settings: &settings::Remote,
        platform: Platform,
        host: &dyn Host,
        printer: &'a Printer,
    ) -> Result<Self, Failure> {
        let data = settings.data.as_ref();
        let target =
            Target::open(&settings.endpoint, data, platform, host, printer.redaction()).await?;
        let retry_policy = retry_policy(None, host);
        let templates = submit::templates(platform, &target.endpoint, retry_policy)
            .map_err(|error| failure(&error))?;
        let is_json = settings.format == Format::Json;
        Ok(Self { platform, templates, printer, is_json, _target: target })
    }

    /// Whether programs read along.
    pub(super) const fn is_json(&self) -> bool {
        self.is_json
    }

    /// Tells people what goes wrong on the way.
    pub(super) fn observe(&self, event: &Event) {
        note_retry(self.printer, event);
    }

    /// Prints one JSON value.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value)
            .map_err(|error| Failure::new(Exit::Platform, error.to_string()))?;
        self.printer.data_line(&text);
        Ok(())
    }

    /// The ID of a template that must be there and yours.
    pub(super) async fn find(&self, reference: &TemplateRef) -> Result<String, Failure> {
        let observer = |event: Event| self.observe(&event);
        let found = self.templates.look_up(reference, &observer).await;
        match found.map_err(|error| failure(&error))? {
            Lookup::Found { template_id, .. } => Ok(template_id),
            Lookup::NotYours => {
                let message =
                    format!("`{reference}` exists on `{}`, but is not yours", self.platform);
                Err(Failure::new(Exit::Platform, message)
                    .help("the API key is another team's, or the name is taken by another team"))
            }
            Lookup::Missing => {
                let message = format!("there is no template `{reference}` on `{}`", self.platform);
                Err(Failure::new(Exit::Platform, message)
                    .help("`sbx list` shows those that there are"))
            }
        }
    }
}

/// A fault of the platform's as the end of a command.
pub(super) fn failure(error: &SubmitError) -> Failure {
    let failure = Failure::new(Exit::Platform, error.to_string());
    match (&error.kind, error.help()) {
        // An address that was right until now is right; what is missing is said in the message.
        (FaultKind::Refused { status: 404, .. }, _) | (_, None) => failure,
        (_, Some(help)) => failure.help(help),
    }
}
