use super::{clean_tags, is_files_hash, parse_name};

/// What a name is read as: the identifier and the tag.
fn read(name: &str) -> Result<(String, Option<String>), String> {
    parse_name(name).map(|(identifier, tag)| (identifier.to_string(), tag))
}

#[test]
fn names_are_trimmed_and_lower_cased_part_by_part() {
    for (name, identifier, tag) in [
        ("a", "a", None),
        (" Team / My_App-1 : V1.0 ", "team/my_app-1", Some("v1.0")),
        ("a:default", "a", None),
        ("a:DEFAULT", "a", None),
    ] {
        assert_eq!(read(name), Ok((identifier.to_owned(), tag.map(str::to_owned))));
    }
}

#[test]
fn a_refused_name_is_shown_as_it_was_written() {
    for (name, message) in [
        ("", "invalid template ID: "),
        ("a.b", "invalid template ID: a.b"),
        ("/a", "invalid namespace: "),
        ("a/", "invalid template ID: "),
        ("a:", "invalid tag: "),
        ("a:b:c", "invalid tag: b:c"),
        ("Ä B", "invalid template ID: Ä B"),
    ] {
        assert_eq!(read(name), Err(message.to_owned()));
    }
}

#[test]
fn tags_are_cleaned_and_lose_their_repeats() {
    let tags = ["V1", " v1 ", "latest", "a.b_c-d"].map(str::to_owned);
    assert_eq!(clean_tags(&tags).unwrap(), ["v1", "latest", "a.b_c-d"]);
    let uuid = ["01234567-89AB-cdef-0123-456789abcdef".to_owned()];
    assert!(clean_tags(&uuid).unwrap_err().message.ends_with("tag cannot be a UUID"));
}

#[test]
fn a_files_hash_cannot_leave_its_directory() {
    assert!(is_files_hash(&"0a".repeat(32)));
    for bad in ["", "0a", &"0A".repeat(32), &"../".repeat(22)[..64], &"0".repeat(65)] {
        assert!(!is_files_hash(bad), "{bad}");
    }
}
