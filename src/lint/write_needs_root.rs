//! `write-needs-root`: a step without root privileges writes where only root can.

mod ownership;

use super::model::{Denial, Execution};
use super::paths::{Access, accesses};
use super::shell::Simple;
use super::{LintContext, Part, Step, Whose, base, is_root, words_for};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::platform::ROOT;
use crate::source::Span;
use crate::template::{Instruction, InstructionKind};

/// Directories that belong to root in every well-known image.
const ROOTS: &[&str] = &["/etc/", "/opt/", "/root/", "/srv/", "/usr/"];

/// The largest number of earlier steps searched for a change of permissions, and of files checked.
const MOST_EARLIER: usize = 500;

/// Directories in `/` of every well-known image.
const SYSTEM: &[&str] = &[
    "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root",
    "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

pub(super) fn check(ctx: &LintContext<'_>, diagnostics: &mut Diagnostics) {
    let template = ctx.inputs.template;
    let Some(image) = base::known(template) else { return };
    if ctx.inputs.platform.facts().root_only {
        return;
    }
    // These may move npm's global directory.
    let npm = image.family.repository == "node"
        && !base::mentions(template, &["prefix", "PREFIX", "npmrc", "nvm", "volta"]);
    for part in ctx.parts() {
        let denied = match &part.whose {
            Whose::Step(step) => in_step(ctx, &part, step, npm),
            Whose::Start(_) | Whose::Ready(_) => ownership::denied(ctx, &part).map(|denied| {
                let help = format!(
                    "write to a directory that `{}` owns, or give it this one in a step of root",
                    denied.user
                );
                denied.report(part.name()).help(help)
            }),
        };
        diagnostics.extend(denied);
    }
}

/// The first write of a step that fails. `npm` says whether global packages go to Node's own
/// directories.
fn in_step(
    ctx: &LintContext<'_>,
    part: &Part<'_>,
    step: &Step<'_>,
    npm: bool,
) -> Option<Diagnostic> {
    if !part.executions.iter().any(|execution| unprivileged(execution).is_some()) {
        return None;
    }
    let at = step.id.index();
    let earlier = ctx.inputs.template.instructions.get(..at).filter(|_| at <= MOST_EARLIER)?;
    let denied = written(ctx, part, step, earlier)
        .or_else(|| npm.then(|| installed(ctx, part)).flatten())
        .or_else(|| ownership::denied(ctx, part))?;
    let usual = match &denied.denial {
        Some(Denial { path, .. }) if path != "/" => format!(
            "run `chown {} {path}` as root before, or write to a directory that the user owns",
            denied.user
        ),
        _ => words_for(
            denied.span,
            "add `user = \"root\"` to the step, or use a directory that the user owns, such as \
             its home directory",
            "put `USER root` before it, or use a directory that the user owns, such as its home \
             directory",
        )
        .to_owned(),
    };
    let help = step.become_root(&denied.user, &usual).to_owned();
    Some(denied.report(part.name()).help(help))
}

/// A write that fails.
struct Denied {
    user: String,
    path: String,
    span: Span,
    /// What fails.
    verb: &'static str,
    /// The directory or file of another user, if that is the reason.
    denial: Option<Denial>,
}

impl Denied {
    fn report(&self, what: &str) -> Diagnostic {
        let Self { user, path, span, verb, denial } = self;
        let message = match denial {
            Some(Denial { owner, .. }) if owner != ROOT => {
                format!("{verb} `{path}` is denied to `{user}`, who runs {what}")
            }
            _ => format!("{verb} `{path}` needs root, but {what} runs as `{user}`"),
        };
        let label = match denial {
            Some(Denial { path, owner }) if owner == ROOT => {
                format!("fails with \"Permission denied\", because `{path}` belongs to root")
            }
            Some(Denial { path, owner }) => {
                format!("fails with \"Permission denied\", because `{path}` belongs to `{owner}`")
            }
            None => "fails with \"Permission denied\"".to_owned(),
        };
        Diagnostic::new(Code::WriteNeedsRoot, *span, message).label(label)
    }
}

/// The user of a command's shell, if that is known and not root.
fn unprivileged<'s>(execution: &Execution<'s>) -> Option<&'s str> {
    execution.shell_user.filter(|user| !is_root(user))
}

