//! What modules may do beside importing each other.

use sandbox_toml::host::System;
use sandbox_toml::pipeline::{Secrets, analyze};
use sandbox_toml::platform::Platform;

use super::{code, module_of};
use crate::support::{files, root};

/// The table of imports sees paths below `crate::`, so no other path may leave a module.
#[test]
fn no_path_climbs_to_the_root_of_the_crate() {
    for path in files("src", ".rs") {
        let relative = path.strip_prefix(root().join("src")).expect("the file is a source");
        let depth = relative.components().count();
        let code = code(&path);
        let climb = "super::".repeat(depth);
        assert!(!code.contains(&climb), "{}: `{climb}` leaves the module", path.display());
    }
}

#[test]
fn only_reports_render_diagnostics() {
    for path in files("src", ".rs") {
        if ["commands", "diagnostic", "printer"].contains(&module_of(&path).as_str()) {
            continue;
        }
        let code = code(&path);
        assert!(!code.contains("diagnostic::render"), "{}: it renders", path.display());
    }
}

#[test]
fn only_one_module_names_the_placeholder_of_secrets() {
    for path in files("src", ".rs").iter().filter(|path| module_of(path) != "secrets") {
        let code = code(path);
        for word in ["\"[secret", "\"***\""] {
            assert!(!code.contains(word), "{}: {word}", path.display());
        }
    }
}

/// A value that is read for this machine needs no consent, so it may not get into a request.
#[test]
fn values_of_secrets_are_read_without_consent_only_where_nothing_is_sent() {
    let readers = [
        "src/commands/compile.rs",
        "src/commands/resolved_build.rs",
        "src/pipeline/image.rs",
        "src/pipeline/image_build.rs",
        "src/pipeline/test_secrets.rs",
        "src/trust/secrets.rs",
    ];
    for path in files("src", ".rs") {
        let relative = path.strip_prefix(root()).expect("the file is in the repository");
        let reads = code(&path).contains("Secrets::Local(") || code(&path).contains("Self::Local(");
        let is_reader = readers.iter().any(|reader| relative == std::path::Path::new(reader));
        assert!(!reads || is_reader, "{}: it reads secrets without consent", relative.display());
    }
}

#[test]
fn each_step_that_is_sent_leads_back_to_a_place_in_the_manifest() {
    let mut count = 0;
    for path in files("examples", "sandbox.toml") {
        for platform in Platform::ALL {
            let analysis = analyze(&System, &path, Some(*platform));
            // Some examples use what a platform does not have.
            let Ok(plan) = analysis.plan(&Secrets::Hidden) else { continue };
            for step in &plan.steps {
                let span = step.origin.span();
                let span = span.unwrap_or_else(|| panic!("{}: {step:?}", path.display()));
                let text = analysis.sources.get(span.file).text();
                let written = text.get(span.start..span.end);
                assert!(written.is_some_and(|written| !written.is_empty()), "{step:?}");
                count += 1;
            }
        }
    }
    assert!(count > 50, "{count} steps were looked at");
}
