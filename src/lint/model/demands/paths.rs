//! Commands that name their files.

use super::{Need, Needs};
use crate::lint::model::files::{cloned, outputs, tar_directory};
use crate::lint::shell::{Simple, Word, base_name};

/// The endings of scripts.
const SCRIPTS: &[&str] =
    &[".sh", ".bash", ".py", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php"];

pub(super) fn of(needs: &mut Needs<'_, '_>, program: &str) {
    let command = needs.execution.command;
    let words = command.command().get(1..).unwrap_or_default();
    let plain: Vec<&Word> = words.iter().filter(|word| !is_option(word)).collect();
    match program {
        "source" | "." => needs.of_words(Need::Exists, plain.first().copied()),
        "bash" | "sh" | "node" | "ruby" | "perl" | "php" | "python" | "python3" | "bun"
        | "deno" => {
            let script = words.first().filter(|word| is_script(word));
            needs.of_words(Need::Exists, script);
        }
        "cat" | "cd" => needs.of_words(Need::Exists, plain),
        "pip" | "pip3" | "uv" => pip(needs, words),
        "mkdir" => mkdir(needs, command, &plain),
        "touch" | "tee" => {
            // `-d`, `-r` and `-t` have values.
            for word in plain
                .into_iter()
                .filter(|_| !['d', 'r', 't'].iter().any(|flag| has_flag(words, *flag, "")))
            {
                needs.of_word(Need::Writable, word);
                needs.of_word(Need::Parent, word);
            }
        }
        "rm" | "unlink" | "rmdir" => {
            if !has_flag(words, 'f', "--force") {
                needs.of_words(Need::Gone, plain.iter().copied());
            }
            needs.of_words(Need::Removable, plain);
        }
        "chmod" | "chown" | "chgrp" => {
            // A mode may begin with a dash: `chmod -x f`.
            let has_reference = words.iter().any(|word| word.prefix.starts_with("--"));
            let is_clear = !has_reference && words.iter().all(|word| !is_mode_option(word));
            for word in plain.iter().copied().skip(1).filter(|_| is_clear) {
                needs.of_word(Need::Exists, word);
                needs.of_word(Need::Owned, word);
            }
        }
        "cp" | "mv" => copy(needs, program, words, &plain),
        "ln" => link(needs, words, &plain),
        "sed" if words.iter().any(|word| word.prefix.starts_with("-i")) => {
            // With `-e` and `-f` there is no script among the operands.
            let has_script = words.iter().any(|word| matches!(word.prefix.as_str(), "-e" | "-f"));
            for word in plain.into_iter().skip(usize::from(!has_script)).filter(|_| !has_script) {
                needs.of_word(Need::Exists, word);
                needs.of_word(Need::Replaceable, word);
            }
        }
        "tar" => tar(needs, words),
        "unzip" => unzip(needs, words, &plain),
        "git" => git(needs, words),
        "curl" | "wget" => download(needs, program, words),
        _ => {}
    }
}

fn is_option(word: &Word) -> bool {
    word.prefix.starts_with('-') && word.prefix.len() > 1
}

/// Whether an argument of `chmod` is a mode that begins with a dash.
fn is_mode_option(word: &Word) -> bool {
    is_option(word) && word.prefix[1..].chars().any(|letter| !"Rfvch".contains(letter))
}

fn is_script(word: &Word) -> bool {
    word.literal.as_deref().is_some_and(|text| SCRIPTS.iter().any(|end| text.ends_with(end)))
}

fn has_flag(words: &[Word], letter: char, long: &str) -> bool {
    let is_short = |text: &str| text.starts_with('-') && !text.starts_with("--");
    let mut texts = words.iter().map(|word| word.prefix.as_str());
    texts.any(|text| text == long || is_short(text) && text.contains(letter))
}

/// The value of one of these options.
fn value_of<'w>(words: &'w [Word], options: &[&str]) -> Option<&'w Word> {
    let place = words.iter().position(|word| options.contains(&word.prefix.as_str()))?;
    words.get(place + 1)
}

/// Lists of requirements, and packages in files.
fn pip(needs: &mut Needs<'_, '_>, words: &[Word]) {
    let is_install = words.iter().any(|word| word.prefix == "install");
    // The directory of a virtual environment, in which no user's own packages are used.
    let program = needs.execution.command.command().first();
    let program = program.and_then(|word| word.literal.as_deref());
    let environment = program.and_then(|path| path.rsplit_once("/bin/pip"));
    let is_own = |directory: &str| !directory.is_empty() && !directory.starts_with("/usr");
    let environment = environment.filter(|(directory, _)| is_install && is_own(directory));
    if let Some((environment, _)) = environment {
        needs.of_path(Need::Writable, &format!("{environment}/lib"));
    }
    needs.of_words(Need::Exists, value_of(words, &["-r", "--requirement"]));
    let files = words.iter().filter(|word| {
        let text = word.prefix.as_str();
        text.starts_with(['.', '/']) && [".whl", ".tar.gz"].iter().any(|end| text.ends_with(end))
    });
    needs.of_words(Need::Exists, files.filter(|_| is_install));
}

