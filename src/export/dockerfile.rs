//! A template as a Dockerfile: the platform's rules as instructions.
//!
//! The image that it makes has the files, owners and modes that the local platform's own build has
//! (`src/local/executor`), whose scripts are used here, too; `tests/export` compares the two. No
//! here-documents and no `# syntax` line are needed, so that every `BuildKit` builds it.

mod copy;
mod env;
mod paths;
mod text;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::places::Places;
use super::{Exported, Input, Remark};
use crate::context::FileSet;
use crate::lower::LoweredStep;
use crate::platform::ROOT;
use crate::scalar::visible_line;
use crate::template::{BaseSource, Command, Instruction, InstructionKind, Origin, Run, User};
use crate::wire::e2b::Step;
use env::Variables;

/// What the platform installs in an image.
const PROVISION: &str = include_str!("../local/executor/provision.sh");

/// What the platform does to the files at the end of a build.
const CONFIGURE: &str = include_str!("../local/executor/configure.sh");

/// What it does after that.
const PACKAGES: &str = "dpkg --configure -a && update-ca-certificates";

/// A Dockerfile on its way.
struct Export<'a> {
    input: &'a Input<'a>,
    places: Places<'a>,
    text: String,
    remarks: Vec<Remark>,
    /// The user of the Dockerfile's instructions.
    current: String,
    /// The user of the template's steps.
    user: String,
    /// The working directory of the template's steps; without one, each begins in the home
    /// directory of its user.
    workdir: Option<String>,
    variables: Variables,
    /// The shell that the text has set.
    shell: String,
    /// The users that exist.
    users: BTreeSet<String>,
    /// The directories that exist.
    directories: BTreeSet<String>,
}

/// Exports a template.
///
/// # Errors
/// It starts from another template, which is no image.
pub(super) fn export(input: &Input<'_>) -> Result<Exported, Remark> {
    let template = input.template;
    if let BaseSource::Template(_) = template.base.source {
        let message = "a template of the platform is no image that a Dockerfile can start from";
        return Err(Remark::lost(Some(template.base.span), message).help(
            "export to Python or TypeScript, or export that template, and start from its image",
        ));
    }
    let facts = input.plan.platform.facts();
    let user = facts.default_user;
    let mut export = Export {
        input,
        places: Places::new(input.sources),
        text: String::new(),
        remarks: Vec::new(),
        current: ROOT.to_owned(),
        user: user.to_owned(),
        workdir: None,
        variables: Variables::default(),
        shell: String::new(),
        users: [ROOT, user].map(str::to_owned).into(),
        directories: paths::existing(user),
    };
    export.header();
    export.base();
    export.platform(user);
    export.steps();
    export.finish();
    let ignore = export.ignore();
    Ok(Exported { text: export.text, ignore, remarks: export.remarks })
}

