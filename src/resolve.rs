//! (Manifest, Inputs) → (Template, diagnostics).
//!
//! The keys of the manifest become instructions in a fixed order: those of the Dockerfile,
//! `build_env`, `env`, `user`, `workdir`, then `steps`. Values of `from.inherit` come first.
//! References between variables are resolved here, because platforms do not do it.

mod base;
mod devcontainer;
mod image_build;
mod inherit;
mod packages;
mod probe;
mod references;
mod shell;
mod step;
mod test;
#[cfg(test)]
mod tests;
mod variables;
mod words;
mod written;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostics;
use crate::dockerfile::{Converted, Dockerfile};
use crate::manifest::{EnvTable, Manifest};
use crate::scalar::Text;
use crate::source::{Span, Spanned};
use crate::template::{
    Base, BaseSource, Command, EnvScope, Instruction, InstructionKind, Origin, Pins, Resolution,
    Resources, Spans, Template, User,
};

use variables::Scope;

/// The external inputs of a manifest, read by the caller.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// What is known about the base image.
    pub resolution: &'a Resolution,
    /// The Dockerfile of `from.dockerfile`, if it could be read.
    pub dockerfile: Option<&'a Dockerfile>,
    /// Tags that the build gets beside those of the manifest.
    pub extra_tags: &'a [String],
}

/// Converts a manifest to a template.
///
/// The diagnostics report faults of valid values in combination, such as circular references.
/// Missing values, which an earlier stage has reported, are empty in the template, so that later
/// stages can still report what they find: a template is complete only if no stage reported an
/// error.
#[must_use]
pub fn resolve(manifest: &Manifest, inputs: Inputs<'_>) -> (Template, Diagnostics) {
    let locked = inputs.resolution.packages.clone();
    let mut builder = Builder { locked, ..Builder::default() };
    let template = builder.template(manifest, inputs);
    (template, builder.diagnostics)
}

#[derive(Default)]
struct Builder {
    instructions: Vec<Instruction>,
    variables: Scope,
    /// The locked versions of packages.
    locked: BTreeMap<String, Vec<String>>,
    /// The bytes of values that were inserted into words so far.
    substituted: usize,
    diagnostics: Diagnostics,
}

impl Builder {
    fn template(&mut self, manifest: &Manifest, inputs: Inputs<'_>) -> Template {
        let resolution = inputs.resolution;
        self.inherit_env(manifest, resolution);
        let build = image_build::of(manifest, inputs.dockerfile, &mut self.diagnostics);
        let is_built = image_build::is_asked(manifest);
        let dockerfile = match inputs.dockerfile.filter(|_| !is_built) {
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
            let mut user = user.clone();
            self.spliced(&mut user, "a user name");
            self.user(user, manifest.sudo);
        }
        if let Some(workdir) = &manifest.workdir {
            let mut workdir = workdir.clone();
            self.spliced(&mut workdir, "a working directory");
            self.push(InstructionKind::Workdir(workdir.value), workdir.span);
        }
        self.inherit_workdir(manifest, resolution);
        self.steps(manifest.steps());
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
        self.diagnostics.extend(written::size_fault(&self.instructions));
        let from = manifest.from.as_ref();
        let base = from.and_then(|from| {
            let image = dockerfile.image.as_ref();
            base::base(from, resolution, image, &mut self.diagnostics)
        });
        let base = base.map(|base| Base { build: build.map(Box::new), ..base });
        let copies = |it: &Instruction| matches!(it.kind, InstructionKind::Copy(_));
        let verbatim = inputs
            .dockerfile
            .filter(|_| {
                stands_alone(manifest) && !is_built && !self.instructions.iter().any(copies)
            })
            .map(|dockerfile| base::dockerfile(dockerfile, base.as_ref()));
        let listed = manifest.tags.as_deref().unwrap_or_default();
        let mut tags: Vec<_> = listed.iter().map(|tag| tag.value.clone()).collect();
        for tag in inputs.extra_tags {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        let nowhere = Span::manifest(0, 0);
        Template {
            name: manifest.name.clone().unwrap_or(Spanned::new(String::new(), nowhere)),
            tags,
            tags_span: crate::manifest::list_span(listed),
            public: manifest.public,
            resources: resources(manifest),
            base: base.unwrap_or(Base {
                source: BaseSource::PlatformDefault,
                span: from.map_or(nowhere, |from| from.span),
                auth: None,
                inherit: Vec::new(),
                config: None,
                pins: Pins::default(),
                build: None,
            }),
            instructions: std::mem::take(&mut self.instructions),
            refused: dockerfile.refused,
            start,
            ready,
            pre_boot: pre_boot.map(written),
            tests: test::tests(manifest),
            dockerfile: verbatim,
        }
    }

    /// Adds the instructions and variables of a Dockerfile.
    fn dockerfile(&mut self, dockerfile: &Dockerfile, manifest: &Manifest) -> Converted {
        let target = manifest.from.as_ref().and_then(|from| from.value.target.as_ref());
        let (mut converted, faults) = dockerfile.convert(&arguments(manifest), target);
        self.diagnostics.append(faults);
        converted.refused = converted.refused.map(|before| self.instructions.len() + before);
        self.instructions.append(&mut converted.instructions);
        self.variables.remember(std::mem::take(&mut converted.variables));
        converted
    }

    fn push(&mut self, kind: InstructionKind, span: Span) {
        self.push_with(kind, span, Spans::default());
    }

    fn push_with(&mut self, kind: InstructionKind, span: Span, spans: Spans) {
        let origin = Origin::Written(span);
        self.instructions.push(Instruction { kind, origin, label: None, no_cache: false, spans });
    }

    fn user(&mut self, name: Spanned<String>, sudo: Option<Spanned<bool>>) {
        let sudo = sudo.filter(|sudo| sudo.value);
        let spans =
            Spans { user: Some(name.span), sudo: sudo.map(|sudo| sudo.span), ..Spans::default() };
        let user = User { name: name.value, sudo: sudo.is_some() };
        self.push_with(InstructionKind::User(user), name.span, spans);
    }

    fn env(&mut self, table: &Spanned<EnvTable>, scope: EnvScope) {
        let variables = self.variables.resolve(&table.value, &mut self.diagnostics);
        if let (Some(first), Some(last)) = (table.value.entries.first(), table.value.entries.last())
        {
            // A table made by a header has the header's place only; the variables are what was
            // written.
            let span = Span { end: last.value.span.end, ..first.name.span };
            let values = table.value.entries.iter().map(|entry| entry.value.span);
            let spans = Spans { values: values.collect(), ..Spans::default() };
            self.push_with(InstructionKind::Env { scope, variables }, span, spans);
        }
    }
}

/// The values that `build_env` gives to `ARG`s.
fn arguments(manifest: &Manifest) -> BTreeMap<String, Text> {
    let given = manifest.build_env.as_ref().map(|table| {
        // What is wrong with them is reported where they are set, after the Dockerfile.
        Scope::default().resolve(&table.value, &mut Diagnostics::new()).into_iter().collect()
    });
    given.unwrap_or_default()
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

/// Whether no key besides `from.dockerfile` affects the template.
fn stands_alone(manifest: &Manifest) -> bool {
    let from = manifest.from.as_ref().map(|from| &from.value);
    let inherits = from.is_some_and(|from| from.inherit.is_some() || from.target.is_some());
    let shapes = manifest.env_tables().next().is_some()
        || manifest.users().next().is_some()
        || manifest.workdirs().next().is_some()
        || !manifest.steps().is_empty()
        || manifest.start.is_some()
        || manifest.novita.is_some();
    !(inherits || shapes)
}
