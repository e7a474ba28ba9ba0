//! `invalid-resources`, `undocumented-resources`: CPU and memory that the platform offers.

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
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
                .help("leave `cpu` out to get the platform's default"),
        );
        return;
    }
    match platform.facts().resources {
        ResourceRules::Enforced => enforced(resources, platform, diagnostics),
        ResourceRules::Documented if platform == Platform::Novita => {
            documented(resources, platform, diagnostics);
        }
        ResourceRules::Documented => declaw(resources, platform, diagnostics),
    }
}

/// What the open server refuses.
fn enforced(resources: &Resources, platform: Platform, diagnostics: &mut Diagnostics) {
    let mut refuse = |span: Span, message: String, help: String| {
        diagnostics.push(Diagnostic::new(Code::InvalidResources, span, message).help(help));
    };
    if let Some(cpu) = &resources.cpu {
        if cpu.value > 32 {
            let message = format!("`{platform}` gives 32 CPUs at most");
            refuse(cpu.span, message, "write `cpu = 32`".to_owned());
        } else if cpu.value > 1 && cpu.value % 2 == 1 {
            let message = format!("`{platform}` gives one CPU or an even number of them");
            let (less, more) = (cpu.value - 1, cpu.value + 1);
            refuse(cpu.span, message, format!("write `cpu = {less}` or `cpu = {more}`"));
        }
    }
    if let Some(memory) = &resources.memory {
        let mib = memory.value.mib;
        if mib < 128 {
            let message = format!("`{platform}` gives 128 MiB of memory at least");
            refuse(memory.span, message, "write `memory = \"128MiB\"`".to_owned());
        } else if mib % 2 == 1 {
            let message = format!("`{platform}` gives an even number of MiB");
            refuse(memory.span, message, format!("write `memory = {}`", mib.saturating_add(1)));
        }
    }
}

/// What Declaw's documentation does not list: no server code is at hand, so it is a warning.
fn declaw(resources: &Resources, platform: Platform, diagnostics: &mut Diagnostics) {
    let mut warn = |span: Span, what: &str, help: String| {
        let message = format!("`{platform}` documents {what}");
        diagnostics.push(Diagnostic::new(Code::UndocumentedResources, span, message).help(help));
    };
    if let Some(cpu) = &resources.cpu
        && cpu.value > 8
    {
        warn(cpu.span, "1 to 8 CPUs", "write `cpu = 8`".to_owned());
    }
    let sizes = [
        ("memory", &resources.memory, 8192, "128 MiB to 8 GiB of memory"),
        ("disk", &resources.disk, 102_400, "128 MiB to 100 GiB of disk"),
    ];
    for (key, size, most, what) in sizes {
        if let Some(size) = size
            && !(128..=most).contains(&size.value.mib)
        {
            let nearest = size.value.mib.clamp(128, most);
            warn(size.span, what, format!("write `{key} = {nearest}`"));
        }
    }
}

/// What Novita's documentation does not list. The sizes depend on the plan, and no server code
/// is at hand that refuses the others, so it is a warning.
fn documented(resources: &Resources, platform: Platform, diagnostics: &mut Diagnostics) {
    let facts = platform.facts();
    let mut warn = |span: Span, message: String, help: String| {
        diagnostics.push(Diagnostic::new(Code::UndocumentedResources, span, message).help(help));
    };
    if let Some(cpu) = &resources.cpu
        && cpu.value > 8
    {
        let message = format!("`{platform}` documents plans with up to 8 CPUs");
        warn(cpu.span, message, "ask for 8 CPUs or fewer".to_owned());
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
        warn(memory.span, message, "ask for 8 GiB or less".to_owned());
    } else if !range.contains(&mib) {
        let message = format!("`{platform}` documents 0.5 to 4 GiB of memory a CPU");
        let cpus = if cpu == 1 { "one CPU".to_owned() } else { format!("{cpu} CPUs") };
        let (least, most) = (range.start(), range.end().min(&8192));
        let help = format!("with {cpus}, ask for {least} to {most} MiB");
        warn(memory.span, message, help);
    } else if mib % 512 != 0 {
        let message = format!("`{platform}` documents memory in steps of 512 MiB");
        warn(memory.span, message, format!("write `memory = {}`", mib.next_multiple_of(512)));
    }
}
