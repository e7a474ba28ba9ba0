//! What a first day with the commands showed: faults N.

use super::Fault;

pub const FAULTS: &[Fault] = &[
    (
        "N1",
        "`status` and `logs --follow` waited for a build that was never started",
        &["tests/coming_back/trouble.rs::fn a_build_that_was_not_started_is_not_said_to_go_on"],
    ),
    (
        "N2",
        "a file was used as a directory, a merged directory was looked for, and `corepack enable` ran \
         as `user`, in silence",
        &[
            "tests/ui/misplaced-copy/native.toml",
            "tests/ui/misplaced-copy/dockerfile.Dockerfile",
            "tests/cases/near_misses/permissions.rs::RUN corepack enable --install-directory ~/bin",
        ],
    ),
    (
        "N3",
        "a secret in `build_env` was refused without help",
        &["tests/ui/wrong-type/secret-in-build-env.toml"],
    ),
    (
        "N4",
        "the proposal for an unknown key led to `conflicting-keys`",
        &["tests/ui/unknown-key/rivals.toml"],
    ),
    (
        "N5",
        "a wrong host took minutes of retries, and was not named",
        &[
            "tests/network.rs::fn a_port_on_which_nothing_listens_is_named_and_not_waited_for",
            "tests/network.rs::fn a_name_that_does_not_resolve_is_named_and_not_waited_for",
            "tests/network.rs::fn a_proxy_that_refuses_is_named_without_its_password_and_not_waited_for",
            "tests/network.rs::fn a_platform_that_comes_back_within_seconds_is_found",
            "src/submit/retry.rs::fn an_address_that_was_never_reached_is_not_tried_for_long",
        ],
    ),
    (
        "N6",
        "logs printed the script that carries variables, a kilobyte of base64",
        &[
            "tests/write.rs::fn logs_show_labels_in_place_of_scripts",
            "src/lower/plan/tests.rs::fn labels_replace_the_scripts_that_people_do_not_see",
        ],
    ),
    (
        "N7",
        "`status a.toml b.toml` asked the platform for the build `b.toml`",
        &[
            "tests/cli.rs::fn several_manifests_are_not_the_ids_of_a_build",
            "tests/many.rs::fn manifests_stand_for_their_builds_and_templates",
        ],
    ),
    (
        "N8",
        "completions offered files where codes are meant, and the refused `--api-key`",
        &[
            "tests/first_day.rs::fn completions_offer_the_values_of_options",
            "tests/first_day.rs::fn completions_offer_no_key_on_the_command_line",
        ],
    ),
    (
        "N9",
        "`init` took an invalid name and made no parent directories",
        &[
            "tests/cli.rs::fn init_refuses_a_name_that_no_template_can_have",
            "tests/cli.rs::fn init_starts_from_a_dockerfile",
            "tests/cli.rs::fn init_writes_a_manifest_of_each_kind",
            "tests/cli.rs::fn init_writes_a_manifest_that_checks_clean_and_applies",
        ],
    ),
    (
        "N10",
        "the README said that editors agree with `sbx check` in everything else",
        &[
            "docs/editors.md::and so is what a schema cannot express",
            "tests/editors/verdicts.py::0o755",
        ],
    ),
    (
        "N11",
        "`literal-tilde` underlined `copy` where the `~` is in `to`",
        &["tests/ui/literal-tilde/several.toml"],
    ),
    (
        "N12",
        "`--platform local` did not connect to a running `sbx serve`, did not wait for another \
         command, refused resources of other platforms, and was missing in proposed commands",
        &[
            "tests/shared_data.rs::fn a_command_finds_the_server_that_uses_its_data",
            "tests/shared_data.rs::fn a_program_at_the_address_of_the_server_gets_no_request_but_a_challenge",
            "tests/shared_data.rs::fn several_commands_with_a_platform_of_their_own_wait_for_each_other",
            "tests/shared_data.rs::fn resources_of_every_platform_are_those_of_the_local_one",
            "tests/shared_data.rs::fn a_proposed_command_keeps_the_options_that_it_needs",
        ],
    ),
    (
        "N13",
        "`check -` read a file, errors did not name their variable, a port was no address, words of \
         other tools led to unrelated commands, tables and SARIF were too large, uploads showed no \
         rate, `list` and `delete` had no short names, `list` showed `waiting` for a template whose \
         builds have other tags",
        &[
            "tests/first_day.rs::fn a_manifest_is_read_from_standard_input",
            "tests/first_day.rs::fn an_error_names_the_variable_that_it_comes_from",
            "tests/first_day.rs::fn a_word_of_another_tool_leads_to_the_command",
            "tests/templates/tags.rs::fn a_list_says_what_a_bare_name_resolves_to",
            "tests/first_day.rs::fn sarif_describes_the_rules_that_occur",
            "tests/first_day.rs::fn the_table_of_platforms_is_as_narrow_as_its_terminal",
            "tests/cli.rs::fn common_names_of_commands_are_aliases",
            "tests/declaw.rs::check the API key in `DECLAW_API_KEY`",
            "src/cli/serve.rs::fn a_port_alone_is_one_of_the_loopback_interface",
            "src/commands/report/uploads.rs::fn share_rate_and_time_left_are_shown_once_they_are_known",
        ],
    ),
    (
        "N14",
        "a step beside a Dockerfile moved Declaw's start command to another directory",
        &["tests/dockerfiles.rs::fn a_step_does_not_move_the_start_command_on_declaw"],
    ),
    (
        "N15",
        "for `copy = \".\"` of ignored files, `ignore = [\"!.dockerignore\"]` was proposed",
        &[
            "tests/context/archive.rs::fn an_empty_directory_is_copied_with_every_pattern_that_matches_it",
            "tests/context/reports.rs::fn no_ignore_file_is_proposed_for_a_copy",
        ],
    ),
    (
        "N16",
        "`apply --tag default` drew `tags-without-default`, and a dry run printed no plan as JSON",
        &[
            "tests/analysis.rs::fn tags_of_arguments_are_seen_by_the_rules",
            "tests/apply.rs::fn a_dry_run_prints_the_plan_as_json",
        ],
    ),
];
