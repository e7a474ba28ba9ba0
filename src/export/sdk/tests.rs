//! Which methods are used for which commands, and that each makes the same command.

use super::call::{Call, Value};
use super::{command, ready};
use crate::platform::{Platform, Sdk};
use crate::scalar::shell::quote;

fn sdk(platform: Platform) -> &'static Sdk {
    platform.facts().sdk.expect("it has one")
}

fn method(text: &str, user: Option<&str>, platform: Platform) -> &'static str {
    command::call(text, user, &[], sdk(platform)).method
}

/// The command that the SDK makes of a call, and who runs it: a second reading of the methods.
fn made(call: &Call, sdk: &Sdk) -> (String, Option<String>) {
    let option = |name: &str| call.options.iter().find(|(known, _)| *known == name);
    let is_set = |name: &str| option(name).is_some_and(|(_, value)| *value == Value::Flag(true));
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Mode(bits) => format!("{bits:04o}"),
        other => panic!("{other:?}"),
    };
    let word = |word: &str| if sdk.quotes_words { quote(word) } else { word.to_owned() };
    let all = |value: &Value| match value {
        Value::Texts(items) => items.clone(),
        other => vec![text(other)],
    };
    let arguments: Vec<_> =
        call.arguments.iter().filter(|value| **value != Value::Absent).flat_map(all).collect();
    let words: Vec<_> = arguments.iter().map(|argument| word(argument)).collect();
    let flag = |name, flag: &str| is_set(name).then(|| flag.to_owned());
    let mut user = option("user").map(|(_, value)| text(value));
    let root = Some("root".to_owned());
    let mut parts: Vec<String> = Vec::new();
    match call.method {
        "run_cmd" => return (arguments.join(" && "), user),
        "apt_install" => {
            parts.push("apt-get update && DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y".to_owned());
            parts.extend(flag("no_install_recommends", "--no-install-recommends"));
            parts.extend(flag("fix_missing", "--fix-missing"));
            parts.extend(arguments);
            user = root;
        }
        "pip_install" => {
            parts.push("pip install".to_owned());
            let own = option("g").is_some();
            parts.extend(own.then(|| "--user".to_owned()));
            parts.extend(if arguments.is_empty() { vec![".".to_owned()] } else { arguments });
            user = root.filter(|_| !own);
        }
        method @ ("npm_install" | "bun_install") => {
            let (program, dev) =
                if method == "npm_install" { ("npm", "--save-dev") } else { ("bun", "--dev") };
            parts.push(format!("{program} install"));
            parts.extend(flag("g", "-g"));
            parts.extend(flag("dev", dev));
            parts.extend(arguments);
            user = root.filter(|_| is_set("g"));
        }
        "make_dir" => {
            parts.push("mkdir -p".to_owned());
            parts.extend(option("mode").map(|(_, mode)| format!("-m {}", text(mode))));
            parts.extend(words);
        }
        "remove" => {
            parts.push("rm".to_owned());
            parts.extend(flag("recursive", "-r"));
            parts.extend(flag("force", "-f"));
            parts.extend(words);
        }
        "rename" => {
            parts.push("mv".to_owned());
            parts.extend(words);
            parts.extend(flag("force", "-f"));
        }
        "make_symlink" => {
            parts.push("ln -s".to_owned());
            parts.extend(flag("force", "-f"));
            parts.extend(words);
        }
        "git_clone" => {
            parts.push(format!("git clone {}", words[0]));
            parts.extend(
                option("branch")
                    .map(|(_, it)| format!("--branch {} --single-branch", word(&text(it)))),
            );
            parts.extend(option("depth").map(|(_, it)| format!("--depth {}", text(it))));
            parts.extend(words.get(1).cloned());
        }
        other => panic!("{other}"),
    }
    (parts.join(" "), user)
}

