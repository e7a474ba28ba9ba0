//! Reads the text of a lock.
//!
//! Each fault is reported at its place, and then nothing of the lock is used: half of a lock would
//! build something that no lock ever meant.

mod fields;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use toml::de::{DeTable, DeValue};

use super::{ImageKey, Lock, LockedImage, TemplateKey, VERSION, conflict};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::Platform;
use crate::scalar::is_name;
use crate::source::{FileId, Span, Spanned};
use crate::validate::is_reference;
use fields::{Fields, Reader};

/// The largest lock that is read, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The kinds of entries.
const KINDS: [&str; 4] = ["image", "template", "build", "package"];

/// Reads a lock, which is the text `file`.
///
/// If a diagnostic is an error, the lock is not complete.
#[must_use]
pub fn read(text: &str, file: FileId) -> (Lock, Diagnostics) {
    let mut reader = Reader::new(file);
    if let Some(span) = conflict::marker(text, file) {
        reader.push(
            Diagnostic::new(Code::InvalidLock, span, "the lock has merge conflicts")
                .help("run `sbx lock`, which keeps what both sides agree on and locks the rest"),
        );
        return (Lock::default(), reader.into_diagnostics());
    }
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let range = error.span().unwrap_or(0..0);
            reader.fault(reader.span(&range), error.message().to_owned());
            return (Lock::default(), reader.into_diagnostics());
        }
    };
    let lock = lock(&mut reader, document.get_ref(), text.len());
    (lock, reader.into_diagnostics())
}

fn lock(reader: &mut Reader, document: &DeTable<'_>, len: usize) -> Lock {
    let mut lock = Lock::default();
    let mut fields =
        Fields::new("the lock", document, Span { file: reader.file(), start: 0, end: len });
    if !is_known_version(reader, &mut fields) {
        return lock;
    }
    for kind in KINDS {
        for (table, span) in fields.tables(reader, kind) {
            let mut entry = Fields::new(kind, table, span);
            match kind {
                "image" => image(reader, &mut entry, &mut lock.images),
                "template" => template(reader, &mut entry, &mut lock.templates),
                "build" => build(reader, &mut entry, &mut lock.builds),
                _ => package(reader, &mut entry, &mut lock.packages),
            }
            entry.finish(reader);
        }
    }
    fields.finish(reader);
    lock
}

/// Whether the lock has the version that this module reads. What another one means is not known, so
/// nothing else is reported of it.
fn is_known_version(reader: &mut Reader, fields: &mut Fields<'_>) -> bool {
    let Some((value, span)) = fields.value("version") else {
        reader.fault(fields.start(), "`version` is missing".to_owned());
        return false;
    };
    match value {
        DeValue::Integer(number) if number.to_string() == VERSION.to_string() => true,
        DeValue::Integer(number) => {
            let message =
                format!("this version of `sbx` does not know version {number} of the lock");
            let help = "update `sbx`; or delete the file and run `sbx lock`, which locks everything \
                        to what is current";
            reader.push(Diagnostic::new(Code::InvalidLock, span, message).help(help));
            false
        }
        _ => {
            reader.fault(span, "`version` is not a number".to_owned());
            false
        }
    }
}

fn image(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    images: &mut BTreeMap<ImageKey, LockedImage>,
) {
    let reference = fields.required(reader, "reference").and_then(|it| pinned(reader, &it));
    let amd64 = fields.required(reader, "amd64").filter(|it| digest(reader, it));
    let env = fields.texts(reader, "env", is_name);
    let image = LockedImage {
        index: String::new(),
        amd64: amd64.map(|amd64| amd64.value).unwrap_or_default(),
        env,
        workdir: fields.text(reader, "workdir").map(|it| it.value),
        user: fields.text(reader, "user").map(|it| it.value),
        entrypoint: fields.list(reader, "entrypoint").unwrap_or_default(),
        command: fields.list(reader, "command").unwrap_or_default(),
    };
    if let Some(Spanned { value: (key, index), span }) = reference {
        let image = LockedImage { index, ..image };
        insert(reader, images, Spanned::new(key, span), image, |key| format!("`{key}`"));
    }
}

/// The key and the digest of a reference with a digest.
fn pinned(reader: &mut Reader, reference: &Spanned<String>) -> Option<Spanned<(ImageKey, String)>> {
    let parts = reference.value.split_once('@').filter(|_| is_reference(&reference.value));
    let Some((name, digest)) = parts else {
        let message = format!("`{}` is not a reference with a digest", reference.value);
        reader.fault(reference.span, message);
        return None;
    };
    let has_tag = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
    let key = ImageKey::of(if has_tag { name } else { &reference.value })?;
    Some(Spanned::new((key, digest.to_owned()), reference.span))
}

/// Whether a text is a digest, which is reported if not.
fn digest(reader: &mut Reader, text: &Spanned<String>) -> bool {
    let fits = is_reference(&format!("x@{}", text.value));
    if !fits {
        reader.fault(text.span, format!("`{}` is not a digest", text.value));
    }
    fits
}

fn template(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    templates: &mut BTreeMap<TemplateKey, String>,
) {
    let reference = fields.required(reader, "reference");
    let platform = fields.required(reader, "platform").filter(|platform| {
        let is_known = Platform::find(&platform.value).is_some();
        if !is_known {
            reader.fault(platform.span, format!("`{}` is not a platform", platform.value));
        }
        is_known
    });
    let build = fields.required(reader, "build");
    if let (Some(reference), Some(platform), Some(build)) = (reference, platform, build) {
        let span = reference.span;
        let key = TemplateKey { reference: reference.value, platform: platform.value };
        let shown = |key: &TemplateKey| format!("`{}` on `{}`", key.reference, key.platform);
        insert(reader, templates, Spanned::new(key, span), build.value, shown);
    }
}

fn build(reader: &mut Reader, fields: &mut Fields<'_>, builds: &mut BTreeMap<String, String>) {
    let inputs = fields.required(reader, "inputs");
    let reference = fields.required(reader, "reference");
    if let (Some(inputs), Some(reference)) = (inputs, reference) {
        insert(reader, builds, inputs, reference.value, |inputs| format!("`{inputs}`"));
    }
}

fn package(
    reader: &mut Reader,
    fields: &mut Fields<'_>,
    packages: &mut BTreeMap<String, Vec<String>>,
) {
    let step = fields.required(reader, "step");
    let resolved = fields.list(reader, "resolved");
    if resolved.is_none() {
        fields.missing(reader, "resolved");
    }
    if let (Some(step), Some(mut resolved)) = (step, resolved) {
        resolved.sort_unstable();
        resolved.dedup();
        insert(reader, packages, step, resolved, |step| format!("`{step}`"));
    }
}

/// Adds an entry, unless there is one with the same key.
fn insert<K: Ord, V>(
    reader: &mut Reader,
    map: &mut BTreeMap<K, V>,
    key: Spanned<K>,
    value: V,
    shown: impl FnOnce(&K) -> String,
) {
    match map.entry(key.value) {
        Entry::Vacant(free) => {
            free.insert(value);
        }
        Entry::Occupied(known) => {
            let message = format!("{} is locked twice", shown(known.key()));
            reader.push(
                Diagnostic::new(Code::InvalidLock, key.span, message)
                    .help("delete one of both entries, and run `sbx lock`"),
            );
        }
    }
}
