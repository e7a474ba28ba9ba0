//! What `sbx fmt` makes of a manifest: `tests/format/cases/CASE.toml` becomes
//! `CASE.formatted.toml` beside it, which `SBX_UPDATE=1` writes. Every manifest of the
//! repository that people read as an example is formatted.

use std::fs;
use std::path::Path;

use libtest_mimic::Trial;
use sandbox_toml::format::format;

use crate::support::{Workspace, assert_generated, files, root};
use crate::{examples, stem, trial};

/// `format::CASE` for each case, `format::examples::NAME`, `format::pages::NAME` and
/// `format::init::KIND`.
pub fn trials() -> Vec<Trial> {
    let cases = files("tests/format/cases", ".toml").into_iter();
    let cases = cases.filter(|path| !path.to_string_lossy().ends_with(".formatted.toml"));
    let cases = cases.map(|path| trial(format!("format::{}", stem(&path)), move || case(&path)));
    let examples = examples::manifests().into_iter().map(|name| {
        trial(format!("format::examples::{name}"), move || {
            let path = root().join("examples").join(&name).join("sandbox.toml");
            is_formatted(&fs::read_to_string(&path).expect("the example is read"));
        })
    });
    let pages = files("docs", ".md").into_iter().chain([root().join("README.md")]);
    let pages =
        pages.map(|path| trial(format!("format::pages::{}", stem(&path)), move || page(&path)));
    let starters = ["python", "node", "ubuntu"].into_iter().map(|kind| {
        trial(format!("format::init::{kind}"), move || {
            let workspace = Workspace::empty();
            workspace.run(&["init", "--name", "new", "--kind", kind]).ends(0);
            let path = workspace.path().join("sandbox.toml");
            is_formatted(&fs::read_to_string(path).expect("it is written"));
        })
    });
    cases.chain(examples).chain(pages).chain(starters).collect()
}

fn case(path: &Path) {
    let text = fs::read_to_string(path).expect("the case is read");
    let formatted = format(&text).expect("the case is TOML");
    assert_generated(&path.with_extension("formatted.toml"), &formatted);
}

/// Every block of a page that is TOML. A block of a list is indented, and so none.
fn page(path: &Path) {
    let page = fs::read_to_string(path).expect("the page is read");
    for block in page.split("\n```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        if format(block).is_ok() {
            is_formatted(block);
        }
    }
}

fn is_formatted(text: &str) {
    assert_eq!(format(text).expect("it is TOML"), text);
}
