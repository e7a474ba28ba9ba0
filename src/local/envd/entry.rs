//! What the agent says of a file, as the protocol has it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::local::sandboxes::channel::{End, Event, Events, lost, refusal};
use crate::wire::envd::connect::{Code, ConnectError};
use crate::wire::envd::{EntryInfo, FileType};

/// The most bytes that are kept of what a call says: a list of some hundred thousand files.
const MOST: usize = 256 << 20;

/// The most bytes of a message of an error.
const MESSAGE: usize = 64 << 10;

/// A list of texts that the agent has printed.
pub(super) type Record = Vec<Vec<u8>>;

/// Takes records out of what the agent prints.
#[derive(Debug, Default)]
pub(super) struct Records(Vec<u8>);

impl Records {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// The next record, once it is complete.
    pub(super) fn take(&mut self) -> Option<Record> {
        let mut rest = self.0.as_slice();
        let mut record = piece(&mut rest)?;
        let texts = std::iter::from_fn(|| piece(&mut record)).map(<[u8]>::to_vec).collect();
        let left = rest.len();
        self.0.drain(..self.0.len() - left);
        Some(texts)
    }

    /// What follows the records.
    pub(super) fn rest(self) -> Vec<u8> {
        self.0
    }
}

/// Takes what its length comes before.
fn piece<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let piece = rest.get(..length)?;
    *bytes = &rest[length..];
    Some(piece)
}

/// What a call has printed, record by record, until it ends.
#[derive(Debug)]
pub(super) struct Reply {
    events: Events,
    records: Records,
    errors: Vec<u8>,
}

impl Reply {
    pub(super) fn new(events: Events) -> Self {
        Self { events, records: Records::default(), errors: Vec::new() }
    }

    /// The next record; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Record>, ConnectError> {
        loop {
            if let Some(record) = self.records.take() {
                return Ok(Some(record));
            }
            match self.events.next().await {
                Some(Event::Output(bytes)) => self.records.push(&bytes),
                Some(Event::Errors(bytes)) if self.errors.len() < MESSAGE => {
                    self.errors.extend(bytes);
                }
                Some(Event::Ended(End::Exit(0))) => return Ok(None),
                Some(Event::Ended(_)) => {
                    return Err(refusal(&String::from_utf8_lossy(&self.errors)));
                }
                Some(_) => {}
                None => return Err(lost()),
            }
        }
    }

    /// The events, and what was read of them beyond the records.
    pub(super) fn into_parts(self) -> (Events, Vec<u8>) {
        (self.events, self.records.rest())
    }

    /// All records.
    pub(super) async fn all(mut self) -> Result<Vec<Record>, ConnectError> {
        let (mut records, mut size) = (Vec::new(), 0);
        while let Some(record) = self.next().await? {
            size += record.iter().map(Vec::len).sum::<usize>();
            if size > MOST {
                let message = "the directory has too many entries";
                return Err(ConnectError::new(Code::ResourceExhausted, message));
            }
            records.push(record);
        }
        Ok(records)
    }

    /// The one entry that a call has printed.
    pub(super) async fn entry(self) -> Result<EntryInfo, ConnectError> {
        let records = self.all().await?;
        records.first().and_then(|record| entry(record)).ok_or_else(lost)
    }
}

/// A text of a record; names that are not UTF-8 cannot be expressed.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads an entry: path, mode, size, seconds, nanoseconds, owner, group, target, the target's mode,
/// and metadata.
pub(super) fn entry(record: &[Vec<u8>]) -> Option<EntryInfo> {
    let [path, mode, size, seconds, nanoseconds, owner, group, target, target_mode, metadata @ ..] =
        record
    else {
        return None;
    };
    let number = |bytes: &[u8]| text(bytes).parse::<i64>().ok();
    let mode = u32::try_from(number(mode)?).ok()?;
    let is_link = mode & TYPE == LINK;
    // A link is what it leads to.
    let seen = if is_link {
        number(target_mode).and_then(|mode| u32::try_from(mode).ok())
    } else {
        Some(mode)
    };
    let pairs = metadata.chunks_exact(2).map(|pair| (text(&pair[0]), text(&pair[1])));
    let path = text(path);
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    Some(EntryInfo {
        name: if name.is_empty() { "/".to_owned() } else { name.to_owned() },
        kind: seen.map_or(FileType::Unspecified, kind),
        size: number(size)?,
        mode: seen.unwrap_or_default() & 0o777,
        permissions: permissions(mode),
        owner: text(owner),
        group: text(group),
        modified_time: time(number(seconds)?, number(nanoseconds)?),
        symlink_target: is_link.then(|| text(target)),
        metadata: pairs.collect::<BTreeMap<_, _>>(),
        path,
    })
}

fn time(seconds: i64, nanoseconds: i64) -> Option<Timestamp> {
    Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok()
}

/// The bits of a mode that are the type of the file, and the types.
const TYPE: u32 = 0o170_000;
const SOCKET: u32 = 0o140_000;
const LINK: u32 = 0o120_000;
const FILE: u32 = 0o100_000;
const BLOCK: u32 = 0o060_000;
const DIRECTORY: u32 = 0o040_000;
const CHARACTER: u32 = 0o020_000;
const PIPE: u32 = 0o010_000;

const fn kind(mode: u32) -> FileType {
    match mode & TYPE {
        FILE => FileType::File,
        DIRECTORY => FileType::Directory,
        LINK => FileType::Symlink,
        _ => FileType::Unspecified,
    }
}

/// A mode as Go writes it: letters for what is special, in a fixed order, and nine permissions.
fn permissions(mode: u32) -> String {
    let mut written = String::from(match mode & TYPE {
        DIRECTORY => "d",
        LINK => "L",
        BLOCK => "D",
        PIPE => "p",
        SOCKET => "S",
        _ => "",
    });
    let mut add = |bit: u32, letters: &str| {
        if mode & bit == bit {
            written.push_str(letters);
        }
    };
    add(0o4000, "u");
    add(0o2000, "g");
    if mode & TYPE == CHARACTER {
        written.push_str("Dc");
    }
    if mode & 0o1000 != 0 {
        written.push('t');
    }
    if written.is_empty() {
        written.push('-');
    }
    for (index, letter) in "rwxrwxrwx".chars().enumerate() {
        written.push(if mode & (0o400 >> index) == 0 { '-' } else { letter });
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_written_as_in_go() {
        for (mode, written) in [
            (0o100_644, "-rw-r--r--"),
            (0o040_755, "drwxr-xr-x"),
            (0o041_777, "dtrwxrwxrwx"),
            (0o120_777, "Lrwxrwxrwx"),
            (0o104_755, "urwxr-xr-x"),
            (0o020_666, "Dcrw-rw-rw-"),
        ] {
            assert_eq!(permissions(mode), written, "{mode:o}");
        }
    }

    #[test]
    fn records_arrive_in_any_pieces() {
        let bytes = b"\0\0\0\x05\0\0\0\x01a\0\0\0\0rest";
        for size in 1..=bytes.len() {
            let mut records = Records::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                records.push(piece);
                if found.is_empty() {
                    found.extend(records.take());
                }
            }
            assert_eq!(found, [vec![b"a".to_vec()]]);
            assert_eq!(records.rest(), b"\0\0\0\0rest");
        }
    }
}
