//! A manifest whose lock is written or compared.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::commands::{Failure, analyze, consent, hash_cache, options, show};
use crate::diagnostic::{Code, Diagnostics, Levels};
use crate::host::{Host, Overlay, describe};
use crate::lock::package::{self, Question};
use crate::lock::{self, ImageKey, LockedImage, TemplateKey};
use crate::pipeline::{self, Analysis, Depth, LockState, Options, Secrets, Variants};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::Lock;
use crate::template::{BaseSource, ImageQuery};

/// An image that is built from a Dockerfile.
pub(super) struct Build {
    /// The repository that it is pushed to.
    pub(super) repository: String,
    /// What the registry is asked, with the tag of the inputs; `None` if it cannot be.
    pub(super) query: Option<ImageQuery>,
}

/// A manifest with what it needs.
pub(super) struct Subject {
    pub(super) file: PathBuf,
    /// Where its lock is.
    pub(super) path: PathBuf,
    /// What is locked.
    pub(super) lock: lock::Lock,
    /// Whether there is a lock.
    pub(super) exists: bool,
    /// The images, with what their registries are asked.
    pub(super) images: BTreeMap<ImageKey, ImageQuery>,
    /// The images that are built from a Dockerfile, by the tags of their inputs.
    pub(super) builds: BTreeMap<String, Build>,
    /// The parent templates, with their platforms.
    pub(super) parents: BTreeMap<TemplateKey, Platform>,
    /// The packages without a version.
    pub(super) packages: Vec<Question>,
    /// What is not locked, and why, for people.
    pub(super) remarks: Vec<String>,
}

impl Subject {
    /// Reads a manifest and its lock; `None` if one of them is wrong, which is reported.
    pub(super) fn read(
        settings: &Lock,
        file: &Path,
        host: &dyn Host,
        printer: &Printer,
    ) -> Option<Self> {
        let platform = settings.remote.destination.platform;
        let options = options(platform, &Levels::default(), &settings.reading, host);
        let analysis = analyze(host, file, options.depth(Depth::Manifest));
        let recovered = recovered(&analysis, host);
        let is_recovered = recovered.is_some();
        let lock = match (analysis.lock(), recovered) {
            (_, Some(lock)) => lock,
            (LockState::Read(lock), None) => lock.clone(),
            _ => lock::Lock::default(),
        };
        let mut subject = Self {
            file: file.to_owned(),
            path: analysis.lock_path(),
            lock,
            exists: !matches!(analysis.lock(), LockState::Missing),
            images: BTreeMap::new(),
            builds: BTreeMap::new(),
            parents: BTreeMap::new(),
            packages: Vec::new(),
            remarks: Vec::new(),
        };
        // One lock is for all profiles.
        for analysis in Variants::of(analysis, host).analyses_mut() {
            if analysis.image_build().is_some() {
                let profile = analysis.profile().map(str::to_owned);
                let options =
                    crate::commands::options(platform, &Levels::default(), &settings.reading, host);
                // The files are part of what is locked.
                *analysis = analyze(host, file, Options { profile, ..options });
            }
            if is_recovered {
                analysis.diagnostics.retain(|diagnostic| diagnostic.code != Code::InvalidLock);
            }
            let mut faults = errors(analysis);
            if !faults.has_errors() {
                faults = subject.add(analysis, settings, host, printer);
            }
            if faults.has_errors() {
                show(printer, &faults, &analysis.sources);
                return None;
            }
        }
        subject.remarks.sort_unstable();
        subject.remarks.dedup();
        Some(subject)
    }

    /// The packages of a template on these images, whose Python decides which versions fit.
    pub(super) fn packages_on(
        &self,
        images: &BTreeMap<ImageKey, LockedImage>,
        settings: &Lock,
        host: &dyn Host,
    ) -> Vec<Question> {
        if self.packages.is_empty() || *images == self.lock.images {
            return self.packages.clone();
        }
        // What the lock is about to have decides, as it does from the next command on.
        let lock = lock::Lock { images: images.clone(), ..self.lock.clone() };
        let files = Overlay::new(host).with(&self.path, lock::write(&lock));
        let platform = settings.remote.destination.platform;
        let options = options(platform, &Levels::default(), &settings.reading, host);
        let analysis = pipeline::analyze(&files, &self.file, options.depth(Depth::Manifest));
        let variants = Variants::of(analysis, &files);
        package::merge(variants.analyses().iter().flat_map(|analysis| analysis.needs().packages))
    }

