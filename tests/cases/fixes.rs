//! What `sbx check --fix` makes of a manifest: `tests/fixes/CASE.toml` becomes
//! `tests/fixes/CASE.fixed.toml`, in `tests/fixes/proposed` with `--unsafe-fixes`.
//! `SBX_UPDATE=1` writes the results.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::support::{Workspace, files, root};
use crate::{stem, trial};

/// `fixes::CASE` for each safe fix and `fixes::proposed::CASE` for each proposal.
pub fn trials() -> Vec<Trial> {
    let safe = cases("tests/fixes").into_iter().map(|case| {
        trial(format!("fixes::{}", stem(&case)), move || {
            test(&case, &[]);
        })
    });
    let proposed = cases("tests/fixes/proposed").into_iter().map(|case| {
        trial(format!("fixes::proposed::{}", stem(&case)), move || {
            test(&case, &["--unsafe-fixes"]);
            let text = fs::read_to_string(&case).expect("the case is read");
            assert_eq!(fixed(&text, &[]), text, "it is made only when it is asked for");
        })
    });
    safe.chain(proposed).collect()
}

fn cases(directory: &str) -> Vec<PathBuf> {
    let mut all = files(directory, ".toml");
    let directory = root().join(directory);
    all.retain(|path| path.parent() == Some(&directory));
    all.retain(|path| !path.to_string_lossy().ends_with(".fixed.toml"));
    all
}

fn test(case: &Path, arguments: &[&str]) {
    let text = fs::read_to_string(case).expect("the case is read");
    let after = fixed(&text, arguments);
    let expected = case.with_extension("fixed.toml");
    if std::env::var_os("SBX_UPDATE").is_some() {
        fs::write(&expected, &after).expect("the result is written");
    }
    let expected = fs::read_to_string(&expected).unwrap_or_default();
    assert_eq!(after, expected);
    // The line breaks and the byte-order mark of some editors are kept.
    let crlf = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(fixed(&crlf(&text), arguments), crlf(&expected));
}

/// The text after a fix, which leaves nothing of its kind.
fn fixed(text: &str, arguments: &[&str]) -> String {
    let workspace = Workspace::fixture();
    workspace.write("sandbox.toml", text);
    let (report, after) = workspace.check_json(&[&["--fix"], arguments].concat());
    let proposals = !arguments.is_empty();
    for diagnostic in report["diagnostics"].as_array().expect("a list") {
        let fix = &diagnostic["fix"];
        let is_left = fix.is_object() && (proposals || fix["safe"] == true);
        assert!(!is_left, "{diagnostic:#}\nis left in\n{after}");
    }
    let (again, same) = workspace.check_json(&[&["--fix"], arguments].concat());
    assert_eq!(same, after, "a second round changes nothing");
    assert_eq!(again["summary"]["fixed"], 0);
    after
}
