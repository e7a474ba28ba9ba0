//! `invalid-image`: an image reference is well-formed.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Fix};
use crate::manifest::{Distribution, Manifest};
use crate::outline::{LazyOutline, quoted};
use crate::platform::Platform;
use crate::source::Spanned;
use crate::validate::image::{image_fault, is_reference, is_tag, tag_start};

pub(super) fn check(
    manifest: &Manifest,
    _: Platform,
    outline: &LazyOutline<'_>,
    diagnostics: &mut Diagnostics,
) {
    let Some(from) = &manifest.from else { return };
    if let Some(image) = &from.value.image
        && let Some(fault) = image_fault(image)
    {
        diagnostics.push(fault.fix(fix(image, outline.written(image.span))));
    }
    if let Some((distribution, tag)) = from.value.distribution()
        && !is_tag(&tag.value)
    {
        diagnostics.push(bad_tag(distribution, tag, outline.written(tag.span)));
    }
}

/// A fix for an invalid reference. Lower case and removing white space are safe, since repository
/// names have no upper case; removing the scheme of a URL is a guess.
fn fix(image: &Spanned<String>, raw: &str) -> Option<Fix> {
    let trimmed = image.value.trim();
    let (path, rest) = trimmed.split_at(tag_start(trimmed));
    let lower = format!("{}{rest}", path.to_lowercase());
    let fix = |fix: Fix, text: &str| fix.replace(image.span, quoted(raw, text));
    if is_reference(trimmed) {
        return Some(fix(Fix::safe("remove the white space"), trimmed));
    }
    if is_reference(&lower) {
        return Some(fix(Fix::safe("write the repository in lower case"), &lower));
    }
    let (_, behind) = trimmed.split_once("://")?;
    is_reference(behind).then(|| fix(Fix::proposed("remove the scheme"), behind))
}

fn bad_tag(distribution: Distribution, tag: &Spanned<String>, raw: &str) -> Diagnostic {
    let Distribution { key, repository, example } = distribution;
    let message = format!("`{}` is not a tag of the image `{repository}`", tag.value);
    let last = tag.value.rsplit(':').next().filter(|last| is_tag(last));
    let last = last.filter(|last| *last != tag.value);
    let proposal = last.unwrap_or(example);
    let fix = last.map(|last| {
        let same = [key, repository].iter().any(|name| tag.value == format!("{name}:{last}"));
        let title = "write only the tag";
        let fix = if same { Fix::safe(title) } else { Fix::proposed(title) };
        fix.replace(tag.span, quoted(raw, last))
    });
    Diagnostic::new(Code::InvalidImage, tag.span, message)
        .help(format!("write `{key} = \"{proposal}\"`"))
        .fix(fix)
}
