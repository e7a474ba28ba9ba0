//! A secret as a manifest has it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};

/// A secret, by reference or as it is.
#[derive(Clone)]
pub enum Secret {
    /// `{ env = "NAME" }`: a variable of whoever runs `sbx`.
    Env(String),
    /// `{ file = "path" }`: a file, relative to the manifest.
    File(String),
    /// The value itself.
    Plain(SecretString),
}

impl Secret {
    /// What is printed in its place.
    #[must_use]
    pub fn placeholder(&self) -> String {
        match self {
            Self::Env(name) => format!("[secret {name}]"),
            Self::File(path) => format!("[secret {path}]"),
            Self::Plain(_) => "[secret]".to_owned(),
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
            "description": "A secret: `{ env = \"NAME\" }`, `{ file = \"path\" }` relative to the manifest, or the value itself, which draws a warning where it is one that must stay secret. It is read only when a request is made.",
            "type": ["string", "object"],
            "minLength": 1,
            "properties": {
                "env": {
                    "description": "The variable that holds the secret when `sbx` makes a request.",
                    "type": "string",
                    "minLength": 1
                },
                "file": {
                    "description": "The file that holds the secret, relative to the manifest. One final line break is not part of it.",
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
