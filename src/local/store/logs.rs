//! The builds' logs.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::{disk, now};
use crate::wire::e2b::{LogEntry, LogLevel};

/// The number of characters kept of a line: a command may be as long as a request.
const LINE_LIMIT: usize = 4096;

/// The number of logs kept in memory: rarely are more builds followed at once.
const MOST_READ: usize = 64;

/// The logs of builds, appended line by line and read from the disk on demand.
#[derive(Debug)]
pub(in crate::local) struct Logs {
    root: PathBuf,
    read: HashMap<String, Vec<LogEntry>>,
}

impl Logs {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, read: HashMap::new() }
    }

    /// The log of a build; empty if it has none.
    pub(in crate::local) fn entries(&mut self, build_id: &str) -> io::Result<&[LogEntry]> {
        Ok(self.load(build_id)?)
    }

    /// Appends a text to the log of a build, one entry per line.
    pub(in crate::local) fn append(
        &mut self,
        build_id: &str,
        level: &LogLevel,
        step: Option<&str>,
        text: &str,
    ) -> io::Result<()> {
        let path = self.path(build_id);
        let known = self.load(build_id)?;
        // Timestamps must not decrease, so that pages by time are complete.
        let last = known.last().and_then(|last| last.timestamp);
        let timestamp = last.map_or_else(now, |last| now().max(last));
        let entries = text.lines().map(|line| LogEntry {
            timestamp: Some(timestamp),
            level: level.clone(),
            message: shortened(line),
            step: step.map(str::to_owned),
        });
        let entries: Vec<LogEntry> = entries.collect();
        let mut lines = Vec::new();
        for entry in &entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        let mut file = File::options().create(true).append(true).open(path)?;
        let length = file.metadata()?.len();
        if let Err(error) = file.write_all(&lines) {
            // On a full disk, a part may have been written; truncate it.
            let _ = file.set_len(length);
            return Err(error);
        }
        known.extend(entries);
        Ok(())
    }

    /// Syncs the log to the disk.
    pub(super) fn sync(&self, build_id: &str) -> io::Result<()> {
        File::options().append(true).open(self.path(build_id))?.sync_all()
    }

    /// Truncates an incomplete last line of a killed process, so that more can be appended.
    pub(super) fn repair(&mut self, build_id: &str) -> io::Result<()> {
        let path = self.path(build_id);
        let mut lines = Vec::new();
        for entry in self.load(build_id)? {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        disk::replace(&self.root, &path, &lines)
    }

    /// Removes the log of a build. If that fails, [`retain`](Self::retain) removes it later.
    pub(super) fn remove(&mut self, build_id: &str) {
        self.read.remove(build_id);
        let _ = fs::remove_file(self.path(build_id));
    }

    /// Removes the logs of deleted builds.
    pub(super) fn retain(&mut self, mut wanted: impl FnMut(&str) -> bool) {
        let Ok(directory) = fs::read_dir(self.root.join("logs")) else {
            return;
        };
        for path in directory.flatten().map(|entry| entry.path()) {
            let build_id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if !wanted(build_id) {
                let _ = fs::remove_file(&path);
            }
        }
    }

    fn load(&mut self, build_id: &str) -> io::Result<&mut Vec<LogEntry>> {
        if !self.read.contains_key(build_id) {
            let text = match fs::read(self.path(build_id)) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
                Err(error) => return Err(error),
            };
            // An unreadable line is incomplete, and no client has seen it.
            let lines = text.split(|byte| *byte == b'\n');
            let entries = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
            if self.read.len() >= MOST_READ {
                self.read.clear();
            }
            self.read.insert(build_id.to_owned(), entries);
        }
        Ok(self.read.entry(build_id.to_owned()).or_default())
    }

    fn path(&self, build_id: &str) -> PathBuf {
        self.root.join("logs").join(format!("{build_id}.jsonl"))
    }
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(LINE_LIMIT) {
        None => line.to_owned(),
        Some((end, _)) => {
            let rest = line[end..].chars().count();
            format!("{}… ({rest} more characters)", &line[..end])
        }
    }
}
