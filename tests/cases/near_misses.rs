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
            "RUN touch /tmp/a\nRUN bash -c 'cat /tmp/a'",
            "RUN touch /tmp/a\nRUN cd /tmp && sh -c \"wc -l a\"",
            "RUN bash <<E\ntouch /tmp/a\nE\nRUN cat /tmp/a",
            "WORKDIR /tmp/a\nRUN make",
            "COPY <<E /tmp/a\nE\nRUN cat /tmp/a",
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
            "RUN touch /tmp/a && bash -c 'cat /tmp/a'",
            "RUN touch /tmp/a\nRUN bash -c 'cat /tmp/a || true'",
            "RUN touch /tmp/a\nRUN bash -c 'cat /tmp/a' || true",
            "RUN touch /tmp/a\nRUN bash -c 'cat \"$X/tmp/a\"'",
            "RUN touch /tmp/a\nRUN bash -c \"cat '$X'\"",
            "RUN bash -c 'cd /tmp && touch a'\nRUN cd /srv && cat a",
            "RUN touch /tmp/a\nRUN bash -c 'cd /tmp'; cat a",
            "COPY <<E /tmp/a\nE\nRUN cat /tmp/b",
            "COPY <<E /tmp/a\nE\nRUN cp x /tmp/a && cat /tmp/a",
        ],
    ),
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
        "stale-apt-index",
        &[
            "USER root\nRUN apt-get update\nRUN apt-get install -y a",
            "USER root\nRUN bash -c 'apt-get update'\nRUN apt-get install -y a",
            "RUN sudo apt-get update\nRUN sudo bash -c 'apt-get install -y a'",
        ],
        &[
            "USER root\nRUN apt-get update && apt-get install -y a\nRUN apt-get install -y b",
            "USER root\nRUN apt-get update\nRUN apt-get update && apt-get install -y a",
            "USER root\nRUN [ -f a ] && true || apt-get update\nRUN apt-get install -y a",
            "USER root\nRUN apt-get update && bash -c 'apt-get install -y a'",
            "USER root\nRUN bash -c 'apt-get update' && apt-get install -y a",
            "USER root\nRUN bash <<E\napt-get update\napt-get install -y a\nE",
        ],
    ),
    (
        "write-needs-root",
        &[
            "RUN mkdir /opt/a",
            "RUN sudo echo a > /etc/a",
            "RUN ln -s /home/user/a /usr/local/bin/a",
            "RUN npm install -g a",
            "RUN npm --global install a",
            "RUN npm install --location=global a",
            "RUN npm link",
            "RUN corepack enable",
            "RUN corepack enable pnpm && corepack prepare pnpm@9 --activate",
            "RUN bash -c 'mkdir /opt/a'",
            "RUN bash -c \"cd /etc && echo $A > a\"",
            "RUN sh <<'E'\nln -s /home/user/a /usr/local/bin/a\nE",
            "RUN bash -c \"bash -c 'npm install -g a'\"",
            "USER root\nRUN su user -c 'mkdir /opt/a'",
            "RUN [\"bash\", \"-c\", \"mkdir /opt/a\"]",
        ],
        &[
            "RUN mkdir -p /opt",
            "RUN sudo bash -c 'mkdir /opt/a'",
            "RUN sudo bash -c 'echo a > /etc/a'",
            "RUN sudo tee /etc/a <<E\nbash -c 'mkdir /opt/a'\nE",
            "RUN bash -c 'sudo mkdir /opt/a'",
            "RUN sudo bash <<E\nmkdir /opt/a\nE",
            "RUN cat <<E | sudo bash\nmkdir /opt/a\nE",
            "RUN sudo su - -c 'mkdir /opt/a'",
            "RUN su -c 'mkdir /opt/a'",
            "RUN bash -c 'mkdir /opt/a' || true",
            "RUN if bash -c 'mkdir /opt/a'; then echo; fi",
            "RUN bash -c 'mkdir \"$A/opt/a\"'",
            "RUN bash -c \"mkdir '$A'\"",
            "RUN bash -c \"mkdir $A/opt/a\"",
            "USER root\nRUN bash -c 'mkdir /opt/a'",
            "RUN cd ~/x && bash -c 'mkdir opt/a'",
            "RUN su user -c 'cd && mkdir opt/a'",
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
            "RUN npm link a",
            "RUN sudo corepack enable",
            "RUN corepack enable || true",
            "RUN corepack enable --install-directory ~/bin",
            "RUN corepack prepare pnpm@9 --activate",
            "USER root\nRUN corepack enable",
            "USER root\nRUN chown -R user /usr/local\nUSER user\nRUN corepack enable",
            "RUN sudo npm install -g a",
            "RUN npm config set prefix ~/.npm && npm install -g a",
        ],
    ),
    (
        "sudo-not-permitted",
        &["USER app\nRUN sudo make", "USER app\nRUN bash -c 'sudo make'"],
        &[
            "RUN sudo make",
            "USER root\nRUN echo 'app ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/app\nUSER app\nRUN sudo make",
            "USER app\nRUN sudo make || make",
            "RUN bash -c 'sudo make'",
            "USER app\nRUN bash -c 'sudo make' || make",
            "USER root\nRUN su app -c 'make' && sudo make",
            "COPY <<E /etc/sudoers.d/app\napp ALL=(ALL) NOPASSWD: ALL\nE\nUSER app\nRUN sudo make",
        ],
    ),
    (
        "plaintext-secret",
        &[
            "COPY <<'E' .npmrc\n//registry.npmjs.org/:_authToken=npm_4eYxW2kP9sLqT7vB1nC8dF5gH3jK6mR0aZ\nE",
        ],
        &[
            "COPY <<'E' /a\nTOKEN=$TOKEN\nE",
            "COPY <<E /a\npassword = changeme\nE",
            "COPY <<'E' /a\nif token == \"\":\n    exit(1)\nE",
        ],
    ),
    (
        "user-exists",
        &[
            "USER root\nRUN useradd -m user",
            "USER root\nRUN useradd -m -u 1000 app",
            "USER root\nRUN adduser --disabled-password --gecos '' --uid 1000 app && id app",
            "USER root\nRUN groupadd -g 1000 app",
            "USER root\nRUN useradd node",
            "USER app\nUSER root\nRUN useradd app",
            "RUN sudo useradd --uid=1001 app",
        ],
        &[
            "USER root\nRUN id -u user || useradd user",
            "USER root\nRUN useradd user || true",
            "USER root\nRUN useradd -u 1002 x",
            "USER root\nRUN useradd -o -u 1000 x",
            "USER root\nRUN if ! id user; then useradd user; fi",
            "USER root\nRUN useradd user; true",
            "USER root\nRUN userdel -r node && useradd -u 1000 app",
            "USER root\nRUN usermod -u 2000 node && useradd -u 1000 app",
            "USER root\nRUN usermod -l app node && useradd node",
            "USER root\nRUN adduser user sudo",
            "USER root\nRUN adduser --system user",
            "USER root\nRUN ./setup.sh && useradd -u 1000 app",
            "USER root\nRUN useradd -g user -d /home/user app",
            "USER root\nRUN useradd $NAME",
        ],
    ),
    (
        "lost-background-process",
        &[
            "RUN server &",
            "RUN bash -c 'server &'",
            "RUN make && su user -c 'server > log &'",
            "USER root\nRUN service nginx start",
            "RUN sudo systemctl start docker",
            "USER root\nRUN /etc/init.d/ssh start",
            "USER root\nRUN apt-get update && pg_ctlcluster 16 main start",
        ],
        &[
            "USER root\nRUN service postgresql start && psql -c x",
            "USER root\nRUN systemctl enable nginx",
            "USER root\nRUN service nginx stop",
            "USER root\nRUN service nginx start || true",
            "CMD service nginx start",
            "RUN server & sleep 1; make",
            "RUN server & wait",
            "RUN server 2>&1",
            "RUN bash -c 'server & sleep 1; make'",
            "RUN bash -c 'server &' && make",
            "RUN echo 'server &'",
        ],
    ),
    (
        "apt-needs-root",
        &[
            "RUN apt-get install -y a",
            "RUN bash -c \"apt-get install -y a\"",
            "RUN sh -c 'set -e; apt-get update'",
            "RUN bash -lc 'apt-get install -y a'",
            "RUN bash -euo pipefail -c \"apt-get install -y a\"",
            "RUN env X=1 bash -c 'apt-get install -y a'",
            "RUN [\"/bin/bash\", \"-c\", \"apt-get install -y a\"]",
            "RUN [\"apt-get\", \"install\", \"-y\", \"a\"]",
            "RUN bash <<E\napt-get install -y a\nE",
            "RUN cat <<E | bash\napt-get install -y a\nE",
            "RUN bash <<< 'apt-get install -y a'",
            "RUN echo 'apt-get install -y a' | sh",
            "USER root\nRUN su user -c 'apt-get install -y a'",
            "RUN sudo -u user bash -c 'apt-get install -y a'",
        ],
        &[
            "RUN echo \"bash -c 'apt-get install -y a'\"",
            "RUN cat > f.sh <<E\nbash -c 'apt-get install -y a'\nE",
            "RUN cat <<E | tee f.sh\napt-get install -y a\nE",
            "RUN ssh host bash -c 'apt-get install -y a'",
            "RUN docker run x bash -c 'apt-get install -y a'",
            "RUN chroot /srv bash -c 'apt-get install -y a'",
            "RUN bash script.sh -c 'apt-get install -y a'",
            "RUN bash script.sh <<E\napt-get install -y a\nE",
            "RUN bash -n -c 'apt-get install -y a'",
            "RUN bash --help -c 'apt-get install -y a'",
            "RUN python -c \"apt-get install -y a\"",
            "RUN sh -c \"$CMD\"",
            "RUN sh -c $CMD",
            "RUN find . -exec sh -c 'apt-get install -y a' ';'",
            "RUN ls | xargs sh -c 'apt-get install -y a'",
            "RUN sudo bash -c 'apt-get install -y a'",
            "RUN sudo bash <<E\napt-get install -y a\nE",
            "RUN sudo -E env A=1 bash -c 'apt-get install -y a'",
            "RUN su -c 'apt-get install -y a'",
            "RUN sudo -u \"$A\" bash -c 'apt-get install -y a'",
            "USER root\nRUN bash -c 'apt-get install -y git'",
            "RUN bash -c 'sudo apt-get install -y a'",
            "RUN bash -c \"[ -f a ] && true || apt-get install -y a\"",
            "RUN bash -c 'if [ $(id -u) = 0 ]; then apt-get install -y a; fi'",
            "RUN bash -c 'f() { apt-get install -y a; }'",
            "RUN bash -c \"echo 'apt-get install -y a'\"",
            "RUN bash -c '# apt-get install -y a'",
            "RUN bash -c 'echo apt-get install -y a' sh apt-get",
            "RUN apt-get -s install a",
            "RUN apt-get install --simulate a",
            "RUN apt-get install --dry-run a",
            "RUN apt-get --just-print upgrade",
            "RUN apt-get install -y --print-uris a",
            "RUN apt-get install -sy a",
            "RUN apt-get --no-act install a",
            "RUN apt-get --recon install a",
            "RUN apt-get download a",
            "RUN apt-get source a",
            "RUN apt list --installed",
            "RUN dpkg --get-selections",
            "RUN dpkg --print-architecture",
            "RUN dpkg -l",
            "RUN dpkg-query -W",
        ],
    ),
    (
        "apt-without-yes",
        &[
            "USER root\nRUN bash -c \"apt-get install a\"",
            "USER root\nRUN bash <<E\napt-get install a\nmake\nE",
            "USER root\nRUN [\"apt-get\", \"install\", \"a\"]",
        ],
        &[
            "USER root\nRUN bash -c 'apt-get install -y a'",
            "USER root\nRUN yes | bash -c 'apt-get install a'",
            "USER root\nRUN bash -c 'yes | apt-get install a'",
            "USER root\nRUN bash -c 'apt-get install a' < answers",
            "USER root\nRUN bash <<E\napt-get install a\ny\nE",
            "USER root\nRUN bash -c \"apt-get $OPTIONS install a\"",
        ],
    ),
    (
        "long-running-step",
        &[
            "RUN bash -c \"cd app && npm start\"",
            "RUN su user -c 'npm run dev'",
            "RUN cat <<E | bash\nuvicorn app:app\nE",
        ],
        &[
            "RUN bash -c 'npm start &'",
            "RUN bash -c 'npm start' & sleep 5; curl localhost",
            "RUN timeout 5 bash -c 'npm start'",
            "RUN bash -c 'timeout 5 npm start'",
            "RUN bash -c 'tail -f log' | grep -m1 ready",
            "RUN false || bash -c 'npm start'",
            "RUN echo 'npm start' > run.sh",
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
    (
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
    ),
    (
        "misplaced-certificate",
        &[
            "COPY app.py /usr/local/share/ca-certificates/a.pem",
            "COPY app.py /usr/local/share/ca-certificates/a/b.cer\nUSER root\nRUN update-ca-certificates",
        ],
        &[
            "COPY app.py /usr/local/share/ca-certificates/a.crt",
            "COPY app.py /usr/local/share/ca-certificates/README.md",
            "COPY app.py /usr/local/share/ca-certificates-own/a.pem",
            "COPY app.py /usr/local/share/ca-certificates/a.pem\nRUN mv /usr/local/share/ca-certificates/a.pem /usr/local/share/ca-certificates/a.crt",
            "COPY app.py /usr/local/share/ca-certificates/a.pem\nRUN cd /usr/local/share && mv */a.pem b.crt",
            "COPY app.py /usr/local/share/ca-certificates/a.der\nRUN openssl x509 -in a.der -out a.crt",
            "COPY app.py /srv/a.pem",
            "COPY app.py /etc/ssl/certs/a.pem",
        ],
    ),
    (
        "misplaced-copy",
        &[
            "COPY requirements.txt /app\nRUN cd /app",
            "COPY requirements.txt /app\nRUN mkdir -p /app",
            "COPY requirements.txt /app\nRUN bash -c 'cd /app && make'",
            "COPY requirements.txt /app\nWORKDIR /app",
            "COPY requirements.txt /app\nWORKDIR /app/src",
            "COPY requirements.txt /app\nCOPY app.py /app/",
            "COPY requirements.txt /app\nRUN cat /app/requirements.txt",
            "COPY src /app/\nRUN python /app/src/main.py",
            "COPY src/ /app\nRUN pip install x && cd /app && python src/main.py",
            "COPY requirements.txt src /app/\nWORKDIR /app\nRUN node src/main.py",
            "COPY src /app\nCMD [\"python\", \"/app/src/main.py\"]",
        ],
        &[
            "COPY requirements.txt /app/\nRUN cd /app",
            "COPY requirements.txt /app\nRUN cat /app",
            "COPY requirements.txt /app\nRUN rm /app && mkdir /app && cd /app",
            "COPY requirements.txt /app\nRUN rm -f /app\nWORKDIR /app",
            "COPY requirements.txt /app\nRUN mv /app /b\nRUN mkdir /app",
            "COPY requirements.txt /app\nRUN cd /app || true",
            "COPY requirements.txt /app\nRUN [ -d /app ] && cd /app",
            "COPY requirements.txt /app\nRUN if [ -d /app ]; then cd /app; fi",
            "COPY requirements.txt /app\nCOPY app.py /app",
            "COPY requirements.txt /app\nRUN cd /application",
            "COPY requirements.txt /opt\nRUN cd /opt",
            "COPY requirements.txt /etc/a\nRUN cd /etc/a",
            "WORKDIR /app\nCOPY requirements.txt /app\nRUN cd /app",
            "USER root\nRUN mkdir /app\nCOPY requirements.txt /app\nRUN cd /app",
            "COPY src /app\nCOPY requirements.txt /app\nRUN cd /app",
            "COPY require*.txt /app\nRUN cd /app",
            "COPY src /app/src\nRUN python /app/src/main.py",
            "COPY src /app/\nRUN python /app/main.py",
            "COPY src /app/\nRUN python /app/src/other.py",
            "COPY src /app/\nCOPY . /app/\nRUN python /app/src/main.py",
            "COPY src /app/\nCOPY src /app/src\nRUN python /app/src/main.py",
            "COPY src /app/\nRUN mkdir /app/src && cp /app/*.py /app/src\nRUN python /app/src/main.py",
            "COPY src /app/\nRUN make -C /app\nRUN python /app/src/main.py",
            "COPY src /app/\nRUN cd /app && ./build.sh && python src/main.py",
            "COPY src /app/\nRUN ln -s . /app/src && python /app/src/main.py",
            "COPY src /app/\nWORKDIR /app/src\nRUN python main.py",
            "COPY src /app/\nRUN test -f /app/src/main.py || true",
            "COPY src /\nRUN python /usr/src/main.py",
        ],
    ),
    (
        "unpinned-package",
        &["RUN bash -c 'npm install a@latest'"],
        &["RUN bash -c 'npm install a@1'", "RUN echo \"bash -c 'npm install a@latest'\""],
    ),
];

/// The same for rules that depend on the base image: the code, the image, what it reports, and what
/// it does not. The instructions run as root.
const ON_IMAGES: &[(&str, &str, &[&str], &[&str])] = &[
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
        &["RUN curl -fsSL https://example.com/key | gpg --dearmor -o /usr/share/keyrings/a.gpg"],
        &[
            "RUN apt-get update && apt-get install -y gnupg && gpg --version",
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
    ("missing-tool", "golang:1.23", &["RUN cargo build"], &["RUN go build && gcc -v && make"]),
    ("missing-tool", "myteam/tools:1", &[], &["RUN node -v && make && cargo build"]),
    (
        "write-needs-root",
        "python:3.12",
        &[
            "COPY src /app\nUSER user\nRUN touch /app/new",
            "COPY app.py /app/\nWORKDIR /app\nUSER user\nRUN echo a > log",
            "COPY app.py /app/\nWORKDIR /app\nUSER user\nRUN npm ci",
            "RUN mkdir -p /home/user/x\nUSER user\nRUN touch /home/user/x/a",
            "RUN python -m venv /home/user/v\nUSER user\nRUN touch /home/user/v/lib/a",
            "USER dev\nCOPY app.py /home/user/app/\nRUN touch /home/user/app/b",
            "RUN mkdir /data\nUSER user\nRUN cp /etc/hosts /data/",
            "RUN mkdir /data\nRUN bash -c 'mkdir /data/x'\nUSER user\nRUN bash -c 'echo a > /data/x/y'",
            "WORKDIR /app\nCMD echo a > /app/log",
            "RUN mkdir /data\nRUN echo a > /data/b\nUSER user\nRUN echo b >> /data/b",
        ],
        &[
            "USER user\nWORKDIR /app\nCOPY src /app\nRUN touch /app/new",
            "COPY src /app\nRUN chown -R user:user /app\nUSER user\nRUN touch /app/new",
            "COPY src /app\nRUN chown user /app\nUSER user\nRUN touch /app/new",
            "COPY src /app\nRUN chmod 777 /app\nUSER user\nRUN touch /app/new",
            "COPY src /app\nRUN chmod -R a+w /app\nUSER user\nRUN touch /app/new",
            "COPY src /app\nRUN ./give-it-away.sh\nUSER user\nRUN touch /app/new",
            "COPY --chown=user src /app\nUSER user\nRUN echo a >> /app/main.py",
            "COPY src /app\nUSER user\nRUN mkdir -p /app",
            "COPY src /app\nUSER user\nRUN sudo touch /app/new",
            "COPY src /app\nUSER user\nRUN touch /app/new || true",
            "COPY src /app\nRUN install -d -o user /app/x\nUSER user\nRUN touch /app/x/y",
            "COPY src /app\nUSER user\nRUN cat /app/main.py > /home/user/copy",
            "RUN mkdir -p /home/user/x && chown user:user /home/user/x\nUSER user\nRUN touch /home/user/x/a",
            "RUN mkdir -p /home/user/x\nCMD touch /home/user/x/a",
            "RUN mkdir -m 777 /data\nUSER user\nRUN touch /data/a",
            "RUN mkdir /data && chmod 1777 /data\nUSER user\nRUN touch /data/a",
            "RUN mkdir -p /tmp/x\nUSER user\nRUN touch /tmp/a",
            "RUN rm -rf /data\nUSER user\nRUN sudo mkdir /data && sudo chown user /data && touch /data/a",
            "RUN python setup.py install\nUSER user\nRUN touch /app/a",
            "USER user\nRUN git clone https://example.com/a/b /home/user/b && touch /home/user/b/new",
            "RUN mkdir /usr/local/data\nCMD touch /usr/local/data/a",
            "RUN useradd -m -d /srv/app app && mkdir -p /srv/app/x && chown app /srv/app/x\nUSER app\nRUN touch /srv/app/x/a",
            "RUN mkdir -p /data/{a,b}\nRUN chown -R user /data\nUSER user\nRUN touch /data/a/b",
            "RUN D=/data; mkdir -p $D; chown user $D\nUSER user\nRUN touch /data/a",
            "RUN ln -s /home/user /data\nUSER user\nRUN touch /data/a",
        ],
    ),
    ("write-needs-root", "rust:1.84", &[], &["USER user\nRUN touch /usr/local/cargo/config.toml"]),
    ("write-needs-root", "golang:1.23", &[], &["USER user\nRUN touch /go/a && mkdir -p /go/src/x"]),
    ("write-needs-root", "myteam/tools:1", &[], &["COPY src /app\nUSER user\nRUN touch /app/new"]),
    (
        "unquoted-specifier",
        "python:3.12",
        &[
            "RUN pip install fastapi>=0.100 uvicorn",
            "RUN pip install numpy<2",
            "RUN cd /srv && python -m pip install a b[c]>=1.2.*",
            "RUN bash -c 'pip install x>=1'",
            "RUN npm install --global left-pad@>=1.3",
        ],
        &[
            "RUN pip install 'fastapi>=0.100' \"numpy<2\"",
            "RUN pip install x==1.0 > log",
            "RUN pip install x >log.txt 2>&1",
            "RUN pip freeze>requirements.txt",
            "RUN pip install -r requirements.txt >/dev/null",
            "RUN python3 app.py <input.txt >1",
            "RUN pip install x\\>=1",
            "RUN test 2 -gt 1 && echo a>=1",
            "RUN pip install x 2>&1",
            "RUN npm ls >out",
        ],
    ),
    (
        "path-without-system",
        "python:3.12",
        &["ENV PATH=/opt/x/bin", "ENV PATH=/opt/x/bin:/usr/local/bin"],
        &[
            "ENV PATH=/opt/x/bin:$PATH",
            "ENV PATH=/opt/x/bin:/usr/local/bin:/usr/bin:/bin",
            "ENV XPATH=/opt/x/bin",
            "ENV PATH=/opt/x:/bin/",
        ],
    ),
    (
        "not-executable",
        "python:3.12",
        &[
            "COPY --chmod=644 app.py /srv2/\nRUN /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/run\nWORKDIR /srv2\nRUN ./run",
            "COPY --chmod=755 app.py /srv2/\nRUN chmod 600 /srv2/app.py\nRUN /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nCMD [\"/srv2/app.py\"]",
            "RUN echo true > /srv2x && /srv2x",
        ],
        &[
            "COPY --chmod=755 app.py /srv2/\nRUN /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nRUN python /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nRUN chmod +x /srv2/app.py && /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nRUN chmod -R 755 /srv2 && /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nRUN chmod u+x /srv2/*.py\nRUN /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nRUN ./fix.sh && /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nRUN cp /bin/true /srv2/app.py && /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nRUN . /srv2/app.py",
            "COPY --chmod=644 app.py /srv2/\nRUN find /srv2 -name '*.py' -exec chmod +x {} +\nRUN /srv2/app.py",
        ],
    ),
    (
        "stale-apt-index",
        "ubuntu:22.04",
        &[
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y jq",
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists\nRUN echo a && apt-get install -y vim",
            "RUN apt-get update; apt-get install -y git; rm -rf /var/lib/apt/lists/*; apt-get install -y vim",
        ],
        &[
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\nRUN apt-get update && apt-get install -y jq",
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y git",
            "RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\nRUN curl -fsSL https://deb.nodesource.com/setup_22.x | bash - && apt-get install -y nodejs",
            "RUN rm -rf /var/lib/apt/lists/*\nRUN ./setup.sh\nRUN apt-get install -y jq",
            "RUN rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y ./a.deb",
            "RUN rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y jq || (apt-get update && apt-get install -y jq)",
            "RUN rm -rf /var/lib/apt/lists/partial\nRUN apt-get install -y jq",
            "RUN rm -rf /var/lib/apt/lists/*\nRUN apt-get remove -y jq && apt-get clean",
            "RUN rm -rf /var/lib/apt/lists/* && apt-get update\nRUN apt-get update && apt-get install -y jq",
            "RUN rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y $PACKAGES",
        ],
    ),
    (
        "path-lost-in-login-shell",
        "golang:1.23",
        &["RUN go install golang.org/x/tools/gopls@v0.16.0", "CMD [\"go\", \"run\", \".\"]"],
        &[
            "RUN /usr/local/go/bin/go build",
            "RUN export PATH=/usr/local/go/bin:$PATH && go build",
            "ENV PATH=/usr/local/go/bin:$PATH\nCMD [\"go\", \"run\", \".\"]",
            "RUN ln -s /usr/local/go/bin/go /usr/local/bin/go\nRUN go build",
            "RUN echo 'PATH=/usr/local/go/bin:$PATH' > /etc/profile.d/go.sh\nRUN go build",
            "RUN if true; then go build; fi",
            "RUN make",
        ],
    ),
    ("path-lost-in-login-shell", "rust:1.84", &["RUN cargo build --release"], &["RUN gcc a.c"]),
    ("path-lost-in-login-shell", "oven/bun:1.2", &["RUN node -v"], &["RUN bun -v"]),
    ("path-lost-in-login-shell", "eclipse-temurin:21", &["RUN javac A.java"], &["RUN wget x"]),
    (
        "path-lost-in-login-shell",
        "nvidia/cuda:12.4.1-devel-ubuntu22.04",
        &["RUN nvcc --version"],
        &["RUN apt-get update"],
    ),
    ("path-lost-in-login-shell", "continuumio/miniconda3:24.1", &[], &["RUN conda install x"]),
    (
        "path-lost-in-login-shell",
        "ruby:3.4",
        &[],
        &["RUN bundle install && gem install x && ruby -v"],
    ),
    (
        "root-home",
        "python:3.12",
        &[
            "WORKDIR /root/app",
            "ENV PATH=/root/.local/bin:$PATH",
            "CMD [\"/root/run.sh\"]",
            "CMD cd / && python /root/app.py",
            "RUN playwright install chromium",
            "RUN npx -y playwright@1.50 install --with-deps",
        ],
        &[
            "WORKDIR /root/app\nUSER root",
            "ENV PATH=/root/.local/bin:$PATH\nUSER root\nCMD [\"/root/run.sh\"]",
            "WORKDIR /root/app\nRUN make\nWORKDIR /srv",
            "RUN chmod 755 /root\nCMD [\"/root/run.sh\"]",
            "RUN chmod -R a+rX $HOME\nENV PATH=/root/.local/bin:$PATH",
            "CMD sudo /root/run.sh",
            "CMD echo /rooted/x",
            "ENV PATH=/root/.local/bin:$PATH\nENV PATH=/usr/local/bin:/usr/bin:/bin",
            "ENV PLAYWRIGHT_BROWSERS_PATH=/opt/b\nRUN playwright install chromium",
            "USER user\nRUN playwright install chromium",
            "RUN playwright install-deps",
            "RUN playwright install chromium && mv /root/.cache/ms-playwright /opt/b",
            "RUN pip install playwright",
            "RUN cat /root/.bashrc",
        ],
    ),
    (
        "root-home",
        "mcr.microsoft.com/playwright:v1.50.0-noble",
        &[],
        &["RUN npx playwright install"],
    ),
    (
        "user-exists",
        "ubuntu:24.04",
        &["RUN useradd -u 1000 app", "RUN useradd -u 1001 app", "RUN useradd ubuntu"],
        &["RUN useradd -u 1002 app", "RUN userdel -r ubuntu && useradd -u 1000 app"],
    ),
    (
        "user-exists",
        "myteam/tools:1",
        &["RUN useradd -m user"],
        &["RUN useradd -u 1000 app", "RUN useradd node"],
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
                let dockerfile = format!("FROM node:22\nUSER user\n{dockerfile}");
                trial(name, move || test(code, &dockerfile, kind == "reported"))
            }));
        }
    }
    for (code, image, reported, allowed) in ON_IMAGES {
        for (kind, dockerfiles) in [("reported", reported), ("allowed", allowed)] {
            trials.extend(dockerfiles.iter().zip(1..).map(|(dockerfile, number)| {
                let name = format!("near_misses::{code}::{image}::{kind}-{number}");
                let dockerfile = format!("FROM {image}\n{dockerfile}");
                trial(name, move || test(code, &dockerfile, kind == "reported"))
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
    workspace.write("src/main.py", "");
    workspace.write("Dockerfile", format!("{dockerfile}\n"));
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
