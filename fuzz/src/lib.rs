//! What holds of every text that people hand to the compiler, whatever it says: no panic, every
//! place within its file, each form of a report, and the same answer twice.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sandbox_toml::diagnostic::render::{self, Style};
use sandbox_toml::diagnostic::{Diagnostic, Diagnostics, Summary};
use sandbox_toml::host::{FileSystem, Host, Memory, Metadata, PrivateFile, ReadDir, System};
use sandbox_toml::lower::BuildStep;
use sandbox_toml::pipeline::{self, Analysis, Secrets, Variants};
use sandbox_toml::platform::Platform;
use sandbox_toml::source::{Source, SourceMap};

/// The widths that reports are drawn for: narrower than any terminal, usual, and wide.
const WIDTHS: [usize; 3] = [20, 80, 200];

/// A few texts in memory beside the manifest. Only these are read, and the tree on the disk is what
/// is listed: a request holds the disk's files.
#[derive(Debug, Default)]
pub struct Texts {
    files: HashMap<PathBuf, Vec<u8>>,
}

impl Texts {
    /// With a file beside the manifest.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: &[u8]) -> Self {
        self.files.insert(context().join(name), bytes.to_owned());
        self
    }

    /// With a variable, and nothing else.
    #[must_use]
    pub fn host(self) -> Memory<Self> {
        Memory::new(self).with_variable("P", "secret")
    }
}

impl FileSystem for Texts {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let bytes = self.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(bytes[..bytes.len().min(limit + 1)].to_vec())
    }

    fn read_private(&self, path: &Path, limit: usize) -> io::Result<PrivateFile> {
        self.read(path, limit).map(|bytes| PrivateFile { bytes, permissions: 0o600 })
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        System.metadata(path)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<Metadata> {
        System.symlink_metadata(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        System.read_link(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        System.canonicalize(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<ReadDir<'_>> {
        System.read_dir(path)
    }
}

/// The directory of the manifest: a few files that copies can find. Only these are on a disk.
pub fn context() -> &'static Path {
    static CONTEXT: OnceLock<PathBuf> = OnceLock::new();
    CONTEXT.get_or_init(|| {
        let root = tempfile::tempdir().expect("a temporary directory").keep();
        for (name, content) in [
            ("app.py", "x"),
            ("requirements.txt", ""),
            ("src/a/b.txt", "b"),
            ("src/a/.hidden", "h"),
            ("src/[x].log", "l"),
            ("node_modules/m/index.js", "m"),
        ] {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            std::fs::write(path, content).expect("a file");
        }
        root
    })
}

/// Checks and lowers a manifest for each platform, and holds the answers to the laws.
///
/// # Panics
/// If one is broken.
pub fn manifest(host: &dyn Host, text: &str, platforms: &[Platform]) {
    if leaves_the_directory(text) {
        return;
    }
    let mut seen = Vec::new();
    for platform in platforms {
        let analysis = analyze(host, text, *platform);
        let again = analyze(host, text, *platform);
        places_are_in_their_files(&analysis.diagnostics, &analysis.sources);
        let sorted = analysis.diagnostics.sorted();
        assert!(sorted == again.diagnostics.sorted(), "the same is found again");
        assert!(lowered(host, &analysis) == lowered(host, &again), "lowered alike");
        let summary = analysis.diagnostics.summary();
        assert_eq!(summary.errors > 0, analysis.diagnostics.has_errors());
        // What another platform has told looks the same here.
        let new: Vec<_> = sorted.into_iter().filter(|it| !seen.contains(it)).collect();
        let drawn = drawn(&new, &analysis.sources);
        assert!(drawn == self::drawn(&new, &again.sources), "drawn alike");
        seen.extend(new);
    }
    if let Some(platform) = platforms.first() {
        profiles(host, text, *platform);
    }
}

/// The same for each profile, and with the values of variables in tags.
fn profiles(host: &dyn Host, text: &str, platform: Platform) {
    let mut variants = Variants::of(analyze(host, text, platform), host);
    let again = Variants::of(analyze(host, text, platform), host);
    for (analysis, again) in variants.analyses().iter().zip(again.analyses()) {
        places_are_in_their_files(&analysis.diagnostics, &analysis.sources);
        assert!(lowered(host, analysis) == lowered(host, again), "lowered alike");
    }
    let shared = variants.diagnostics();
    for shared in &shared {
        drawn(std::slice::from_ref(&shared.diagnostic), &shared.analysis.sources);
    }
    assert_eq!(shared.len(), again.diagnostics().len(), "the same is found again");
    for analysis in std::mem::take(variants.analyses_mut()) {
        let valued = analysis.with_tag_values(host);
        places_are_in_their_files(&valued.diagnostics, &valued.sources);
        lowered(host, &valued);
    }
}

/// What a disk holds elsewhere is not the same everywhere, and may be large.
fn leaves_the_directory(text: &str) -> bool {
    let (manifest, _) = sandbox_toml::parse::parse(text);
    manifest
        .context
        .is_some_and(|context| context.value.starts_with('/') || context.value.contains(".."))
}

fn analyze(host: &dyn Host, text: &str, platform: Platform) -> Analysis {
    let source = Source::new(&context().join("sandbox.toml"), text.to_owned());
    pipeline::analyze_text(host, source, Some(platform))
}

fn places_are_in_their_files(diagnostics: &Diagnostics, sources: &SourceMap) {
    for diagnostic in diagnostics.iter() {
        let related = diagnostic.related.iter().map(|label| label.span);
        for span in diagnostic.span.into_iter().chain(related) {
            let text = sources.get(span.file).text();
            assert!(span.start <= span.end, "{diagnostic:?}");
            assert!(text.get(span.start..span.end).is_some(), "{diagnostic:?}");
        }
    }
}

/// Every form of a report, one after the other.
fn drawn(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut all = String::new();
    for diagnostic in diagnostics {
        for width in WIDTHS {
            let human = render::human(
                diagnostic,
                sources,
                Style { color: width == 80, width, narrated: width == 200 },
            );
            assert!(human.ends_with('\n') && human.len() > 1, "{human:?}");
            assert!(human.contains(diagnostic.code.name()), "{human:?}");
            all += &human;
        }
        let short = render::short(diagnostic, sources);
        assert_eq!(short.matches('\n').count(), 1, "{short:?}");
        all += &short;
        let json = render::json(diagnostic, sources, Some(Platform::ALL));
        assert!(json.is_object());
        all += &json.to_string();
    }
    all + &render::summary(Summary::of(diagnostics))
}

/// The requests, and with the secrets revealed those as well.
fn lowered(host: &dyn Host, analysis: &Analysis) -> String {
    let mut all = String::new();
    for secrets in [Secrets::Hidden, Secrets::Local(host)] {
        match analysis.plan(&secrets) {
            Ok(plan) => {
                assert!(!analysis.diagnostics.has_errors(), "what is wrong is not lowered");
                for request in plan.preview() {
                    all += &format!("{request:?} {:?}", request.body);
                }
                for step in ["0", "1", "99999", "base", "finalize", "x", ""] {
                    let step = BuildStep::parse(step);
                    all += &format!("{:?}", step.map(|step| plan.origin_of(&step)));
                }
            }
            Err(faults) => {
                places_are_in_their_files(&faults, &analysis.sources);
                all += &drawn(&faults.sorted(), &analysis.sources);
            }
        }
    }
    all
}
