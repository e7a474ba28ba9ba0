//! The flags of each instruction, and what becomes of them.

use super::Converter;
use crate::diagnostic::suggest;
use crate::dockerfile::flags::Flag;
use crate::dockerfile::instruction::{Instruction, Keyword};
use crate::dockerfile::{ignored, syntax, unsupported};

/// What becomes of a flag.
#[derive(Debug, Clone, Copy)]
enum Treatment {
    /// The instruction's own code looks at its value.
    Used,
    /// The sandbox is the same without it; says why.
    Ignored(&'static str),
    /// The sandbox would be another one without it; says what to do.
    Refused(&'static str),
}

struct Spec {
    name: &'static str,
    /// Whether it stands for a yes or a no, so that a value can be left out.
    switch: bool,
    fate: Treatment,
}

const fn value(name: &'static str, fate: Treatment) -> Spec {
    Spec { name, switch: false, fate }
}

const fn switch(name: &'static str, fate: Treatment) -> Spec {
    Spec { name, switch: true, fate }
}

const FROM: &[Spec] = &[value("platform", Treatment::Used)];

const RUN: &[Spec] = &[
    value("mount", Treatment::Used),
    value("network", Treatment::Used),
    value("security", Treatment::Used),
    value("device", Treatment::Refused("steps see the sandbox's own devices only: remove it")),
];

const STAGES: Treatment = Treatment::Refused(
    "there is one stage only: copy the file from the build context, or fetch it in a `RUN`",
);
const EXCLUDE: Treatment = Treatment::Refused(
    "name the files in `.dockerignore` or in the manifest's `ignore`, which hold for every copy",
);
const PARENTS: Treatment = Treatment::Refused("copy each directory to a target of its own");
const LINK: Treatment = Treatment::Ignored("layers are the platform's business");

const COPY: &[Spec] = &[
    value("chown", Treatment::Used),
    value("chmod", Treatment::Used),
    value("from", STAGES),
    switch("link", LINK),
    value("exclude", EXCLUDE),
    switch("parents", PARENTS),
];

const ADD: &[Spec] = &[
    value("chown", Treatment::Used),
    value("chmod", Treatment::Used),
    value("from", STAGES),
    switch("link", LINK),
    value("exclude", EXCLUDE),
    switch("parents", PARENTS),
    switch("unpack", Treatment::Used),
    switch("keep-git-dir", Treatment::Refused("clone the repository in a `RUN`")),
    value("checksum", Treatment::Refused("fetch the file in a `RUN` and check it there")),
];

const HEALTHCHECK: &[Spec] = &[
    value("interval", Treatment::Used),
    value("timeout", Treatment::Used),
    value("start-period", Treatment::Used),
    value("start-interval", Treatment::Used),
    value("retries", Treatment::Used),
];

impl Converter<'_> {
    /// The flags that the instruction's own code looks at; each has a value unless it is a switch.
    pub(super) fn flags(&mut self, instruction: &Instruction) -> Vec<Flag> {
        let specs = match instruction.keyword {
            Keyword::From => FROM,
            Keyword::Run => RUN,
            Keyword::Copy => COPY,
            Keyword::Add => ADD,
            Keyword::Healthcheck => HEALTHCHECK,
            _ => &[],
        };
        let mut used: Vec<Flag> = Vec::new();
        for flag in &instruction.flags {
            let span = instruction.span(flag.range.clone());
            let word = instruction.keyword.word();
            let name = &flag.name;
            let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
                let near = suggest::nearest(name, specs.iter().map(|spec| spec.name));
                let help =
                    near.map_or("remove it".to_owned(), |it| format!("did you mean `--{it}`?"));
                self.push_fault(
                    syntax(span, format!("`{word}` has no flag `--{name}`")).help(help),
                );
                continue;
            };
            if !spec.switch && flag.value.as_ref().is_none_or(String::is_empty) {
                let fault = syntax(span, format!("`--{name}` has no value"))
                    .help(format!("write `--{name}=` and the value, without white space"));
                self.push_fault(fault);
                continue;
            }
            let off = spec.switch && flag.value.as_deref() == Some("false");
            let repeats = !matches!(name.as_str(), "mount" | "exclude" | "device");
            if repeats && used.iter().any(|it| it.name == *name) {
                let fault = syntax(span, format!("`--{name}` stands here twice"));
                self.push_fault(fault.help("remove one of them"));
                continue;
            }
            match spec.fate {
                Treatment::Used => used.push(flag.clone()),
                // What is switched off asks for nothing.
                _ if off => {}
                Treatment::Ignored(why) => {
                    let message = format!("`--{name}` has no effect on a sandbox");
                    self.push_fault(ignored(span, message).help(why));
                }
                Treatment::Refused(help) => {
                    let message = format!("`{word} --{name}` cannot be carried over");
                    self.push_fault(unsupported(span, message).help(help));
                }
            }
        }
        used
    }
}
