//! Text → [`Manifest`] and diagnostics; never a failure.
//!
//! The TOML parser recovers from syntax errors, and the reader in [`table`] from wrong types, so
//! one run reports everything. An invalid key is missing in the manifest, with a diagnostic. Spans
//! refer to the unchanged text, so that fixes keep comments and layout.

mod build_secrets;
mod env;
mod fixes;
mod foreign;
mod from;
mod lints;
mod number;
mod profile;
mod ready;
mod secret;
mod start;
mod step;
mod syntax;
mod table;
mod test;
#[cfg(test)]
mod tests;
mod value;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::{EDITION, Manifest, Novita, Resources};
use crate::platform::Platform;
use crate::source::{Span, Spanned};

pub(crate) use number::is_integer;
pub use table::Observer;
use table::{Reader, Table};

/// The largest manifest that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// Decodes the text of a manifest.
///
/// # Errors
/// A diagnostic without a location if it is too large or not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, Box<Diagnostic>> {
    if bytes.len() > MAX_BYTES {
        let message = "the manifest is larger than 1 MiB";
        return Err(Box::new(
            Diagnostic::without_place(Code::ManifestTooLarge, message)
                .help("move long scripts into files and `copy` them"),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        let message = format!("the manifest is not UTF-8 text: byte {at}, in line {line}, is not");
        Box::new(Diagnostic::without_place(Code::NotUtf8, message).help("save the file as UTF-8"))
    })
}

/// Parses a manifest.
#[must_use]
pub fn parse(text: &str) -> (Manifest, Diagnostics) {
    parse_observed(text, None)
}

/// Parses a manifest and reports to `observer` the keys that each kind of table has, so that a test
/// can compare them with the schema.
#[must_use]
pub fn parse_observed<'o>(
    text: &'o str,
    observer: Option<Observer<'o>>,
) -> (Manifest, Diagnostics) {
    let (document, errors) = toml::de::DeTable::parse_recoverable(text);
    let syntax = syntax::Report::new(text, document.get_ref(), &errors);
    let mut reader = Reader::new(text, observer);
    let table = Table::new("Manifest", document.get_ref(), Span::manifest(0, 0));
    let manifest = manifest(&mut reader, table);
    let mut diagnostics = reader.into_diagnostics();
    // Diagnostics about a line with a syntax error are unreliable.
    diagnostics.retain(|diagnostic| syntax.leaves_sense_in(diagnostic));
    diagnostics.append(syntax.into_diagnostics(text));
    (manifest, diagnostics)
}

/// The syntax errors of a text. Without any, it is valid TOML.
#[must_use]
pub fn syntax(text: &str) -> Diagnostics {
    let (document, errors) = toml::de::DeTable::parse_recoverable(text);
    syntax::Report::new(text, document.get_ref(), &errors).into_diagnostics(text)
}

fn manifest(reader: &mut Reader<'_>, mut table: Table<'_>) -> Manifest {
    let manifest = Manifest {
        edition: edition(reader, &mut table),
        name: table.required(reader, "name", value::string),
        tags: table.optional(reader, "tags", value::strings),
        public: table.optional(reader, "public", value::boolean),
        platform: table.optional(reader, "platform", platform),
        context: table.optional(reader, "context", value::non_empty),
        ignore: table.optional(reader, "ignore", value::strings),
        from: table.required(reader, "from", from::from),
        resources: table.optional(reader, "resources", resources),
        build_env: table.optional(reader, "build_env", env::table),
        env: table.optional(reader, "env", env::table),
        user: table.optional(reader, "user", value::non_empty),
        sudo: table.optional(reader, "sudo", value::boolean),
        workdir: table.optional(reader, "workdir", value::non_empty),
        steps: table.optional(reader, "steps", step::steps),
        start: table.optional(reader, "start", start::start),
        ready: table.optional(reader, "ready", ready::ready),
        tests: table.optional(reader, "tests", test::tests),
        profiles: table.optional(reader, "profiles", profile::profiles),
        novita: table.optional(reader, "novita", novita),
        lints: table.optional(reader, "lints", lints::lints),
    };
    if manifest.sudo.is_some() && table.present(&["user"]).is_empty() {
        table.missing("user", Some("`sudo`"));
    }
    table.finish(reader);
    manifest
}

fn edition(reader: &mut Reader<'_>, table: &mut Table<'_>) -> Option<Spanned<u64>> {
    let edition: Spanned<u64> = table.optional(reader, "edition", value::unsigned)?;
    if edition.value != EDITION {
        let message = format!("unknown language edition {}", edition.value);
        reader.push(Diagnostic::new(Code::UnknownEdition, edition.span, message).help(format!(
            "this version of `sbx` supports edition {EDITION}; update `sbx` for a later one"
        )));
    }
    Some(edition)
}

fn platform(reader: &mut Reader<'_>, item: value::Item<'_>) -> Option<Spanned<Platform>> {
    let name = value::non_empty(reader, item)?;
    let platform = Platform::find(&name.value);
    if platform.is_none() {
        let names = Platform::names();
        let message = format!("`{}` is not a platform", name.value);
        let diagnostic = Diagnostic::new(Code::InvalidValue, name.span, message);
        reader.push(value::one_of(reader, diagnostic, &name, &names));
    }
    platform.map(|platform| Spanned::new(platform, name.span))
}

fn resources(reader: &mut Reader<'_>, item: value::Item<'_>) -> Option<Spanned<Resources>> {
    let mut table = value::table(reader, "Resources", item)?;
    let resources = Resources {
        cpu: table.optional(reader, "cpu", value::unsigned),
        memory: table.optional(reader, "memory", value::size),
        disk: table.optional(reader, "disk", value::size),
    };
    Some(table.finish_as(reader, resources))
}

fn novita(reader: &mut Reader<'_>, item: value::Item<'_>) -> Option<Spanned<Novita>> {
    let mut table = value::table(reader, "Novita", item)?;
    let novita = Novita { pre_boot: table.optional(reader, "pre_boot", value::non_empty) };
    Some(table.finish_as(reader, novita))
}
