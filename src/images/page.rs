//! `docs/images.md`: what is known about images, from the tables.

use std::fmt::Write as _;

use super::distribution::repositories;
use super::table::{self, Evidence, Family, Variable};
use super::tag::Tags;
use crate::platform::{Distribution, Platform};

const INTRODUCTION: &str = "\
# Base images

`sbx` knows what well-known images have, so that its rules can say what a template lacks before it is
built. This page is generated from the tables in `src/images`, which the rules read.

- An official image of Docker Hub is recognized by each of its names: `python`, `library/python`,
  `docker.io/library/python`, `public.ecr.aws/docker/library/python`, `mirror.gcr.io/library/python`
  and `amd64/python`.
- A tag that names a distribution, such as `3.12-alpine`, `bookworm-slim` or `12.4.1-devel-ubuntu22.04`,
  decides what the image is built on; otherwise the repository does.
- What the image declares itself overrides the tables: its `PATH`, and what it is built on as its
  history shows. `check --online` and `inherit` in `from` ask the registry for it.
- What a platform installs into an image counts as there: on the E2B family, `curl`, `git`, `jq`,
  `python3`, `sudo`, `ss` and others.
- Nothing is assumed about an image that is not listed, and rules are silent about it.

The user of an image matters on no platform: steps begin as the platform's own user, or as root.

";

const ROWS: &str = "\
## Images

*Built on* holds for tags that name nothing else. The programs of the packages that an image installs
are known, too. *All known* says whether it has no programs and users but these and those of its
distribution; only then does a rule say that something is missing. The last column says what the row
was compared with:

- **C**: the configuration and the history of images for linux/amd64, as
  [docker-library/repo-info](https://github.com/docker-library/repo-info) records them.
  `tests/images/configurations.json` has what was read, with the commits, and a test compares it with
  the table. `tests/images/check.py` compares it with a newer checkout.
- **D**: the Dockerfile, or the program that makes the image, at the commit that is named.
- **S**: a copy of the Dockerfile, because its source could not be read.

";

/// The page, in Markdown.
#[must_use]
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str(ROWS);
    page.push_str("| image | built on | programs of its own | only on its own `PATH` | users | all known | source |\n");
    page.push_str("|---|---|---|---|---|---|---|\n");
    for family in table::all() {
        row(&mut page, family);
    }
    page.push_str("\n## Variables that programs need\n\n| image | variable |\n|---|---|\n");
    for family in table::all().filter(|family| !family.env.is_empty()) {
        let of = |variable: &Variable| format!("{}={}", variable.name, variable.value);
        let variables = family.env.iter().map(of);
        let _ = writeln!(page, "| `{}` | {} |", name(family), code(variables));
    }
    page.push_str(
        "\n## Other images\n\nOf these, what they are built on is known alone, unless the tag names \
         something else.\n\n| image | built on |\n|---|---|\n",
    );
    for (repository, distribution) in repositories() {
        let repository = below(repository);
        let _ = writeln!(page, "| `{repository}` | {} |", distribution.name());
    }
    provisioning(&mut page);
    page
}

fn row(page: &mut String, family: &Family) {
    let programs = family.programs.iter().map(|name| (*name).to_owned());
    let added =
        family.additions.iter().filter(|addition| !addition.programs.is_empty()).map(|addition| {
            let programs = addition.programs.iter().map(|name| (*name).to_owned());
            format!("; {}: {}", tags(addition.tags), code(programs))
        });
    let directories = family.path.iter().map(|directory| {
        let programs = directory.programs.iter().map(|name| (*name).to_owned());
        let of = match directory.tags {
            Tags::All => String::new(),
            other => format!(" ({})", tags(other)),
        };
        let programs = if directory.programs.is_empty() {
            String::new()
        } else {
            format!(": {}", code(programs))
        };
        format!("`{}`{of}{programs}", directory.path)
    });
    let evidence = match family.source.evidence {
        Evidence::Configuration => "C",
        Evidence::Dockerfile => "D",
        Evidence::Secondary => "S",
    };
    let _ = writeln!(
        page,
        "| `{}` | {} | {} | {} | {} | {} | {evidence}: {} |",
        name(family),
        built_on(family),
        code(programs) + &added.collect::<String>(),
        directories.collect::<Vec<_>>().join("; "),
        code(family.users.iter().map(|(name, uid)| format!("{name} ({uid})"))),
        if family.is_complete { "yes" } else { "no" },
        family.source.place,
    );
}

fn built_on(family: &Family) -> String {
    let mut text = family.distribution.name().to_owned();
    for (of, distribution) in family.others {
        let _ = write!(text, "; {}: {}", tags(*of), distribution.name());
    }
    text
}

fn tags(tags: Tags) -> String {
    match tags {
        Tags::All => "all".to_owned(),
        Tags::With(part) => format!("with `{part}`"),
        Tags::Without(part) => format!("without `{part}`"),
        Tags::Major(versions) => format!("versions {}", versions.join(", ")),
    }
}

/// The name of a row, with what stands for all below it.
fn name(family: &Family) -> String {
    below(family.repository)
}

fn below(repository: &str) -> String {
    if repository.ends_with('/') { format!("{repository}…") } else { repository.to_owned() }
}

fn code(words: impl Iterator<Item = String>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn provisioning(page: &mut String) {
    page.push_str(
        "\n## What platforms provision\n\nAn image that a platform cannot provision is the error \
         [`unsupported-on-platform`](codes/unsupported-on-platform.md). Images without an operating \
         system, such as `scratch` and distroless ones, and Windows work nowhere; images of other \
         architectures than amd64 are \
         [`unsupported-architecture`](codes/unsupported-architecture.md).\n\n| platform | \
         distributions |\n|---|---|\n",
    );
    for platform in Platform::ALL {
        let facts = platform.facts();
        let names = facts.distributions.map(|supported| {
            supported.iter().map(|distribution: &Distribution| distribution.name())
        });
        let names = names.map(|names| names.collect::<Vec<_>>().join(", "));
        let names = names.unwrap_or_else(|| "no limit is known".to_owned());
        let _ = writeln!(page, "| `{}` | {names} |", facts.name);
    }
}
