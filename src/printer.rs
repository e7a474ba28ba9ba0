//! The only owner of standard output and standard error.
//!
//! Data goes to standard output, everything else to standard error. Progress is drawn on a
//! terminal only. Secrets that are registered with the printer's [`Redaction`] are replaced.
//!
//! What is printed may hold the words of a server or of a stranger's manifest. Here is the one
//! place where their control characters become visible ones, so no other module has to think of
//! them: text loses all of them, JSON escapes them. The only sequences that a terminal obeys are
//! the colors of `sbx` itself.

mod protocol;
mod raw;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::panic::PanicHookInfo;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anstream::ColorChoice;
use anstream::stream::RawStream;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustix::fs::FileType;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::{self, Style};
use crate::scalar::{escaped_json, styled, visible, visible_line};
use crate::secrets::Redaction;
use crate::source::SourceMap;

pub use raw::RawOutput;

/// Where a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Data.
    Out,
    /// Everything else.
    Err,
}

/// What is printed, and how.
#[derive(Debug, Clone, Copy)]
pub struct OutputOptions {
    /// When colors are used.
    pub color: ColorChoice,
    /// Whether progress output and warnings are suppressed.
    pub quiet: bool,
    /// Whether details are printed.
    pub verbose: bool,
}

/// Writes for people and for programs.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Printer {
    colors: Colors,
    quiet: bool,
    verbose: bool,
    width: usize,
    narrated: bool,
    /// Whether progress bars are drawn.
    watched: bool,
    /// Every bar of the terminal, so that a line is written above all of them.
    bars: MultiProgress,
    progress: ProgressBar,
    /// The name that lines begin with, if several builds are reported at once.
    prefix: Option<String>,
    redaction: Redaction,
    /// Why data was lost, if it was, or that its reader has gone: shared by the printers of several
    /// builds.
    output_error: Arc<OnceLock<io::Error>>,
}

/// The smallest width of lines in characters, on any terminal.
const NARROWEST: usize = 40;

