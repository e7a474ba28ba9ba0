//! Template → Declaw's one build request.
//!
//! Declaw runs each line of `run_cmds` like a `RUN` of a Dockerfile: in its own shell, as root, in
//! the image's working directory. So each line repeats the state from earlier instructions: the
//! variables of the build and the working directory. The lines require a POSIX shell with `mkdir`,
//! `rm`, `chmod`, `ln` and `base64 -d`, which Debian and Alpine both have. Commands of the manifest
//! are unchanged, so one in Bash syntax needs an image whose `sh` is Bash, or `bash -c`.
//!
//! `envs` is one table for the whole build and for the sandbox. If a variable has another value in
//! some steps, their lines export it, and if a later step sets it, earlier lines unset it, so that
//! `NODE_ENV` is not `production` too early. The image's own value cannot be restored that way, so
//! variables that every command needs are not unset.

mod check;
mod copy;
mod shell;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::plan::Layout;
use super::{Backend, Files, LoweredStep, Plan, Purpose, Request, Reveal, write};
use crate::context::{Content, FileSet};
use crate::diagnostic::Diagnostics;
use crate::platform::{Platform, ROOT};
use crate::scalar::shell::quote;
use crate::scalar::{Piece, Text};
use crate::source::Spanned;
use crate::template::{
    CopyMap, EnvScope, Instruction, InstructionKind, Origin, Run, Template, Write,
};
use crate::wire::declaw::{BuildRequest, MAX_DOCKERFILE, Parts, TemplateSpec};
use copy::Target;

/// The variables that no line can do without.
const NEEDED: &[&str] = &["PATH", "HOME", "USER"];

/// Where the parts of [`BuildRequest`] are.
const LAYOUT: Layout = Layout { steps: "/template/run_cmds", command: "", force: None };

/// Lowers for Declaw.
pub(super) struct Declaw;

impl Backend for Declaw {
    fn check(&self, template: &Template, platform: Platform, diagnostics: &mut Diagnostics) {
        check::check(template, platform, diagnostics);
    }

    fn check_files(
        &self,
        template: &Template,
        platform: Platform,
        files: &CopyMap<FileSet>,
        diagnostics: &mut Diagnostics,
    ) {
        check::line_breaks(template, platform, files, diagnostics);
    }

    fn lower(&self, template: &Template, platform: Platform, files: &Files, _: Reveal<'_>) -> Plan {
        let (spec, steps) = match verbatim(template) {
            Some(text) => (TemplateSpec::Dockerfile { dockerfile: text.to_owned() }, Vec::new()),
            None => parts(template, platform, files),
        };
        let asked = |value: &Option<Spanned<u64>>| value.as_ref().map(|asked| asked.value);
        let resources = &template.resources;
        let name = alias(&template.name.value).to_owned();
        let build = BuildRequest {
            template: spec,
            alias: name.clone(),
            cpu_count: asked(&resources.cpu),
            memory_mb: asked(&resources.memory_mib),
            disk_mb: asked(&resources.disk_mib),
        };
        Plan {
            platform,
            name,
            tags: Vec::new(),
            public: None,
            steps,
            uploads: Vec::new(),
            base: Origin::Written(template.base.span),
            finalize: None,
            sends_dockerfile: verbatim(template).is_some(),
            replace: false,
            requests: vec![Request {
                purpose: Purpose::Build,
                method: "POST",
                path: "/templates/build".to_owned(),
                body: Some(json!(build)),
            }],
            layout: LAYOUT,
        }
    }

    /// The request without the alias.
    fn inputs(&self, plan: &Plan) -> Value {
        let mut request = plan.body();
        if let Some(request) = request.as_object_mut() {
            request.remove("alias");
            request.insert("family".to_owned(), Value::from("declaw"));
        }
        request
    }
}

/// The text of a Dockerfile that Declaw builds itself.
fn verbatim(template: &Template) -> Option<&str> {
    template.dockerfile.as_deref().filter(|text| text.len() <= MAX_DOCKERFILE)
}

/// The alias of a template: its name without the namespace, which Declaw does not have.
pub(super) fn alias(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, alias)| alias)
}

/// Whether Declaw can be given a package's name: nothing in it means something to a shell, and
/// it is no option, whatever the platform makes of it.
fn is_plain_package(word: &str) -> bool {
    !word.starts_with('-') && quote(word) == word
}

/// The template in parts, with its steps beside it.
fn parts(
    template: &Template,
    platform: Platform,
    files: &Files,
) -> (TemplateSpec, Vec<LoweredStep>) {
    let envs = envs(template);
    let unset = envs.keys().filter(|name| !NEEDED.contains(&name.as_str())).cloned().collect();
    let mut lowering = Lowering { envs, unset, ..Lowering::default() };
    for (id, instruction) in template.numbered() {
        let files = files.contents.get(&id).map_or(&[][..], Vec::as_slice);
        lowering.instruction(instruction, files);
    }
    let start_cmd = template.start.as_ref().map(|start| lowering.start(&start.text));
    let parts = Parts {
        // A template is refused by `check` before.
        base_image: template.base.image().unwrap_or(platform.facts().base_image).to_owned(),
        // Keeps the place of the steps; without any, the key is left out.
        run_cmds: lowering.steps.first().map(|_| String::new()).into_iter().collect(),
        envs: lowering.envs,
        packages: lowering.packages,
        start_cmd,
    };
    (TemplateSpec::Parts(parts), lowering.steps)
}

