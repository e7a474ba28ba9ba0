//! Which programs are in directories that a shell does not search.
//!
//! A step runs in a login shell of its user: `/etc/profile` assigns `PATH` on Debian, and keeps it
//! on Ubuntu; `~/.profile` of `/etc/skel` adds `~/.local/bin` if that exists. A shell keeps the
//! `PATH` that it began with, so it does not find what its own commands install in a directory that
//! was not there. Variables of the template reach the start command in any case.

mod follow;
mod installers;
mod programs;

use std::collections::BTreeMap;
use std::ops::Range;

use super::Moment;
use crate::images::Image;
use crate::platform::Facts;
use crate::template::EnvScope;
use programs::{NODE, PYTHON};

/// Programs by their names.
#[derive(Debug)]
pub(super) enum Programs {
    Listed(&'static [&'static str]),
    Named(Vec<String>),
    /// Those of packages of Python, with those of the packages that they need.
    Packages(Vec<String>),
}

/// Which shells find a directory that was not on `PATH` before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// None.
    Never,
    /// Those of its user that begin after the command.
    Later,
    /// Perhaps those that begin after the command.
    Unclear,
}

/// Why there are programs in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::lint) enum Source {
    /// The image has them there.
    Image,
    /// A variable names the directory.
    Variable,
    /// A command, with its range in the script, installs them there.
    Command(Range<usize>),
}

/// A directory with programs.
#[derive(Debug)]
pub(in crate::lint) struct Place {
    pub(in crate::lint) directory: String,
    pub(in crate::lint) source: Source,
    /// When its programs came, or the variable was set.
    pub(in crate::lint) since: Moment,
    programs: Programs,
    reach: Reach,
    /// The user who installed them.
    user: Option<String>,
    /// Until when the variable has the directory.
    until: Option<Moment>,
}

/// The directories of programs at each moment.
pub(in crate::lint) struct Search {
    /// Whether the login shell of a step assigns `PATH`.
    resets: bool,
    /// Whether the users, programs and profiles of the image are known.
    is_known: bool,
    /// Whether `pip` of a user who is not root installs for that user alone.
    has_python: bool,
    places: Vec<Place>,
    /// The values of the variable `PATH`, as lists of directories.
    paths: Vec<Path>,
    /// Names of packages and files that commands may have put where shells look for programs.
    elsewhere: BTreeMap<String, Moment>,
    /// Since when installers may use other directories than usual.
    relocated: Option<Moment>,
    /// Since when anything may be found anywhere.
    unknown: Option<Moment>,
    /// What the current script has done.
    script: Within,
}

/// A value of the variable `PATH`.
struct Path {
    since: Moment,
    directories: Vec<String>,
    scope: EnvScope,
}

/// The state of one script.
#[derive(Default)]
struct Within {
    instruction: usize,
    /// The directory of the programs of an active virtual environment.
    venv: Option<String>,
    /// The URL whose content is piped into the next command.
    piped: Option<String>,
    /// Whether it has changed `PATH`.
    has_own_path: bool,
}

/// A shell that looks for a program.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Caller<'u> {
    pub(in crate::lint) at: Moment,
    pub(in crate::lint) user: Option<&'u str>,
    /// Whether it is the start command or the readiness check.
    pub(in crate::lint) is_start: bool,
}

impl Search {
    /// The directories of a well-known image, of which everything is known if `is_known`.
    pub(super) fn new(image: Option<Image<'_>>, is_known: bool, facts: &Facts) -> Self {
        let resets = image.is_some_and(Image::profile_sets_path);
        let mut search = Self {
            resets,
            is_known: is_known && facts.steps_in_login_shell,
            has_python: image.is_some_and(|image| image.family.repository == "python"),
            places: Vec::new(),
            paths: Vec::new(),
            elsewhere: BTreeMap::new(),
            relocated: None,
            unknown: None,
            script: Within::default(),
        };
        let image = image.filter(|_| resets || facts.drops_image_config);
        if let Some(image) = image.filter(|_| facts.steps_in_login_shell) {
            search.of_image(image);
        }
        search
    }

