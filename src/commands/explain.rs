//! `sbx explain`: prints the page of a diagnostic code, or the list of all codes.

use super::{Exit, Failure};
use crate::diagnostic::{Code, Topic};
use crate::printer::Printer;

pub(super) fn run(code: Option<&str>, printer: &Printer) -> Result<Exit, Failure> {
    let Some(name) = code else {
        list(printer);
        return Ok(Exit::Done);
    };
    let Some(code) = Code::find(name) else {
        let failure = Failure::new(Exit::Usage, format!("`{name}` is not a diagnostic code"));
        return Err(match Code::suggest(name, Code::ALL.iter().map(|code| code.name())) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help("`sbx explain` lists all codes"),
        });
    };
    printer.data(code.page());
    Ok(Exit::Done)
}

/// Prints every code below the heading of its topic.
fn list(printer: &Printer) {
    let width = Code::ALL.iter().map(|code| code.name().len()).max().unwrap_or(0);
    for (at, topic) in Topic::ALL.iter().enumerate() {
        if at > 0 {
            printer.data_line("");
        }
        printer.data_line(&format!("{}:", topic.heading()));
        for code in Code::ALL.iter().filter(|code| code.topic() == *topic) {
            let severity = code.severity().as_str();
            printer.data_line(&format!(
                "  {:width$}  {severity:7}  {}",
                code.name(),
                code.summary()
            ));
        }
    }
}
