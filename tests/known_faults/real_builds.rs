//! What real builds showed: faults R.

use super::Fault;

pub const FAULTS: &[Fault] = &[
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
];
