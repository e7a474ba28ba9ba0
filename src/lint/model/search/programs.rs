//! Programs that are installed with packages of Python and Node, and those of certain directories.

/// Programs of well-known packages of Python.
pub(super) const PYTHON: &[&str] = &[
    "alembic",
    "black",
    "celery",
    "daphne",
    "django-admin",
    "fastapi",
    "flask",
    "gunicorn",
    "hypercorn",
    "ipython",
    "isort",
    "jupyter",
    "jupyter-lab",
    "jupyter-notebook",
    "langgraph",
    "mypy",
    "playwright",
    "pre-commit",
    "pytest",
    "ruff",
    "streamlit",
    "tox",
    "uvicorn",
];

/// Programs of well-known packages of Node.
pub(super) const NODE: &[&str] = &[
    "esbuild",
    "eslint",
    "http-server",
    "jest",
    "next",
    "nodemon",
    "nx",
    "pm2",
    "pm2-runtime",
    "prettier",
    "prisma",
    "serve",
    "ts-node",
    "tsc",
    "tsup",
    "tsx",
    "turbo",
    "vite",
    "vitest",
    "webpack",
];

/// Parts of directory names, with the programs that are expected there. Other programs are most
/// likely found elsewhere.
pub(super) const EXPECTED: &[(&str, &[&str])] = &[
    ("venv/bin", &["pip", "pip3", "python", "python3"]),
    ("/env/bin", &["pip", "pip3", "python", "python3"]),
    ("conda", &["conda", "mamba", "pip", "python"]),
    ("mamba", &["mamba", "micromamba", "pip", "python"]),
    ("cargo/bin", &["cargo", "rustc", "rustup"]),
    ("/usr/local/go/bin", &["go", "gofmt"]),
    (".bun/bin", &["bun", "bunx"]),
    (".deno/bin", &["deno"]),
    ("/pnpm", &["pnpm"]),
    ("poetry/bin", &["poetry"]),
    ("/uv", &["uv", "uvx"]),
    ("/root/.local/bin", &["uv", "uvx", "poetry", "pipx"]),
    ("nvm/versions", &["node", "npm", "npx"]),
    ("/cuda", &["nvcc"]),
    ("flutter/bin", &["dart", "flutter"]),
];

/// Whether a program is one of a package, and installs no others for the system.
pub(super) fn is_listed(program: &str) -> bool {
    PYTHON.contains(&program)
        || NODE.contains(&program)
        || EXPECTED.iter().any(|(_, programs)| programs.contains(&program))
}

/// Packages of Python that bring no other programs of the lists above.
pub(super) const ALONE: &[&str] =
    &["pip", "pipenv", "poetry", "setuptools", "uv", "virtualenv", "wheel"];
