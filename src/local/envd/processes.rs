//! The processes of a sandbox that calls have started.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep_until, timeout};

use super::Envd;
use crate::local::sandboxes::channel::{Channel, End, Event, Events};
use crate::wire::e2b::Sensitive;
use crate::wire::envd::connect::{Code, ConnectError};
use crate::wire::envd::{
    Bytes, DataEvent, EndEvent, Process as Listed, ProcessConfig, ProcessEvent, Selector, Size,
    StartEvent,
};

/// The number of events that wait for a slow client. Then the process waits.
const WAITING: usize = 16;

/// The number of processes whose end is remembered.
const REMEMBERED: usize = 64;

/// The exit code of a process that a signal has ended.
const SIGNALED: i32 = -1;

/// The signal that cannot be ignored.
const KILL: u8 = 9;

/// What is started.
#[derive(Debug, Default)]
pub(in crate::local) struct Command {
    pub(in crate::local) user: String,
    pub(in crate::local) cmd: String,
    pub(in crate::local) args: Vec<String>,
    pub(in crate::local) directory: Option<String>,
    pub(in crate::local) variables: BTreeMap<String, String>,
    /// The size of its terminal, if it gets one.
    pub(in crate::local) terminal: Option<Size>,
    pub(in crate::local) has_stdin: bool,
    pub(in crate::local) tag: Option<String>,
    /// When it is killed.
    pub(in crate::local) deadline: Option<Instant>,
}

/// A process.
#[derive(Debug)]
pub(in crate::local) struct Process {
    pub(super) pid: u32,
    tag: Option<String>,
    config: ProcessConfig,
    pub(super) channel: Arc<Channel>,
    pub(super) has_terminal: bool,
    has_stdin: Mutex<bool>,
    subscribers: Mutex<Vec<Sender<ProcessEvent>>>,
    end: Mutex<Option<EndEvent>>,
}

impl Process {
    /// How it has ended, if it has.
    pub(in crate::local) fn ended(&self) -> Option<EndEvent> {
        lock(&self.end).clone()
    }

    /// Its events from now on.
    pub(super) fn subscribe(&self) -> Receiver<ProcessEvent> {
        let (sender, receiver) = channel(WAITING);
        lock(&self.subscribers).push(sender);
        receiver
    }

    /// Whether its standard input can be written to.
    pub(super) fn takes_input(&self) -> bool {
        *lock(&self.has_stdin)
    }

    /// Closes its standard input.
    pub(super) fn close_input(&self) {
        *lock(&self.has_stdin) = false;
        self.channel.close_input();
    }

    fn listed(&self) -> Listed {
        Listed { config: self.config.clone(), pid: self.pid, tag: self.tag.clone() }
    }

    fn is(&self, selector: &Selector) -> bool {
        match selector {
            Selector::Pid(pid) => self.pid == *pid,
            Selector::Tag(tag) => self.tag.as_ref() == Some(tag),
        }
    }

    /// Hands an event to all who follow it; a slow one is waited for.
    async fn publish(&self, event: ProcessEvent) {
        let subscribers = lock(&self.subscribers).clone();
        for subscriber in &subscribers {
            let _ = subscriber.send(event.clone()).await;
        }
        lock(&self.subscribers).retain(|subscriber| !subscriber.is_closed());
    }

    /// Follows it to its end.
    async fn follow(self: Arc<Self>, mut events: Events, processes: Arc<Processes>) {
        while let Some(event) = events.next().await {
            let data = match event {
                Event::Output(bytes) if self.has_terminal => DataEvent::Pty(Bytes(bytes)),
                Event::Output(bytes) => DataEvent::Stdout(Bytes(bytes)),
                Event::Errors(bytes) => DataEvent::Stderr(Bytes(bytes)),
                Event::Opened(_) | Event::Refused(_) => continue,
                Event::Ended(end) => {
                    let end = end_event(end);
                    *lock(&self.end) = Some(end.clone());
                    processes.remove(&self);
                    self.publish(ProcessEvent::End(end)).await;
                    break;
                }
            };
            self.publish(ProcessEvent::Data(data)).await;
        }
        processes.remove(&self);
        lock(&self.subscribers).clear();
    }
}

/// The processes that run, and the last ones that have ended.
#[derive(Debug, Default)]
pub(super) struct Processes(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    running: HashMap<u32, Arc<Process>>,
    ended: VecDeque<Arc<Process>>,
}

impl Processes {
    /// The running process of a selector.
    pub(super) fn find(&self, selector: &Selector) -> Result<Arc<Process>, ConnectError> {
        let table = lock(&self.0);
        let found = table.running.values().find(|process| process.is(selector));
        found.cloned().ok_or_else(|| not_found(selector))
    }

    /// The same, or the last one that has ended.
    pub(super) fn find_any(&self, selector: &Selector) -> Result<Arc<Process>, ConnectError> {
        self.find(selector).or_else(|error| {
            let table = lock(&self.0);
            table.ended.iter().rev().find(|process| process.is(selector)).cloned().ok_or(error)
        })
    }

