//! A plan: which fault each request or its connection gets.

/// The requests that a submission makes, and those about the templates that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Register,
    Link,
    Put,
    Start,
    Status,
    Lookup,
    Delete,
    Build,
    Question,
    Alias,
    Tags,
    History,
    Assign,
    Unassign,
    Details,
    List,
    Publish,
    Create,
    Living,
    Extend,
    Kill,
    Execute,
    Input,
    CloseInput,
    Resize,
    Output,
    KillCommand,
}

impl Call {
    /// Whether it goes into a sandbox, and not to the platform.
    pub(super) const fn is_of_envd(self) -> bool {
        matches!(self, Self::Execute | Self::Input | Self::CloseInput | Self::Resize)
    }
}

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No process listens.
    Refused,
    /// No process takes the connection.
    Unconnected,
    /// The connection is reset at the request's first bytes, in its midst, or at its end; the
    /// request is not heard.
    ResetBefore,
    ResetWithin,
    ResetAfter,
    /// The request is heard, and the connection reset before the answer or in its midst.
    LostAnswer,
    ResetAnswer,
    /// The request is not heard, and nothing is answered.
    Silent,
    /// The request is heard, and nothing is answered.
    Late,
    /// The request is heard, and the answer stops in its midst, or drips.
    Stalled,
    Dripping,
    /// The request is not heard; this status is answered, with this header.
    Answer(u16, &'static str),
    /// The request is heard, and this status is answered all the same.
    HeardBut(u16),
    /// A page of a proxy's, with this status.
    Html(u16),
    /// The answer is shorter than it says, cut, another JSON, or without an end.
    Short,
    Cut,
    Wrong,
    Endless,
    /// The answer has more fields, or a state that no client knows.
    MoreFields,
    UnknownState,
    /// The request's body is not read.
    Stuck,
    /// Another server is to be asked.
    Redirect,
}

/// When a plan is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Before the request has a connection: only faults of the connection count.
    Connection,
    /// At the request: all other faults count.
    Request,
}

impl Fault {
    pub const fn phase(self) -> Phase {
        match self {
            Self::Refused | Self::Unconnected => Phase::Connection,
            _ => Phase::Request,
        }
    }
}

/// Decides what goes wrong.
pub type Plan = Box<dyn FnMut(Call, Phase) -> Option<Fault> + Send>;
