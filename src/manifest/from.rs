//! `from`: the base image of a template.

use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::{BuildSecrets, or_string};
use crate::registry::Auth;
use crate::scalar::{Inherit, pattern};
use crate::source::Spanned;

/// The base image of the template: exactly one source, and the keys that go with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields, transform = exactly_one_source)]
pub struct From {
    /// An image reference, such as `"ubuntu:24.04"` or `"ghcr.io/team/image@sha256:…"`.
    #[schemars(extend("pattern" = pattern::IMAGE_REFERENCE))]
    pub image: Option<Spanned<String>>,

    /// A tag of Docker Hub's image `python`, as a string: `"3.12"`.
    #[schemars(extend("pattern" = pattern::IMAGE_TAG, "examples" = ["3.12", "3.12-slim"]))]
    pub python: Option<Spanned<String>>,

    /// A tag of Docker Hub's image `node`, as a string: `"22"`.
    #[schemars(extend("pattern" = pattern::IMAGE_TAG, "examples" = ["22", "22-slim"]))]
    pub node: Option<Spanned<String>>,

    /// A tag of Docker Hub's image `oven/bun`, as a string.
    #[schemars(extend("pattern" = pattern::IMAGE_TAG, "examples" = ["1.2"]))]
    pub bun: Option<Spanned<String>>,

    /// A tag of Docker Hub's image `ubuntu`, as a string.
    #[schemars(extend("pattern" = pattern::IMAGE_TAG, "examples" = ["24.04"]))]
    pub ubuntu: Option<Spanned<String>>,

    /// A tag of Docker Hub's image `debian`, as a string.
    #[schemars(extend("pattern" = pattern::IMAGE_TAG, "examples" = ["bookworm", "bookworm-slim"]))]
    pub debian: Option<Spanned<String>>,

    /// A tag of Docker Hub's image `fedora`, as a string. Not supported on `novita`.
    #[schemars(extend("pattern" = pattern::IMAGE_TAG, "examples" = ["42"]))]
    pub fedora: Option<Spanned<String>>,

    /// A tag of Docker Hub's image `alpine`, as a string. Not supported on `novita`.
    #[schemars(extend("pattern" = pattern::IMAGE_TAG, "examples" = ["3.22"]))]
    pub alpine: Option<Spanned<String>>,

    /// A tag of Docker Hub's image `archlinux`, as a string. Not supported on `novita`.
    #[schemars(extend("pattern" = pattern::IMAGE_TAG, "examples" = ["base-devel"]))]
    pub arch: Option<Spanned<String>>,

    /// The platform's own base image: `novita/base` on `novita` and `local`, `e2bdev/base` on
    /// `e2b`, `ubuntu:22.04` on `declaw`.
    #[schemars(extend("const" = true))]
    pub base: Option<Spanned<bool>>,

    /// Another template on the platform: `name`, `name:tag` or its ID. Not supported on `declaw`.
    #[schemars(extend("minLength" = 1, "examples" = ["agent-runtime:v1.0.0"]))]
    pub template: Option<Spanned<String>>,

    /// A Dockerfile to translate to steps, relative to the manifest; or to build with a container
    /// engine, with `build`. The manifest's own keys are applied after its instructions and override
    /// them; `build_env` sets the values of `ARG`s.
    #[schemars(extend("minLength" = 1, "examples" = ["Dockerfile"]))]
    pub dockerfile: Option<Spanned<String>>,

    /// The stage of the Dockerfile to build, by its name in `FROM image AS name`; by default the
    /// last one. A stage may derive from another one; to copy files from it takes `build`. Only with
    /// `dockerfile`.
    #[schemars(extend("minLength" = 1, "examples" = ["runtime"]))]
    pub target: Option<Spanned<String>>,

    /// The repository of the image that `sbx apply` builds from the Dockerfile with the container
    /// engine of this machine, and that the template starts from. The image is pushed there under a
    /// tag of what it was built from, with the consent of a person, and is not built again while that
    /// is unchanged. On `local`, nothing is pushed. Only with `dockerfile`.
    #[schemars(extend("pattern" = pattern::IMAGE_REPOSITORY, "examples" = ["ghcr.io/team/agent-base"]))]
    pub build: Option<Spanned<String>>,

    /// The secrets of the Dockerfile's `RUN --mount=type=secret,id=NAME`. No layer of the image holds
    /// them. Only with `build`.
    pub secrets: Option<Spanned<BuildSecrets>>,

