//! A manifest and its context, and random edits of both.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::{array, fs};

use crate::random::Random;
use crate::support::Workspace;

/// The name of the template that the manifest is based on instead of an image, now and then.
pub const PARENT: &str = "forecast-parent";

/// The most steps of a manifest.
const MOST_STEPS: usize = 6;

/// The files of the context.
const FILES: [&str; 3] = ["a.txt", "tree/one", "tree/two"];

/// What copies take of them.
const SOURCES: [&str; 3] = ["a.txt", "tree", "tree/*o*"];

/// The step kinds: each takes a moment in a container, and succeeds but for the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Run(usize),
    RunAsRoot(usize),
    Lines(usize),
    Copy(usize, Option<u32>),
    Write(usize),
    /// Its command is longer than a line of the log.
    WriteMuch(usize),
    Workdir(usize),
    User(usize),
    Env(usize),
    Fail,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    kind: Kind,
    no_cache: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct File {
    content: usize,
    mode: u32,
}

/// A state of the manifest and its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub is_child: bool,
    pre_boot: Option<usize>,
    env: Option<usize>,
    steps: Vec<Step>,
    files: [File; FILES.len()],
}

/// An edit, and what is done beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    Change,
    Insert,
    Delete,
    Swap,
    Content,
    Mode,
    Env,
    NoCache,
    Base,
    PreBoot,
    Revert,
    /// The parent is rebuilt with other content.
    Parent,
    /// The build ignores the cache.
    Force,
    Nothing,
}

/// The edits, each as often as it is likelier than others.
const EDITS: [(Edit, usize); 14] = [
    (Edit::Change, 20),
    (Edit::Insert, 15),
    (Edit::Delete, 15),
    (Edit::Swap, 8),
    (Edit::Content, 8),
    (Edit::Mode, 5),
    (Edit::Env, 5),
    (Edit::NoCache, 4),
    (Edit::Base, 4),
    (Edit::PreBoot, 2),
    (Edit::Revert, 12),
    (Edit::Parent, 3),
    (Edit::Force, 2),
    (Edit::Nothing, 3),
];

impl Edit {
    pub fn draw(random: &mut Random) -> Self {
        let mut left = random.below(EDITS.iter().map(|(_, weight)| weight).sum());
        let drawn = EDITS.iter().find(|(_, weight)| {
            let is_drawn = left < *weight;
            left = left.saturating_sub(*weight);
            is_drawn
        });
        drawn.expect("the weights cover all numbers").0
    }
}

impl Kind {
    fn draw(random: &mut Random) -> Self {
        if random.percent(4) {
            return Self::Fail;
        }
        let variant = random.below(3);
        match random.below(19) {
            0..=4 => Self::Run(variant),
            5 => Self::RunAsRoot(variant),
            6 | 7 => Self::Lines(variant),
            8..=10 => {
                Self::Copy(random.below(SOURCES.len()), random.pick(&[None, None, Some(0o750)]))
            }
            11 => Self::Write(variant),
            12 => Self::WriteMuch(variant),
            13 | 14 => Self::Workdir(variant),
            15 => Self::User(variant),
            _ => Self::Env(variant),
        }
    }

    fn write(self, text: &mut String) {
        let written = match self {
            Self::Run(variant) => writeln!(text, "run = \"true {variant}\""),
            Self::RunAsRoot(variant) => writeln!(text, "run = \"true {variant}\"\nuser = \"root\""),
            Self::Lines(variant) => {
                writeln!(text, "run = \"\"\"\ncat <<END\n[{variant}]\n\nEND\n\"\"\"")
            }
            Self::Copy(source, mode) => {
                let mode = mode.map_or_else(String::new, |mode| format!("\nmode = 0o{mode:o}"));
                writeln!(text, "copy = \"{}\"\nto = \"/srv/copied/\"{mode}", SOURCES[source])
            }
            Self::Write(variant) => {
                writeln!(text, "write = \"/srv/written\"\ncontent = \"{variant}\"")
            }
            Self::WriteMuch(variant) => {
                let content = format!("{variant}").repeat(5000);
                writeln!(text, "write = \"/srv/much\"\ncontent = \"{content}\"")
            }
            Self::Workdir(variant) => writeln!(text, "workdir = \"/srv/in-{variant}\""),
            Self::User(0) => writeln!(text, "user = \"root\""),
            Self::User(variant) => writeln!(text, "user = \"user-{variant}\""),
            Self::Env(variant) => writeln!(text, "env = {{ STEP = \"{variant}\" }}"),
            Self::Fail => writeln!(text, "run = \"exit 3\""),
        };
        written.expect("text is written");
    }
}

