//! `profiles`: variants of one template.
//!
//! A profile is merged into the manifest by [`Manifest::with_profile`], a pure function, before any
//! later stage: what they see is one ordinary manifest. Values keep their spans, so that a value of
//! a profile leads into the profile.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{EnvTable, From, Lints, Manifest, Ready, Resources, Start};
use crate::platform::Platform;
use crate::scalar::{BASE, PROFILE_NAME};
use crate::source::Spanned;

/// The profiles, in source order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profiles {
    /// The profiles.
    pub entries: Vec<ProfileEntry>,
}

/// One profile with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEntry {
    /// Its name.
    pub name: Spanned<String>,
    /// What it changes.
    pub profile: Profile,
}

/// What a profile changes. Its `resources`, `env`, `build_env` and `lints` are merged with those of
/// the manifest key by key; every other key replaces the manifest's. A profile cannot remove a key,
/// and it has the steps and the tests of the manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Profile {
    /// Replaces the name of the template.
    pub name: Option<Spanned<String>>,

    /// Replaces the labels of the build. `{env:NAME}` is a variable of the environment, as in the
    /// manifest's own `tags`.
    pub tags: Option<Vec<Spanned<String>>>,

    /// Replaces whether other teams can start sandboxes from the template.
    pub public: Option<Spanned<bool>>,

    /// Replaces the platform. `--platform` and `SBX_PLATFORM` override it.
    pub platform: Option<Spanned<Platform>>,

    /// Replaces the files of the build context to exclude.
    pub ignore: Option<Vec<Spanned<String>>>,

    /// Replaces the base image, with all its keys.
    pub from: Option<Spanned<From>>,

    /// Merged with the CPUs, memory and disk of the manifest.
    pub resources: Option<Spanned<Resources>>,

    /// Merged with the variables of the manifest.
    pub env: Option<Spanned<EnvTable>>,

    /// Merged with the variables of the steps.
    pub build_env: Option<Spanned<EnvTable>>,

    /// Replaces the user.
    pub user: Option<Spanned<String>>,

    /// Replaces the working directory.
    pub workdir: Option<Spanned<String>>,

    /// Replaces the start command.
    pub start: Option<Spanned<Start>>,

    /// Replaces the readiness check.
    pub ready: Option<Spanned<Ready>>,

    /// Merged with the lint levels of the manifest.
    pub lints: Option<Spanned<Lints>>,
}

impl JsonSchema for Profiles {
    fn schema_name() -> Cow<'static, str> {
        "Profiles".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Variants of the template by name, for `--profile NAME` and `SBX_PROFILE`. A name consists of lower-case letters, digits and `-`; `base` is the manifest without a profile. `sbx check` checks the manifest and every profile.",
            "type": "object",
            "propertyNames": { "pattern": PROFILE_NAME, "not": { "const": BASE } },
            "additionalProperties": generator.subschema_for::<Profile>(),
            "x-tombi-additional-key-label": "NAME"
        })
    }
}

impl Manifest {
    /// The names of the profiles, in source order.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        let entries = self.profiles.iter().flat_map(|profiles| &profiles.value.entries);
        entries.map(|entry| entry.name.value.as_str())
    }

    /// The manifest with a profile merged into it; `None` if there is no profile of that name.
    #[must_use]
    pub fn with_profile(&self, name: &str) -> Option<Self> {
        let mut entries = self.profiles.iter().flat_map(|profiles| &profiles.value.entries);
        entries.find(|entry| entry.name.value == name).map(|entry| entry.profile.over(self))
    }
}

impl Profile {
    fn over(&self, base: &Manifest) -> Manifest {
        fn replaced<T: Clone>(own: Option<&T>, base: Option<&T>) -> Option<T> {
            own.or(base).cloned()
        }
        Manifest {
            name: replaced(self.name.as_ref(), base.name.as_ref()),
            tags: replaced(self.tags.as_ref(), base.tags.as_ref()),
            public: replaced(self.public.as_ref(), base.public.as_ref()),
            platform: replaced(self.platform.as_ref(), base.platform.as_ref()),
            ignore: replaced(self.ignore.as_ref(), base.ignore.as_ref()),
            from: replaced(self.from.as_ref(), base.from.as_ref()),
            user: replaced(self.user.as_ref(), base.user.as_ref()),
            workdir: replaced(self.workdir.as_ref(), base.workdir.as_ref()),
            start: replaced(self.start.as_ref(), base.start.as_ref()),
            ready: replaced(self.ready.as_ref(), base.ready.as_ref()),
            resources: merged(self.resources.as_ref(), base.resources.as_ref(), Resources::over),
            env: merged(self.env.as_ref(), base.env.as_ref(), EnvTable::over),
            build_env: merged(self.build_env.as_ref(), base.build_env.as_ref(), EnvTable::over),
            lints: merged(self.lints.as_ref(), base.lints.as_ref(), |own, base| Lints {
                levels: own.levels.over(&base.levels),
            }),
            ..base.clone()
        }
    }
}

/// Two tables as one, which has the span of the manifest's.
fn merged<T: Clone>(
    own: Option<&Spanned<T>>,
    base: Option<&Spanned<T>>,
    merge: impl FnOnce(&T, &T) -> T,
) -> Option<Spanned<T>> {
    match (own, base) {
        (Some(own), Some(base)) => Some(Spanned::new(merge(&own.value, &base.value), base.span)),
        (own, base) => own.or(base).cloned(),
    }
}

impl Resources {
    fn over(&self, base: &Self) -> Self {
        Self {
            cpu: self.cpu.or(base.cpu),
            memory: self.memory.or(base.memory),
            disk: self.disk.or(base.disk),
        }
    }
}

impl EnvTable {
    /// The variables of `base` in their order, with the values of this table; then the others.
    fn over(&self, base: &Self) -> Self {
        let find = |table: &Self, name: &str| {
            table.entries.iter().find(|entry| entry.name.value == name).cloned()
        };
        let known = base
            .entries
            .iter()
            .map(|entry| find(self, &entry.name.value).unwrap_or_else(|| entry.clone()));
        let is_new = |entry: &&super::EnvEntry| find(base, &entry.name.value).is_none();
        let added = self.entries.iter().filter(is_new).cloned();
        Self { entries: known.chain(added).collect() }
    }
}