impl Printer {
    /// A printer for the terminal, or for whatever standard output and error are.
    #[must_use]
    pub fn new(options: OutputOptions) -> Self {
        let width = terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0));
        Self {
            colors: Colors::new(options.color),
            quiet: options.quiet,
            verbose: options.verbose,
            width: width.clamp(NARROWEST, 120),
            // The variable that people who use a screen reader set for other tools as well.
            narrated: std::env::var_os("NO_GRAPHICS").is_some_and(|value| value != "0"),
            watched: false,
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            progress: ProgressBar::hidden(),
            prefix: None,
            redaction: Redaction::default(),
            output_error: Arc::default(),
        }
    }

    /// A printer for one of several builds at once: its lines begin with `name`, and it has a
    /// progress bar of its own.
    #[must_use]
    pub fn about(&self, name: &str) -> Self {
        let mut printer = Self {
            colors: self.colors,
            quiet: self.quiet,
            verbose: self.verbose,
            width: self.width,
            narrated: self.narrated,
            watched: self.watched,
            bars: self.bars.clone(),
            progress: ProgressBar::hidden(),
            prefix: Some(name.to_owned()),
            redaction: self.redaction.clone(),
            output_error: Arc::clone(&self.output_error),
        };
        printer.draw();
        printer
    }

    /// Whether each line begins with this name.
    #[must_use]
    pub fn begins_with(&self, name: &str) -> bool {
        self.prefix.as_deref() == Some(name)
    }

    /// The secrets to redact.
    #[must_use]
    pub fn redaction(&self) -> &Redaction {
        &self.redaction
    }

    /// Why data could not be written to standard output, such as a full disk. A reader that
    /// closes its pipe early is no error: it has read what it needs.
    #[must_use]
    pub fn output_error(&self) -> Option<&io::Error> {
        self.output_error.get().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    /// Whether the reader of standard output has closed its pipe, as far as a write has shown.
    #[must_use]
    pub fn has_lost_reader(&self) -> bool {
        self.output_error.get().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Prints panics, which are bugs of this program, with secrets redacted.
    pub fn report_panics(&self) {
        let redaction = self.redaction.clone();
        std::panic::set_hook(Box::new(move |panic| {
            let text = panicked(panic, &Backtrace::capture(), &redaction);
            let _ = io::stderr().lock().write_all(text.as_bytes());
        }));
    }

    /// The width of the terminal in characters; `None` if standard output is not a terminal.
    #[must_use]
    pub fn columns(&self) -> Option<usize> {
        let size = terminal_size::terminal_size_of(io::stdout());
        size.map(|(width, _)| usize::from(width.0))
    }

    /// The devices and numbers of the files that standard output and error are written to.
    #[must_use]
    pub fn output_files(&self) -> Vec<(u64, u64)> {
        let streams = [rustix::fs::fstat(io::stdout()), rustix::fs::fstat(io::stderr())];
        let files = streams.into_iter().flatten();
        let files = files.filter(|found| FileType::from_raw_mode(found.st_mode).is_file());
        files.map(|found| (found.st_dev, found.st_ino)).collect()
    }

    /// Whether standard output is a terminal, of whatever size.
    #[must_use]
    pub fn is_on_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Asks a yes-or-no question, whose default is no; `None` without a terminal.
    #[must_use]
    pub fn ask(&self, question: &str) -> Option<bool> {
        if !Self::can_ask() {
            return None;
        }
        self.emit(Stream::Err, &format!("{} [y/N] ", self.lines(question)));
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer).ok()?;
        Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether a question can be asked on a terminal.
    #[must_use]
    pub fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Prints text with its line breaks.
    pub fn data(&self, text: &str) {
        self.emit(Stream::Out, &visible(&self.redaction.clean(text)));
    }

    /// Prints a text unchanged, even if it holds secrets: it is what a program has piped in, which
    /// reads it back.
    pub fn verbatim(&self, text: &str) {
        self.emit(Stream::Out, text);
    }

    /// Prints a line of data.
    pub fn data_line(&self, text: &str) {
        self.data_lines(&[text]);
    }

    /// Prints lines of data at once.
    pub fn data_lines(&self, lines: &[impl AsRef<str>]) {
        self.emit_lines(Stream::Out, lines.iter().map(|line| self.line(line.as_ref())));
    }

    /// Prints text with its line breaks and colors. In what others have written, the characters of
    /// control sequences must be visible ones already.
    pub fn styled(&self, stream: Stream, text: &str) {
        self.emit(stream, &styled(&self.redaction.clean(text)));
    }

    /// Prints JSON, with a line break after it.
    pub fn json(&self, text: &str) {
        self.json_lines(&[text]);
    }

    /// Prints several JSON texts at once, with a line break after each.
    pub fn json_lines(&self, texts: &[impl AsRef<str>]) {
        let escaped = |text: &str| escaped_json(&self.redaction.clean(text)).into_owned();
        self.emit_lines(Stream::Out, texts.iter().map(|text| escaped(text.as_ref())));
    }

    /// Prints a line about progress, unless output is quiet.
    pub fn note(&self, text: &str) {
        self.notes(&[text]);
    }

    /// Prints lines about progress at once, unless output is quiet.
    pub fn notes(&self, lines: &[impl AsRef<str>]) {
        if !self.quiet {
            let prefix = self.prefix();
            let lines = lines.iter().map(|line| format!("{prefix}{}", self.line(line.as_ref())));
            self.emit_lines(Stream::Err, lines);
        }
    }

    /// Prints a line of detail, if output is verbose.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.emit(Stream::Err, &format!("{}{}\n", self.prefix(), self.line(text)));
        }
    }

    /// Prints why a command failed.
    pub fn failure(&self, message: &str, help: Option<&str>) {
        let word =
            if self.style(Stream::Err).color { "\u{1b}[31;1merror\u{1b}[0m" } else { "error" };
        let mut text = format!("{word}: {}{}\n", self.prefix(), self.line(message));
        if let Some(help) = help {
            text.extend(["  help: ", &self.lines(help).replace('\n', "\n        "), "\n"]);
        }
        self.emit(Stream::Err, &text);
    }

    /// Prints a diagnostic with its excerpt. Quiet keeps the errors.
    pub fn diagnostic(&self, stream: Stream, diagnostic: &Diagnostic, sources: &SourceMap) {
        if self.quiet && !diagnostic.stops() {
            return;
        }
        // Before long lines are wrapped: a secret in two parts would not be recognized.
        let diagnostic = self.presentable(diagnostic);
        let text = render::human(&diagnostic, sources, self.style(stream));
        self.emit(stream, &format!("{}\n", styled(&self.redaction.clean(&text))));
    }

    /// A diagnostic without secrets and control characters in its words. Its excerpt has none.
    fn presentable(&self, diagnostic: &Diagnostic) -> Diagnostic {
        let mut diagnostic = diagnostic.clone();
        diagnostic.message = self.lines(&diagnostic.message);
        diagnostic.label = self.lines(&diagnostic.label);
        diagnostic.help = diagnostic.help.as_deref().map(|help| self.lines(help));
        for label in &mut diagnostic.related {
            label.message = self.lines(&label.message);
        }
        diagnostic
    }

    /// One line: a server's line break does not make two of it.
    fn line(&self, text: &str) -> String {
        visible_line(&self.redaction.clean(text))
    }

    /// Words that may have several lines.
    fn lines(&self, text: &str) -> String {
        let text = self.redaction.clean(text);
        text.lines().map(visible_line).collect::<Vec<_>>().join("\n")
    }

    /// The style of text on a stream.
    #[must_use]
    pub fn style(&self, stream: Stream) -> Style {
        let choice = match stream {
            Stream::Out => self.colors.out,
            Stream::Err => self.colors.err,
        };
        Style { color: choice != ColorChoice::Never, width: self.width, narrated: self.narrated }
    }

    fn prefix(&self) -> String {
        self.prefix.as_ref().map(|name| format!("{}: ", self.line(name))).unwrap_or_default()
    }

    /// Starts to draw progress, if standard error is a terminal.
    pub fn start_progress(&mut self) {
        self.watch();
        self.draw();
    }

    /// Starts to draw the progress of printers that [`about`](Self::about) makes, if standard error
    /// is a terminal.
    pub fn watch(&mut self) {
        if self.quiet || !io::stderr().is_terminal() {
            return;
        }
        self.watched = true;
        self.bars = MultiProgress::new();
    }

    fn draw(&mut self) {
        if !self.watched {
            return;
        }
        let bar = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}{msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_prefix(self.prefix());
        bar.enable_steady_tick(Duration::from_millis(120));
        self.progress = bar;
    }

    /// Sets the text of the progress bar.
    pub fn progress(&self, text: &str) {
        self.progress.set_message(self.line(text));
    }

    /// Removes the progress bar.
    pub fn end_progress(&self) {
        self.progress.finish_and_clear();
    }

    /// Writes lines with one call of the system: a build's log may have a million of them.
    fn emit_lines(&self, stream: Stream, lines: impl Iterator<Item = String>) {
        let text: String = lines.map(|line| line + "\n").collect();
        if !text.is_empty() {
            self.emit(stream, &text);
        }
    }

    /// Writes what may go to a terminal. Keeps the first error of standard output; there is no place
    /// to report one of standard error.
    fn emit(&self, stream: Stream, text: &str) {
        let written = self.bars.suspend(|| match stream {
            Stream::Out => {
                let mut out = anstream::AutoStream::new(io::stdout().lock(), self.colors.out);
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
            Stream::Err => {
                let mut err = anstream::AutoStream::new(io::stderr().lock(), self.colors.err);
                err.write_all(text.as_bytes()).and_then(|()| err.flush())
            }
        });
        if let (Stream::Out, Err(error)) = (stream, written) {
            // The first error explains the others.
            let _ = self.output_error.set(error);
        }
    }
}

