//! `steps`.

use toml::de::DeValue;

use super::env;
use super::table::{Reader, Table};
use super::value::{self, Item};
use crate::diagnostic::{Code, Diagnostic, Fix, suggest};
use crate::manifest::{ActionKind, Packages, Step, StepKeys, actions_of};
use crate::source::{Span, Spanned};

pub(super) fn steps(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Vec<Spanned<Step>>> {
    let elements = array_of_tables(reader, item, "steps", "step")?;
    Some(elements.into_iter().filter_map(|element| step(reader, element)).collect())
}

/// The elements of the array at `key`, of which each is a table and called `one`.
pub(super) fn array_of_tables<'a>(
    reader: &mut Reader<'_>,
    item: Item<'a>,
    key: &str,
    one: &str,
) -> Option<Vec<Item<'a>>> {
    let DeValue::Array(array) = item.value else {
        if let DeValue::Table(_) = item.value {
            let message = format!("expected an array of {key}, found a table");
            reader.push(
                Diagnostic::new(Code::WrongType, item.span, message)
                    .help(format!("write `[[{key}]]`, with two brackets, above each {one}"))
                    .fix(as_array(reader, item, key, one)),
            );
            return None;
        }
        return item.wrong_type(reader, &format!("an array of {key}")).none();
    };
    Some(item.elements(array).collect())
}

/// A fix that makes a single table an array.
fn as_array(reader: &Reader<'_>, item: Item<'_>, key: &str, one: &str) -> Fix {
    let fix = Fix::safe(format!("make it an array of one {one}"));
    if reader.written(item.span).starts_with('{') {
        return fix.around(item.span, "[", "]");
    }
    fix.edits(reader.outline().map(|outline| outline.double_brackets(key)).unwrap_or_default())
}

