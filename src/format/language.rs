//! The order of the language's keys: that of the manifest's types, as the schema has it.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value;

use crate::manifest::ActionKind;
use crate::schema;

/// The order in a step of each action, made once, since most tables of a long manifest are steps.
static STEPS: LazyLock<Vec<(&'static str, Vec<&'static str>)>> = LazyLock::new(|| {
    let actions = ActionKind::ALL.iter().copied();
    actions.map(|action| (action.key(), step(Some(action)))).collect()
});

/// The order in a step without an action.
static INCOMPLETE_STEP: LazyLock<Vec<&'static str>> = LazyLock::new(|| step(None));

/// Makes what all texts need, before the first is laid out.
pub(super) fn prepare() {
    LazyLock::force(&STEPS);
    let _ = schema::schema();
}

/// The order of keys in one table.
#[derive(Debug)]
pub(super) struct Order {
    keys: Cow<'static, [&'static str]>,
}

impl Order {
    /// The order in a table that has the keys `present`; `None` if the language sets none there, as in
    /// tables of variables.
    pub(super) fn of<'k>(
        table: Definition,
        present: impl Iterator<Item = &'k str>,
    ) -> Option<Self> {
        let keys = match table.name {
            "Step" => {
                let action = |key: &str| STEPS.iter().position(|(action, _)| *action == key);
                let own = present.filter_map(action).min().and_then(|first| STEPS.get(first));
                Cow::Borrowed(own.map_or(INCOMPLETE_STEP.as_slice(), |(_, keys)| keys.as_slice()))
            }
            // Codes have no order that people know.
            "Lints" => return None,
            _ => Cow::Owned(table.properties()?),
        };
        Some(Self { keys })
    }

    /// The place of a key; unknown ones are behind all others.
    pub(super) fn rank(&self, key: &str) -> usize {
        self.keys.iter().position(|known| *known == key).unwrap_or(self.keys.len())
    }
}

/// The keys of a step: its label, its action, what goes with that, and all others.
fn step(action: Option<ActionKind>) -> Vec<&'static str> {
    let own = action.iter().flat_map(|kind| {
        std::iter::once(kind.key())
            .chain(kind.needs().iter().copied())
            .chain(kind.takes().iter().copied())
    });
    let mut keys = vec!["label"];
    keys.extend(own);
    let others = ActionKind::keys().iter().chain(ActionKind::modifiers()).copied();
    for key in others.chain(["no_cache"]) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The schema of a table.
#[derive(Clone, Copy)]
pub(super) struct Definition {
    /// Its name; empty for the top level and for what has none.
    name: &'static str,
    schema: &'static Value,
}

impl Definition {
    /// That of the table at a path of keys; `None` if the language has none there.
    pub(super) fn at<'k>(mut path: impl Iterator<Item = &'k str>) -> Option<Self> {
        path.try_fold(Self::of(schema::schema()), Self::child)
    }

    /// What a schema stands for: itself, what it refers to, or the elements of its array.
    fn of(schema: &'static Value) -> Self {
        let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"));
        let name = reference.and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        if let Some(name) = name {
            let found = schema::schema().get("definitions").and_then(|all| all.get(name));
            return Self { name, schema: found.unwrap_or(&Value::Null) };
        }
        match schema.get("items") {
            Some(items) => Self::of(items),
            None => Self { name: "", schema },
        }
    }

    /// The value of a key.
    fn child(self, key: &str) -> Option<Self> {
        let known = self.schema.get("properties").and_then(|all| all.get(key));
        known.or_else(|| self.schema.get("additionalProperties")).map(Self::of)
    }

    /// Its keys in their order; `None` if it has no set of them.
    fn properties(self) -> Option<Vec<&'static str>> {
        let properties = self.schema.get("properties")?.as_object()?;
        Some(properties.keys().map(String::as_str).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(path: &[&str], present: &[&str]) -> Vec<&'static str> {
        let table = Definition::at(path.iter().copied());
        let order = table.and_then(|table| Order::of(table, present.iter().copied()));
        order.map(|order| order.keys.into_owned()).unwrap_or_default()
    }

    #[test]
    fn each_table_has_the_order_of_its_type() {
        assert_eq!(order(&[], &[])[..3], ["edition", "name", "tags"]);
        assert_eq!(order(&["resources"], &[]), ["cpu", "memory", "disk"]);
        assert_eq!(order(&["from", "auth"], &[])[0], "type");
        assert_eq!(order(&["tests"], &[])[..2], ["name", "run"]);
        for unordered in ["env", "build_env", "lints", "unknown"] {
            assert_eq!(order(&[unordered], &[]), Vec::<&str>::new(), "{unordered}");
        }
    }

    #[test]
    fn a_step_begins_with_its_label_and_its_action() {
        let copy = order(&["steps"], &["owner", "copy", "to"]);
        assert_eq!(copy[..4], ["label", "copy", "to", "owner"]);
        let run = order(&["steps"], &["user", "run"]);
        assert_eq!(run[..3], ["label", "run", "user"]);
        assert_eq!(order(&["steps"], &["user"])[..3], ["label", "user", "sudo"]);
    }

    #[test]
    fn a_step_has_a_place_for_each_key_of_its_type() {
        let known =
            Definition::of(schema::schema()).child("steps").and_then(Definition::properties);
        let mut known = known.expect("a step has keys");
        let mut ordered = order(&["steps"], &[]);
        known.sort_unstable();
        ordered.sort_unstable();
        assert_eq!(ordered, known);
    }
}
