//! `start-in-background`: the start command ends at once and leaves its work to the background.

use super::Subject;
use super::place;
use super::shell::Joint;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

pub(super) fn check(subject: &Subject<'_>, diagnostics: &mut Diagnostics) {
    let (Some(script), Some(start)) = (&subject.start, &subject.inputs.template.start) else {
        return;
    };
    let Some(last) = script.commands.last() else { return };
    let detached = last.after == Joint::Background
        || script.around(last).any(|block| block.after == Joint::Background);
    let Some(whole) = start.origin.span().filter(|_| detached) else { return };
    let span = place::part(subject.inputs.sources, whole, &start.text, last.range.clone());
    diagnostics.push(
        Diagnostic::new(
            Code::StartInBackground,
            span,
            "the start command goes into the background and ends at once",
        )
        .label("nothing watches over it")
        .help("leave out the `&`; the platform runs the command in the background by itself"),
    );
}
