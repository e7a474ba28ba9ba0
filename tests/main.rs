//! One test binary, a module a concern. The cases that stand in files are `tests/cases`.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of tests may fail as tests do, and are not documented for others"
)]

mod add;
mod analysis;
mod apply;
mod bad_input;
mod cli;
mod cli_page;
mod coming_back;
mod context;
mod declaw;
mod dockerfiles;
mod doctor;
mod engine_choice;
mod export;
mod faults;
mod first_day;
mod fixes;
mod format;
mod forms;
mod help;
mod hostile;
mod image_build;
mod imitation;
mod import;
mod init;
mod json_output;
mod known_faults;
mod levels;
mod limits;
mod local;
mod lock;
mod lsp;
mod many;
mod network;
mod packages;
mod plan;
mod platforms_page;
mod profiles;
mod prune;
mod registry;
mod reuse;
mod robustness;
mod runtime_env;
mod sandboxes;
mod secrets;
mod shared_data;
mod shell;
mod signals;
mod stdin_path;
mod support;
mod tag_variables;
mod templates;
mod tidy;
mod toml_test;
mod trust;
mod watch;
mod write;
