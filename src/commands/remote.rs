//! What the commands that manage templates share: the platform, and the output.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::report::note_retry;
use super::resume::{options, retry_policy};
use super::serve::runtime;
use super::table::plain;
use super::target::Target;
use super::{Exit, Failure, names_no_template};
use crate::diagnostic::{Code, Diagnostic};
use crate::host::Host;
use crate::pipeline::{Analysis, Depth, Options};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::scalar::TemplateRef;
use crate::settings::{self, Destination, Format, ManifestChoice};
use crate::submit::templates::{Feature, Lookup, supports};
use crate::submit::{self, Driver, Event, FaultKind, SubmitError, TemplateStore};

/// The manifest that supplies what arguments do not.
const MANIFEST: &str = "sandbox.toml";

/// A connection to a platform, and where its answers are printed.
pub(super) struct Remote<'a> {
    pub(super) platform: Platform,
    pub(super) templates: Box<dyn TemplateStore>,
    pub(super) printer: &'a Printer,
    is_json: bool,
    /// The options that select the platform, for the commands that are proposed.
    options: String,
    /// Where the platform is; an embedded one ends with this.
    target: Target,
}

/// What is known before the platform is connected to.
pub(super) struct Context {
    /// The selected platform.
    pub(super) platform: Platform,
    /// The name in the manifest.
    name: Option<String>,
    /// The manifest, read as far as its tags need.
    analysis: Analysis,
    /// How many tests the manifest has.
    tests: usize,
    /// The manifest, if an argument names it.
    manifest: Option<PathBuf>,
    /// Why the manifest cannot be read, if it cannot.
    unreadable: Option<String>,
    /// Its profile.
    profile: Option<String>,
}

impl Context {
    /// Takes the platform from the arguments, else from the manifest, else the default.
    ///
    /// # Errors
    /// The manifest does not have the selected profile.
    pub(super) fn new(settings: &settings::Remote, host: &dyn Host) -> Result<Self, Failure> {
        let options = Options {
            platform: settings.destination.platform,
            profile: settings.profile.clone(),
            ..Depth::Syntax.into()
        };
        let manifest = settings.manifest.clone();
        let file = manifest.as_deref().unwrap_or_else(|| Path::new(MANIFEST));
        let analysis = super::analyze(host, file, options);
        require_profile(&analysis)?;
        let name = analysis.manifest.name.as_ref().map(|name| name.value.clone());
        let tests = analysis.manifest.tests().len();
        Ok(Self {
            platform: analysis.platform,
            name,
            tests,
            manifest,
            unreadable: super::unreadable(&analysis),
            analysis,
            profile: settings.profile.clone(),
        })
    }

    /// The words of a command for the manifest: its path, unless it is the one in this directory.
    pub(super) fn manifest_words(&self) -> String {
        let file = self.manifest.clone().unwrap_or_else(|| PathBuf::from(MANIFEST));
        ManifestChoice { file, profile: self.profile.clone() }.words()
    }

    /// The tags in the manifest, with the values of their variables; `None` if one is wrong, which is
    /// reported.
    pub(super) fn tags(&self, host: &dyn Host, printer: &Printer) -> Option<Vec<String>> {
        let written = self.analysis.manifest.tags.iter().flatten();
        let written: Vec<_> = written.map(|tag| tag.value.clone()).collect();
        if !written.iter().any(|tag| tag.contains('{')) {
            return Some(written);
        }
        let analysis = self.analysis.on(self.platform).with_tag_values(host);
        if analysis.diagnostics.has_blocking() {
            super::show(printer, &analysis.diagnostics, &analysis.sources);
            return None;
        }
        Some(analysis.template.tags.clone())
    }

    /// How many tests the manifest has, if it is that of a template.
    pub(super) fn tests_of(&self, template: &TemplateRef) -> usize {
        if self.name.as_ref() == Some(&template.name) { self.tests } else { 0 }
    }

    /// The template of the arguments, else of the manifest.
    pub(super) fn template(&self, given: Option<&TemplateRef>) -> Result<TemplateRef, Failure> {
        if let Some(given) = given {
            return self.checked(given.clone());
        }
        if let (None, Some(manifest)) = (&self.name, &self.manifest) {
            return Err(names_no_template(manifest, self.unreadable.clone()));
        }
        let Some(name) = &self.name else {
            return Err(Failure::new(Exit::Usage, "no template is given")
                .help("give a name, or run `sbx` in a directory whose sandbox.toml has a `name`"));
        };
        self.checked(settings::template_ref(name)?)
    }

    /// Refuses a tag on a platform without tags.
    fn checked(&self, reference: TemplateRef) -> Result<TemplateRef, Failure> {
        if reference.tag.is_some() {
            self.require(Feature::Tags)?;
        }
        Ok(reference)
    }

