//! `from.secrets`: the secrets of an image's build.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::scalar::pattern;
use crate::secrets::Secret;
use crate::source::Spanned;

/// The secrets of `RUN --mount=type=secret,id=NAME`, in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildSecrets {
    /// The secrets by their IDs, each once.
    pub entries: Vec<(Spanned<String>, Spanned<Secret>)>,
}

impl JsonSchema for BuildSecrets {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BuildSecrets".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let secret = generator.subschema_for::<Secret>();
        json_schema!({
            "description": "The secrets of a Dockerfile's `RUN --mount=type=secret,id=NAME`, by their IDs. `sbx apply` gives them to the container engine with the consent of a person only: the commands of the Dockerfile can send them anywhere.",
            "type": "object",
            "propertyNames": { "pattern": pattern::SECRET_ID },
            "additionalProperties": secret,
            "x-tombi-additional-key-label": "NAME"
        })
    }
}
