//! What the schema says of a step beyond the type of each key.

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{ActionKind, COMMON_KEYS};
use crate::scalar::pattern;

/// Says what each source of a copy is, written alone or in an array.
pub(super) fn copy_sources(schema: &mut Schema) {
    let rules = json!([{ "pattern": pattern::COPY_SOURCE }, { "pattern": pattern::RELATIVE }]);
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        items.insert("allOf".to_owned(), rules.clone());
    }
    schema.insert("allOf".to_owned(), rules);
}

/// Says which references words may hold, written alone or in an array.
pub(super) fn words(schema: &mut Schema) {
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        items.insert("pattern".to_owned(), pattern::WORD.into());
    }
    schema.insert("pattern".to_owned(), pattern::WORD.into());
}

/// Says that there is exactly one action, and which modifiers go with which.
///
/// Each action lists the keys that may stand beside it, so that an editor's complaint names the
/// key that may not, and those that may. Alternatives of whole tables would draw a complaint for
/// each of them.
pub(super) fn one_action(schema: &mut Schema) {
    let rules: Map<_, _> =
        ActionKind::ALL.iter().map(|kind| (kind.key().to_owned(), rule(*kind))).collect();
    schema.insert("dependencies".to_owned(), rules.into());
    schema.insert("minProperties".to_owned(), 1.into());
    schema.insert("not".to_owned(), no_action());
}

/// What holds for a step where the key of an action is present.
fn rule(kind: ActionKind) -> Value {
    let keys = [&[kind.key()], kind.needs(), kind.takes(), COMMON_KEYS].concat();
    let mut rule = json!({ "propertyNames": { "enum": keys } });
    match kind {
        // A copy's target is spliced into a script, other targets are not. Without the last line
        // tombi would take the step's other keys for unknown ones.
        ActionKind::Copy => {
            rule["properties"] = json!({ "to": { "pattern": pattern::SPLICED_VALUE } });
            rule["additionalProperties"] = true.into();
        }
        // The only action that also modifies others.
        ActionKind::User => rule["propertyNames"]["enum"] = beside_user().into(),
        ActionKind::Run
        | ActionKind::Write
        | ActionKind::Apt
        | ActionKind::Pip
        | ActionKind::Npm
        | ActionKind::Bun
        | ActionKind::Git
        | ActionKind::Mkdir
        | ActionKind::Remove
        | ActionKind::Rename
        | ActionKind::Symlink
        | ActionKind::Env
        | ActionKind::Workdir
        | ActionKind::Mcp
        | ActionKind::Devcontainer => {}
    }
    if !kind.needs().is_empty() {
        rule["required"] = json!(kind.needs());
    }
    rule
}

/// A table that has only modifiers and no action. `user` by itself is an action.
fn no_action() -> Value {
    let user = ActionKind::User.key();
    let alone = [&[user], ActionKind::User.takes(), COMMON_KEYS].concat();
    let user_alone = json!({ "required": [user], "propertyNames": { "enum": alone } });
    let mut modifiers = COMMON_KEYS.to_vec();
    modifiers.extend(ActionKind::modifiers().iter().copied());
    json!({
        "type": "object",
        "minProperties": 1,
        "propertyNames": { "enum": modifiers },
        "not": user_alone
    })
}

/// The keys of a step with `user`: as its action, or beside a shell action.
fn beside_user() -> Vec<&'static str> {
    let user = ActionKind::User.key();
    let mut keys = [&[user], ActionKind::User.takes(), COMMON_KEYS].concat();
    for kind in ActionKind::ALL.iter().filter(|kind| kind.takes().contains(&user)) {
        for key in [&[kind.key()], kind.needs(), kind.takes()].concat() {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}
