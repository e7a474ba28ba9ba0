//! What a rule on commands has to leave alone, beside what it has to find: the two differ by little.

use libtest_mimic::Trial;
use sandbox_toml::platform::{Platform, ROOT};

use crate::support::Workspace;
use crate::trial;

/// The code, what it reports, and what it does not: instructions of a Dockerfile that starts as
/// `user`.
const CASES: &[(&str, &[&str], &[&str])] = &[
    (
        "tmp-not-preserved",
        &[
            "COPY app.py /tmp/\nRUN python /tmp/app.py",
            "COPY app.py /tmp/a/b.py\nRUN cd /tmp/a && ls",
            "RUN wget -q https://example.com/a.tgz -P x -O /tmp/a.tgz\nRUN tar xzf /tmp/a.tgz",
            "RUN cd /tmp && curl -fsSLO https://example.com/a.tgz\nRUN tar xzf /tmp/a.tgz",
            "RUN git clone https://example.com/a/b.git /tmp/b\nRUN make -C /tmp/b",
            "RUN echo a > /tmp/a\nRUN cat < /tmp/a",
            "RUN touch /tmp/a.txt\nRUN wc -l /tmp/*.txt",
            "COPY app.py /tmp/app.py\nCMD [\"python\", \"/tmp/app.py\"]",
            "WORKDIR /tmp/a\nRUN make",
        ],
        &[
            "COPY app.py /tmp/\nRUN rm -rf /tmp/app.py",
            "RUN touch /tmp/a && cat /tmp/a && rm /tmp/a\nRUN cat /tmp/a || true",
            "RUN touch /tmp/a\nRUN touch /tmp/a && cat /tmp/a",
            "RUN touch /tmp/a\nRUN if [ -f /tmp/a ]; then cat /tmp/a; fi",
            "RUN touch /tmp/a\nRUN [ -f /tmp/a ] || exit 0",
            "RUN touch /tmp/a && rm /tmp/a\nRUN cat /tmp/a",
            "RUN touch /tmp/a\nRUN cat /tmp/b",
            "RUN touch /var/tmp/a\nRUN cat /var/tmp/a",
            "RUN mkdir -p /tmp/a\nRUN mkdir -p /tmp/a/b && ls /tmp/a/b",
            "RUN make TMPDIR=/tmp/a\nRUN make TMPDIR=/tmp/a",
            "RUN pip install --cache-dir=/tmp/a x\nRUN pip install --cache-dir=/tmp/a y",
            "WORKDIR /tmp\nRUN make\nWORKDIR /home/user",
            "RUN echo /tmp/a\nRUN cat /tmp/a",
        ],
    ),
    (
        "lost-shell-state",
        &["RUN cd /srv", "RUN (cd /srv)", "RUN make && export A=1"],
        &[
            "RUN cd /srv && make",
            "RUN export A=1; make",
            "RUN export -p > file",
            "RUN a || cd /srv",
        ],
    ),
    (
        "stale-apt-index",
        &["USER root\nRUN apt-get update\nRUN apt-get install -y a"],
        &[
            "USER root\nRUN apt-get update && apt-get install -y a\nRUN apt-get install -y b",
            "USER root\nRUN apt-get update\nRUN apt-get update && apt-get install -y a",
            "USER root\nRUN [ -f a ] && true || apt-get update\nRUN apt-get install -y a",
        ],
    ),
    (
        "write-needs-root",
        &[
            "RUN mkdir /opt/a",
            "RUN sudo echo a > /etc/a",
            "RUN ln -s /home/user/a /usr/local/bin/a",
            "RUN npm install -g a",
        ],
        &[
            "RUN mkdir -p /opt",
            "RUN mkdir -p /home/user/a",
            "RUN sudo mkdir /opt/a",
            "RUN echo a | sudo tee /etc/a",
            "USER root\nRUN mkdir /opt/a && chown user /opt/a\nUSER user\nRUN mkdir /opt/a/b",
            "WORKDIR /opt/a\nRUN mkdir /opt/a/b",
            "COPY app.py /opt/a/\nRUN mkdir /opt/a/b",
            "RUN mkdir /opt/a || true",
            "RUN echo a > /dev/null",
            "RUN cat /etc/passwd",
            "RUN npm install a",
            "RUN sudo npm install -g a",
            "RUN npm config set prefix ~/.npm && npm install -g a",
        ],
    ),
    (
        "sudo-not-permitted",
        &["USER app\nRUN sudo make"],
        &[
            "RUN sudo make",
            "USER root\nRUN echo 'app ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/app\nUSER app\nRUN sudo make",
            "USER app\nRUN sudo make || make",
        ],
    ),
    (
        "lost-background-process",
        &["RUN server &"],
        &["RUN server & sleep 1; make", "RUN server & wait", "RUN server 2>&1"],
    ),
];

/// `near_misses::CODE::reported-N` and `near_misses::CODE::allowed-N`, counted from 1 as in the
/// table, and `near_misses::PLATFORM` for what depends on the platform.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (code, reported, allowed) in CASES {
        for (kind, dockerfiles) in [("reported", reported), ("allowed", allowed)] {
            trials.extend(dockerfiles.iter().zip(1..).map(|(dockerfile, number)| {
                let name = format!("near_misses::{code}::{kind}-{number}");
                trial(name, move || test(code, dockerfile, kind == "reported"))
            }));
        }
    }
    trials.extend(Platform::ALL.iter().map(|platform| {
        trial(format!("near_misses::{platform}"), move || test_platform(*platform))
    }));
    trials
}

fn test(code: &str, dockerfile: &str, reported: bool) {
    let workspace = Workspace::fixture();
    workspace.write("app.py", "");
    workspace.write("Dockerfile", format!("FROM node:22\nUSER user\n{dockerfile}\n"));
    let manifest = "name = \"a\"\n\n[from]\ndockerfile = \"Dockerfile\"\n";
    workspace.write("sandbox.toml", manifest);
    let ran = workspace.run(&["check", "--format", "short"]);
    let found = ran.stdout.contains(&format!("[{code}]"));
    assert_eq!(found, reported, "{code}: {dockerfile}\n{}", ran.text());
}

/// What one platform does is no fault on another.
fn test_platform(platform: Platform) {
    let workspace = Workspace::fixture();
    let manifest = "name = \"a\"\n\n[from]\nimage = \"python:3.12\"\n\n[[steps]]\nrun = \"touch /tmp/a\"\n\n\
                    [[steps]]\nrun = \"cat /tmp/a && mkdir /opt/a && apt-get install -y a\"\n";
    workspace.write("sandbox.toml", manifest);
    let ran = workspace.run(&["check", "--format", "short", "--platform", platform.name()]);
    let facts = platform.facts();
    let starts_as_user = facts.default_user != ROOT;
    for (code, reported) in [
        ("tmp-not-preserved", facts.clears_tmp),
        ("write-needs-root", starts_as_user),
        ("apt-needs-root", starts_as_user),
    ] {
        let found = ran.stdout.contains(&format!("[{code}]"));
        assert_eq!(found, reported, "{platform} {code}\n{}", ran.text());
    }
}
