//! The build that arguments select: a manifest's last one, or one by its IDs.

use std::path::{Path, PathBuf};

use super::image_build::Search;
use super::outcome::{Known, Unknown};
use super::plan::changes_since;
use super::resume;
use super::target::Target;
use super::{Exit, Failure, consent, image_build, online};
use crate::context::HashCache;
use crate::diagnostic::Levels;
use crate::host::{Host, describe};
use crate::lower::Plan;
use crate::pipeline::{Analysis, Depth, Options, Secrets};
use crate::platform::{Imitated, Platform};
use crate::printer::Printer;
use crate::settings::{BuildChoice, ManifestChoice, Reading, Trust};
use crate::state::{Digest, Record, Stage, Store};
use crate::submit::{Build, FaultKind, State, SubmitError};
use crate::trust::Consent;

/// The default manifest.
const FILE: &str = "sandbox.toml";

/// A build, and what this machine knows about it.
pub(super) struct ResolvedBuild {
    pub(super) build: Build,
    pub(super) platform: Platform,
    /// Its record, if this machine applied it.
    pub(super) record: Option<Record>,
    /// The manifest that it was built from, if it is known.
    pub(super) manifest: Option<ManifestChoice>,
    /// What the manifest may do.
    pub(super) trust: Trust,
}

/// What a build was made of, or why it is not known.
pub(super) type Source = Result<(Plan, Analysis), Unknown>;

impl ResolvedBuild {
    pub(super) fn find(choice: &BuildChoice, host: &dyn Host) -> Result<Self, Failure> {
        let store = Store::of_user(host).ok();
        match &choice.ids {
            Some((template_id, build_id)) => {
                let build = Build { template_id: template_id.clone(), build_id: build_id.clone() };
                Ok(Self::by_ids(choice, build, store.as_ref(), host))
            }
            None => Self::last(choice, store.as_ref(), host),
        }
    }

    fn by_ids(choice: &BuildChoice, build: Build, store: Option<&Store>, host: &dyn Host) -> Self {
        let record = store.and_then(|store| store.find(&build.template_id, &build.build_id));
        let known = record.as_ref().and_then(|record| Platform::find(&record.platform));
        let chosen =
            |file: &Path| ManifestChoice { file: file.to_owned(), profile: choice.profile.clone() };
        let given = choice.file.as_deref().map(chosen);
        let here = || {
            given.clone().or_else(|| Some(chosen(Path::new(FILE))).filter(|it| it.file.exists()))
        };
        let platform = choice.destination.platform.or(known).unwrap_or_else(|| match here() {
            Some(manifest) => platform_of(host, &manifest),
            None => Platform::DEFAULT,
        });
        let record = record.filter(|_| known == Some(platform));
        let remembered = record.as_ref().map(|record| ManifestChoice {
            file: named(&record.manifest),
            profile: record.profile.clone(),
        });
        let manifest = given.or(remembered);
        Self { build, platform, record, manifest, trust: choice.trust.clone() }
    }

    fn last(choice: &BuildChoice, store: Option<&Store>, host: &dyn Host) -> Result<Self, Failure> {
        let file = choice.file.clone().unwrap_or_else(|| PathBuf::from(FILE));
        let manifest = ManifestChoice { file, profile: choice.profile.clone() };
        let platform = choice.destination.platform.unwrap_or_else(|| platform_of(host, &manifest));
        let found = match store {
            Some(store) => store.last(&manifest, platform),
            None => Ok(None),
        };
        let found = found.map_err(|error| {
            let message = format!("cannot read the record of the last build: {}", describe(&error));
            Failure::new(Exit::Platform, message)
                .help("give the IDs of the build; the next `sbx apply` replaces the record")
        })?;
        let Some(record) = found else {
            let message = format!("there is no record of a build of `{manifest}` on {platform}");
            let others = Platform::ALL.iter().copied().filter(|other| {
                let last = store.and_then(|store| store.last(&manifest, *other).ok().flatten());
                last.is_some()
            });
            let others: Vec<_> = others.map(|other| format!("`--platform {other}`")).collect();
            let help = if !others.is_empty() {
                format!("there is one with {}", others.join(", "))
            } else if manifest.file.exists() {
                let command = apply_command(Some(&manifest), choice);
                format!(
                    "build it with `{command}`, or give the TEMPLATE_ID and BUILD_ID of a build \
                     made elsewhere"
                )
            } else {
                no_manifest(&manifest.file, choice)
            };
            return Err(Failure::new(Exit::Platform, message).help(help));
        };
        let build =
            Build { template_id: record.template_id.clone(), build_id: record.build_id.clone() };
        let trust = choice.trust.clone();
        Ok(Self { build, platform, record: Some(record), manifest: Some(manifest), trust })
    }

