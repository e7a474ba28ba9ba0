//! Programs that an image has, and those that steps install.

use super::{Case, ImageCase};

pub const CASES: &[Case] = &[(
    "missing-tool",
    &[
        "RUN bash -c 'pip install a'",
        "RUN bash -lc \"mkdir a && pip install a\"",
        "COPY <<E /etc/a.ini\npip\nE\nRUN pip install a==1",
    ],
    &[
        "USER root\nRUN bash -c 'apt-get install -y python3-pip' && pip install a",
        "USER root\nRUN apt-get install -y python3-pip && bash -c 'pip install a'",
        "RUN bash -c '. env/bin/activate && pip install a'",
        "RUN bash -c 'if true; then pip install a; fi'",
        "RUN bash install.sh && bash -c 'pip install a'",
        "COPY <<E /usr/local/bin/pip\nE\nRUN pip install a==1",
        "COPY <<E /etc/profile.d/a.sh\nE\nRUN pip install a==1",
    ],
)];

pub const ON_IMAGES: &[ImageCase] = &[
    (
        "missing-tool",
        "python:3.12",
        &[
            "RUN node -v",
            "RUN cargo build",
            "RUN cmake . && make",
            "CMD [\"java\", \"-jar\", \"a.jar\"]",
        ],
        &[
            "RUN python3 -V && make && gcc -v && wget https://x.example/a && unzip a",
            "RUN git --version && curl --version && jq --version && ss -l",
            "RUN pip install nodeenv && node -v",
            "RUN apt-get update && apt-get install -y nodejs && node -v",
            "RUN curl -fsSL https://deb.nodesource.com/setup_22.x | bash - && node -v",
            "RUN command -v node || ./install.sh\nRUN node -v",
            "RUN if command -v node; then node -v; fi",
            "ENV PATH=/opt/node/bin:$PATH\nRUN node -v",
            "RUN node() { echo 1; }; node",
            "RUN /opt/node/bin/node -v",
            "RUN make install\nRUN node -v",
            "COPY app.py /usr/local/bin/node\nRUN node -v",
            "RUN python -m venv /v && . /v/bin/activate && node -v",
            "RUN node -v || true",
            "RUN cp -r $SRC/bin /usr/local\nRUN node -v",
        ],
    ),
    (
        "missing-tool",
        "python:3.12-slim",
        &["RUN uv pip install x==1", "RUN gcc -v", "RUN wget -q https://example.com/a", "RUN make"],
        &[
            "RUN pip install uv && uv --version",
            "RUN apt-get update && apt-get install -y build-essential && make && gcc -v",
            "RUN apt-get update && apt-get install -y r-base && make && gcc -v",
            "RUN pgrep x; ssh -V",
            "RUN python -V && python3 -V",
        ],
    ),
    (
        "missing-tool",
        "ubuntu:24.04",
        &[
            "RUN make",
            "RUN add-apt-repository -y ppa:x/y",
            "RUN apt-get update && apt-get install -y python3\nCMD [\"python\", \"app.py\"]",
            "RUN apt-get update && apt-get install -y curl git python3-venv && python -V",
        ],
        &[
            "RUN python3 -V",
            "RUN apt-get update && apt-get install -y python3 python-is-python3 && python -V",
            "RUN apt-get update && apt-get install -y python3 && ln -s /usr/bin/python3 /usr/bin/python && python -V",
            "RUN apt-get update && apt-get install -y software-properties-common && add-apt-repository -y x",
        ],
    ),
    (
        "missing-tool",
        "debian:12",
        &[
            "RUN curl -fsSL https://example.com/key | gpg --dearmor -o /usr/share/keyrings/a.gpg",
            "RUN curl -fsSLO https://example.com/linux/gpg && gpg --dearmor gpg",
            "RUN curl -fsSL https://example.com/a.gpg -o /a.gpg\nRUN gpg --show-keys /a.gpg",
        ],
        &[
            "RUN apt-get update && apt-get install -y gnupg && gpg --version",
            "RUN ln -s /opt/bin/gpg /usr/local/bin/gpg && gpg --version",
            "RUN perl -v && tar --version",
        ],
    ),
    (
        "missing-tool",
        "oven/bun:1.2",
        &["RUN npx tsc"],
        &["RUN bun -v && bunx tsc", "RUN bun install -g npm && npm -v"],
    ),
    (
        "missing-tool",
        "node:22-slim",
        &["CMD [\"python\", \"app.py\"]", "RUN make"],
        &["RUN node -v && npm -v && npx tsc && yarn -v", "RUN python3 -V"],
    ),
    (
        "missing-tool",
        "node:20-slim",
        &[
            "RUN nc -z localhost 1",
            "RUN mvn -q package",
            "RUN composer install",
            "RUN docker ps",
            "RUN Rscript a.R",
            "RUN unzip a.zip",
            "RUN gpg --version",
            "USER user\nRUN psql -c x",
            "RUN php -v && echo done",
            "RUN bash -c 'gcc a.c'",
            "RUN sudo make install",
            "CMD cd /srv && python app.py",
        ],
        &[
            "RUN apt-get update && apt-get install -y netcat-openbsd && nc -z localhost 1",
            "RUN apt-get update && apt-get install -y netcat-traditional\nRUN nc -z localhost 1",
            "RUN apt-get update && apt-get install -y maven\nRUN mvn -q package",
            "RUN apt-get update && apt-get install -y docker.io\nRUN docker ps",
            "RUN curl -fsSL https://get.docker.com | sh\nRUN docker ps",
            "RUN apt-get update && apt-get install -y r-base\nRUN Rscript a.R",
            "RUN which gcc || echo none",
            "RUN ./configure && make",
            "CMD [\"./start.sh\"]",
            "RUN if [ -x /usr/bin/gcc ]; then gcc -v; fi",
            "RUN echo gcc make unzip",
            "RUN pgrep node; ss -ltn; ps aux; curl -V; jq -V; git --version",
        ],
    ),
    ("missing-tool", "golang:1.23", &["RUN cargo build"], &["RUN go build && gcc -v && make"]),
    ("missing-tool", "myteam/tools:1", &[], &["RUN node -v && make && cargo build"]),
];
