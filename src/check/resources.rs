//! `invalid-resources`, `undocumented-resources`: whether the platform offers the resources.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::{Manifest, Resources};
use crate::platform::{Platform, ResourceRules};
use crate::source::Span;

pub(super) fn check(manifest: &Manifest, platform: Platform, diagnostics: &mut Diagnostics) {
    let Some(resources) = &manifest.resources else {
        return;
    };
    let resources = &resources.value;
    if let Some(cpu) = &resources.cpu
        && cpu.value == 0
    {
        diagnostics.push(
            Diagnostic::new(Code::InvalidResources, cpu.span, "a sandbox needs at least one CPU")
                .help("remove `cpu` to use the platform's default"),
        );
        return;
    }
    match platform.facts().resources {
        ResourceRules::Enforced => enforced(resources, platform, diagnostics),
        ResourceRules::Plans => plans(resources, platform, diagnostics),
        ResourceRules::Ranges { max_cpu, max_memory_mib, max_disk_mib } => {
            ranges(resources, platform, [max_cpu, max_memory_mib, max_disk_mib], diagnostics);
        }
    }
}

/// A fix to the nearest valid value, if it is unique.
fn nearest(span: Span, value: Option<String>) -> Option<Fix> {
    Some(Fix::proposed("use the nearest valid value").replace(span, value?))
}

/// The limits that the open-source server enforces.
fn enforced(resources: &Resources, platform: Platform, diagnostics: &mut Diagnostics) {
    let mut refuse = |span: Span, message: String, help: String, value: Option<String>| {
        let fix = nearest(span, value);
        diagnostics
            .push(Diagnostic::new(Code::InvalidResources, span, message).help(help).fix(fix));
    };
    if let Some(cpu) = &resources.cpu {
        if cpu.value > 32 {
            let message = format!("`{platform}` supports at most 32 CPUs");
            refuse(cpu.span, message, "write `cpu = 32`".to_owned(), Some("32".to_owned()));
        } else if cpu.value > 1 && cpu.value % 2 == 1 {
            let message = format!("`{platform}` supports one CPU or an even number of CPUs");
            let (less, more) = (cpu.value - 1, cpu.value + 1);
            refuse(cpu.span, message, format!("write `cpu = {less}` or `cpu = {more}`"), None);
        }
    }
    if let Some(memory) = &resources.memory {
        let mib = memory.value.mib;
        if mib < 128 {
            let message = format!("`{platform}` requires at least 128 MiB of memory");
            let help = "write `memory = \"128MiB\"`".to_owned();
            refuse(memory.span, message, help, Some("\"128MiB\"".to_owned()));
        } else if mib % 2 == 1 {
            let message = format!("`{platform}` requires an even number of MiB of memory");
            let even = mib.saturating_add(1).to_string();
            refuse(memory.span, message, format!("write `memory = {even}`"), Some(even));
        }
    }
}

/// What lies outside the ranges of a documentation: no server code is at hand, so it is a warning.
fn ranges(
    resources: &Resources,
    platform: Platform,
    [max_cpu, max_memory_mib, max_disk_mib]: [u64; 3],
    diagnostics: &mut Diagnostics,
) {
    let mut warn = |span: Span, what: &str, key: &str, value: u64| {
        let message = format!("`{platform}` documents {what}");
        let help = format!("write `{key} = {value}`");
        let fix = nearest(span, Some(value.to_string()));
        let diagnostic = Diagnostic::new(Code::UndocumentedResources, span, message);
        diagnostics.push(diagnostic.help(help).fix(fix));
    };
    if let Some(cpu) = &resources.cpu
        && cpu.value > max_cpu
    {
        warn(cpu.span, &format!("1 to {max_cpu} CPUs"), "cpu", max_cpu);
    }
    let sizes =
        [("memory", &resources.memory, max_memory_mib), ("disk", &resources.disk, max_disk_mib)];
    for (key, size, most) in sizes {
        if let Some(size) = size
            && !(128..=most).contains(&size.value.mib)
        {
            let what = format!("128 MiB to {} GiB of {key}", most / 1024);
            warn(size.span, &what, key, size.value.mib.clamp(128, most));
        }
    }
}

/// The limits in Novita's documentation. They depend on the plan, and the server is not open
/// source, so they are warnings.
fn plans(resources: &Resources, platform: Platform, diagnostics: &mut Diagnostics) {
    let facts = platform.facts();
    let mut warn = |span: Span, message: String, help: String, value: Option<String>| {
        let fix = nearest(span, value);
        let diagnostic = Diagnostic::new(Code::UndocumentedResources, span, message);
        diagnostics.push(diagnostic.help(help).fix(fix));
    };
    if let Some(cpu) = &resources.cpu
        && cpu.value > 8
    {
        let message = format!("`{platform}` documents plans with up to 8 CPUs");
        warn(cpu.span, message, "use at most 8 CPUs".to_owned(), None);
        return;
    }
    let Some(memory) = &resources.memory else {
        return;
    };
    let mib = memory.value.mib;
    let cpu = resources.cpu.as_ref().map(|cpu| cpu.value).or(facts.default_cpu).unwrap_or(1);
    let range = 512 * cpu..=4096 * cpu;
    if mib > 8192 {
        let message = format!("`{platform}` documents plans with up to 8 GiB of memory");
        warn(memory.span, message, "use at most 8 GiB".to_owned(), None);
    } else if !range.contains(&mib) {
        let message = format!("`{platform}` documents 0.5 to 4 GiB of memory a CPU");
        let cpus = if cpu == 1 { "one CPU".to_owned() } else { format!("{cpu} CPUs") };
        let (least, most) = (range.start(), range.end().min(&8192));
        let help = format!("with {cpus}, use {least} to {most} MiB");
        warn(memory.span, message, help, None);
    } else if mib % 512 != 0 {
        let message = format!("`{platform}` documents memory in steps of 512 MiB");
        let next = mib.next_multiple_of(512).to_string();
        warn(memory.span, message, format!("write `memory = {next}`"), Some(next));
    }
}
