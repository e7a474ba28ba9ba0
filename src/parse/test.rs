//! `tests`.

use toml::de::DeValue;

use super::ready::wait;
use super::secret;
use super::step::array_of_tables;
use super::table::{Reader, Table};
use super::value::{self, Item};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::manifest::{
    Expectation, TEST_ACTIONS, Test, TestEnv, TestValue, TestVariable, test_keys_of,
};
use crate::source::Spanned;

pub(super) fn tests(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Vec<Spanned<Test>>> {
    let elements = array_of_tables(reader, item, "tests", "test")?;
    Some(elements.into_iter().filter_map(|element| test(reader, element)).collect())
}

fn test(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Test>> {
    let mut table = value::table(reader, "Test", item)?;
    let test = Test {
        name: table.optional(reader, "name", value::non_empty),
        run: table.optional(reader, "run", command),
        port: table.optional(reader, "port", value::unsigned),
        url: table.optional(reader, "url", value::non_empty),
        process: table.optional(reader, "process", value::non_empty),
        file: table.optional(reader, "file", value::non_empty),
        stdout: table.optional(reader, "stdout", expectation),
        stderr: table.optional(reader, "stderr", expectation),
        status: table.optional(reader, "status", value::unsigned),
        user: table.optional(reader, "user", value::non_empty),
        workdir: table.optional(reader, "workdir", value::non_empty),
        env: table.optional(reader, "env", variables),
        timeout: table.optional(reader, "timeout", wait),
    };
    one_action(reader, &mut table);
    Some(table.finish_as(reader, test))
}

/// A command; a list of them belongs into several tests or one line.
fn command(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<String>> {
    if let DeValue::Array(_) = item.value {
        let help = "write one command, or one test for each: `run = \"first && second\"`";
        return item.wrong_type_help(reader, "a string", help).none();
    }
    value::non_empty(reader, item)
}

/// Reports a test without an action, with several, and keys that conflict with its action.
fn one_action(reader: &mut Reader<'_>, table: &mut Table<'_>) {
    let present = table.present(TEST_ACTIONS);
    match present.as_slice() {
        [] => {
            let diagnostic =
                Diagnostic::new(Code::MissingKey, table.span(), "the test has no action")
                    .help(format!("write one of {}", suggest::any_of(TEST_ACTIONS)));
            table.missing_any(TEST_ACTIONS, diagnostic);
        }
        [action] => {
            let allowed = test_keys_of(action.value);
            let others = table.present(test_keys_of("run"));
            for key in others.iter().filter(|key| !allowed.contains(&key.value)) {
                let goes_with: Vec<_> = TEST_ACTIONS
                    .iter()
                    .copied()
                    .filter(|action| test_keys_of(action).contains(&key.value))
                    .collect();
                let message = format!("`{}` conflicts with `{}`", key.value, action.value);
                reader.push(
                    Diagnostic::new(Code::ConflictingKeys, key.span, message)
                        .related(action.span, "the action")
                        .help(format!("use `{}` with {}", key.value, suggest::any_of(&goes_with))),
                );
            }
        }
        [first, others @ ..] => {
            let message = format!("a test must have one action, not {}", present.len());
            let mut diagnostic = Diagnostic::new(Code::ConflictingKeys, first.span, message);
            for other in others {
                diagnostic = diagnostic.related(other.span, "another one");
            }
            reader.push(diagnostic.help("write a separate `[[tests]]` for each action"));
        }
    }
}

fn expectation(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Expectation>> {
    match item.value {
        DeValue::String(_) => {
            value::non_empty(reader, item).map(|text| text.map(Expectation::Contains))
        }
        DeValue::Table(_) => {
            let mut table = value::table(reader, "Expectation", item)?;
            let matches = table.required(reader, "matches", value::non_empty);
            let span = table.span();
            table.finish(reader);
            matches.map(|matches| Spanned::new(Expectation::Matches(matches), span))
        }
        _ => item.wrong_type(reader, "a string or `{ matches = \"REGEX\" }`").none(),
    }
}

fn variables(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<TestEnv>> {
    let DeValue::Table(table) = item.value else {
        let help = "write a table: `env = { NAME = \"value\" }`";
        return item.wrong_type_help(reader, "a table of variables", help).none();
    };
    let mut variables = Vec::new();
    for (key, value) in table {
        let entry = Item::new(key.span(), value);
        if let Some(value) = value_of(reader, entry) {
            let name = Spanned::new(key.get_ref().to_string(), entry.key);
            variables.push(TestVariable { name, value });
        }
    }
    Some(Spanned::new(TestEnv { variables }, item.span))
}

fn value_of(reader: &mut Reader<'_>, item: Item<'_>) -> Option<TestValue> {
    let literal = |text: String| Some(TestValue::Literal(Spanned::new(text, item.span)));
    match item.value {
        DeValue::String(text) if text.contains('\0') => {
            reader.push(value::nul(item, "environment variables cannot contain it"));
            None
        }
        DeValue::String(text) => literal(text.to_string()),
        DeValue::Integer(integer) => literal(integer.to_string()),
        DeValue::Boolean(value) => literal(value.to_string()),
        DeValue::Table(_) => secret::identity(reader, item).map(TestValue::Secret),
        _ => {
            let expected = "a string, an integer, a boolean or `{ env = \"NAME\" }`";
            item.wrong_type(reader, expected).none()
        }
    }
}
