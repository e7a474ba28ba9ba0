//! The tags in the name of a wheel.

use super::python::Python;

/// The parts of a wheel's name.
pub(super) struct Wheel<'a> {
    pub(super) package: &'a str,
    pub(super) version: &'a str,
    pythons: &'a str,
    abis: &'a str,
    platforms: &'a str,
}

impl<'a> Wheel<'a> {
    /// Takes a name without `.whl` apart; a build number is left out.
    pub(super) fn parse(stem: &'a str) -> Option<Self> {
        let parts: Vec<_> = stem.split('-').collect();
        let (package, version, pythons, abis, platforms) = match parts.as_slice() {
            [package, version, pythons, abis, platforms]
            | [package, version, _, pythons, abis, platforms] => {
                (*package, *version, *pythons, *abis, *platforms)
            }
            _ => return None,
        };
        Some(Self { package, version, pythons, abis, platforms })
    }

    /// Whether `CPython` on Linux for amd64 installs it; without a version, any of Python 3.
    pub(super) fn fits(&self, python: Option<&Python>) -> bool {
        let minor = python.and_then(Python::minor);
        self.platforms.split('.').any(is_platform)
            && self.pythons.split('.').any(|tag| self.fits_python(tag, minor))
            && self.abis.split('.').any(|abi| is_abi(abi, minor))
    }

    fn fits_python(&self, tag: &str, minor: Option<u64>) -> bool {
        let of = |kind: &str| tag.strip_prefix(kind)?.strip_prefix('3');
        let (Some(text), is_generic) = (of("py").or_else(|| of("cp")), tag.starts_with("py"))
        else {
            return false;
        };
        if text.is_empty() {
            return true;
        }
        let (Ok(tagged), Some(minor)) = (text.parse::<u64>(), minor) else {
            return text.parse::<u64>().is_ok();
        };
        let is_stable = self.abis.split('.').any(|abi| abi == "abi3");
        tagged == minor || (tagged < minor && (is_generic || is_stable))
    }
}

fn is_platform(tag: &str) -> bool {
    tag == "any"
        || tag.strip_suffix("_x86_64").is_some_and(|system| {
            system == "linux" || system.starts_with("manylinux") || system.starts_with("musllinux")
        })
}

/// Whether the interpreter has an ABI: free-threaded ones (`cp313t`) are not those of images.
fn is_abi(abi: &str, minor: Option<u64>) -> bool {
    if matches!(abi, "none" | "abi3") {
        return true;
    }
    let Some(version) = abi.strip_prefix("cp3") else { return false };
    let version = version.trim_end_matches(['m', 'd', 'u']);
    let Ok(tagged) = version.parse::<u64>() else { return false };
    minor.is_none_or(|minor| minor == tagged)
}
