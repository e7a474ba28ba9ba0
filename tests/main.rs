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
mod coming_back;
mod context;
mod declaw;
mod dockerfiles;
mod examples;
mod failures;
mod faults;
mod first_time;
mod fixes;
mod forms;
mod help;
mod levels;
mod local;
mod many;
mod near_misses;
mod pages;
mod registry;
mod robustness;
mod runtime_env;
mod secrets;
mod support;
mod templates;
mod tidy;
mod toml_test;
mod ui;
