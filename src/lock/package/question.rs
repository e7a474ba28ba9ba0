//! The versions that a lock needs.

use std::collections::{BTreeMap, BTreeSet};

use super::apply::{open_words, pins};
use super::name::normalized;
use super::options::{Role, Setting, deciding, deciding_variables, roles};
use super::pin::Pin;
use super::python::Python;
use super::step::step_of;
use super::word::{Version, Word};
use crate::template::{Install, Installer, InstructionKind, Template};

/// A package whose version the index decides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The package, as the index names it.
    pub name: String,
    /// The tag that the word names; `None` stands for the newest release.
    pub tag: Option<String>,
}

/// What a step sees of indexes and interpreters, at one of its places.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct View {
    /// The Python version, if it is known.
    pub python: Option<Python>,
    /// The variables that configure its installer's indexes.
    pub variables: BTreeMap<String, String>,
}

/// The words of one or several equal steps, and the versions that they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The words of the step, as [`step_of`] spells them.
    pub step: String,
    /// The program that installs them.
    pub installer: Installer,
    /// The packages, each once, in the order of their names; at least one.
    pub wanted: Vec<Wanted>,
    /// The options of the step.
    pub settings: Vec<Setting>,
    /// What the steps see: an answer has to fit all of it.
    pub views: Vec<View>,
    /// The versions that stay as they are, by package.
    pub kept: BTreeMap<String, String>,
}

/// A word that the lock does not pin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// The words of its step, as [`step_of`] spells them.
    pub step: String,
    /// The word.
    pub word: String,
    /// Why, to follow the word.
    pub reason: String,
}

/// The variables that a step's installer reads about indexes.
const fn variables(installer: Installer) -> &'static [&'static str] {
    match installer {
        Installer::Pip => &["PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL", "PIP_PRE"],
        Installer::Npm => &["NPM_CONFIG_REGISTRY", "npm_config_registry"],
        Installer::Bun => &["BUN_CONFIG_REGISTRY", "NPM_CONFIG_REGISTRY", "npm_config_registry"],
    }
}

/// What the packages of a template's steps need, each step once, in the order of their words.
#[must_use]
pub fn questions(template: &Template) -> Vec<Question> {
    merge(installs(template).into_iter().filter_map(|place| place.question()))
}

/// The words of a template's steps that name no version and still are not pinned, or that name
/// several, each once.
#[must_use]
pub fn left(template: &Template) -> BTreeSet<Left> {
    installs(template).iter().flat_map(Place::left).collect()
}

/// Questions of several templates as one list: equal steps share an answer.
#[must_use]
pub fn merge(questions: impl IntoIterator<Item = Question>) -> Vec<Question> {
    let mut merged: BTreeMap<String, Question> = BTreeMap::new();
    for mut question in questions {
        if let Some(known) = merged.get_mut(&question.step) {
            known.views.append(&mut question.views);
            known.views.sort_unstable();
            known.views.dedup();
        } else {
            merged.insert(question.step.clone(), question);
        }
    }
    merged.into_values().collect()
}

impl Question {
    /// Takes over the versions that a lock has: those of the step's own entry and, for a step whose
    /// words have changed, those that all other entries agree on. The packages named in `update` are
    /// asked for nevertheless.
    pub fn keep(&mut self, locked: &BTreeMap<String, Vec<String>>, update: &[String]) {
        let own = locked.get(&self.step).map(|resolved| pins(self.installer, resolved));
        let own = own.unwrap_or_default();
        let others: Vec<_> =
            locked.values().map(|resolved| pins(self.installer, resolved)).collect();
        let updated = |wanted: &Wanted| {
            update.iter().any(|name| match self.installer {
                Installer::Pip => normalized(name) == wanted.name,
                Installer::Npm | Installer::Bun => *name == wanted.name,
            })
        };
        let agreed = |wanted: &Wanted| {
            let mut found = others.iter().filter_map(|pins| pins.get(&wanted.name));
            let first = found.next().filter(|_| wanted.tag.is_none())?;
            found.all(|pin| pin == first).then_some(first)
        };
        for wanted in self.wanted.iter().filter(|wanted| !updated(wanted)) {
            if let Some(pin) = own.get(&wanted.name).or_else(|| agreed(wanted)) {
                self.kept.insert(wanted.name.clone(), pin.version.clone());
            }
        }
    }

    /// The packages that an index has to be asked about.
    pub fn asked(&self) -> impl Iterator<Item = &Wanted> {
        self.wanted.iter().filter(|wanted| !self.kept.contains_key(&wanted.name))
    }

    /// The packages that an entry has no version for: none if it is up to date.
    #[must_use]
    pub fn unanswered(&self, resolved: &[String]) -> Vec<&str> {
        let pins = pins(self.installer, resolved);
        let names = self.wanted.iter().map(|wanted| wanted.name.as_str());
        names.filter(|name| !pins.contains_key(*name)).collect()
    }

