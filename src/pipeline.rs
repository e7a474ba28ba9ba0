//! The stages in their order, over one manifest: text → diagnostics, template, files, requests.
//!
//! Every command and every editor goes through here, so they cannot disagree.

mod dockerfile;
mod files;
mod image;
mod readable;
mod secrets;
mod silenced;

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;

use crate::check;
use crate::context::{ContextError, FileSet, HashCache, hash_all};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Levels};
use crate::host::{Host, describe};
use crate::lint;
use crate::lower::{self, Files, Requests, capability};
use crate::manifest::{Auth, Manifest};
use crate::parse;
use crate::platform::{Platform, Protocol};
use crate::resolve::{self, Inputs};
use crate::secrets::Mask;
use crate::source::{FileId, Source, SourceMap};
use crate::template::{Resolution, Template};

pub use secrets::Secrets;

/// All that is known about one manifest: without asking a network, until somebody has asked one
/// and hands in the answer.
#[derive(Debug)]
pub struct Analysis {
    /// The texts.
    pub sources: SourceMap,
    /// The platform that it is meant for.
    pub platform: Platform,
    /// What was read.
    pub manifest: Manifest,
    /// What is known about its image.
    pub resolution: Resolution,
    /// What it means; whole only if there is no error.
    pub template: Template,
    /// The files of each copy, by its place among the template's instructions.
    pub files: Vec<(usize, FileSet)>,
    /// What is wrong, without what comments, the manifest and the arguments silence.
    pub diagnostics: Diagnostics,
    /// The Dockerfile among the texts, if the manifest names one that can be read.
    dockerfile: Option<FileId>,
    /// What the arguments say becomes of warnings.
    levels: Levels,
}

/// What arguments say about the way a manifest is looked at.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The platform that wins over the manifest's.
    pub platform: Option<Platform>,
    /// The levels of warnings that win over the manifest's.
    pub levels: Levels,
}

impl From<Option<Platform>> for Options {
    fn from(platform: Option<Platform>) -> Self {
        Self { platform, ..Self::default() }
    }
}

