//! The invariants that `src/lib.rs` names.

mod documents;
mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sandbox_toml::diagnostic::{Code, Severity};
use sandbox_toml::{images, parse, schema};
use serde_json::Value;

use crate::support::{assert_generated, files, root};

/// What stands beside the stages, for all of them.
const SHARED: &[&str] =
    &["source", "diagnostic", "platform", "images", "scalar", "outline", "registry", "secrets"];

/// What each module may import beside [`SHARED`] and itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("registry", &[]),
    ("scalar", &[]),
    ("secrets", &[]),
    ("platform", &[]),
    ("images", &[]),
    ("diagnostic", &[]),
    ("outline", &[]),
    ("wire", &[]),
    ("host", &[]),
    ("manifest", &[]),
    ("trust", &["host"]),
    ("parse", &["manifest", "trust", "validate"]),
    ("validate", &[]),
    ("check", &["manifest", "validate"]),
    ("template", &[]),
    ("dockerfile", &["template", "validate"]),
    ("lock", &["template", "validate"]),
    ("resolve", &["dockerfile", "lock", "manifest", "template", "validate"]),
    ("parallel", &[]),
    ("cancellation", &[]),
    ("context", &["cancellation", "host", "parallel", "template", "trust"]),
    ("lint", &["context", "parallel", "template"]),
    ("lower", &["template", "context", "wire"]),
    ("schema", &["manifest"]),
    ("silence", &["dockerfile"]),
    (
        "pipeline",
        &[
            "cancellation",
            "check",
            "context",
            "digest",
            "dockerfile",
            "host",
            "lint",
            "lock",
            "lower",
            "manifest",
            "parse",
            "resolve",
            "silence",
            "template",
            "trust",
            "validate",
        ],
    ),
    ("format", &["manifest", "parallel", "parse", "schema", "silence"]),
    // What an import reads is what `dockerfile` and `resolve` make of it.
    ("import", &["dockerfile", "format", "manifest", "schema", "template"]),
    (
        "lsp",
        &[
            "cancellation",
            "context",
            "format",
            "host",
            "manifest",
            "parse",
            "pipeline",
            "schema",
            "silence",
            "template",
        ],
    ),
    ("digest", &["context", "lower", "template"]),
    // What other tools take: the steps are the plan's, and the types that they are read as the wire's.
    ("export", &["context", "lower", "template", "wire"]),
    // What applying would change, by what the platform's log shows.
    ("plan", &["context", "lower", "template", "wire"]),
    // A registry's answer is what `resolve` takes in, and an index's answer what a lock holds.
    ("submit", &["context", "host", "lock", "lower", "template", "wire"]),
    // Why a build failed: what was sent, what came back, and what the template says.
    ("failure", &["lower", "submit", "template"]),
    ("sandbox", &["submit", "wire"]),
    // What a test expects, and how its command ended.
    ("testing", &["sandbox", "template"]),
    ("engine", &[]),
    ("local", &["engine", "wire"]),
    // What is remembered of a build: the digest of what was sent.
    ("state", &["host", "lower", "plan", "trust"]),
    ("cli", &[]),
    ("settings", &["cli", "engine", "export::Target", "host", "printer", "validate"]),
    ("printer", &[]),
    ("commands", &["*"]),
    ("main", &["*"]),
    ("lib", &[]),
];

/// The module of the crate's root that a file belongs to.
fn module_of(path: &Path) -> String {
    let relative = path.strip_prefix(root().join("src")).expect("the file is a source");
    let first = relative.components().next().expect("the path has a part");
    let first = first.as_os_str().to_string_lossy();
    first.strip_suffix(".rs").unwrap_or(&first).to_owned()
}

/// Whether a file holds unit tests alone, which may run earlier stages to get what they test with.
fn is_unit_test(path: &Path) -> bool {
    let relative = path.strip_prefix(root().join("src")).expect("the file is a source");
    relative.with_extension("").components().any(|part| part.as_os_str() == "tests")
}