fn mkdir(needs: &mut Needs<'_, '_>, command: &Simple, plain: &[&Word]) {
    let words = command.command().get(1..).unwrap_or_default();
    let makes_parents = has_flag(words, 'p', "--parents");
    let mode = value_of(words, &["-m", "--mode"]).map(|word| word.range.clone());
    for word in plain.iter().filter(|word| Some(&word.range) != mode.as_ref()) {
        needs.of_word(Need::Makeable, word);
        if !makes_parents {
            needs.of_word(Need::Free, word);
            needs.of_word(Need::Parent, word);
        }
    }
}

fn copy(needs: &mut Needs<'_, '_>, program: &str, words: &[Word], plain: &[&Word]) {
    let is_plain = |word: &Word| !word.prefix.starts_with("-t") && !word.prefix.starts_with("--");
    let Some((target, sources)) = plain.split_last().filter(|_| words.iter().all(is_plain)) else {
        return;
    };
    needs.of_words(Need::Exists, sources.iter().copied());
    if program == "mv" {
        needs.of_words(Need::Removable, sources.iter().copied());
    }
    needs.of_word(Need::Writable, target);
    // A directory is copied to a path that ends with a slash and does not exist.
    let ends = target.literal.as_deref().is_some_and(|text| text.ends_with('/'));
    let copies_files = program == "cp"
        && !['r', 'R', 'a'].iter().any(|flag| has_flag(words, *flag, "--recursive"));
    if sources.len() > 1 || ends && copies_files {
        needs.of_word(Need::Exists, target);
    } else {
        needs.of_word(Need::Parent, target);
    }
}

fn link(needs: &mut Needs<'_, '_>, words: &[Word], plain: &[&Word]) {
    let [target, link] = plain else { return };
    needs.of_word(Need::Parent, link);
    needs.of_word(Need::Makeable, link);
    if !has_flag(words, 'f', "--force") && !has_flag(words, 'b', "--backup") {
        needs.of_word(Need::FreeLink, link);
    }
    // A hard link needs its target.
    if !has_flag(words, 's', "--symbolic") {
        needs.of_word(Need::Exists, target);
    }
}

fn tar(needs: &mut Needs<'_, '_>, words: &[Word]) {
    let Some(flags) = words.first().and_then(|word| word.literal.as_deref()) else { return };
    let unpacks = !flags.starts_with("--") && flags.contains('x');
    if !unpacks {
        return;
    }
    if flags.ends_with('f') {
        needs.of_words(Need::Exists, words.get(1));
    }
    match tar_directory(needs.execution.command.command()) {
        Some(directory) => {
            needs.of_word(Need::Exists, directory);
            needs.of_word(Need::Writable, directory);
        }
        None if words.iter().all(|word| !word.prefix.starts_with("--d")) => {
            needs.of_path(Need::Writable, ".");
        }
        None => {}
    }
}

fn unzip(needs: &mut Needs<'_, '_>, words: &[Word], plain: &[&Word]) {
    needs.of_words(Need::Exists, plain.first().copied());
    match value_of(words, &["-d"]) {
        Some(directory) => needs.of_word(Need::Writable, directory),
        None if !['d', 'l', 'p', 't', 'v', 'Z'].iter().any(|flag| has_flag(words, *flag, "")) => {
            needs.of_path(Need::Writable, ".");
        }
        None => {}
    }
}

fn git(needs: &mut Needs<'_, '_>, words: &[Word]) {
    needs.of_words(Need::Exists, value_of(words, &["-C"]));
    let is_here = |word: &Word| is_option(word) || word.prefix == ".";
    if words.first().is_some_and(|word| word.prefix == "init") && words[1..].iter().all(is_here) {
        needs.of_path(Need::Writable, ".git");
    }
    if let Some((path, range)) = cloned(needs.execution) {
        let user = needs.execution.user;
        needs.push(Need::Empty, path.clone(), user, range.clone());
        needs.push(Need::Writable, path, user, range);
    }
}

fn download(needs: &mut Needs<'_, '_>, program: &str, words: &[Word]) {
    let command = needs.execution.command;
    let outputs = outputs(command, program);
    let makes_directories = words.iter().any(|word| {
        matches!(
            word.prefix.as_str(),
            "--create-dirs" | "-P" | "--directory-prefix" | "--output-dir"
        )
    });
    for output in &outputs {
        let path = output.path.filter(|path| *path != "-");
        let Some(path) = path.and_then(|path| needs.execution.absolute(path)) else { continue };
        let (user, range) = (needs.execution.user, output.word.range.clone());
        if !makes_directories {
            needs.push(Need::Parent, path.clone(), user, range.clone());
        }
        needs.push(Need::Writable, path, user, range);
    }
    let is_flags = |text: &str| text.starts_with('-') && !text.starts_with("--") && text.len() < 8;
    let names_itself = words.iter().any(|word| {
        let text = word.prefix.as_str();
        text == "--remote-name" || program == "curl" && is_flags(text) && text.ends_with('O')
    });
    let is_spider = words.iter().any(|word| matches!(word.prefix.as_str(), "--spider" | "--help"));
    if !outputs.is_empty() || is_spider || program == "curl" && !names_itself {
        return;
    }
    for word in words {
        let url = word.literal.as_deref().filter(|url| url.contains("://"));
        let name = url.map(|url| base_name(url.split(['?', '#']).next().unwrap_or(url)));
        let path =
            name.filter(|name| !name.is_empty()).and_then(|name| needs.execution.absolute(name));
        if let Some(path) = path {
            needs.push(Need::Writable, path, needs.execution.user, word.range.clone());
        }
    }
}
