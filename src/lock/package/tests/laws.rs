//! What holds for all words.

use proptest::prelude::*;

use super::*;

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-cA-C._-]{1,4}(\\[[a-c, ]{0,4}\\])?( ?(==|>=|~=|@|;|\\() ?[0-9a-c.*\"=' ]{0,6})?",
        "(@[ab]/)?[a-c]{1,3}(@(npm:)?[a-c0-9.^~x*]{0,5})?",
        "--?[a-z]{1,9}(=[a-c]{0,3})?",
        "(https?|git\\+https)://([a-c]{1,3}(:[a-c]{1,3})?@)?[a-c.]{1,5}(/[a-c@]{0,4})?",
        "\\PC{0,12}",
    ]
}

fn install() -> impl Strategy<Value = Install> {
    let installer = prop_oneof![Just(Installer::Pip), Just(Installer::Npm), Just(Installer::Bun)];
    (installer, proptest::collection::vec(word(), 0..6))
        .prop_map(|(installer, words)| Install { installer, words })
}

/// An entry that has a version of every package that a step asks for.
fn entry(install: &Install) -> Vec<String> {
    let open = super::super::apply::open_words(install);
    let pins = open.iter().flatten().map(|word| Pin::new(install.installer, &word.name, "1.2.3"));
    pins.map(|pin| pin.to_string()).collect()
}

proptest! {
    #[test]
    fn a_locked_step_has_nothing_left_to_lock(install in install()) {
        let entry = entry(&install);
        let words = apply(&install, &entry);
        prop_assert_eq!(words.len(), install.words.len());
        let locked = Install { words, ..install };
        let other: Vec<_> = entry.iter().map(|pin| pin.replace("1.2.3", "9.9.9")).collect();
        prop_assert_eq!(apply(&locked, &other), locked.words);
    }

    #[test]
    fn a_word_changes_by_its_version_alone(install in install()) {
        let open = super::super::apply::open_words(&install);
        let words = apply(&install, &entry(&install));
        for ((word, open), locked) in install.words.iter().zip(open).zip(words) {
            match open {
                None => prop_assert_eq!(word, &locked),
                Some(open) => {
                    let (place, _) = open.open().expect("the index decides");
                    prop_assert!(locked.starts_with(&word[..place.start]), "{} {}", word, locked);
                    prop_assert!(locked.ends_with(&word[place.end..]), "{} {}", word, locked);
                    prop_assert!(locked.contains("1.2.3"), "{} {}", word, locked);
                }
            }
        }
    }

    #[test]
    fn without_an_entry_nothing_changes(install in install()) {
        prop_assert_eq!(apply(&install, &[]), install.words);
    }

    #[test]
    fn the_words_of_a_lock_are_their_own_words(install in install()) {
        let step = step_of(&install);
        let words = shlex::split(&step).expect("the words are quoted");
        let words = words.iter().skip(2).map(String::as_str);
        let again = install.installer.of(words);
        prop_assert_eq!(step_of(&again), step);
    }

    #[test]
    fn the_order_of_packages_is_no_other_step(install in install()) {
        let is_option = |word: &String| word.trim().starts_with('-');
        prop_assume!(!install.words.iter().any(is_option));
        let mut words = install.words.clone();
        words.reverse();
        words.extend(install.words.first().cloned());
        let turned = Install { words, ..install.clone() };
        prop_assert_eq!(step_of(&turned), step_of(&install));
        prop_assert_eq!(entry(&turned).len().min(1), entry(&install).len().min(1));
    }

    #[test]
    fn no_text_is_too_strange_for_a_release(
        name in "[a-c]{1,3}",
        files in proptest::collection::vec("[a-c]{0,3}[-._][0-9a-c!+.*-]{0,9}(\\.whl|\\.tar\\.gz|-py3-none-any\\.whl)?", 0..5),
        required in proptest::option::of("[<>=!~ ,.0-9*]{0,9}"),
    ) {
        let files: Vec<_> = files
            .into_iter()
            .map(|name| release::File { name, requires_python: required.clone(), is_yanked: false })
            .collect();
        let python = Python::parse("3.12");
        let fitting = release::Releases::of(&name, &files, python.as_ref());
        if let Some(version) = fitting.newest(true) {
            prop_assert!(release::Releases::of(&name, &files, None).newest(true).is_some());
            let pin = Pin::new(Installer::Pip, &name, &version).to_string();
            prop_assert!(Pin::parse(&pin).is_some(), "{}", pin);
        }
    }
}
