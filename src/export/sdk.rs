//! A plan as calls of the official SDKs of E2B and Novita.
//!
//! The methods of both SDKs send steps as they are given them, so that the calls here send those of
//! the plan. Where a method would send something else, `run_cmd` sends the command itself.
//! `tests/export` runs the exported code with the real packages.

mod base;
pub(super) mod call;
mod command;
mod ready;
mod steps;
#[cfg(test)]
mod tests;

use super::places::Places;
use super::{Exported, Input, Remark};
use crate::lower::Purpose;
use crate::platform::Sdk;
use crate::template::{InstructionKind, Origin};
use crate::wire::e2b::RegisterRequest;
use call::{Call, Program, Value};

/// A language with packages of the SDKs.
pub(super) trait Language {
    /// Its name for `sbx export`.
    fn name(&self) -> &'static str;

    /// The package of an SDK as its package manager calls it.
    fn package(&self, sdk: &Sdk) -> &'static str;

    /// The module that code imports.
    fn module(&self, sdk: &Sdk) -> &'static str;

    /// The lines about how to run the code; `file` is its name.
    fn usage(&self, package: &str, file: &str) -> Vec<String>;

    /// The name of the file, if it has none.
    fn file(&self) -> &'static str;

    /// Whether the package sends a mode of zero.
    fn sends_mode_zero(&self, sdk: &Sdk) -> bool;

    /// Whether the package reads patterns of ignored files as Docker does.
    fn ignores_like_docker(&self, sdk: &Sdk) -> bool;

    /// Whether the package signs in to every kind of registry that the SDK knows.
    fn signs_in_everywhere(&self, sdk: &Sdk) -> bool;

    /// The code.
    fn render(&self, program: &Program) -> String;
}

/// An export on its way.
struct Export<'a> {
    input: &'a Input<'a>,
    sdk: &'static Sdk,
    language: &'a dyn Language,
    places: Places<'a>,
    calls: Vec<Call>,
    remarks: Vec<Remark>,
    /// Whether the calls so far ignore the cache from here on.
    skips_cache: bool,
}

/// Exports a template as code.
pub(super) fn export(input: &Input<'_>, language: &dyn Language) -> Result<Exported, Remark> {
    let platform = input.plan.platform;
    let Some(sdk) = platform.facts().sdk else {
        return Err(Remark::lost(None, format!("no SDK builds templates of `{platform}`")));
    };
    let mut export = Export {
        input,
        sdk,
        language,
        places: Places::new(input.sources),
        calls: Vec::new(),
        remarks: Vec::new(),
        skips_cache: false,
    };
    let base = export.base();
    export.calls.push(base);
    export.pre_boot();
    export.steps();
    export.start();
    export.ignored();
    export.public();
    let program = export.program()?;
    let text = language.render(&program);
    Ok(Exported { text, ignore: None, remarks: export.remarks })
}

