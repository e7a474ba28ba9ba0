use super::{clean_tags, is_files_hash, parse_name};

/// The identifier and the tag of a name.
fn read(name: &str) -> Result<(String, Option<String>), String> {
    parse_name(name).map(|(identifier, tag)| (identifier.to_string(), tag))
}

#[test]
fn each_part_of_a_name_is_trimmed_and_in_lower_case() {
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
fn the_error_shows_an_invalid_name_unchanged() {
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
fn tags_are_normalized_and_deduplicated() {
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
