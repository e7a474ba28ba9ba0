//! The E2B family: the platform's API creates and ends sandboxes, and `envd` in each of them runs
//! the commands.

mod client;
mod envd;
mod process;

use std::sync::Arc;

use futures_util::future::BoxFuture;

pub(super) use client::Client;
use envd::Envd;

use super::command::Command;
use super::driver::{Shell, Started};
use crate::submit::SubmitError;

/// The way into one sandbox.
#[derive(Debug)]
struct Connected(Arc<Envd>);

impl Shell for Connected {
    fn start<'a>(&'a self, command: &'a Command) -> BoxFuture<'a, Result<Started, SubmitError>> {
        Box::pin(process::start(Arc::clone(&self.0), command))
    }
}
