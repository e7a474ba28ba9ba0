//! What this machine has for steps reaches them, and stays out of the images.

use libtest_mimic::Trial;

use crate::engine::{Engine, store_of};
use crate::support::Workspace;

/// A value that no image may have.
const SECRET: &str = "pa55word-of-the-machine";

/// The tests for an engine.
pub fn trials(engine: Engine) -> Vec<Trial> {
    let test = move || {
        variables_stay_out_of_images(engine);
        Ok(())
    };
    vec![Trial::test("machine::variables_stay_out_of_images", test)]
}

fn variables_stay_out_of_images(engine: Engine) {
    let mut workspace = Workspace::empty();
    Engine::pass_on(&mut workspace);
    // A proxy that no step uses: Docker's client passes on that of its configuration, Podman's
    // that of its environment.
    let proxy = format!("http://robot:{SECRET}@127.0.0.1:9");
    let configuration = format!(r#"{{"proxies": {{"default": {{"ftpProxy": "{proxy}"}}}}}}"#);
    workspace.write("client/config.json", configuration);
    let client = workspace.path().join("client").display().to_string();
    workspace.set("DOCKER_CONFIG", &client);
    workspace.set("FTP_PROXY", &proxy);
    workspace.write("variables", format!("IN_FILE={SECRET}-3\n"));
    let file = workspace.path().join("variables");
    let arguments =
        format!("-e SHORT={SECRET}-1 --env=LONG={SECRET}-2 --env-file '{}'", file.display());
    workspace.set("SBX_ENGINE_ARGS", &arguments);
    workspace.write(
        "sandbox.toml",
        "name = \"machine-variables\"\nfrom = { debian = \"12\" }\n\
         start.cmd = 'sleep 1000'\nready = 'test -n \"$SHORT\"'\n\
         [[steps]]\n\
         run = 'for name in FTP_PROXY SHORT LONG IN_FILE; do \
         echo \"$name has $(printenv $name | wc -c)\"; done; touch /tmp/x ~/x'\n",
    );
    let ran = workspace.run(&["apply", "--platform", "local"]).ends(0);
    let length = SECRET.len();
    for (name, length) in [
        ("FTP_PROXY", proxy.len() + 1),
        ("SHORT", length + 3),
        ("LONG", length + 3),
        ("IN_FILE", length + 3),
    ] {
        let line = format!("{name} has {length}");
        assert!(ran.stderr.contains(&line), "`{line}`\n{}", ran.text());
    }
    let store = store_of(&workspace.path().join("home/data"));
    let images = engine.names(&[format!("localhost/sbx-{store}/"), "localhost/sbx-base:".into()]);
    assert!(images.len() >= 2, "{images:?}");
    let known = images.iter().filter(|image| engine.describe(image).contains(SECRET));
    let known: Vec<_> = known.collect();
    engine.remove_images(&engine.names(&[format!("localhost/sbx-{store}/")]));
    assert!(known.is_empty(), "a value of this machine is in {known:?}");
}
