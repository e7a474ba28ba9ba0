use super::*;

/// Each command as `before name arguments after`, with `~` for what is not literal.
fn outline(text: &str) -> Vec<String> {
    let script = Script::read(text).unwrap_or_else(|| panic!("`{text}` is not parsed"));
    script
        .commands
        .iter()
        .map(|command| {
            let words: Vec<_> =
                command.words.iter().map(|word| word.literal.as_deref().unwrap_or("~")).collect();
            format!("{} {} {}", sign(command.before), words.join(" "), sign(command.after))
        })
        .collect()
}

fn sign(separator: Separator) -> &'static str {
    match separator {
        Separator::And => "&&",
        Separator::Or => "||",
        Separator::Pipe => "|",
        Separator::Then => ";",
        Separator::Background => "&",
        Separator::Edge => "^",
    }
}

#[test]
fn commands_and_separators_are_parsed() {
    assert_eq!(outline("a b && c | d; e &"), ["^ a b &&", "&& c |", "| d ;", "; e &"]);
    assert_eq!(outline("a \\\n b\nc &&\n d"), ["^ a b ;", "; c &&", "&& d ^"]);
    assert_eq!(outline("# a\na # b && c"), ["^ a ^"]);
    assert_eq!(outline(r#"echo "a && b" 'c; d' e\;f"#), ["^ echo a && b c; d e;f ^"]);
    assert_eq!(outline("a $(b && c) \"$d\" *.txt"), ["^ a ~ ~ ~ ^"]);
    assert_eq!(outline("[[ a && b ]] || [ -f c ]"), ["^ [[ a b ]] ||", "|| [ -f c ] ^"]);
}

#[test]
fn blocks_are_parsed() {
    let text = "if a; then b; else (c); fi; for x in d e; do f; done & g() { h; }; case i in j|k) l;; esac";
    let script = Script::read(text).expect("valid shell");
    let kinds = |name: &str| -> Vec<_> {
        let named = |command: &&Simple| command.name() == Some(name);
        let command = script.commands.iter().find(named).expect("the command exists");
        script.around(command).map(|block| block.kind).collect()
    };
    assert_eq!(kinds("a"), [BlockKind::Condition, BlockKind::If]);
    assert_eq!(kinds("b"), [BlockKind::If]);
    assert_eq!(kinds("c"), [BlockKind::Subshell, BlockKind::If]);
    assert_eq!(kinds("f"), [BlockKind::Loop]);
    assert_eq!(kinds("h"), [BlockKind::Function]);
    assert_eq!(kinds("l"), [BlockKind::Case]);
    let looped = script.blocks.iter().find(|block| block.kind == BlockKind::Loop).expect("a loop");
    assert_eq!(looped.after, Separator::Background);
    assert_eq!(script.commands.len(), 6);
}

#[test]
fn redirections_are_not_arguments() {
    let script = Script::read("a 2>&1 >>b c <d &>e").expect("valid shell");
    let command = &script.commands[0];
    assert_eq!(command.arguments().collect::<Vec<_>>(), ["c"]);
    let written: Vec<_> = command
        .redirects
        .iter()
        .filter(|redirect| redirect.operator.contains('>') && !redirect.operator.ends_with('&'))
        .filter_map(|redirect| redirect.target.literal.as_deref())
        .collect();
    assert_eq!(written, ["b", "e"]);
}

#[test]
fn here_documents_are_not_commands() {
    let text = "cat <<'EOF' > a\nb && c\nEOF\nd";
    let script = Script::read(text).expect("valid shell");
    let names: Vec<_> = script.commands.iter().filter_map(Simple::name).collect();
    assert_eq!(names, ["cat", "d"]);
    assert_eq!(&text[script.heredocs[0].body.clone()], "b && c\n");
    assert!(script.heredocs[0].closed);
    let open = Script::read("cat <<EOF\na\nEOF && b").expect("valid shell");
    assert!(!open.heredocs[0].closed);
}

#[test]
fn a_program_is_found_behind_its_wrappers() {
    for (text, program) in [
        ("sudo -E A=1 apt-get update", Some("apt-get")),
        ("A=1 /usr/bin/env B=2 exec make", Some("make")),
        ("sudo", Some("sudo")),
        ("sudo -u x make", Some("-u")),
        ("$X make", None),
    ] {
        let script = Script::read(text).expect("valid shell");
        assert_eq!(script.commands[0].program(), program, "{text}");
    }
}

#[test]
fn uncertain_syntax_is_rejected() {
    for text in ["a 'b", "a \"b", "a $(b", "if a; then b", "a; }", "a)", "a=(b c)", "diff <(a) b"] {
        assert_eq!(Script::read(text), None, "{text}");
    }
}

/// As deep as texts of the largest manifests may nest.
const DEPTH: usize = 20_000;

/// `x` within so many of what opens and closes.
fn nested(open: &str, close: &str) -> String {
    format!("{}x{}", open.repeat(DEPTH), close.repeat(DEPTH))
}

#[test]
fn blocks_are_read_at_any_depth() {
    for (open, close, commands, blocks) in [
        ("(", ")", 0, 1),
        ("{ ", "; }", 0, 1),
        ("f() { ", "; }", 0, 1),
        ("if a; then ", "; fi", 1, 2),
        ("while a; do ", "; done", 1, 2),
        ("for a in b; do ", "; done", 0, 1),
        ("case a in b) ", " ;; esac", 0, 1),
    ] {
        let text = nested(open, close);
        let script = Script::read(&text).unwrap_or_else(|| panic!("`{open}` is read"));
        assert_eq!(script.commands.len(), commands * DEPTH + 1, "{open}");
        assert_eq!(script.blocks.len(), blocks * DEPTH, "{open}");
        let innermost = script.commands.last().expect("a command");
        assert_eq!(innermost.name(), Some("x"), "{open}");
        assert_eq!(script.around(innermost).count(), DEPTH, "{open}");
        assert_eq!(Script::read(&text[..text.len() - close.len()]), None, "{open} is left open");
    }
}

#[test]
fn substitutions_are_one_word_at_any_depth() {
    for (open, close) in [("$(", ")"), ("\"$(", ")\""), ("${a:-", "}"), ("$((", "))")] {
        let text = nested(open, close);
        let script = Script::read(&text).unwrap_or_else(|| panic!("`{open}` is read"));
        let [command] = script.commands.as_slice() else { panic!("`{open}` is one command") };
        assert_eq!(command.range, 0..text.len(), "{open}");
        assert_eq!(command.words.len(), 1, "{open}");
        assert_eq!(command.words[0].literal, None, "{open}");
        assert_eq!(Script::read(&text[..text.len() - close.len()]), None, "{open} is left open");
    }
}

/// The programs of the commands in inner shells, each with the user that runs it.
fn within(text: &str) -> Vec<String> {
    let script = Script::read(text).unwrap_or_else(|| panic!("`{text}` is not parsed"));
    script
        .calls()
        .filter(|call| call.levels().count() > 1)
        .map(|call| {
            let (user, name) = (call.user(Some("me")), call.command.program());
            format!("{}:{}", user.unwrap_or("?"), name.unwrap_or("~"))
        })
        .collect()
}

#[test]
fn shells_within_a_script_are_read() {
    for (text, commands) in [
        ("bash -c 'a; b'", &["me:a", "me:b"][..]),
        ("/bin/sh -c \"a $X && b\"", &["me:a", "me:b"]),
        ("bash -lc a", &["me:a"]),
        ("bash -euo pipefail -c 'a'", &["me:a"]),
        ("bash --norc -o errexit -c 'a' name argument", &["me:a"]),
        ("env A=1 bash -c 'a'", &["me:a"]),
        ("exec nohup bash -c 'a'", &["me:a"]),
        ("sudo bash -c 'a'", &["root:a"]),
        ("sudo -nE -u app -- A=1 bash -c 'a'", &["app:a"]),
        ("sudo -u \"$X\" bash -c 'a'", &["?:a"]),
        ("sudo -s <<E\na\nE", &["root:a"]),
        ("su app -c 'a'", &["app:a"]),
        ("su - -c 'a' app", &["app:a"]),
        ("su -c 'a'", &["root:a"]),
        ("su -s /bin/bash app <<E\na\nE", &["app:a"]),
        ("runuser -u app -- bash -c 'a'", &["app:a"]),
        ("runuser -l app -c 'a'", &["app:a"]),
        ("sudo su - app -c 'a'", &["app:a"]),
        ("bash <<E\na\nb\nE", &["me:a", "me:b"]),
        ("bash -s -- x <<'E'\na $X\nE", &["me:a"]),
        ("sudo bash <<-E\n\ta\n\tE", &["root:a"]),
        ("bash <<< 'a'", &["me:a"]),
        ("cat <<E | bash\na\nE", &["me:a"]),
        ("echo 'a; b' | sudo sh", &["root:a", "root:b"]),
        ("bash -c \"sudo sh -c 'a'\"", &["me:sh", "root:a"]),
        ("bash -c \"$A\"", &["me:~"]),
        ("bash -c \"'$A' b\"", &["me:~"]),
    ] {
        assert_eq!(within(text), commands, "{text}");
    }
}

#[test]
fn what_is_no_script_of_a_shell_is_not_read() {
    for text in [
        "echo 'bash -c a'",
        "bash a.sh -c x",
        "bash a.sh <<E\na\nE",
        "bash -n -c 'a'",
        "bash -c $A",
        "bash -c a*",
        "bash --version -c a",
        "bash < a.sh",
        "bash 3<<E\na\nE",
        "cat a.sh | bash",
        "cat <<E > a.sh\na\nE",
        "cat <<E | tee a.sh\na\nE",
        "echo 'a\\nb' | sh",
        "echo a b | sh",
        "ssh host bash -c 'a'",
        "docker run x bash -c 'a'",
        "find . -exec sh -c 'a' ';'",
        "xargs sh -c 'a'",
        "chroot /x bash -c 'a'",
        "python -c 'a'",
        "su app a.sh",
        "sudo -b bash -c 'a'",
        "timeout 5 bash -c 'a'",
    ] {
        assert!(within(text).is_empty(), "{text}");
    }
}

#[test]
fn commands_of_inner_shells_are_found_in_the_outer_text() {
    for (text, wanted) in [
        (r#"bash -c "a \"b\" && rm $HOME/x""#, r"rm $HOME/x"),
        (r#"bash -c 'a'"; "'rm x'"#, "rm x"),
        ("bash <<E\na\n  rm x # y\nE", "rm x"),
        ("sudo bash -c \"sh -c 'rm \\\"x\\\"'\"", "rm \\\"x\\\""),
        ("bash <<-E\n\ta\n\trm \\\n\tx\n\tE", "rm \\\n\tx"),
    ] {
        let script = Script::read(text).expect("valid shell");
        let call = script.calls().find(|call| call.command.name() == Some("rm"));
        let range = call.unwrap_or_else(|| panic!("`{text}` has a command")).command.range.clone();
        assert_eq!(&text[range], wanted);
    }
}

#[test]
fn shells_within_shells_are_read_up_to_a_limit() {
    let mut text = "x".to_owned();
    for depth in 0..8 {
        text = format!("bash <<E{depth}\n{text}\nE{depth}");
    }
    let script = Script::read(&text).expect("valid shell");
    assert_eq!(script.calls().count(), inner::MOST_NESTED + 1);
}

/// Pieces that scripts within scripts are made of.
const PIECES: &[&str] = &[
    "bash -c ",
    "sudo ",
    "su x ",
    "bash <<E\n",
    "bash <<-'E'\n",
    "\nE\n",
    "cat <<E | sh\n",
    "'",
    "\"",
    "\\",
    "$",
    "$(",
    ")",
    "${",
    "}",
    "`",
    "é",
    "\t",
    "\n",
    " ",
    ";",
    "&& ",
    "a",
    "<<< ",
    "|",
    "~",
];

proptest::proptest! {
    #[test]
    fn every_range_is_within_the_text(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        if let Some(script) = Script::read(&text) {
            for call in script.calls() {
                let words = call.command.words.iter().map(|word| &word.range);
                for range in words.chain([&call.command.range]) {
                    proptest::prop_assert!(text.get(range.clone()).is_some(), "{range:?} of {text:?}");
                }
            }
            for shell in script.shells() {
                proptest::prop_assert!(!shell.text(&text).is_empty() || text.is_empty() || shell.within.is_some());
            }
        }
    }
}
