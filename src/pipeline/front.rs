//! What is known of a manifest whatever platform it is built for: its texts, what they mean, and
//! the files that its copies take.
//!
//! It is made once for an analysis. What depends on the platform is [`Findings`], made of it for
//! each platform that is asked about.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::findings::{self, Findings};
use super::lock::{self, LockState};
use super::profile::{self, Written};
use super::{Depth, Options, directory_of, dockerfile, files};
use crate::context::FileSet;
use crate::diagnostic::Diagnostics;
use crate::dockerfile::Dockerfile;
use crate::host::FileSystem;
use crate::lint::{PackageScripts, SecretFiles};
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::resolve::{self, Inputs};
use crate::secrets::{Literal, Secret};
use crate::source::{FileId, Source, SourceMap, Spanned};
use crate::template::{CopyMap, ImageLookup, Resolution, Template};
use crate::trust::{Confined, misplaced};

/// What is the same on every platform.
#[derive(Debug)]
pub(super) struct Front {
    pub(super) sources: SourceMap,
    /// The manifest as it is written, without a profile, and what its text reports.
    pub(super) written: Arc<Written>,
    /// The manifest with its profile.
    pub(super) manifest: Arc<Manifest>,
    pub(super) resolution: Resolution,
    /// Whether a registry was asked about the image.
    pub(super) is_asked: bool,
    /// What is locked.
    pub(super) lock: LockState,
    /// Whether there has to be a lock.
    pub(super) is_locked: bool,
    pub(super) template: Arc<Template>,
    /// The Dockerfile among the texts, if the manifest names one that can be read.
    pub(super) dockerfile: Option<FileId>,
    /// The files of each copy.
    pub(super) files: Arc<CopyMap<FileSet>>,
    /// The files of which an image is built; `None` if there are none.
    pub(super) build_context: Option<FileSet>,
    /// The scripts of the `package.json` files among them, if a step runs one.
    pub(super) package_scripts: PackageScripts,
    /// Those of them that hold a secret by their content.
    pub(super) secret_files: SecretFiles,
    /// The secrets that are written into the manifest.
    pub(super) secrets: Vec<Literal>,
    /// How far the stages came.
    pub(super) depth: Depth,
    /// Whether they were stopped on their way.
    pub(super) is_cancelled: bool,
    /// The platforms that reach the registries of this machine.
    pub(super) same_machine: Vec<Platform>,
    pub(super) reports: Reports,
    findings: Mutex<HashMap<Platform, Arc<Findings>>>,
}

/// What each stage reported.
#[derive(Debug, Default)]
pub(super) struct Reports {
    pub(super) parse: Diagnostics,
    pub(super) secrets: Diagnostics,
    pub(super) dockerfile: Diagnostics,
    pub(super) lock: Diagnostics,
    pub(super) resolve: Diagnostics,
    pub(super) files: Diagnostics,
}

impl Front {
    /// A manifest that could not be read.
    pub(super) fn unreadable(path: &Path, reports: Diagnostics, resolution: Resolution) -> Self {
        let sources = SourceMap::new(Source::new(path, String::new()));
        let front = Self::new(sources, Arc::default(), resolution);
        Self { reports: Reports { parse: reports, ..Reports::default() }, ..front }
    }

    /// Runs the stages over a manifest's text, as far as the options say.
    pub(super) fn read(
        file_system: &dyn FileSystem,
        source: Source,
        resolution: Resolution,
        options: &Options,
    ) -> Self {
        let written = Arc::new(Written::of(source.text()));
        Self::of_written(file_system, (source, written), resolution, options)
    }

    /// Runs the stages behind the parser.
    pub(super) fn of_written(
        file_system: &dyn FileSystem,
        (source, written): (Source, Arc<Written>),
        resolution: Resolution,
        options: &Options,
    ) -> Self {
        let (manifest, fault) = profile::select(&written.manifest, options.profile.as_deref());
        let mut front = Self::new(SourceMap::new(source), manifest, resolution);
        front.reports.parse = written.reports.clone();
        front.reports.parse.extend(fault);
        front.same_machine.clone_from(&options.same_machine);
        front.is_locked = options.locked;
        front.secrets.clone_from(&written.secrets);
        front.written = written;
        let directory = directory_of(front.sources.manifest());
        let files = Confined::new(file_system, &directory, &options.allow_outside);
        if front.goes_on(Depth::Manifest, options) {
            front.resolve(&files, options);
        }
        if front.goes_on(Depth::Files, options) {
            front.select(&files, options);
        }
        front.is_cancelled = front.depth < options.depth;
        front
    }