/// The paths below `crate::` that a file names.
fn imports(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    code.match_indices("crate::")
        .flat_map(|(at, _)| {
            let rest = &code[at + "crate::".len()..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
            let (path, rest) = rest.split_at(end.unwrap_or(rest.len()));
            match rest.strip_prefix('{').and_then(|list| list.split_once('}')) {
                Some((list, _)) if !list.contains('{') => {
                    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
                    names.map(|name| format!("{path}{name}")).collect()
                }
                _ => vec![path.trim_end_matches(':').to_owned()],
            }
        })
        .collect()
}

#[test]
fn no_stage_imports_a_later_one() {
    let mut seen = BTreeSet::new();
    for path in files("src", ".rs").iter().filter(|path| !is_unit_test(path)) {
        let module = module_of(path);
        let allowed = MAY_IMPORT.iter().find(|(name, _)| *name == module);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("`{module}` has no rule in this test"));
        for import in imports(&fs::read_to_string(path).expect("the source is read")) {
            let target = import.split("::").next().unwrap_or_default();
            let fine = target == module
                || allowed.contains(&"*")
                || SHARED.contains(&target)
                || allowed
                    .iter()
                    .any(|rule| import == *rule || import.starts_with(&format!("{rule}::")));
            assert!(fine, "{}: `{module}` must not know `crate::{import}`", path.display());
        }
        seen.insert(module);
    }
    let known: BTreeSet<_> = MAY_IMPORT.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(seen, known, "every rule has its module");
}

#[test]
fn the_local_platform_knows_the_wire_and_the_engine_alone() {
    for path in files("src/local", ".rs") {
        for import in imports(&fs::read_to_string(&path).expect("the source is read")) {
            let target = import.split("::").next().unwrap_or_default();
            let allowed = matches!(target, "engine" | "local" | "wire")
                || import.starts_with("scalar::shell")
                || matches!(
                    import.as_str(),
                    "scalar::counted" | "scalar::hex" | "scalar::human_bytes"
                );
            assert!(allowed, "{}: crate::{import}", path.display());
        }
    }
}

#[test]
fn the_engine_knows_no_other_module() {
    let sources = files("src/engine", ".rs").into_iter().chain([root().join("src/engine.rs")]);
    for path in sources {
        for import in imports(&fs::read_to_string(&path).expect("the source is read")) {
            assert!(import.starts_with("engine"), "{}: crate::{import}", path.display());
        }
    }
}

#[test]
fn only_the_command_line_uses_clap() {
    for path in files("src", ".rs") {
        let module = module_of(&path);
        let text = fs::read_to_string(&path).expect("the source is read");
        if !matches!(module.as_str(), "cli" | "main") {
            assert!(!text.contains("clap::"), "{}: clap", path.display());
        }
        if module == "commands" {
            for import in imports(&text) {
                assert!(!import.starts_with("cli"), "{}: crate::{import}", path.display());
            }
        }
    }
}

/// The modules at the edge, which may touch files, variables and networks; all others are given
/// what they need.
const EDGE: &[&str] = &[
    "commands",
    // Hashing and packing read the system's files, and the cache of hashes is one.
    "context/archive",
    "context/batch",
    "context/cache",
    "engine",
    "host",
    "local",
    "main",
    "printer",
    "sandbox",
    "state",
    "submit",
];

/// What only these modules name. A file system that was handed in has other forms of the calls:
/// they take the path.
const OUTSIDE: &[&str] = &[
    "std::env::",
    "std::fs",
    "std::process",
    "fs::",
    "rustix",
    "tempfile",
    "tokio",
    "reqwest",
    "TcpListener",
    "TcpStream",
    ".exists()",
    ".is_dir()",
    ".canonicalize()",
];

