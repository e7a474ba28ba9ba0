//! `--help` of every command.

use std::fs;
use std::path::PathBuf;

use clap::CommandFactory as _;
use sandbox_toml::cli::Cli;
use sandbox_toml::platform::Platform;

use crate::support::{Workspace, files, root, snapshot};

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

/// The lines of the README and of the documentation that run `sbx`, without their comments. Those of a
/// console begin with `$`, and others are its output.
fn documented_commands() -> Vec<(PathBuf, String)> {
    let mut pages = files("docs", ".md");
    pages.push(root().join("README.md"));
    let mut commands = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).expect("the page is read");
        let mut is_console = false;
        for line in text.lines() {
            if let Some(language) = line.strip_prefix("```") {
                is_console = language == "console";
            }
            let start = if is_console { "$ sbx " } else { "sbx " };
            if let Some(line) = line.strip_prefix(start) {
                let line = line.split(" #").next().unwrap_or(line).trim();
                commands.push((page.clone(), line.to_owned()));
            }
        }
    }
    commands
}

#[test]
fn documented_subcommands_and_options_exist() {
    let commands = documented_commands();
    assert!(commands.len() >= 20, "only {} commands are documented", commands.len());
    for (page, line) in commands {
        let place = format!("{}: sbx {line}", page.display());
        let mut command = Cli::command();
        command.build();
        // What follows is another program's.
        let ends = |word: &&str| matches!(*word, "--" | "|" | "||" | "&&");
        for word in line.split_whitespace().take_while(|word| !ends(word)) {
            if let Some(inner) = command.find_subcommand(word) {
                command = inner.clone();
            } else if let Some(long) = word.strip_prefix("--") {
                let long = long.split('=').next().unwrap_or(long);
                let mut known = command.get_arguments().filter_map(clap::Arg::get_long);
                assert!(known.any(|known| known == long), "{place}: `--{long}` is unknown");
            }
        }
        assert!(!command.has_subcommands(), "{place}: there is no such command");
    }
}

#[test]
fn the_page_of_variables_lists_every_one_that_an_option_reads() {
    let page = fs::read_to_string(root().join("docs/environment.md")).expect("the page is read");
    for path in commands() {
        let mut command = Cli::command();
        for name in &path {
            command = command.find_subcommand(name).expect("the path is of commands").clone();
        }
        for arg in command.get_arguments() {
            if let Some(variable) = arg.get_env() {
                let variable = variable.to_str().expect("a variable's name is text");
                assert!(page.contains(&format!("`{variable}")), "{path:?}: {variable}");
            }
        }
    }
}
