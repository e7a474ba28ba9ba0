//! Images of programming languages.

use super::super::tag::Tags;
use super::{
    Addition, BUILDPACK, Directory, Family, PLAIN, Packages, Variable, configuration, directory,
    dockerfile,
};
use crate::platform::Distribution;

const PYTHON: &[&str] = &["idle3", "pip", "pip3", "pydoc3", "python", "python3"];
const JDK: &[&str] = &["jar", "javac", "jshell"];
const JAVA: &[&str] = &["java", "keytool"];

pub(super) const ROWS: &[Family] = &[
    Family {
        repository: "python",
        full: BUILDPACK,
        slim: &[Packages::Own(&["ca-certificates", "netbase", "tzdata"])],
        programs: PYTHON,
        source: configuration("docker-library/python@4f07059 (2026-06-23)"),
        ..PLAIN
    },
    Family {
        repository: "ghcr.io/astral-sh/uv",
        // Tags without a distribution have nothing but `/uv` and `/uvx`.
        distribution: Distribution::None,
        full: BUILDPACK,
        programs: &["uv", "uvx"],
        additions: &[Addition {
            tags: Tags::With("python"),
            packages: &["ca-certificates", "netbase", "tzdata"],
            programs: PYTHON,
        }],
        source: dockerfile("astral-sh/uv@26a9dd4 (2026-08-21), .github/workflows/build-docker.yml"),
        ..PLAIN
    },
    Family {
        repository: "node",
        full: BUILDPACK,
        // `yarn` is in the images before 26, `corepack` in those before 25.
        programs: &["node", "nodejs", "npm", "npx"],
        users: &[("node", 1000)],
        source: configuration("nodejs/docker-node@f27d936 (2026-08-19)"),
        ..PLAIN
    },
    Family {
        repository: "oven/bun",
        // Older images have no certificates, either.
        full: &[Packages::Own(&["ca-certificates"])],
        slim: &[Packages::Own(&["ca-certificates"])],
        programs: &["bun", "bunx"],
        path: &[directory("/usr/local/bun-node-fallback-bin", &["node"])],
        users: &[("bun", 1000)],
        source: dockerfile("oven-sh/bun@10babb5, dockerhub/debian-slim and dockerhub/debian"),
        ..PLAIN
    },
    Family {
        repository: "denoland/deno",
        programs: &["deno"],
        users: &[("deno", 1993)],
        others: &[(Tags::With("bin"), Distribution::None)],
        source: dockerfile("denoland/deno_docker@b7864b7 (2026-07-01)"),
        ..PLAIN
    },
    Family {
        repository: "golang",
        full: &[
            Packages::Curl,
            Packages::Scm,
            Packages::Own(&["g++", "gcc", "make", "pkg-config"]),
        ],
        path: &[directory("/usr/local/go/bin", &["go", "gofmt"]), directory("/go/bin", &[])],
        open: &["/go"],
        source: configuration("docker-library/golang@7c8c182 (2026-08-19)"),
        ..PLAIN
    },
    Family {
        repository: "rust",
        full: BUILDPACK,
        slim: &[Packages::Own(&["ca-certificates", "gcc"])],
        path: &[directory("/usr/local/cargo/bin", &["cargo", "rustc", "rustdoc", "rustup"])],
        // The programs are links to `rustup`, which finds the toolchain by this variable.
        env: &[Variable {
            name: "RUSTUP_HOME",
            value: "/usr/local/rustup",
            unless: &["rustup.rs", "rustup default", "rustup toolchain", "/toolchains/"],
        }],
        open: &["/usr/local/cargo", "/usr/local/rustup"],
        source: configuration("rust-lang/docker-rust@7668ee2 (2026-04-03)"),
        ..PLAIN
    },
    Family {
        repository: "ruby",
        full: BUILDPACK,
        slim: &[Packages::Own(&["ca-certificates"])],
        programs: &["bundle", "bundler", "erb", "gem", "irb", "racc", "rake", "rdoc", "ri", "ruby"],
        path: &[directory("/usr/local/bundle/bin", &[])],
        open: &["/usr/local/bundle"],
        source: configuration("docker-library/ruby@d55e25a (2026-04-21)"),
        ..PLAIN
    },
    Family {
        repository: "php",
        full: &[Packages::Own(&[
            "autoconf",
            "ca-certificates",
            "curl",
            "dpkg-dev",
            "file",
            "g++",
            "gcc",
            "make",
            "pkg-config",
            "re2c",
            "xz-utils",
        ])],
        programs: &["pear", "pecl", "php", "phpize"],
        additions: &[Addition {
            tags: Tags::With("apache"),
            packages: &["apache2"],
            programs: &["apache2-foreground"],
        }],
        open: &["/var/www/html"],
        source: configuration("docker-library/php@445bf41 (2026-07-30)"),
        ..PLAIN
    },
    Family {
        repository: "perl",
        full: BUILDPACK,
        programs: &["cpanm", "perl"],
        source: dockerfile("Perl/docker-perl@8b707a1 (2026-03-09)"),
        ..PLAIN
    },
    Family {
        repository: "gcc",
        full: BUILDPACK,
        programs: &["gfortran", "go", "gofmt"],
        source: configuration("docker-library/official-images@37079fb (2026-08-21), library/gcc"),
        ..PLAIN
    },
    Family {
        repository: "eclipse-temurin",
        distribution: Distribution::Ubuntu,
        full: &[Packages::Own(&[
            "ca-certificates",
            "curl",
            "fontconfig",
            "gnupg",
            "locales",
            "wget",
        ])],
        additions: &[Addition {
            tags: Tags::Without("jre"),
            packages: &["binutils"],
            programs: &[],
        }],
        path: &[
            directory("/opt/java/openjdk/bin", JAVA),
            Directory { path: "/opt/java/openjdk/bin", programs: JDK, tags: Tags::Without("jre") },
        ],
        source: configuration("adoptium/containers@d8d18d6 (2026-08-05)"),
        ..PLAIN
    },
    Family {
        repository: "openjdk",
        // Since 12, tags that name no distribution and are not slim are built on Oracle Linux.
        distribution: Distribution::Oracle,
        others: &[
            (Tags::With("slim"), Distribution::Debian),
            (Tags::Major(&["6", "7", "8", "9", "10", "11"]), Distribution::Debian),
        ],
        path: &[
            // Others have the packages of Debian.
            Directory {
                path: "/usr/local/openjdk-{major}/bin",
                programs: JAVA,
                tags: Tags::Major(&["8", "11"]),
            },
            Directory {
                path: "/usr/local/openjdk-{major}/bin",
                programs: &["jar", "java", "javac", "jshell", "keytool"],
                tags: Tags::Major(&[
                    "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24",
                    "25", "26", "27",
                ]),
            },
        ],
        is_complete: false,
        source: dockerfile(
            "docker-library/openjdk@da2d75f (2026-08-19) and official-images@37079fb (2026-08-21); \
             before 12, which are gone from both, from memory",
        ),
        ..PLAIN
    },
    Family {
        repository: "dart",
        full: &[Packages::Own(&[
            "ca-certificates",
            "curl",
            "dnsutils",
            "git",
            "openssh-client",
            "unzip",
        ])],
        path: &[directory("/usr/lib/dart/bin", &["dart"]), directory("/root/.pub-cache/bin", &[])],
        source: configuration("dart-lang/dart-docker@8ae3f4a (2026-07-21)"),
        ..PLAIN
    },
    Family {
        repository: "swift",
        distribution: Distribution::Ubuntu,
        programs: &["swift", "swiftc"],
        // Installed with recommended packages.
        is_complete: false,
        source: configuration("docker-library/official-images@37079fb (2026-08-21), library/swift"),
        ..PLAIN
    },
    Family {
        repository: "julia",
        full: &[Packages::Own(&["ca-certificates", "curl"])],
        path: &[directory("/usr/local/julia/bin", &["julia"])],
        source: dockerfile("docker-library/julia@aa7507f (2026-08-16)"),
        ..PLAIN
    },
    Family {
        repository: "erlang",
        full: BUILDPACK,
        programs: &["erl", "erlc", "escript", "rebar3"],
        source: dockerfile("erlang/docker-erlang-otp@023b069 (2026-07-28)"),
        ..PLAIN
    },
    Family {
        repository: "elixir",
        full: BUILDPACK,
        programs: &["elixir", "erl", "iex", "mix"],
        // What its slim variants add is not known.
        is_complete: false,
        source: dockerfile("erlef/docker-elixir@6113c3e (2025-11-15)"),
        ..PLAIN
    },
    Family {
        repository: "r-base",
        programs: &["R", "Rscript"],
        users: &[("docker", 1000)],
        // `r-base-dev` brings compilers.
        is_complete: false,
        source: configuration("rocker-org/rocker@353d611 (2026-04-24)"),
        ..PLAIN
    },
    Family {
        repository: "mcr.microsoft.com/dotnet/",
        // `latest` is 10 or newer.
        distribution: Distribution::Ubuntu,
        others: &[
            (Tags::With("chiseled"), Distribution::None),
            (Tags::Major(&["3", "5", "6", "7", "8", "9"]), Distribution::Debian),
        ],
        programs: &["dotnet"],
        is_complete: false,
        source: dockerfile("dotnet/dotnet-docker@3ed00b6 (2026-08-21)"),
        ..PLAIN
    },
];
