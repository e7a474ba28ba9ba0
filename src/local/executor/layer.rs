//! The layers of a build: taken from the cache, or kept of a container.

use super::builder::Builder;
use super::command::Sink;
use crate::engine::Container;
use crate::local::build::BuildError;
use crate::local::store::{Context, Layer};

/// The number of layers from which an image is flattened: engines refuse more than about 125.
const MOST_LAYERS: usize = 110;

/// What happens to a container once it is kept as a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// It is removed, with the processes that a command has left.
    Remove,
    /// The next step runs in it, too: after a step that changed little, and ran none of the user's
    /// commands. An engine keeps all that a container has changed since its start, so the little is
    /// kept twice, which takes less time than to start another container.
    Share,
}

impl Builder<'_> {
    /// Logs the layer of a key, and takes it as the result of a step if it is cached.
    pub(super) fn recall(
        &mut self,
        key: &str,
        text: &str,
        sink: Sink<'_>,
    ) -> Result<bool, BuildError> {
        let layer = self.cached(key);
        self.recall_as(layer, key, text, sink)
    }

    /// The same with what was found in the cache.
    pub(super) fn recall_as(
        &mut self,
        layer: Option<Layer>,
        key: &str,
        text: &str,
        sink: Sink<'_>,
    ) -> Result<bool, BuildError> {
        self.announce(key, text, sink, layer.is_some())?;
        let Some(layer) = layer else { return Ok(false) };
        self.runner.app.store().use_layer(&self.runner.job.template_id, &layer.key)?;
        self.leave();
        self.layer = layer;
        Ok(true)
    }

    /// Logs a layer, as the server does.
    pub(super) fn announce(
        &self,
        key: &str,
        text: &str,
        sink: Sink<'_>,
        is_cached: bool,
    ) -> Result<(), BuildError> {
        let cached = if is_cached { "CACHED " } else { "" };
        self.runner.say(Some(sink.step), &format!("{cached}[{}] {text} [{key}]", sink.prefix))
    }

    /// The cached layer of a key, if its image is still there and the cache is not ignored.
    pub(super) fn cached(&self, key: &str) -> Option<Layer> {
        if self.is_forced {
            return None;
        }
        self.layers.get(key).filter(|layer| self.held.contains(&layer.image))
    }

    /// Keeps the current container as the layer of a key.
    pub(super) fn commit(
        &mut self,
        key: String,
        context: Context,
        then: Then,
    ) -> Result<(), BuildError> {
        self.commit_as(self.names.layer(&key), key, context, then)
    }

    /// The same with an image of another name.
    pub(super) fn commit_as(
        &mut self,
        image: String,
        key: String,
        context: Context,
        then: Then,
    ) -> Result<(), BuildError> {
        let Some(container) = self.container.take() else { return self.note(key, context) };
        self.keep(&container, image, key, context)?;
        match then {
            Then::Remove => self.remove(container),
            Then::Share => self.container = Some(container),
        }
        Ok(())
    }

    /// Keeps the container that was started last as an image, which is the layer of a key.
    pub(super) fn keep(
        &mut self,
        container: &Container,
        image: String,
        key: String,
        context: Context,
    ) -> Result<(), BuildError> {
        self.runner.app.store().use_layer(&self.runner.job.template_id, &key)?;
        let depth = if self.origin >= MOST_LAYERS {
            container.flatten(&image)?;
            1
        } else {
            container.commit(&image)?;
            self.origin + 1
        };
        self.held.insert(image.clone());
        let layer = Layer { key, image, depth, context };
        self.layers.put(&layer)?;
        self.layer = layer;
        Ok(())
    }

    /// Stores the layer of a key whose files are those of the current one.
    pub(super) fn note(&mut self, key: String, context: Context) -> Result<(), BuildError> {
        let layer = Layer { key, context, ..self.layer.clone() };
        self.runner.app.store().use_layer(&self.runner.job.template_id, &layer.key)?;
        self.layers.put(&layer)?;
        self.layer = layer;
        Ok(())
    }
}
