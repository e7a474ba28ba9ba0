//! What a review showed: faults V.

use super::Fault;

pub const FAULTS: &[Fault] = &[
    (
        "V1",
        "`apply --tag default` drew `tags-without-default`",
        &["tests/analysis.rs::fn tags_of_arguments_are_seen_by_the_rules"],
    ),
    (
        "V2",
        "`apply --dry-run --format json` printed no plan",
        &["tests/apply.rs::fn a_dry_run_prints_the_plan_as_json"],
    ),
    (
        "V3",
        "`status` walked the build context to learn the platform",
        &["tests/analysis.rs::fn status_learns_the_platform_from_the_manifest_alone"],
    ),
    (
        "V4",
        "an unused `allow` comment ran the analysis once for every platform",
        &[
            "tests/analysis.rs::fn a_comment_that_silences_nothing_costs_no_second_look",
            "tests/analysis.rs::fn all_platforms_together_read_what_one_reads",
        ],
    ),
    (
        "V5",
        "pages and the table of codes worded summaries differently",
        &["tests/cases/pages.rs::fn check_head"],
    ),
    (
        "V6",
        "JSON and SARIF had no links to pages",
        &["tests/cli.rs::fn every_link_is_made_of_the_repository"],
    ),
    ("V7", "`--help` had no order and no headings", &["tests/help.rs::fn help_of_every_command"]),
];
