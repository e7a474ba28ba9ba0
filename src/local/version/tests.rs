use super::Version;

#[test]
fn an_old_sdk_gets_the_old_builder() {
    for (agent, version) in [
        ("", Version::Latest),
        ("sbx/0.1.0", Version::Latest),
        ("novita-sandbox-python-sdk/2.1.1", Version::Latest),
        ("e2b-js-sdk/2.51.0", Version::Latest),
        ("e2b-js-sdk/2.3.0", Version::Latest),
        ("e2b-js-sdk/2.3.0+build.1", Version::Latest),
        ("e2b-js-sdk/v3", Version::Latest),
        ("e2b-js-sdk/2.2.10", Version::Beta),
        ("e2b-python-sdk/2.3.0-rc.1", Version::Beta),
        ("curl/8 e2b-python-sdk/1.9 more", Version::Beta),
        ("e2b-js-sdk/2.2.0 e2b-js-sdk/2.51.0", Version::Beta),
    ] {
        assert_eq!(Version::of(agent), Ok(version), "{agent}");
    }
}

#[test]
fn an_invalid_version_is_rejected() {
    for agent in ["e2b-js-sdk/", "e2b-js-sdk/two", "e2b-js-sdk/2.03.0", "e2b-js-sdk/2.3.0.1"] {
        let version = agent.strip_prefix("e2b-js-sdk/").unwrap();
        let expected =
            format!("parsing JS SDK version: invalid current version format: v{version}");
        assert_eq!(Version::of(agent), Err(expected));
    }
    assert!(Version::of("e2b-python-sdk/2.3-rc").unwrap_err().starts_with("parsing Python SDK"));
}
