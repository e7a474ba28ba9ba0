//! Any text as a Dockerfile, an SDK's JSON, a devcontainer.json or a configuration to import. The
//! manifest that it becomes is formatted, and compiled like any other.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sandbox_toml::diagnostic::Code;
use sandbox_toml::format::format;
use sandbox_toml::import::{self, Devcontainer, Imported};
use sandbox_toml::pipeline::{self, Depth};
use sandbox_toml::platform::Platform;
use sandbox_toml::source::{FileId, Source};
use sandbox_toml::{dockerfile, parse};
use sandbox_toml_fuzz::{Texts, context, manifest};

const MANIFEST: &str = "name = \"x\"\n\n[from]\ndockerfile = \"Dockerfile\"\n";

fuzz_target!(|text: &str| {
    if let Ok(imported) = import::template(FileId::MANIFEST, text) {
        is_a_manifest(&imported);
    }
    if let Ok(source) = Devcontainer::parse(FileId::MANIFEST, text) {
        let _ = source.build();
        is_a_manifest(&source.complete(source.image()));
    }
    let of_dockerfile = of_dockerfile(text);
    if let (Ok(config), Some(imported)) = (import::config(FileId::MANIFEST, text), &of_dockerfile) {
        is_a_manifest(&config.complete(imported.clone()));
    }
    if let Some(imported) = of_dockerfile {
        is_a_manifest(&imported);
    }
});

/// The import of a Dockerfile, if it could be read.
fn of_dockerfile(text: &str) -> Option<Imported> {
    let host = Texts::default().with("Dockerfile", text.as_bytes()).host();
    let source = Source::new(&context().join("sandbox.toml"), MANIFEST.to_owned());
    let analysis = pipeline::analyze_text(&host, source, Depth::Manifest);
    let (file, source) = analysis.sources.iter().nth(1)?;
    let (dockerfile, _) = dockerfile::parse(file, source.text());
    let imported =
        import::dockerfile(&dockerfile, source, &analysis.template, &analysis.diagnostics);
    for span in imported.notes.iter().filter_map(|note| note.span) {
        let text = analysis.sources.get(span.file).text();
        assert!(text.get(span.start..span.end).is_some(), "{span:?}");
    }
    Some(imported)
}

fn is_a_manifest(imported: &Imported) {
    let text = imported.draft.text();
    assert_eq!(format(&text).ok().as_ref(), Some(&text), "formatted");
    let (_, faults) = parse::parse(&text);
    let forms = [Code::TomlSyntax, Code::UnknownKey, Code::WrongType, Code::ConflictingKeys];
    assert!(!faults.iter().any(|fault| forms.contains(&fault.code)), "{faults:?}\n{text}");
    manifest(&Texts::default().host(), &text, &Platform::ALL[..1]);
}
