//! The commands of `ADD`: one line of POSIX shell each, which stops at the first failure.
//!
//! What is written in the Dockerfile is quoted, so that no shell reads it.

use crate::scalar::shell::quote;

/// Where the files go, and whose they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    /// The path, as in the Dockerfile.
    pub(super) path: &'a str,
    /// Whether its form says that it is a directory.
    pub(super) is_directory: bool,
    /// `user` or `user:group`; `None` is root.
    pub(super) owner: Option<&'a str>,
}

impl Target<'_> {
    /// The path as a word that is no option.
    fn word(&self, name: &str) -> String {
        let path = self.path.trim_end_matches('/');
        let path = match name {
            "" if path.is_empty() => "/".to_owned(),
            "" => path.to_owned(),
            name => format!("{path}/{name}"),
        };
        quote(&if path.starts_with('-') { format!("./{path}") } else { path })
    }

    /// Makes a directory. The parents that it makes have the same owner, as Docker's.
    fn make(&self, directory: &str) -> String {
        let Some(owner) = self.owner() else { return format!("mkdir -p {directory}") };
        format!(
            "SBX_NEW= && SBX_UP={directory} && \
             while [ ! -e \"$SBX_UP\" ]; do SBX_NEW=$SBX_UP; SBX_UP=$(dirname \"$SBX_UP\"); done && \
             mkdir -p {directory} && {{ [ -z \"$SBX_NEW\" ] || chown -R {owner} \"$SBX_NEW\"; }}"
        )
    }

    /// The owner as a word: a user without a group implies the group of the same name, as for
    /// copied files.
    fn owner(&self) -> Option<String> {
        let owner = self.owner?;
        let owner = if owner.contains(':') { owner.to_owned() } else { format!("{owner}:{owner}") };
        Some(quote(&owner))
    }
}

/// A file to download.
pub(super) struct Download<'a> {
    pub(super) url: &'a str,
    /// The name that the file gets in a directory, if the URL has one.
    pub(super) name: Option<&'a str>,
    /// Its SHA-256 in hexadecimal digits.
    pub(super) sha256: Option<&'a str>,
    pub(super) mode: u16,
}

/// Downloads `SBX_URL` to `SBX_ADD`. `curl` is part of E2B's sandboxes, but not of each image.
const FETCH: &str = "if command -v curl >/dev/null; then curl -fsSLgo \"$SBX_ADD\" \"$SBX_URL\"; \
     elif command -v wget >/dev/null; then wget -qO \"$SBX_ADD\" \"$SBX_URL\"; \
     else echo 'ADD needs curl or wget to download a file' >&2; false; fi";

/// The command that downloads a file.
pub(super) fn download(file: &Download<'_>, target: Target<'_>) -> String {
    let name = file.name.unwrap_or_default();
    let mut parts = if target.is_directory {
        vec![format!("SBX_ADD={}", target.word(name))]
    } else {
        let inside = format!("[ ! -d \"$SBX_ADD\" ] || SBX_ADD=\"$SBX_ADD\"/{}", quote(name));
        let inside = file.name.map(|_| format!("{{ {inside}; }}"));
        [Some(format!("SBX_ADD={}", target.word(""))), inside].into_iter().flatten().collect()
    };
    parts.push(format!("SBX_URL={}", quote(file.url)));
    parts.push(target.make("\"$(dirname \"$SBX_ADD\")\""));
    parts.push("rm -f \"$SBX_ADD\"".to_owned());
    parts.push(FETCH.to_owned());
    if let Some(digits) = file.sha256 {
        // The shell's last program decides, so a pipe loses no failure.
        parts.push(format!("printf '%s  %s\\n' {digits} \"$SBX_ADD\" | sha256sum -c -"));
    }
    parts.push(format!("chmod {:o} \"$SBX_ADD\"", file.mode));
    parts.extend(target.owner().map(|owner| format!("chown {owner} \"$SBX_ADD\"")));
    parts.join(" && ")
}

/// A Git repository to copy.
pub(super) struct Repository<'a> {
    pub(super) url: &'a str,
    /// The branch, tag or commit; empty for the default branch.
    pub(super) reference: &'a str,
    /// The directory to copy; empty for all.
    pub(super) directory: &'a str,
    /// The first digits of the commit.
    pub(super) commit: Option<&'a str>,
    /// Whether `.git` is kept.
    pub(super) keeps_git_dir: bool,
    pub(super) mode: Option<u16>,
}

/// The fewest digits of a commit's abbreviated name.
const SHORTEST_COMMIT: usize = 7;

