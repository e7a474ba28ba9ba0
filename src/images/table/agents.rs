//! Images for agents, browsers and editors, and those of the platforms.

use super::{BUILDPACK, Family, PLAIN, Packages, Service, Variable, dockerfile};
use crate::platform::Distribution;

const PLAYWRIGHT: &str = "microsoft/playwright@d4e1023 (2026-08-21), utils/docker";
const BROWSERS: &[Variable] = &[Variable {
    name: "PLAYWRIGHT_BROWSERS_PATH",
    value: "/ms-playwright",
    unless: &["playwright install", "playwright-core install"],
}];
const DEVCONTAINERS: &str = "devcontainers/images@bed3eb2 (2026-07-01), src/*/manifest.json";

/// A row of development containers: features of the specification install most of what they have.
const fn devcontainer(repository: &'static str, user: &'static [(&'static str, u32)]) -> Family {
    Family {
        repository,
        users: user,
        is_complete: false,
        source: dockerfile(DEVCONTAINERS),
        ..PLAIN
    }
}

const VSCODE: &[(&str, u32)] = &[("vscode", 1000)];
const NODE: &[(&str, u32)] = &[("node", 1000)];

pub(super) const ROWS: &[Family] = &[
    Family {
        repository: "mcr.microsoft.com/playwright",
        distribution: Distribution::Ubuntu,
        full: &[Packages::Own(&[
            "ca-certificates",
            "curl",
            "git",
            "gnupg",
            "openssh-client",
            "wget",
        ])],
        programs: &["node", "npm", "npx", "yarn"],
        env: BROWSERS,
        // The UID of its user is the first that is free.
        is_complete: false,
        source: dockerfile(PLAYWRIGHT),
        ..PLAIN
    },
    Family {
        // Those with Python, Java and .NET.
        repository: "mcr.microsoft.com/playwright/",
        distribution: Distribution::Ubuntu,
        env: BROWSERS,
        is_complete: false,
        source: dockerfile(PLAYWRIGHT),
        ..PLAIN
    },
    Family {
        repository: "e2bdev/code-interpreter",
        full: BUILDPACK,
        programs: &["java", "node", "npm", "npx", "pip", "pip3", "python", "python3"],
        service: Some(Service {
            start: "sudo /root/.jupyter/start-up.sh",
            ready: "http://localhost:49999/health",
            port: 49999,
            template: "code-interpreter-v1",
        }),
        is_complete: false,
        source: dockerfile("e2b-dev/code-interpreter@7df1757 (2026-08-21), template/template.py"),
        ..PLAIN
    },
    Family {
        repository: "e2bdev/base",
        full: BUILDPACK,
        programs: &["node", "nodejs", "npm", "npx", "pip", "pip3", "python", "python3", "yarn"],
        is_complete: false,
        source: dockerfile("e2b-dev/E2B@b802997 (2026-08-21), templates/base/e2b.Dockerfile"),
        ..PLAIN
    },
    Family {
        repository: "e2bdev/desktop",
        distribution: Distribution::Ubuntu,
        is_complete: false,
        source: dockerfile("e2b-dev/desktop@30b8dfc (2026-08-17), template/template.py"),
        ..PLAIN
    },
    devcontainer("mcr.microsoft.com/devcontainers/anaconda", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/cpp", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/go", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/java", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/javascript-node", NODE),
    devcontainer("mcr.microsoft.com/devcontainers/jekyll", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/miniconda", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/php", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/python", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/ruby", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/rust", VSCODE),
    devcontainer("mcr.microsoft.com/devcontainers/typescript-node", NODE),
    Family {
        repository: "mcr.microsoft.com/devcontainers/universal",
        distribution: Distribution::Ubuntu,
        users: &[("codespace", 1000)],
        is_complete: false,
        source: dockerfile(DEVCONTAINERS),
        ..PLAIN
    },
];
