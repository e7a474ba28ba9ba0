//! The calls of an SDK, in no language.

/// A call of a method of the builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::export) struct Call {
    /// The lines above it.
    pub(in crate::export) comments: Vec<String>,
    /// Its name in Python.
    pub(in crate::export) method: &'static str,
    /// What every call has.
    pub(in crate::export) arguments: Vec<Value>,
    /// What has a name, by its name in Python.
    pub(in crate::export) options: Vec<(&'static str, Value)>,
}

impl Call {
    pub(in crate::export) fn new(method: &'static str, arguments: Vec<Value>) -> Self {
        Self { comments: Vec::new(), method, arguments, options: Vec::new() }
    }

    pub(in crate::export) fn option(mut self, name: &'static str, value: Value) -> Self {
        self.options.push((name, value));
        self
    }

    /// With an option, if it has a value.
    pub(in crate::export) fn maybe(self, name: &'static str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.option(name, value),
            None => self,
        }
    }

    /// With a flag, if it is set.
    pub(in crate::export) fn flag(self, name: &'static str, is_set: bool) -> Self {
        self.maybe(name, is_set.then_some(Value::Flag(true)))
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::export) enum Value {
    /// A text.
    Text(String),
    /// Texts, or a single one where the SDK takes both.
    Texts(Vec<String>),
    /// Texts, as a list.
    List(Vec<String>),
    /// Texts by their names.
    Map(Vec<(String, String)>),
    /// A number.
    Number(u64),
    /// The mode of a file.
    Mode(u16),
    /// A flag.
    Flag(bool),
    /// An argument that is left out.
    Absent,
    /// What a function of the SDK returns, by its name in Python.
    Helper(&'static str, Vec<Self>),
    /// A name of the language.
    Name(&'static str),
    /// A variable of the environment.
    Variable(String),
    /// The text of a file beside the code, without a line break at its end.
    File(String),
    /// The object that a text in JSON holds.
    Json(Box<Self>),
}

impl Value {
    pub(in crate::export) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A whole program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::export) struct Program {
    /// The lines at its beginning.
    pub(in crate::export) header: Vec<String>,
    /// The package that it imports.
    pub(in crate::export) package: &'static str,
    /// The directory of the files, relative to that of the code, if it is another one.
    pub(in crate::export) context: Option<String>,
    /// Patterns of files that copies leave out.
    pub(in crate::export) ignore: Vec<String>,
    /// The calls that make the template.
    pub(in crate::export) calls: Vec<Call>,
    /// The call that builds it, without the template.
    pub(in crate::export) build: Call,
}

impl Program {
    /// Every value of the program.
    pub(in crate::export) fn values(&self) -> impl Iterator<Item = &Value> {
        let calls = self.calls.iter().chain([&self.build]);
        calls.flat_map(|call| call.arguments.iter().chain(call.options.iter().map(|(_, it)| it)))
    }

    /// The functions of the SDK that it calls, sorted.
    pub(in crate::export) fn helpers(&self) -> Vec<&'static str> {
        let mut helpers: Vec<_> = self
            .values()
            .filter_map(|value| match value {
                Value::Helper(name, _) => Some(*name),
                _ => None,
            })
            .collect();
        helpers.sort_unstable();
        helpers.dedup();
        helpers
    }

    /// Whether a value is part of the program, or an object is read from one.
    pub(in crate::export) fn uses(&self, is_meant: impl Fn(&Value) -> bool) -> bool {
        self.values().any(|value| match value {
            Value::Json(inner) => is_meant(value) || is_meant(inner),
            value => is_meant(value),
        })
    }
}
