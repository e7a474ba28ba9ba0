//! `lints`: the levels of warnings.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, json};

use crate::diagnostic::level::Target;
use crate::diagnostic::{Code, Level, Levels};

/// The lint levels that the manifest sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lints {
    /// The levels.
    pub levels: Levels,
}

/// The schema is generated from the table of codes, so an editor shows the summary of each warning.
impl JsonSchema for Lints {
    fn schema_name() -> Cow<'static, str> {
        "Lints".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = Level::ALL.map(|(word, _)| word);
        let every = (Target::WARNINGS, "every warning that has no level of its own");
        let codes = Code::warnings().map(|code| (code.name(), code.summary()));
        let properties: Map<_, _> = std::iter::once(every)
            .chain(codes)
            .map(|(name, summary)| {
                let property = json!({ "description": summary, "enum": words, "default": "warn" });
                (name.to_owned(), property)
            })
            .collect();
        json_schema!({
            "description": "Lint levels by the code of a warning: `\"allow\"` silences it, `\"warn\"` reports it, `\"deny\"` makes it stop the build like an error. `--allow`, `--warn` and `--deny` override this table. A comment `# sbx: allow(CODE)` behind a key or on the line above it silences the warning in one place.",
            "type": "object",
            "additionalProperties": false,
            "properties": properties
        })
    }
}