/// Reads and checks the manifest at `path`.
pub fn analyze(host: &dyn Host, path: &Path, options: impl Into<Options>) -> Analysis {
    let options = options.into();
    let decoded = host
        .read(path, parse::MAX_BYTES)
        .map_err(|error| Box::new(unreadable(path, &error)))
        .and_then(parse::decode);
    match decoded {
        Ok(text) => analyze_text(host, Source::new(path, text), options),
        Err(diagnostic) => {
            let mut diagnostics = Diagnostics::new();
            diagnostics.push(*diagnostic);
            Analysis {
                sources: SourceMap::new(Source::new(path, String::new())),
                platform: options.platform.unwrap_or(Platform::DEFAULT),
                template: resolve::resolve(
                    &Manifest::default(),
                    Inputs { resolution: &Resolution::default(), dockerfile: None },
                )
                .0,
                manifest: Manifest::default(),
                resolution: Resolution::default(),
                files: Vec::new(),
                diagnostics,
                dockerfile: None,
                levels: options.levels,
            }
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

/// Checks a manifest's text as if it stood at its source's path.
pub fn analyze_text(host: &dyn Host, source: Source, options: impl Into<Options>) -> Analysis {
    analyze_with(host, source, options.into(), Resolution::default())
}

/// Checks a manifest's text with what is known about its image.
fn analyze_with(
    host: &dyn Host,
    source: Source,
    options: Options,
    resolution: Resolution,
) -> Analysis {
    let mut analysis = collect(host, source, options.platform, resolution);
    analysis.levels = options.levels;
    silenced::silence(host, &mut analysis);
    analysis
}

/// Everything that is wrong, whoever wants to hear it.
fn collect(
    host: &dyn Host,
    source: Source,
    platform: Option<Platform>,
    resolution: Resolution,
) -> Analysis {
    let (manifest, mut diagnostics) = parse::parse(source.text());
    let chosen = manifest.platform.as_ref().map(|platform| platform.value);
    let platform = platform.or(chosen).unwrap_or(Platform::DEFAULT);
    let mut sources = SourceMap::new(source);
    let mut literals = manifest.secret_literals();
    for literal in &literals {
        host.register_secret(literal.text.expose_secret());
    }
    diagnostics.append(check::check(&manifest, platform, sources.manifest().text()));
    let dockerfile = dockerfile::read(host, &mut sources, &manifest, &mut diagnostics);
    let inputs = Inputs { resolution: &resolution, dockerfile: dockerfile.as_ref() };
    let (template, faults) = resolve::resolve(&manifest, inputs);
    diagnostics.append(faults);
    diagnostics.append(capability::check(&template, platform, &resolution));
    let files = files::select(host, &mut sources, &manifest, &template, &mut diagnostics);
    diagnostics.append(capability::check_files(&template, platform, &files));
    let inputs = lint::Inputs {
        template: &template,
        platform,
        files: &files,
        resolution: &resolution,
        sources: &sources,
    };
    let findings = lint::lint(inputs);
    diagnostics.append(findings.diagnostics);
    literals.extend(findings.secrets);
    Mask::new(Auth::SECRET_KEYS, &literals).apply(&mut sources, &mut diagnostics);
    readable::keep(&sources, &mut diagnostics);
    Analysis {
        sources,
        platform,
        manifest,
        resolution,
        template,
        files,
        diagnostics,
        dockerfile: dockerfile.map(|dockerfile| dockerfile.file()),
        levels: Levels::default(),
    }
}

impl Analysis {
    /// The directory that the manifest's paths are relative to.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        let parent = self.sources.manifest().path().parent();
        match parent {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// Hashes or reads the files, as the platform wants them, and lowers the template.
    ///
    /// # Errors
    /// Everything that is wrong, if an error or a denied warning is: with the manifest, with a
    /// file, or with a secret that `secrets` should read.
    pub fn requests(&self, secrets: &mut Secrets<'_>) -> Result<Requests, Diagnostics> {
        self.requests_with(secrets, &HashCache::off())
    }

    /// The same, where the hashes of files that have not changed may be known to `cache`.
    ///
    /// # Errors
    /// Those of [`Analysis::requests`].
    pub fn requests_with(
        &self,
        secrets: &mut Secrets<'_>,
        cache: &HashCache,
    ) -> Result<Requests, Diagnostics> {
        let mut faults = Diagnostics::new();
        if self.diagnostics.has_blocking() {
            return Err(faults);
        }
        if let Some(fault) = self.unanswered() {
            faults.push(fault);
            return Err(faults);
        }
        let template = &self.template;
        let files = match self.platform.facts().protocol {
            Protocol::E2b => {
                let sets: Vec<_> = self.files.iter().map(|(_, files)| files).collect();
                Files::Hashed(self.collect_ok(hash_all(&sets, cache), &mut faults))
            }
            Protocol::Declaw => {
                let read = self.files.iter().map(|(_, files)| files.contents());
                Files::Read(self.collect_ok(read, &mut faults))
            }
        };
        let directory = self.directory();
        let mut reveal = |secret: &_| secrets.reveal(secret, &directory, &mut faults);
        let requests = lower::lower(template, self.platform, &files, &mut reveal);
        if faults.has_errors() { Err(faults) } else { Ok(requests) }
    }

    /// What was made of the files of each copy; the faults that showed are told at the copy.
    fn collect_ok<T>(
        &self,
        made: impl IntoIterator<Item = Result<T, ContextError>>,
        faults: &mut Diagnostics,
    ) -> Vec<(usize, T)> {
        let mut ok = Vec::new();
        for ((at, _), made) in self.files.iter().zip(made) {
            match made {
                Ok(value) => ok.push((*at, value)),
                Err(error) => {
                    faults.push(files::diagnose(&error, &self.template.instructions[*at]));
                }
            }
        }
        ok
    }
}

/// The diagnostic for a fault of a copy's files that shows when they are packed.
#[must_use]
pub fn packing_fault(error: &ContextError, template: &Template, instruction: usize) -> Diagnostic {
    files::diagnose(error, &template.instructions[instruction])
}