    /// Whether the platform waits for the start of a build that this machine registered and never
    /// started, such as one that was interrupted while its files were uploaded.
    pub(super) fn was_not_started(&self, state: &State) -> bool {
        let registered = |record: &Record| record.stage == Stage::Registered;
        *state == State::Waiting && self.record.as_ref().is_some_and(registered)
    }

    /// Whether it is ready, and `sbx apply` has not seen it pass its tests: they failed, or could not be
    /// run to their end.
    pub(super) fn is_untested(&self, state: &State) -> bool {
        *state == State::Ready && self.record.as_ref().is_some_and(|record| record.untested)
    }

    /// The template's name, or its ID if the name is not known.
    pub(super) fn name(&self) -> &str {
        self.record.as_ref().map_or(&self.build.template_id, |record| &record.name)
    }

    /// The path of the manifest; an empty one if it is not known.
    pub(super) fn path(&self) -> &Path {
        self.manifest.as_ref().map_or_else(|| Path::new(""), |manifest| &manifest.file)
    }

    pub(super) fn command(&self, subcommand: &str, choice: &BuildChoice) -> String {
        let data = choice.destination.local.data.as_deref();
        resume::command(subcommand, &self.build, self.platform, &choice.destination.endpoint, data)
    }

    /// What to do about a build that was registered only.
    pub(super) fn apply_again(&self, choice: &BuildChoice) -> String {
        let command = apply_command(self.manifest.as_ref(), choice);
        format!("run `{command}` again, unless one is still uploading the files of this build")
    }

    /// What to do about a build that has not passed its tests.
    pub(super) fn test_again(&self, choice: &BuildChoice) -> String {
        let command = apply_command(self.manifest.as_ref(), choice);
        let then = if self.platform.facts().has_tags {
            ", and moves the declared tags to it if the tests pass"
        } else {
            ""
        };
        format!("`{command}` tests it again{then}")
    }

    /// Connects to the platform of the build. The API key is only sent to the API that the record,
    /// the arguments or the environment name.
    pub(super) async fn target(
        &self,
        choice: &BuildChoice,
        host: &dyn Host,
        printer: &Printer,
    ) -> Result<Target, Failure> {
        let target = Target::open(
            &choice.destination.endpoint,
            &choice.destination.local,
            self.platform,
            host,
            printer,
        )
        .await?;
        let named = choice.destination.endpoint.api_url.is_some()
            || choice.destination.endpoint.domain.is_some();
        let (there, here) = (self.api_url(), target.address());
        if let (Some(there), Some(here), false) = (there, here, named)
            && there != here
        {
            let message = format!("the build was made at `{there}`, and `{here}` would be asked");
            return Err(Failure::new(Exit::Usage, message)
                .help(format!("`--api-url {there}` asks there, with the key that is set")));
        }
        Ok(target)
    }

    fn api_url(&self) -> Option<String> {
        // Every local platform is one's own.
        self.platform.facts().access?;
        self.record.as_ref()?.api_url.clone()
    }

    /// The failure of a request about the build.
    pub(super) fn unreachable(&self, error: &SubmitError) -> Failure {
        let unknown = matches!(error.kind, FaultKind::Refused { status: 400 | 404, .. });
        let failure = Failure::new(Exit::Platform, error.to_string());
        if unknown {
            let platform = self.platform;
            return failure.help(format!(
                "`{platform}` has no such build: check both IDs, `--platform` and the API key"
            ));
        }
        match error.help() {
            Some(help) => failure.help(help),
            None => failure,
        }
    }