    /// What to inherit from the configuration of the image: its environment variables, its working
    /// directory, its entry point and command as the start command. With `build`, the default is all
    /// of them. The manifest's own values
    /// override them. `sbx compile` and `sbx apply` read the configuration from the image's
    /// registry, and fail if the registry does not answer. With `auth`, which must be of type
    /// `basic`, only `sbx apply` does. Conflicts with `template`.
    #[schemars(extend("default" = []))]
    pub inherit: Option<Vec<Spanned<Inherit>>>,

    /// The credentials with which the platform pulls the image from its registry. `sbx apply` sends
    /// them with the consent of a person only. Only with `image` or `build`.
    // Only if complete; its span is that of its `type`.
    pub auth: Option<Spanned<Auth>>,
}

/// The names of the sources, in the order of the documentation.
pub const SOURCES: &[&str] = &[
    "image",
    "python",
    "node",
    "bun",
    "ubuntu",
    "debian",
    "fedora",
    "alpine",
    "arch",
    "base",
    "template",
    "dockerfile",
];

/// A source that is a tag of one well-known image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distribution {
    /// The key.
    pub key: &'static str,
    /// The image's repository.
    pub repository: &'static str,
    /// A tag that it has.
    pub example: &'static str,
}

impl From {
    /// The sources that are tags of well-known images.
    pub const DISTRIBUTIONS: &'static [Distribution] = &[
        Distribution { key: "python", repository: "python", example: "3.12" },
        Distribution { key: "node", repository: "node", example: "22" },
        Distribution { key: "bun", repository: "oven/bun", example: "1.2" },
        Distribution { key: "ubuntu", repository: "ubuntu", example: "24.04" },
        Distribution { key: "debian", repository: "debian", example: "bookworm" },
        Distribution { key: "fedora", repository: "fedora", example: "42" },
        Distribution { key: "alpine", repository: "alpine", example: "3.22" },
        Distribution { key: "arch", repository: "archlinux", example: "base-devel" },
    ];

    /// The repository of the image that is built, if one is: `build` beside a Dockerfile.
    #[must_use]
    pub fn built(&self) -> Option<&Spanned<String>> {
        self.build.as_ref().filter(|_| self.dockerfile.is_some())
    }

    /// What is inherited from the image: what is written, or everything if the image is built from
    /// the Dockerfile and nothing is written.
    #[must_use]
    pub fn inherited(&self) -> Vec<Spanned<Inherit>> {
        match (&self.inherit, self.built()) {
            (Some(written), _) => written.clone(),
            (None, Some(build)) => {
                Inherit::ALL.iter().map(|(_, all)| Spanned::new(*all, build.span)).collect()
            }
            (None, None) => Vec::new(),
        }
    }

    /// The tag of a well-known image, and which image it is.
    #[must_use]
    pub fn distribution(&self) -> Option<(Distribution, &Spanned<String>)> {
        let tags = [
            &self.python,
            &self.node,
            &self.bun,
            &self.ubuntu,
            &self.debian,
            &self.fedora,
            &self.alpine,
            &self.arch,
        ];
        let mut found = Self::DISTRIBUTIONS.iter().zip(tags);
        found.find_map(|(distribution, tag)| Some((*distribution, tag.as_ref()?)))
    }
}

fn exactly_one_source(schema: &mut Schema) {
    or_string(schema, SOURCES, &["inherit"]);
    // The string is an image reference, as `image` is.
    schema.insert("pattern".to_owned(), pattern::IMAGE_REFERENCE.into());
    if let Some(rules) = schema.get_mut("dependencies").and_then(Value::as_object_mut) {
        // What an editor offers beside a source is what goes with it.
        let mut only = |source: &str, beside: &[&str]| {
            let together = [&[source], beside].concat();
            rules.insert(source.to_owned(), json!({ "propertyNames": { "enum": together } }));
        };
        only("image", &["inherit", "auth"]);
        only("template", &[]);
        only("dockerfile", &["target", "build", "secrets", "inherit", "auth"]);
        let pulled = [json!({ "required": ["image"] }), json!({ "required": ["build"] })];
        rules.insert("auth".to_owned(), json!({ "anyOf": pulled }));
        rules.insert("target".to_owned(), json!(["dockerfile"]));
        rules.insert("build".to_owned(), json!(["dockerfile"]));
        rules.insert("secrets".to_owned(), json!(["build"]));
    }
    let no_source =
        json!({ "type": "object", "minProperties": 1, "propertyNames": { "enum": ["inherit"] } });
    schema.insert("not".to_owned(), no_source);
}
