//! `lints`: what becomes of warnings.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, json};

use crate::diagnostic::level::Target;
use crate::diagnostic::{Code, Level, Levels};

/// What the manifest says becomes of warnings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lints {
    /// The levels.
    pub levels: Levels,
}

/// The schema is made of the table of codes, so an editor knows each warning by its summary.
impl JsonSchema for Lints {
    fn schema_name() -> Cow<'static, str> {
        "Lints".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = Level::ALL.map(|(word, _)| word);
        let every = (Target::WARNINGS, "every warning that nothing else is said about");
        let codes = Code::warnings().map(|code| (code.name(), code.summary()));
        let properties: Map<_, _> = std::iter::once(every)
            .chain(codes)
            .map(|(name, summary)| {
                let property = json!({ "description": summary, "enum": words, "default": "warn" });
                (name.to_owned(), property)
            })
            .collect();
        json_schema!({
            "description": "What becomes of warnings, by their codes: `\"allow\"` does not report one, `\"warn\"` does, `\"deny\"` lets it stop a build as an error does. `--allow`, `--warn` and `--deny` win over this table, and a comment `# sbx: allow(CODE)` behind a key or above it silences one place.",
            "type": "object",
            "additionalProperties": false,
            "properties": properties
        })
    }
}
