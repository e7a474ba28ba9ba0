//! The progress of uploads that run side by side.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::scalar::human_bytes;

/// The archives that are being sent: how many bytes of each, and of how many, by its hash.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    archives: Mutex<BTreeMap<String, (u64, u64)>>,
}

impl Uploads {
    /// Notes how much of an archive is sent, and says how far all of them are.
    pub(super) fn advance(&self, files_hash: &str, sent: u64, bytes: u64) -> String {
        self.change(|archives| archives.insert(files_hash.to_owned(), (sent, bytes)))
    }

    /// Forgets an archive that is sent, and says how far the others are.
    pub(super) fn finish(&self, files_hash: &str) -> String {
        self.change(|archives| archives.remove(files_hash))
    }

    fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<String, (u64, u64)>) -> T) -> String {
        let Ok(mut archives) = self.archives.lock() else { return "uploading".to_owned() };
        change(&mut archives);
        let (sent, bytes) = archives
            .values()
            .fold((0, 0), |(sent, bytes), archive| (sent + archive.0, bytes + archive.1));
        if bytes == 0 {
            return "uploading".to_owned();
        }
        format!("uploading {} of {}", human_bytes(sent), human_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Uploads;

    #[test]
    fn progress_is_that_of_all_archives_under_way() {
        let uploads = Uploads::default();
        assert_eq!(uploads.advance("a", 0, 2048), "uploading 0 bytes of 2.0 KiB");
        assert_eq!(uploads.advance("b", 512, 1024), "uploading 512 bytes of 3.0 KiB");
        assert_eq!(uploads.advance("a", 2048, 2048), "uploading 2.5 KiB of 3.0 KiB");
        assert_eq!(uploads.finish("a"), "uploading 512 bytes of 1.0 KiB");
        assert_eq!(uploads.finish("b"), "uploading");
    }
}
