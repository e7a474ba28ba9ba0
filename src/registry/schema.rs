//! `auth` in the JSON Schema.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::{Auth, AuthKey, KeyType, RegistryKind};
use crate::secrets::Secret;

impl JsonSchema for Auth {
    fn schema_name() -> Cow<'static, str> {
        "Auth".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kinds = RegistryKind::ALL.map(RegistryKind::name);
        let mut properties = Map::new();
        properties.insert(
            "type".to_owned(),
            json!({ "type": "string", "enum": kinds, "description": "The kind of registry." }),
        );
        for key in AuthKey::ALL {
            properties.insert(key.name().to_owned(), property(key, generator));
        }
        json_schema!({
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
            "required": ["type"],
            "description": "The credentials for a private registry. Which keys are required depends on `type`.",
            "allOf": RegistryKind::ALL.map(rule),
        })
    }
}

fn property(key: AuthKey, generator: &mut SchemaGenerator) -> Value {
    let kinds = RegistryKind::ALL.into_iter().filter(|kind| kind.keys().contains(&key));
    let kinds: Vec<_> = kinds.map(|kind| format!("`{}`", kind.name())).collect();
    let description = format!("{}: {}.", kinds.join(", "), key.meaning());
    match key.takes() {
        KeyType::Text => json!({ "type": "string", "description": description, "minLength": 1 }),
        KeyType::Identity | KeyType::Secret => {
            let secret = generator.subschema_for::<Secret>();
            json!({ "description": description, "allOf": [secret] })
        }
    }
}

/// The keys of a kind are required together, and there are no others beside them.
fn rule(kind: RegistryKind) -> Value {
    let keys: Vec<_> = kind.keys().iter().map(|key| key.name()).collect();
    let allowed: Vec<_> = std::iter::once("type").chain(keys.iter().copied()).collect();
    json!({
        "if": { "properties": { "type": { "const": kind.name() } }, "required": ["type"] },
        "then": { "required": keys, "propertyNames": { "enum": allowed } }
    })
}
