//! Runs the stages in order on one manifest: text → diagnostics, template, files, plan.
//!
//! Every command and every editor uses it, so that they always agree.

mod archives;
mod build_context;
mod dockerfile;
mod files;
mod findings;
mod fixing;
mod front;
mod grouped;
mod image;
mod image_build;
mod lock;
mod options;
mod package_scripts;
mod profile;
mod readable;
mod secret_files;
mod silenced;
mod single_target;
mod tags;
mod test_secrets;
mod unmatched;
mod variants;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret as _;

use crate::context::{ContextError, FileSet, HashCache, hash_all};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::{FileSystem, describe};
use crate::lower::{self, Files, Plan};
use crate::manifest::Manifest;
use crate::parse;
use crate::platform::{Platform, Uploads};
use crate::registry::AuthKey;
use crate::secrets::{Literal, Mask, Secret};
use crate::source::{Source, SourceMap, Spanned};
use crate::template::{CopyMap, InstructionId, Resolution, Template};
use crate::trust::Route;

pub use fixing::{FixRound, fixed};
use front::Front;
pub use image_build::ImageInputs;
pub use lock::LockState;
pub use options::{Depth, Options};
pub use variants::{Shared, Variants};

pub use crate::trust::Secrets;

/// The result of analysing one manifest, without network access or with a registry's answer.
///
/// Clones of its parts are cheap: analyses of one manifest for several platforms share them.
#[derive(Debug)]
pub struct Analysis {
    /// The sources, with their secrets masked.
    pub sources: SourceMap,
    /// The platform that it is meant for.
    pub platform: Platform,
    /// The parsed manifest.
    pub manifest: Arc<Manifest>,
    /// The known facts about its base image.
    pub resolution: Resolution,
    /// The template; complete only if there is no error.
    pub template: Arc<Template>,
    /// The files of each copy.
    pub files: Arc<CopyMap<FileSet>>,
    /// The secrets that are written into the manifest, and where.
    pub secrets: Vec<Literal>,
    /// The diagnostics, without those that comments, the manifest or the arguments silence.
    pub diagnostics: Diagnostics,
    /// Comments that silence nothing here, but may do so in another profile.
    unused_here: Diagnostics,
    /// What the same text is on other platforms.
    front: Arc<Front>,
    options: Options,
}