#[test]
fn a_method_is_used_where_it_makes_the_same_command() {
    let apt = "apt-get update && DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get install -y";
    let root = Some("root");
    for (text, user, expected) in [
        (format!("{apt} git 'a>=1'"), root, "apt_install"),
        (format!("{apt} --no-install-recommends --fix-missing git"), root, "apt_install"),
        (format!("{apt} git && rm -rf /x"), root, "run_cmd"),
        (format!("{apt} git"), None, "run_cmd"),
        ("pip install .".to_owned(), root, "pip_install"),
        ("pip install --user 'x[y]>=1' z".to_owned(), None, "pip_install"),
        ("pip install -r requirements.txt".to_owned(), root, "run_cmd"),
        ("npm install".to_owned(), None, "npm_install"),
        ("npm install -g --save-dev x".to_owned(), root, "npm_install"),
        ("bun install --dev x".to_owned(), None, "bun_install"),
        ("npm install  x".to_owned(), None, "run_cmd"),
        ("mkdir -p -m 0755 /a /b".to_owned(), None, "make_dir"),
        ("mkdir -p -m 0000 /a".to_owned(), None, "run_cmd"),
        ("mkdir -p $HOME/x".to_owned(), None, "run_cmd"),
        ("rm -r -f /a".to_owned(), Some("app"), "remove"),
        ("rm -rf /a".to_owned(), None, "run_cmd"),
        ("mv /a /b -f".to_owned(), None, "rename"),
        ("mv /a /b".to_owned(), None, "rename"),
        ("ln -s -f /a /b".to_owned(), None, "make_symlink"),
        ("ln -s /a /b".to_owned(), None, "make_symlink"),
        ("ln -s /a /b /c".to_owned(), None, "run_cmd"),
        (
            "git clone https://x/y.git --branch v1 --single-branch --depth 1 /z".to_owned(),
            None,
            "git_clone",
        ),
        ("git clone https://x/y.git --depth 1".to_owned(), None, "git_clone"),
        ("git clone https://x/y.git --depth 01".to_owned(), None, "run_cmd"),
        ("git clone https://x/y.git /z /q".to_owned(), None, "run_cmd"),
        ("mkdir".to_owned(), None, "run_cmd"),
        (String::new(), None, "run_cmd"),
    ] {
        for platform in [Platform::E2b, Platform::Novita] {
            assert_eq!(method(&text, user, platform), expected, "{text}");
            let call = command::call(&text, user, &[], sdk(platform));
            assert_eq!(made(&call, sdk(platform)), (text.clone(), user.map(str::to_owned)));
        }
    }
    let quoted = "mkdir -p '/a b' 'it'\"'\"'s'";
    assert_eq!(method(quoted, None, Platform::E2b), "make_dir");
    assert_eq!(method(quoted, None, Platform::Novita), "run_cmd");
    let call = command::call(quoted, None, &[], sdk(Platform::E2b));
    assert_eq!(made(&call, sdk(Platform::E2b)).0, quoted);
}

#[test]
fn a_check_is_a_function_where_it_makes_the_same_command() {
    let name = |text: &str, platform| match ready::check(text, sdk(platform)) {
        Value::Helper(name, _) => name,
        _ => "",
    };
    let port = r#"[ -n "$(ss -Htuln sport = :80)" ]"#;
    assert_eq!(name(port, Platform::E2b), "wait_for_port");
    assert_eq!(name(port, Platform::Novita), "");
    let url = r#"curl -s -o /dev/null -w "%{http_code}" 'http://x/?a&b' | grep -q "200""#;
    assert_eq!(name(url, Platform::E2b), "wait_for_url");
    assert_eq!(name(url, Platform::Novita), "");
    assert_eq!(name("pgrep x > /dev/null", Platform::Novita), "wait_for_process");
    assert_eq!(name("[ -f /x ]", Platform::Novita), "wait_for_file");
    assert_eq!(name("sleep 5", Platform::Novita), "wait_for_timeout");
    for text in ["sleep 05", "sleep 0", "sleep 1m", "[ -f /x ] || true", "pgrep a b > /dev/null"] {
        assert_eq!(name(text, Platform::E2b), "", "{text}");
    }
}