    fn of_image(&mut self, image: Image<'_>) {
        self.places = image
            .path()
            .into_iter()
            .map(|(directory, programs)| Place {
                directory,
                source: Source::Image,
                since: Moment::START,
                programs: Programs::Listed(programs),
                reach: Reach::Never,
                user: None,
                until: None,
            })
            .collect();
    }

    /// The directory in which a program certainly is that a shell does not find.
    pub(in crate::lint) fn missed(&self, program: &str, caller: Caller<'_>) -> Option<&Place> {
        if self.unknown.is_some_and(|unknown| unknown < caller.at) {
            return None;
        }
        let is_there = |place: &&Place| {
            (place.source == Source::Image || place.since < caller.at)
                && place.until.is_none_or(|until| caller.at < until)
                && place.programs.has(program)
        };
        let mut places = self.places.iter().filter(is_there);
        let last = places.clone().next_back()?;
        let is_found = places.any(|place| self.finds(place, caller));
        let is_elsewhere = match last.source {
            // A Python that was installed elsewhere is not the one of this directory.
            Source::Image | Source::Variable => {
                !is_python(program) && self.is_named(program, caller.at)
            }
            Source::Command(_) => {
                self.relocated.is_some_and(|relocated| relocated < caller.at)
                    || self.is_named(program, caller.at)
                    || self.is_of_group(program, caller.at)
            }
        };
        (!is_found && !is_elsewhere).then_some(last)
    }

    /// When the variable was set that has a directory, if it is the last one before a moment.
    pub(in crate::lint) fn named_by(&self, directory: &str, caller: Caller<'_>) -> Option<Moment> {
        let is_set = |path: &&Path| {
            path.since < caller.at && !(caller.is_start && path.scope == EnvScope::Build)
        };
        let path = self.paths.iter().rfind(is_set)?;
        path.directories.iter().any(|named| named == directory).then_some(path.since)
    }

    fn finds(&self, place: &Place, caller: Caller<'_>) -> bool {
        let reaches_variables = caller.is_start || !self.resets;
        if place.source == Source::Variable && caller.is_start
            || reaches_variables && self.named_by(&place.directory, caller).is_some()
        {
            return true;
        }
        self.places.iter().any(|other| {
            let is_earlier = other.since.instruction < caller.at.instruction;
            let is_same_user = match (&other.user, caller.user) {
                (Some(owner), Some(user)) => owner == user,
                _ => true,
            };
            other.directory == place.directory
                && is_earlier
                && is_same_user
                && matches!(other.reach, Reach::Later | Reach::Unclear)
        })
    }

    /// Whether a command has named a program that it may put where shells find it.
    fn is_named(&self, program: &str, now: Moment) -> bool {
        let named = self.elsewhere.range(program.to_owned()..);
        let mut named = named.take_while(|(name, _)| name.starts_with(program));
        named.any(|(_, since)| *since < now)
    }

    /// Whether a command may have installed a package for the system that has a program.
    fn is_of_group(&self, program: &str, now: Moment) -> bool {
        let is_before = |name: &str| self.elsewhere.get(name).is_some_and(|since| *since < now);
        let is_python = PYTHON.contains(&program) || programs::ALONE.contains(&program);
        is_python && is_before(SYSTEM_PYTHON)
            || NODE.contains(&program) && is_before(GLOBAL_NODE)
            || is_before(&format!("python3-{program}"))
    }
}

impl Programs {
    fn has(&self, program: &str) -> bool {
        match self {
            Self::Listed(names) => names.contains(&program),
            Self::Named(names) => names.iter().any(|name| name == program),
            Self::Packages(names) => {
                let package = if program == "uvx" { "uv" } else { program };
                PYTHON.contains(&program) || names.iter().any(|name| name == package)
            }
        }
    }
}

/// Stands for all programs of packages that are installed for the whole system.
const SYSTEM_PYTHON: &str = "(python)";
const GLOBAL_NODE: &str = "(node)";

fn is_python(program: &str) -> bool {
    program.starts_with("pip") || program.starts_with("python")
}

/// The name of a package, without a version and extras.
fn package_name(word: &str) -> &str {
    word.split(['=', '@', '<', '>', '[', '~', '!']).next().unwrap_or(word)
}
