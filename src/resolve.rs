//! (Manifest, Inputs) → (Template, diagnostics).
//!
//! The manifest's keys become instructions in the language's order: the Dockerfile's, `build_env`,
//! `env`, `user`, `workdir`, then `steps`. What `from.inherit` keeps of the image stands under
//! them. References between variables are resolved here, because platforms do
//! not do it.

mod base;
mod command;
mod devcontainer;
mod inherit;
mod probe;
mod variables;

use crate::diagnostic::Diagnostics;
use crate::dockerfile::{Converted, Dockerfile};
use crate::manifest::{EnvTable, Manifest, Packages, Step};
use crate::source::{Span, Spanned};
use crate::template::{
    Base, BaseSource, Command, Copy, EnvScope, Instruction, InstructionKind, Origin, Resolution,
    Resources, Run, Spans, Template,
};

use command::Words;
use variables::Scope;

/// What a manifest refers to, read by whoever may read.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What is known about the base image.
    pub resolution: &'a Resolution,
    /// The Dockerfile of `from.dockerfile`, if it could be read.
    pub dockerfile: Option<&'a Dockerfile>,
}

/// Makes a template of a manifest.
///
/// The diagnostics tell of what has no meaning although each value is valid: references in a
/// circle, forms that are not lowered yet. What an earlier stage has reported as missing is left
/// empty in the template, so that the stages after this one report what they can: a template is
/// whole only if no stage reported an error.
#[must_use]
pub fn resolve(manifest: &Manifest, inputs: Inputs<'_>) -> (Template, Diagnostics) {
    let mut builder = Builder::default();
    let template = builder.template(manifest, inputs);
    (template, builder.diagnostics)
}

#[derive(Default)]
struct Builder {
    instructions: Vec<Instruction>,
    variables: Scope,
    diagnostics: Diagnostics,
}

impl Builder {
    fn template(&mut self, manifest: &Manifest, inputs: Inputs<'_>) -> Template {
        let resolution = inputs.resolution;
        self.inherit_env(manifest, resolution);
        let dockerfile = match inputs.dockerfile {
            Some(dockerfile) => self.dockerfile(dockerfile, manifest),
            None => Converted::default(),
        };
        if let Some(table) = &manifest.build_env {
            self.env(table, EnvScope::Build);
        }
        if let Some(table) = &manifest.env {
            self.env(table, EnvScope::Sandbox);
        }
        if let Some(user) = &manifest.user {
            self.push(InstructionKind::User(user.value.clone()), user.span);
        }
        if let Some(workdir) = &manifest.workdir {
            self.push(InstructionKind::Workdir(workdir.value.clone()), workdir.span);
        }
        self.inherit_workdir(manifest, resolution);
        let mut no_cache = false;
        for step in manifest.steps() {
            let first = self.instructions.len();
            self.step(&step.value);
            let asked = step.value.no_cache.as_ref().filter(|asked| asked.value);
            no_cache |= asked.is_some();
            for instruction in &mut self.instructions[first..] {
                instruction.no_cache = no_cache;
                instruction.spans.no_cache = asked.map(|asked| asked.span);
                instruction.spans.user = step.value.user.as_ref().map(|user| user.span);
                instruction.spans.owner = step.value.owner.as_ref().map(|owner| owner.span);
                instruction.label = step.value.label.as_ref().map(|label| label.value.clone());
            }
        }
        let pre_boot = manifest.novita.as_ref().and_then(|novita| novita.value.pre_boot.as_ref());
        let written = |it: &Spanned<String>| Command {
            text: it.value.clone(),
            origin: Origin::Written(it.span),
        };
        let devcontainer = manifest.start.as_ref().and_then(|it| it.value.devcontainer.as_ref());
        let (mut start, mut ready) = (dockerfile.start, dockerfile.ready);
        if let Some(manifest) = &manifest.start {
            // What was waited for belonged to the other command.
            start = match devcontainer {
                Some(directory) => Some(devcontainer::start(directory)),
                None => manifest.value.cmd.as_ref().map(written),
            };
            ready = devcontainer.map(devcontainer::ready);
        }
        let start = start.or_else(|| self.inherit_command(manifest, resolution));
        if let Some(probe) = &manifest.ready {
            ready = probe::command(&probe.value);
        }
        let from = manifest.from.as_ref();
        let base = from.and_then(|from| {
            let image = dockerfile.image.as_ref();
            base::base(from, resolution, image, &mut self.diagnostics)
        });
        let copies = |it: &Instruction| matches!(it.kind, InstructionKind::Copy(_));
        let verbatim = inputs
            .dockerfile
            .filter(|_| stands_alone(manifest) && !self.instructions.iter().any(copies))
            .map(|dockerfile| dockerfile.text().to_owned());
        let tags = manifest.tags.as_deref().unwrap_or_default();
        let nowhere = Span::manifest(0, 0);
        Template {
            name: manifest.name.clone().unwrap_or(Spanned::new(String::new(), nowhere)),
            tags: tags.iter().map(|tag| tag.value.clone()).collect(),
            tags_span: crate::manifest::first_span(tags),
            resources: resources(manifest),
            base: base.unwrap_or(Base {
                source: BaseSource::PlatformDefault,
                span: from.map_or(nowhere, |from| from.span),
                auth: None,
                inherit: Vec::new(),
            }),
            instructions: std::mem::take(&mut self.instructions),
            start,
            ready,
            pre_boot: pre_boot.map(written),
            dockerfile: verbatim,
        }
    }

