//! A Dockerfile → a draft with the same steps.

mod arguments;

use std::collections::BTreeSet;

use super::convert::{Converter, Origins};
use super::draft::{Draft, From, Ready, Step, Value};
use super::note::{Effect, Note};
use super::{Imported, ready};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::dockerfile::{Dockerfile, Keyword};
use crate::manifest;
use crate::source::{FileId, Source, Span};
use crate::template::{BaseSource, Instruction, InstructionKind, Template};

/// The user of a sandbox of which nothing says another.
const SANDBOX_USER: &str = "user";

/// Imports a Dockerfile, whose text is that of `source`. `template` is what a manifest with nothing but
/// a name and `from.dockerfile` resolves to, and `diagnostics` are about that.
#[must_use]
pub fn dockerfile(
    dockerfile: &Dockerfile,
    source: &Source,
    template: &Template,
    diagnostics: &Diagnostics,
) -> Imported {
    let mut origins = Parts::of(dockerfile);
    let mut converter = Converter::new("root", &mut origins);
    converter.draft.name.clone_from(&template.name.value);
    from(template, &mut converter.draft);
    let above = converter.origins.comments(template.base.span);
    let (allows, comments) = above.into_iter().partition(|line| line.starts_with("sbx:"));
    converter.draft.comments = comments;
    converter.draft.from.comments = allows;
    let own = |instruction: &&Instruction| {
        let span = instruction.origin.span();
        span.is_none_or(|span| span.file != FileId::MANIFEST)
    };
    let instructions: Vec<_> = template.instructions.iter().filter(own).cloned().collect();
    let instructions = without_defaults(instructions, &mut converter);
    converter.head(&instructions);
    let Converter { mut draft, mut notes, parts, .. } = converter;
    if draft.user.as_deref() == Some("root") {
        let ends = draft.steps.iter_mut().skip(1).rev().find(|step| is_action(step, "user"));
        if let Some(step) = ends.filter(|step| step.comments.is_empty() && !ends_as_root(step)) {
            step.comments.push("The user of the sandbox: the steps above run as root.".to_owned());
        }
    }
    start(dockerfile, template, &mut draft, &mut notes);
    faults(dockerfile, diagnostics, &draft, &mut notes);
    if draft.start.is_some() {
        defaults(template, &mut notes);
    }
    arguments::unset(dockerfile, template, &mut notes);
    notes.sort_by_key(|note| note.span);
    notes.dedup();
    mark((dockerfile, source), &parts, &notes, &mut draft);
    user((dockerfile, source), template, &notes, &mut draft);
    Imported { draft, notes }
}

/// Says who runs the start command where the Dockerfile names no user or directory.
fn defaults(template: &Template, notes: &mut Vec<Note>) {
    let defaults = template.instructions.iter().filter(|it| it.is_default());
    let (mut user, mut workdir, mut place) = (false, false, None);
    for instruction in defaults {
        match &instruction.kind {
            InstructionKind::User(name) if name.name == SANDBOX_USER => user = true,
            InstructionKind::Workdir(path) if path.starts_with("/home/") => workdir = true,
            _ => continue,
        }
        place = place.or(instruction.origin.span());
    }
    let (missing, what) = match (user, workdir) {
        (true, true) => ("`USER` and `WORKDIR`", "as `user` in `/home/user`"),
        (true, false) => ("`USER`", "as `user`"),
        (false, true) => ("`WORKDIR`", "in `/home/user`"),
        (false, false) => return,
    };
    let message = format!("without {missing}, the start command runs {what}, as in any sandbox");
    notes.push(Note::new(Effect::Changed, place, message));
}

