//! Whose images an engine holds, by their names.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository of provisioned bases, which all data directories share.
pub(super) const BASES: &str = "localhost/sbx-base";

/// What an image of the local platform belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The data directory with this ID.
    Data(String),
    /// All data directories: the base images, with what a platform installs into each.
    Everyone,
}

impl Owner {
    /// The owner of the image with this name; `None` if it is not the local platform's.
    #[must_use]
    pub fn of(image: &str) -> Option<Self> {
        if image.strip_prefix(BASES).is_some_and(|tag| tag.starts_with(':')) {
            return Some(Self::Everyone);
        }
        let (id, _) = image.strip_prefix("localhost/sbx-")?.split_once('/')?;
        is_id(id).then(|| Self::Data(id.to_owned()))
    }

    /// The owner whose data directory this is; `None` if it has no images yet.
    #[must_use]
    pub fn at(data: &Path) -> Option<Self> {
        engine_id(data).map(Self::Data)
    }
}

/// The ID in a data directory, which the names of its images, containers and volumes have.
pub(super) fn engine_id(data: &Path) -> Option<String> {
    let text = fs::read_to_string(engine_id_path(data)).ok()?;
    Some(text.trim()).filter(|id| is_id(id)).map(str::to_owned)
}

/// The file of the ID.
pub(super) fn engine_id_path(data: &Path) -> PathBuf {
    data.join("engine-id")
}

fn is_id(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_image_it_is() {
        let data = Some(Owner::Data("0123abcd".to_owned()));
        assert_eq!(Owner::of("localhost/sbx-0123abcd/layer:x"), data);
        assert_eq!(Owner::of("localhost/sbx-0123abcd/t1:b1"), data);
        assert_eq!(Owner::of("localhost/sbx-base:0123"), Some(Owner::Everyone));
        for other in
            ["python:3.12", "localhost/sbx-test:1", "localhost/sbx-x/y:z", "sbx-0123abcd/x"]
        {
            assert_eq!(Owner::of(other), None, "{other}");
        }
        let directory = tempfile::tempdir().expect("a directory");
        assert_eq!(Owner::at(directory.path()), None);
        fs::write(directory.path().join("engine-id"), "0123abcd\n").expect("written");
        assert_eq!(Owner::at(directory.path()), data);
    }
}
