//! `from`: the base of a template.

use toml::de::DeValue;

use super::table::{Reader, Table};
use super::value::{self, Item};
use super::{build_secrets, secret};
use crate::diagnostic::{Code, Diagnostic, suggest};
use crate::manifest::{From, SOURCES};
use crate::registry::{Auth, AuthKey, AuthValues, KeyType, RegistryKind};
use crate::scalar::Inherit;
use crate::source::Spanned;

pub(super) fn from(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<From>> {
    if let DeValue::String(_) = item.value {
        let image = value::non_empty(reader, item)?;
        let span = image.span;
        return Some(Spanned::new(From { image: Some(image), ..From::default() }, span));
    }
    if !matches!(item.value, DeValue::Table(_)) {
        return item.wrong_type(reader, "an image reference or a table").none();
    }
    let mut table = value::table(reader, "From", item)?;
    let from = From {
        image: table.optional(reader, "image", value::non_empty),
        python: table.optional(reader, "python", value::version),
        node: table.optional(reader, "node", value::version),
        bun: table.optional(reader, "bun", value::version),
        ubuntu: table.optional(reader, "ubuntu", value::version),
        debian: table.optional(reader, "debian", value::version),
        fedora: table.optional(reader, "fedora", value::version),
        alpine: table.optional(reader, "alpine", value::version),
        arch: table.optional(reader, "arch", value::version),
        base: table.optional(reader, "base", base),
        template: table.optional(reader, "template", value::non_empty),
        dockerfile: table.optional(reader, "dockerfile", value::non_empty),
        target: table.optional(reader, "target", value::non_empty),
        build: table.optional(reader, "build", value::non_empty),
        secrets: table.optional(reader, "secrets", build_secrets::read),
        inherit: table.optional(reader, "inherit", inherit),
        auth: table.optional(reader, "auth", auth),
    };
    one_source(reader, &mut table);
    Some(table.finish_as(reader, from))
}

fn base(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<bool>> {
    let base = value::boolean(reader, item)?;
    if !base.value {
        reader.push(
            Diagnostic::new(Code::InvalidValue, item.span, "`base` must be `true`")
                .help("write `base = true`, or another source such as `image` or `python`"),
        );
        return None;
    }
    Some(base)
}

fn one_source(reader: &mut Reader<'_>, table: &mut Table<'_>) {
    let sources = table.present(SOURCES);
    match sources.as_slice() {
        [] => {
            let diagnostic =
                Diagnostic::new(Code::MissingKey, table.span(), "`from` has no source")
                    .help(format!("write one of {}", suggest::any_of(SOURCES)));
            table.missing_any(SOURCES, diagnostic);
        }
        [source] => beside(reader, table, source),
        [first, others @ ..] => {
            let mut diagnostic = Diagnostic::new(
                Code::ConflictingKeys,
                first.span,
                format!("`from` must have one source, not {}", sources.len()),
            );
            for other in others {
                diagnostic = diagnostic.related(other.span, "another one");
            }
            reader.push(diagnostic.help("keep one of them"));
        }
    }
}

/// `auth` goes with `image` and `build`, `target` and `build` with `dockerfile`, `secrets` with
/// `build`, `inherit` with everything but `template`.
fn beside(reader: &mut Reader<'_>, table: &Table<'_>, source: &Spanned<&'static str>) {
    let is_built = !table.present(&["build"]).is_empty();
    let wrong = match source.value {
        "image" => table.present(&["target", "build", "secrets"]),
        "template" => table.present(&["auth", "inherit", "target", "build", "secrets"]),
        "dockerfile" if is_built => Vec::new(),
        "dockerfile" => table.present(&["auth", "secrets"]),
        _ => table.present(&["auth", "target", "build", "secrets"]),
    };
    if let Some(key) = wrong.first() {
        let help = match key.value {
            "auth" if source.value == "dockerfile" => {
                "name the image that is built from the Dockerfile with `build = \"…\"`, or remove \
                 `auth`"
            }
            "secrets" if source.value == "dockerfile" => {
                "a step cannot hide a secret from the template: build an image from the Dockerfile \
                 with `build = \"…\"`, or remove `secrets`"
            }
            "auth" => "name the image with `image = \"…\"`, or remove `auth`",
            "target" => "name a Dockerfile with `dockerfile = \"…\"`, or remove `target`",
            "build" => "name a Dockerfile with `dockerfile = \"…\"`, or remove `build`",
            "secrets" => "name a Dockerfile with `dockerfile = \"…\"`, or remove `secrets`",
            _ => "remove `inherit`: a template always keeps its configuration",
        };
        let message = format!("`{}` conflicts with `{}`", key.value, source.value);
        reader.push(
            Diagnostic::new(Code::ConflictingKeys, key.span, message)
                .related(source.span, "the source")
                .help(help),
        );
    }
}

fn inherit(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Vec<Spanned<Inherit>>> {
    let words = value::strings(reader, item)?;
    let known: Vec<_> = Inherit::ALL.iter().map(|(word, _)| *word).collect();
    let mut inherit = Vec::new();
    for word in words {
        if let Some((_, found)) = Inherit::ALL.iter().find(|(known, _)| *known == word.value) {
            inherit.push(Spanned::new(*found, word.span));
            continue;
        }
        let message = format!("`{}` cannot be inherited", word.value);
        let diagnostic = Diagnostic::new(Code::InvalidValue, word.span, message);
        reader.push(value::one_of(reader, diagnostic, &word, &known));
    }
    Some(inherit)
}

/// A sign-in, if its kind is known and its keys have values; its place is that of its `type`.
fn auth(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Auth>> {
    let mut table = value::table(reader, "Auth", item)?;
    let kind = table.required(reader, "type", registry_kind);
    let mut values = AuthValues::default();
    for key in AuthKey::ALL {
        let name = key.name();
        if key.takes() == KeyType::Text {
            let text = table.optional(reader, name, value::non_empty);
            values.set_text(key, text.map(|text| text.value));
            continue;
        }
        let is_secret = key.takes() == KeyType::Secret;
        let read = if is_secret { secret::secret } else { secret::identity };
        values.set_secret(key, table.optional(reader, name, read));
    }
    if let Some(kind) = &kind {
        keys_of_kind(reader, &mut table, kind);
    }
    table.finish(reader);
    let kind = kind?;
    Some(Spanned::new(Auth::new(kind.value, values)?, kind.span))
}

fn registry_kind(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<RegistryKind>> {
    let word = value::non_empty(reader, item)?;
    let found = RegistryKind::ALL.into_iter().find(|kind| kind.name() == word.value);
    if found.is_none() {
        let names = RegistryKind::ALL.map(RegistryKind::name);
        let message = format!("unknown registry type `{}`", word.value);
        let diagnostic = Diagnostic::new(Code::InvalidValue, word.span, message);
        reader.push(value::one_of(reader, diagnostic, &word, &names));
    }
    found.map(|kind| Spanned::new(kind, word.span))
}

/// Each registry type has its own keys.
fn keys_of_kind(reader: &mut Reader<'_>, table: &mut Table<'_>, kind: &Spanned<RegistryKind>) {
    let name = kind.value.name();
    let needed: Vec<_> = kind.value.keys().iter().map(|key| key.name()).collect();
    for key in &needed {
        if table.present(&[key]).is_empty() {
            table.missing(key, Some(&format!("`{name}` sign-in")));
        }
    }
    for key in table.present(&AuthKey::ALL.map(AuthKey::name)) {
        if needed.contains(&key.value) {
            continue;
        }
        let message = format!("`{}` conflicts with `type = \"{name}\"`", key.value);
        reader.push(
            Diagnostic::new(Code::ConflictingKeys, key.span, message)
                .related(kind.span, "the registry type")
                .help(format!("`{name}` takes {}", suggest::any_of(&needed))),
        );
    }
}
