//! The build context.

mod archive;
mod changes;
mod reports;

use std::path::Path;

use sandbox_toml::context::{Context, IgnoreRules};
use sandbox_toml::host::System;
use sandbox_toml::template::Copy;

fn copy_of(source: &str) -> Copy {
    Copy::new(source, "/x/")
}

fn context(root: &Path) -> Context<'static> {
    Context::new(&System, root.to_owned(), IgnoreRules::default())
}