    /// The entry with the kept versions and those that were found, by package.
    #[must_use]
    pub fn answered(&self, found: &BTreeMap<String, String>) -> Vec<String> {
        let version = |name: &String| self.kept.get(name).or_else(|| found.get(name));
        let pins = self.wanted.iter().filter_map(|wanted| {
            Some(Pin::new(self.installer, &wanted.name, version(&wanted.name)?).to_string())
        });
        pins.collect()
    }

    /// Whether a Python version is unknown, so that the newest release is taken whichever it needs.
    #[must_use]
    pub fn guesses_python(&self) -> bool {
        self.installer == Installer::Pip && self.views.iter().any(|view| view.python.is_none())
    }
}

/// A step of a template.
struct Place<'a> {
    install: &'a Install,
    python: Option<Python>,
    /// The variables that are set there; `None` for a value that only the build knows.
    variables: BTreeMap<&'a str, Option<&'a str>>,
}

/// The steps that install packages, with what they see.
fn installs(template: &Template) -> Vec<Place<'_>> {
    let python = Python::of(&template.base);
    let mut places = Vec::new();
    let mut set = BTreeMap::new();
    for instruction in &template.instructions {
        match &instruction.kind {
            InstructionKind::Env { variables, .. } => {
                let values = variables.iter().map(|(name, text)| (name.as_str(), text.plain()));
                set.extend(values);
            }
            InstructionKind::Run(run) => places.extend(run.install.as_ref().map(|install| Place {
                install,
                python: python.clone().filter(|_| install.installer == Installer::Pip),
                variables: set.clone(),
            })),
            _ => {}
        }
    }
    places
}

impl Place<'_> {
    fn question(&self) -> Option<Question> {
        if self.obstacle().is_some() {
            return None;
        }
        let open = open_words(self.install);
        let wanted: BTreeSet<_> = open
            .iter()
            .flatten()
            .filter_map(|word| {
                let (_, tag) = word.open()?;
                Some(Wanted { name: word.name.clone(), tag: tag.map(str::to_owned) })
            })
            .collect();
        let (_, settings) = roles(self.install.installer, &self.install.words);
        (!wanted.is_empty()).then(|| Question {
            step: step_of(self.install),
            installer: self.install.installer,
            wanted: wanted.into_iter().collect(),
            settings,
            views: vec![self.view()],
            kept: BTreeMap::new(),
        })
    }

    fn view(&self) -> View {
        let known = variables(self.install.installer).iter();
        let set = known.filter_map(|name| {
            let value = (*self.variables.get(name)?)?;
            Some(((*name).to_owned(), value.to_owned()))
        });
        View { python: self.python.clone(), variables: set.collect() }
    }

    /// Why no word of the step is pinned.
    fn obstacle(&self) -> Option<String> {
        let installer = self.install.installer;
        let (_, settings) = roles(installer, &self.install.words);
        if let Some(option) = deciding(installer, &settings) {
            return Some(format!("follows `--{option}`, which a lookup in an index does not"));
        }
        let mut deciding = deciding_variables(installer);
        if let Some((name, _)) =
            deciding.find(|(name, _)| self.variables.contains_key(name.as_str()))
        {
            return Some(format!("follows `{name}`, which a lookup in an index does not"));
        }
        let mut unknown = variables(installer).iter();
        let unknown = unknown.find(|name| self.variables.get(*name) == Some(&None))?;
        Some(format!("depends on `{unknown}`, whose value only the build knows"))
    }

    /// The words that name no single version and are not pinned.
    fn left(&self) -> Vec<Left> {
        let install = self.install;
        let step = step_of(install);
        let obstacle = self.obstacle();
        let open = open_words(install);
        let (roles, _) = roles(install.installer, &install.words);
        let mut left = Vec::new();
        for ((word, role), open) in install.words.iter().zip(roles).zip(open) {
            let reason = match (role, &obstacle) {
                (Role::Option | Role::Value, _) => None,
                (Role::Unclear, _) => Some("may be the value of the option before it".to_owned()),
                (Role::Package, _) if open.is_some() && obstacle.is_none() => None,
                (Role::Package, obstacle) => {
                    reason(&Word::read(install.installer, word), obstacle.as_ref())
                }
            };
            left.extend(reason.map(|reason| Left {
                step: step.clone(),
                word: super::step::without_credentials(word.trim()),
                reason,
            }));
        }
        left
    }
}

/// Why a word is not pinned; `None` for one that names a version itself.
fn reason(word: &Word, obstacle: Option<&String>) -> Option<String> {
    match &word.version {
        Version::Exact => None,
        Version::Range => Some("names a range of versions".to_owned()),
        Version::Elsewhere => Some("does not come from an index".to_owned()),
        Version::Newest(_) | Version::Tag(..) => Some(
            obstacle
                .cloned()
                .unwrap_or_else(|| "stands beside another tag of the same package".to_owned()),
        ),
    }
}
