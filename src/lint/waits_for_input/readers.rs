//! Programs that read standard input as data or as a script.

use super::programs::{Arguments, Wait};

const DATA: Wait = Wait {
    why: "it reads standard input, which stays open and empty",
    help: "give it a file, a here-document or a pipe, or `< /dev/null`",
};

const SCRIPT: Wait = Wait {
    why: "it reads a script from standard input, which stays open and empty",
    help: "give it the file of the script as an argument, or `-c` with the commands",
};

const SHELL: Wait = Wait {
    why: "it starts a shell that reads commands from standard input",
    help: "run the command by `su USER -c '…'`, or set the `user` of the step",
};

const ANSWER: Wait = Wait {
    why: "no one answers in a build, and standard input stays open",
    help: "take the value from a variable, such as one of `build_env`",
};

const EDITOR: Wait = Wait {
    why: "it waits for keys on standard input, which stays open and empty",
    help: "write the file with a here-document or a copy, or change it with `sed`",
};

pub(super) fn wait(arguments: &Arguments<'_>) -> Option<Wait> {
    let words = arguments.words.as_slice();
    let (wait, waits) = match arguments.program {
        "cat" => (DATA, reads_no_file(arguments)),
        "tee" => (DATA, !words.contains(&"-")),
        "patch" => {
            let valued = ["-d", "-D", "-F", "-g", "-o", "-p", "-r", "-x", "-Y", "-z", "-B", "-V"];
            let is_given =
                arguments.has(&["--input"]) || words.iter().any(|word| word.starts_with("-i"));
            (DATA, !is_given && arguments.operands(&valued).len() < 2)
        }
        "crontab" => (DATA, matches!(words, [] | ["-"])),
        "read" => (ANSWER, !arguments.has_letter(&['t', 'u', 'N'])),
        "sqlite3" => (SCRIPT, words.len() < 2 && words.iter().all(|word| !word.starts_with('-'))),
        "ash" | "bash" | "dash" | "ksh" | "sh" | "zsh" => {
            let plain = ["-", "-e", "-i", "-l", "-s", "-u", "-x", "--login"];
            (SCRIPT, !arguments.has_script && words.iter().all(|word| plain.contains(word)))
        }
        "su" => {
            let plain =
                |word: &&str| matches!(*word, "-" | "-l" | "--login") || !word.starts_with('-');
            let is_plain = words.iter().all(plain) && arguments.operands(&[]).len() <= 2;
            (SHELL, !arguments.has_script && is_plain)
        }
        "vi" | "vim" => (EDITOR, words.iter().all(|word| !word.starts_with(['-', '+']))),
        program if is_interpreter(program) => {
            (SCRIPT, words.iter().all(|word| matches!(*word, "-" | "-i" | "-q" | "-u")))
        }
        _ => return None,
    };
    waits.then_some(wait)
}

/// Whether `cat` reads only standard input.
fn reads_no_file(arguments: &Arguments<'_>) -> bool {
    arguments.operands(&[]).iter().all(|word| matches!(*word, "-" | "/dev/stdin"))
}

fn is_interpreter(program: &str) -> bool {
    matches!(program, "ipython" | "irb" | "node" | "perl" | "php" | "python" | "ruby") || {
        let version = program.strip_prefix("python3");
        version.is_some_and(|rest| rest.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()))
    }
}
