//! Commands as the calls that make them.
//!
//! A method is used only where the SDK makes the same command of it; everything else is `run_cmd`
//! with the command itself.

use super::call::{Call, Value};
use crate::platform::{ROOT, Sdk};
use crate::scalar::shell::quote;

/// What `apt` steps begin with.
const APT: &str =
    "apt-get update && DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y ";

/// The call for a command, which `user` runs. `joined` are its parts, if it was written in several.
pub(super) fn call(command: &str, user: Option<&str>, joined: &[&str], sdk: &Sdk) -> Call {
    let packages = packages(command, user);
    packages.or_else(|| files(command, user, sdk)).unwrap_or_else(|| {
        let text = match joined {
            [_, _, ..] if joined.join(" && ") == command => {
                Value::Texts(joined.iter().map(|&part| part.to_owned()).collect())
            }
            _ => Value::text(command),
        };
        as_user(Call::new("run_cmd", vec![text]), user)
    })
}

fn as_user(call: Call, user: Option<&str>) -> Call {
    call.maybe("user", user.map(Value::text))
}

/// A word of a command.
struct Word<'a> {
    /// Its text in the command, which is what [`quote`] makes of the value.
    written: &'a str,
    value: String,
}

impl Word<'_> {
    fn is_plain(&self) -> bool {
        self.written == self.value
    }
}

/// The words of a command that has nothing but words.
fn words(command: &str) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let mut rest = command;
    while !rest.is_empty() {
        let (mut is_single, mut is_double) = (false, false);
        let end = rest.find(|c| {
            is_single ^= c == '\'' && !is_double;
            is_double ^= c == '"' && !is_single;
            c == ' ' && !is_single && !is_double
        });
        let (written, after) = rest.split_at(end.unwrap_or(rest.len()));
        let value = written.replace("'\"'\"'", "\0").replace('\'', "").replace('\0', "'");
        if quote(&value) != written {
            return None;
        }
        words.push(Word { written, value });
        rest = match after.strip_prefix(' ') {
            Some("") => return None,
            Some(rest) => rest,
            None => after,
        };
    }
    Some(words)
}

/// An installation. No SDK quotes the packages, so they are what the command has.
fn packages(command: &str, user: Option<&str>) -> Option<Call> {
    let named = |rest: &str| {
        let words = words(rest)?;
        let are_packages = words.iter().all(|word| !word.value.starts_with('-'));
        let packages = words.iter().map(|word| word.written.to_owned()).collect();
        (are_packages && !words.is_empty()).then_some(Value::Texts(packages))
    };
    let is_root = user == Some(ROOT);
    if let Some(rest) = command.strip_prefix(APT) {
        let (rest, lean) = flag(rest, "--no-install-recommends ");
        let (rest, fix_missing) = flag(rest, "--fix-missing ");
        let call = Call::new("apt_install", vec![named(rest)?]);
        let call = call.flag("no_install_recommends", lean).flag("fix_missing", fix_missing);
        return is_root.then_some(call);
    }
    if let Some(rest) = command.strip_prefix("pip install ") {
        let (rest, own) = flag(rest, "--user ");
        let arguments = if rest == "." { Vec::new() } else { vec![named(rest)?] };
        let call = Call::new("pip_install", arguments);
        return match (own, user) {
            (true, None) => Some(call.option("g", Value::Flag(false))),
            (false, Some(ROOT)) => Some(call),
            _ => None,
        };
    }
    let (method, rest, dev) =
        [("npm", "--save-dev "), ("bun", "--dev ")].into_iter().find_map(|(program, dev)| {
            let rest = command.strip_prefix(program)?.strip_prefix(" install")?;
            let method = if program == "npm" { "npm_install" } else { "bun_install" };
            Some((method, rest, dev))
        })?;
    if rest.is_empty() {
        return user.is_none().then(|| Call::new(method, Vec::new()));
    }
    let (rest, global) = flag(rest.strip_prefix(' ')?, "-g ");
    let (rest, dev) = flag(rest, dev);
    let call = Call::new(method, vec![named(rest)?]).flag("g", global).flag("dev", dev);
    (if global { is_root } else { user.is_none() }).then_some(call)
}

