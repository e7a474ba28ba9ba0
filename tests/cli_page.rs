//! `docs/cli.md`: every command with its options, as `--help` has them.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use sandbox_toml::cli::Cli;

use crate::support::{assert_generated, root};

/// The heading of options that have none.
const OPTIONS: &str = "Options";

#[test]
fn the_page_of_the_command_line_is_current() {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    assert_generated(&root().join("docs/cli.md"), &page(&mut command));
}

fn page(sbx: &mut Command) -> String {
    let mut page = String::from(
        "# Command line\n\n\
         <!-- Generated from the command line by `SBX_UPDATE=1 cargo test`. -->\n\n\
         `sbx COMMAND --help` prints the section of a command on this page, and `sbx help` the list of \
         commands. An option overrides its variable. See also [all variables](environment.md) and \
         [the meaning of exit codes](exit-codes.md).\n",
    );
    page += &list(sbx);
    page += "\n## Global options\n\n\
             Every command has these options, and `sbx --version` prints the version.\n";
    let global = sbx.get_arguments().filter(|arg| arg.is_global_set() && !arg.is_hide_set());
    page += &table("option", &global.collect::<Vec<_>>());
    for inner in sbx.get_subcommands_mut() {
        section(inner, &mut page);
    }
    page
}

/// The commands within a command, each with a link to its section.
fn list(command: &Command) -> String {
    let mut list = String::from("\n| command | |\n|---|---|\n");
    for inner in command.get_subcommands() {
        let name = full_name(inner);
        let about = inner.get_about().map(ToString::to_string).unwrap_or_default();
        writeln!(list, "| [`{name}`](#{}) | {} |", name.replace(' ', "-"), prose(&about))
            .expect("a string takes everything");
    }
    list
}

/// The name of a command as it is typed.
fn full_name(command: &Command) -> &str {
    command.get_bin_name().expect("the command is built")
}

/// A command with its arguments and options, and after it the commands within it.
fn section(command: &mut Command, page: &mut String) {
    let name = full_name(command).to_owned();
    let about = command.get_long_about().or(command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    write!(page, "\n## `{name}`\n\n{}\n", sentences(&about).join("\n\n"))
        .expect("a string takes everything");
    let aliases: Vec<_> = command.get_visible_aliases().collect();
    if !aliases.is_empty() {
        write!(page, "\nAlias: `{}`.\n", aliases.join("`, `")).expect("a string takes everything");
    }
    if command.has_subcommands() {
        *page += &list(command);
    } else {
        let usage = command.render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ");
        write!(page, "\nUsage: `{usage}`\n").expect("a string takes everything");
        arguments(command, page);
    }
    for inner in command.get_subcommands_mut() {
        section(inner, page);
    }
}

/// The arguments of a command, and its options below their headings.
fn arguments(command: &Command, page: &mut String) {
    let own = |arg: &&Arg| !arg.is_hide_set() && !arg.is_global_set();
    let positionals: Vec<_> = command.get_positionals().filter(own).collect();
    if !positionals.is_empty() {
        *page += &table("argument", &positionals);
    }
    let options = command.get_arguments().filter(|arg| !arg.is_positional()).filter(own);
    let options: Vec<_> = options.collect();
    let mut headings = vec![OPTIONS];
    for option in &options {
        let heading = option.get_help_heading().unwrap_or(OPTIONS);
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for heading in headings {
        let below = |arg: &&Arg| arg.get_help_heading().unwrap_or(OPTIONS) == heading;
        let below: Vec<_> = options.iter().copied().filter(below).collect();
        if !below.is_empty() {
            write!(page, "\n**{heading}**\n{}", table("option", &below))
                .expect("a string takes everything");
        }
    }
}

fn table(what: &str, args: &[&Arg]) -> String {
    let mut table = format!("\n| {what} | |\n|---|---|\n");
    for arg in args {
        writeln!(table, "| {} | {} |", code(arg), meaning(arg)).expect("a string takes everything");
    }
    table
}

/// An argument as it is typed.
fn code(arg: &Arg) -> String {
    let long = arg.to_string().replace('|', "\\|");
    let short = arg.get_short().map(|short| format!("`-{short}`, ")).unwrap_or_default();
    format!("{short}`{long}`")
}

/// What an argument does, with its values, its default and its variable.
fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    // A default that clap does not know ends the text.
    let (help, written) = match help.split_once(" [default: ") {
        Some((help, default)) => (help, Some(prose(default.trim_end_matches(']')))),
        None => (help.as_str(), None),
    };
    let takes_values = arg.get_action().takes_values();
    let known: Vec<_> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let known = (takes_values && !known.is_empty()).then(|| format!("`{}`", known.join(",")));
    let default = written.or(known).map(|default| format!("Default: {default}."));
    let variable = arg.get_env().map(|name| format!("Variable: `{}`.", name.to_string_lossy()));
    let (listed, described) = if takes_values { values(arg) } else { (None, None) };
    let help = sentences(help).join(" ");
    let parts: Vec<_> = [Some(help), listed, default, variable].into_iter().flatten().collect();
    parts.join(" ") + &described.unwrap_or_default()
}

/// The possible values of an argument: as a sentence, or as lines if they have a help of their own.
fn values(arg: &Arg) -> (Option<String>, Option<String>) {
    let values = arg.get_possible_values();
    let values: Vec<_> = values.iter().filter(|value| !value.is_hide_set()).collect();
    if values.is_empty() || arg.is_hide_possible_values_set() {
        return (None, None);
    }
    if values.iter().all(|value| value.get_help().is_none()) {
        let names: Vec<_> = values.iter().map(|value| format!("`{}`", value.get_name())).collect();
        return (Some(format!("Values: {}.", names.join(", "))), None);
    }
    let lines = values.iter().map(|value| {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        format!("<br>`{}`: {}", value.get_name(), prose(&help))
    });
    (None, Some(lines.collect()))
}

/// A text of `--help` in Markdown, on one line.
fn prose(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Within backticks, only a table's separator has a meaning.
    let parts = text.split('`').enumerate().map(|(number, part)| {
        let part = part.replace('|', "\\|");
        if number % 2 == 0 { part.replace('<', "&lt;").replace('*', "\\*") } else { part }
    });
    parts.collect::<Vec<_>>().join("`")
}

/// The paragraphs of a text of `--help`, each of which ends with a full stop.
fn sentences(text: &str) -> Vec<String> {
    let paragraphs = text.split("\n\n").map(prose);
    paragraphs.map(|text| if text.ends_with('.') { text } else { text + "." }).collect()
}
