//! Template → Declaw's one build request.
//!
//! Declaw runs each line of `run_cmds` as one `RUN` of a Dockerfile does: in a shell of its own,
//! as root, in the image's working directory. So a line carries with it what earlier instructions
//! have set: the variables of the build and the working directory. The lines ask for a POSIX
//! shell with `mkdir`, `rm`, `chmod`, `ln` and `base64 -d`, which Debian and Alpine both have; what
//! a person wrote is handed on as it is, so a command in Bash's own words needs an image whose
//! `sh` is Bash, or `bash -c`.
//!
//! `envs` is one table for the whole build and for the sandbox. Where a variable has another value
//! for some of the steps, their lines export it, and where a later step sets it, the lines before
//! unset it: `NODE_ENV` shall not be `production` before a manifest says so. What the image had
//! there cannot be brought back, so variables that every command needs are left as they are.

mod copy;
mod shell;

use std::collections::{BTreeMap, BTreeSet};

use crate::context::Content;
use crate::platform::Platform;
use crate::scalar::{Piece, Text};
use crate::source::Spanned;
use crate::template::{BaseSource, EnvScope, Instruction, InstructionKind, Origin, Run, Template};
use crate::wire::declaw::{BuildRequest, MAX_DOCKERFILE, Parts, TemplateSpec};
use copy::Target;

/// The variables that no line can do without.
const NEEDED: &[&str] = &["PATH", "HOME", "USER"];

/// Everything that is sent to build a template on Declaw.
#[derive(Debug, Clone)]
pub struct Requests {
    /// Builds it.
    pub build: BuildRequest,
    /// Why each line of `run_cmds` is there.
    pub origins: Vec<Origin>,
    /// Why the base is what it is.
    pub base: Origin,
}

/// The alias of a template: its name without the namespace, which Declaw does not have.
pub(super) fn alias(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, alias)| alias)
}

/// Whether Declaw can be given a package's name: nothing in it means something to a shell, and
/// it is no option, whatever the platform makes of it.
fn is_plain_package(word: &str) -> bool {
    !word.starts_with('-') && crate::scalar::shell::quote(word) == word
}

/// Lowers a template. `contents` holds the files of each copy, by its place among the
/// instructions.
pub(super) fn lower(
    template: &Template,
    platform: Platform,
    contents: &[(usize, Vec<Content>)],
) -> Requests {
    let envs = envs(template);
    let unset = envs.keys().filter(|name| !NEEDED.contains(&name.as_str())).cloned().collect();
    let mut lowering = Lowering { envs, unset, ..Lowering::default() };
    for (at, instruction) in template.instructions.iter().enumerate() {
        let files = contents.iter().find(|(copy, _)| *copy == at).map(|(_, files)| files);
        lowering.instruction(instruction, files.map_or(&[], Vec::as_slice));
    }
    let asked = |value: &Option<Spanned<u64>>| value.as_ref().map(|it| it.value);
    let resources = &template.resources;
    let start_cmd = template.start.as_ref().map(|start| lowering.start(&start.text));
    let parts = Parts {
        base_image: match &template.base.source {
            BaseSource::Image(image) => image.clone(),
            // A template is refused by `capability` before.
            BaseSource::PlatformDefault | BaseSource::Template(_) => {
                platform.facts().base_image.to_owned()
            }
        },
        run_cmds: lowering.lines,
        envs: lowering.envs,
        packages: lowering.packages,
        start_cmd,
    };
    let verbatim = template.dockerfile.as_ref().filter(|text| text.len() <= MAX_DOCKERFILE);
    let template_spec = match verbatim {
        Some(text) => TemplateSpec::Dockerfile { dockerfile: text.clone() },
        None => TemplateSpec::Parts(parts),
    };
    Requests {
        build: BuildRequest {
            template: template_spec,
            alias: alias(&template.name.value).to_owned(),
            cpu_count: asked(&resources.cpu),
            memory_mb: asked(&resources.memory_mib),
            disk_mb: asked(&resources.disk_mib),
        },
        origins: lowering.origins,
        base: Origin::Written(template.base.span),
    }
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
    packages: Vec<String>,
    /// Something was run or copied, so what is installed later is installed by a line.
    begun: bool,
    lines: Vec<String>,
    origins: Vec<Origin>,
}

impl Lowering {
    fn instruction(&mut self, instruction: &Instruction, files: &[Content]) {
        let origin = instruction.origin;
        match &instruction.kind {
            InstructionKind::Run(run) => self.run(run, origin),
            InstructionKind::Copy(copy) => {
                self.begun = true;
                for line in copy::lines(copy, files, self.workdir.as_ref()) {
                    self.line(line, origin);
                }
            }
            InstructionKind::Env { scope, variables } => self.variables(*scope, variables),
            InstructionKind::Workdir(path) => {
                let directory = Target::resolve(path, self.workdir.as_ref());
                self.line(format!("mkdir -p {}", directory.word()), origin);
                self.workdir = Some(directory);
            }
            // There is root alone: `capability` refuses any other.
            InstructionKind::User(_) => {}
        }
    }

    fn line(&mut self, line: String, origin: Origin) {
        self.lines.push(line);
        self.origins.push(origin);
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
        let mut before = Vec::new();
        if !self.unset.is_empty() {
            let names: Vec<_> = self.unset.iter().map(String::as_str).collect();
            before.push(format!("unset {}", names.join(" ")));
        }
        before.extend(shell::exports(&self.exported));
        before.extend(self.workdir.as_ref().map(|directory| format!("cd {}", directory.word())));
        self.line(shell::line(&before, &run.command), origin);
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
