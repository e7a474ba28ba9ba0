//! `invalid-resources`, `undocumented-resources`: whether the platform offers the resources.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::{Manifest, Resources};
use crate::platform::{EnforcedLimits, PlanLimits, Platform, RangeLimits, ResourceRules};
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
        ResourceRules::Unknown => {}
        ResourceRules::Enforced(limits) => enforced(resources, platform, limits, diagnostics),
        ResourceRules::Plans(limits) => plans(resources, platform, limits, diagnostics),
        ResourceRules::Ranges(limits) => ranges(resources, platform, limits, diagnostics),
    }
}

/// A fix to the nearest valid value, if it is unique.
fn nearest(span: Span, value: Option<String>) -> Option<Fix> {
    Some(Fix::proposed("use the nearest valid value").replace(span, value?))
}

/// An amount of memory or disk for people.
fn size(mib: u64) -> String {
    if mib.is_multiple_of(1024) { format!("{} GiB", mib / 1024) } else { format!("{mib} MiB") }
}

/// The limits that the open-source server enforces.
fn enforced(
    resources: &Resources,
    platform: Platform,
    limits: EnforcedLimits,
    diagnostics: &mut Diagnostics,
) {
    let mut refuse = |span: Span, message: String, help: String, value: Option<String>| {
        let fix = nearest(span, value);
        diagnostics
            .push(Diagnostic::new(Code::InvalidResources, span, message).help(help).fix(fix));
    };
    if let Some(cpu) = &resources.cpu {
        let max = limits.max_cpu;
        if cpu.value > max {
            let message = format!("`{platform}` supports at most {max} CPUs");
            refuse(cpu.span, message, format!("write `cpu = {max}`"), Some(max.to_string()));
        } else if limits.even && cpu.value > 1 && cpu.value % 2 == 1 {
            let message = format!("`{platform}` supports one CPU or an even number of CPUs");
            let (less, more) = (cpu.value - 1, cpu.value + 1);
            refuse(cpu.span, message, format!("write `cpu = {less}` or `cpu = {more}`"), None);
        }
    }
    if let Some(memory) = &resources.memory {
        let mib = memory.value.mib;
        let min = limits.min_memory_mib;
        if mib < min {
            let message = format!("`{platform}` requires at least {} of memory", size(min));
            let value = format!("\"{min}MiB\"");
            refuse(memory.span, message, format!("write `memory = {value}`"), Some(value));
        } else if limits.even && mib % 2 == 1 {
            let message = format!("`{platform}` requires an even number of MiB of memory");
            let even = mib.saturating_add(1).to_string();
            refuse(memory.span, message, format!("write `memory = {even}`"), Some(even));
        }
    }
}

/// The ranges in a platform's documentation. The server is not open source, so they are warnings.
fn ranges(
    resources: &Resources,
    platform: Platform,
    limits: RangeLimits,
    diagnostics: &mut Diagnostics,
) {
    let mut warn = |span: Span, what: &str, key: &str, value: u64| {
        let message = format!("the documentation of `{platform}` allows {what}");
        let help = format!("write `{key} = {value}`");
        let fix = nearest(span, Some(value.to_string()));
        let diagnostic = Diagnostic::new(Code::UndocumentedResources, span, message);
        diagnostics.push(diagnostic.help(help).fix(fix));
    };
    if let Some(cpu) = &resources.cpu
        && cpu.value > limits.max_cpu
    {
        warn(cpu.span, &format!("1 to {} CPUs", limits.max_cpu), "cpu", limits.max_cpu);
    }
    let min = limits.min_size_mib;
    for (key, given, max) in [
        ("memory", &resources.memory, limits.max_memory_mib),
        ("disk", &resources.disk, limits.max_disk_mib),
    ] {
        if let Some(given) = given
            && !(min..=max).contains(&given.value.mib)
        {
            let what = format!("{} to {} of {key}", size(min), size(max));
            warn(given.span, &what, key, given.value.mib.clamp(min, max));
        }
    }
}

/// The plans in a platform's documentation. The server is not open source, so they are warnings.
fn plans(
    resources: &Resources,
    platform: Platform,
    limits: PlanLimits,
    diagnostics: &mut Diagnostics,
) {
    let facts = platform.facts();
    let mut warn = |span: Span, what: String, help: String, value: Option<String>| {
        let message = format!("the documentation of `{platform}` allows {what}");
        let fix = nearest(span, value);
        let diagnostic = Diagnostic::new(Code::UndocumentedResources, span, message);
        diagnostics.push(diagnostic.help(help).fix(fix));
    };
    if let Some(cpu) = &resources.cpu
        && cpu.value > limits.max_cpu
    {
        let at_most = format!("at most {} CPUs", limits.max_cpu);
        let help = format!("use {at_most}");
        warn(cpu.span, at_most, help, None);
        return;
    }
    let Some(memory) = &resources.memory else {
        return;
    };
    let mib = memory.value.mib;
    let cpu = resources.cpu.as_ref().map(|cpu| cpu.value).or(facts.default_cpu).unwrap_or(1);
    let min = cpu.saturating_mul(limits.min_memory_per_cpu_mib);
    let max = cpu.saturating_mul(limits.max_memory_per_cpu_mib);
    if mib > limits.max_memory_mib {
        let at_most = format!("at most {}", size(limits.max_memory_mib));
        let help = format!("use {at_most}");
        warn(memory.span, format!("{at_most} of memory"), help, None);
    } else if !(min..=max).contains(&mib) {
        let [least, most] =
            [limits.min_memory_per_cpu_mib, limits.max_memory_per_cpu_mib].map(size);
        let cpus = if cpu == 1 { "one CPU".to_owned() } else { format!("{cpu} CPUs") };
        let help = format!("with {cpus}, use {min} to {} MiB", max.min(limits.max_memory_mib));
        warn(memory.span, format!("{least} to {most} of memory per CPU"), help, None);
    } else if !mib.is_multiple_of(limits.memory_step_mib) {
        let next = mib.next_multiple_of(limits.memory_step_mib).to_string();
        let what = format!("memory in steps of {}", size(limits.memory_step_mib));
        warn(memory.span, what, format!("write `memory = {next}`"), Some(next));
    }
}