/// The variables of the sandbox: the last value of each.
fn envs(template: &Template) -> BTreeMap<String, String> {
    let mut envs = BTreeMap::new();
    for instruction in &template.instructions {
        if let InstructionKind::Env { scope: EnvScope::Sandbox, variables } = &instruction.kind {
            for (name, value) in variables {
                envs.insert(name.clone(), final_text(value));
            }
        }
    }
    envs
}

/// A value in which nothing is left to a shell. A reference that nothing sets is nothing, as it
/// is in a shell; those to what the platform sets are refused by `capability` before.
fn final_text(value: &Text) -> String {
    let literals = value.pieces().iter().filter_map(|piece| match piece {
        Piece::Literal(literal) => Some(literal.as_str()),
        Piece::Reference { .. } => None,
    });
    literals.collect()
}

/// A build on its way.
#[derive(Default)]
struct Lowering {
    envs: BTreeMap<String, String>,
    /// What lines have to unset, because nothing has set it so far, and `envs` has it.
    unset: BTreeSet<String>,
    /// What lines have to export, because `envs` does not have it or has another value.
    exported: Vec<(String, Text)>,
    workdir: Option<Target>,
    /// Where a Dockerfile's instructions begin, as long as it sets no directory.
    initial: Option<Target>,
    packages: Vec<String>,
    /// Something was run or copied, so what is installed later is installed by a line.
    begun: bool,
    /// A line each.
    steps: Vec<LoweredStep>,
}

impl Lowering {
    fn instruction(&mut self, instruction: &Instruction, files: &[Content]) {
        let origin = instruction.origin;
        match &instruction.kind {
            InstructionKind::Run(run) => self.run(run, origin),
            InstructionKind::Copy(copy) => {
                self.begun = true;
                for line in copy::lines(copy, files, self.directory()) {
                    self.line(line, origin);
                }
            }
            InstructionKind::Write(write) => self.write(write, instruction),
            InstructionKind::Env { scope, variables } => self.variables(*scope, variables),
            // Steps and the start command begin in the image's own directory, as Docker's do.
            InstructionKind::Workdir(path) if instruction.is_default() => {
                self.initial = (path == "/").then(Target::current);
            }
            InstructionKind::Workdir(path) => {
                let directory = Target::resolve(path, self.workdir.as_ref());
                self.line(format!("mkdir -p {}", directory.word()), origin);
                self.workdir = Some(directory);
            }
            // There is root alone: `capability` refuses any other.
            InstructionKind::User(_) => {}
        }
    }

    /// What a relative target is relative to; root's home directory if there is none.
    fn directory(&self) -> Option<&Target> {
        self.workdir.as_ref().or(self.initial.as_ref())
    }

    fn line(&mut self, line: String, origin: Origin) {
        let request = Value::String(line);
        self.steps.push(LoweredStep {
            request,
            origin,
            label: None,
            hides_command: false,
            content: None,
        });
    }

    fn write(&mut self, write: &Write, instruction: &Instruction) {
        self.begun = true;
        let target = Target::resolve(&write.path, self.directory());
        let owner = write.owner.as_deref().unwrap_or(ROOT);
        let command = write::command(write, owner, target.root(), target.path());
        // References in it see the variables that those of a command see.
        let is_plain = write.content.plain().is_some();
        let before = if is_plain { Vec::new() } else { self.before() };
        let line = before.into_iter().chain([command]).collect::<Vec<_>>().join(" && ");
        self.steps.push(LoweredStep {
            request: Value::String(line),
            origin: instruction.origin,
            label: Some(write::label(instruction, write)),
            hides_command: true,
            content: None,
        });
    }

    /// What a line repeats of the instructions so far.
    fn before(&self) -> Vec<String> {
        let mut before = Vec::new();
        if !self.unset.is_empty() {
            let names: Vec<_> = self.unset.iter().map(String::as_str).collect();
            before.push(format!("unset {}", names.join(" ")));
        }
        before.extend(shell::exports(&self.exported));
        before.extend(self.workdir.as_ref().map(|directory| format!("cd {}", directory.word())));
        before
    }

    fn run(&mut self, run: &Run, origin: Origin) {
        // The platform's own installation knows no variables of ours.
        if let Some(packages) = &run.apt
            && !self.begun
            && self.exported.is_empty()
            && packages.iter().all(|word| is_plain_package(word))
        {
            self.packages.extend(packages.iter().cloned());
            return;
        }
        self.begun = true;
        let in_bash = run.bash.then(|| format!("bash -c {}", quote(&run.command)));
        let command = in_bash.as_ref().unwrap_or(&run.command);
        let request = Value::String(shell::line(&self.before(), command));
        let (label, hides_command) = (run.label.clone(), run.label.is_some());
        self.steps.push(LoweredStep { request, origin, label, hides_command, content: None });
    }

    fn variables(&mut self, scope: EnvScope, variables: &[(String, Text)]) {
        for (name, value) in variables {
            self.unset.remove(name);
            self.exported.retain(|(exported, _)| exported != name);
            let everywhere = scope == EnvScope::Sandbox
                && self.envs.get(name).is_some_and(|last| *last == final_text(value));
            if !everywhere {
                self.exported.push((name.clone(), value.clone()));
            }
        }
    }

    /// The start command, in the directory that the steps ended in.
    fn start(&self, command: &str) -> String {
        let before: Vec<_> =
            self.workdir.iter().map(|directory| format!("cd {}", directory.word())).collect();
        shell::line(&before, command)
    }
}