/// The command that copies the files of a repository. They are those of a shallow clone.
pub(super) fn repository(repository: &Repository<'_>, target: Target<'_>) -> String {
    let git = "git -C \"$SBX_GIT\"";
    let mut parts = vec![
        "SBX_ADD=$(mktemp -d) && SBX_GIT=$SBX_ADD/git && git init -q \"$SBX_GIT\"".to_owned(),
        format!("{git} remote add origin {}", quote(repository.url)),
        checkout(git, repository.reference),
    ];
    if let Some(commit) = repository.commit {
        parts.push(format!(
            "case $({git} rev-parse HEAD) in {commit}*) ;; \
             *) echo 'the commit is not {commit}' >&2; false;; esac"
        ));
    }
    parts.push(format!("{git} submodule update -q --init --recursive --depth 1"));
    if !repository.keeps_git_dir {
        parts.push("find \"$SBX_GIT\" -name .git -prune -exec rm -rf {} +".to_owned());
    }
    parts.extend(repository.mode.map(|mode| format!("chmod -R {mode:o} \"$SBX_GIT\"")));
    parts.extend(target.owner().map(|owner| format!("chown -R {owner} \"$SBX_GIT\"")));
    parts.push(format!("SBX_TO={}", target.word("")));
    parts.push(target.make("\"$SBX_TO\""));
    let from = match repository.directory.trim_matches('/') {
        "" => String::new(),
        directory => format!("/{}", quote(directory)),
    };
    parts.push(into_target(&format!("\"$SBX_GIT\"{from}")));
    parts.push("rm -rf \"$SBX_ADD\"".to_owned());
    parts.join(" && ")
}

/// An archive that was copied, and is extracted and removed.
///
/// Its owners are numbers, as for Docker, and the directory that it is extracted into keeps its own
/// owner and mode.
#[derive(Debug, Clone, Copy)]
pub struct Extraction<'a> {
    /// The path of the archive, in a directory that is removed with it.
    pub archive: &'a str,
    /// The letter of `tar` for its compression; empty for none.
    pub letter: &'a str,
    /// A program that `tar` needs, and that a base may lack.
    pub program: Option<&'a str>,
    /// The directory to extract it into.
    pub target: &'a str,
    /// The owner of all files; `None` keeps those of the archive.
    pub owner: Option<&'a str>,
}

impl Extraction<'_> {
    /// The command.
    #[must_use]
    pub fn command(&self) -> String {
        let target = Target { path: self.target, is_directory: true, owner: self.owner };
        let staging = self.archive.rsplit_once('/').map_or(".", |(directory, _)| directory);
        let (archive, staging) = (quote(self.archive), quote(staging));
        let letter = self.letter;
        let mut parts = Vec::new();
        if let Some(program) = self.program {
            parts.push(format!(
                "{{ command -v {program} >/dev/null || \
                 {{ echo 'ADD needs {program} to extract an archive' >&2; false; }}; }}"
            ));
        }
        parts.push(format!("SBX_TO={}", target.word("")));
        parts.push(target.make("\"$SBX_TO\""));
        match target.owner() {
            // An entry for the directory itself changes it.
            None => parts.push(format!(
                "SBX_OWN=$(stat -c %u:%g \"$SBX_TO\") && SBX_MODE=$(stat -c %a \"$SBX_TO\") && \
                 tar --numeric-owner $(tar --help 2>&1 | grep -o -m1 -e --keep-directory-symlink) \
                 -x{letter}pf {archive} -C \"$SBX_TO\" && \
                 chown \"$SBX_OWN\" \"$SBX_TO\" && chmod \"$SBX_MODE\" \"$SBX_TO\""
            )),
            Some(owner) => {
                let tree = format!("{staging}/tree");
                parts.push(format!(
                    "mkdir {tree} && tar -x{letter}pf {archive} -C {tree} && chown -R {owner} {tree}"
                ));
                parts.push(into_target(&tree));
            }
        }
        parts.push(format!("rm -rf {staging}"));
        parts.join(" && ")
    }
}

/// Copies the content of a directory to `SBX_TO`, with owners and permissions. Not the directory as
/// a whole, whose own would become those of the target.
fn into_target(directory: &str) -> String {
    format!(
        "find {directory} -mindepth 1 -maxdepth 1 \
         -exec sh -c 'cp -a \"$@\" \"$0\"/' \"$SBX_TO\" {{}} +"
    )
}

/// Fetches and checks out a branch, a tag or a commit.
fn checkout(git: &str, reference: &str) -> String {
    let word = quote(if reference.is_empty() { "HEAD" } else { reference });
    let shallow = format!("{git} fetch -q --depth 1 origin {word} && {git} checkout -q FETCH_HEAD");
    let is_commit = reference.len() >= SHORTEST_COMMIT
        && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_commit {
        return shallow;
    }
    // Servers need not hand out single commits, and never abbreviated ones.
    format!(
        "{{ {{ {shallow}; }} 2>/dev/null || \
         {{ {git} fetch -q --tags origin '+refs/heads/*:refs/remotes/origin/*' && \
         {git} checkout -q {word}; }}; }}"
    )
}
