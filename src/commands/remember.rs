//! The record of a build, by which later commands find it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::host::{Host, describe, now};
use crate::platform::Platform;
use crate::printer::Printer;
use crate::settings::ManifestChoice;
use crate::state::{Built, History, Record, Stage, Store, Variant};

impl<'a> From<&'a ManifestChoice> for Variant<'a> {
    fn from(choice: &'a ManifestChoice) -> Self {
        Self { manifest: &choice.file, profile: choice.profile.as_deref() }
    }
}

/// Records one build. A failure to write is reported once and stops nothing.
pub(super) struct Memory<'a> {
    store: Option<Store>,
    printer: &'a Printer,
    complained: AtomicBool,
}

impl<'a> Memory<'a> {
    pub(super) fn new(host: &dyn Host, printer: &'a Printer) -> Self {
        let mut memory = Self { store: None, printer, complained: AtomicBool::new(false) };
        match Store::of_user(host) {
            Ok(store) => memory.store = Some(store),
            Err(error) => memory.complain(&error),
        }
        memory
    }

    /// The record of the last build of a manifest; `None` if it cannot be read.
    pub(super) fn last(&self, manifest: &ManifestChoice, platform: Platform) -> Option<Record> {
        self.store.as_ref()?.last(manifest, platform).ok().flatten()
    }

    pub(super) fn remember(&self, record: &Record) {
        self.write(|store| store.remember(record));
    }

    /// Keeps what a build was made of.
    pub(super) fn remember_inputs(
        &self,
        manifest: &ManifestChoice,
        platform: Platform,
        name: &str,
        built: Built,
    ) {
        self.write(|store| store.remember_inputs(manifest, platform, name, built));
    }

    /// Keeps that a build was given tags.
    pub(super) fn remember_tags(
        &self,
        manifest: &ManifestChoice,
        platform: Platform,
        build_id: &str,
        tags: &[String],
    ) {
        self.write(|store| store.remember_tags(manifest, platform, build_id, tags));
    }

    /// What the newest builds of a manifest were made of.
    pub(super) fn history(&self, manifest: &ManifestChoice, platform: Platform) -> Option<History> {
        self.store.as_ref()?.history(manifest, platform)
    }

    /// What the newest builds of all manifests were made of.
    pub(super) fn histories(&self) -> Vec<History> {
        self.store.as_ref().map(Store::histories).unwrap_or_default()
    }

    pub(super) fn advance(&self, record: &Record, stage: Stage) {
        self.write(|store| store.advance(record, stage, now()));
    }

    fn write(&self, write: impl FnOnce(&Store) -> std::io::Result<()>) {
        if let Some(store) = &self.store
            && let Err(error) = write(store)
        {
            self.complain(&error);
        }
    }

    fn complain(&self, error: &std::io::Error) {
        if !self.complained.swap(true, Ordering::Relaxed) {
            let reason = describe(error);
            self.printer.note(&format!("warning: cannot record the build: {reason}"));
        }
    }
}
