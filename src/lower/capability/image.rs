//! `image-config-lost`, and `unsupported-on-platform` judged by the image's configuration.

use std::sync::LazyLock;

use regex::RegexSet;

use super::provisioning;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::images::{Image, Variable};
use crate::platform::{Distribution, Platform};
use crate::scalar::Inherit;
use crate::source::FileId;
use crate::template::{BaseSource, EnvScope, ImageConfig, InstructionKind, Resolution, Template};

/// The directories that are in the `PATH` of a login shell anyway.
const DEFAULT_PATH: &[&str] =
    &["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Suffixes of variables that only document how an image was built and affect no program.
const RECORDS: &[&str] = &["GPG_KEY", "GPG_KEYS", "_VERSION", "_SHA256", "_SHA512"];

/// The largest number of variables in a message.
const MAX_NAMED: usize = 6;

/// The number of characters shown of a text from an image.
const MAX_SHOWN: usize = 100;

/// Reports conflicts of the image's configuration with `template` on `platform`.
pub(super) fn check(
    template: &Template,
    platform: Platform,
    resolution: &Resolution,
    diagnostics: &mut Diagnostics,
) {
    let BaseSource::Image(image) = &template.base.source else { return };
    // An image that cannot be started has nothing to lose.
    if provisioning::is_refused(&template.base, platform) {
        return;
    }
    let facts = platform.facts();
    let Some(config) = resolution.config() else {
        if facts.drops_image_config {
            known_loss(template, image, platform, diagnostics);
        }
        return;
    };
    if let Some(family) = family_by_history(&config.history)
        && let Some(supported) = facts.distributions
        && !family.may_be.iter().any(|distribution| supported.contains(distribution))
    {
        let fault = provisioning::unsupported(image, template.base.span, platform, family.name);
        diagnostics.push(fault);
    } else if facts.drops_image_config {
        lost(template, image, config, platform, diagnostics);
    }
}

/// Reports variables that a well-known image's programs need, if its registry was not asked.
fn known_loss(template: &Template, image: &str, platform: Platform, diagnostics: &mut Diagnostics) {
    if template.base.inherit.contains(&Inherit::Env) {
        return;
    }
    let family = Image::of(image).map(|image| image.family);
    let needed = family.into_iter().flat_map(|family| family.env);
    for Variable { name, value, .. } in needed.filter(|variable| !is_replaced(template, variable)) {
        let span = template.base.span;
        let help = if span.file == FileId::MANIFEST {
            format!("write `{name} = \"{value}\"` into `env`")
        } else {
            format!("write `ENV {name}={value}` below `FROM`")
        };
        let message =
            format!("a sandbox on `{platform}` does not keep the configuration of `{image}`");
        diagnostics.push(
            Diagnostic::new(Code::ImageConfigLost, span, message)
                .label(format!("not kept: its variable `{name}`, without which its programs fail"))
                .help(help),
        );
    }
}

/// Whether the template sets a variable, or does without it.
fn is_replaced(template: &Template, variable: &Variable) -> bool {
    let has = |text: &str| {
        text.contains(variable.name) || variable.unless.iter().any(|word| text.contains(word))
    };
    let start = template.start.as_ref();
    start.is_some_and(|command| has(&command.text))
        || template.instructions.iter().any(|instruction| match &instruction.kind {
            InstructionKind::Run(run) => has(&run.command),
            InstructionKind::Env { variables, .. } => variables.iter().any(|(name, _)| has(name)),
            InstructionKind::Write(write) => write.literals().any(has),
            InstructionKind::Copy(copy) => copy.target.starts_with("/etc/"),
            InstructionKind::User(_) | InstructionKind::Workdir(_) => false,
        })
}

fn lost(
    template: &Template,
    image: &str,
    config: &ImageConfig,
    platform: Platform,
    diagnostics: &mut Diagnostics,
) {
    let kept = &template.base.inherit;
    let mut what = Vec::new();
    let mut inherit = kept.clone();
    let variables = lost_variables(template, config);
    if !kept.contains(&Inherit::Env) && !variables.is_empty() {
        let mut names: Vec<_> =
            variables.iter().take(MAX_NAMED).map(|name| format!("`{name}`")).collect();
        if variables.len() > MAX_NAMED {
            names.push(format!("{} more", variables.len() - MAX_NAMED));
        }
        what.push(format!("its variables {}", names.join(", ")));
        inherit.push(Inherit::Env);
    }
    if !kept.contains(&Inherit::Workdir)
        && let Some(workdir) = &config.workdir
        && !template.instructions.iter().any(|it| matches!(it.kind, InstructionKind::Workdir(_)))
    {
        what.push(format!("its working directory `{}`", shown(workdir)));
        inherit.push(Inherit::Workdir);
    }
    if !kept.contains(&Inherit::Command) && template.start.is_none() && does_something(config) {
        let words: Vec<_> = config.command().collect();
        what.push(format!("its command `{}`", shown(&words.join(" "))));
        inherit.push(Inherit::Command);
    }
    let Some(end) = what.pop() else { return };
    let list = if what.is_empty() { end } else { format!("{} and {end}", what.join(", ")) };
    let words = Inherit::ALL.iter().filter(|(_, it)| inherit.contains(it));
    let words: Vec<_> = words.map(|(word, _)| format!("\"{word}\"")).collect();
    diagnostics.push(
        Diagnostic::new(
            Code::ImageConfigLost,
            template.base.span,
            format!("a sandbox on `{platform}` does not keep the configuration of `{image}`"),
        )
        .label(format!("not kept: {list}"))
        .help(format!("write `inherit = [{}]` into `from`", words.join(", "))),
    );
}

/// A text from an image in one line.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN).collect()
}