/// What follows a flag, and whether it was there.
fn flag<'a>(text: &'a str, flag: &str) -> (&'a str, bool) {
    text.strip_prefix(flag).map_or((text, false), |rest| (rest, true))
}

/// Something that is done to files.
fn files(command: &str, user: Option<&str>, sdk: &Sdk) -> Option<Call> {
    let words = words(command)?;
    let fits = |word: &Word<'_>| (sdk.quotes_words || word.is_plain()) && !word.value.is_empty();
    let written: Vec<_> = words.iter().map(|word| word.written).collect();
    let paths = |from: usize| {
        let words = words.get(from..)?;
        let are_paths = words.iter().all(|word| fits(word) && !word.value.starts_with('-'));
        let paths: Vec<_> = words.iter().map(|word| word.value.clone()).collect();
        (are_paths && !paths.is_empty()).then_some(paths)
    };
    let pair = |from: usize| match words.get(from..from + 2)? {
        both @ [first, second] => {
            let are_paths = both.iter().all(|word| fits(word) && !word.value.starts_with('-'));
            are_paths.then(|| vec![Value::text(&first.value), Value::text(&second.value)])
        }
        _ => None,
    };
    let call = match written.as_slice() {
        ["mkdir", "-p", "-m", mode, ..] => {
            let mode = u16::from_str_radix(mode, 8).ok().filter(|bits| {
                // The SDKs for TypeScript leave out a mode of zero.
                *bits != 0 && format!("{bits:04o}") == *mode
            })?;
            Call::new("make_dir", vec![Value::Texts(paths(4)?)]).option("mode", Value::Mode(mode))
        }
        ["mkdir", "-p", ..] => Call::new("make_dir", vec![Value::Texts(paths(2)?)]),
        ["rm", rest @ ..] => {
            let recursive = rest.first() == Some(&"-r");
            let force = rest.get(usize::from(recursive)) == Some(&"-f");
            let from = 1 + usize::from(recursive) + usize::from(force);
            let call = Call::new("remove", vec![Value::Texts(paths(from)?)]);
            call.flag("recursive", recursive).flag("force", force)
        }
        ["mv", _, _] => Call::new("rename", pair(1)?),
        ["mv", _, _, "-f"] => Call::new("rename", pair(1)?).flag("force", true),
        ["ln", "-s", _, _] => Call::new("make_symlink", pair(2)?),
        ["ln", "-s", "-f", _, _] => Call::new("make_symlink", pair(3)?).flag("force", true),
        ["git", "clone", rest @ ..] => clone(rest, &words[2..], &fits)?,
        _ => return None,
    };
    Some(as_user(call, user))
}

/// `git clone`.
fn clone(written: &[&str], words: &[Word<'_>], fits: &dyn Fn(&Word<'_>) -> bool) -> Option<Call> {
    let word = |at: usize| {
        let word = words.get(at).filter(|word| fits(word) && !word.value.starts_with('-'))?;
        Some(Value::text(&word.value))
    };
    let url = word(0)?;
    let mut at = 1;
    let mut branch = None;
    if let Some(["--branch", _, "--single-branch"]) = written.get(at..at + 3) {
        branch = Some(word(at + 1)?);
        at += 3;
    }
    let mut depth = None;
    if written.get(at) == Some(&"--depth") {
        let number = written.get(at + 1)?;
        let value = number.parse().ok().filter(|depth: &u64| *depth > 0)?;
        depth = (value.to_string() == *number).then_some(Value::Number(value));
        depth.as_ref()?;
        at += 2;
    }
    let path = if at < words.len() { word(at)? } else { Value::Absent };
    (words.len() <= at + 1).then(|| {
        let call = Call::new("git_clone", vec![url, path]);
        call.maybe("branch", branch).maybe("depth", depth)
    })
}
