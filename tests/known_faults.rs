//! Faults that a review, real files, real builds and attacks have shown, and the tests that hold
//! each.
//!
//! A fault keeps the number that it had when it was found. A test is the path of a case, or the
//! path of a source file, `::`, and what stands in it: a function's name, or a part of a case.

use std::collections::BTreeSet;
use std::fs;

use crate::support::root;

/// The numbers that must have a row: changes of meaning in silence, builds that cannot work, false
/// alarms, misleading messages, what a first day and real builds showed, and what broke under attack.
const REQUIRED: &[(&str, &[u8])] = &[
    ("B", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    (
        "F",
        &[
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
            24, 25, 26, 27, 28, 29, 30,
        ],
    ),
    ("N", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
    ("R", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
];

/// Number, what was wrong, the tests that hold it.
const FAULTS: &[(&str, &str, &[&str])] = &[
    (
        "B1",
        "a manifest sent the platform's key, variables and files of the machine to a host of its \
         choice",
        &[
            "tests/trust.rs::fn a_platform_s_key_is_sent_to_no_registry",
            "tests/trust.rs::fn files_outside_of_the_project_stay_closed",
            "tests/trust.rs::fn a_context_above_the_manifest_is_inside_its_repository",
            "tests/trust.rs::fn every_command_is_tried",
            "tests/trust.rs::fn a_key_s_file_is_no_secret",
            "tests/trust/consent.rs::fn without_consent_nothing_is_sent_by_any_command",
            "tests/trust/consent.rs::fn with_consent_a_secret_goes_to_its_host_alone",
            "tests/trust/consent.rs::fn neither_a_redirect_nor_a_token_server_elsewhere_gets_a_secret",
            "tests/trust/consent.rs::fn a_yes_at_the_terminal_is_remembered_for_manifest_secret_and_host",
            "tests/trust/consent.rs::fn a_file_of_answers_that_is_not_usable_grants_nothing",
            "src/state/consents.rs::fn a_file_of_another_user_can_be_written_by_others",
            "tests/trust/consent.rs::fn a_question_shows_its_host_whatever_a_manifest_names",
            "tests/trust/strace.py::def forbidden",
            "tests/tidy/modules.rs::fn values_of_secrets_are_read_without_consent_only_where_nothing_is_sent",
            "tests/ui/secret-needs-consent/apply.toml",
            "tests/ui/outside-project/secret-checked.toml",
        ],
    ),
    (
        "B2",
        "control sequences of servers and manifests reached the terminal, as did marks of direction",
        &[
            "tests/hostile.rs::fn nothing_but_text_arrives_at_a_terminal",
            "tests/hostile.rs::fn the_size_of_a_field_is_not_that_of_the_output",
            "tests/hostile.rs::fn json_shows_a_terminal_nothing_that_it_obeys",
            "tests/hostile.rs::fn a_manifest_and_a_dockerfile_are_shown_as_text",
            "tests/hostile.rs::fn an_argument_that_is_repeated_is_shown_as_text",
            "tests/hostile/recording.rs::fn every_command_is_recorded_or_talks_to_no_server",
            "tests/hostile/recording.rs::fn control_sequences_in_each_field_alone",
            "tests/hostile/recording.rs::fn ten_megabytes_in_each_field",
            "src/scalar/visible.rs::fn words_of_any_script_stay_as_they_are",
        ],
    ),
    (
        "B3",
        "a platform that repeats the last lines of a log got thousands of requests",
        &["tests/hostile.rs::fn a_log_that_never_ends_is_not_read_for_ever"],
    ),
    (
        "B4",
        "`compile > FILE` on a full disk kept a part and ended with success",
        &["tests/limits.rs::fn a_full_disk_is_no_success"],
    ),
    (
        "B5",
        "a NUL character in a command or a probe passed `check`",
        &["tests/ui/invalid-value/nul-in-strings.toml"],
    ),
    (
        "B6",
        "a proxy of the environment saw requests to this machine with their key; no error named it, \
         and plain HTTP drew no warning",
        &[
            "tests/network.rs::fn no_proxy_sees_requests_to_this_machine",
            "tests/network.rs::fn a_proxy_is_used_for_other_machines_and_plain_http_draws_a_warning",
            "tests/network.rs::fn a_proxy_that_refuses_is_named_without_its_password_and_not_waited_for",
            "tests/network.rs::fn a_proxy_that_answers_instead_is_named",
            "tests/network.rs::fn an_upload_link_without_encryption_draws_one_warning",
            "src/registry/reference.rs::fn this_machine_has_several_addresses",
        ],
    ),
    (
        "B7",
        "an unreadable time or level of a log line made a ready build fail",
        &["tests/hostile.rs::fn a_log_that_cannot_be_read_makes_no_build_fail"],
    ),
    (
        "B8",
        "a named pipe as manifest, Dockerfile, ignore file or key hung",
        &[
            "tests/limits.rs::fn only_regular_files_are_read",
            "tests/limits.rs::fn a_key_file_that_is_a_pipe_does_not_hang",
            "src/local/advertise.rs::fn only_a_private_file_is_read",
        ],
    ),
    (
        "B9",
        "a hostile manifest gave 97 MB of JSON, and ignore patterns took ten seconds",
        &[
            "tests/limits.rs::fn a_report_is_bounded_and_says_what_it_leaves_out",
            "tests/limits.rs::fn a_hundred_thousand_ignore_patterns",
        ],
    ),
    (
        "B10",
        "a web page reached the local platform by HTTP/2 or a second Host header",
        &[
            "tests/local/hosts.rs::fn a_request_for_several_hosts_is_bad",
            "tests/local/hosts.rs::fn http_2_without_encryption_is_held_to_the_same_rule",
            "tests/local/hosts.rs::fn curl_gets_nothing_for_another_host",
        ],
    ),
    (
        "B11",
        "the escapes of a secret in a URL or in base64 were not redacted",
        &["src/secrets/redact/tests.rs::fn the_escapes_of_a_secret_are_hidden_in_urls_and_base64"],
    ),
    (
        "B12",
        "few open files and a clock in the year 9999 ended in a panic, a full TMPDIR in \
         `unreadable-file`; an empty ID was success; an upload link set `Host`; slow clients locked \
         others out",
        &[
            "tests/hostile.rs::fn an_id_that_is_none_is_refused",
            "tests/hostile.rs::fn an_id_of_declaw_that_is_none_is_refused",
            "tests/network.rs::fn an_upload_link_does_not_say_where_a_request_goes_or_ends",
            "tests/local/uploads.rs::fn a_new_request_takes_the_place_of_a_slow_one",
            "tests/clock/run.sh",
            "tests/limits.rs::fn a_low_limit_of_open_files_is_reported",
            "tests/limits.rs::fn a_temporary_directory_that_takes_no_files_is_named",
        ],
    ),
    (
        "F0",
        "`RUN <<EOF program` lost its program",
        &[
            "tests/dockerfiles/heredoc-command/Dockerfile",
            "src/dockerfile/heredoc.rs::fn a_marker_is_a_single_word",
        ],
    ),
    (
        "F1",
        "`$NAME` and patterns in quoted words stayed literal, in silence",
        &[
            "tests/ui/unresolved-reference/words.toml",
            "tests/ui/literal-glob/paths.toml",
            "src/resolve/tests.rs::fn references_become_their_values_before_words_are_quoted",
            "src/check/words.rs::fn patterns_are_distinguished_from_names",
            "tests/first_day.rs::fn patterns_of_versions_are_no_mistakes",
        ],
    ),
    (
        "F2",
        "creating the platform's own user, or a user with its UID, was not reported",
        &[
            "tests/ui/user-exists/dockerfile.toml",
            "tests/cases/near_misses/users.rs::USER root\\nRUN id -u user || useradd user",
            "tests/cases/near_misses/users.rs::USER root\\nRUN useradd -u 1002 x",
            "src/lint/model/tests.rs::fn users_are_those_of_the_platform_the_image_and_the_commands",
        ],
    ),
    (
        "F3",
        "what a sandbox needs in `/root`, which its user cannot enter, was not reported",
        &[
            "tests/ui/root-home/native.toml",
            "tests/ui/root-home/dockerfile.toml",
            "tests/cases/near_misses/permissions.rs::WORKDIR /root/app\\nUSER root",
        ],
    ),
    (
        "F4",
        "a version specifier that the shell takes for a redirection was not reported",
        &[
            "tests/ui/unquoted-specifier/dockerfile.toml",
            "tests/cases/near_misses/packages.rs::RUN pip freeze>requirements.txt",
        ],
    ),
    (
        "F5",
        "calls of programs that are on an image's own `PATH` alone were not reported",
        &[
            "tests/ui/path-lost-in-login-shell/image.toml",
            "tests/cases/near_misses/environment.rs::RUN export PATH=/usr/local/go/bin:$PATH && go build",
            "tests/ui/image-config-lost/offline.toml",
            "tests/cases/near_misses/environment.rs::RUN export RUSTUP_HOME=/usr/local/rustup && /usr/local/cargo/bin/cargo build",
            "tests/registry/commands.rs::fn what_an_image_declares_is_known_to_the_rules",
            "src/images/tests.rs::fn the_table_agrees_with_what_the_images_declare",
            "tests/ui/not-on-path/steps.toml",
            "tests/ui/not-on-path/dockerfile.toml",
            "tests/cases/near_misses/environment.rs::RUN curl -LsSf https://astral.sh/uv/install.sh | sh\\nRUN uv venv",
        ],
    ),
    (
        "F6",
        "base images that no platform, or not this one, can start were not reported",
        &[
            "tests/ui/unsupported-on-platform/scratch-like.toml",
            "tests/ui/unsupported-on-platform/e2b-refused.toml",
            "tests/ui/unsupported-on-platform/other-registry.toml",
            "tests/ui/unsupported-on-platform/loopback-address.toml",
            "src/images/tests.rs::fn registries_of_one_machine_are_told_from_others",
            "tests/ui/unsupported-architecture/namespace.toml",
            "tests/ui/unsupported-on-platform/chiseled.toml",
            "tests/ui/unsupported-architecture/tag.toml",
            "src/images/tests.rs::fn a_reference_tells_the_distribution",
            "src/lower/capability/provisioning.rs::fn images_are_refused_only_where_they_certainly_fail",
        ],
    ),
    (
        "F7",
        "an exec form that is one shell command was passed on",
        &[
            "tests/dockerfiles/exec-form-command/Dockerfile",
            "src/dockerfile/convert/command.rs::fn a_path_with_spaces_is_no_command",
        ],
    ),
    (
        "F8",
        "the code interpreter's image was accepted without its server",
        &[
            "tests/ui/service-not-started/e2b.toml",
            "tests/ui/service-not-started/dockerfile.toml",
            "tests/cases/near_misses/processes.rs::CMD sudo /root/.jupyter/start-up.sh",
        ],
    ),
    (
        "F9",
        "`NAME.dockerignore` beside the Dockerfile was not read",
        &["tests/dockerfiles/ignore-beside-the-dockerfile/Dockerfile.dockerignore"],
    ),
    (
        "F10",
        "a `PATH` without the directories of the system was not reported",
        &[
            "tests/ui/path-without-system/env.toml",
            "tests/ui/path-without-system/dockerfile.toml",
            "tests/cases/near_misses/environment.rs::ENV PATH=/opt/x:/bin/",
        ],
    ),
    (
        "F11",
        "an installation after the package index was removed was not reported",
        &[
            "tests/ui/stale-apt-index/removed.toml",
            "tests/cases/near_misses/packages.rs::RUN rm -rf /var/lib/apt/lists/*\\nRUN ./setup.sh",
        ],
    ),
    (
        "F12",
        "a `SHELL` that changes nothing, or sets options of `bash`, was refused",
        &[
            "tests/dockerfiles/shell-options/Dockerfile",
            "tests/dockerfiles/shell-wrong/Dockerfile",
            "src/dockerfile/convert/shell.rs::fn options_are_carried_or_the_shell_is_refused",
            "tests/dockerfiles.rs::fn declaw_runs_the_shell_that_a_dockerfile_asks_for",
        ],
    ),
    (
        "F13",
        "copies to `/tmp` that nothing uses before it is emptied were not reported",
        &[
            "tests/ui/tmp-not-preserved/unused.toml",
            "tests/cases/near_misses/files.rs::COPY app.py /tmp/x\\nRUN cd /tmp; true",
        ],
    ),
    (
        "F14",
        "Declaw reported a working directory that is not in the Dockerfile",
        &["tests/dockerfiles.rs::fn a_step_does_not_move_the_start_command_on_declaw"],
    ),
    (
        "F15",
        "of two `ARG`s without values, each was proposed instead of the other",
        &["tests/dockerfiles/args-without-values/Dockerfile"],
    ),
    (
        "F16",
        "four programs were known to be missing, and no variants of images",
        &[
            "tests/ui/missing-tool/images.toml",
            "tests/cases/near_misses/tools.rs::RUN add-apt-repository -y ppa:x/y",
            "tests/cases/near_misses/tools.rs::RUN git --version && curl --version",
            "tests/cases/near_misses/tools.rs::RUN mvn -q package",
            "tests/cases/near_misses/tools.rs::RUN pgrep node; ss -ltn",
            "tests/ui/missing-tool/ready.toml",
            "src/lint/model/tests.rs::fn tools_are_those_of_the_image_the_platform_and_the_packages",
        ],
    ),
    (
        "F17",
        "services that a step starts, and some servers, were not reported",
        &[
            "tests/ui/lost-background-process/service.toml",
            "tests/cases/near_misses/processes.rs::RUN service postgresql start && psql -c x",
            "src/lint/long_running_step.rs::Xvfb :99 -screen 0 1280x720x24",
        ],
    ),
    (
        "F18",
        "a readiness check for another port than the server's was not reported",
        &[
            "tests/ui/ready-port-mismatch/port.toml",
            "tests/ui/start-without-ready/dockerfile-server.toml",
            "tests/cases/near_misses/processes.rs::CMD exec gunicorn -b :8000 mypackage:app",
            "src/lint/ready_port_mismatch.rs::fn ports_are_read_where_they_are_certain",
        ],
    ),
    (
        "F19",
        "several files were copied to the path of one file, in silence",
        &[
            "tests/ui/invalid-path/several-into-one-file.toml",
            "tests/context.rs::fn sources_of_one_step_need_a_directory",
        ],
    ),
    (
        "F20",
        "one warning for each cache mount of a Dockerfile",
        &[
            "tests/dockerfiles/caches/Dockerfile",
            "tests/ui/dockerfile-unsupported/many-places.toml",
        ],
    ),
    (
        "F21",
        "no rule looked into the script of `bash -c`, `su -c` or `bash <<EOF`",
        &[
            "tests/ui/apt-needs-root/inner-shells.toml",
            "tests/cases/near_misses/packages.rs::RUN [\\\"/bin/bash\\\", \\\"-c\\\", \\\"apt-get install -y a\\\"]",
            "src/lint/shell/tests.rs::fn shells_within_a_script_are_read",
            "src/lint/shell/tests.rs::fn what_is_no_script_of_a_shell_is_not_read",
        ],
    ),
    (
        "F22",
        "a default of a reference, `${NAME:-default}`, was not taken as its value",
        &[
            "tests/dockerfiles/defaults/Dockerfile",
            "src/dockerfile/expand.rs::fn alternatives_are_evaluated",
        ],
    ),
    (
        "F23",
        "Declaw was said not to expand `$PATH` in a Dockerfile that it builds itself",
        &["tests/dockerfiles.rs::fn declaw_expands_variables_of_a_dockerfile_that_stands_alone"],
    ),
    (
        "F24",
        "helps for a Dockerfile's commands spoke of a manifest's keys",
        &["tests/dockerfiles/words-of-a-dockerfile/Dockerfile"],
    ),
    (
        "F25",
        "for `$$` in a Dockerfile, a declaration of `$` was proposed",
        &["tests/dockerfiles/env-lists/Dockerfile::pa$$word"],
    ),
    (
        "F26",
        "for `/opt/lib:$LD_LIBRARY_PATH` without such a variable, a dollar sign was proposed",
        &[
            "tests/dockerfiles/env-lists/Dockerfile::$LD_LIBRARY_PATH",
            "tests/ui/undefined-reference/own-value-in-a-list.toml",
        ],
    ),
    (
        "F27",
        "a user's number was an error in a Dockerfile and a warning in a manifest",
        &["tests/dockerfiles/users-wrong/Dockerfile", "tests/ui/invalid-user/several.toml"],
    ),
    (
        "F28",
        "bytes that are not UTF-8 were not shown in the Dockerfile, and no other name was proposed",
        &[
            "tests/dockerfiles.rs::fn a_file_that_cannot_be_read_is_a_fault_of_the_key",
            "tests/dockerfiles.rs::fn another_dockerfile_beside_a_missing_one_is_proposed",
        ],
    ),
    (
        "F29",
        "a Dockerfile given as a manifest was not recognized",
        &["tests/ui/toml-syntax/dockerfile.toml"],
    ),
    (
        "F30",
        "a NUL byte in a Dockerfile was passed on",
        &[
            "tests/ui/dockerfile-syntax/nul.Dockerfile",
            "tests/dockerfiles.rs::fn a_nul_character_is_reported_where_it_is",
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
        "N16",
        "`apply --tag default` drew `tags-without-default`, and a dry run printed no plan as JSON",
        &[
            "tests/analysis.rs::fn tags_of_arguments_are_seen_by_the_rules",
            "tests/apply.rs::fn a_dry_run_prints_the_plan_as_json",
        ],
    ),
    (
        "H",
        "`apt-get -s install` drew `apt-needs-root`, a script that checks its result drew \
         `missing-set-e`, and `npm start` of a script that ends drew `long-running-step`",
        &[
            "tests/cases/near_misses/packages.rs::RUN apt-get -s install a",
            "tests/cases/near_misses/shell.rs::RUN apt-get install -y a; a --version",
            "tests/cases/near_misses/processes.rs::COPY build /app\\nWORKDIR /app\\nRUN npm start",
            "src/lint/long_running_step/package_script.rs::fn only_scripts_that_certainly_end_are_found",
            "src/lint/missing_set_e.rs::pip install a\\npython -c 'import a'",
        ],
    ),
    (
        "N14",
        "a step beside a Dockerfile moved Declaw's start command to another directory",
        &["tests/dockerfiles.rs::fn a_step_does_not_move_the_start_command_on_declaw"],
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
        "N15",
        "for `copy = \".\"` of ignored files, `ignore = [\"!.dockerignore\"]` was proposed",
        &[
            "tests/context.rs::fn an_empty_directory_is_copied_with_every_pattern_that_matches_it",
            "tests/context.rs::fn no_ignore_file_is_proposed_for_a_copy",
        ],
    ),
    (
        "N1",
        "`status` and `logs --follow` waited for a build that was never started",
        &["tests/coming_back/trouble.rs::fn a_build_that_was_not_started_is_not_said_to_go_on"],
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
        "R1",
        "a process in the background whose output is not redirected was said to be lost, but holds \
         the step until it times out; the page on endless steps showed one",
        &[
            "tests/ui/held-output/several.toml",
            "tests/ui/held-output/dockerfile.toml",
            "tests/cases/near_misses/processes.rs::RUN server > log 2>&1 & sleep 1 && echo started",
            "tests/cases/near_misses/processes.rs::RUN server & pid=$!; curl localhost; kill $pid",
            "src/lint/held_output.rs::fn only_processes_that_hold_the_output_are_found",
            "src/lint/shell/streams.rs::fn redirections_and_pipes_lead_output_elsewhere",
        ],
    ),
    (
        "R2",
        "a step of root without a working directory does not find files in the user's home",
        &["tests/ui/missing-file/several.toml", "tests/ui/missing-file/start.toml"],
    ),
    (
        "R3",
        "the page on start commands in the background said that they end at once, and examples of \
         pages ran what they had not installed or copied",
        &[
            "docs/codes/start-in-background.md::the command succeeds",
            "tests/ui/start-in-background/several.toml",
            "docs/codes/apt-needs-root.md::apt-get install -y ffmpeg",
            "docs/codes/probe-as-command.md::python -m http.server 8000",
        ],
    ),
    (
        "R4",
        "pages said that a step's own user is created, and that a working directory is always the \
         user's; an example's comment on `ss` was outdated",
        &[
            "docs/codes/invalid-user.md::exist already",
            "tests/ui/user-not-found/step.toml",
            "docs/codes/write-needs-root.md::One that exists keeps its owner",
            "examples/node-service/sandbox.toml::E2B adds it",
        ],
    ),
    (
        "R5",
        "commands that ask or read the standard input of a step, which stays open, were not reported",
        &[
            "tests/ui/waits-for-input/several.toml",
            "tests/ui/waits-for-input/dockerfile.toml",
            "tests/cases/near_misses/input.rs::RUN adduser bob",
            "tests/cases/near_misses/input.rs::RUN cat > f\"",
            "tests/cases/near_misses/input.rs::RUN npx cowsay a",
            "tests/cases/near_misses/input.rs::RUN cat f | while read x; do echo $x; done",
            "src/lint/shell/streams.rs::fn pipes_and_redirections_give_input",
        ],
    ),
    (
        "R6",
        "writing to a directory that an earlier step made as root was not reported",
        &[
            "tests/ui/write-needs-root/ownership.toml",
            "tests/cases/near_misses/permissions.rs::COPY src /app\\nUSER user\\nRUN touch /app/new",
            "tests/cases/near_misses/permissions.rs::USER user\\nWORKDIR /app\\nCOPY src /app",
            "tests/cases/near_misses/permissions.rs::USER user\\nRUN chmod +x /app/main.py",
            "tests/cases/near_misses/permissions.rs::USER user\\nRUN (date; id) > log",
            "tests/cases/near_misses/permissions.rs::RUN useradd -m -d /srv/app app\\nUSER app",
            "tests/ui/write-needs-root/changes.toml",
        ],
    ),
    (
        "R7",
        "a step run by a user that nothing creates was not reported",
        &[
            "tests/ui/user-not-found/step.toml",
            "tests/cases/near_misses/users.rs::RUN su app -c 'make'",
            "tests/cases/near_misses/users.rs::RUN sudo -u postgres psql -c x",
            "tests/cases/near_misses.rs::fn opaque",
        ],
    ),
    (
        "R8",
        "running a file that is not executable, or is not there, was not reported, nor making one \
         that is there",
        &[
            "tests/ui/missing-file/several.toml",
            "tests/cases/near_misses/files.rs::RUN rm -f /srv2/x && rm -rf /srv2/y",
            "tests/cases/near_misses/files.rs::RUN { echo a; echo b; } > /x.sh && bash /x.sh",
            "tests/ui/missing-file/projects.toml",
            "tests/ui/path-exists/several.toml",
            "tests/cases/near_misses/files.rs::RUN rm -rf /app && git clone https://example.com/a/b /app",
            "tests/ui/user-not-found/owners.toml",
            "tests/cases/near_misses/users.rs::RUN groupadd web && mkdir /a && chown user:web /a",
            "src/lint/model/files/programs.rs::fn outputs_are_found_behind_their_options",
            "tests/ui/not-executable/step.toml",
            "tests/cases/near_misses/files.rs::COPY --chmod=644 app.py /srv2/\\nRUN python /srv2/app.py",
        ],
    ),
    (
        "R9",
        "calls of programs that an image lacks were not reported, nor `python` beside `python3`",
        &[
            "tests/ui/missing-tool/images.toml",
            "tests/cases/near_misses/tools.rs::RUN apt-get update && apt-get install -y python3 python-is-python3",
        ],
    ),
    (
        "R10",
        "what a Dockerfile does under dash and as root, and not here, was not reported",
        &[
            "tests/ui/echo-escapes/dockerfile.toml",
            "tests/cases/near_misses/shell.rs::RUN echo -n 'a\\\\nb' > /etc/s.ini",
            "tests/cases/near_misses/permissions.rs::WORKDIR /app\\nCMD echo a > /app/log",
        ],
    ),
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

#[test]
fn each_known_fault_has_tests_that_exist() {
    for (number, what, tests) in FAULTS {
        assert!(!what.is_empty() && !tests.is_empty(), "{number}: what was wrong, and its test");
        for test in *tests {
            let (path, part) = test.split_once("::").unwrap_or((test, ""));
            let text = fs::read_to_string(root().join(path));
            let text = text.unwrap_or_else(|error| panic!("{number}: {path}: {error}"));
            assert!(text.contains(part), "{number}: {path} has no `{part}`");
            if let Some(name) = part.strip_prefix("fn ")
                && !path.starts_with("tests/cases/")
            {
                assert!(is_run(&text, name), "{number}: `{name}` of {path} is not run as a test");
            }
        }
    }
}

/// Whether the function is one that `cargo test` runs, or the gate, which `#[ignore]` then names.
fn is_run(text: &str, name: &str) -> bool {
    let Some((before, _)) = text.split_once(&format!("fn {name}(")) else {
        return false;
    };
    let attributes = before.rsplit("\n\n").next().unwrap_or(before);
    let is_left_out = attributes.contains("#[ignore") && !attributes.contains(".ci/run runs it");
    let is_test = ["#[test]", "#[tokio::test"].iter().any(|mark| attributes.contains(mark));
    is_test && !is_left_out
}

#[test]
fn each_required_fault_has_one_row() {
    let mut rows = BTreeSet::new();
    for (number, ..) in FAULTS {
        assert!(rows.insert((*number).to_owned()), "{number} occurs twice");
    }
    let required = REQUIRED.iter().flat_map(|(letter, numbers)| {
        numbers.iter().map(move |number| format!("{letter}{number}"))
    });
    let missing: Vec<_> = required.filter(|number| !rows.contains(number)).collect();
    assert!(missing.is_empty(), "faults without a row: {missing:?}");
}
