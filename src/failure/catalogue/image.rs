//! Base images that cannot be pulled, or that cannot become a sandbox.

use super::super::cause::{Cause, When, log, said, said_at_last};

pub(super) const CAUSES: &[Cause] = &[
    Cause {
        name: "image-unknown",
        about: "the image or tag does not exist",
        found: "the image `{it}` does not exist",
        help: "correct the name or tag of the image in `from`; a private image needs `auth`",
        evidence: "E2B's server, `wrapImagePullError` in core/oci/oci.go; Docker 28: `manifest for … not found: manifest unknown`; BuildKit 0.12: `failed to resolve source metadata for …: not found`",
        signs: &[
            said("^image '(?P<it>[^']+)' not found: the image or tag does not exist"),
            said("^repository '(?P<it>[^']+)' not found: verify the image name"),
            log(3, r"manifest for (?P<it>\S+) not found: manifest unknown"),
            log(3, r"failed to resolve source metadata for (?P<it>\S+): \S+: not found"),
        ],
        when: When::Always,
    },
    Cause {
        name: "image-access-denied",
        about: "the registry denies access to the image",
        found: "the registry denies access to `{it}`",
        help: "check the name of the image, and authenticate with `from = { image = \"…\", auth = { type = \"basic\", username = \"…\", password = { env = \"NAME\" } } }` if it is private",
        evidence: "E2B's server, `wrapImagePullError` in core/oci/oci.go; Docker 28: `pull access denied for …`",
        signs: &[
            said("^access denied to '(?P<it>[^']+)': "),
            log(
                3,
                "pull access denied for (?P<it>[^, ]+), repository does not exist or may require",
            ),
        ],
        when: When::Always,
    },
    Cause {
        name: "registry-rate-limited",
        about: "the rate limit of the registry is exceeded",
        found: "the rate limit of the registry is exceeded",
        help: "apply again later, authenticate with `auth`, or use a copy in another registry",
        evidence: "E2B's server, `wrapImagePullError`: `registry returned status code 429`; Docker Hub: `toomanyrequests: You have reached your pull rate limit`",
        signs: &[
            said("^failed to pull image '(?P<it>[^']+)': registry returned status code 429"),
            said("toomanyrequests: "),
            log(3, "toomanyrequests: "),
        ],
        when: When::Always,
    },
    Cause {
        name: "image-not-pulled",
        about: "the image could not be pulled",
        found: "the image `{it}` could not be pulled",
        help: "check that the registry can be reached from the internet and has the image; if so, apply again",
        evidence: "E2B's server, `wrapImagePullError` and `verifyImagePlatform` in core/oci/oci.go",
        signs: &[
            said("^failed to pull image '(?P<it>[^']+)': "),
            said("^failed to inspect image '(?P<it>[^']+)': "),
        ],
        when: When::Always,
    },
    Cause {
        name: "image-wrong-architecture",
        about: "the image has no variant for linux/amd64",
        found: "the image is not built for linux/amd64",
        help: "build and push it for that platform: `docker build --platform linux/amd64 …`",
        evidence: "E2B's server, `verifyImagePlatform` in core/oci/oci.go; Docker 28: `no matching manifest for linux/amd64 in the manifest list entries`",
        signs: &[
            said(r#"^image architecture "[^"]+" does not match expected "amd64""#),
            said("no matching manifest for linux/amd64"),
            log(3, "no matching manifest for linux/amd64"),
        ],
        when: When::Always,
    },
    Cause {
        name: "image-reference-invalid",
        about: "the image reference is invalid",
        found: "`{it}` is not a valid image reference",
        help: "write it as `registry/name:tag`, with everything but the tag in lower case",
        evidence: "E2B's server, `GetPublicImage` in core/oci/oci.go",
        signs: &[said("^invalid image reference '(?P<it>[^']+)'")],
        when: When::Always,
    },
    Cause {
        name: "image-too-large",
        about: "the image is too large for the platform",
        found: "the image is too large for the platform",
        help: "use a smaller variant, such as a `-slim` one, or remove files from it",
        evidence: "E2B's server, `ImageTooLargeError` in core/oci/oci.go",
        signs: &[
            said("^the uncompressed Docker image size .* exceeds the maximum filesystem size"),
            said("^the Docker image is too large for the maximum filesystem size"),
        ],
        when: When::Always,
    },
    Cause {
        name: "distribution-unsupported",
        about: "the platform does not support the distribution of the image",
        found: "`{platform}` does not support the distribution `{it}`",
        help: "use an image of Debian or Ubuntu: `from = { debian = \"12\" }`, or `python`, `node`, with a tag that is not `alpine`",
        evidence: "E2B's server, `ShellSelector` in phases/base/distro/distro.go",
        signs: &[
            log(30, "^.?provision. ERROR: unsupported base image distribution: ID='(?P<it>[^']*)'"),
            log(
                30,
                "^.?provision. ERROR: base image distribution ID='(?P<it>[^']*)' is not supported",
            ),
        ],
        when: When::Always,
    },
    Cause {
        name: "image-not-provisioned",
        about: "the platform could not provision a sandbox from the image",
        found: "no sandbox could be provisioned from `{base}`",
        help: "use an image of Debian or Ubuntu with working package sources, not Alpine, BusyBox or `scratch`: the platform installs what a sandbox needs with the image's package manager",
        evidence: "E2B's server, `provisionSandbox` in phases/base/provision.go; e2b-dev/E2B issue 1280; Novita's documentation: apt and glibc only",
        signs: &[said_at_last("error waiting for provisioning sandbox: ")],
        when: When::Always,
    },
];
