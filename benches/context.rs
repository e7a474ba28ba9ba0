//! One part of the work on a build context, for `context.py` to measure beside others' tools:
//! `walk|select|hash|pack DIRECTORY SOURCE` prints the seconds that it took and what came out.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout, clippy::panic)]

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Instant;

use sandbox_toml::context::{Context, Effort, IgnoreRules};
use sandbox_toml::host::System;
use sandbox_toml::template::Copy;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let [what, root, source] = arguments.as_slice() else {
        panic!("usage: context walk|select|hash|pack DIRECTORY SOURCE");
    };
    let root = PathBuf::from(root);
    let begun = Instant::now();
    let out = if what == "walk" {
        walk(root.join(source)).to_string()
    } else {
        let copy = Copy::new(source, "/app/");
        let files =
            Context::new(&System, root, IgnoreRules::default()).select(&copy).expect("files");
        match what.as_str() {
            "select" => files.entries().len().to_string(),
            "hash" => files.hash().expect("a hash").to_string(),
            "pack" => {
                // The hash is known before: only the packing is measured.
                let hash = files.hash().expect("a hash");
                let begun = Instant::now();
                let packed = files.pack(&hash, Effort::Usual).expect("an archive");
                println!("{} {}", begun.elapsed().as_secs_f64(), packed.bytes);
                return;
            }
            other => panic!("`{other}` is nothing to measure"),
        }
    };
    println!("{} {out}", begun.elapsed().as_secs_f64());
}

/// The limit: a plain walk on as many threads as there are processors, which asks for the
/// metadata of everything and keeps nothing of it.
fn walk(from: PathBuf) -> usize {
    let seen = AtomicUsize::new(0);
    // What is to be read, and how many threads may still add to it.
    let queue = Mutex::new((vec![from], 0_usize));
    let changed = Condvar::new();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let mut state = queue.lock().expect("not poisoned");
                    let directory = loop {
                        if let Some(directory) = state.0.pop() {
                            break directory;
                        }
                        if state.1 == 0 {
                            changed.notify_all();
                            return;
                        }
                        state = changed.wait(state).expect("not poisoned");
                    };
                    state.1 += 1;
                    drop(state);
                    let mut found = Vec::new();
                    for entry in fs::read_dir(directory).expect("a directory") {
                        let entry = entry.expect("an entry");
                        seen.fetch_add(1, Ordering::Relaxed);
                        if entry.metadata().expect("its metadata").is_dir() {
                            found.push(entry.path());
                        }
                    }
                    let mut state = queue.lock().expect("not poisoned");
                    state.0.extend(found);
                    state.1 -= 1;
                    drop(state);
                    changed.notify_all();
                }
            });
        }
    });
    seen.into_inner()
}