impl Export<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn comment(&mut self, comment: &str) {
        if !comment.is_empty() {
            let line = format!("# {}", visible_line(comment));
            self.line(&line);
        }
    }

    /// An empty line, and a comment for what follows.
    fn begin(&mut self, comment: &str) {
        self.text.push('\n');
        self.comment(comment);
    }

    fn header(&mut self) {
        let location = self.input.location;
        let manifest = self.input.sources.manifest().path().file_name();
        let manifest = manifest.map(|name| name.to_string_lossy()).unwrap_or_default();
        let platform = self.input.plan.platform;
        let file = location.file.as_deref().unwrap_or("Dockerfile");
        let context = if location.context.is_empty() { "." } else { &location.context };
        let name = self.input.plan.name.rsplit('/').next().unwrap_or_default();
        self.comment(&format!(
            "Written by `sbx export dockerfile` from {manifest}, by the rules of {platform}."
        ));
        self.comment("The comments name the places there. Build it with BuildKit:");
        self.comment(&format!(
            "  docker build -t {name} -f {} {}",
            crate::scalar::shell::quote(file),
            crate::scalar::shell::quote(context)
        ));
    }

    fn base(&mut self) {
        let base = &self.input.template.base;
        let facts = self.input.plan.platform.facts();
        let image = base.image().unwrap_or(facts.base_image);
        let comment = self.places.comment(Origin::Written(base.span), None);
        self.begin(&comment);
        if let Some(auth) = &base.auth {
            let remark = Remark::note(Some(auth.span), "the image is private");
            self.remarks.push(remark.help("sign in with `docker login` before the build"));
        }
        if facts.drops_image_config {
            self.line(&format!("FROM --platform=linux/amd64 {image} AS image"));
            self.comment("The platform takes the files of an image, and nothing that it declares.");
            self.line("FROM scratch");
            self.line("COPY --from=image / /");
        } else {
            self.line(&format!("FROM --platform=linux/amd64 {image}"));
            self.comment("Of what the image declares, the platform takes the variables.");
            self.line("ENTRYPOINT []");
            self.line("USER root");
            self.line("WORKDIR /");
        }
    }

    /// What the platform does before the first step.
    fn platform(&mut self, user: &str) {
        self.begin(
            "Commands run in a login shell, in the home directory unless there is a WORKDIR.",
        );
        self.as_root();
        self.begin("What the platform installs before the first step.");
        self.script(PROVISION);
        if let Some(Command { text, origin }) = &self.input.template.pre_boot {
            let comment = self.places.comment(*origin, None);
            self.begin(&comment);
            self.run(text, ROOT, &[]);
        }
        self.begin("The user of the steps, which may use sudo.");
        self.script(&format!("{}{}", make_user(user), grant_sudo(user)));
    }

    fn steps(&mut self) {
        let instructions = &self.input.template.instructions;
        let steps = &self.input.plan.steps;
        for ((id, instruction), step) in self.input.template.numbered().zip(steps) {
            let label = instruction.label.as_deref();
            let comment = self.places.comment(instruction.origin, label);
            self.begin(&comment);
            if let Some(span) = instruction.spans.no_cache {
                let remark = Remark::note(Some(span), "a Dockerfile cannot turn the cache off");
                self.remarks.push(remark.help("build with `docker build --no-cache`"));
            }
            match &instruction.kind {
                InstructionKind::Copy(copy) => {
                    let files = self.input.files.get(&id);
                    let entries = files.map(FileSet::entries).unwrap_or_default();
                    self.copy(copy, entries, instruction);
                }
                InstructionKind::Run(_) | InstructionKind::Write(_) => self.step(instruction, step),
                InstructionKind::Env { scope, variables } => {
                    self.env(*scope, variables, instruction);
                }
                InstructionKind::User(user) => self.set_user(user, step),
                InstructionKind::Workdir(path) => self.set_workdir(path),
            }
        }
        for step in steps.iter().skip(instructions.len()) {
            let comment = self.places.comment(step.origin, None);
            self.begin(&comment);
            self.command(step, &[]);
        }
    }

    /// A command, or a file that a command writes.
    fn step(&mut self, instruction: &Instruction, step: &LoweredStep) {
        if let Some(label) = step.label.as_deref().filter(|_| step.hides_command) {
            self.comment(label);
        }
        let joined: Vec<_> = match &instruction.kind {
            InstructionKind::Run(Run { .. }) => {
                instruction.spans.joined.iter().map(|part| part.value.as_str()).collect()
            }
            _ => Vec::new(),
        };
        self.command(step, &joined);
    }

    fn command(&mut self, step: &LoweredStep, joined: &[&str]) {
        let Ok(step) = serde_json::from_value::<Step>(step.request.clone()) else { return };
        let Some(text) = step.args.first() else { return };
        let user = step.args.get(1).unwrap_or(&self.user).clone();
        self.run(text, &user, joined);
    }

    /// A command that a user runs.
    fn run(&mut self, command: &str, user: &str, joined: &[&str]) {
        self.switch(user);
        let joined = if joined.join(" && ") == command { joined } else { &[] };
        let line = format!("RUN {}", text::command(command, joined));
        self.line(&line);
    }

    /// A script of the platform, which root runs.
    fn script(&mut self, script: &str) {
        self.as_root();
        let lines = script.lines().filter(|line| !line.starts_with("# "));
        let script: String = lines.fold(String::new(), |mut script, line| {
            let _ = writeln!(script, "{line}");
            script
        });
        let line = format!("RUN {}", text::command(script.trim_end(), &[]));
        self.line(&line);
    }

    fn as_root(&mut self) {
        self.switch(ROOT);
    }

    /// Lets a user run the next command, in the shell of the platform.
    fn switch(&mut self, user: &str) {
        if self.current != user {
            user.clone_into(&mut self.current);
            self.line(&format!("USER {}", text::word(user)));
        }
        let shell = text::shell(&self.prelude(false));
        if self.shell != shell {
            self.line(&format!("SHELL {shell}"));
            self.shell = shell;
        }
    }

    /// What the shell does before a command. At the start command, what a Dockerfile does not keep
    /// in the image is set, too.
    fn prelude(&self, at_start: bool) -> String {
        let mut prelude = String::new();
        if self.workdir.is_none() {
            prelude.push_str("cd || exit; ");
        }
        prelude.push_str("export USER=$(id -un); export LOGNAME=$USER; ");
        prelude.push_str(&self.variables.exports(at_start));
        prelude
    }

    /// USER: a user that does not exist is created.
    fn set_user(&mut self, user: &User, step: &LoweredStep) {
        let grants = step.request.pointer("/args/1").is_some_and(|sudo| sudo == "true");
        if self.users.insert(user.name.clone()) || grants {
            let rights = if grants { grant_sudo(&user.name) } else { String::new() };
            self.script(&format!("{}{rights}", make_user(&user.name)));
        }
        user.name.clone_into(&mut self.user);
        self.current.clone_from(&self.user);
        self.line(&format!("USER {}", text::word(&user.name)));
    }

    /// WORKDIR: the directories that are created belong to the user.
    fn set_workdir(&mut self, path: &str) {
        let path = paths::join(self.workdir.as_deref().unwrap_or("/"), path);
        if !self.directories.contains(&path) && self.user != ROOT {
            self.script(&make_workdir(&path, &self.user));
        }
        self.directories.extend(paths::with_parents(&path));
        self.line(&format!("WORKDIR {}", text::word(&path)));
        self.workdir = Some(path);
    }

    /// What the platform does after the last step, and what a container of the image runs.
    fn finish(&mut self) {
        self.begin(
            "What the platform does at the end of a build: /tmp is emptied, files get owners.",
        );
        self.script(CONFIGURE);
        self.script(PACKAGES);
        let template = self.input.template;
        self.text.push('\n');
        let user = self.user.clone();
        self.line(&format!("USER {}", text::word(&user)));
        if self.workdir.is_none()
            && let Some(home) = paths::home(&user)
        {
            self.line(&format!("WORKDIR {}", text::word(&home)));
        }
        let prelude = self.prelude(true);
        let run =
            |command: &str| text::exec(&["/bin/bash", "-l", "-c", &format!("{prelude}{command}")]);
        if let Some(start) = &template.start {
            let comment = self.places.comment(start.origin, None);
            self.begin(&comment);
            self.line(&format!("CMD {}", run(&start.text)));
        } else {
            self.line("CMD [\"/bin/bash\", \"-l\"]");
        }
        if let Some(ready) = &template.ready {
            let comment = self.places.comment(ready.origin, None);
            if ready.text.starts_with("sleep ") {
                let message = "a wait for a fixed time is no health check";
                self.remarks.push(Remark::note(ready.origin.span(), message));
            } else {
                self.begin(&comment);
                let times = "--interval=2s --timeout=30s --start-period=10m --retries=3";
                self.line(&format!("HEALTHCHECK {times} CMD {}", run(&ready.text)));
            }
        }
        let resources = &template.resources;
        let asked = [resources.cpu, resources.memory_mib, resources.disk_mib];
        if let Some(first) = asked.iter().flatten().next() {
            let remark = Remark::note(Some(first.span), "an image has no resources");
            self.remarks.push(remark.help("set them with `docker run --cpus` and `--memory`"));
        }
    }

    /// The ignore file that the Dockerfile needs beside it, if the one of the context is not enough.
    fn ignore(&mut self) -> Option<String> {
        let ignored = self.input.ignored;
        let has_copies = self.input.template.copies().next().is_some();
        let is_usual = ignored.file.as_ref().is_none_or(|file| file.is_usual);
        if !has_copies || (ignored.patterns.is_empty() && is_usual) {
            return None;
        }
        let mut text = String::new();
        if let Some(file) = &ignored.file {
            text.push_str(file.text.trim_start_matches('\u{feff}'));
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
        }
        for pattern in &ignored.patterns {
            // A line that begins with `#` is a comment, and a pattern may begin with spaces.
            let _ = writeln!(text, "{}", pattern.trim());
        }
        if self.input.location.file.is_none() {
            let span = ignored.span.or(ignored.file.as_ref().map(|file| file.span));
            let message = "the Dockerfile needs an ignore file of its own beside it";
            let remark = Remark::lost(span, message);
            self.remarks.push(remark.help("write both with `--output FILE`"));
        }
        Some(text)
    }
}

/// The script that creates a user who does not exist.
fn make_user(user: &str) -> String {
    format!("id -u {user} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash {user}\n")
}

/// The script that lets a user use `sudo` without a password.
fn grant_sudo(user: &str) -> String {
    let rule = format!("'{user} ALL=(ALL:ALL) NOPASSWD: ALL'");
    format!(
        "usermod -aG sudo {user}\npasswd -d {user}\n\
         grep -qxF {rule} /etc/sudoers || echo {rule} >>/etc/sudoers\n"
    )
}

/// The script that creates a directory with its parents, which then belong to the user.
fn make_workdir(path: &str, user: &str) -> String {
    let path = crate::scalar::shell::quote(path);
    format!(
        "target={path}\n\
         [ ! -d \"$target\" ] || exit 0\n\
         check=$target\n\
         while [ ! -d \"$check\" ]; do first=$check; check=$(dirname \"$check\"); done\n\
         mkdir -p \"$target\" && chown -R {user}:{user} \"$first\""
    )
}
