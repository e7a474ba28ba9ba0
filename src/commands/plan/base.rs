//! Whether what a template starts from has changed since a build: an image whose tag was moved, or a
//! template that was built again. The digest does not know that, so `sbx apply` does not build for it.

use jiff::Timestamp;

use super::look::Look;
use super::previous::Compared;
use crate::commands::deployed::Tags;
use crate::lock::short_digest;
use crate::plan::forecast::BaseState;
use crate::scalar::{DEFAULT_TAG, TemplateRef};
use crate::submit::SubmitError;
use crate::submit::registry::{LookupLimit, look_up};
use crate::submit::templates::{Lookup, TagAssignment};
use crate::template::{BaseSource, ImageLookup, ImageQuery};

/// What is known of the base since a build.
pub(super) struct Base {
    pub(super) state: BaseState,
    /// For people, if there is something to say.
    pub(super) note: Option<String>,
}

impl Base {
    const fn same() -> Self {
        Self { state: BaseState::Same, note: None }
    }

    const fn unknown(note: String) -> Self {
        Self { state: BaseState::Unknown, note: Some(note) }
    }
}

impl Look<'_> {
    /// What is known of the base since a build was made, if one is known.
    pub(super) async fn base_since(
        &self,
        tags: &Tags<'_>,
        listed: &[TagAssignment],
        compared: Option<&Compared>,
    ) -> Result<Base, SubmitError> {
        if self.base.is_some() {
            return Ok(Base { state: BaseState::Changed, note: None });
        }
        if let Some(locked) = self.moved_since_locked().await {
            return Ok(Base { state: BaseState::Same, note: Some(locked) });
        }
        let Some(compared) = compared else { return Ok(Base::same()) };
        if self.subject.analysis.image_build().is_some() {
            return Ok(Base::same());
        }
        match &self.subject.analysis.template.base.source {
            BaseSource::Image(image) => Ok(self.image_since(image, compared)),
            BaseSource::Template(name) => {
                self.template_since(name, tags, listed, &compared.build_id).await
            }
            BaseSource::PlatformDefault => Ok(Base::same()),
        }
    }

    /// Whether the tag of a locked image names another one now, where that is to be looked up. Its
    /// digest is part of the template's, so what is built does not depend on it.
    async fn moved_since_locked(&self) -> Option<String> {
        let analysis = &self.subject.analysis;
        let base = &analysis.template.base;
        let BaseSource::Image(image) = &base.source else { return None };
        let (_, locked) = base.pins.image.as_ref()?.rsplit_once('@')?;
        let query = ImageQuery { reference: image.clone(), login: None };
        let is_asked = self.online && base.auth.is_none();
        let now = match is_asked.then(|| look_up(&query, LookupLimit::SHORT)) {
            Some(lookup) => lookup.await,
            None => return None,
        };
        let ImageLookup::Known(now) = now else { return None };
        (now.index != locked).then(|| {
            let (locked, now) = (short_digest(locked), short_digest(&now.index));
            format!(
                "the image `{image}` has moved since it was locked: {locked} → {now}; `sbx lock \
                 --update` locks the new one"
            )
        })
    }

    fn image_since(&self, image: &str, compared: &Compared) -> Base {
        if image.contains('@') || self.subject.analysis.template.base.pins.image.is_some() {
            return Base::same();
        }
        // The platform caches an image by its reference, so its layers stay whatever the tag does.
        let note = match (&compared.image, self.subject.analysis.resolution.config()) {
            (_, None) if !self.online => {
                format!(
                    "whether the image `{image}` has changed since is not known: `--online` asks its registry"
                )
            }
            (_, None) => format!("whether the image `{image}` has changed since is not known"),
            (None, Some(now)) => format!(
                "the image `{image}` is {} now; which one that build was made of is not recorded on \
                 this machine",
                now.digest
            ),
            (Some(before), Some(now)) if *before == now.digest => return Base::same(),
            (Some(before), Some(now)) => {
                let remedy = if self.subject.analysis.platform.is_local() {
                    "pull it with the container engine, then `sbx apply --rebuild`"
                } else {
                    "`sbx apply --no-cache` builds on the new one"
                };
                let now = &now.digest;
                format!("the image `{image}` has changed since: {before} → {now}; {remedy}")
            }
        };
        Base { state: BaseState::Same, note: Some(note) }
    }

    async fn template_since(
        &self,
        name: &str,
        tags: &Tags<'_>,
        listed: &[TagAssignment],
        build_id: &str,
    ) -> Result<Base, SubmitError> {
        let unknown = format!("whether the template `{name}` was rebuilt since is not known");
        if !self.online {
            return Ok(Base::unknown(format!("{unknown}: `--online` looks it up")));
        }
        let own = listed.iter().filter(|known| known.build_id == build_id);
        let built = own.filter_map(|known| known.created_at.parse::<Timestamp>().ok()).min();
        let assigned = self.assigned_at(name, tags).await?;
        let (Some(built), Some(assigned)) = (built, assigned) else {
            return Ok(Base::unknown(unknown));
        };
        if assigned <= built {
            return Ok(Base::same());
        }
        let note = format!(
            "the template `{name}` was rebuilt since, on {}; `sbx apply --rebuild` builds on it",
            assigned.strftime("%Y-%m-%d %H:%M UTC")
        );
        Ok(Base { state: BaseState::Changed, note: Some(note) })
    }

    /// When the build that a template's reference resolves to was given its tag.
    async fn assigned_at(
        &self,
        name: &str,
        tags: &Tags<'_>,
    ) -> Result<Option<Timestamp>, SubmitError> {
        let (name, tag) = match name.trim().split_once(':') {
            Some((name, tag)) => (name.to_owned(), tag.to_owned()),
            None => (name.trim().to_owned(), DEFAULT_TAG.to_owned()),
        };
        let reference = TemplateRef { name, tag: None };
        let found = tags.store.look_up(&reference, tags.observer).await?;
        let Lookup::Found { template_id, .. } = found else { return Ok(None) };
        // Only the history tells of builds that are ready.
        let history = tags.store.history(&template_id, &tag, tags.observer).await?;
        let newest = history.and_then(|history| history.into_iter().next());
        Ok(newest.and_then(|newest| newest.assigned_at.parse().ok()))
    }
}
