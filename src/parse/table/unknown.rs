//! What is said about a key that a table does not have.

use super::{Reader, Table};
use crate::diagnostic::{Code, Diagnostic, Fix, suggest};
use crate::manifest::{
    ActionKind, COMMON_KEYS, PROBES, SOURCES, STARTS, TEST_ACTIONS, TOP_LEVEL_KEYS,
};
use crate::parse::foreign;
use crate::source::Span;

impl Table<'_> {
    pub(super) fn unknown(&self, reader: &Reader<'_>, key: &str, span: Span) -> Diagnostic {
        let here = self.described();
        let diagnostic =
            Diagnostic::new(Code::UnknownKey, span, format!("unknown key `{key}` in {here}"));
        if self.name == "Profile" && TOP_LEVEL_KEYS.contains(&key) {
            return diagnostic
                .label(format!("a profile cannot change `{key}`"))
                .help("all profiles share that of the manifest");
        }
        if self.name != "Manifest" && TOP_LEVEL_KEYS.contains(&key) {
            return diagnostic
                .label(format!("it belongs to {here}, because it is below its header"))
                .help(format!("move `{key}` above the first `[header]` of the file"))
                .fix(self.moved(reader, key, span));
        }
        if self.name == "Lints" && Code::find(key).is_some() {
            return diagnostic
                .label("this is an error, and errors are always reported")
                .help("only warnings have a level: `sbx explain` lists them");
        }
        if let Some(command) = self.as_command(key) {
            return diagnostic.help(format!("run the command: `run = \"{command}\"`"));
        }
        if let Some((meant, rival)) = self.suggest_alias(key).and_then(|meant| self.rival(meant)) {
            let help = format!(
                "`{meant}` cannot be combined with `{rival}`: if `{key}` means `{meant}`, keep one \
                 of the two"
            );
            return diagnostic.help(help);
        }
        if let Some(meant) = foreign::suggest_alias(self.name, key) {
            return match self.written_elsewhere(key, meant) {
                Some(help) => diagnostic.help(help),
                None => diagnostic
                    .help(format!("it is called `{meant}` here"))
                    .fix(self.renamed(reader, key, span, meant)),
            };
        }
        match self.nearest(key) {
            Some(near) => diagnostic
                .help(format!("did you mean `{near}`?"))
                .fix(self.renamed(reader, key, span, near)),
            None if self.name == "Lints" => diagnostic.help("`sbx explain` lists the warnings"),
            None => diagnostic.help(self.takes()),
        }
    }

    /// The command to run for a tool that has no step of its own.
    fn as_command(&self, key: &str) -> Option<&'static str> {
        (self.name == "Step").then(|| foreign::command(key)).flatten()
    }

    /// A key, and the existing one that it cannot be combined with.
    fn rival(&self, meant: &'static str) -> Option<(&'static str, &'static str)> {
        let group = match self.name {
            "From" => SOURCES,
            "Ready" => PROBES,
            "Start" => STARTS,
            "Test" => TEST_ACTIONS,
            "Step" => return self.rival_action(meant),
            _ => return None,
        };
        let present = self.present(group);
        let other = present.iter().find(|other| other.value != meant)?.value;
        group.contains(&meant).then_some((meant, other))
    }

    /// The same for the actions of a step.
    fn rival_action(&self, meant: &'static str) -> Option<(&'static str, &'static str)> {
        let of = |key: &str| ActionKind::ALL.iter().find(|kind| kind.key() == key);
        let takes = |kind: &ActionKind, key: &str| {
            [kind.needs(), kind.takes(), COMMON_KEYS].concat().contains(&key)
        };
        // Some actions, such as `user`, are also keys of others.
        let is_key = |key: &str| ActionKind::ALL.iter().any(|kind| kind.takes().contains(&key));
        let action = of(meant)?;
        let rival = ActionKind::ALL.iter().find(|kind| {
            let key = kind.key();
            key != meant
                && !is_key(key)
                && !self.present(&[key]).is_empty()
                && !takes(kind, meant)
                && !takes(action, key)
        })?;
        Some((meant, rival.key()))
    }

    /// The key to suggest for an unknown one.
    pub(super) fn suggest_alias(&self, key: &str) -> Option<&'static str> {
        if self.as_command(key).is_some() {
            return Some("run");
        }
        foreign::suggest_alias(self.name, key).or_else(|| self.nearest(key))
    }

    /// The key that an unknown one resembles.
    fn nearest(&self, key: &str) -> Option<&'static str> {
        let known = self.asked.iter().copied();
        if self.name == "Lints" { Code::suggest(key, known) } else { suggest::nearest(key, known) }
    }

    /// A fix that renames the key, unless the suggested key already exists.
    fn renamed(&self, reader: &Reader<'_>, key: &str, span: Span, meant: &str) -> Option<Fix> {
        if self.content.contains_key(meant) {
            return None;
        }
        let edits = reader.outline()?.rename(span, meant);
        Some(Fix::instead_of(key, meant).edits(edits))
    }

    /// The help for a word of another tool that is not just another name for a key.
    fn written_elsewhere(&self, key: &str, meant: &str) -> Option<String> {
        Some(match (self.name, meant) {
            ("Manifest", "from") => {
                format!("write it into `from`, such as `[from]` and `{key} = …`")
            }
            ("Manifest", "resources") => {
                "write it into `resources`, such as `[resources]` and `memory = \"2GiB\"`"
                    .to_owned()
            }
            ("Manifest", "steps") => {
                format!("write it as a step: `[[steps]]` and `{key} = …` below")
            }
            ("From", "image") if key == "tag" || key == "version" => {
                "write it behind the image: `image = \"NAME:TAG\"`".to_owned()
            }
            _ => return None,
        })
    }

    /// The valid keys; in a step, those of its action.
    fn takes(&self) -> String {
        let here = self.described();
        if self.name != "Step" {
            return format!("{here} takes {}", suggest::any_of(&self.asked));
        }
        let present = ActionKind::ALL.iter().filter(|kind| !self.present(&[kind.key()]).is_empty());
        if let [kind] = present.collect::<Vec<_>>().as_slice() {
            let keys = [kind.needs(), kind.takes(), COMMON_KEYS].concat();
            return format!("a step with `{}` takes {}", kind.key(), suggest::any_of(&keys));
        }
        format!("the action of a step is one of {}", suggest::any_of(ActionKind::keys()))
    }

    /// A fix that moves a key to the top level. It is safe unless the key may have been intended
    /// for this table.
    fn moved(&self, reader: &Reader<'_>, key: &str, span: Span) -> Option<Fix> {
        let edits = reader.outline()?.move_to_top(span)?;
        let title = format!("move `{key}` to the top level");
        let doubtful = match self.name {
            "Step" => matches!(key, "name" | "from" | "platform" | "context" | "ignore"),
            "Start" => matches!(key, "name" | "platform" | "env" | "user" | "workdir"),
            // Without a source, `name` may be the image.
            "From" => key == "platform" || (key == "name" && self.present(SOURCES).is_empty()),
            "Ready" => matches!(key, "name"),
            "Auth" | "Secret" | "Lints" | "Test" | "Expectation" => true,
            _ => false,
        };
        let fix = if doubtful { Fix::proposed(title) } else { Fix::safe(title) };
        Some(fix.edits(edits))
    }

    pub(super) fn described(&self) -> &'static str {
        match self.name {
            "Manifest" => "the manifest",
            "Resources" => "`resources`",
            "Novita" => "`novita`",
            "Lints" => "`lints`",
            "From" => "`from`",
            "Auth" => "`auth`",
            "Start" => "`start`",
            "Ready" => "`ready`",
            "Step" => "a step",
            "Test" => "a test",
            "Profile" => "a profile",
            "Expectation" => "an expectation",
            "Secret" => "a secret",
            _ => "this table",
        }
    }
}