/// A last step for the user of the sandbox if the last `USER` was not imported: it would be root.
fn user(
    (dockerfile, source): (&Dockerfile, &Source),
    template: &Template,
    notes: &[Note],
    draft: &mut Draft,
) {
    let written = dockerfile.instructions().iter().rfind(|it| it.keyword == Keyword::User);
    let Some(place) = written.map(crate::dockerfile::Instruction::place) else { return };
    let origins = Parts::of(dockerfile);
    let part = origins.part(place);
    let is_from = |span: Option<Span>| {
        span.is_some_and(|span| span.file == dockerfile.file() && origins.part(span) == part)
    };
    let is_lost = notes.iter().any(|note| note.effect == Effect::Lost && is_from(note.span));
    if !is_lost || template.instructions.iter().any(|it| is_from(it.origin.span())) {
        return;
    }
    let line = source.position(place.start).line;
    let mut step = Step::text("user", SANDBOX_USER);
    step.comments.push(format!("In place of the user of line {line}: without this, it is root."));
    draft.steps.push(step);
}

/// Writes a comment where an instruction is missing.
fn mark(
    (dockerfile, source): (&Dockerfile, &Source),
    parts: &[usize],
    notes: &[Note],
    draft: &mut Draft,
) {
    let origins = Parts::of(dockerfile);
    let mut missing: Vec<(usize, String)> = Vec::new();
    for note in notes.iter().filter(|note| note.effect == Effect::Lost) {
        let Some(span) = note.span.filter(|span| span.file == dockerfile.file()) else { continue };
        let part = origins.part(span);
        let line = source.position(span.start).line;
        if missing.last().is_none_or(|(last, _)| *last != part) {
            missing.push((part, format!("Not imported from line {line}: {}.", note.message)));
        }
    }
    // From the last one on, so that the places of the others stay.
    for (part, comment) in missing.into_iter().rev() {
        let at = parts.iter().position(|own| *own > part).unwrap_or(draft.steps.len());
        let step = Step { comments: vec![comment], ..Step::default() };
        draft.steps.insert(at, step);
    }
}

fn ends_as_root(step: &Step) -> bool {
    matches!(step.entries.first(), Some((_, Value::Text(user))) if user == "root")
}

fn is_action(step: &Step, action: &str) -> bool {
    step.entries.first().is_some_and(|(key, _)| *key == action)
}

fn from(template: &Template, draft: &mut Draft) {
    draft.from = match &template.base.source {
        BaseSource::Image(image) if !image.is_empty() => base(image),
        BaseSource::Image(_) | BaseSource::PlatformDefault | BaseSource::Template(_) => {
            From::default()
        }
    };
}

/// The base of an image, by the key of the language that has its name.
pub(super) fn base(image: &str) -> From {
    let short = image.split_once(':').filter(|(_, tag)| !tag.is_empty() && !tag.contains('@'));
    let known = short.and_then(|(repository, tag)| {
        let all = manifest::From::DISTRIBUTIONS.iter();
        let found = all.clone().find(|known| known.repository == repository)?;
        Some(From::of(found.key, tag))
    });
    known.unwrap_or_else(|| From::of("image", image))
}

