//! WORKDIR.

use super::builder::Builder;
use super::command::Sink;
use super::root::{as_root, is_literal, printed};
use super::step::keep_if;
use crate::local::build::BuildError;
use crate::local::store::Context;

/// WORKDIR: the directory is created with its parents, which then belong to the current user; an
/// existing one is left alone.
pub(super) fn workdir(
    builder: &mut Builder<'_>,
    path: &str,
    key: String,
    sink: Sink<'_>,
) -> Result<(), BuildError> {
    let context = builder.layer.context.clone();
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        join(context.workdir.as_deref().unwrap_or("/"), path)
    };
    let user = &context.user;
    let create = format!(
        "target=\"{path}\"\n\
         if [ -d \"$target\" ]; then exit 0; fi\n\
         check=$target\n\
         while [ ! -d \"$check\" ]; do first=$check; check=$(dirname \"$check\"); done\n\
         mkdir -p \"$target\" && chown -R {user}:{user} \"$first\" && echo changed"
    );
    let created = as_root(builder, &create, true, sink)?;
    let is_changed = created.has("changed");
    created.lines(builder, "failed to create workdir", sink)?;
    let workdir = if is_literal(&path) && join("/", &path) == path {
        path
    } else {
        // The server asks for the path with a shell that does not have the template's variables.
        let ask = format!("cd \"{path}\" && echo \"=$(pwd)\"");
        let answer = as_root(builder, &ask, false, sink)?;
        printed(&answer.lines(builder, "failed to save workdir", sink)?).unwrap_or(path)
    };
    let context = Context { workdir: Some(workdir), ..context };
    keep_if(is_changed, builder, key, context)
}

/// A relative path below a directory, without `.` and `..`.
fn join(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_directories_are_joined_like_gos_filepath() {
        for (directory, path, joined) in [
            ("/", "app", "/app"),
            ("/srv", "app/", "/srv/app"),
            ("/srv", "./a/../b", "/srv/b"),
            ("/srv", "../..", "/"),
        ] {
            assert_eq!(join(directory, path), joined);
        }
    }
}
