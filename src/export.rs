//! A template as a text that other tools take: a Dockerfile, or code for an official SDK.
//!
//! Everything here is pure: a [`Template`] and its [`Plan`] become a text and [`Remark`]s, which say
//! what the text does not. The steps come from the plan, so that an exported template is what
//! `sbx apply` would build.
//!
//! | module | subject |
//! |---|---|
//! | `dockerfile` | the platform's rules as instructions of a Dockerfile |
//! | `sdk` | a plan as calls of the SDKs of E2B and Novita |
//! | `python`, `typescript` | such calls in a language |
//! | `declaw` | the calls of Declaw's SDK |
//! | `layout` | expressions on several lines |
//! | `literal` | texts as literals of a language |
//! | `places` | comments that lead back to the manifest |

mod declaw;
mod dockerfile;
mod layout;
mod literal;
mod places;
mod python;
mod sdk;
mod typescript;

use crate::context::FileSet;
use crate::lower::Plan;
use crate::source::{SourceMap, Span};
use crate::template::{CopyMap, Template};

/// What a template is exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A Dockerfile that builds the image that the platform's steps make.
    Dockerfile,
    /// Python code for the official SDK of the platform.
    Python,
    /// TypeScript code for the official SDK of the platform.
    TypeScript,
    /// Python code for the official SDK of Declaw.
    Declaw,
}

impl Target {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dockerfile => "dockerfile",
            Self::Python => "python",
            Self::TypeScript => "typescript",
            Self::Declaw => "declaw",
        }
    }
}

/// What is exported.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The template.
    pub template: &'a Template,
    /// The same as the requests of a platform.
    pub plan: &'a Plan,
    /// The files of its copies.
    pub files: &'a CopyMap<FileSet>,
    /// The texts that spans point into.
    pub sources: &'a SourceMap,
    /// What is left out of copies.
    pub ignored: &'a Ignored,
    /// Where the text will be.
    pub location: &'a Location,
}

/// The patterns of files that copies leave out.
#[derive(Debug, Default)]
pub struct Ignored {
    /// Those of the manifest, in `.dockerignore` syntax.
    pub patterns: Vec<String>,
    /// The place of the first of them.
    pub span: Option<Span>,
    /// The file with the patterns that come before them.
    pub file: Option<IgnoreFile>,
}

/// A file with patterns.
#[derive(Debug)]
pub struct IgnoreFile {
    /// Its text.
    pub text: String,
    /// Whether it is the `.dockerignore` of the build context, where every tool finds it.
    pub is_usual: bool,
    /// Its beginning.
    pub span: Span,
}

/// The directories as they are reached from the one of the exported text, with `/`; empty for the
/// same one.
#[derive(Debug, Default)]
pub struct Location {
    /// The directory of the manifest.
    pub manifest: String,
    /// The build context.
    pub context: String,
    /// The name of the exported file, if it gets one.
    pub file: Option<String>,
}

/// An exported template.
#[derive(Debug)]
pub struct Exported {
    /// The text.
    pub text: String,
    /// The ignore file that a Dockerfile needs beside it.
    pub ignore: Option<String>,
    /// What the text does not say, in the order of the template.
    pub remarks: Vec<Remark>,
}

/// How far the exported template differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// What is built is another template.
    Lost,
    /// Something is said in another way, or has no effect on what is built.
    Note,
}

/// Something that the exported text does not say, or not as the manifest does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How much it matters.
    pub severity: Severity,
    /// What it is.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The place that asks for it.
    pub span: Option<Span>,
}

impl Remark {
    fn lost(span: Option<Span>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Lost, message: message.into(), help: None, span }
    }

    fn note(span: Option<Span>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::lost(span, message) }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Exports a template.
///
/// # Errors
/// What makes an export impossible.
pub fn export(target: Target, input: &Input<'_>) -> Result<Exported, Remark> {
    let mut exported = match target {
        Target::Dockerfile => dockerfile::export(input)?,
        Target::Python => sdk::export(input, &python::Python)?,
        Target::TypeScript => sdk::export(input, &typescript::TypeScript)?,
        Target::Declaw => declaw::export(input),
    };
    if let Some(test) = input.template.tests.first() {
        let remark = Remark::note(Some(test.span), "the tests are not exported");
        exported.remarks.push(remark.help("`sbx test` runs them in sandboxes of any build"));
    }
    Ok(exported)
}
