//! `docs/side-by-side.md`: the platforms beside each other, as the compiler knows them.

use std::fmt::Write as _;

use sandbox_toml::platform::{Facts, Platform, ResourceRules, Uploads};

use crate::support::{assert_generated, root};

/// A row: what is compared, and what a platform has of it.
type Row = (&'static str, fn(&Facts) -> String);

/// What a manifest can ask for.
const ASKED: &[Row] = &[
    ("CPUs and memory", |facts| resources(facts.resources)),
    ("unless `[resources]` says so", |facts| defaults(facts)),
    ("disk space (`resources.disk`)", |facts| yes(facts.has_disk)),
    ("`tags`", |facts| yes(facts.has_tags)),
    ("`public`", |facts| yes(facts.can_publish)),
    ("`from.base`", |facts| format!("`{}`", facts.base_image)),
    ("private registries (`from.auth`)", registries),
    ("distributions of images", distributions),
    ("`[ready]`", |facts| yes(facts.has_ready)),
    ("`novita.pre_boot`", |facts| yes(facts.has_pre_boot)),
    ("`sudo = true`", |facts| yes(facts.grants_sudo)),
    ("`--no-cache` and `force`", |facts| yes(facts.has_cache_control)),
    ("copied files", |facts| uploads(facts.uploads)),
    ("names that are taken", |facts| listed(facts.reserved_names)),
];

/// What a build does by itself.
const DONE: &[Row] = &[
    ("the first step runs as", |facts| format!("`{}`", facts.default_user)),
    ("in the directory", |facts| {
        facts.default_workdir.map_or_else(|| "the image's".to_owned(), |path| format!("`{path}`"))
    }),
    (
        "steps run in a login shell, which sets `PATH` again",
        |facts| yes(facts.steps_in_login_shell),
    ),
    (
        "variables and working directory of the image are lost",
        |facts| yes(facts.drops_image_config),
    ),
    ("a step waits for processes that hold its output", |facts| yes(facts.waits_for_output)),
    ("`/tmp` may be emptied between steps", |facts| yes(facts.clears_tmp)),
    ("`/home/user` belongs to its user at the end", |facts| yes(facts.resets_ownership)),
    ("certificates are made again at each boot", |facts| yes(facts.reseeds_certificates)),
    ("a failed build names its step", |facts| yes(facts.names_failed_step)),
    ("a template can be built again under its name", |facts| yes(!facts.immutable_templates)),
];

#[test]
fn the_page_of_platforms_is_current() {
    assert_generated(&root().join("docs/side-by-side.md"), &page());
}

fn page() -> String {
    let mut page = String::from(
        "# Platforms side by side\n\n\
         <!-- Generated from the table of platforms by `SBX_UPDATE=1 cargo test`. -->\n\n\
         What the compiler knows about each platform, and rests on: a manifest that asks for something that a \
         platform lacks is reported ([`unsupported-on-platform`](codes/unsupported-on-platform.md)). \
         `sbx check --platform all` compares them for one manifest. The local platform follows `novita`, or with \
         `--as e2b` `e2b`. [How platforms of the E2B family answer](platforms.md) is about their calls.\n",
    );
    for (heading, rows) in [("What a manifest can ask for", ASKED), ("What a build does", DONE)] {
        write!(page, "\n## {heading}\n\n|").expect("a string takes everything");
        for platform in Platform::ALL {
            write!(page, " | `{}`", platform.name()).expect("a string takes everything");
        }
        writeln!(page, " |\n|---{}|", "|---".repeat(Platform::ALL.len()))
            .expect("a string takes everything");
        for (what, of) in rows {
            let cells: Vec<_> = Platform::ALL.iter().map(|platform| of(platform.facts())).collect();
            writeln!(page, "| {what} | {} |", cells.join(" | "))
                .expect("a string takes everything");
        }
    }
    page
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn listed(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn resources(rules: ResourceRules) -> String {
    match rules {
        ResourceRules::Unknown => "not known".to_owned(),
        ResourceRules::Enforced(limits) => format!(
            "up to {} CPUs{}; at least {} MiB",
            limits.max_cpu,
            if limits.even { ", 1 or an even number" } else { "" },
            limits.min_memory_mib,
        ),
        ResourceRules::Plans(plans) => format!(
            "up to {} CPUs; up to {} MiB, {} to {} MiB for each CPU, in steps of {} MiB",
            plans.max_cpu,
            plans.max_memory_mib,
            plans.min_memory_per_cpu_mib,
            plans.max_memory_per_cpu_mib,
            plans.memory_step_mib,
        ),
        ResourceRules::Ranges(ranges) => format!(
            "up to {} CPUs; {} to {} MiB",
            ranges.max_cpu, ranges.min_size_mib, ranges.max_memory_mib,
        ),
    }
}

fn defaults(facts: &Facts) -> String {
    match (facts.default_cpu, facts.default_memory) {
        (Some(cpu), Some(memory)) => format!("{cpu} CPUs, {memory} MiB"),
        _ => "the platform's choice".to_owned(),
    }
}

fn registries(facts: &Facts) -> String {
    let names: Vec<_> = facts.registries.iter().map(|kind| kind.name()).collect();
    listed(&names)
}

fn distributions(facts: &Facts) -> String {
    let Some(all) = facts.distributions else { return "not known".to_owned() };
    let names: Vec<_> = all.iter().map(|distribution| distribution.name()).collect();
    names.join(", ")
}

fn uploads(uploads: Uploads) -> String {
    match uploads {
        Uploads::Archives => "uploaded as archives".to_owned(),
        Uploads::Inline { limit: 0 } => "none".to_owned(),
        Uploads::Inline { limit } => {
            format!("within the request, up to {} KiB in all", limit >> 10)
        }
    }
}
