//! `docs/manifest.md`: the descriptions of the schema as a page.

mod examples;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::diagnostic::level::Target;
use crate::diagnostic::suggest;
use crate::manifest::{ActionKind, actions_of};
use crate::platform::Platform;
use crate::scalar::Inherit;

/// The definitions that have a section, in their order, with the headings. One that is missing
/// here is described where it is used.
const TABLES: &[(&str, &str)] = &[
    ("", "Top level"),
    ("From", "`from`"),
    ("BuildSecrets", "`from.secrets`"),
    ("Auth", "`from.auth`"),
    ("Resources", "`resources`"),
    ("Variables", "`env`, `build_env`"),
    ("Step", "`steps`"),
    ("Start", "`start`"),
    ("Ready", "`ready`"),
    ("Test", "`tests`"),
    ("Expectation", "`stdout`, `stderr` of a test"),
    ("TestVariables", "`env` of a test"),
    ("Profiles", "`profiles`"),
    ("Profile", "A profile"),
    ("Novita", "`novita`"),
    ("Lints", "`lints`"),
    ("Secret", "Secrets"),
    ("Size", "Sizes"),
    ("Duration", "Durations"),
    ("Mode", "Modes"),
];

/// The language reference, in Markdown, from the schema.
#[must_use]
pub fn reference(schema: &Value) -> String {
    let definitions = schema.get("definitions").and_then(Value::as_object);
    let mut page = String::from(
        "# The sandbox.toml language\n\n\
         <!-- Generated from the types by `SBX_UPDATE=1 cargo test`. -->\n\
         <!-- page: tested by tests/cases/pages.rs -->\n\n\
         A manifest is one TOML file, in UTF-8 and of at most 1 MiB, named `sandbox.toml` by \
         default. It declares a sandbox template; reading it runs nothing on your machine. \
         `schema/sandbox.schema.json` describes the same keys for editors.\n\n\
         A template is built from a base image (`from`) by steps that run in order (`steps`). At \
         the end, the start command (`start`) is run, and when the readiness check (`ready`) \
         succeeds, the platform takes the snapshot that sandboxes are created from. A complete \
         manifest:\n\n",
    );
    toml(&mut page, examples::COMPLETE);
    for (name, heading) in TABLES {
        let table = match *name {
            "" => schema.as_object(),
            name => definitions.and_then(|all| all.get(name)).and_then(Value::as_object),
        };
        let Some(table) = table else { continue };
        let _ = write!(page, "\n## {heading}\n\n");
        match *name {
            "Lints" => lints(&mut page, table),
            name => section(&mut page, name, table),
        }
        if *name == "Step" {
            actions(&mut page);
        }
    }
    page
}

/// A fenced block of TOML. What an editor reads in the first line is left out.
fn toml(page: &mut String, text: &str) {
    let lines = text.lines().filter(|line| !line.starts_with("#:schema"));
    let text: Vec<_> = lines.collect();
    let _ = writeln!(page, "```toml\n{}\n```", text.join("\n").trim());
}

/// The description of a table and its examples.
fn introduce(page: &mut String, name: &str, table: &Map<String, Value>) {
    if let Some(description) = text(table, "description") {
        let _ = writeln!(page, "{description}");
    }
    for example in examples::examples(name) {
        page.push('\n');
        toml(page, example);
    }
}

/// Lint levels: all keys take the same values, and the index of codes has their meanings.
fn lints(page: &mut String, table: &Map<String, Value>) {
    introduce(page, "Lints", table);
    let properties = table.get("properties").and_then(Value::as_object);
    let every = properties.and_then(|all| all.get(Target::WARNINGS)).and_then(Value::as_object);
    let Some(every) = every else { return };
    let _ = write!(
        page,
        "\n| key | type | meaning |\n|---|---|---|\n| `{}` | {levels} | {} |\n\
         | a code | {levels} | the warning of [that code](codes/README.md) |\n",
        Target::WARNINGS,
        text(every, "description").unwrap_or_default(),
        levels = typed(every),
    );
}