/// The instructions without the defaults of Dockerfiles and sandboxes, if no command and no file
/// depends on them.
fn without_defaults(all: Vec<Instruction>, converter: &mut Converter<'_>) -> Vec<Instruction> {
    use InstructionKind::{Env, User, Workdir};
    if !all.iter().all(|it| matches!(it.kind, Env { .. } | User(_) | Workdir(_))) {
        return all;
    }
    let (defaults, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(Instruction::is_default);
    let span = defaults.first().and_then(|it| it.origin.span());
    SANDBOX_USER.clone_into(&mut converter.user);
    converter.note(
        Effect::Layout,
        span,
        "no step depends on the user and directory of a Dockerfile",
    );
    rest
}

fn start(dockerfile: &Dockerfile, template: &Template, draft: &mut Draft, notes: &mut Vec<Note>) {
    draft.start = template.start.as_ref().map(|start| start.text.clone());
    let wait = template.ready.as_ref().map(|command| ready::of(&command.text));
    draft.ready = wait;
    let Some(check) = dockerfile.health_check() else {
        if let (Some(_), Some(port)) = (&draft.start, dockerfile.exposed_port()) {
            draft.ready_comments =
                vec![format!("A Dockerfile has no readiness check; `port = {port}` may be one.")];
        }
        return;
    };
    if draft.start.is_none() {
        notes.push(Note::new(
            Effect::Dropped,
            Some(check.span),
            "`HEALTHCHECK` has no effect without a start command",
        ));
        return;
    }
    let found = ready::of_health_check(&check.value);
    let key = match found {
        Ready::Url(..) => "ready.url",
        _ => "ready.cmd",
    };
    let message = format!("`HEALTHCHECK` became `{key}`, in place of 20 seconds");
    notes.push(Note::new(Effect::Changed, Some(check.span), message));
    draft.ready = Some(found);
}

/// The codes of instructions that the conversion leaves out.
const CONVERSION: &[Code] = &[
    Code::DockerfileSyntax,
    Code::DockerfileUnsupported,
    Code::InvalidEnvName,
    Code::InvalidImage,
    Code::InvalidPath,
    Code::InvalidReference,
    Code::InvalidValue,
    Code::SourceOutsideContext,
    Code::UnsafeCopyPath,
];

/// What the conversion could not carry, and what has no effect.
fn faults(
    dockerfile: &Dockerfile,
    diagnostics: &Diagnostics,
    draft: &Draft,
    notes: &mut Vec<Note>,
) {
    let checks: BTreeSet<_> = dockerfile
        .instructions()
        .iter()
        .filter(|it| it.keyword == Keyword::Healthcheck)
        .map(|it| it.place().start)
        .collect();
    for diagnostic in diagnostics.iter() {
        let Some(span) = diagnostic.span.filter(|span| span.file == dockerfile.file()) else {
            continue;
        };
        let is_check = checks.contains(&span.start);
        if diagnostic.code == Code::DockerfileIgnored && is_check && draft.start.is_some() {
            continue;
        }
        let effect = match diagnostic.code {
            Code::DockerfileIgnored => Effect::Dropped,
            Code::UndefinedReference => Effect::Changed,
            code if CONVERSION.contains(&code) => Effect::Lost,
            // The manifest has it as well, and `check` reports it there.
            _ => continue,
        };
        notes.push(note(effect, span, diagnostic));
    }
}

fn note(effect: Effect, span: Span, diagnostic: &Diagnostic) -> Note {
    let note = Note::new(effect, Some(span), &diagnostic.message);
    match &diagnostic.help {
        // Where nothing is lost, there is nothing to do.
        Some(help) if effect != Effect::Dropped => note.help(help),
        _ => note,
    }
}

/// The instructions of a Dockerfile, by their places.
struct Parts<'a> {
    text: &'a str,
    /// Where each instruction begins.
    starts: Vec<usize>,
    file: FileId,
    /// Those whose comments were taken.
    taken: BTreeSet<usize>,
}

impl<'a> Parts<'a> {
    fn of(dockerfile: &'a Dockerfile) -> Self {
        let starts = dockerfile.instructions().iter().map(|it| it.place().start).collect();
        Self { text: dockerfile.text(), starts, file: dockerfile.file(), taken: BTreeSet::new() }
    }
}

impl Origins for Parts<'_> {
    fn part(&self, span: Span) -> usize {
        self.starts.partition_point(|start| *start <= span.start)
    }

    fn comments(&mut self, span: Span) -> Vec<String> {
        let part = self.part(span);
        if span.file != self.file || part == 0 || !self.taken.insert(part) {
            return Vec::new();
        }
        let before = self.starts.get(part - 1).and_then(|start| self.text.get(..*start));
        let mut lines = Vec::new();
        for line in before.unwrap_or_default().lines().rev() {
            let Some(comment) = line.trim_start().strip_prefix('#') else { break };
            let comment = comment.trim();
            if is_directive(comment) {
                break;
            }
            lines.push(comment.to_owned());
        }
        lines.reverse();
        lines
    }
}

/// Whether a comment is read by the builder or by a linter of Dockerfiles.
fn is_directive(comment: &str) -> bool {
    let name = comment.split('=').next().unwrap_or_default().trim();
    let is_parser = comment.contains('=')
        && ["syntax", "escape", "check"].iter().any(|known| name.eq_ignore_ascii_case(known));
    // The codes of Dockerfiles have no place in a manifest.
    let is_allow = comment.starts_with("sbx:") && comment.contains("dockerfile-");
    is_parser || is_allow || comment.starts_with("hadolint") || comment.is_empty()
}
