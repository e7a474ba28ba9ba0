//! What the documentation names exists, and facts that a doc comment repeats agree with the types.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use sandbox_toml::manifest::{ActionKind, actions_of};
use sandbox_toml::platform::Platform;
use sandbox_toml::schema;

use crate::support::{files, root};

/// The directories whose files documentation names in backticks.
const DIRECTORIES: &[&str] = &[
    ".ci/",
    ".github/",
    "benches/",
    "docs/",
    "editors/",
    "examples/",
    "fuzz/",
    "schema/",
    "src/",
    "tests/",
];

/// What stands for any name in a path.
const PLACEHOLDERS: &[&str] = &["CASE", "CODE", "NAME", "N-CASE", "…"];

/// The pages for contributors and users, without the changelog, which names what is gone.
fn pages() -> Vec<PathBuf> {
    let mut pages = files("docs", ".md");
    pages.extend(["CONTRIBUTING.md", "README.md", "SECURITY.md"].map(|name| root().join(name)));
    pages
}

/// The part of a path before its first placeholder.
fn known_part(path: &str) -> PathBuf {
    path.split('/')
        .take_while(|part| !PLACEHOLDERS.iter().any(|word| part.contains(word)))
        .collect()
}

#[test]
fn paths_that_documentation_names_exist() {
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("the page is read");
        let prose: Vec<_> = text.split("```").step_by(2).collect();
        let quoted = prose.iter().flat_map(|prose| prose.split('`').skip(1).step_by(2));
        // A command may name a path, too.
        for path in quoted.flat_map(str::split_whitespace) {
            if DIRECTORIES.iter().any(|directory| path.starts_with(directory)) {
                let known = root().join(known_part(path));
                assert!(known.exists(), "{}: there is no `{path}`", page.display());
                count += 1;
            }
        }
    }
    assert!(count > 60, "only {count} paths were found");
}

#[test]
fn tests_that_documentation_names_exist() {
    let tests: String = files("tests", ".rs")
        .iter()
        .map(|path| fs::read_to_string(path).expect("the test is read"))
        .collect();
    for page in pages() {
        let text = fs::read_to_string(&page).expect("the page is read");
        // A test is named by a sentence, and nothing else has so many words.
        let quoted = text.split('`').skip(1).step_by(2);
        let is_test = |word: &&str| !word.contains([' ', '/']) && word.split('_').count() > 4;
        for name in quoted.filter(is_test).filter(|name| !name.ends_with('_')) {
            assert!(tests.contains(&format!("fn {name}(")), "{}: `{name}`", page.display());
        }
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).expect("the page is read");
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.contains("://") && !link.starts_with('#')) {
            let target = link.split('#').next().unwrap_or(link);
            let path = page.parent().expect("a page is in a directory").join(target);
            assert!(path.exists(), "{}: there is no `{link}`", page.display());
        }
    }
}

#[test]
fn the_page_of_editors_shows_the_configurations_that_are_tested() {
    let page = fs::read_to_string(root().join("docs/editors.md")).expect("the page is read");
    for name in ["neovim/lsp/sbx.lua", "neovim/init.lua", "helix/languages.toml"] {
        let path = root().join("editors").join(name);
        let text = fs::read_to_string(path).expect("the configuration is read");
        assert!(page.contains(&format!("\n{text}```\n")), "docs/editors.md: `{name}` differs");
    }
}

#[test]
fn the_page_of_variables_lists_those_of_every_platform() {
    let page = fs::read_to_string(root().join("docs/environment.md")).expect("the page is read");
    for access in Platform::ALL.iter().filter_map(|platform| platform.facts().access) {
        for variable in [access.key_variable, access.domain_variable, access.url_variable] {
            assert!(page.contains(&format!("`{variable}`")), "{variable}");
        }
    }
}

/// The schema has every variant of the type, by a name that it derives itself.
#[test]
fn the_list_of_platforms_is_whole() {
    let schema = schema::schema();
    let variants = schema["definitions"]["Platform"]["enum"].as_array().expect("it is an enum");
    let variants: Vec<_> = variants.iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(variants, Platform::names());
}

/// The description of a modifier begins with the actions that it goes with.
#[test]
fn the_description_of_a_modifier_names_its_actions() {
    let schema = schema::schema();
    let properties = &schema["definitions"]["Step"]["properties"];
    // `user` is an action as well, and is described as one.
    for key in ActionKind::modifiers().iter().filter(|key| **key != "user") {
        let description = properties[key]["description"].as_str().expect("the key is described");
        // Each sentence begins with the actions that it is about, up to a colon.
        let lists =
            description.split(". ").filter_map(|sentence| Some(sentence.split_once(": ")?.0));
        let words = lists.flat_map(|list| list.split('`').skip(1).step_by(2));
        let actions = ActionKind::keys();
        let named: BTreeSet<_> = words.filter(|word| actions.contains(word)).collect();
        assert_eq!(named, actions_of(key).into_iter().collect(), "`{key}`: {description}");
    }
}