/// The report about a panic.
fn panicked(panic: &PanicHookInfo<'_>, backtrace: &Backtrace, redaction: &Redaction) -> String {
    let mut text = format!("sbx has a bug: it {panic}\n");
    if backtrace.status() == BacktraceStatus::Captured {
        text.push_str(&backtrace.to_string());
    }
    visible(&redaction.clean(&text)).into_owned()
}

/// Whether the streams get colors. It is asked once: each line of a long log would ask the system
/// again.
#[derive(Debug, Clone, Copy)]
struct Colors {
    out: ColorChoice,
    err: ColorChoice,
}

impl Colors {
    fn new(choice: ColorChoice) -> Self {
        Self { out: resolved(choice, &io::stdout()), err: resolved(choice, &io::stderr()) }
    }
}

fn resolved(choice: ColorChoice, stream: &impl RawStream) -> ColorChoice {
    match choice {
        ColorChoice::Auto => anstream::AutoStream::choice(stream),
        choice => choice,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn a_panic_prints_no_secret() {
        let redaction = Redaction::default();
        redaction.register("password-of-the-test");
        let printed: Arc<Mutex<String>> = Arc::default();
        let hook = Arc::clone(&printed);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let text = panicked(panic, &Backtrace::disabled(), &redaction);
            if text.contains("it was") {
                hook.lock().expect("not poisoned").push_str(&text);
            }
        }));
        let panics = std::thread::spawn(|| panic!("it was password-of-the-test"));
        assert!(panics.join().is_err());
        std::panic::set_hook(before);
        let printed = printed.lock().expect("not poisoned").clone();
        assert!(printed.starts_with("sbx has a bug: it panicked at src/printer.rs:"), "{printed}");
        assert!(printed.ends_with("it was [secret]\n"), "{printed}");
    }
}
