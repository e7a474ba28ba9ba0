//! The options of installers.

/// The options of an installer; names in one text are separated by spaces.
pub(super) struct Table {
    /// Long options with a value.
    pub(super) valued: &'static str,
    /// Long options without one.
    pub(super) flags: &'static str,
    /// Short options with a value, and their long names.
    pub(super) valued_letters: &'static [(char, &'static str)],
    /// Short options without a value.
    pub(super) letters: &'static str,
    /// Other long names, and the names that they stand for.
    pub(super) synonyms: &'static [(&'static str, &'static str)],
    /// Options that decide on versions in a way that a lookup in an index does not follow.
    pub(super) deciding: &'static str,
}

/// Source: `pip install --help` of pip 26; `tests/packages/options.py` compares it with pip's parser.
pub(super) const PIP: Table = Table {
    valued: "abi all-releases build-constraint cache-dir cert client-cert config-settings \
             constraint default-timeout editable exists-action extra-index-url find-links \
             global-option group implementation index-url keyring-provider log no-binary \
             only-binary only-final platform prefix progress-bar proxy python python-version \
             refresh-package report requirement requirements-from-script resume-retries retries \
             root root-user-action src target timeout trusted-host upgrade-strategy \
             uploaded-prior-to use-deprecated use-feature",
    flags: "break-system-packages check-build-dependencies compile debug \
             disable-pip-version-check dry-run force-reinstall ignore-installed \
             ignore-requires-python isolated no-build-isolation no-cache-dir no-clean no-color \
             no-compile no-dependencies no-deps no-index no-input no-proxy-env \
             no-python-version-warning no-require-hashes no-user no-warn-conflicts \
             no-warn-script-location only-deps pre prefer-binary quiet require-hashes \
             require-virtualenv upgrade use-pep517 user verbose",
    valued_letters: &[
        ('c', "constraint"),
        ('e', "editable"),
        ('f', "find-links"),
        ('i', "index-url"),
        ('r', "requirement"),
        ('t', "target"),
        ('C', "config-settings"),
    ],
    letters: "IUqv",
    synonyms: &[
        ("local-log", "log"),
        ("log-file", "log"),
        ("only-dependencies", "only-deps"),
        ("pypi-url", "index-url"),
        ("require-venv", "require-virtualenv"),
        ("source", "src"),
        ("source-dir", "src"),
        ("source-directory", "src"),
    ],
    deciding: "abi all-releases constraint find-links ignore-requires-python implementation \
             no-binary no-index only-binary only-deps only-final platform python python-version \
             require-hashes uploaded-prior-to",
};

/// Source: `@npmcli/config` of npm 11; `tests/packages/options.py` compares it with npm's table.
pub(super) const NPM: Table = Table {
    valued: "allow-directory allow-file allow-git allow-remote allow-scripts audit-level before \
             ca cache cafile cpu depth fetch-retries fetch-retry-factor fetch-retry-maxtimeout \
             fetch-retry-mintimeout fetch-timeout globalconfig https-proxy include \
             install-strategy libc local-address location loglevel maxsockets min-release-age \
             min-release-age-exclude noproxy omit only os prefix proxy registry save-prefix scope \
             script-shell tag umask userconfig workspace",
    flags: "audit bin-links dangerously-allow-all-scripts dev dry-run engine-strict force \
             foreground-scripts fund global global-style ignore-scripts include-workspace-root \
             install-links json legacy-bundling legacy-peer-deps no-audit no-bin-links no-fund \
             no-optional no-package-lock no-progress no-save no-update-notifier offline \
             omit-lockfile-registry-resolved optional package-lock package-lock-only \
             prefer-dedupe prefer-offline prefer-online production progress quiet save \
             save-bundle save-dev save-exact save-optional save-peer save-prod silent \
             strict-allow-scripts strict-peer-deps strict-ssl unsafe-perm update-notifier verbose \
             workspaces yes",
    valued_letters: &[('w', "workspace"), ('C', "prefix")],
    letters: "BDEOPSfglpqsy",
    synonyms: &[("reg", "registry"), ("enjoy-by", "before")],
    deciding: "before globalconfig min-release-age offline userconfig",
};

/// Source: `bun install --help` of Bun 1.3.
pub(super) const BUN: Table = Table {
    valued: "backend ca cache-dir cafile concurrent-scripts config cpu cwd filter linker \
             minimum-release-age network-concurrency omit os registry",
    flags: "dev dry-run exact force frozen-lockfile global ignore-scripts lockfile-only no-cache \
             no-progress no-save no-summary no-verify only-missing optional peer production save \
             save-text-lockfile silent trust verbose yarn",
    valued_letters: &[('c', "config")],
    letters: "DEadfgpy",
    synonyms: &[],
    deciding: "config minimum-release-age",
};

/// Whether a list of names has this one.
pub(super) fn has(names: &str, name: &str) -> bool {
    names.split(' ').any(|known| known == name)
}
