use std::collections::BTreeSet;

use super::*;
use crate::registry::RegistryKind;

#[test]
fn a_platform_is_found_by_its_name_and_has_it_alone() {
    let names: BTreeSet<_> = Platform::names().into_iter().collect();
    assert_eq!(names.len(), Platform::ALL.len());
    for platform in Platform::ALL {
        assert!(!platform.name().is_empty());
        assert_eq!(Platform::find(platform.name()), Some(*platform));
    }
}

#[test]
fn the_variables_of_platforms_are_their_own() {
    let variables: Vec<_> = Platform::ALL
        .iter()
        .filter_map(|platform| platform.facts().access)
        .flat_map(|access| [access.key_variable, access.domain_variable, access.url_variable])
        .collect();
    assert_eq!(variables.iter().collect::<BTreeSet<_>>().len(), variables.len());
}

#[test]
fn capabilities_do_not_contradict_each_other() {
    for platform in Platform::ALL {
        let facts = platform.facts();
        assert!(!facts.base_image.is_empty(), "{platform}");
        assert!(!facts.root_only || facts.default_user == ROOT, "{platform}: root is the default");
        assert!(!facts.immutable_templates || !facts.has_tags, "{platform}: a tag moves");
        assert!(facts.names_failed_step || !facts.registers_builds, "{platform}: who names a step");
        assert!(!facts.expands_as_root || !facts.root_only, "{platform}: there is another home");
        // `chown` at the end of a build needs the user that it gives the files to.
        assert!(!facts.resets_ownership || facts.default_user != ROOT, "{platform}");
        if let Some(namespace) = facts.image_namespace {
            assert!(facts.base_image.starts_with(&format!("{namespace}/")), "{platform}");
        }
        assert!(facts.registries.is_empty() || facts.registries.contains(&RegistryKind::Basic));
    }
}