#[test]
fn only_the_edge_touches_files_variables_and_networks() {
    let mut seen = BTreeSet::new();
    for path in files("src", ".rs") {
        let module = path.strip_prefix(root().join("src")).expect("the file is a source");
        let module = module.with_extension("");
        let edge = EDGE.iter().find(|edge| module.starts_with(edge));
        seen.extend(edge);
        if edge.is_some() || module.ends_with("tests") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("the source is read");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let outside = OUTSIDE.iter().find(|word| line.contains(*word));
            assert!(outside.is_none(), "{}: {line}", path.display());
        }
    }
    assert_eq!(seen, EDGE.iter().collect(), "every module of the edge is there");
}

/// Clippy refuses `println!` and its like; it does not see who takes the streams themselves.
#[test]
fn the_printer_alone_takes_the_standard_streams() {
    let mut taking: Vec<_> = files("src", ".rs")
        .into_iter()
        .filter(|path| {
            let text = fs::read_to_string(path).expect("the source is read");
            ["io::stdout", "io::stderr", "AutoStream"].iter().any(|word| text.contains(word))
        })
        .map(|path| module_of(&path))
        .collect();
    taking.dedup();
    assert_eq!(taking, ["printer"]);
}

#[test]
fn the_committed_schema_and_reference_are_those_of_the_types() {
    for (file, made) in [
        ("schema/sandbox.schema.json", schema::generated_text()),
        ("docs/manifest.md", schema::reference(&schema::generated())),
        ("docs/images.md", images::page()),
    ] {
        assert_generated(&root().join(file), &made);
    }
}

/// A manifest in which each kind of table stands.
const EVERY_TABLE: &str = r#"
name = "x"
[from]
image = "x"
auth = { type = "basic", username = "u", password = { env = "P" } }
[resources]
[novita]
[lints]
[[steps]]
run = "x"
[start]
cmd = "x"
[ready]
port = 1
[[tests]]
run = "x"
stdout = { matches = "x" }
[profiles.x]
"#;

#[test]
fn the_reader_asks_for_just_the_keys_that_the_schema_has() {
    let mut asked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut observer = |table: &'static str, keys: &[&'static str]| {
        let keys = keys.iter().map(|key| (*key).to_owned());
        asked.entry(table.to_owned()).or_default().extend(keys);
    };
    let (_, diagnostics) = parse::parse_observed(EVERY_TABLE, Some(&mut observer));
    assert!(!diagnostics.has_errors(), "{diagnostics:?}");

    let schema = schema::schema();
    let properties = |table: &Value| -> Option<BTreeSet<String>> {
        Some(table.get("properties")?.as_object()?.keys().cloned().collect())
    };
    let mut described = BTreeMap::new();
    described.insert("Manifest".to_owned(), properties(schema).expect("the top level has keys"));
    for (name, definition) in schema["definitions"].as_object().expect("there are definitions") {
        if let Some(properties) = properties(definition) {
            described.insert(name.clone(), properties);
        }
    }
    assert_eq!(asked, described);
}

#[test]
fn the_keys_of_the_top_level_are_listed_once_more_and_alike() {
    let schema = schema::schema();
    let described: BTreeSet<_> = schema["properties"]
        .as_object()
        .expect("there are keys")
        .keys()
        .map(String::as_str)
        .collect();
    let listed: BTreeSet<_> = sandbox_toml::manifest::TOP_LEVEL_KEYS.iter().copied().collect();
    assert_eq!(listed, described);
}

