//! Archives go where the platform needs them, several side by side.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use futures_util::stream::{self, Stream, TryStreamExt as _};
use tokio::sync::{OnceCell, Semaphore};

use super::super::error::{FaultKind, SubmitError};
use super::super::http::retried;
use super::super::{Build, Event, Observer};
use super::client::Client;
use crate::context::{FileSet, Packed};
use crate::lower::{E2bRequests, Upload};

/// How many archives are on their way at once.
const AT_ONCE: usize = 4;

/// The bytes that are read of an archive at once.
const CHUNK: usize = 128 * 1024;

/// Uploads every archive that the platform does not have, each once.
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
    // Packed when it is asked for, and then once.
    let archive = OnceCell::new();
    // An attempt begins with a new link: an old one may have expired or been used.
    let bytes = retried("PUT of an archive", observer, || async {
        let link = client.link(build, hash, observer).await?;
        let Some(url) = link.url.as_deref().filter(|_| force || !link.present) else {
            if link.present {
                return Ok(None);
            }
            let name = format!("GET /templates/{}/files/{hash}", build.template_id);
            let reason = "it has neither the archive nor a link to upload it".to_owned();
            return Err(SubmitError::new(&name, FaultKind::BadAnswer(reason)));
        };
        let archive = archive.get_or_try_init(|| pack(upload, files, packing)).await?;
        let body = reqwest::Body::wrap_stream(archive.stream());
        client.put(&link, url, body, archive.bytes).await?;
        Ok(Some(archive.bytes))
    })
    .await?;
    done(bytes);
    Ok(())
}

/// An archive that can be read from its beginning as often as it takes.
struct Archive {
    file: Arc<File>,
    bytes: u64,
}

impl Archive {
    fn stream(&self) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static {
        let (file, bytes) = (Arc::clone(&self.file), self.bytes);
        stream::try_unfold(0, move |at| {
            let file = Arc::clone(&file);
            async move {
                let left = usize::try_from(bytes - at).unwrap_or(usize::MAX);
                if left == 0 {
                    return Ok(None);
                }
                let read = tokio::task::spawn_blocking(move || {
                    let mut chunk = vec![0; left.min(CHUNK)];
                    // By its place, because an attempt that was given up may still be reading.
                    file.read_exact_at(&mut chunk, at).map(|()| chunk)
                });
                let chunk = read.await.map_err(io::Error::other)??;
                let next = at + chunk.len() as u64;
                Ok(Some((chunk, next)))
            }
        })
    }
}

/// Packs an archive. It keeps the processors busy, so other tasks are moved out of the way.
async fn pack(
    upload: &Upload,
    files: &[(usize, FileSet)],
    packing: &Semaphore,
) -> Result<Archive, SubmitError> {
    let fault = |kind| SubmitError::new("", kind);
    let set = files.iter().find(|(at, _)| *at == upload.instruction).map(|(_, set)| set);
    let Some(set) = set else {
        let reason = format!("the files of `{}` are not at hand", upload.source);
        return Err(fault(FaultKind::Local(reason)));
    };
    // It is never closed.
    let _permit = packing.acquire().await;
    let Packed { file, bytes } = tokio::task::block_in_place(|| set.pack(&upload.files_hash))
        .map_err(|error| fault(FaultKind::Files(upload.instruction, Box::new(error))))?;
    Ok(Archive { file: Arc::new(file), bytes })
}
