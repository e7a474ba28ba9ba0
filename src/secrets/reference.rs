//! A secret as a manifest has it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};

use super::PLACEHOLDER;

/// A secret, by reference or as text.
#[derive(Clone)]
pub enum Secret {
    /// `{ env = "NAME" }`: an environment variable of `sbx`.
    Env(String),
    /// `{ file = "path" }`: a file, relative to the manifest.
    File(String),
    /// The value itself.
    Plain(SecretString),
}

impl Secret {
    /// The text that is printed instead of it.
    #[must_use]
    pub fn placeholder(&self) -> String {
        match self {
            Self::Env(name) => format!("[secret {name}]"),
            Self::File(path) => format!("[secret {path}]"),
            Self::Plain(_) => PLACEHOLDER.to_owned(),
        }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Env(a), Self::Env(b)) | (Self::File(a), Self::File(b)) => a == b,
            (Self::Plain(a), Self::Plain(b)) => a.expose_secret() == b.expose_secret(),
            _ => false,
        }
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.placeholder())
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A secret: `{ env = \"NAME\" }`, `{ file = \"path\" }` relative to the manifest, or the value as text, which is reported as `plaintext-secret` unless it is a user name or an ID. A reference is read only when a request is made.",
            "type": ["string", "object"],
            "minLength": 1,
            "properties": {
                "env": {
                    "description": "The environment variable that holds the secret when `sbx` makes a request.",
                    "type": "string",
                    "minLength": 1
                },
                "file": {
                    "description": "The file that holds the secret, relative to the manifest. One trailing line break is removed.",
                    "type": "string",
                    "minLength": 1
                }
            },
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1
        })
    }
}
