//! `--help` of every command.

use clap::CommandFactory as _;
use sandbox_toml::cli::Cli;
use sandbox_toml::platform::Platform;

use crate::support::{Workspace, snapshot};

/// The commands as they are typed after `sbx`, with the root as an empty list.
fn commands() -> Vec<Vec<String>> {
    fn below(command: &clap::Command, path: &[String], all: &mut Vec<Vec<String>>) {
        all.push(path.to_vec());
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let path = [path, &[inner.get_name().to_owned()]].concat();
            below(inner, &path, all);
        }
    }
    let mut all = Vec::new();
    below(&Cli::command(), &[], &mut all);
    all
}

fn help(path: &[String], flag: &str) -> String {
    let words: Vec<_> = path.iter().map(String::as_str).chain([flag]).collect();
    let ran = Workspace::empty().run(&words).ends(0);
    assert_eq!(ran.stderr, "");
    ran.stdout
}

#[test]
fn help_of_every_command() {
    for path in commands() {
        let name = if path.is_empty() { "sbx".to_owned() } else { path.join("-") };
        snapshot("snapshots/help", &name, &help(&path, "--help"));
    }
}

#[test]
fn help_starts_with_a_verb_and_ends_without_a_full_stop() {
    let no_verbs = ["A", "The", "Whether", "Where", "What", "How", "Is", "Does"];
    for path in commands() {
        let mut command = Cli::command();
        for name in &path {
            command = command.find_subcommand(name).expect("the path is of commands").clone();
        }
        for arg in command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set())
        {
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let id = arg.get_id();
            assert!(!help.is_empty() && !help.ends_with('.'), "{path:?} {id}: {help}");
            let first = help.split(' ').next().unwrap_or_default();
            assert!(first.starts_with(char::is_uppercase), "{path:?} {id}: {help}");
            assert!(!no_verbs.contains(&first), "{path:?} {id}: {help}");
        }
    }
}

#[test]
fn help_of_platform_lists_the_table_of_platforms() {
    let names = Platform::names().join(", ");
    for (command, values) in [("apply", names.clone()), ("check", format!("{names}, all"))] {
        let short = help(&[command.to_owned()], "-h");
        let one_line = short.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(one_line.contains(&format!("[possible values: {values}]")), "{short}");
    }
}