#[test]
fn each_code_has_a_page_and_a_case_and_no_other_has() {
    let codes: BTreeSet<_> = Code::ALL.iter().map(|code| code.name().to_owned()).collect();
    assert_eq!(codes.len(), Code::ALL.len(), "names are unique");
    let is_warning = |code: &Code| code.severity() == Severity::Warning;
    assert!(Code::ALL.is_sorted_by_key(is_warning), "errors come before warnings");

    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let pages: BTreeSet<_> =
        files("docs/codes", ".md").iter().filter_map(|path| stem(path)).collect();
    let pages: BTreeSet<_> = pages.into_iter().filter(|name| name != "README").collect();
    assert_same(&pages, &codes, "docs/codes/CODE.md");

    let snapshots = files("tests/ui", ".snap");
    let cases: BTreeSet<_> =
        snapshots.iter().filter_map(|path| path.parent()).filter_map(stem).collect();
    assert_same(&cases, &codes, "tests/ui/CODE");
}

/// Says which codes have no such file, and which files have no such code.
fn assert_same(found: &BTreeSet<String>, codes: &BTreeSet<String>, file: &str) {
    let missing: Vec<_> = codes.difference(found).collect();
    let unknown: Vec<_> = found.difference(codes).collect();
    assert!(missing.is_empty(), "codes without `{file}`: {missing:?}");
    assert!(unknown.is_empty(), "`{file}` without a code: {unknown:?}");
}

#[test]
fn the_list_of_codes_changes_only_on_purpose() {
    let lines: Vec<_> = Code::ALL
        .iter()
        .map(|code| format!("{} {} — {}", code.severity().as_str(), code.name(), code.summary()))
        .collect();
    crate::support::snapshot("snapshots", "codes", &lines.join("\n"));
}

/// Words that plain technical English has a clearer term for.
const AVOIDED: &[&str] = &["mend", "mends", "mended", "anew", "nobody", "somebody", "whoever"];

/// The directories in which they are not used.
const PLAIN: &[(&str, &str)] = &[("docs", ".md"), ("examples", ".toml"), ("src", ".rs")];

#[test]
fn texts_avoid_words_that_readers_have_to_translate() {
    let mut paths: Vec<_> =
        PLAIN.iter().flat_map(|(directory, ending)| files(directory, ending)).collect();
    paths.extend(["CONTRIBUTING.md", "README.md", "SECURITY.md"].map(|name| root().join(name)));
    for path in paths {
        let text = fs::read_to_string(&path).expect("the text is read");
        for (number, line) in (1..).zip(text.lines()) {
            // Text in backticks is a quotation.
            let prose: String = line.split('`').step_by(2).collect();
            let mut words = prose.split(|c: char| !c.is_alphanumeric());
            let found = words.find(|word| AVOIDED.contains(&word.to_lowercase().as_str()));
            assert_eq!(found, None, "{}:{number}: {line}", path.display());
        }
    }
}

/// The text of a source file without comments and what is only compiled for tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("the source is read");
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn only_the_factories_choose_by_family_of_platforms() {
    let chooses = |path: &Path| {
        let relative = path.strip_prefix(root().join("src")).expect("the file is a source");
        matches!(relative.to_str(), Some("lower.rs" | "submit.rs" | "sandbox.rs" | "platform.rs"))
            || relative.starts_with("platform")
    };
    for path in files("src", ".rs").iter().filter(|path| !chooses(path)) {
        let code = code(path);
        for word in ["platform::Family", "Family::E2b", "facts().family", "facts.family"] {
            assert!(!code.contains(word), "{}: ask for a capability, not `{word}`", path.display());
        }
    }
}

#[test]
fn rules_and_checks_ask_for_capabilities_and_name_no_platform() {
    let directories = ["src/lint", "src/check", "src/failure", "src/pipeline", "src/resolve"];
    let rules = directories.iter().flat_map(|directory| files(directory, ".rs"));
    for path in rules.filter(|path| !is_unit_test(path)) {
        let code = code(&path);
        let mut rest = code.split("Platform::").skip(1);
        let named = rest.find(|name| {
            name.starts_with(char::is_uppercase)
                && !name.starts_with("ALL")
                && !name.starts_with("DEFAULT")
        });
        let line = named.and_then(|rest| rest.lines().next());
        assert_eq!(line, None, "{}: ask for a capability instead", path.display());
    }
}
