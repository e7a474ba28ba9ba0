//! `from.build`: what an image is built from.

use super::arguments;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::dockerfile::Dockerfile;
use crate::manifest::Manifest;
use crate::source::Spanned;
use crate::template::ImageBuild;
use crate::validate::image::is_repository;

/// Whether the manifest has an image built from its Dockerfile.
pub(super) fn is_asked(manifest: &Manifest) -> bool {
    manifest.from.as_ref().is_some_and(|from| from.value.built().is_some())
}

/// What the image is built from, if the manifest has one built and its Dockerfile could be read.
pub(super) fn of(
    manifest: &Manifest,
    dockerfile: Option<&Dockerfile>,
    diagnostics: &mut Diagnostics,
) -> Option<ImageBuild> {
    let from = &manifest.from.as_ref()?.value;
    let repository = from.built()?.clone();
    diagnostics.extend(repository_fault(&repository));
    let dockerfile = dockerfile?;
    let given = arguments(manifest);
    diagnostics.append(dockerfile.check_stages(&given, from.target.as_ref()));
    let declared = dockerfile.arguments();
    let arguments = given.into_iter().filter(|(name, _)| declared.contains(name));
    let secrets = from.secrets.iter().flat_map(|secrets| &secrets.value.entries);
    Some(ImageBuild {
        repository,
        dockerfile: dockerfile.text().to_owned(),
        target: from.target.as_ref().map(|target| target.value.clone()),
        arguments: arguments
            .filter_map(|(name, value)| Some((name, value.plain()?.to_owned())))
            .collect(),
        secrets: secrets.map(|(id, secret)| (id.value.clone(), secret.clone())).collect(),
    })
}

/// The fault of a repository with a tag or a digest, or of a text that is none.
fn repository_fault(repository: &Spanned<String>) -> Option<Diagnostic> {
    if is_repository(&repository.value) {
        return None;
    }
    let message = format!("`{}` is not the name of a repository", repository.value);
    let help = "write `[registry/]repository` without a tag, such as `ghcr.io/team/agent-base`: \
                `sbx apply` chooses the tag";
    Some(Diagnostic::new(Code::InvalidImage, repository.span, message).help(help))
}
