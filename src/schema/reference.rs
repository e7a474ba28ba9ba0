//! `docs/manifest.md`: the schema's descriptions as a page for people.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schema;
use crate::diagnostic::suggest;
use crate::manifest::{ActionKind, Inherit, actions_of};
use crate::platform::Platform;

/// The order in which the tables are described, with their headings. A definition that is not
/// here is a value and is described where it is used.
const TABLES: &[(&str, &str)] = &[
    ("", "Top level"),
    ("From", "`from`"),
    ("Auth", "`from.auth`"),
    ("Resources", "`resources`"),
    ("Variables", "`env`, `build_env`"),
    ("Step", "`steps`"),
    ("Start", "`start`"),
    ("Ready", "`ready`"),
    ("Novita", "`novita`"),
    ("Lints", "`lints`"),
    ("Secret", "Secrets"),
    ("Size", "Sizes"),
    ("Duration", "Durations"),
    ("Mode", "Modes"),
];

/// The language reference, in Markdown.
#[must_use]
pub fn reference() -> String {
    let schema = schema();
    let definitions = schema.get("definitions").and_then(Value::as_object);
    let mut page = String::from(
        "# The sandbox.toml language\n\n\
         <!-- Made from the types by `sbx schema --reference`; a test compares it. -->\n\n\
         A manifest is one TOML file, UTF-8, at most 1 MiB, by default `sandbox.toml`. It says \
         what a sandbox template is, and runs nothing on the machine that reads it. The same \
         facts are in `schema/sandbox.schema.json` for editors.\n",
    );
    for (name, heading) in TABLES {
        let table = match *name {
            "" => schema.as_object(),
            name => definitions.and_then(|all| all.get(name)).and_then(Value::as_object),
        };
        let Some(table) = table else { continue };
        let _ = write!(page, "\n## {heading}\n\n");
        section(&mut page, table);
        if *name == "Step" {
            actions(&mut page);
        }
    }
    page
}

fn section(page: &mut String, table: &Map<String, Value>) {
    if let Some(description) = text(table, "description") {
        let _ = writeln!(page, "{description}");
    }
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
        let mut kind = kind(property);
        if is_required {
            kind.push_str(", required");
        }
        if let Some(default) = property.get("default") {
            let _ = write!(kind, ", default `{default}`");
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

/// What a property takes, in a few words.
fn kind(property: &Map<String, Value>) -> String {
    if let Some(Value::Array(any)) = property.get("anyOf") {
        let kinds = any.iter().filter_map(Value::as_object).map(kind);
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    // Beside a type there are more rules, not another type.
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
            "From" | "Start" | "Ready" => "string or table".to_owned(),
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

/// Which keys go with which action.
fn actions(page: &mut String) {
    page.push_str("\nEach step has one action; `label` and `no_cache` go with every one.\n\n");
    page.push_str("| action | needs | takes |\n|---|---|---|\n");
    let list =
        |keys: &[&str]| keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    for kind in ActionKind::ALL {
        let (needs, takes) = (list(kind.needs()), list(kind.takes()));
        let _ = writeln!(page, "| `{}` | {needs} | {takes} |", kind.key());
    }
    let shell = actions_of("user");
    let _ = writeln!(
        page,
        "\n`user` is an action when it stands alone, and the user of the command beside {}.",
        list(&shell)
    );
}
