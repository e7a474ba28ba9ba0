//! Archives go where the platform needs them, several side by side.

use std::collections::HashSet;

use futures_util::stream::{self, TryStreamExt as _};
use tokio_util::io::ReaderStream;

use super::super::error::{FaultKind, SubmitError};
use super::super::http::retried;
use super::super::{Build, Event, Observer};
use super::client::Client;
use crate::context::{FileSet, Packed};
use crate::lower::{E2bRequests, Upload};

/// How many archives are packed and uploaded at once.
const AT_ONCE: usize = 4;

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
    stream::iter(unique.map(Ok))
        .try_for_each_concurrent(AT_ONCE, |upload| {
            let force = forced.contains(&upload.files_hash);
            one(client, build, upload, force, files, observer)
        })
        .await
}

async fn one(
    client: &Client,
    build: &Build,
    upload: &Upload,
    force: bool,
    files: &[(usize, FileSet)],
    observer: Observer<'_>,
) -> Result<(), SubmitError> {
    let hash = upload.files_hash.as_str();
    let done = |bytes| {
        let source = upload.source.clone();
        observer(Event::Upload { source, files_hash: hash.to_owned(), bytes });
    };
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
        let packed = pack(upload, files)?;
        let bytes = packed.bytes;
        let stream = ReaderStream::new(tokio::fs::File::from_std(packed.file));
        client.put(&link, url, reqwest::Body::wrap_stream(stream), bytes).await?;
        Ok(Some(bytes))
    })
    .await?;
    done(bytes);
    Ok(())
}

/// Packs an archive. It keeps a processor busy, so other tasks are moved out of the way.
fn pack(upload: &Upload, files: &[(usize, FileSet)]) -> Result<Packed, SubmitError> {
    let fault = |kind| SubmitError::new("", kind);
    let set = files.iter().find(|(at, _)| *at == upload.instruction).map(|(_, set)| set);
    let Some(set) = set else {
        let reason = format!("the files of `{}` are not at hand", upload.source);
        return Err(fault(FaultKind::Local(reason)));
    };
    tokio::task::block_in_place(|| set.pack(&upload.files_hash))
        .map_err(|error| fault(FaultKind::Files(upload.instruction, Box::new(error))))
}
