//! The manifest language, as its schema describes it.

use serde_json::Value;

use crate::schema::schema;

/// What can be at a path of keys: descriptions that are alternatives to each other.
#[derive(Debug)]
pub(super) struct Place(Vec<&'static Value>);

/// How many references lead to each other, at most.
const DEEPEST: usize = 8;

impl Place {
    /// The place at a path.
    pub(super) fn at(path: &[String]) -> Self {
        let start = Self(vec![schema()]);
        path.iter().fold(start, |place, key| place.key(key))
    }

    /// The place below a key. Elements of arrays have no keys of their own.
    fn key(&self, key: &str) -> Self {
        let below = |node: &'static Value| {
            let own = node.pointer("/properties").and_then(|keys| keys.get(key));
            let other = || node.get("additionalProperties").filter(|other| other.is_object());
            own.or_else(other)
        };
        Self(self.nodes().into_iter().filter_map(below).collect())
    }

    /// The keys with their descriptions, in the language's order.
    pub(super) fn keys(&self) -> Vec<(&'static str, Self)> {
        let mut keys: Vec<(&'static str, Self)> = Vec::new();
        for node in self.nodes() {
            let properties = node.get("properties").and_then(Value::as_object);
            for (key, value) in properties.into_iter().flatten() {
                match keys.iter_mut().find(|(known, _)| known == key) {
                    Some((_, place)) => place.0.push(value),
                    None => keys.push((key, Self(vec![value]))),
                }
            }
        }
        keys
    }

    /// The documentation.
    pub(super) fn documentation(&self) -> Option<&'static str> {
        // Behind a reference is the documentation of the type, which says less about the key.
        let own = self.0.iter().copied();
        let mut nodes = own.chain(self.nodes());
        nodes.find_map(|node| node.get("description").and_then(Value::as_str))
    }

    /// The values that it can have as they are written in TOML, and those of examples.
    pub(super) fn values(&self) -> Vec<String> {
        let mut values = Vec::new();
        for node in self.nodes() {
            let list = |key: &str| node.get(key).and_then(Value::as_array).into_iter().flatten();
            let types = node.get("type");
            let is_bool = types.is_some_and(|types| *types == "boolean");
            let bools = if is_bool { &["true", "false"][..] } else { &[] };
            let written = node.get("const").into_iter().chain(list("enum")).chain(list("examples"));
            let written = written.filter(|value| !value.is_array() && !value.is_object());
            for value in written.map(Value::to_string).chain(bools.iter().map(ToString::to_string))
            {
                if !values.contains(&value) {
                    values.push(value);
                }
            }
        }
        values
    }

    /// How a value begins: the snippet behind `=`.
    pub(super) fn opening(&self) -> &'static str {
        let is = |kind: &str| {
            self.nodes().iter().any(|node| match node.get("type") {
                Some(Value::String(one)) => one == kind,
                Some(Value::Array(all)) => all.iter().any(|one| one == kind),
                _ => false,
            })
        };
        match () {
            () if is("string") => "\"$0\"",
            () if is("array") => "[$0]",
            () if is("object") => "{ $0 }",
            () => "$0",
        }
    }

    /// All alternatives, with references followed and elements in place of arrays.
    fn nodes(&self) -> Vec<&'static Value> {
        let mut nodes = Vec::new();
        for node in &self.0 {
            expand(node, &mut nodes, 0);
        }
        nodes
    }
}

fn expand(node: &'static Value, nodes: &mut Vec<&'static Value>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    nodes.push(node);
    if let Some(reference) = node.get("$ref").and_then(Value::as_str)
        && let Some(target) = schema().pointer(reference.trim_start_matches('#'))
    {
        expand(target, nodes, depth + 1);
    }
    if let Some(items) = node.get("items") {
        expand(items, nodes, depth + 1);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for alternative in node.get(key).and_then(Value::as_array).into_iter().flatten() {
            expand(alternative, nodes, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str) -> Place {
        let path: Vec<_> =
            path.split('/').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        Place::at(&path)
    }

    #[test]
    fn keys_values_and_documentation_are_found_through_references_and_arrays() {
        let has = |path: &str, key: &str| place(path).keys().iter().any(|(known, _)| *known == key);
        assert!(has("", "name") && has("from", "dockerfile") && has("steps", "copy"));
        assert!(has("from/auth", "type") && has("tests", "stdout"));
        assert!(!has("steps", "name") && !has("nothing/there", "name"));
        assert!(
            place("env/ANY").documentation().is_none() || place("env").documentation().is_some()
        );
        assert!(place("platform").values().contains(&"\"e2b\"".to_owned()));
        assert_eq!(place("sudo").values(), ["true", "false"]);
        let text = place("context").documentation().expect("it is documented");
        assert!(text.contains("build context"), "{text}");
    }
}
