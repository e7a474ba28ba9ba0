//! Programs that ask questions.

use super::Settings;
use super::programs::{Arguments, Wait};

const ADDUSER: Wait = Wait {
    why: "it asks for a password or a full name",
    help: "write `adduser --disabled-password --gecos \"\"`, or `useradd -m`",
};

const PASSWD: Wait = Wait {
    why: "it asks for a password",
    help: "write `echo 'NAME:PASSWORD' | chpasswd`, or `passwd -d NAME` for no password",
};

const ACCOUNT: Wait =
    Wait { why: "it asks for the values", help: "give the values as options; or use `usermod`" };

const SSH_KEYGEN: Wait = Wait {
    why: "it asks for the file or the passphrase",
    help: "write `ssh-keygen -N \"\" -f FILE`",
};

const NPM_INIT: Wait =
    Wait { why: "it asks for the fields of `package.json`", help: "write `npm init -y`" };

const LOGIN: Wait = Wait {
    why: "it asks for a user name and a password",
    help: "sign in with a configuration file or a variable instead",
};

const PIP: Wait = Wait { why: "it asks for confirmation", help: "write `pip uninstall -y`" };

const CONDA: Wait = Wait { why: "it asks for confirmation", help: "add `-y`" };

const NEXT: Wait = Wait {
    why: "it asks for the features of the app",
    help: "add `--yes` for the defaults, or give each answer as an option",
};

const POETRY: Wait =
    Wait { why: "it asks for the fields of `pyproject.toml`", help: "write `poetry init -n`" };

const AWS: Wait = Wait {
    why: "it asks for keys, the region and the format",
    help: "write `aws configure set region …`, and pass keys to the sandbox when it is created",
};

const HTPASSWD: Wait = Wait {
    why: "it asks for a password",
    help: "add `-i` and pipe the password into it, or `-b` with the password as an argument",
};

const REMOVE: Wait = Wait { why: "`-i` asks for confirmation", help: "remove `-i`" };

const CERTIFICATE: Wait = Wait {
    why: "it asks for the fields of the certificate",
    help: "add `-subj \"/CN=localhost\"`",
};

const KEY: Wait = Wait {
    why: "it asks for a passphrase of the key",
    help: "add `-nodes` for a key without a passphrase",
};

const DEBCONF: Wait = Wait {
    why: "it asks the questions of the package",
    help: "add `--frontend noninteractive`, or set `DEBIAN_FRONTEND=noninteractive` before it",
};

/// Packages whose configuration asks at the default priority.
const ASKING_PACKAGES: &[&str] = &["debconf", "keyboard-configuration", "locales", "tzdata"];

pub(super) fn wait(arguments: &Arguments<'_>, settings: Settings) -> Option<Wait> {
    let words = arguments.words.as_slice();
    let (wait, waits) = match arguments.program {
        "adduser" => (ADDUSER, settings.has_debian_tools && adduser_asks(arguments)),
        "passwd" => (PASSWD, words.iter().all(|word| !word.starts_with('-'))),
        "chfn" | "chsh" => (ACCOUNT, words.iter().all(|word| !word.starts_with('-'))),
        "ssh-keygen" => (SSH_KEYGEN, ssh_keygen_asks(words)),
        "npm" => return npm(arguments, settings),
        "npx" => (NEXT, !settings.sets_ci && creates_next_app(words)),
        "poetry" => (POETRY, words == ["init"]),
        "aws" => (AWS, words == ["configure"]),
        "htpasswd" => (HTPASSWD, !arguments.has_letter(&['b', 'i', 'D'])),
        "pip" | "pip3" => (PIP, pip_asks(words)),
        "python" | "python3" => {
            (PIP, words.starts_with(&["-m", "pip"]) && pip_asks(words.get(2..)?))
        }
        "conda" | "mamba" | "micromamba" => {
            (CONDA, !settings.configures_conda && conda_asks(arguments))
        }
        "rm" => (REMOVE, arguments.has_letter(&['i']) && !arguments.has_letter(&['f'])),
        "openssl" => return openssl(arguments),
        "dpkg-reconfigure" => {
            let asked = |word: &&str| ASKING_PACKAGES.contains(word);
            let is_answered =
                words.iter().any(|word| word.starts_with("-f") || word.starts_with("-p"));
            let is_set = is_answered || arguments.has(&["--frontend", "--priority"]);
            (DEBCONF, !settings.configures_debconf && !is_set && words.iter().any(asked))
        }
        _ => return None,
    };
    waits.then_some(wait)
}

