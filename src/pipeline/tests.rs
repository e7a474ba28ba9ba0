mod steps;

use std::path::Path;

use super::*;
use crate::host::{NoFiles, Overlay};
use crate::source::FileId;

/// A manifest with something to say at each depth, and on some platforms only.
const TEXT: &str = r#"name = "laws"
colour = "blue"
from = { dockerfile = "Dockerfile" }
tags = ["v1"]

[resources]
disk = "1GiB"

[[steps]]
copy = ["app", "missing"]
to = "/srv/"

[[steps]]
run = "cat ~/x"
"#;

fn files() -> Overlay<'static> {
    Overlay::new(&NoFiles)
        .with("Dockerfile", "FROM python:3.12\nRUM make\n")
        .with("app/main.py", "print()")
        .with("app/.git/HEAD", "ref")
}

fn analyzed(text: &str, options: impl Into<Options>) -> Analysis {
    let source = Source::new(Path::new("sandbox.toml"), text.to_owned());
    analyze_text(&files(), source, options)
}

#[test]
fn an_analysis_is_a_function_of_its_inputs() {
    let (one, other) = (analyzed(TEXT, None), analyzed(TEXT, None));
    assert_eq!(one.diagnostics.sorted(), other.diagnostics.sorted());
    assert_eq!(one.template, other.template);
    assert!(one.diagnostics.iter().count() > 4, "{:?}", one.diagnostics);
}

#[test]
fn a_platform_is_the_same_whichever_was_asked_first() {
    for first in Platform::ALL {
        let analysis = analyzed(TEXT, Some(*first));
        for platform in Platform::ALL {
            let alone = analyzed(TEXT, Some(*platform));
            let shared = analysis.on(*platform);
            assert_eq!(shared.diagnostics.sorted(), alone.diagnostics.sorted());
            assert_eq!(shared.platform, *platform);
        }
    }
}

#[test]
fn each_depth_reports_a_part_of_the_next() {
    let reports = |depth: Depth| analyzed(TEXT, depth).diagnostics.sorted();
    let (syntax, manifest, all) =
        (reports(Depth::Syntax), reports(Depth::Manifest), reports(Depth::Files));
    assert!(syntax.len() < manifest.len() && manifest.len() < all.len());
    assert!(syntax.iter().all(|diagnostic| manifest.contains(diagnostic)));
    assert!(manifest.iter().all(|diagnostic| all.contains(diagnostic)));
}

#[test]
fn a_shared_cache_changes_no_answer() {
    let options = Options::default();
    let cold = analyzed(TEXT, options.clone());
    let warm = analyzed(TEXT, options.clone());
    assert_eq!(warm.diagnostics.sorted(), cold.diagnostics.sorted());
    let elsewhere = TEXT.replace("\"/srv/\"", "\"/opt/\"");
    let warm = analyzed(&elsewhere, options).diagnostics.sorted();
    assert_eq!(warm, analyzed(&elsewhere, None).diagnostics.sorted());
}

#[test]
fn no_variant_follows_a_cancelled_one() {
    let text = "[profiles.a]\n[profiles.b]\n[profiles.c]\n";
    let variants = |cancels| {
        let options = Options::default();
        let base = analyzed(text, options.clone());
        if cancels {
            options.cancellation.cancel();
        }
        let variants = Variants::of(base, &NoFiles);
        (variants.analyses().len(), variants.is_cancelled())
    };
    assert_eq!(variants(false), (4, false));
    assert_eq!(variants(true), (2, true));
}

#[test]
fn a_cancelled_analysis_says_so_at_every_depth_but_the_first() {
    for depth in [Depth::Syntax, Depth::Manifest, Depth::Files] {
        let options = Options::from(depth);
        options.cancellation.cancel();
        let analysis = analyzed(TEXT, options);
        assert_eq!(analysis.is_cancelled(), depth > Depth::Syntax);
        assert!(
            analysis
                .diagnostics
                .iter()
                .all(|it| it.span.is_some_and(|span| span.file == FileId::MANIFEST))
        );
    }
}

#[test]
fn extra_tags_are_the_template_s_once_each() {
    let tags = |extra: &[&str]| {
        let extra_tags = extra.iter().map(|tag| (*tag).to_owned()).collect();
        analyzed(TEXT, Options { extra_tags, ..Options::default() }).template.tags.clone()
    };
    assert_eq!(tags(&[]), ["v1"]);
    assert_eq!(tags(&["default", "v1", "default"]), ["v1", "default"]);
}

#[test]
fn a_plan_needs_the_files_of_the_copies() {
    let text = "name = \"x\"\nfrom = \"python:3.12\"\n";
    let copies = format!("{text}[[steps]]\ncopy = \"app\"\nto = \"/srv/\"\n");
    let made = |text: &str, depth: Depth| {
        analyzed(text, depth).plan(&Secrets::Hidden).map_err(|faults| faults.sorted().len())
    };
    assert!(made(text, Depth::Manifest).is_ok());
    assert_eq!(made(text, Depth::Syntax).err(), Some(1));
    assert_eq!(made(&copies, Depth::Manifest).err(), Some(1));
}