impl State {
    pub fn draw(random: &mut Random) -> Self {
        let step = |random: &mut Random| Step { kind: Kind::draw(random), no_cache: false };
        Self {
            is_child: false,
            pre_boot: None,
            env: None,
            steps: (0..4).map(|_| step(random)).collect(),
            files: array::from_fn(|content| File { content, mode: 0o644 }),
        }
    }

    /// Makes an edit. `earlier` are the states to which it can go back.
    pub fn edit(&mut self, edit: Edit, earlier: &[Self], random: &mut Random) {
        let at = random.below(self.steps.len().max(1));
        match edit {
            Edit::Change => {
                if let Some(step) = self.steps.get_mut(at) {
                    step.kind = Kind::draw(random);
                }
            }
            Edit::Insert if self.steps.len() < MOST_STEPS => {
                let at = random.below(self.steps.len() + 1);
                self.steps.insert(at, Step { kind: Kind::draw(random), no_cache: false });
            }
            Edit::Insert | Edit::Delete => {
                if at < self.steps.len() {
                    self.steps.remove(at);
                }
            }
            Edit::Swap => {
                if at + 1 < self.steps.len() {
                    self.steps.swap(at, at + 1);
                }
            }
            Edit::Content => self.files[random.below(FILES.len())].content = random.below(4),
            Edit::Mode => self.files[random.below(FILES.len())].mode ^= 0o111,
            Edit::Env => self.env = random.pick(&[None, Some(0), Some(1)]),
            Edit::NoCache => {
                if let Some(step) = self.steps.get_mut(at) {
                    step.no_cache = !step.no_cache;
                }
            }
            Edit::Base => {
                self.is_child = !self.is_child;
                // A template has no pre-boot script.
                self.pre_boot = None;
            }
            Edit::PreBoot if !self.is_child => {
                self.pre_boot = random.pick(&[None, Some(0), Some(1)]);
            }
            Edit::Revert if !earlier.is_empty() => {
                *self = earlier[random.below(earlier.len())].clone();
            }
            Edit::PreBoot | Edit::Revert | Edit::Parent | Edit::Force | Edit::Nothing => {}
        }
    }

    /// Writes the manifest and the files of its context.
    pub fn write(&self, workspace: &Workspace) {
        workspace.write("sandbox.toml", self.manifest());
        for (name, file) in FILES.iter().zip(&self.files) {
            let path = workspace.write(name, format!("{}\n", file.content));
            let mode = fs::Permissions::from_mode(file.mode);
            fs::set_permissions(path, mode).expect("the mode is set");
        }
    }

    fn manifest(&self) -> String {
        let from = if self.is_child {
            format!("template = \"{PARENT}\"")
        } else {
            "debian = \"12\"".into()
        };
        let mut text = format!("name = \"forecast\"\nfrom = {{ {from} }}\n");
        if let Some(variant) = self.pre_boot {
            writeln!(text, "novita.pre_boot = \"true {variant}\"").expect("text is written");
        }
        if let Some(variant) = self.env {
            writeln!(text, "env = {{ TOP = \"{variant}\" }}").expect("text is written");
        }
        for step in &self.steps {
            text.push_str("\n[[steps]]\n");
            step.kind.write(&mut text);
            if step.no_cache {
                text.push_str("no_cache = true\n");
            }
        }
        text
    }
}

/// Writes the parent's manifest in one of its versions.
pub fn write_parent(workspace: &Workspace, version: usize) {
    let text = format!(
        "name = \"{PARENT}\"\nfrom = {{ debian = \"12\" }}\n\n\
         [[steps]]\nrun = \"true parent {version}\"\n"
    );
    workspace.write("parent.toml", text);
}
