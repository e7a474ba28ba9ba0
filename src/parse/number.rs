//! Invalid numbers: the TOML parser recognizes numbers by their beginning, and does not check that
//! `0x` has digits until the value is used, which not every number of a manifest is.

use toml::de::{DeTable, DeValue};

use crate::source::{Span, Spanned};

/// The faults of the numbers of a document, in no particular order.
pub(super) fn faults(text: &str, document: &DeTable<'_>) -> Vec<Spanned<String>> {
    let mut faults = Vec::new();
    for value in document.values() {
        visit(text, value, &mut faults);
    }
    faults
}

/// Whether a decoded number is an integer. It may have a sign.
pub(crate) fn is_integer(number: &str, radix: u32) -> bool {
    let digits = number.trim_start_matches(['+', '-']);
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
}

fn visit(text: &str, value: &toml::Spanned<DeValue<'_>>, faults: &mut Vec<Spanned<String>>) {
    let is_number = match value.get_ref() {
        DeValue::Integer(integer) => is_integer(integer.as_str(), integer.radix()),
        DeValue::Float(float) => float.as_str().parse::<f64>().is_ok(),
        DeValue::Array(array) => {
            array.iter().for_each(|element| visit(text, element, faults));
            return;
        }
        DeValue::Table(table) => {
            table.values().for_each(|value| visit(text, value, faults));
            return;
        }
        DeValue::String(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => return,
    };
    let span = value.span();
    if !is_number && let Some(written) = text.get(span.clone()) {
        let span = Span::manifest(span.start, span.end);
        faults.push(Spanned::new(format!("`{written}` is not a number"), span));
    }
}