/// The variables that programs may need and that no instruction sets.
fn lost_variables<'a>(template: &Template, config: &'a ImageConfig) -> Vec<&'a str> {
    let is_set = |name: &str| {
        template.instructions.iter().any(|instruction| match &instruction.kind {
            InstructionKind::Env { scope: EnvScope::Sandbox, variables } => {
                variables.iter().any(|(known, _)| known == name)
            }
            _ => false,
        })
    };
    let matters = |name: &str, value: &str| {
        let is_record = RECORDS.iter().any(|end| name.ends_with(end));
        let is_default =
            name == "PATH" && value.split(':').all(|part| DEFAULT_PATH.contains(&part));
        !is_record && !is_default
    };
    let variables = config.env.iter().filter(|(name, value)| matters(name, value) && !is_set(name));
    variables.map(|(name, _)| name.as_str()).collect()
}

/// Whether the command of the image is more than an interactive shell.
fn does_something(config: &ImageConfig) -> bool {
    config.command().next().is_some() && !config.is_interactive()
}

/// Patterns of images with apt, and then of those of another family, in the order of [`FAMILIES`].
static EVIDENCE: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    RegexSet::new([
        r"(?i)debian\.sh|debuerreotype|apt-get|apt install|dpkg",
        r"(?i)alpine-minirootfs|etc/alpine-release|apk add|apk --no-cache",
        r"(?m)^BusyBox ",
        r"microdnf|dnf install|yum install|rpm -i",
        r"pacman -S",
        r"zypper ",
    ])
    .ok()
});

/// What a history proves.
#[derive(Debug, PartialEq, Eq)]
struct History {
    /// Its name in a sentence.
    name: &'static str,
    may_be: &'static [Distribution],
}

const FAMILIES: &[History] = &[
    History { name: Distribution::Alpine.name(), may_be: &[Distribution::Alpine] },
    History { name: Distribution::BusyBox.name(), may_be: &[] },
    History {
        name: "an image built on RPM",
        may_be: &[
            Distribution::Fedora,
            Distribution::CentOs,
            Distribution::Rocky,
            Distribution::Alma,
        ],
    },
    History { name: Distribution::Arch.name(), may_be: &[Distribution::Arch] },
    History { name: Distribution::Suse.name(), may_be: &[] },
];

/// The family without apt that an image certainly belongs to. If its history has no sign, nothing
/// is known: that of Ubuntu is as empty as that of Rocky.
fn family_by_history(history: &[String]) -> Option<&'static History> {
    let found = EVIDENCE.as_ref()?.matches(&history.join("\n"));
    // With several stages, the history of another stage can only appear in addition.
    if found.matched(0) {
        return None;
    }
    found.iter().next().and_then(|at| FAMILIES.get(at - 1))
}

#[cfg(test)]
mod tests {
    use super::{does_something, family_by_history};
    use crate::template::ImageConfig;

    #[test]
    fn a_history_proves_a_family_or_nothing() {
        let family = |lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
            family_by_history(&lines).map(|family| family.name)
        };
        assert_eq!(
            family(&["ADD alpine-minirootfs-3.22.0-x86_64.tar.gz / # buildkit"]),
            Some("Alpine")
        );
        assert_eq!(family(&["BusyBox 1.36.1 (glibc), Debian 13"]), Some("BusyBox"));
        assert_eq!(family(&["RUN microdnf install -y x"]), Some("an image built on RPM"));
        assert_eq!(family(&["RUN apk add x", "# debian.sh --arch 'amd64'"]), None);
        assert_eq!(family(&["ADD file:1 in /"]), None);
        assert_eq!(family(&[]), None);
    }

    #[test]
    fn a_prompt_is_nothing_to_lose() {
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect();
        let does = |entrypoint: &[&str], cmd: &[&str]| {
            let (entrypoint, cmd) = (words(entrypoint), words(cmd));
            does_something(&ImageConfig { entrypoint, cmd, ..ImageConfig::default() })
        };
        assert!(!does(&[], &[]));
        assert!(!does(&[], &["/bin/bash"]));
        assert!(!does(&["docker-entrypoint.sh"], &["node"]));
        assert!(does(&["docker-entrypoint.sh"], &["redis-server"]));
        assert!(does(&["python3"], &["-m", "http.server"]));
        assert!(does(&["/bin/sh", "-c", "exec top"], &[]));
    }
}
