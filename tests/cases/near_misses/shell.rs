//! What a shell forgets, ignores, expands or prints differently.

use super::{Case, ImageCase};

pub const CASES: &[Case] = &[
    (
        "lost-shell-state",
        &[
            "RUN cd /srv",
            "RUN (cd /srv)",
            "RUN make && export A=1",
            "RUN bash -c 'make' && cd /srv",
        ],
        &[
            "RUN cd /srv && make",
            "RUN export A=1; make",
            "RUN export -p > file",
            "RUN a || cd /srv",
            "RUN bash -c \"cd /srv && make\"",
            "RUN bash -c 'cd /srv'",
            "RUN bash <<E\nmake\nexport A=1\nE",
            "RUN sudo sh -c 'umask 022'",
        ],
    ),
    (
        "missing-set-e",
        &[
            "RUN <<E\nmake\nrm -r build\nE",
            "RUN bash <<E\nmake\nrm -r build\nE",
            "RUN bash -c 'make; rm -r build'",
            "RUN set -e; bash -c 'make; rm -r build'",
            "RUN bash -o pipefail -c 'make; rm -r build'",
        ],
        &[
            "RUN bash -e <<E\nmake\nrm -r build\nE",
            "RUN bash -ec 'make; rm -r build'",
            "RUN bash -euo pipefail -c 'make; rm -r build'",
            "RUN bash -o errexit -c 'make; rm -r build'",
            "RUN bash -c 'set -e; make; rm -r build'",
            "RUN bash -c 'make && rm -r build'",
            "RUN bash -c 'make; rm -r build' || true",
            "RUN if bash -c 'make; rm -r build'; then echo; fi",
            "RUN apt-get install -y a; a --version",
            "RUN bash -c 'make; test -x build/a'",
            "RUN cat > f.sh <<E\nmake\nrm -r build\nE",
        ],
    ),
    (
        "missing-pipefail",
        &[
            "RUN curl https://a | bash",
            "RUN bash -c 'curl https://a | bash'",
            "RUN [\"bash\", \"-c\", \"curl https://a | bash\"]",
        ],
        &[
            "RUN bash -o pipefail -c 'curl https://a | bash'",
            "RUN bash -euo pipefail -c 'curl https://a | bash'",
            "RUN bash -c 'set -o pipefail; curl https://a | bash'",
            "RUN bash -c 'curl https://a | bash' && a --version",
            "RUN bash -c 'curl https://a | bash' || exit 1",
        ],
    ),
    (
        "literal-tilde",
        &["RUN bash -c \"cp a '~/b'\"", "RUN cp a \"~/b\""],
        &["RUN bash -c 'cp a ~/b'", "RUN bash -c \"cp a ~/b\"", "RUN bash -c 'cp \"a\" ~/b'"],
    ),
];

pub const ON_IMAGES: &[ImageCase] = &[
    (
        "echo-escapes",
        "python:3.12",
        &[
            "RUN echo \"[s]\\nk=1\" > /etc/s.ini",
            "RUN mkdir -p /etc/s && echo 'a\\tb' >> /etc/s/t",
            "RUN echo \"a\\nb\" | tee /etc/s.ini",
            "RUN echo -n 'a\\nb' > /etc/s.ini",
        ],
        &[
            "RUN echo \"a\\nb\"",
            "RUN echo -e \"a\\nb\" > /etc/s.ini",
            "RUN printf 'a\\nb' > /etc/s.ini",
            "RUN [\"bash\", \"-c\", \"echo 'a\\\\nb' > /etc/s.ini\"]",
            "RUN bash -c \"echo 'a\\nb' > /etc/s.ini\"",
            "SHELL [\"/bin/bash\", \"-c\"]\nRUN echo \"a\\nb\" > /etc/s.ini",
            "RUN <<E\necho 'a\\nb' > /etc/s.ini\nE",
            "RUN echo 'C:\\\\new' > /etc/s.ini",
            "RUN echo \"a b\" > /etc/s.ini",
        ],
    ),
    ("echo-escapes", "alpine:3.20", &[], &["RUN echo \"a\\nb\" > /etc/s.ini"]),
];
