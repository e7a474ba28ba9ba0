//! One test binary, a module a concern.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of tests may fail as tests do, and nobody reads their documentation"
)]

mod apply;
mod bad_input;
mod cli;
mod context;
mod dockerfiles;
mod examples;
mod local;
mod pages;
mod support;
mod tidy;
mod ui;
