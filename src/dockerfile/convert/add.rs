//! `ADD` of a URL or of a Git repository, as a command that root runs.
//!
//! The times of last modification are those of the download, not those that a server tells.

mod script;

use percent_encoding::percent_decode_str;

use super::Converter;
use super::chmod::Permissions;
use super::copy::Common;
use crate::dockerfile::instruction::Instruction;
use crate::dockerfile::{syntax, unsupported};
use crate::source::Spanned;
use crate::template::{InstructionKind, Run};

pub use script::Extraction;
use script::{Download, Repository, Target};

/// The permissions of a downloaded file.
const DOWNLOADED: u16 = 0o600;

/// The length of a SHA-256 in hexadecimal digits.
const SHA256: usize = 64;

/// A source that `ADD` does not read from the build context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remote {
    /// A file behind `http://` or `https://`.
    File,
    /// A Git repository.
    Git,
    /// A repository that needs an SSH key.
    Ssh,
    /// A URL of another scheme, which Docker does not know.
    Unknown,
}

impl Remote {
    /// What kind of remote source a word names; `None` for a path.
    pub(super) fn of(source: &str) -> Option<Self> {
        let path = source.split(['#', '?']).next().unwrap_or(source);
        let Some((scheme, _)) = source.split_once("://") else {
            return is_scp(path).then_some(Self::Ssh);
        };
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c));
        match scheme {
            "http" | "https" if path.strip_suffix(".git").is_some() => Some(Self::Git),
            "http" | "https" => Some(Self::File),
            "git" => Some(Self::Git),
            "ssh" => Some(Self::Ssh),
            _ => is_scheme.then_some(Self::Unknown),
        }
    }
}

/// Whether a text is `user@host:path`.
fn is_scp(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('@') else { return false };
    let is_name = |name: &str, more: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    rest.split_once(':')
        .is_some_and(|(host, path)| is_name(user, "-_") && is_name(host, "-.") && !path.is_empty())
}

impl Converter<'_> {
    pub(super) fn add_remote(
        &mut self,
        instruction: &Instruction,
        (source, remote): (&Spanned<String>, Remote),
        common: &Common,
    ) {
        let invalid = |c: char| c.is_whitespace() || c.is_control();
        if source.value.contains(invalid) {
            let fault = syntax(source.span, format!("`{}` is not a URL", source.value));
            return self.push_fault(fault.help("write `%20` for a space"));
        }
        let command = match remote {
            Remote::File => self.download(source, common),
            Remote::Git => self.repository(source, common),
            Remote::Ssh => {
                let fault = unsupported(
                    source.span,
                    "`ADD` of a repository over SSH is not supported",
                )
                .label("build steps have no SSH keys")
                .help(
                    "write its `https://` URL if it is public; else clone it before the build, \
                         and `COPY` the files",
                );
                return self.push_fault(fault);
            }
            Remote::Unknown => {
                let message = format!("`ADD` cannot download `{}`", source.value);
                let help = "write a URL with `http://` or `https://`, or download it in a `RUN`";
                return self.push_fault(unsupported(source.span, message).help(help));
            }
        };
        if let Some(command) = command {
            let label = Some(format!("ADD {} {}", source.value, common.target));
            let run = Run { label, ..Run::as_root(command) };
            self.push(InstructionKind::Run(run), instruction.place());
        }
    }

    /// The command that downloads a file.
    fn download(&mut self, source: &Spanned<String>, common: &Common) -> Option<String> {
        let name = file_name(&source.value);
        if name.is_none() && common.is_directory() {
            let example = format!("{}/file", common.target.trim_end_matches('/'));
            let fault = syntax(source.span, "the path of the URL has no file name")
                .help(format!("name the file in the target, such as `{example}`"));
            self.push_fault(fault);
            return None;
        }
        if common.unpack == Some(true) {
            let fault = unsupported(source.span, "`ADD --unpack` of a URL is not supported")
                .help("download and unpack it in a `RUN`, such as `RUN curl -fsSL … | tar -xz`");
            self.push_fault(fault);
            return None;
        }
        let sha256 = match &common.checksum {
            Some(checksum) => Some(self.sha256(checksum)?),
            None => None,
        };
        let mode = common.permissions.as_ref().map(|permissions| permissions.of_file(DOWNLOADED));
        let file = Download {
            url: &source.value,
            name: name.as_deref(),
            sha256: sha256.as_deref(),
            mode: mode.map_or(DOWNLOADED, |mode| mode.bits),
        };
        Some(script::download(&file, common.script_target()))
    }

    /// The digits of a checksum.
    fn sha256(&mut self, checksum: &Spanned<String>) -> Option<String> {
        let digits = checksum.value.strip_prefix("sha256:");
        let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        let digits = digits.filter(|digits| digits.len() == SHA256 && digits.chars().all(is_digit));
        if digits.is_none() {
            let message = format!("`{}` is not the checksum of a file", checksum.value);
            let help =
                "write `sha256:` and 64 lower-case hexadecimal digits, which `sha256sum` prints";
            self.push_fault(syntax(checksum.span, message).help(help));
        }
        digits.map(str::to_owned)
    }

    /// The command that copies the files of a Git repository.
    fn repository(&mut self, source: &Spanned<String>, common: &Common) -> Option<String> {
        let mut refuse = |message: &str, help: &str| {
            self.push_fault(unsupported(source.span, message).help(help));
            None
        };
        if source.value.contains('?') {
            let message = "a query in the URL of a repository is not supported";
            let help = "write the branch, tag or commit behind `#`, and a directory behind `:`";
            return refuse(message, help);
        }
        let mode = match &common.permissions {
            Some(Permissions::Mode(mode)) => Some(mode.bits),
            Some(Permissions::Change(_)) => {
                let message = "a symbolic `--chmod` of a repository is not supported";
                return refuse(message, "write octal digits, or change the files in a `RUN`");
            }
            None => None,
        };
        let (url, fragment) = source.value.split_once('#').unwrap_or((&source.value, ""));
        let (reference, directory) = fragment.split_once(':').unwrap_or((fragment, ""));
        if reference.starts_with('-') || directory.split('/').any(|part| part == "..") {
            let fault = syntax(source.span, format!("`#{fragment}` is not a part of a repository"));
            self.push_fault(fault.help("write `#branch`, or `#branch:directory`"));
            return None;
        }
        let commit = match &common.checksum {
            Some(checksum) => Some(self.commit(checksum)?),
            None => None,
        };
        let repository = Repository {
            url,
            reference,
            directory,
            commit: commit.as_deref(),
            keeps_git_dir: common.keeps_git_dir,
            mode,
        };
        Some(script::repository(&repository, common.script_target()))
    }

    /// The beginning of a commit's name, as a checksum.
    fn commit(&mut self, checksum: &Spanned<String>) -> Option<String> {
        let digits = &checksum.value;
        let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
        if digits.is_empty() || digits.len() > SHA256 || !digits.chars().all(is_digit) {
            let message = format!("`{digits}` is not the checksum of a repository");
            let help = "write the name of the commit, or its first digits";
            self.push_fault(syntax(checksum.span, message).help(help));
            return None;
        }
        Some(digits.clone())
    }
}

