//! `sbx`: a compiler from `sandbox.toml` to the build requests of agent-sandbox platforms.
//!
//! The stages in their order, each a module and the type that it makes:
//!
//! | stage | from → to |
//! |---|---|
//! | [`source`] | a file → [`Source`](source::Source), with [`Span`](source::Span)s into it |
//! | [`parse`] | text → [`Manifest`](manifest::Manifest), the language as types |
//! | [`check`] | rules on the manifest |
//! | [`dockerfile`] | a Dockerfile's text → [`Converted`](dockerfile::Converted), the first part of a template |
//! | [`resolve`] | manifest → [`Template`](template::Template), which knows no platform |
//! | [`context`] | a copy → [`FileSet`](context::FileSet), its hash, its archive or its files' bytes |
//! | [`lint`] | rules on the template |
//! | [`lower`] | template → [`Plan`](lower::Plan): the requests of a platform |
//! | [`digest`] | plan → [`Digest`](digest::Digest): what decides the content of its build |
//! | [`plan`] | plan and the log of the last build → what a build would change |
//! | [`export`] | template and plan → a Dockerfile, or code for an official SDK |
//! | [`submit`] | plan → a build on a platform; also what a registry says of an image |
//! | [`sandbox`] | a finished template → a sandbox, in which commands run |
//! | [`testing`] | what the commands of tests did → [`Verdict`](testing::Verdict)s |
//! | [`failure`] | a build that failed → its cause, its place and what to do |
//!
//! Beside them: [`diagnostic`] is what every stage reports into, [`platform`] the one table of
//! platforms, [`images`] the table of well-known images, [`registry`] where image registries are and
//! how to sign in to them, [`scalar`] the small values, [`validate`] what a single value may be,
//! [`outline`] where the parts of a TOML text stand,
//! [`silence`] the comments that silence a warning, [`format`] the layout of manifests, [`schema`] the language for editors and people,
//! [`secrets`] how secrets are detected, masked and redacted, [`wire`] the requests and answers of
//! the platforms' protocols, [`lock`] what a lock pins, [`trust`] what a manifest may do, [`local`] the local platform,
//! [`engine`] the container engine of this machine, [`state`] what is remembered of builds,
//! [`lsp`] the language server over [`pipeline`], [`import`] manifests from the files of other tools,
//! `parallel` work on several threads, [`cancellation`] the token that stops it. Around them:
//! [`cli`] → [`settings`] → [`commands`], which run the stages through [`pipeline`]; [`host`] is the
//! outside world, [`printer`] the only module that writes output.
//!
//! # Invariants
//!
//! `tests/tidy.rs` checks each of them, and `tests/analysis.rs` what an analysis reads.
//!
//! - A stage imports its input, its output, and the shared modules: [`source`], [`diagnostic`],
//!   [`platform`], [`images`], [`scalar`], [`outline`], [`registry`] and [`secrets`]; never a later
//!   stage. `lower` does not know how a manifest is written, `submit` knows no settings, `local`
//!   imports only [`wire`], [`engine`], `hex` and `human_bytes` of [`scalar`], and `engine` nothing.
//!   The manifest's types are never used as the template's or the wire's.
//! - Only [`printer`] and [`commands`] render diagnostics.
//! - Each step on the wire has an [`Origin`](template::Origin), which leads back to what a person
//!   wrote.
//! - The core is pure. What it needs from outside comes in through the traits of [`host`] and
//!   through [`Resolution`](template::Resolution); only [`commands`], [`engine`], [`host`],
//!   [`local`], [`printer`], [`sandbox`], [`state`], [`submit`] and the part of [`context`] that hashes and packs
//!   touch files, variables or networks.
//! - An analysis writes nothing, registers nothing, and reads no more than its
//!   [`Depth`](pipeline::Depth) needs: one with a depth less than `Depth::Files` reads no directory.
//! - One fact, one place: a key's documentation is its doc comment; a code's severity, summary and
//!   page are its one entry in [`diagnostic::code`]; a platform's facts are in [`platform`], and
//!   rules ask for those instead of naming a platform; the placeholder of secrets in messages and
//!   logs is in [`secrets`].
//! - Only [`printer`] writes to standard output and standard error.
//! - Only [`cli`] and `main` use clap, and [`commands`] do not import [`cli`].

pub mod cancellation;
pub mod check;
pub mod cli;
pub mod commands;
pub mod context;
pub mod diagnostic;
pub mod digest;
pub mod dockerfile;
pub mod engine;
pub mod export;
pub mod failure;
pub mod format;
pub mod host;
pub mod images;
pub mod import;
pub mod lint;
pub mod local;
pub mod lock;
pub mod lower;
pub mod lsp;
pub mod manifest;
pub mod outline;
mod parallel;
pub mod parse;
pub mod pipeline;
pub mod plan;
pub mod platform;
pub mod printer;
pub mod registry;
pub mod resolve;
pub mod sandbox;
pub mod scalar;
pub mod schema;
pub mod secrets;
pub mod settings;
pub mod silence;
pub mod source;
pub mod state;
pub mod submit;
pub mod template;
pub mod testing;
pub mod trust;
pub mod validate;
pub mod wire;