/// Whether Debian's `adduser` creates a user of whom it asks something.
fn adduser_asks(arguments: &Arguments<'_>) -> bool {
    const VALUED: &[&str] = &[
        "--comment",
        "--conf",
        "--firstgid",
        "--firstuid",
        "--gecos",
        "--gid",
        "--home",
        "--ingroup",
        "--lastgid",
        "--lastuid",
        "--shell",
        "--uid",
    ];
    // Single letters are options of other programs of this name, such as that of BusyBox.
    let is_letter = |word: &&str| word.starts_with('-') && !word.starts_with("--");
    let is_other = arguments.has(&["--system", "--group"]) || arguments.words.iter().any(is_letter);
    let has_no_password = arguments.has(&["--disabled-password", "--disabled-login"]);
    let has_comment = arguments.has(&["--gecos", "--comment"]);
    let creates_user = arguments.operands(VALUED).len() == 1;
    creates_user && !is_other && !(has_no_password && has_comment)
}

/// Whether `ssh-keygen` makes a key and asks for its file or its passphrase.
fn ssh_keygen_asks(words: &[&str]) -> bool {
    let (mut file, mut passphrase) = (false, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "-q" | "-v" | "-o" => continue,
            "-f" => file = true,
            "-N" => passphrase = true,
            "-a" | "-b" | "-C" | "-m" | "-t" | "-Z" => {}
            // Another mode, or options that are written together with their values.
            _ => return false,
        }
        words.next();
    }
    !(file && passphrase)
}

/// Whether `create-next-app` runs without any option.
fn creates_next_app(words: &[&str]) -> bool {
    let words = words.strip_prefix(&["-y"]).or(words.strip_prefix(&["--yes"])).unwrap_or(words);
    let is_program = |word: &&str| {
        word.strip_prefix("create-next-app")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
    };
    words.first().is_some_and(is_program) && words.iter().all(|word| !word.starts_with('-'))
}

fn npm(arguments: &Arguments<'_>, settings: Settings) -> Option<Wait> {
    let is_next = |word: &str| word == "next-app" || word.starts_with("next-app@");
    let has_options = arguments.words.iter().any(|word| word.starts_with('-'));
    match *arguments.operands(&["--scope"]) {
        ["init" | "innit"] if !arguments.has(&["-y", "-f", "--yes", "--force", "-w", "-ws"]) => {
            Some(NPM_INIT)
        }
        ["init" | "create", package, ..]
            if is_next(package) && !has_options && !settings.sets_ci =>
        {
            Some(NEXT)
        }
        ["login" | "adduser" | "add-user"] => Some(LOGIN),
        _ => None,
    }
}

/// Whether the arguments of pip remove a package, and it asks.
fn pip_asks(words: &[&str]) -> bool {
    words.first() == Some(&"uninstall")
        && !words.iter().any(|word| matches!(*word, "-y" | "--yes" | "--no-input" | "-yq" | "-qy"))
}

fn conda_asks(arguments: &Arguments<'_>) -> bool {
    const ASKING: &[&str] = &["install", "create", "update", "upgrade", "remove", "uninstall"];
    let is_asking = arguments.words.first().is_some_and(|word| ASKING.contains(word));
    is_asking
        && !arguments.has(&["--yes", "--json", "--dry-run", "--download-only", "--always-yes"])
        && !arguments.has_letter(&['y', 'd'])
}

fn openssl(arguments: &Arguments<'_>) -> Option<Wait> {
    let makes_key = arguments.has(&["-newkey"]);
    let is_plain = arguments.has(&["-nodes", "-noenc", "-passout"]);
    let is_configured = arguments.has(&["-config", "-batch"]);
    match *arguments.words.first()? {
        "req" if is_configured => None,
        "req" if makes_key && !is_plain => Some(KEY),
        "req" if arguments.has(&["-new", "-x509"]) || makes_key => {
            (!arguments.has(&["-subj"])).then_some(CERTIFICATE)
        }
        _ => None,
    }
}
