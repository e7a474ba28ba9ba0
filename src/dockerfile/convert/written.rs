//! The flags of each instruction, and how they are treated.

use super::Converter;
use crate::diagnostic::suggest;
use crate::dockerfile::flags::Flag;
use crate::dockerfile::instruction::{Instruction, Keyword};
use crate::dockerfile::{ignored, syntax, unsupported};

/// The treatment of a flag.
#[derive(Debug, Clone, Copy)]
enum Treatment {
    /// The conversion of the instruction uses its value.
    Used,
    /// It has no effect on a sandbox. Holds the help.
    Ignored(&'static str),
    /// Templates cannot reproduce it. Holds the help.
    Refused(&'static str),
}

struct Spec {
    name: &'static str,
    /// Whether it is a boolean, whose value is optional.
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
    value("device", Treatment::Refused("remove it: steps only see the devices of the sandbox")),
];

const STAGES: Treatment = Treatment::Refused(
    "copy the file from the build context, or download it in a `RUN`; or let `sbx apply` build an \
     image from the Dockerfile, with `build = \"REPOSITORY\"` in the manifest's `from`",
);
const EXCLUDE: Treatment = Treatment::Refused(
    "add the files to `.dockerignore` or to the manifest's `ignore`, which apply to every copy",
);
const PARENTS: Treatment = Treatment::Refused("copy each directory with a separate instruction");
const LINK: Treatment = Treatment::Ignored("remove it: the platform manages its layers itself");

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
    switch("keep-git-dir", Treatment::Used),
    value("checksum", Treatment::Used),
];

const HEALTHCHECK: &[Spec] = &[
    value("interval", Treatment::Used),
    value("timeout", Treatment::Used),
    value("start-period", Treatment::Used),
    value("start-interval", Treatment::Used),
    value("retries", Treatment::Used),
];

impl Converter<'_> {
    /// The flags that the conversion uses; each has a value unless it is a switch.
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
                    near.map_or("remove it".to_owned(), |near| format!("did you mean `--{near}`?"));
                self.push_fault(
                    syntax(span, format!("`{word}` has no flag `--{name}`")).help(help),
                );
                continue;
            };
            if !spec.switch && flag.value.as_ref().is_none_or(String::is_empty) {
                let fault = syntax(span, format!("`--{name}` has no value"))
                    .help(format!("write `--{name}=VALUE`, without white space"));
                self.push_fault(fault);
                continue;
            }
            let off = spec.switch && flag.value.as_deref() == Some("false");
            let repeats = !matches!(name.as_str(), "mount" | "exclude" | "device");
            if repeats && used.iter().any(|used| used.name == *name) {
                let fault = syntax(span, format!("duplicate flag `--{name}`"));
                self.push_fault(fault.help("remove one of them"));
                continue;
            }
            match spec.fate {
                Treatment::Used => used.push(flag.clone()),
                // A switch that is off has no effect.
                _ if off => {}
                Treatment::Ignored(why) => {
                    let message = format!("`--{name}` has no effect on a sandbox");
                    self.push_fault(ignored(span, message).help(why));
                }
                Treatment::Refused(help) => {
                    let message = format!("`{word} --{name}` is not supported");
                    self.push_fault(unsupported(span, message).help(help));
                }
            }
        }
        used
    }
}
