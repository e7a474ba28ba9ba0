//! Archives go where the platform needs them, several side by side.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream::{self, TryStreamExt as _};
use tokio::sync::Semaphore;
use url::Url;

use super::super::error::{FaultKind, SubmitError};
use super::super::route::is_unencrypted;
use super::super::{Build, Event, Observer};
use super::client::{Client, link_call};
use super::put::Archive;
use crate::context::{Effort, FileSet, Packed};
use crate::lower::{Plan, Upload};
use crate::registry::is_local;
use crate::template::CopyMap;

/// How many archives are on their way at once.
const AT_ONCE: usize = 4;

/// The bytes of files from which packing takes a time that can be noticed.
const LARGE: u64 = 1 << 20;

/// Uploads every archive that the platform does not have, each once. Each is reported
/// when it is done.
pub(super) async fn all(
    client: &Client,
    build: &Build,
    plan: &Plan,
    files: &CopyMap<FileSet>,
    observer: Observer<'_>,
) -> Result<(), SubmitError> {
    let forced: HashSet<_> = plan
        .uploads
        .iter()
        .filter(|upload| upload.force)
        .map(|upload| &upload.files_hash)
        .collect();
    let mut seen = HashSet::new();
    let unique = plan.uploads.iter().filter(|upload| seen.insert(&upload.files_hash));
    // One archive at a time keeps every processor busy, while others are uploaded.
    let (packing, warned) = (Semaphore::new(1), AtomicBool::new(false));
    let work = Uploading { client, build, files, packing, warned, observer };
    let work = &work;
    stream::iter(unique.map(Ok))
        .try_for_each_concurrent(AT_ONCE, |upload| {
            work.one(upload, forced.contains(&upload.files_hash))
        })
        .await
}

/// What the uploads of a build share.
struct Uploading<'a> {
    client: &'a Client,
    build: &'a Build,
    files: &'a CopyMap<FileSet>,
    packing: Semaphore,
    /// Whether it was reported that a link is not encrypted.
    warned: AtomicBool,
    observer: Observer<'a>,
}

impl Uploading<'_> {
    async fn one(&self, upload: &Upload, force: bool) -> Result<(), SubmitError> {
        let hash = upload.files_hash.as_str();
        let done = |bytes| {
            let source = upload.source.clone();
            (self.observer)(Event::Upload { source, files_hash: hash.to_owned(), bytes });
        };
        let mut waits = self.client.waits();
        let mut archive: Option<Archive> = None;
        // A try begins with a new link: an old one may have expired or been used.
        loop {
            let link = self.client.link(&self.build.template_id, hash, self.observer).await?;
            let Some(url) = link.url.as_ref().filter(|_| force || !link.present) else {
                if link.present {
                    // If it was sent before, only the answer was lost.
                    done(archive.map(|archive| archive.bytes));
                    return Ok(());
                }
                let reason = "it has neither the archive nor a link to upload it".to_owned();
                let call = link_call(&self.build.template_id, hash);
                return Err(SubmitError::of(&call, FaultKind::BadAnswer(reason)));
            };
            let url = self.address(url, hash)?;
            let archive = match &archive {
                Some(archive) => archive,
                None => archive.insert(self.pack(upload, &url).await?),
            };
            let progress = |sent| {
                let files_hash = hash.to_owned();
                (self.observer)(Event::Uploading { files_hash, sent, bytes: archive.bytes });
            };
            match self.client.store.put(&link, &url, archive, progress).await {
                Ok(()) => {
                    done(Some(archive.bytes));
                    return Ok(());
                }
                Err(error) => waits.pause(error, self.observer).await?,
            }
        }
    }

    /// Reads a link, which must be the URL of a store. The first one that is not encrypted is
    /// reported.
    fn address(&self, link: &str, hash: &str) -> Result<Url, SubmitError> {
        let url = Url::parse(link).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = url else {
            let reason = "its upload link is not an HTTP URL".to_owned();
            let call = link_call(&self.build.template_id, hash);
            return Err(SubmitError::of(&call, FaultKind::BadAnswer(reason)));
        };
        if is_unencrypted(&url) && !self.warned.swap(true, Ordering::Relaxed) {
            let host = url.host_str().unwrap_or_default().to_owned();
            (self.observer)(Event::Unencrypted { host });
        }
        Ok(url)
    }

    /// Packs an archive for a store. It keeps the processors busy, so other tasks are moved out of the
    /// way.
    async fn pack(&self, upload: &Upload, store: &Url) -> Result<Archive, SubmitError> {
        let Some(set) = self.files.get(&upload.instruction) else {
            let reason = format!("the files of `{}` are not at hand", upload.source);
            return Err(SubmitError::local(reason));
        };
        // It is never closed.
        let _permit = self.packing.acquire().await;
        // A smaller archive saves no time on the way to this machine.
        let is_quick = is_local(store) && set.bytes() >= LARGE;
        let effort = if is_quick { Effort::Little } else { Effort::Usual };
        let packed = tokio::task::block_in_place(|| set.pack(&upload.files_hash, effort));
        let Packed { file, bytes } = packed.map_err(|error| {
            SubmitError::new(FaultKind::Files(upload.instruction, Box::new(error)))
        })?;
        Ok(Archive::new(file, bytes))
    }
}
