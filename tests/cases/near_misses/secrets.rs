//! Secrets in plain text.

use super::Case;

pub const CASES: &[Case] = &[(
    "plaintext-secret",
    &[
        "COPY <<'E' .npmrc\n//registry.npmjs.org/:_authToken=npm_4eYxW2kP9sLqT7vB1nC8dF5gH3jK6mR0aZ\nE",
    ],
    &[
        "COPY <<'E' /a\nTOKEN=$TOKEN\nE",
        "COPY <<E /a\npassword = changeme\nE",
        "COPY <<'E' /a\nif token == \"\":\n    exit(1)\nE",
    ],
)];