impl Common {
    fn script_target(&self) -> Target<'_> {
        let (path, is_directory) = (self.target.as_str(), self.is_directory());
        Target { path, is_directory, owner: self.owner.as_deref() }
    }
}

/// The name of a file: the last part of a URL's path.
fn file_name(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (_, path) = rest.split(['?', '#']).next()?.split_once('/')?;
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let is_name = !matches!(name, "" | "." | "..") && !name.contains(char::is_control);
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_sources_are_told_from_paths() {
        for (source, remote) in [
            ("https://example.com/a.tgz", Some(Remote::File)),
            ("http://example.com/a.git.tgz?x=.git", Some(Remote::File)),
            ("https://example.com/a.git", Some(Remote::Git)),
            ("https://example.com/a.git#v1:docs", Some(Remote::Git)),
            ("git://example.com/a", Some(Remote::Git)),
            ("git@example.com:a/b.git", Some(Remote::Ssh)),
            ("deploy-1@host:a", Some(Remote::Ssh)),
            ("ssh://git@example.com/a", Some(Remote::Ssh)),
            ("ftp://example.com/a", Some(Remote::Unknown)),
            ("github.com/a/b", None),
            ("a@b.txt", None),
            ("dir/a@b:c", None),
            ("a:b", None),
            ("./x://y", None),
        ] {
            assert_eq!(Remote::of(source), remote, "{source}");
        }
    }

    #[test]
    fn the_name_of_a_file_is_the_end_of_the_path() {
        let name = |url| file_name(url).unwrap_or_default();
        assert_eq!(name("https://example.com/a/b.tgz?x=/y#/z"), "b.tgz");
        assert_eq!(name("https://example.com/a/"), "a");
        assert_eq!(name("https://example.com/a%20b%2Fc%24"), "c$");
        for none in [
            "https://example.com",
            "https://example.com/",
            "https://example.com/?a=/b",
            "https://example.com/a/..",
            "https://example.com/%0A",
            "https://example.com/%ff",
        ] {
            assert_eq!(file_name(none), None, "{none}");
        }
    }
}