/// Reads and checks the manifest at `path`.
pub fn analyze(file_system: &dyn FileSystem, path: &Path, options: impl Into<Options>) -> Analysis {
    let options = options.into();
    let decoded = file_system
        .read(path, parse::MAX_BYTES)
        .map_err(|error| Box::new(unreadable(path, &error)))
        .and_then(parse::decode);
    match decoded {
        Ok(text) => analyze_text(file_system, Source::new(path, text), options),
        Err(diagnostic) => {
            let mut reports = Diagnostics::new();
            reports.push(*diagnostic);
            let front = Front::unreadable(path, reports, Resolution::default());
            Analysis::of(Arc::new(front), options)
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let message = format!("cannot read `{}`: {}", path.display(), describe(error));
    let diagnostic = Diagnostic::without_place(Code::UnreadableFile, message);
    if error.kind() == std::io::ErrorKind::NotFound {
        return diagnostic.help("`sbx init` writes a manifest to begin with");
    }
    diagnostic
}

/// Checks a manifest's text as if it were at its source's path.
pub fn analyze_text(
    file_system: &dyn FileSystem,
    source: Source,
    options: impl Into<Options>,
) -> Analysis {
    analyze_with(file_system, source, options.into(), Resolution::default())
}

/// Checks a manifest's text with the known facts about its image.
fn analyze_with(
    file_system: &dyn FileSystem,
    source: Source,
    options: Options,
    resolution: Resolution,
) -> Analysis {
    options.cache.begin_analysis();
    let front = Front::read(file_system, source, resolution, &options);
    Analysis::of(Arc::new(front), options)
}

impl Analysis {
    /// What there is to say for the platform of the options, or else of the manifest.
    fn of(front: Arc<Front>, options: Options) -> Self {
        let platform = front.platform(&options).imitating(options.imitated);
        let findings = front.findings(platform);
        let mut sources = front.sources.clone();
        let mut diagnostics = findings.diagnostics.clone();
        let template = match &options.tag_values {
            Some(values) if platform.facts().has_tags => {
                tags::expand(&front, values, &options.extra_tags, &mut diagnostics)
            }
            Some(_) | None => front.template.clone(),
        };
        let literals: Vec<_> = front.secrets.iter().chain(&findings.secrets).cloned().collect();
        Mask::new(AuthKey::secret_names(), &literals).apply(&mut sources, &mut diagnostics);
        readable::keep(&sources, &mut diagnostics);
        let stale = diagnostics.iter().filter(|it| options.locked && it.code == Code::StaleLock);
        let stale: Vec<_> = stale.cloned().collect();
        let unused_here = silenced::silence(&front, platform, &options.levels, &mut diagnostics);
        if options.locked {
            lock::require(stale, &mut diagnostics);
        }
        Self {
            sources,
            platform,
            manifest: front.manifest.clone(),
            resolution: front.resolution.clone(),
            template,
            files: front.files.clone(),
            secrets: front.secrets.clone(),
            diagnostics,
            unused_here,
            front,
            options,
        }
    }

    /// The same manifest on another platform: nothing is read again.
    #[must_use]
    pub fn on(&self, platform: Platform) -> Self {
        let options = Options { platform: Some(platform), ..self.options.clone() };
        Self::of(self.front.clone(), options)
    }

    /// The same manifest in another profile, or without one. The text is not read again, nor are
    /// the files that both select.
    #[must_use]
    pub fn in_profile(&self, file_system: &dyn FileSystem, profile: Option<&str>) -> Self {
        let options = Options { profile: profile.map(str::to_owned), ..self.options.clone() };
        let written = (self.front.sources.manifest().clone(), self.front.written.clone());
        let front = Front::of_written(file_system, written, Resolution::default(), &options);
        Self::of(Arc::new(front), options)
    }

    /// The profile; `None` is the manifest without one.
    #[must_use]
    pub fn profile(&self) -> Option<&str> {
        self.options.profile.as_deref()
    }

    /// Whether the analysis was cancelled before it reached its depth, so that its diagnostics are
    /// incomplete.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.front.is_cancelled
    }

    /// The directory that the manifest's paths are relative to.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        directory_of(self.sources.manifest())
    }

    /// Hashes or reads the files, depending on the platform, and lowers the template.
    ///
    /// # Errors
    /// All diagnostics, if there is an error or a denied warning in the manifest, in a file, or in
    /// a secret that `secrets` should read.
    pub fn plan(&self, secrets: &Secrets<'_>) -> Result<Plan, Diagnostics> {
        self.plan_with(secrets, &HashCache::off())
    }

    /// The same with a cache of the hashes of unchanged files.
    ///
    /// # Errors
    /// Those of [`Analysis::plan`].
    pub fn plan_with(&self, secrets: &Secrets<'_>, cache: &HashCache) -> Result<Plan, Diagnostics> {
        let mut faults = Diagnostics::new();
        if self.diagnostics.has_blocking() {
            return Err(faults);
        }
        if let Some(fault) = self.unbuilt().or_else(|| self.unanswered()).or_else(|| self.unread())
        {
            faults.push(fault);
            return Err(faults);
        }
        let template = &self.template;
        let mut files = Files::default();
        match self.platform.facts().uploads {
            Uploads::Archives => {
                let sets: Vec<_> = self.files.values().collect();
                files.hashes = self.collect_ok(hash_all(&sets, cache), &mut faults);
            }
            Uploads::Inline { .. } => {
                let read = self.files.values().map(FileSet::contents);
                files.contents = self.collect_ok(read, &mut faults);
            }
        }
        let route = self.route();
        let mut reveal = |secret: &_| secrets.reveal(secret, &route, &mut faults);
        let plan = lower::lower(template, self.platform, &files, &mut reveal);
        if faults.has_errors() { Err(faults) } else { Ok(plan) }
    }

    /// What would be sent, without the hashes and contents of copied files, which are not read, and
    /// with placeholders for secrets; `None` if there is an error.
    #[must_use]
    pub fn preview(&self) -> Option<Plan> {
        if self.diagnostics.has_blocking() || self.unanswered().is_some() {
            return None;
        }
        let mut reveal = |secret: &Spanned<Secret>| secret.value.placeholder();
        Some(lower::lower(&self.template, self.platform, &Files::default(), &mut reveal))
    }

    /// Whether a text holds a secret that is written into the manifest.
    #[must_use]
    pub fn holds_secret(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| text.contains(secret.text.expose_secret()))
    }

    /// Where the manifest's secrets come from, and where they go.
    fn route(&self) -> Route {
        Route {
            directory: self.directory(),
            allow_outside: self.options.allow_outside.clone(),
            transfer: self.transfer(),
        }
    }

    /// The fault of asking for requests without having read the files of the copies.
    fn unread(&self) -> Option<Diagnostic> {
        let copy = self.template.copies().next();
        match self.front.depth {
            Depth::Files => return None,
            Depth::Manifest if copy.is_none() => return None,
            Depth::Manifest | Depth::Syntax => {}
        }
        let message = "the files of the build context have not been read";
        let fault = Diagnostic::without_place(Code::UnreadableFile, message);
        let span = copy.and_then(|(id, _)| self.template[id].origin.span());
        Some(Diagnostic { span, ..fault })
    }

    /// Collects the result of each copy, and reports each error at the copy.
    fn collect_ok<T>(
        &self,
        made: impl IntoIterator<Item = Result<T, ContextError>>,
        faults: &mut Diagnostics,
    ) -> CopyMap<T> {
        let mut ok = CopyMap::new();
        for (id, made) in self.files.keys().zip(made) {
            match made {
                Ok(value) => {
                    ok.insert(*id, value);
                }
                Err(error) => faults.push(files::diagnose(&error, &self.template[*id])),
            }
        }
        ok
    }
}

/// The directory that the paths of a manifest are relative to.
fn directory_of(manifest: &Source) -> PathBuf {
    match manifest.path().parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The diagnostic for a fault of a copy's files while packing.
#[must_use]
pub fn packing_fault(error: &ContextError, template: &Template, id: InstructionId) -> Diagnostic {
    files::diagnose(error, &template[id])
}

#[cfg(test)]
mod tests;
