//! The language server, as a client on its standard input and output sees it.

mod agreement;
mod client;
mod code_actions;
mod features;
mod files;
mod keystrokes;
mod odd;
mod protocol;
mod rename;
mod workspace;
