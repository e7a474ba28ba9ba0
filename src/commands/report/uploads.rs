//! The progress of uploads that run side by side.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar};

use crate::scalar::human_bytes;

/// The archives that are being sent, and how fast.
#[derive(Debug)]
pub(super) struct Uploads {
    state: Mutex<State>,
    /// Counts the bytes and estimates their rate. The printer draws the text of it.
    meter: ProgressBar,
}

#[derive(Debug, Default)]
struct State {
    /// How many bytes of each archive under way are sent, and of how many, by its hash.
    archives: BTreeMap<String, (u64, u64)>,
    /// The bytes of those that are finished.
    finished: u64,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { state: Mutex::default(), meter: ProgressBar::hidden() }
    }
}

impl Uploads {
    /// Notes how much of an archive is sent, and says how far all of them are.
    pub(super) fn advance(&self, files_hash: &str, sent: u64, bytes: u64) -> String {
        self.change(|state| {
            state.archives.insert(files_hash.to_owned(), (sent, bytes));
        })
    }

    /// Removes an archive that is sent, and says how far the others are.
    pub(super) fn finish(&self, files_hash: &str) -> String {
        self.change(|state| {
            let archive = state.archives.remove(files_hash);
            state.finished += archive.map_or(0, |(_, bytes)| bytes);
        })
    }

    fn change(&self, change: impl FnOnce(&mut State)) -> String {
        let Ok(mut state) = self.state.lock() else { return "uploading".to_owned() };
        change(&mut state);
        let archives = state.archives.values();
        let (sent, bytes) =
            archives.fold((0, 0), |(sent, bytes), archive| (sent + archive.0, bytes + archive.1));
        self.meter.set_position(state.finished + sent);
        describe(sent, bytes, self.meter.per_sec())
    }
}

/// How much of `bytes` is sent, its share, and at `rate` bytes per second the time that is left.
fn describe(sent: u64, bytes: u64, rate: f64) -> String {
    if bytes == 0 {
        return "uploading".to_owned();
    }
    let share = u128::from(sent) * 100 / u128::from(bytes);
    let text = format!("uploading {} of {}, {share} %", human_bytes(sent), human_bytes(bytes));
    if !rate.is_finite() || rate < 1.0 {
        return text;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let left = Duration::try_from_secs_f64(bytes.saturating_sub(sent) as f64 / rate);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number of bytes, which is far below the largest one"
    )]
    let rate = human_bytes(rate as u64);
    match left {
        Ok(left) => format!("{text}, {rate}/s, {} left", HumanDuration(left)),
        Err(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Uploads, describe};

    #[test]
    fn progress_is_that_of_all_archives_under_way() {
        let uploads = Uploads::default();
        let begins = |text: String, expected: &str| assert!(text.starts_with(expected), "{text}");
        begins(uploads.advance("a", 0, 2048), "uploading 0 bytes of 2.0 KiB, 0 %");
        begins(uploads.advance("b", 512, 1024), "uploading 512 bytes of 3.0 KiB, 16 %");
        begins(uploads.advance("a", 2048, 2048), "uploading 2.5 KiB of 3.0 KiB, 83 %");
        begins(uploads.finish("a"), "uploading 512 bytes of 1.0 KiB, 50 %");
        assert_eq!(uploads.finish("b"), "uploading");
    }

    #[test]
    fn share_rate_and_time_left_are_shown_once_they_are_known() {
        let mebibyte = 1 << 20;
        let text = "uploading 10.0 MiB of 100.0 MiB, 10 %";
        assert_eq!(describe(10 * mebibyte, 100 * mebibyte, 0.0), text);
        assert_eq!(describe(10 * mebibyte, 100 * mebibyte, f64::NAN), text);
        let rate = 2.0 * 1_048_576.0;
        let known = format!("{text}, 2.0 MiB/s, 45 seconds left");
        assert_eq!(describe(10 * mebibyte, 100 * mebibyte, rate), known);
        assert_eq!(describe(0, 0, rate), "uploading");
        assert!(describe(1, u64::MAX, 1e-300).ends_with("0 %"));
    }
}
