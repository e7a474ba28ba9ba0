//! Counts of bytes for people.

const UNITS: [(u64, &str); 4] =
    [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];

/// A count of bytes in its largest binary unit, to one decimal place: `1.5 MiB`, `12 bytes`.
#[must_use]
pub fn human_bytes(bytes: u64) -> String {
    let Some((unit, name)) = UNITS.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} bytes");
    };
    let tenths = bytes % unit * 10 / unit;
    format!("{}.{tenths} {name}", bytes / unit)
}

#[cfg(test)]
mod tests {
    use super::human_bytes;

    #[test]
    fn the_largest_unit_is_used_and_digits_are_cut_off() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (1 << 20, "1.0 MiB"),
            (300 << 30, "300.0 GiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(human_bytes(bytes), text);
        }
    }
}
