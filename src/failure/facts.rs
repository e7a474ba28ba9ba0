//! Facts about the template, which replace the placeholders of the catalogue.
//!
//! `{it}` is the match of a sign; `{port}` the probed port; `{base}` the base image; `{platform}`
//! the platform; `{memory}` the setting for more memory; `{disk}` how to get more disk space;
//! `{as root}` how to run the step as root; `{install NAME}` how to install a package of the base
//! image's distribution before the step.

use super::FailedBuild;
use crate::platform::Platform;
use crate::template::{BaseSource, Origin, Template};

/// The facts that the advice depends on.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// The port of the readiness probe.
    pub(super) port: Option<&'a str>,
    /// The base image or template.
    base: &'a str,
    platform: Platform,
    memory_mib: Option<u64>,
    /// Whether the failed step is in a Dockerfile.
    dockerfile: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn of(build: &FailedBuild<'a>) -> Self {
        let template: &'a Template = build.template;
        let origin = build.named_step().and_then(|step| build.plan.origin_of(step));
        let span = origin.and_then(Origin::span);
        Self {
            port: template.ready.as_ref().and_then(|ready| probed_port(&ready.text)),
            base: match &template.base.source {
                BaseSource::Image(name) | BaseSource::Template(name) => name,
                BaseSource::PlatformDefault => build.platform.facts().base_image,
            },
            platform: build.platform,
            memory_mib: template.resources.memory_mib.map(|memory| memory.value),
            dockerfile: span.is_some_and(|span| span.file != template.name.span.file),
        }
    }

    /// Replaces the placeholders of a text.
    pub(super) fn fill(&self, text: &str, it: &str) -> String {
        let mut filled = String::with_capacity(text.len() + it.len());
        let mut rest = text;
        while let Some((before, word, after)) = next_word(rest) {
            filled.push_str(before);
            match word {
                "it" => filled.push_str(it),
                "port" => filled.push_str(self.port.unwrap_or_default()),
                "base" => filled.push_str(self.base),
                "platform" => filled.push_str(self.platform.name()),
                "memory" => filled.push_str(&self.more_memory()),
                "disk" => filled.push_str(self.more_disk()),
                "as root" => filled.push_str(self.as_root()),
                other => match other.strip_prefix("install ") {
                    Some(package) => filled.push_str(&self.install(package)),
                    // Other braces are literal.
                    None => filled.extend(["{", other, "}"]),
                },
            }
            rest = after;
        }
        filled + rest
    }

    fn more_memory(&self) -> String {
        let now = self.memory_mib.unwrap_or(1024);
        let more = (now * 2).div_ceil(1024).max(2);
        format!("`memory = \"{more}GiB\"` in `[resources]`")
    }

    /// Where a build cannot ask for disk space, it can only use less.
    const fn more_disk(&self) -> &'static str {
        if self.platform.facts().has_disk {
            "set `disk = \"20GiB\"` in `[resources]`, or write less"
        } else {
            "write less"
        }
    }

    const fn as_root(&self) -> &'static str {
        if self.dockerfile {
            "write `USER root` before the instruction, and another `USER` after it"
        } else {
            "add `user = \"root\"` to the step"
        }
    }

    fn install(&self, package: &str) -> String {
        let is = |name: &str| self.base.contains(name);
        let command = if is("alpine") {
            format!("apk add {package}")
        } else if is("fedora") || is("rocky") || is("alma") {
            format!("dnf install -y {package}")
        } else if is("archlinux") {
            format!("pacman -Sy --noconfirm {package}")
        } else if self.dockerfile {
            format!("apt-get update && apt-get install -y {package}")
        } else {
            return format!("put a step with `apt = [\"{package}\"]` before this one");
        };
        if self.dockerfile {
            format!("put `RUN {command}` before this one")
        } else {
            format!("put a step with `run = \"{command}\"` and `user = \"root\"` before this one")
        }
    }
}

/// The text before the next placeholder, the placeholder, and the text after it.
fn next_word(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (word, after) = rest.split_once('}')?;
    Some((before, word, after))
}

/// The port in the command that `ready.port` compiles to.
fn probed_port(command: &str) -> Option<&str> {
    let (_, rest) = command.split_once("ss -Htuln sport = :")?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}