fn step(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Step>> {
    let mut table = value::table(reader, "Step", item)?;
    let keys = keys(reader, &mut table);
    let only = one_action(reader, &mut table);
    Some(table.finish_as(reader, keys.into_step(only)))
}

/// Each key by itself.
fn keys(reader: &mut Reader<'_>, table: &mut Table<'_>) -> StepKeys {
    StepKeys {
        run: table.optional(reader, "run", value::one_or_many),
        copy: table.optional(reader, "copy", value::one_or_many),
        write: table.optional(reader, "write", value::non_empty),
        apt: table.optional(reader, "apt", value::one_or_many),
        pip: table.optional(reader, "pip", value::one_or_many),
        npm: table.optional(reader, "npm", packages),
        bun: table.optional(reader, "bun", packages),
        git: table.optional(reader, "git", value::non_empty),
        mkdir: table.optional(reader, "mkdir", value::one_or_many),
        remove: table.optional(reader, "remove", value::one_or_many),
        rename: table.optional(reader, "rename", value::non_empty),
        symlink: table.optional(reader, "symlink", value::non_empty),
        env: table.optional(reader, "env", env::table),
        user: table.optional(reader, "user", value::non_empty),
        workdir: table.optional(reader, "workdir", value::non_empty),
        mcp: table.optional(reader, "mcp", value::one_or_many),
        devcontainer: table.optional(reader, "devcontainer", value::non_empty),
        to: table.optional(reader, "to", value::non_empty),
        content: table.optional(reader, "content", value::any_string),
        owner: table.optional(reader, "owner", value::non_empty),
        mode: table.optional(reader, "mode", value::mode),
        follow_symlinks: table.optional(reader, "follow_symlinks", value::boolean),
        force_upload: table.optional(reader, "force_upload", value::boolean),
        recommends: table.optional(reader, "recommends", value::boolean),
        fix_missing: table.optional(reader, "fix_missing", value::boolean),
        global: table.optional(reader, "global", value::boolean),
        dev: table.optional(reader, "dev", value::boolean),
        branch: table.optional(reader, "branch", value::non_empty),
        depth: table.optional(reader, "depth", depth),
        target: table.optional(reader, "target", value::non_empty),
        sudo: table.optional(reader, "sudo", value::boolean),
        recursive: table.optional(reader, "recursive", value::boolean),
        force: table.optional(reader, "force", value::boolean),
        label: table.optional(reader, "label", value::non_empty),
        no_cache: table.optional(reader, "no_cache", value::boolean),
    }
}

fn packages(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Packages>> {
    match item.value {
        DeValue::Boolean(true) => Some(Spanned::new(Packages::Project, item.span)),
        DeValue::Boolean(false) => {
            reader.push(
                Diagnostic::new(Code::InvalidValue, item.span, "`false` installs nothing").help(
                    "write `true` to install the packages of `package.json`, or remove the step",
                ),
            );
            None
        }
        DeValue::String(_) | DeValue::Array(_) => {
            value::one_or_many(reader, item).map(|packages| packages.map(Packages::Listed))
        }
        _ => item.wrong_type(reader, "`true`, a string or an array of strings").none(),
    }
}

fn depth(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<u64>> {
    let depth = value::unsigned(reader, item)?;
    if depth.value == 0 {
        reader.push(
            Diagnostic::new(Code::InvalidValue, item.span, "`depth` must be at least 1")
                .help("remove `depth` to fetch the whole history"),
        );
        return None;
    }
    Some(depth)
}

/// The only action of the step. Reports a missing action, several actions, and keys that conflict
/// with it.
fn one_action(reader: &mut Reader<'_>, table: &mut Table<'_>) -> Option<ActionKind> {
    let mut present = table.present(ActionKind::keys());
    // A user beside one command modifies it, or was meant to.
    let commands = present.iter().filter(|key| !["user", "env", "workdir"].contains(&key.value));
    if present.len() == 2 && commands.count() == 1 {
        present.retain(|key| key.value != "user");
    }
    match present.as_slice() {
        [] => {
            report_missing(table);
            None
        }
        [action] => {
            let kind = *ActionKind::ALL.iter().find(|kind| kind.key() == action.value)?;
            modifiers(reader, table, kind, action.span);
            Some(kind)
        }
        [first, others @ ..] => {
            report_several(reader, first, others);
            None
        }
    }
}

fn report_missing(table: &mut Table<'_>) {
    let actions = ActionKind::keys();
    let help = match table.present(ActionKind::modifiers()).first() {
        Some(key) => format!(
            "`{}` modifies {}; write that too",
            key.value,
            suggest::any_of(&actions_of(key.value))
        ),
        None => format!("write one of {}", suggest::any_of(actions)),
    };
    let message = "the step has no action";
    let diagnostic = Diagnostic::new(Code::MissingKey, table.span(), message).help(help);
    table.missing_any(actions, diagnostic);
}

fn report_several(
    reader: &mut Reader<'_>,
    first: &Spanned<&'static str>,
    others: &[Spanned<&'static str>],
) {
    let message = format!("a step must have one action, not {}", others.len() + 1);
    let mut diagnostic = Diagnostic::new(Code::ConflictingKeys, first.span, message);
    for other in others {
        diagnostic = diagnostic.related(other.span, "another one");
    }
    let setting =
        [first].into_iter().chain(others).find(|key| ["workdir", "env"].contains(&key.value));
    let help = match setting {
        Some(key) => format!(
            "move `{}` to its own step before this one: it applies to all later steps",
            key.value
        ),
        None => "write a separate `[[steps]]` for each action".to_owned(),
    };
    reader.push(diagnostic.help(help));
}

/// Reports missing keys of `kind`, and keys that conflict with it.
fn modifiers(reader: &mut Reader<'_>, table: &mut Table<'_>, kind: ActionKind, action: Span) {
    for key in kind.needs() {
        if table.present(&[key]).is_empty() {
            table.missing(key, Some(&format!("`{}`", kind.key())));
        }
    }
    for key in table.present(ActionKind::modifiers()) {
        if kind.allows(key.value) || key.value == kind.key() {
            continue;
        }
        let message = format!("`{}` conflicts with `{}`", key.value, kind.key());
        let help = if key.value == "sudo" && kind.allows("user") {
            "write `user` and `sudo` as a step of their own before this one".to_owned()
        } else if key.value == "user" && kind.allows("owner") {
            "write `owner` for the owner of the files".to_owned()
        } else {
            format!("use `{}` with {}", key.value, suggest::any_of(&actions_of(key.value)))
        };
        reader.push(
            Diagnostic::new(Code::ConflictingKeys, key.span, message)
                .related(action, "the action")
                .help(help),
        );
    }
}
