//! The programs that images are known to have or not to have.

/// Programs that come together, and how people get them.
pub(in crate::lint) struct Tool {
    pub(in crate::lint) names: &'static [&'static str],
    /// The package of Debian that has them; empty if none is recommended.
    pub(in crate::lint) package: &'static str,
    /// Parts of words of commands that may install them.
    pub(super) providers: &'static [&'static str],
    /// What to do, if it is not to install the package.
    pub(in crate::lint) help: Option<&'static str>,
}

const fn tool(names: &'static [&'static str], package: &'static str) -> Tool {
    Tool { names, package, providers: &[], help: None }
}

/// The programs that images are known to have or not to have.
///
/// `git`, `curl`, `jq`, `ssh`, `ps`, `ss` and `sudo` come with provisioning, and `perl` with every
/// Debian.
pub(in crate::lint) const TOOLS: &[Tool] = &[
    Tool {
        names: &["pip", "pip3"],
        package: "python3-pip",
        providers: &["pip", "python", "conda"],
        help: Some(
            "start from `python = \"3.13\"`, or install `python3-venv` with `apt` and work in a \
             virtual environment",
        ),
    },
    Tool {
        names: &["npm", "npx"],
        package: "npm",
        providers: &["npm", "node", "npx", "nvm", "bun"],
        help: Some("start from `node = \"22\"`, or install `npm` with `apt` first"),
    },
    Tool {
        names: &["bun", "bunx"],
        package: "",
        providers: &["bun"],
        help: Some(
            "start from `bun = \"1.3\"`, or, in an image with Node, install it first with \
             `npm = [\"bun\"]` and `global = true`",
        ),
    },
    Tool {
        names: &["python3"],
        package: "python3",
        providers: &["python", "conda", "pypy", "uv"],
        help: None,
    },
    Tool {
        names: &["python"],
        package: "python-is-python3",
        providers: &["python", "conda", "pypy", "uv"],
        help: Some("call `python3`, or start from `python = \"3.13\"`"),
    },
    Tool {
        names: &["node", "nodejs"],
        package: "nodejs",
        providers: &["node", "nvm", "npm", "bun"],
        help: Some("start from `node = \"22\"`, or install `nodejs` with `apt` first"),
    },
    Tool { names: &["yarn"], package: "", providers: &["yarn", "node", "npm"], help: YARN },
    Tool { names: &["pnpm"], package: "", providers: &["pnpm", "node", "npm"], help: PNPM },
    Tool { names: &["uv", "uvx"], package: "", providers: &["uv", "pip"], help: UV },
    Tool { names: &["poetry"], package: "", providers: &["poetry", "pip"], help: POETRY },
    tool(&["gcc", "cc"], "gcc"),
    tool(&["g++", "c++"], "g++"),
    tool(&["make"], "make"),
    tool(&["cmake"], "cmake"),
    tool(&["wget"], "wget"),
    tool(&["unzip"], "unzip"),
    tool(&["zip"], "zip"),
    Tool {
        names: &["nc"],
        package: "netcat-openbsd",
        providers: &["netcat", "ncat", "nmap"],
        help: None,
    },
    tool(&["gpg"], "gnupg"),
    tool(&["add-apt-repository"], "software-properties-common"),
    tool(&["lsb_release"], "lsb-release"),
    tool(&["locale-gen"], "locales"),
    tool(&["file"], "file"),
    tool(&["rsync"], "rsync"),
    tool(&["vim"], "vim"),
    tool(&["nano"], "nano"),
    tool(&["tmux"], "tmux"),
    tool(&["ffmpeg"], "ffmpeg"),
    tool(&["sqlite3"], "sqlite3"),
    tool(&["supervisord"], "supervisor"),
    tool(&["nginx"], "nginx"),
    tool(&["redis-server"], "redis-server"),
    tool(&["psql"], "postgresql-client"),
    Tool { names: &["go"], package: "golang", providers: &["go"], help: GO },
    Tool {
        names: &["cargo", "rustc"],
        package: "cargo",
        providers: &["cargo", "rust"],
        help: RUST,
    },
    Tool { names: &["mvn"], package: "maven", providers: &["maven", "sdkman"], help: None },
    Tool { names: &["gradle"], package: "gradle", providers: &["gradle", "sdkman"], help: None },
    Tool { names: &["composer"], package: "composer", providers: &["composer"], help: None },
    Tool {
        names: &["Rscript", "R"],
        package: "r-base-core",
        providers: &["r-base", "conda", "rocker"],
        help: None,
    },
    Tool {
        names: &["docker"],
        package: "docker.io",
        providers: &["docker"],
        help: Some("install `docker.io` with `apt` first, and start `dockerd` where it is used"),
    },
    Tool { names: &["ruby", "gem"], package: "ruby", providers: &["ruby", "rbenv"], help: None },
    Tool { names: &["php"], package: "php-cli", providers: &["php"], help: None },
    Tool {
        names: &["java"],
        package: "default-jre-headless",
        providers: &["java", "jdk", "jre", "temurin", "sdkman"],
        help: None,
    },
    Tool {
        names: &["javac"],
        package: "default-jdk-headless",
        providers: &["java", "jdk", "jre", "temurin", "sdkman"],
        help: None,
    },
];

const YARN: Option<&str> = Some("start from an image of Node, and install it with `npm`");
const PNPM: Option<&str> = YARN;
const UV: Option<&str> = Some("install it first: with `pip = \"uv\"`, if the image has Python");
const POETRY: Option<&str> =
    Some("install it first: with `pip = \"poetry\"`, if the image has Python");
const GO: Option<&str> =
    Some("start from an image of `golang`, or install `golang` with `apt` first");
const RUST: Option<&str> =
    Some("start from an image of `rust`, or install `cargo` with `apt` first");
