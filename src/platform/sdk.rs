//! The official SDKs that take a template step by step, with what differs between them when they build a template.
//!
//! Sources: PyPI `e2b` 2.63.0 and `novita-sandbox` 2.1.1; npm `e2b` 2.51.0 and
//! `novita-sandbox` 2.1.1.

/// An official SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
pub struct Sdk {
    /// The package on PyPI.
    pub pypi: &'static str,
    /// The module in Python that has the builder.
    pub module: &'static str,
    /// The package on npm.
    pub npm: &'static str,
    /// Whether its methods quote the words of a command, apart from packages.
    pub quotes_words: bool,
    /// Whether its check of a port looks for that port alone.
    pub probes_exactly: bool,
    /// Whether it reads what an image declares from its registry, unless an option turns that off,
    /// which only the general method for images has.
    pub inherits_config: bool,
    /// Whether it ends each build that sets variables with a step of its own for the sandbox.
    pub carries_variables: bool,
    /// Whether its Python package reads patterns of ignored files as Docker does; no package on npm
    /// does.
    pub ignores_like_docker: bool,
    /// Whether its Python package sends a mode of zero; no package on npm does.
    pub sends_mode_zero: bool,
    /// Whether its Python package can sign in to the registries of Oracle and Huawei.
    pub signs_in_everywhere: bool,
}

pub(super) const E2B: Sdk = Sdk {
    pypi: "e2b",
    module: "e2b",
    npm: "e2b",
    quotes_words: true,
    probes_exactly: true,
    inherits_config: false,
    carries_variables: false,
    ignores_like_docker: true,
    sends_mode_zero: true,
    signs_in_everywhere: true,
};

pub(super) const NOVITA: Sdk = Sdk {
    pypi: "novita-sandbox",
    module: "novita_sandbox.core",
    npm: "novita-sandbox",
    quotes_words: false,
    probes_exactly: false,
    inherits_config: true,
    carries_variables: true,
    ignores_like_docker: false,
    sends_mode_zero: false,
    signs_in_everywhere: false,
};