    /// What the build was made of, if the manifest still compiles to the same requests.
    pub(super) fn source(&self, host: &dyn Host, printer: &Printer) -> Source {
        let unknown = |why: String| Err(Unknown { why });
        let Some(manifest) = &self.manifest else {
            return unknown("its manifest is not known".to_owned());
        };
        let shown = manifest;
        let recorded = self.record.as_ref().and_then(|record| record.imitates.as_deref());
        let imitated = Some(Imitated::of_record(recorded));
        let reading = Reading { imitated, trust: self.trust.clone(), ..Reading::default() };
        let options = super::options(Some(self.platform), &Levels::default(), &reading, host);
        let options = Options { profile: manifest.profile.clone(), ..options };
        let analysis = super::analyze(host, &manifest.file, options);
        let mut consent = Consent::default();
        if let Some(transfer) = analysis.transfer().filter(|_| analysis.withheld().is_some()) {
            consent = consent::known(&self.trust, &manifest.file, host, printer);
            if transfer.refusal(&consent).is_some() {
                let names = transfer.names();
                return unknown(format!(
                    "reading the image of `{shown}` would send {names} without consent"
                ));
            }
        }
        let secrets = Secrets::Sent { host, consent: &consent };
        let search =
            Search { secrets: &secrets, cache: &HashCache::off(), engine: None, host, printer };
        let found = image_build::find(analysis, &search)
            .and_then(|analysis| online::inherit(analysis, &secrets, host, printer));
        let analysis = match found {
            Ok(analysis) => analysis,
            Err(failure) => return unknown(failure.message),
        };
        // Revealed secrets are removed from all output. If one is not set, placeholders make the
        // same plan.
        let plan =
            analysis.plan(&Secrets::Local(host)).or_else(|_| analysis.plan(&Secrets::Hidden)).ok();
        let Some(record) = &self.record else {
            return unknown(format!("it is not known whether `{shown}` has changed since"));
        };
        match plan {
            Some(plan) if Digest::of(&plan) == record.requests => Ok((plan, analysis)),
            Some(plan) => unknown(self.changed(manifest, analysis, plan, host)),
            None => {
                unknown(format!("`{shown}` cannot be compiled now, so the location is not known"))
            }
        }
    }

    /// What is not what the build was made of.
    fn changed(
        &self,
        manifest: &ManifestChoice,
        analysis: Analysis,
        plan: Plan,
        host: &dyn Host,
    ) -> String {
        let store = Store::of_user(host).ok();
        let history = store.and_then(|store| store.history(manifest, self.platform));
        let mut builds = history.into_iter().flat_map(|history| history.builds);
        let built = builds.find(|built| {
            built.template_id == self.build.template_id && built.build_id == self.build.build_id
        });
        let changes = built.map(|built| changes_since(&built.inputs, manifest, analysis, plan));
        match changes.unwrap_or_default() {
            changes if changes.is_empty() => format!(
                "`{manifest}` or a file that it uses has changed since, so the location is not known"
            ),
            changes => format!(
                "the location is not known, because of what has changed since:\n  {}",
                changes.join("\n  ")
            ),
        }
    }
}

/// The source by reference.
pub(super) fn known(source: &Source) -> Result<Known<'_>, &Unknown> {
    source.as_ref().map(|(plan, analysis)| Known { plan, analysis })
}

/// What to do about a word that is no path of a manifest, such as the name of a template.
fn no_manifest(given: &Path, choice: &BuildChoice) -> String {
    let shown = given.display().to_string();
    let is_path = given.extension().is_some_and(|end| end == "toml") || shown.contains('/');
    let name = if is_path { "NAME" } else { &shown };
    let options = options(choice);
    format!(
        "there is no file `{shown}`: give a manifest, or the TEMPLATE_ID and BUILD_ID of a build; \
         `sbx show {name}{options}` lists those of a template"
    )
}

/// The command that builds a manifest where the arguments say.
fn apply_command(manifest: Option<&ManifestChoice>, choice: &BuildChoice) -> String {
    let words = manifest.map(ManifestChoice::words).unwrap_or_default();
    format!("sbx apply{words}{}", options(choice))
}

/// The options that say where a build is, for the commands that are proposed.
fn options(choice: &BuildChoice) -> String {
    resume::options(
        choice.destination.platform,
        &choice.destination.endpoint,
        choice.destination.local.data.as_deref(),
    )
}

/// The platform that a manifest names, which its syntax alone says.
fn platform_of(host: &dyn Host, manifest: &ManifestChoice) -> Platform {
    let profile = manifest.profile.clone();
    super::analyze(host, &manifest.file, Options { profile, ..Depth::Syntax.into() }).platform
}

/// A path relative to the current directory, if it is below it.
fn named(manifest: &str) -> PathBuf {
    let path = Path::new(manifest);
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    match here.ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned)) {
        Some(relative) => relative,
        None => path.to_owned(),
    }
}
