//! Operating systems of base images, which provisioning may or may not support.

/// What a base image is built on, as `ID` in its `/etc/os-release` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distribution {
    /// Debian.
    Debian,
    /// Ubuntu.
    Ubuntu,
    /// Alpine: `apk` and musl.
    Alpine,
    /// Fedora.
    Fedora,
    /// `CentOS`, with its Stream.
    CentOs,
    /// Rocky Linux.
    Rocky,
    /// `AlmaLinux`.
    Alma,
    /// Arch Linux.
    Arch,
    /// Red Hat Enterprise Linux, also as UBI.
    RedHat,
    /// Oracle Linux.
    Oracle,
    /// Amazon Linux.
    Amazon,
    /// openSUSE and SUSE Linux Enterprise.
    Suse,
    /// Azure Linux, formerly Mariner.
    Azure,
    /// Wolfi and Chainguard's images.
    Wolfi,
    /// `BusyBox` alone, without a distribution.
    BusyBox,
    /// No operating system: neither a shell nor a package manager.
    None,
    /// Windows.
    Windows,
}

impl Distribution {
    /// Its name in a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debian => "Debian",
            Self::Ubuntu => "Ubuntu",
            Self::Alpine => "Alpine",
            Self::Fedora => "Fedora",
            Self::CentOs => "CentOS",
            Self::Rocky => "Rocky Linux",
            Self::Alma => "AlmaLinux",
            Self::Arch => "Arch Linux",
            Self::RedHat => "Red Hat Enterprise Linux",
            Self::Oracle => "Oracle Linux",
            Self::Amazon => "Amazon Linux",
            Self::Suse => "SUSE",
            Self::Azure => "Azure Linux",
            Self::Wolfi => "Wolfi",
            Self::BusyBox => "BusyBox",
            Self::None => "an image without an operating system",
            Self::Windows => "Windows",
        }
    }

    /// Whether its packages are those of apt.
    #[must_use]
    pub const fn has_apt(self) -> bool {
        matches!(self, Self::Debian | Self::Ubuntu)
    }

    /// Whether no Linux sandbox can run commands in it.
    #[must_use]
    pub const fn has_no_shell(self) -> bool {
        matches!(self, Self::None | Self::Windows)
    }
}