    /// Adds what a manifest needs; the faults of secrets that would be sent for it are returned.
    fn add(
        &mut self,
        analysis: &mut Analysis,
        settings: &Lock,
        host: &dyn Host,
        printer: &Printer,
    ) -> Diagnostics {
        let needs = analysis.needs();
        if analysis.image_build().is_some() {
            let faults = self.add_build(analysis, settings, host, printer);
            if faults.has_errors() {
                return faults;
            }
        } else if let Some(key) = needs.image {
            let trust = &settings.reading.trust;
            let consent = consent::obtain_to_lock(analysis, trust, &self.file, host, printer);
            let faults = errors(analysis);
            if faults.has_errors() {
                return faults;
            }
            let secrets = Secrets::Sent { host, consent: &consent };
            match analysis.image_query(analysis.image().unwrap_or_default(), &secrets) {
                Ok(query) => self.images.extend(query.map(|query| (key, query))),
                Err(faults) => return faults,
            }
        } else if let (BaseSource::Image(image), Some(auth)) =
            (&analysis.template.base.source, &analysis.template.base.auth)
            && !analysis.signs_in()
        {
            self.remarks.push(format!(
                "`{image}` stays as written: sbx cannot sign in to a registry of the type `{}`",
                auth.value.kind().name()
            ));
        }
        self.parents.extend(needs.template.map(|key| (key, analysis.platform)));
        self.packages = package::merge(self.packages.drain(..).chain(needs.packages));
        for left in package::left(&analysis.template) {
            self.remarks.push(format!(
                "`{}` of `{}` stays as written: {}",
                left.word, left.step, left.reason
            ));
        }
        Diagnostics::new()
    }
}

impl Subject {
    /// Adds the image that is built for a manifest, unless it is built for this machine.
    fn add_build(
        &mut self,
        analysis: &mut Analysis,
        settings: &Lock,
        host: &dyn Host,
        printer: &Printer,
    ) -> Diagnostics {
        if analysis.platform.is_local() {
            return Diagnostics::new();
        }
        let trust = &settings.reading.trust;
        let consent = consent::obtain_to_lock(analysis, trust, &self.file, host, printer);
        let faults = errors(analysis);
        if faults.has_errors() {
            return faults;
        }
        let inputs = match analysis.image_inputs(&hash_cache(true, host)) {
            Ok(Some(inputs)) => inputs,
            Ok(None) => return Diagnostics::new(),
            Err(faults) => return faults,
        };
        let secrets = Secrets::Sent { host, consent: &consent };
        match analysis.image_query(inputs.reference(), &secrets) {
            Ok(query) => {
                let repository = inputs.build.repository.value.clone();
                self.builds.insert(inputs.tag.to_string(), Build { repository, query });
                Diagnostics::new()
            }
            Err(faults) => faults,
        }
    }
}

/// The errors of a manifest. Warnings are for other commands.
fn errors(analysis: &Analysis) -> Diagnostics {
    let mut errors = analysis.diagnostics.clone();
    errors.retain(|diagnostic| diagnostic.severity() == crate::diagnostic::Severity::Error);
    errors
}

/// What both sides of a merge conflict agree on, if the lock has one; then it is no fault.
fn recovered(analysis: &Analysis, host: &dyn Host) -> Option<lock::Lock> {
    if !matches!(analysis.lock(), LockState::Invalid) {
        return None;
    }
    let bytes = host.read(&analysis.lock_path(), lock::MAX_BYTES).ok()?;
    lock::recover(&String::from_utf8(bytes).ok()?)
}

/// The failure of a lock that cannot be written.
pub(super) fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot write `{}`: {}", path.display(), describe(error));
    Failure::new(crate::commands::Exit::Platform, message)
}
