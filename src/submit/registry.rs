//! Image registries: whether an image exists, and what it declares.
//!
//! The few read-only calls of the OCI distribution protocol that this takes: `/v2/`, a token if
//! the registry asks for one, the manifest, the one of `linux/amd64` if that was an index, and
//! the configuration. They are made with the HTTP client that everything else uses, for what
//! `oci-client` 0.18 cannot do: it turns a token server's refusal into a request without a token,
//! so a rate limit looks like a missing image, which is an error here and not a warning; it reads
//! manifests and tokens of any size; and it leaves redirects to chance. The types of `oci-spec`
//! are stricter than registries are, and bring a dozen macro crates for six fields. Challenges
//! are parsed by `http-auth`, which knows all their forms.

mod documents;
mod session;

use std::time::Duration;

use crate::registry::Reference;
use crate::template::{ImageConfig, ImageFault, ImageLookup, ImageQuery};

use documents::{Digest, Document, Index};
use session::{Accept, Session};

/// How long a registry is asked for an answer.
#[derive(Debug, Clone, Copy)]
pub struct LookupLimit {
    /// How long all attempts may take together.
    pub overall: Duration,
    /// How many attempts there are.
    pub attempts: u32,
}

impl LookupLimit {
    /// For a check that can be skipped.
    pub const SHORT: Self = Self { overall: Duration::from_secs(10), attempts: 1 };

    /// For an image whose configuration the requests need.
    pub const LONG: Self = Self { overall: Duration::from_secs(30), attempts: 3 };
}

/// How long to wait before the second attempt; twice as long before the third.
const PAUSE: Duration = Duration::from_millis(500);

/// How deep an index may hold others.
const MAX_DEPTH: usize = 2;

/// The types of a configuration that containers are made of.
const CONFIG_TYPES: &[&str] =
    &["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];

type Found<T> = Result<T, ImageFault>;

/// Asks the registry of an image about it.
pub async fn look_up(question: &ImageQuery, limit: LookupLimit) -> ImageLookup {
    let Some(reference) = Reference::parse(&question.reference) else {
        return ImageLookup::Fault(ImageFault::Unknown("the reference cannot be read".to_owned()));
    };
    let attempts = async {
        let mut attempt = 1;
        loop {
            match ask(&reference, question).await {
                Err(ImageFault::Unknown(_)) if attempt < limit.attempts => {
                    tokio::time::sleep(PAUSE * attempt).await;
                    attempt += 1;
                }
                found => return found,
            }
        }
    };
    match tokio::time::timeout(limit.overall, attempts).await {
        Ok(Ok(config)) => ImageLookup::Known(Box::new(config)),
        Ok(Err(fault)) => ImageLookup::Fault(fault),
        Err(_) => {
            let seconds = limit.overall.as_secs();
            let reason = format!("{} did not answer within {seconds} s", reference.host);
            ImageLookup::Fault(ImageFault::Unknown(reason))
        }
    }
}

/// Reads a configuration that a container engine says in the form of a registry's.
///
/// # Errors
/// It is not one; carries why.
pub fn read_config(text: &[u8]) -> Result<ImageConfig, String> {
    let (platform, config) = documents::config(text)?;
    if platform.runs_here() {
        return Ok(config);
    }
    Err(format!("the image is for {}, not for linux/amd64", platform.name()))
}

async fn ask(reference: &Reference, question: &ImageQuery) -> Found<ImageConfig> {
    let mut session = Session::open(reference, question.login.as_ref()).await?;
    let mut target = reference.target.clone();
    let mut index = None;
    for _ in 0..=MAX_DEPTH {
        let (bytes, digest) = session.manifest(&target).await?;
        let index = index.get_or_insert_with(|| digest.clone());
        match Document::read(&bytes).map_err(|reason| session.nonsense(&reason))? {
            Document::Index(index) => target = choose(&index)?,
            Document::Manifest { config } => {
                if !CONFIG_TYPES.contains(&config.media_type.as_str()) {
                    let reason =
                        format!("the manifest is not that of an image but `{}`", config.media_type);
                    return Err(ImageFault::Absent(session.shown(&reason)));
                }
                let wanted =
                    Digest::parse(&config.digest).map_err(|reason| session.nonsense(&reason))?;
                let blob = session.get(&["blobs", &config.digest], Accept::Anything).await?;
                wanted.verify(&blob).map_err(|reason| session.nonsense(&reason))?;
                let (platform, config) =
                    documents::config(&blob).map_err(|reason| session.nonsense(&reason))?;
                return if platform.runs_here() {
                    Ok(ImageConfig { index: index.clone(), digest, ..config })
                } else {
                    Err(ImageFault::WithoutAmd64(vec![platform.name()]))
                };
            }
        }
    }
    Err(session.nonsense("its indexes hold nothing but each other"))
}

/// The manifest of an index that is for `linux/amd64`, or one that does not say what it is for:
/// its configuration will.
fn choose(index: &Index) -> Found<String> {
    let mut fits: Vec<_> = index
        .manifests
        .iter()
        .filter(|it| it.platform.as_ref().is_some_and(documents::Platform::runs_here))
        .collect();
    // The plain variant first: one for newer processors may not run.
    fits.sort_by_key(|it| it.platform.as_ref().is_some_and(|it| !it.variant.is_empty()));
    let silent = index.manifests.iter().find(|it| it.platform.is_none());
    if let Some(found) = fits.first().copied().or(silent) {
        return Ok(found.digest.clone());
    }
    let platforms = index.manifests.iter().filter_map(|it| it.platform.as_ref());
    // Attestations are listed as of an unknown platform.
    let mut offered: Vec<_> =
        platforms.filter(|it| it.os != "unknown").map(documents::Platform::name).collect();
    offered.sort_unstable();
    offered.dedup();
    Err(ImageFault::WithoutAmd64(offered))
}
