//! Completes the names of profiles, which the manifest in the working directory has.
//!
//! The scripts of `clap_complete` know options and fixed values. That a program completes its own
//! arguments is behind its feature `unstable-dynamic`, so the scripts get a function that reads the
//! names from the headers and keys of `sandbox.toml` with `sed`.

use clap_complete::Shell;

/// Prints the names in the manifest; the pattern is that of profile names.
const NAMES: &str =
    r"sed -n -E 's/^[[:space:]]*\[?profiles\.([a-z0-9-]+).*/\1/p' sandbox.toml 2>/dev/null";

/// What the generated script of bash does for an option of any text.
const BASH_FILES: &str = "--profile)\n                    COMPREPLY=($(compgen -f \"${cur}\"))";

/// The script of a shell, with names of profiles where it can run a function.
pub(super) fn complete(shell: Shell, script: &str) -> String {
    match shell {
        Shell::Bash => {
            let names = "--profile)\n                    \
                         COMPREPLY=($(compgen -W \"$(_sbx_profiles)\" -- \"${cur}\"))";
            let script = script.replace(BASH_FILES, names);
            let function = format!("{{ echo base; {NAMES}; }} | sort -u");
            format!("_sbx_profiles() {{\n    {function}\n}}\n\n{script}")
        }
        Shell::Zsh => {
            let function = format!(
                "_sbx_profiles() {{\n    local -a names\n    names=(${{(f)\"$({{ echo base; {NAMES}; }} | \
                 sort -u)\"}})\n    compadd -- $names\n}}\n\n_sbx() {{"
            );
            let script = script.replacen("_sbx() {", &function, 1);
            in_option(&script, "--profile=[", ":NAME:_default'", ":NAME:_sbx_profiles'")
        }
        Shell::Fish => {
            let function = format!(
                "function __sbx_profiles\n    begin; echo base; {NAMES}; end | sort -u\nend\n\n"
            );
            let script =
                in_option(script, " -l profile ", " -r\n", " -r -f -a \"(__sbx_profiles)\"\n");
            format!("{function}{script}")
        }
        _ => script.to_owned(),
    }
}

/// The script with another text in the lines of one option.
fn in_option(script: &str, option: &str, from: &str, to: &str) -> String {
    let lines = script
        .split_inclusive('\n')
        .map(|line| if line.contains(option) { line.replace(from, to) } else { line.to_owned() });
    lines.collect()
}
