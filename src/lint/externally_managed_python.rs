//! `externally-managed-python`: the system's `pip` refuses to install packages.

use super::Subject;
use super::image::Image;
use super::shell::Simple;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::template::InstructionKind;

/// Words of whoever works around it, or has another Python.
const OTHER_WAYS: &[&str] = &[
    "break-system-packages",
    "break_system_packages",
    "EXTERNALLY-MANAGED",
    "venv",
    "virtualenv",
    "conda",
    "mamba",
    "pyenv",
    "activate",
    "PATH=",
    "get-pip",
    "ensurepip",
    "uv ",
    "deadsnakes",
    "update-alternatives",
    "/usr/local/bin",
];

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let template = subject.inputs.template;
    let managed = Image::of(&template.base).is_some_and(Image::has_managed_python);
    let other_way = template.instructions.iter().any(|instruction| match &instruction.kind {
        InstructionKind::Run(run) => OTHER_WAYS.iter().any(|way| run.command.contains(way)),
        InstructionKind::Env { variables, .. } => {
            let names = ["PATH", "PIP_BREAK_SYSTEM_PACKAGES", "PIP_CONFIG_FILE", "VIRTUAL_ENV"];
            variables.iter().any(|(name, _)| names.contains(&name.as_str()))
        }
        InstructionKind::Copy(copy) => copy.target.contains("pip.conf"),
        InstructionKind::User(_) | InstructionKind::Workdir(_) => false,
    });
    if !managed || other_way {
        return;
    }
    let mut from_apt = None;
    for step in subject.scripts() {
        for command in &step.script.commands {
            if installs_pip(command) {
                from_apt = subject.place(&step, command.range.clone());
            } else if let (Some(apt), true) = (from_apt, is_refused(command))
                && step.script.runs_always(command)
            {
                let Some(span) = subject.place(&step, command.range.clone()) else { return };
                let message = "the system's `pip` refuses to install packages here";
                diagnostics.push(
                    Diagnostic::new(Code::ExternallyManagedPython, span, message)
                        .label("ends with \"externally-managed-environment\"")
                        .related(apt, "this `pip` is the system's")
                        .help(
                            "start from `python = \"3.13\"`, whose `pip` is its own; or add \
                             `env = { PIP_BREAK_SYSTEM_PACKAGES = 1 }` as a step before it",
                        ),
                );
                return;
            }
        }
    }
}

fn installs_pip(command: &Simple) -> bool {
    let mut arguments = command.arguments();
    matches!(command.program(), Some("apt-get" | "apt"))
        && arguments.any(|it| it == "install")
        && arguments.any(|it| it == "python3-pip")
}

fn is_refused(command: &Simple) -> bool {
    let words: Vec<_> =
        command.command().iter().map(|word| word.literal.as_deref().unwrap_or_default()).collect();
    let (["pip" | "pip3", rest @ ..] | ["python3", "-m", "pip", rest @ ..]) = words.as_slice()
    else {
        return false;
    };
    let elsewhere = ["--target", "-t", "--prefix", "--root", "--dry-run", "--python", "--help"];
    let is_elsewhere =
        |word: &&str| elsewhere.iter().any(|it| word == it || word.starts_with(&format!("{it}=")));
    command.assignments.is_empty()
        && rest.first() == Some(&"install")
        && rest.iter().all(|word| !word.is_empty() && !is_elsewhere(word))
}
