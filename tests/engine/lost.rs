//! A finished image that the engine in use does not hold.

use libtest_mimic::Trial;

use crate::case::says;
use crate::engine::{Engine, store_of};
use crate::support::{Ran, Workspace};

/// The tests for an engine.
pub fn trials(engine: Engine) -> Vec<Trial> {
    let test = move || {
        a_lost_image_is_built_again(engine);
        Ok(())
    };
    vec![Trial::test("lost::a_lost_image_is_built_again", test)]
}

fn sbx(workspace: &Workspace, arguments: &[&str], exit: i32) -> Ran {
    workspace.run(&[arguments, &["--platform", "local"]].concat()).ends(exit)
}

fn a_lost_image_is_built_again(engine: Engine) {
    let mut workspace = Workspace::empty();
    Engine::pass_on(&mut workspace);
    workspace.write(
        "sandbox.toml",
        "name = \"lost-image\"\nfrom = { debian = \"12\" }\nsteps = [{ run = \"echo a > ~/a\" }]\n",
    );
    sbx(&workspace, &["apply"], 0);
    says(&sbx(&workspace, &["apply"], 0), "lost-image is up to date");
    let store = store_of(&workspace.path().join("home/data"));
    let finished = || {
        let names = engine.names(&[format!("localhost/sbx-{store}/")]);
        names.into_iter().filter(|name| !name.contains("/layer:")).collect::<Vec<_>>()
    };
    let [first] = finished().try_into().expect("one image");

    engine.remove_images(std::slice::from_ref(&first));
    let verified = sbx(&workspace, &["verify"], 1);
    says(&verified, "whose image is not in the container engine in use");
    says(&verified, "`sbx apply` would build");
    says(&sbx(&workspace, &["show"], 0), "missing");
    let again = sbx(&workspace, &["apply"], 0);
    says(&again, "it is built again");
    says(&again, "lost-image is ready");
    let [second] = finished().try_into().expect("one image");
    assert_ne!(first, second);
    sbx(&workspace, &["verify"], 0);
    says(&sbx(&workspace, &["apply"], 0), "lost-image is up to date");

    workspace.set("SBX_ENGINE", "none");
    sbx(&workspace, &["verify"], 1);
    says(&sbx(&workspace, &["apply"], 0), "recorded lost-image");
    Engine::pass_on(&mut workspace);
    says(&sbx(&workspace, &["apply"], 0), "moved default to the build");
    assert_eq!(finished(), [second]);
    engine.remove_images(&engine.names(&[format!("localhost/sbx-{store}/")]));
}