    /// Refuses what the platform does not support, before any request.
    pub(super) fn require(&self, feature: Feature) -> Result<(), Failure> {
        require(self.platform, feature)
    }
}

/// Refuses a profile that a manifest does not have.
pub(super) fn require_profile(analysis: &Analysis) -> Result<(), Failure> {
    let is_unknown = |diagnostic: &&Diagnostic| diagnostic.code == Code::UnknownProfile;
    let Some(unknown) = analysis.diagnostics.iter().find(is_unknown) else { return Ok(()) };
    let manifest = analysis.sources.manifest().name();
    let failure = Failure::new(Exit::Usage, format!("{} in `{manifest}`", unknown.message));
    Err(Failure { help: unknown.help.clone(), ..failure })
}

/// Refuses a feature that the platform does not have, before any request.
pub(super) fn require(platform: Platform, feature: Feature) -> Result<(), Failure> {
    if supports(platform, feature) {
        return Ok(());
    }
    let message = match feature {
        Feature::Tags => format!("`{platform}` has no tags"),
        Feature::Publishing => format!("`{platform}` has no public templates"),
    };
    let able: Vec<_> = Platform::ALL.iter().filter(|it| supports(**it, feature)).collect();
    let able: Vec<_> = able.iter().map(|platform| format!("`{platform}`")).collect();
    let help = format!("supported by {}: select one with `--platform`", able.join(", "));
    Err(Failure::new(Exit::Usage, message).help(help))
}

/// Refuses a command that asks for confirmation without a terminal, before any request.
/// `what` is what it does with `--yes`.
pub(super) fn require_answer(yes: bool, what: &str) -> Result<(), Failure> {
    if yes || Printer::can_ask() {
        return Ok(());
    }
    Err(Failure::new(Exit::Usage, "cannot ask for confirmation without a terminal")
        .help(format!("`--yes` {what} without confirmation")))
}

/// Connects to a platform, and runs `work`.
pub(super) fn on<T>(
    settings: &settings::Remote,
    platform: Platform,
    host: &dyn Host,
    printer: &Printer,
    work: impl AsyncFnOnce(&Remote<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
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
        let Destination { endpoint, local, .. } = &settings.destination;
        let target = Target::open(endpoint, local, platform, host, printer).await?;
        let retry_policy = retry_policy(None, host);
        let templates = submit::templates(platform, &target.endpoint, retry_policy)
            .map_err(|error| failure(&error))?;
        let is_json = settings.format == Format::Json;
        let options = options(settings.destination.platform, endpoint, local.data.as_deref());
        Ok(Self { platform, templates, printer, is_json, options, target })
    }

    /// A client for the builds of the same platform.
    pub(super) fn driver(&self, host: &dyn Host) -> Result<Box<dyn Driver>, Failure> {
        let retry_policy = retry_policy(None, host);
        submit::driver(self.platform, &self.target.endpoint, retry_policy)
            .map_err(|error| failure(&error))
    }

    /// The API's URL as records have it.
    pub(super) fn address(&self) -> Option<String> {
        self.target.address()
    }

    /// Another command on the same platform.
    pub(super) fn command(&self, words: &str) -> String {
        format!("sbx {words}{}", self.options)
    }

    /// Whether the output is JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.is_json
    }

    /// Reports requests that are sent again.
    pub(super) fn observe(&self, event: &Event) {
        note_retry(self.printer, event);
    }

    /// The failure of a command that needs the list of a template's tags.
    pub(super) fn lists_no_tags(&self) -> Failure {
        let message = format!("`{}` does not list the tags of a template", self.platform);
        Failure::new(Exit::Platform, message)
    }

    /// Prints one JSON value.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value)
            .map_err(|error| Failure::new(Exit::Platform, error.to_string()))?;
        self.printer.json(&text);
        Ok(())
    }

    /// The ID of a template, which must exist and belong to the account.
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
            Lookup::NotReady { status } => {
                let status = plain(&status);
                let message = format!("the build `{reference}` is `{status}`, not `ready`");
                Err(Failure::new(Exit::Platform, message))
            }
            Lookup::Missing => {
                let message = format!("there is no template `{reference}` on `{}`", self.platform);
                Err(Failure::new(Exit::Platform, message)
                    .help(format!("`{}` lists your templates", self.command("list"))))
            }
        }
    }
}

/// A failed request as the failure of a command.
pub(super) fn failure(error: &SubmitError) -> Failure {
    let failure = Failure::new(Exit::Platform, error.to_string());
    match (&error.kind, error.help()) {
        // The address is correct, since requests before were answered; the message says the rest.
        (FaultKind::Refused { status: 404, .. }, _) | (_, None) => failure,
        (_, Some(help)) => failure.help(help),
    }
}
