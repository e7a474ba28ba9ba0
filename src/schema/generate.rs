//! The types of the language → JSON Schema.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::ID;
use crate::manifest::Manifest;

/// The schema of the types.
#[must_use]
pub fn generated() -> Value {
    let settings = SchemaSettings::draft07().with_transform(WithoutNull).with_transform(Words);
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<Manifest>();
    schema.insert("$id".to_owned(), ID.into());
    constrain_profiles(&mut schema);
    schema.insert("x-taplo-info".to_owned(), json!({ "patterns": ["sandbox\\.toml$"] }));
    // What the parser reads: without it tombi would refuse a line break in an inline table.
    schema.insert("x-tombi-toml-version".to_owned(), "v1.1.0".into());
    schema.to_value()
}

/// The text of the file to commit.
#[must_use]
pub fn generated_text() -> String {
    // A tree of maps with text keys always serialises.
    let mut text = serde_json::to_string_pretty(&generated()).unwrap_or_default();
    text.push('\n');
    text
}

/// Gives the keys of a profile the constraints of the manifest's own, which they replace or are
/// merged with. Only what they mean is their own.
fn constrain_profiles(schema: &mut Schema) {
    let Some(Value::Object(own)) = schema.get("properties").cloned() else { return };
    let keys = schema.pointer_mut("/definitions/Profile/properties");
    let Some(Value::Object(keys)) = keys else { return };
    for (key, property) in keys {
        let Some(Value::Object(constrained)) = own.get(key) else { continue };
        let mut constrained = constrained.clone();
        constrained.remove("default");
        constrained.remove("examples");
        if let Some(description) = property.get("description") {
            constrained.insert("description".to_owned(), description.clone());
        }
        *property = constrained.into();
    }
}

/// Joins each paragraph of a doc comment to one line, so that editors can wrap it.
fn unwrapped(text: &str) -> String {
    let paragraphs =
        text.split("\n\n").map(|lines| lines.split('\n').collect::<Vec<_>>().join(" "));
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// Removes `null`: TOML has none, and an optional key is simply not required.
#[derive(Debug, Clone)]
struct WithoutNull;

impl Transform for WithoutNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        if object.get("default") == Some(&Value::Null) {
            object.remove("default");
        }
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = unwrapped(text);
        }
        // Editors do not use `uint64`, and some validators warn about it.
        object.remove("format");
        let Some(Value::Array(any)) = object.get_mut("anyOf") else {
            return;
        };
        any.retain(|one| one.get("type") != Some(&json!("null")));
        if let [Value::Object(only)] = any.as_mut_slice() {
            let only = std::mem::take(only);
            object.remove("anyOf");
            if only.contains_key("$ref") {
                // Before draft 2019-09, keywords beside a `$ref` are ignored.
                object.insert("allOf".to_owned(), json!([only]));
                return;
            }
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}

/// Makes one list of the words of an enumeration, so that an editor's error lists them instead of
/// saying that no alternative matches.
#[derive(Debug, Clone)]
struct Words;

impl Transform for Words {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        let Some(Value::Array(branches)) = object.get("oneOf") else { return };
        let words: Option<Vec<_>> = branches.iter().map(|one| one.get("const").cloned()).collect();
        let Some(words) = words else { return };
        let documented = |one: &Value| one.get("description").cloned().unwrap_or_default();
        let meanings: Vec<_> = branches.iter().map(documented).collect();
        object.remove("oneOf");
        object.insert("type".to_owned(), "string".into());
        object.insert("enum".to_owned(), words.into());
        object.insert("x-taplo".to_owned(), json!({ "docs": { "enumValues": meanings } }));
    }
}
