//! `sandbox.lock`: its text, what it changes, and the command that writes it.

mod applied;
mod command;
mod packages;
mod parent;
mod properties;
mod text;
mod workflow;
