//! Submitting a plan and following its build, implemented once per family of platforms.

use std::fmt;

use futures_util::future::BoxFuture;

use super::pace::Bounds;
use super::pages::Pages;
use super::{Build, BuildStatus, Limit, Observer, RetryPolicy, SubmitError};
use crate::context::FileSet;
use crate::lower::Plan;
use crate::template::CopyMap;

/// Starts and polls builds on one platform, with the requests of its family.
pub trait Driver: fmt::Debug + Send + Sync {
    /// Sends everything that a build needs, and starts one build at most. `files` are those of the
    /// plan's copies.
    ///
    /// # Errors
    /// A request failed and is not retried, or a file changed. The error has the state on the
    /// platform.
    fn start<'a>(
        &'a self,
        plan: &'a Plan,
        files: &'a CopyMap<FileSet>,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<Build, SubmitError>>;

    /// Polls once the state of a build and its log from `cursor` on, which advances. It works for
    /// any build, no matter who started it and when.
    ///
    /// # Errors
    /// The platform did not answer within `limit`; the build continues.
    fn poll<'a>(
        &'a self,
        build: &'a Build,
        cursor: &'a mut Cursor,
        limit: Limit,
        observer: Observer<'a>,
    ) -> BoxFuture<'a, Result<BuildStatus, SubmitError>>;

    /// Whether the platform has an archive, by its key; `None` if it has no call that tells. It asks
    /// for a link for an upload, and uploads nothing.
    ///
    /// # Errors
    /// The platform cannot be asked, or refuses.
    fn has_archive<'a>(
        &'a self,
        _template_id: &'a str,
        _files_hash: &'a str,
        _: Observer<'a>,
    ) -> BoxFuture<'a, Result<Option<bool>, SubmitError>> {
        Box::pin(async { Ok(None) })
    }

    /// Asks the platform to cancel a build.
    ///
    /// # Errors
    /// The platform has a call for it, and refused or did not answer.
    fn cancel<'a>(&'a self, _: &'a Build) -> BoxFuture<'a, Result<Cancellation, SubmitError>> {
        Box::pin(async { Ok(Cancellation::Unsupported) })
    }

    /// The times between two polls.
    fn bounds(&self) -> Bounds;

    /// How long requests are retried.
    fn retry_policy(&self) -> RetryPolicy;
}

/// The answer to a request to cancel a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// The platform cancels the build.
    Accepted,
    /// The platform has no public call for it: the build continues.
    Unsupported,
}

/// A place in a build's log.
///
/// It is the number of the lines before that place. To go on later, begin at the place where the
/// log was left: where it began, plus one for each line. A platform that drops the oldest lines of
/// a long log may after that repeat the lines that it still has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    /// How many lines are before it.
    pub(super) offset: usize,
    /// Whether an answer has named the build's end, which no later answer takes back.
    pub(super) ended: bool,
    /// The last lines before it, where the platform drops the oldest ones.
    pub(super) recent: Vec<String>,
    /// The pages before it, where a platform sends pages.
    pub(super) pages: Pages,
}

impl Cursor {
    /// The place after `offset` lines.
    #[must_use]
    pub const fn at(offset: usize) -> Self {
        Self { offset, ended: false, recent: Vec::new(), pages: Pages::new() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::platform::Platform;
    use crate::secrets::Redaction;
    use crate::submit::{Contact, Endpoint, driver};

    #[tokio::test]
    async fn no_platform_can_cancel_a_build_and_each_says_so() {
        let endpoint = Endpoint {
            api_url: "http://127.0.0.1:1".parse().expect("a URL"),
            api_key: None,
            key_variable: None,
            request_timeout: Duration::from_secs(1),
            redaction: Redaction::default(),
            contact: Contact::default(),
        };
        let build = Build { template_id: "t".to_owned(), build_id: "b".to_owned() };
        for platform in Platform::ALL {
            let driver = driver(*platform, &endpoint, RetryPolicy::new(None)).expect("a client");
            let answer = driver.cancel(&build).await.expect("an answer");
            assert_eq!(answer, Cancellation::Unsupported, "{platform}");
        }
    }
}
