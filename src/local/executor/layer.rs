//! The layers of a build: taken from the cache, or kept of a container.

use super::builder::Builder;
use super::command::Sink;
use super::names::BASES;
use crate::engine::Container;
use crate::local::build::BuildError;
use crate::local::store::{Context, Layer};
use crate::wire::e2b::LayerLine;

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
        let layer = self.cached(key)?;
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
        self.use_layer(&layer.key)?;
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
        let (phase, text, key) = (sink.prefix.to_owned(), text.to_owned(), key.to_owned());
        let line = LayerLine { is_cached, phase, text, key };
        self.runner.say(Some(sink.step), &line.to_string())
    }

    /// Takes on the work for a key, after any other build that does it.
    pub(super) fn claim(&mut self, key: &str) -> Result<(), BuildError> {
        // First, since a build that holds a key must not wait for another one.
        self.claim = None;
        let runner = self.runner;
        self.claim = runner.app.engine.claims.claim(key, || runner.is_over());
        runner.check()
    }

    /// The cached layer of a key, if its image is still there and the cache is not ignored. Without
    /// one, the key is claimed until the next one is.
    pub(super) fn cached(&mut self, key: &str) -> Result<Option<Layer>, BuildError> {
        self.claim(key)?;
        let Some(layer) = self.layers.get(key) else { return Ok(None) };
        if !self.holds(&layer.image)? || self.is_forced {
            return Ok(None);
        }
        Ok(Some(layer))
    }

    /// Whether the engine holds an image. Another build may have made it since this one began.
    pub(super) fn holds(&mut self, image: &str) -> Result<bool, BuildError> {
        if !self.held.contains(image) {
            self.held = self.engine.images(&[&self.names.images(), BASES])?;
        }
        Ok(self.held.contains(image))
    }

    /// Records that the template uses a layer, which stops the build of a deleted template.
    fn use_layer(&self, key: &str) -> Result<(), BuildError> {
        let is_there = self.runner.app.store().use_layer(&self.runner.job.template_id, key)?;
        if is_there { Ok(()) } else { Err(BuildError::Stopped) }
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
        self.use_layer(&key)?;
        let depth = if self.names.owns(&image) {
            self.commit_layer(container, &image)?
        } else {
            self.commit_base(container, &image)?;
            self.origin + 1
        };
        let layer = Layer { key, image, depth, context };
        self.layers.put(&layer)?;
        self.layer = layer;
        Ok(())
    }

    /// Keeps a container as an image of this data directory; the number of its layers.
    fn commit_layer(&mut self, container: &Container, image: &str) -> Result<usize, BuildError> {
        let replaced = self.set_aside(image)?;
        let depth = if self.origin >= MOST_LAYERS {
            container.flatten(image)?;
            1
        } else {
            container.commit(image)?;
            self.origin + 1
        };
        self.held.insert(image.to_owned());
        let removed = replaced.map(|image| self.engine.remove_images([image.as_str()]));
        if removed.is_some_and(|removed| removed.is_err()) {
            // A container of another build uses it.
            self.runner.use_engine(self.engine)?.leave();
        }
        Ok(depth)
    }

    /// Gives the image that is built again another name, without which it would remain nameless.
    fn set_aside(&self, image: &str) -> Result<Option<String>, BuildError> {
        if !self.held.contains(image) {
            return Ok(None);
        }
        let replaced = self.names.replaced();
        self.engine.tag(image, &replaced)?;
        Ok(Some(replaced))
    }

    /// Keeps a container as an image that all data directories share, unless the process of another
    /// one has made it meanwhile.
    pub(super) fn commit_base(
        &mut self,
        container: &Container,
        image: &str,
    ) -> Result<(), BuildError> {
        if self.engine.image(image)?.is_none() {
            container.commit(image)?;
        }
        self.held.insert(image.to_owned());
        Ok(())
    }

    /// Stores the layer of a key whose files are those of the current one.
    pub(super) fn note(&mut self, key: String, context: Context) -> Result<(), BuildError> {
        let layer = Layer { key, context, ..self.layer.clone() };
        self.use_layer(&layer.key)?;
        self.layers.put(&layer)?;
        self.layer = layer;
        Ok(())
    }
}
