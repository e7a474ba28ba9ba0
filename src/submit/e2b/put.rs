//! Uploads an archive through a link, which belongs to a third-party store.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::stream;
use reqwest::header::CONTENT_LENGTH;
use url::Url;

use super::super::error::{Call, FaultKind, SubmitError};
use super::super::http::{answer, client, nothing};
use crate::registry::is_local;
use crate::secrets::Redaction;
use crate::wire::e2b::FileLink;

/// How long an upload may take: archives can be large.
const LONGEST: Duration = Duration::from_hours(1);

/// How many bytes are read at once.
const CHUNK: u64 = 256 * 1024;

/// How often progress is looked at.
const TICK: Duration = Duration::from_millis(200);

/// What an archive's store answers when a link has expired or was used: each has its own idea.
const REFUSED_LINK: &[u16] = &[400, 401, 403, 404, 409, 410, 412, 413];

/// Headers that say where a request goes and where it ends. They are this client's own, whatever a
/// platform says that its store wants.
const OWN_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A client of the store, which gets no API key.
#[derive(Debug)]
pub(super) struct Store {
    /// The client for stores on this machine, and the one for all others.
    clients: [OnceLock<reqwest::Client>; 2],
    /// How long nothing may move.
    idle: Duration,
}

/// An archive that can be sent several times.
#[derive(Debug, Clone)]
pub(super) struct Archive {
    file: Arc<File>,
    /// Its size.
    pub(super) bytes: u64,
}

impl Archive {
    pub(super) fn new(file: File, bytes: u64) -> Self {
        Self { file: Arc::new(file), bytes }
    }

    /// A stream of the whole archive. Each stream keeps its own position, so one that was aborted
    /// does not affect the next.
    fn body(&self, sent: &Arc<AtomicU64>) -> reqwest::Body {
        let (archive, sent) = (self.clone(), Arc::clone(sent));
        reqwest::Body::wrap_stream(stream::try_unfold(0, move |at| {
            let (archive, sent) = (archive.clone(), Arc::clone(&sent));
            async move {
                let length = CHUNK.min(archive.bytes - at);
                if length == 0 {
                    return Ok(None);
                }
                let read = tokio::task::spawn_blocking(move || archive.read(at, length));
                let chunk = read.await.map_err(io::Error::other)??;
                sent.store(at + length, Ordering::Relaxed);
                Ok::<_, io::Error>(Some((chunk, at + length)))
            }
        }))
    }

    fn read(&self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut chunk = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut chunk, at)?;
        Ok(chunk)
    }
}

impl Store {
    pub(super) fn new(idle: Duration) -> Self {
        Self { clients: Default::default(), idle }
    }

    fn client(&self, url: &Url) -> Result<reqwest::Client, SubmitError> {
        let kept = &self.clients[usize::from(is_local(url))];
        match kept.get() {
            Some(client) => Ok(client.clone()),
            None => client(url, LONGEST, None).map(|client| kept.get_or_init(|| client).clone()),
        }
    }

    /// Uploads an archive, without retries: a link may work only once, so a retry needs a new one.
    /// `progress` receives the number of bytes sent.
    pub(super) async fn put(
        &self,
        link: &FileLink,
        url: &Url,
        archive: &Archive,
        progress: impl Fn(u64),
    ) -> Result<(), SubmitError> {
        let call = Call::new("upload an archive", "PUT of an archive");
        let mut request = self.client(url)?.put(url.clone());
        for (header, value) in link.headers.iter().flatten() {
            if !OWN_HEADERS.iter().any(|own| header.eq_ignore_ascii_case(own)) {
                request = request.header(header, value);
            }
        }
        let sent = Arc::new(AtomicU64::new(0));
        // The exact length: a signed link takes no chunks.
        let request = request.header(CONTENT_LENGTH, archive.bytes).body(archive.body(&sent));
        // A store may repeat the link, or what signs it, in its error.
        let redaction = Redaction::of(std::iter::once(url.as_str()).chain(url.query()));
        let answer = async {
            let response = answer(&call, request, &redaction).await.map_err(of_the_store)?;
            nothing(&call, response).await
        };
        tokio::pin!(answer);
        let (mut last, mut moved) = (0, Instant::now());
        loop {
            tokio::select! {
                result = &mut answer => return result,
                () = tokio::time::sleep(TICK.min(self.idle / 4)) => {}
            }
            let now = sent.load(Ordering::Relaxed);
            if now != last {
                (last, moved) = (now, Instant::now());
                progress(now);
            } else if moved.elapsed() > self.idle {
                return Err(SubmitError::of(&call, FaultKind::Timeout).asking(Some(url)));
            }
        }
    }
}

/// What a refusal of the store's means, which knows nothing of keys and templates.
fn of_the_store(mut error: SubmitError) -> SubmitError {
    if let FaultKind::Refused { status, message, .. } = &error.kind
        && REFUSED_LINK.contains(status)
    {
        error.kind = FaultKind::Link { status: *status, message: message.clone() };
    }
    error
}