    /// Takes over a Dockerfile's instructions and variables.
    fn dockerfile(&mut self, dockerfile: &Dockerfile, manifest: &Manifest) -> Converted {
        let given = manifest.build_env.as_ref().map(|table| {
            // What is wrong with them is told where they are set, after the Dockerfile.
            Scope::default().resolve(&table.value, &mut Diagnostics::new()).into_iter().collect()
        });
        let (mut converted, faults) = dockerfile.convert(&given.unwrap_or_default());
        self.diagnostics.append(faults);
        self.instructions.append(&mut converted.instructions);
        self.variables.remember(std::mem::take(&mut converted.variables));
        converted
    }

    fn push(&mut self, kind: InstructionKind, span: Span) {
        self.instructions.push(Instruction {
            kind,
            origin: Origin::Written(span),
            label: None,
            no_cache: false,
            spans: Spans::default(),
        });
    }

    fn env(&mut self, table: &Spanned<EnvTable>, scope: EnvScope) {
        let variables = self.variables.resolve(&table.value, &mut self.diagnostics);
        if let (Some(first), Some(last)) = (table.value.entries.first(), table.value.entries.last())
        {
            // A table made by a header has the header's place only; the variables are what was
            // written.
            let span = Span { end: last.value.span.end, ..first.name.span };
            self.push(InstructionKind::Env { scope, variables }, span);
            if let Some(instruction) = self.instructions.last_mut() {
                let values = table.value.entries.iter().map(|entry| entry.value.span);
                instruction.spans.values = values.collect();
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let Some(action) = &step.action else { return };
        let span = action.span;
        let user = step.user.as_ref().map(|user| user.value.clone());
        match action.value {
            "copy" => self.copy(step),
            "env" => {
                if let Some(table) = &step.env {
                    self.env(table, EnvScope::Sandbox);
                }
            }
            "user" => {
                if let Some(user) = user {
                    self.push(InstructionKind::User(user), span);
                }
            }
            "workdir" => {
                if let Some(workdir) = &step.workdir {
                    self.push(InstructionKind::Workdir(workdir.value.clone()), span);
                }
            }
            _ => {
                if let Some(run) = run(step, user) {
                    self.push(InstructionKind::Run(run), span);
                    if let (Some(instruction), Some(run)) =
                        (self.instructions.last_mut(), &step.run)
                        && run.value.items.len() > 1
                    {
                        instruction.spans.joined.clone_from(&run.value.items);
                    }
                }
            }
        }
    }

    fn copy(&mut self, step: &Step) {
        let (Some(sources), Some(target)) = (&step.copy, &step.to) else {
            return;
        };
        for source in &sources.value.items {
            let copy = Copy {
                source: source.value.clone(),
                target: target.value.clone(),
                owner: step.owner.as_ref().map(|owner| owner.value.clone()),
                mode: step.mode.as_ref().map(|mode| mode.value),
                follow_symlinks: Step::flag(step.follow_symlinks.as_ref()),
                force_upload: Step::flag(step.force_upload.as_ref()),
            };
            self.push(InstructionKind::Copy(copy), source.span);
        }
    }
}

/// The shell command of a step, which has one unless its action is none of the shell's.
fn run(step: &Step, user: Option<String>) -> Option<Run> {
    let flag = |flag: &Option<Spanned<bool>>| Step::flag(flag.as_ref());
    let as_root = |global: bool| global.then(|| "root".to_owned());
    if let Some(run) = &step.run {
        let command = run.value.values().collect::<Vec<_>>().join(" && ");
        return Some(Run::new(command, user));
    }
    if let Some(apt) = &step.apt {
        let recommends = step.recommends.as_ref().is_none_or(|it| it.value);
        let words = Words::of("DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get")
            .word("install")
            .word("-y")
            .when(!recommends, "--no-install-recommends")
            .when(flag(&step.fix_missing), "--fix-missing")
            .quoted(apt.value.values());
        let command = format!("apt-get update && {}", words.join());
        // What the flags change is not what other installers of packages do.
        let plain = recommends && !flag(&step.fix_missing);
        let packages = plain.then(|| apt.value.values().map(str::to_owned).collect());
        return Some(Run { command, user: as_root(true), apt: packages });
    }
    if let Some(pip) = &step.pip {
        let global = step.global.as_ref().is_none_or(|it| it.value);
        let words = Words::of("pip install").when(!global, "--user").quoted(pip.value.values());
        return Some(Run::new(words.join(), as_root(global)));
    }
    for (packages, tool, dev) in
        [(&step.npm, "npm install", "--save-dev"), (&step.bun, "bun install", "--dev")]
    {
        let Some(packages) = packages else { continue };
        let global = flag(&step.global);
        let mut words = Words::of(tool).when(global, "-g").when(flag(&step.dev), dev);
        if let Packages::Listed(listed) = &packages.value {
            words = words.quoted(listed.values());
        }
        return Some(Run::new(words.join(), as_root(global)));
    }
    if let Some(servers) = &step.mcp {
        let words = Words::of("mcp-gateway pull").quoted(servers.value.values());
        return Some(Run::new(words.join(), as_root(true)));
    }
    if let Some(directory) = &step.devcontainer {
        let command = devcontainer::build(&directory.value);
        return Some(Run::new(command, as_root(true)));
    }
    let words = shell_words(step)?;
    Some(Run::new(words.join(), user))
}

/// The command of an action that is one program with arguments and takes `user`.
fn shell_words(step: &Step) -> Option<Words> {
    let flag = |flag: &Option<Spanned<bool>>| Step::flag(flag.as_ref());
    if let Some(url) = &step.git {
        let mut words = Words::of("git clone").quoted([url.value.as_str()]);
        if let Some(branch) = &step.branch {
            words = words.word("--branch").quoted([branch.value.as_str()]).word("--single-branch");
        }
        if let Some(depth) = &step.depth {
            words = words.word("--depth").word(&depth.value.to_string());
        }
        return Some(words.quoted(step.to.iter().map(|to| to.value.as_str())));
    }
    if let Some(paths) = &step.mkdir {
        let mut words = Words::of("mkdir -p");
        if let Some(mode) = &step.mode {
            words = words.word("-m").word(&mode.value.to_string());
        }
        return Some(words.quoted(paths.value.values()));
    }
    if let Some(paths) = &step.remove {
        let words = Words::of("rm").when(flag(&step.recursive), "-r").when(flag(&step.force), "-f");
        return Some(words.quoted(paths.value.values()));
    }
    if let (Some(from), Some(to)) = (&step.rename, &step.to) {
        let words = Words::of("mv").quoted([from.value.as_str(), to.value.as_str()]);
        return Some(words.when(flag(&step.force), "-f"));
    }
    if let (Some(link), Some(target)) = (&step.symlink, &step.target) {
        let words = Words::of("ln -s").when(flag(&step.force), "-f");
        return Some(words.quoted([target.value.as_str(), link.value.as_str()]));
    }
    None
}

fn resources(manifest: &Manifest) -> Resources {
    let Some(resources) = &manifest.resources else {
        return Resources::default();
    };
    let mib = |size: &Option<Spanned<crate::scalar::Size>>| {
        size.as_ref().map(|size| Spanned::new(size.value.mib, size.span))
    };
    Resources {
        cpu: resources.value.cpu,
        memory_mib: mib(&resources.value.memory),
        disk_mib: mib(&resources.value.disk),
    }
}

/// Whether no key beside `from.dockerfile` shapes the template.
fn stands_alone(manifest: &Manifest) -> bool {
    let inherits = manifest.from.as_ref().is_some_and(|from| from.value.inherit.is_some());
    let shapes = manifest.env_tables().next().is_some()
        || manifest.users().next().is_some()
        || manifest.workdirs().next().is_some()
        || !manifest.steps().is_empty()
        || manifest.start.is_some()
        || manifest.novita.is_some();
    !(inherits || shapes)
}
