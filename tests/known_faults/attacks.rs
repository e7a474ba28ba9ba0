//! What broke under attack: faults B.

use super::Fault;

pub const FAULTS: &[Fault] = &[
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
];
