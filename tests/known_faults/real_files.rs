//! What real manifests and Dockerfiles showed: faults F, and H for false alarms.

use super::Fault;

pub const FAULTS: &[Fault] = &[
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
            "tests/context/reports.rs::fn sources_of_one_step_need_a_directory",
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
];