    fn new(sources: SourceMap, manifest: Arc<Manifest>, resolution: Resolution) -> Self {
        let nothing = Inputs { resolution: &resolution, dockerfile: None, extra_tags: &[] };
        let (template, _) = resolve::resolve(&Manifest::default(), nothing);
        Self {
            sources,
            is_asked: resolution.image != ImageLookup::Unasked,
            written: Arc::default(),
            manifest,
            resolution,
            lock: LockState::default(),
            is_locked: false,
            template: Arc::new(template),
            dockerfile: None,
            files: Arc::default(),
            build_context: None,
            package_scripts: PackageScripts::new(),
            secret_files: SecretFiles::new(),
            secrets: Vec::new(),
            depth: Depth::Syntax,
            is_cancelled: false,
            same_machine: Vec::new(),
            reports: Reports::default(),
            findings: Mutex::default(),
        }
    }

    /// Whether a stage of this depth is wanted and not cancelled.
    fn goes_on(&self, depth: Depth, options: &Options) -> bool {
        // A stage that was cancelled is not the end of the one before it.
        let is_next = self.depth >= depth.before();
        is_next && options.depth >= depth && !options.cancellation.is_cancelled()
    }

    fn resolve(&mut self, file_system: &Confined<'_>, options: &Options) {
        self.reports.secrets = self.misplaced_secrets(file_system, options);
        let dockerfile = dockerfile::read(
            file_system,
            &mut self.sources,
            &self.manifest,
            options.depth,
            &mut self.reports.dockerfile,
        );
        self.lock = lock::read(file_system, &mut self.sources, &mut self.reports.lock);
        let inputs = Inputs {
            resolution: &self.resolution,
            dockerfile: dockerfile.as_ref(),
            extra_tags: &options.extra_tags,
        };
        let mut resolved = resolve::resolve(&self.manifest, inputs);
        if let LockState::Read(lock) = &self.lock {
            // Only the template says which of its inputs to look for.
            let platform = self.platform(options);
            let resolution = lock.resolution(&resolved.0.base, platform, &self.resolution);
            resolved =
                resolve::resolve(&self.manifest, Inputs { resolution: &resolution, ..inputs });
            self.resolution = resolution;
        }
        let (template, reports) = resolved;
        self.template = Arc::new(template);
        self.reports.resolve = reports;
        self.dockerfile = dockerfile.as_ref().map(Dockerfile::file);
        self.depth = Depth::Manifest;
    }

    /// The platform of the options, or else of the manifest.
    pub(super) fn platform(&self, options: &Options) -> Platform {
        let chosen = self.manifest.platform.as_ref().map(|platform| platform.value);
        options.platform.or(chosen).unwrap_or(Platform::DEFAULT)
    }

    /// The faults of files that cannot be secrets. They are not opened.
    fn misplaced_secrets(&self, files: &Confined<'_>, options: &Options) -> Diagnostics {
        let directory = directory_of(self.sources.manifest());
        let mut faults = Diagnostics::new();
        for secret in self.manifest.secrets() {
            if let Secret::File(path) = &secret.value {
                let path = Spanned::new(path.clone(), secret.span);
                faults.extend(misplaced(&path, files, &directory, &options.key_files));
            }
        }
        faults
    }

    fn select(&mut self, file_system: &dyn FileSystem, options: &Options) {
        let Some(files) = files::select(file_system, self, options) else { return };
        self.files = Arc::new(files);
        self.depth = Depth::Files;
    }

    /// What there is to say for one platform.
    pub(super) fn findings(&self, platform: Platform) -> Arc<Findings> {
        let known = || self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(&platform) {
            return known.clone();
        }
        let made = Arc::new(findings::find(self, platform));
        known().insert(platform, made.clone());
        made
    }
}
