//! Every command, in every way that shows something else.

/// Whom a command talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// No server.
    None,
    /// A platform, in each of its moods.
    Platform,
}

/// A way to run a command. `{}` stands for each platform that has the command.
pub struct Row {
    pub command: &'static str,
    pub arguments: &'static [&'static str],
    pub platforms: &'static [&'static str],
    pub peer: Peer,
}

const FOUR: &[&str] = &["novita", "e2b", "local", "declaw"];
pub const FAMILY: &[&str] = &["novita", "e2b", "local"];

pub const fn row(
    command: &'static str,
    arguments: &'static [&'static str],
    platforms: &'static [&'static str],
    peer: Peer,
) -> Row {
    Row { command, arguments, platforms, peer }
}

/// Every command, in every way that shows something else.
pub const TABLE: &[Row] = &[
    row("init", &["init", "new"], &[""], Peer::None),
    row("init", &["init"], &[""], Peer::None),
    row("import", &["import", "sandbox.toml", "-o", "-"], &[""], Peer::None),
    row("import", &["import", "sandbox.toml", "--format", "json"], &[""], Peer::None),
    row("check", &["check"], FOUR, Peer::None),
    row("check", &["check", "--verbose"], &["all"], Peer::None),
    row("check", &["check", "--format", "short"], FOUR, Peer::None),
    row("check", &["check", "--format", "json"], &["all"], Peer::None),
    row("check", &["check", "--format", "sarif"], FOUR, Peer::None),
    row("check", &["check", "--format", "github"], FOUR, Peer::None),
    row("check", &["check", "--fix", "--unsafe-fixes", "--deny", "warnings"], FOUR, Peer::None),
    row("fmt", &["fmt", "--check", "--diff"], &[""], Peer::None),
    row("fmt", &["fmt"], &[""], Peer::None),
    row("compile", &["compile"], FOUR, Peer::None),
    row("compile", &["compile", "--requests", "-o", "out.json"], FOUR, Peer::None),
    row("export", &["export", "python"], FAMILY, Peer::None),
    row("export", &["export", "typescript", "--format", "json"], FAMILY, Peer::None),
    row("export", &["export", "dockerfile", "-o", "out.Dockerfile"], FAMILY, Peer::None),
    row("export", &["export", "declaw"], &["declaw"], Peer::None),
    row("lock", &["lock"], &["e2b"], Peer::None),
    row("lock", &["lock", "--check", "--format", "json", "--verbose"], &["e2b"], Peer::None),
    row("apply", &["apply", "--dry-run", "--verbose"], FOUR, Peer::None),
    row("apply", &["apply", "--dry-run", "--format", "json"], FOUR, Peer::None),
    row("apply", &["apply", "--verbose"], FOUR, Peer::Platform),
    row("apply", &["apply", "--format", "json", "--level", "debug"], FOUR, Peer::Platform),
    row("apply", &["apply", "--background"], FOUR, Peer::Platform),
    row("status", &["status", "tmpl", "bld", "--verbose"], FOUR, Peer::Platform),
    row("status", &["status", "tmpl", "bld", "--format", "json"], FOUR, Peer::Platform),
    row("logs", &["logs", "tmpl", "bld"], FOUR, Peer::Platform),
    row("logs", &["logs", "tmpl", "bld", "--follow", "--format", "json"], FOUR, Peer::Platform),
    row("run", &["run", "tmpl", "--platform", "e2b", "--", "true"], &[""], Peer::Platform),
    // Its own test runs it at a terminal.
    row("shell", &["shell"], &[""], Peer::None),
    // The manifest has none.
    row("test", &["test"], FOUR, Peer::None),
    row("schema", &["schema"], &[""], Peer::None),
    row("schema", &["schema", "--reference"], &[""], Peer::None),
    row("explain", &["explain", "plaintext-secret"], &[""], Peer::None),
    row("explain", &["explain"], &[""], Peer::None),
    row("completions", &["completions", "bash"], &[""], Peer::None),
    row("doctor", &["doctor"], &[""], Peer::None),
    row("doctor", &["doctor", "--online", "--verbose"], &[""], Peer::Platform),
    row("doctor", &["doctor", "--online", "--format", "json"], &[""], Peer::Platform),
    // Its own test runs it, and asks it something.
    row("serve", &["serve", "--api-key-env", "NOT_SET"], &[""], Peer::None),
    // Its own test opens the manifests.
    row("lsp", &["lsp"], &[""], Peer::None),
    row("list", &["list", "--verbose"], FOUR, Peer::Platform),
    row("list", &["list", "--format", "json"], FOUR, Peer::Platform),
    row("show", &["show"], FOUR, Peer::Platform),
    row("show", &["show", "tmpl", "--format", "json"], FOUR, Peer::Platform),
    row("exists", &["exists", "--verbose"], FOUR, Peer::Platform),
    row("exists", &["exists", "tmpl", "--format", "json"], FOUR, Peer::Platform),
    row("delete", &["delete", "tmpl", "--yes", "--verbose"], FOUR, Peer::Platform),
    row("delete", &["delete", "tmpl", "--yes", "--format", "json"], FOUR, Peer::Platform),
    row("prune", &["prune"], &["local"], Peer::None),
    row("publish", &["publish", "tmpl"], FAMILY, Peer::Platform),
    row("publish", &["publish", "tmpl", "--format", "json"], FAMILY, Peer::Platform),
    row("unpublish", &["unpublish", "tmpl"], FAMILY, Peer::Platform),
    row("tag add", &["tag", "add", "tmpl", "v2"], FAMILY, Peer::Platform),
    row("plan", &["plan", "--exit-code", "--verbose"], FAMILY, Peer::Platform),
    row("plan", &["plan", "--format", "json"], FAMILY, Peer::Platform),
    row("verify", &["verify"], FAMILY, Peer::Platform),
    row("rollback", &["rollback", "tmpl", "--tag", "v2", "--yes"], FAMILY, Peer::Platform),
    row("tag add", &["tag", "add", "tmpl", "v2", "--format", "json"], FAMILY, Peer::Platform),
    row("tag remove", &["tag", "remove", "tmpl", "v2"], FAMILY, Peer::Platform),
    row("tag list", &["tag", "list"], FAMILY, Peer::Platform),
    row("tag list", &["tag", "list", "--format", "json"], FAMILY, Peer::Platform),
];
