//! The records of cached layers. Their files are in images of the engine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::built::Layer;
use super::{Store, disk};

const SUFFIX: &str = ".json";

/// The records of cached layers.
#[derive(Debug, Clone)]
pub(in crate::local) struct Layers {
    root: PathBuf,
}

impl Layers {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The layer of a key. A record that cannot be read is as good as none.
    pub(in crate::local) fn get(&self, key: &str) -> Option<Layer> {
        let json = fs::read(self.path(key)).ok()?;
        serde_json::from_slice(&json).ok()
    }

    /// Stores the record of a layer.
    pub(in crate::local) fn put(&self, layer: &Layer) -> io::Result<()> {
        disk::replace(&self.root, &self.path(&layer.key), &serde_json::to_vec(layer)?)
    }

    /// Removes the record of a layer.
    pub(in crate::local) fn remove(&self, key: &str) {
        // A record without an image is not used.
        let _ = fs::remove_file(self.path(key));
    }

    /// Every record.
    pub(in crate::local) fn all(&self) -> Vec<Layer> {
        let Ok(directory) = fs::read_dir(self.root.join("layers")) else {
            return Vec::new();
        };
        let names = directory.flatten().map(|entry| entry.file_name());
        let keys = names.filter_map(|name| name.to_str()?.strip_suffix(SUFFIX).map(str::to_owned));
        keys.filter_map(|key| self.get(&key)).collect()
    }

    /// A key is 64 hexadecimal digits, so it cannot leave `layers`.
    fn path(&self, key: &str) -> PathBuf {
        self.root.join("layers").join(format!("{key}{SUFFIX}"))
    }
}

/// The use of layers by templates.
impl Store {
    /// The records of the cached layers.
    pub(in crate::local) fn layers(&self) -> Layers {
        Layers::new(&self.root)
    }

    /// Records that a template uses a layer, so that it is kept as long as the template. `false` if
    /// the template was deleted.
    pub(in crate::local) fn use_layer(&mut self, template_id: &str, key: &str) -> io::Result<bool> {
        let Some(template) = self.templates.get(template_id) else {
            return Ok(false);
        };
        if template.layers.contains(key) {
            return Ok(true);
        }
        let mut template = template.clone();
        template.layers.insert(key.to_owned());
        self.put(template).map(|()| true)
    }

    /// Whether a template uses a layer.
    pub(in crate::local) fn uses_layer(&self, key: &str) -> bool {
        self.templates.values().any(|template| template.layers.contains(key))
    }
}