fn section(page: &mut String, name: &str, table: &Map<String, Value>) {
    introduce(page, name, table);
    let Some(properties) = table.get("properties").and_then(Value::as_object) else {
        return;
    };
    let required = table.get("required").and_then(Value::as_array);
    page.push_str("\n| key | type | meaning |\n|---|---|---|\n");
    for (key, property) in properties {
        let Some(property) = property.as_object() else {
            continue;
        };
        let is_required = required.is_some_and(|all| all.iter().any(|one| one == key.as_str()));
        let mut kind = typed(property);
        if is_required {
            kind.push_str(", required");
        }
        let mut meaning = text(property, "description").unwrap_or_default();
        if let Some(examples) = property.get("examples").and_then(Value::as_array) {
            let shown: Vec<_> = examples.iter().map(|example| format!("`{example}`")).collect();
            let _ = write!(meaning, " For example {}.", shown.join(", "));
        }
        let row = format!("| `{key}` | {kind} | {meaning} |\n");
        page.push_str(&row.replace("||", "\\|\\|"));
    }
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    Some(object.get(key)?.as_str()?.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The type of a property and its default.
fn typed(property: &Map<String, Value>) -> String {
    let default = property.get("default").map(|default| format!(", default `{default}`"));
    kind(property) + &default.unwrap_or_default()
}

/// The type of a property, in a few words.
fn kind(property: &Map<String, Value>) -> String {
    if let Some(Value::Array(any)) = property.get("anyOf") {
        let kinds = any.iter().filter_map(Value::as_object).map(kind);
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    // `allOf` beside a type adds rules, not another type.
    if !property.contains_key("type")
        && let Some(all) = property.get("allOf").and_then(Value::as_array)
        && let Some(one) = all.first().and_then(Value::as_object)
    {
        return kind(one);
    }
    if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return match name {
            "Size" => "size".to_owned(),
            "Duration" => "duration".to_owned(),
            "Mode" => "mode".to_owned(),
            "Secret" => "secret".to_owned(),
            "Platform" => suggest::any_of(&Platform::names()),
            "Inherit" => suggest::any_of(&Inherit::ALL.map(|(word, _)| word)),
            "From" | "Start" | "Ready" | "Expectation" => "string or table".to_owned(),
            _ => "table".to_owned(),
        };
    }
    if let Some(Value::Array(values)) = property.get("enum") {
        let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
        return values.join(", ");
    }
    if let Some(constant) = property.get("const") {
        return format!("`{constant}`");
    }
    match property.get("type") {
        Some(Value::String(kind)) if kind == "array" => {
            let items = property.get("items").and_then(Value::as_object).map(self::kind);
            match items.as_deref() {
                Some("string") => "array of strings".to_owned(),
                Some("table") | None => "array of tables".to_owned(),
                Some(items) => format!("array of {items}"),
            }
        }
        Some(Value::String(kind)) => named(kind).to_owned(),
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().filter_map(Value::as_str).map(|kind| match kind {
                "array" => "array of strings",
                // The only boolean that stands beside other types is `true`.
                "boolean" => "`true`",
                kind => named(kind),
            });
            kinds.collect::<Vec<_>>().join(" or ")
        }
        _ => "value".to_owned(),
    }
}

fn named(kind: &str) -> &str {
    match kind {
        "object" => "table",
        kind => kind,
    }
}

/// The keys that go with each action.
fn actions(page: &mut String) {
    page.push_str(
        "\nEach step has exactly one action. `label` and `no_cache` go with every action.\n\n",
    );
    page.push_str("| action | required keys | optional keys |\n|---|---|---|\n");
    let list =
        |keys: &[&str]| keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    for kind in ActionKind::ALL {
        let (needs, takes) = (list(kind.needs()), list(kind.takes()));
        let _ = writeln!(page, "| `{}` | {needs} | {takes} |", kind.key());
    }
    let shell = actions_of("user");
    let _ = writeln!(
        page,
        "\n`user` by itself is an action; beside {} it is the user of that command.",
        list(&shell)
    );
}