impl Export<'_> {
    fn program(&mut self) -> Result<Program, Remark> {
        let register = self.input.plan.body_of(Purpose::Register);
        let register: RegisterRequest = serde_json::from_value(register)
            .map_err(|error| Remark::lost(None, format!("the plan registers nothing: {error}")))?;
        let tags = Some(register.tags).filter(|tags| !tags.is_empty()).map(Value::List);
        let logger = Value::Helper("default_build_logger", Vec::new());
        let build = Call::new("build", vec![Value::Text(register.name)])
            .maybe("tags", tags)
            .maybe("cpu_count", register.cpu_count.map(Value::Number))
            .maybe("memory_mb", register.memory_mb.map(Value::Number))
            .maybe("min_free_disk_mb", register.min_free_disk_mb.map(Value::Number))
            .option("on_build_logs", logger);
        let context = &self.input.location.context;
        Ok(Program {
            header: self.header(),
            package: self.language.module(self.sdk),
            context: (!context.is_empty()).then(|| context.clone()),
            ignore: self.patterns(),
            calls: std::mem::take(&mut self.calls),
            build,
        })
    }

    fn header(&self) -> Vec<String> {
        let file = self.input.location.file.as_deref().unwrap_or(self.language.file());
        let manifest = self.input.sources.manifest().path().file_name();
        let manifest = manifest.map(|name| name.to_string_lossy()).unwrap_or_default();
        let mut header = vec![format!(
            "Written by `sbx export {}` from {manifest}. The comments name the places there.",
            self.language.name()
        )];
        header.extend(self.language.usage(self.language.package(self.sdk), file));
        if let Some(access) = self.input.plan.platform.facts().access {
            header.push(format!("`{}` holds the key.", access.key_variable));
        }
        header.iter().map(|line| crate::scalar::visible_line(line)).collect()
    }

    fn pre_boot(&mut self) {
        let Some(script) = &self.input.template.pre_boot else { return };
        let comments = vec![self.places.comment(script.origin, None)];
        let call = Call::new("set_patch_cmd", vec![Value::text(&script.text)]);
        self.calls.push(Call { comments, ..call });
    }

    fn start(&mut self) {
        let template = self.input.template;
        let ready = template.ready.as_ref().map(|ready| ready::check(&ready.text, self.sdk));
        let (call, origin) = match (&template.start, ready) {
            (None, None) => return,
            (None, Some(ready)) => (
                Call::new("set_ready_cmd", vec![ready]),
                template.ready.as_ref().map(|it| it.origin),
            ),
            (Some(start), ready) => {
                let ready = ready.unwrap_or_else(|| self.default_ready(start.origin));
                let arguments = vec![Value::text(&start.text), ready];
                (Call::new("set_start_cmd", arguments), Some(start.origin))
            }
        };
        let comments = origin.iter().map(|origin| self.places.comment(*origin, None)).collect();
        self.calls.push(Call { comments, ..call });
    }

    /// What the platform waits for where nothing is said.
    fn default_ready(&mut self, start: Origin) -> Value {
        let message = "the SDK takes no start command without a check, so the time that the \
                       platform waits anyway is written out";
        self.remarks.push(Remark::note(start.span(), message));
        ready::wait(20).unwrap_or(Value::Absent)
    }

    /// The patterns that the code has: those of the manifest, after those of a file that the SDK
    /// does not read.
    fn patterns(&self) -> Vec<String> {
        let ignored = self.input.ignored;
        let file = ignored.file.as_ref().filter(|file| !file.is_usual);
        let lines = file.iter().flat_map(|file| file.text.lines());
        let lines = lines.map(str::trim_end).filter(|line| !line.is_empty());
        let lines = lines.filter(|line| !line.starts_with('#')).map(str::to_owned);
        lines.chain(ignored.patterns.iter().cloned()).collect()
    }

    fn ignored(&mut self) {
        let ignored = self.input.ignored;
        let copies = self.input.template.instructions.iter();
        let copies = copies.filter(|it| matches!(it.kind, InstructionKind::Copy(_))).count();
        let file = ignored.file.as_ref();
        let span = ignored.span.or(file.map(|file| file.span));
        if copies == 0 || span.is_none() {
            return;
        }
        if !self.language.ignores_like_docker(self.sdk) {
            let message = "the SDK reads patterns of ignored files in its own way: a directory's \
                           name does not exclude what is in it, and `!` includes nothing";
            self.remarks.push(Remark::lost(span, message).help(
                "write `name/**` beside `name`, or copy the files that are wanted by their names",
            ));
        }
        if file.is_some_and(|file| !file.is_usual) {
            let message = "the SDK reads the `.dockerignore` of the build context, too";
            self.remarks.push(Remark::note(span, message));
        }
    }

    fn public(&mut self) {
        let Some(public) = self.input.template.public else { return };
        let word = if public.value { "publish" } else { "unpublish" };
        let message = "no method of the SDK makes a template public or private";
        let help = format!("run `sbx {word} {}` after the build", self.input.plan.name);
        self.remarks.push(Remark::lost(Some(public.span), message).help(help));
    }
}
