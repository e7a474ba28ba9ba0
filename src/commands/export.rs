//! `sbx export`: writes a manifest as a Dockerfile or as code for an official SDK.

mod report;

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::{Exit, Failure, image_build, imitation, options, write};
use crate::export::{self, Exported, IgnoreFile, Ignored, Input, Location, Severity, Target};
use crate::host::Host;
use crate::pipeline::{Analysis, Options, Secrets};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::{Export, Format};
use crate::source::Span;

pub(super) fn run(settings: &Export, host: &dyn Host, printer: &Printer) -> Result<Exit, Failure> {
    let profile = settings.manifest.profile.clone();
    let platform = chosen(settings)?;
    let options = options(platform, &settings.levels, &settings.reading, host);
    let analysis = super::analyze(host, &settings.manifest.file, Options { profile, ..options });
    fits(settings.target, analysis.platform)?;
    imitation::reject_elsewhere(settings.reading.imitated, &analysis)?;
    let cache = super::hash_cache(settings.hash_cache, host);
    let analysis = image_build::find_and_inherit(analysis, &cache, host, printer)?;
    let plan = analysis.plan_with(&Secrets::Hidden, &cache);
    let mut diagnostics = analysis.diagnostics.clone();
    if let Err(faults) = &plan {
        diagnostics.append(faults.clone());
    }
    super::show(printer, &diagnostics, &analysis.sources);
    let Ok(plan) = plan else {
        return Ok(Exit::Wrong);
    };
    let ignored = ignored(&analysis);
    let location = location(&analysis, settings.output.as_deref());
    let exported = export::export(
        settings.target,
        &Input {
            template: &analysis.template,
            plan: &plan,
            files: &analysis.files,
            sources: &analysis.sources,
            ignored: &ignored,
            location: &location,
        },
    );
    let exported = exported.map_err(|remark| {
        let message = report::placed(&remark, &analysis.sources);
        Failure { help: remark.help, ..Failure::new(Exit::Wrong, message) }
    })?;
    if let Some(path) = &settings.output {
        save(path, &exported, settings.force)?;
    }
    let is_lossy = exported.remarks.iter().any(|remark| remark.severity == Severity::Lost);
    match settings.format {
        Format::Human => report::human(&exported, settings, &analysis.sources, printer),
        Format::Json => {
            report::json(&exported, settings, analysis.platform, &analysis.sources, printer);
        }
    }
    Ok(if is_lossy { Exit::Wrong } else { Exit::Done })
}

/// The platform that overrides the manifest's: a target that is for one platform decides it.
fn chosen(settings: &Export) -> Result<Option<Platform>, Failure> {
    match settings.target {
        Target::Declaw => {
            if let Some(other) = settings.platform {
                fits(Target::Declaw, other)?;
            }
            Ok(Some(Platform::Declaw))
        }
        Target::Dockerfile | Target::Python | Target::TypeScript => Ok(settings.platform),
    }
}

/// Refuses a platform whose templates the target cannot say.
fn fits(target: Target, platform: Platform) -> Result<(), Failure> {
    let is_declaw = platform == Platform::Declaw;
    let help = match target {
        Target::Declaw if !is_declaw => "leave `--platform` out",
        Target::Dockerfile | Target::Python | Target::TypeScript if is_declaw => {
            "add `--platform e2b` or `--platform novita`, or write `sbx export declaw`"
        }
        _ => return Ok(()),
    };
    let message = format!("`sbx export {}` is not for the platform `{platform}`", target.name());
    Err(Failure::new(Exit::Usage, message).help(help))
}

/// What copies leave out.
fn ignored(analysis: &Analysis) -> Ignored {
    let patterns = analysis.manifest.ignore.as_deref().unwrap_or_default();
    let file = analysis.sources.iter().find_map(|(file, source)| {
        let name = source.path().file_name()?.to_str()?;
        name.ends_with(".dockerignore").then(|| IgnoreFile {
            text: source.text().to_owned(),
            is_usual: name == ".dockerignore",
            span: Span { file, start: 0, end: 0 },
        })
    });
    Ignored {
        patterns: patterns.iter().map(|pattern| pattern.value.clone()).collect(),
        span: patterns.first().map(|pattern| pattern.span),
        file,
    }
}

/// Where the manifest and its files are from the exported file, which is beside the manifest if it
/// goes to standard output.
fn location(analysis: &Analysis, output: Option<&Path>) -> Location {
    let directory = analysis.directory();
    let context = analysis.manifest.context.as_ref();
    let context = context.map_or(directory.clone(), |context| directory.join(&context.value));
    let from = match output.map(Path::parent) {
        None => directory.clone(),
        Some(Some(parent)) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) => PathBuf::from("."),
    };
    let name = output.and_then(Path::file_name);
    Location {
        manifest: between(&from, &directory),
        context: between(&from, &context),
        file: name.map(|name| name.to_string_lossy().into_owned()),
    }
}

/// The path of a directory, relative to another one.
fn between(from: &Path, to: &Path) -> String {
    let (Ok(from), Ok(to)) = (from.canonicalize(), to.canonicalize()) else {
        return to.to_string_lossy().into_owned();
    };
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(shared)).collect();
    path.to_string_lossy().into_owned()
}

/// Writes the text, and the ignore file beside it.
fn save(path: &Path, exported: &Exported, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut name = OsString::from(path);
    name.push(".dockerignore");
    let beside = PathBuf::from(name);
    let ignore = exported.ignore.as_deref().map(|text| (beside.as_path(), text));
    let files = [Some((path, exported.text.as_str())), ignore];
    let there = |path: &Path| path.symlink_metadata().is_ok();
    let existing = files.iter().flatten().find(|(path, _)| !force && there(path));
    if let Some((path, _)) = existing {
        return Err(exists(path));
    }
    for (path, text) in files.into_iter().flatten() {
        write::file(path, text, &options).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return exists(path);
            }
            write::failure(path, &error)
        })?;
    }
    Ok(())
}

fn exists(path: &Path) -> Failure {
    Failure::new(Exit::Usage, format!("`{}` already exists", path.display()))
        .help("`--force` overwrites it")
}
