//! `sandbox.lock`: its text, what it changes, and the command that writes it.

mod applied;
mod properties;
mod text;