/// The first file that a step certainly writes without the right to.
fn written(
    ctx: &LintContext<'_>,
    part: &Part<'_>,
    step: &Step<'_>,
    earlier: &[Instruction],
) -> Option<Denied> {
    let mut candidates = accesses(part.executions)
        .into_iter()
        .filter(|file| file.access == Access::Writes && file.is_certain() && file.whole)
        .take(MOST_EARLIER);
    candidates.find_map(|file| {
        let user = unprivileged(file.execution)?;
        let command = file.execution.command;
        let mut redirects = file.execution.redirects();
        let redirected = redirects.any(|redirect| redirect.target.range == file.word.range);
        let makes = command.program() == Some("mkdir") && !redirected;
        let denied = (redirected || !command.has_sudo())
            && belongs_to_root(&file.path, makes)
            && !is_open(ctx, &file.path)
            && !granted(&file.path, earlier, &step.run.command);
        let span = part.place(ctx, file.word.range.clone()).filter(|_| denied)?;
        Some(Denied {
            user: user.to_owned(),
            path: file.path,
            span,
            verb: "writing to",
            denial: None,
        })
    })
}

/// A command that writes into the installation directory of Node.
fn installed(ctx: &LintContext<'_>, part: &Part<'_>) -> Option<Denied> {
    part.executions.iter().find_map(|execution| {
        let command = execution.command;
        let user = unprivileged(execution)?;
        let certain = !command.has_sudo() && execution.is_certain;
        let path = node_directory(command).filter(|_| certain)?.to_owned();
        ctx.model.files.denial(&path, user, execution.at)?;
        let span = part.place(ctx, command.range.clone())?;
        Some(Denied { user: user.to_owned(), path, span, verb: "writing to", denial: None })
    })
}

/// The directory of Node's installation that a command writes to.
fn node_directory(command: &Simple) -> Option<&'static str> {
    let has = |options: &[&str]| command.arguments().any(|word| options.contains(&word));
    let first = command.arguments().find(|word| !word.starts_with('-'));
    match (command.program()?, first?) {
        ("npm", "install" | "i" | "add" | "ci" | "update")
            if has(&["-g", "--global", "--location=global"]) =>
        {
            Some("/usr/local/lib/node_modules")
        }
        // Without a package, `npm link` links the current one into the global directory.
        ("npm", "link" | "ln") if command.arguments().count() == 1 => {
            Some("/usr/local/lib/node_modules")
        }
        // It makes links beside its own.
        ("corepack", "enable")
            if command.arguments().all(|word| !word.starts_with("--install-directory")) =>
        {
            Some("/usr/local/bin")
        }
        _ => None,
    }
}

/// Whether the image lets every user write there.
fn is_open(ctx: &LintContext<'_>, path: &str) -> bool {
    let open = base::known(ctx.inputs.template).map(|image| image.family.open);
    open.into_iter().flatten().any(|open| path.starts_with(open))
}

fn belongs_to_root(path: &str, makes: bool) -> bool {
    if path.contains("..") {
        return false;
    }
    let mut parts = path.split('/').skip(1);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    if makes {
        // `mkdir -p` accepts existing directories.
        return match first {
            "opt" | "srv" => second.is_some(),
            first => !first.is_empty() && !SYSTEM.contains(&first),
        };
    }
    ROOTS.iter().any(|root| path.starts_with(root))
}

/// Whether an earlier instruction may have given the user write access.
fn granted(path: &str, earlier: &[Instruction], own: &str) -> bool {
    let top = path.match_indices('/').nth(1).map_or(path, |(at, _)| &path[..at]);
    let second = path.match_indices('/').nth(2).map_or(path, |(at, _)| &path[..at]);
    let grants = |text: &str| {
        let words = ["chown", "chmod", "setfacl", "install -d", "install -o", "useradd", "adduser"];
        words.iter().any(|word| text.contains(word)) && text.contains(top)
    };
    grants(own)
        || earlier.iter().any(|instruction| match &instruction.kind {
            InstructionKind::Run(run) => grants(&run.command) || run.command.contains(second),
            InstructionKind::Copy(copy) => copy.target.starts_with(second),
            InstructionKind::Write(write) => write.path.starts_with(second),
            InstructionKind::Workdir(workdir) => workdir.starts_with(second),
            _ => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_root_are_recognized() {
        for (path, makes) in [
            ("/etc/a.conf", false),
            ("/usr/local/bin/a", false),
            ("/opt/a", true),
            ("/app", true),
            ("/data/a", true),
        ] {
            assert!(belongs_to_root(path, makes), "{path}");
        }
        for (path, makes) in [
            ("/home/user/a", false),
            ("/tmp/a", false),
            ("/dev/null", false),
            ("/var/tmp/a", false),
            ("/usr/local/bin", true),
            ("/opt", true),
            ("/home/user/a", true),
            ("/opt/../home/user/a", true),
        ] {
            assert!(!belongs_to_root(path, makes), "{path}");
        }
    }
}
