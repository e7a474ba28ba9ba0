//! Archives go where the platform needs them, several side by side.

use std::collections::HashSet;

use futures_util::stream::{self, TryStreamExt as _};
use tokio::sync::Semaphore;

use super::super::error::{FaultKind, SubmitError};
use super::super::{Build, Event, Observer};
use super::client::{Client, link_call};
use super::put::Archive;
use crate::context::{FileSet, Packed};
use crate::lower::{E2bRequests, Upload};

/// How many archives are on their way at once.
const AT_ONCE: usize = 4;

/// Uploads every archive that the platform does not have, each once. They are told as they end.
pub(super) async fn all(
    client: &Client,
    build: &Build,
    requests: &E2bRequests,
    files: &[(usize, FileSet)],
    observer: Observer<'_>,
) -> Result<(), SubmitError> {
    let forced: HashSet<_> =
        requests.uploads.iter().filter(|it| it.force).map(|it| &it.files_hash).collect();
    let mut seen = HashSet::new();
    let unique = requests.uploads.iter().filter(|upload| seen.insert(&upload.files_hash));
    // One archive at a time keeps every processor busy, while others are uploaded.
    let packing = Semaphore::new(1);
    stream::iter(unique.map(Ok))
        .try_for_each_concurrent(AT_ONCE, |upload| {
            let force = forced.contains(&upload.files_hash);
            one(client, build, upload, force, files, &packing, observer)
        })
        .await
}

async fn one(
    client: &Client,
    build: &Build,
    upload: &Upload,
    force: bool,
    files: &[(usize, FileSet)],
    packing: &Semaphore,
    observer: Observer<'_>,
) -> Result<(), SubmitError> {
    let hash = upload.files_hash.as_str();
    let done = |bytes| {
        let source = upload.source.clone();
        observer(Event::Upload { source, files_hash: hash.to_owned(), bytes });
    };
    let mut waits = client.waits();
    let mut archive: Option<Archive> = None;
    // A try begins with a new link: an old one may have expired or been used.
    loop {
        let link = client.link(build, hash, observer).await?;
        let Some(url) = link.url.as_deref().filter(|_| force || !link.present) else {
            if link.present {
                // If it was sent before, only the answer was lost.
                done(archive.map(|archive| archive.bytes));
                return Ok(());
            }
            let reason = "it has neither the archive nor a link to upload it".to_owned();
            return Err(SubmitError::of(&link_call(build, hash), FaultKind::BadAnswer(reason)));
        };
        let archive = if let Some(archive) = &archive {
            archive
        } else {
            let Packed { file, bytes } = pack(upload, files, packing).await?;
            archive.insert(Archive::new(file, bytes))
        };
        let progress = |sent| {
            let files_hash = hash.to_owned();
            observer(Event::Uploading { files_hash, sent, bytes: archive.bytes });
        };
        match client.store.put(&link, url, archive, progress).await {
            Ok(()) => {
                done(Some(archive.bytes));
                return Ok(());
            }
            Err(error) => waits.pause(error, observer).await?,
        }
    }
}

/// Packs an archive. It keeps the processors busy, so other tasks are moved out of the way.
async fn pack(
    upload: &Upload,
    files: &[(usize, FileSet)],
    packing: &Semaphore,
) -> Result<Packed, SubmitError> {
    let set = files.iter().find(|(at, _)| *at == upload.instruction).map(|(_, set)| set);
    let Some(set) = set else {
        let reason = format!("the files of `{}` are not at hand", upload.source);
        return Err(SubmitError::local(reason));
    };
    // It is never closed.
    let _permit = packing.acquire().await;
    tokio::task::block_in_place(|| set.pack(&upload.files_hash))
        .map_err(|error| SubmitError::new(FaultKind::Files(upload.instruction, Box::new(error))))
}
