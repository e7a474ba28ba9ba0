//! Images that the engine in use does not hold: they were removed there, or another engine has them.

use std::collections::BTreeSet;

use super::collect::names;
use crate::engine::Choice;
use crate::local::app::App;
use crate::local::store::Template;
use crate::wire::local::Images;

/// The builds of a template whose image the engine in use does not hold. Without an engine by choice,
/// none is held; where an engine does not answer, nothing is known.
pub(in crate::local) fn missing_images(app: &App, template: &Template) -> Images {
    let built = || {
        let builds = template.builds.iter();
        builds.filter_map(|build| Some((&build.id, build.built()?.image.as_str())))
    };
    if built().next().is_none() {
        return Images::default();
    }
    match held(app) {
        Ok(held) => {
            let missing = built().filter(|(_, image)| !held.contains(*image));
            let missing = missing.map(|(build_id, _)| build_id.clone());
            Images { missing: missing.collect(), reason: None }
        }
        Err(reason) => Images { missing: Vec::new(), reason: Some(reason) },
    }
}

/// The images of this data directory that the engine in use holds, or why that is not known.
fn held(app: &App) -> Result<BTreeSet<String>, String> {
    if app.config.engine.choice == Choice::None {
        return Ok(BTreeSet::new());
    }
    let engine = app.engine()?;
    let names = names(&app.store()).map_err(|error| error.to_string())?;
    engine.images(&[&names.images()]).map_err(|error| error.to_string())
}
