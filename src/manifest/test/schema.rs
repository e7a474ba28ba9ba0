//! What the schema says of a test beyond the type of each key.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{TEST_ACTIONS, test_keys_of};

/// Says that there is exactly one action, and which keys go with it.
pub(super) fn one_action(schema: &mut Schema) {
    let rules: Map<_, _> =
        TEST_ACTIONS.iter().map(|action| ((*action).to_owned(), rule(action))).collect();
    schema.insert("dependencies".to_owned(), rules.into());
    schema.insert("minProperties".to_owned(), 1.into());
    // A test with other keys alone has no action.
    schema.insert(
        "not".to_owned(),
        json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": { "enum": test_keys_of("run") }
        }),
    );
}

fn rule(action: &str) -> Value {
    let keys = [&[action], test_keys_of(action)].concat();
    let mut rule = json!({ "propertyNames": { "enum": keys } });
    let status = match action {
        "run" => json!({ "maximum": 255 }),
        "url" => json!({ "minimum": 100 }),
        _ => return rule,
    };
    rule["properties"] = json!({ "status": status });
    // Without it tombi would take the test's other keys for unknown ones.
    rule["additionalProperties"] = true.into();
    rule
}
