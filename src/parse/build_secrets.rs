//! `from.secrets`: the secrets of an image's build.

use toml::de::DeValue;

use super::secret::secret;
use super::table::Reader;
use super::value::Item;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::BuildSecrets;
use crate::source::Spanned;

pub(super) fn read(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<BuildSecrets>> {
    let DeValue::Table(table) = item.value else {
        let help = "write `secrets = { npm = { env = \"NPM_TOKEN\" } }`, with the `id` of each \
                    `RUN --mount=type=secret`";
        return item.wrong_type_help(reader, "a table of secrets", help).none();
    };
    let mut entries = Vec::new();
    for (key, value) in table {
        let entry = Item::new(key.span(), value);
        let id = Spanned::new(key.get_ref().to_string(), entry.key);
        if !is_id(&id.value) {
            let message = format!("`{}` is not a valid ID of a secret", id.value);
            let help = "use letters, digits, `-`, `_` and `.`, as in `--mount=type=secret,id=npm`";
            reader.push(Diagnostic::new(Code::InvalidValue, id.span, message).help(help));
            continue;
        }
        if let Some(secret) = secret(reader, entry) {
            entries.push((id, secret));
        }
    }
    Some(Spanned::new(BuildSecrets { entries }, item.span))
}

/// Whether a text can be the ID of a secret: without what separates the fields of the engine's
/// `--secret`.
fn is_id(id: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    id.starts_with(is_first) && id.chars().all(|c| is_first(c) || matches!(c, '.' | '-'))
}