    /// All that run, by their IDs.
    pub(super) fn list(&self) -> Vec<Listed> {
        let mut listed: Vec<_> =
            lock(&self.0).running.values().map(|process| process.listed()).collect();
        listed.sort_unstable_by_key(|process| process.pid);
        listed
    }

    fn add(&self, process: &Arc<Process>) {
        let mut table = lock(&self.0);
        // The ID is used again.
        table.ended.retain(|ended| ended.pid != process.pid);
        table.running.insert(process.pid, Arc::clone(process));
    }

    fn remove(&self, process: &Arc<Process>) {
        let mut table = lock(&self.0);
        let is_it = table.running.get(&process.pid).is_some_and(|one| Arc::ptr_eq(one, process));
        if is_it {
            table.running.remove(&process.pid);
            table.ended.push_back(Arc::clone(process));
            if table.ended.len() > REMEMBERED {
                table.ended.pop_front();
            }
        }
    }
}

impl Envd {
    /// Starts a process, which goes on without anyone who follows it.
    pub(in crate::local) async fn start(
        &self,
        command: Command,
    ) -> Result<Arc<Process>, ConnectError> {
        self.start_followed(command).await.map(|(process, _)| process)
    }

    /// Starts a process, with its events from the beginning.
    pub(super) async fn start_followed(
        &self,
        command: Command,
    ) -> Result<(Arc<Process>, Receiver<ProcessEvent>), ConnectError> {
        let (pid, events) = self.open(&command).await?;
        let Command { cmd, args, directory, terminal, has_stdin, tag, deadline, variables, .. } =
            command;
        let envs = variables.into_iter().map(|(name, value)| (name, Sensitive(value))).collect();
        let process = Arc::new(Process {
            pid,
            tag,
            config: ProcessConfig { cmd, args, envs, cwd: directory },
            channel: Arc::clone(&events.channel),
            has_terminal: terminal.is_some(),
            has_stdin: Mutex::new(has_stdin),
            subscribers: Mutex::default(),
            end: Mutex::default(),
        });
        let receiver = process.subscribe();
        self.processes.add(&process);
        tokio::spawn(Arc::clone(&process).follow(events, Arc::clone(&self.processes)));
        if let Some(deadline) = deadline {
            let process = Arc::downgrade(&process);
            tokio::spawn(async move {
                sleep_until(deadline).await;
                if let Some(process) = process.upgrade().filter(|one| one.ended().is_none()) {
                    process.channel.signal(KILL);
                }
            });
        }
        Ok((process, receiver))
    }

    /// Runs a command to its end, unless it takes longer than `limit`.
    pub(in crate::local) async fn run(
        &self,
        command: Command,
        limit: Duration,
    ) -> Result<Option<End>, ConnectError> {
        let (_, mut events) = self.open(&command).await?;
        let end = async {
            while let Some(event) = events.next().await {
                if let Event::Ended(end) = event {
                    return Ok(end);
                }
            }
            Err(crate::local::sandboxes::channel::lost())
        };
        timeout(limit, end).await.ok().transpose()
    }

    async fn open(&self, command: &Command) -> Result<(u32, Events), ConnectError> {
        let terminal = command.terminal.map(|Size { cols, rows }| format!("{cols} {rows}"));
        let variables: Vec<String> =
            command.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let count = variables.len().to_string();
        let mut arguments = vec![
            "process",
            &command.user,
            command.directory.as_deref().unwrap_or_default(),
            &self.defaults.workdir,
            terminal.as_deref().unwrap_or_default(),
            if command.has_stdin { "1" } else { "" },
            &count,
        ];
        arguments.extend(variables.iter().map(String::as_str));
        arguments.push(&command.cmd);
        arguments.extend(command.args.iter().map(String::as_str));
        if arguments.iter().skip(7).any(|argument| argument.contains('\0')) {
            let message = "a command cannot contain the character NUL";
            return Err(ConnectError::new(Code::InvalidArgument, message));
        }
        let arguments: Vec<&[u8]> = arguments.into_iter().map(str::as_bytes).collect();
        self.link.open(&arguments).await
    }
}

/// The first event of a process.
pub(super) const fn start_event(pid: u32) -> ProcessEvent {
    ProcessEvent::Start(StartEvent { pid })
}

fn not_found(selector: &Selector) -> ConnectError {
    let message = match selector {
        Selector::Pid(pid) => format!("process with pid {pid} not found"),
        Selector::Tag(tag) => format!("process with tag {tag} not found"),
    };
    ConnectError::new(Code::NotFound, message)
}

fn end_event(end: End) -> EndEvent {
    match end {
        End::Exit(code) => {
            let status = format!("exit status {code}");
            let error = (code != 0).then(|| status.clone());
            EndEvent { exit_code: code, exited: true, status, error }
        }
        End::Signal(number) => {
            let status = format!("signal: {}", signal_name(number));
            let error = Some(status.clone());
            EndEvent { exit_code: SIGNALED, exited: false, status, error }
        }
    }
}

/// The name of a signal in Go.
fn signal_name(number: i32) -> String {
    let name = match number {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
