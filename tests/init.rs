//! `sbx init` in directories with projects: the manifest fits, and is clean.

use std::fs;

use crate::support::{Workspace, snapshot};

const PROJECT: &str = "[project]\nname = \"app\"\nversion = \"0.1.0\"\n";
const BUILT: &str = "[build-system]\nrequires = [\"hatchling\"]\n";
const API: &str = "from fastapi import FastAPI\n\napp = FastAPI()\n";
const PACKAGE: &str = r#"{"name": "app", "scripts": {"build": "tsc", "start": "node server.js"}}"#;

/// The files of projects, by the name of the case.
const PROJECTS: &[(&str, &[(&str, &str)])] = &[
    ("requirements", &[("requirements.txt", "fastapi\nuvicorn\n"), ("main.py", API)]),
    ("requirements-alone", &[("requirements.txt", "requests\n"), (".python-version", "3.11.9\n")]),
    ("pyproject", &[("pyproject.toml", PROJECT), ("app.py", "print()\n")]),
    (
        "uv",
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"app\"\nversion = \"1\"\ndependencies = [\"uvicorn\"]\n",
            ),
            ("uv.lock", "version = 1\n"),
            ("app.py", API),
        ],
    ),
    ("npm", &[("package.json", PACKAGE), ("server.js", "")]),
    (
        "npm-locked",
        &[
            ("package.json", r#"{"name": "app"}"#),
            ("package-lock.json", "{}"),
            (".nvmrc", "v20.11.0\n"),
        ],
    ),
    ("pnpm", &[("package.json", PACKAGE), ("pnpm-lock.yaml", "")]),
    ("bun", &[("package.json", PACKAGE), ("bun.lock", "")]),
    (
        "go",
        &[
            ("go.mod", "module example.com/app\n\ngo 1.24.1\n"),
            ("go.sum", ""),
            ("main.go", "package main\n"),
        ],
    ),
    (
        "rust",
        &[("Cargo.toml", "[package]\nname = \"app\"\n"), ("Cargo.lock", ""), ("src/main.rs", "")],
    ),
    (
        "dockerfile",
        &[
            ("Dockerfile", "FROM python:3.12\nRUN pip install flask\nCMD [\"flask\", \"run\"]\n"),
            ("package.json", "{}"),
        ],
    ),
];

#[test]
fn a_project_gets_a_manifest_that_fits() {
    for (name, files) in PROJECTS {
        let workspace = Workspace::empty();
        for (path, text) in *files {
            workspace.write(path, text);
        }
        let ran = workspace.run(&["init", "--name", "app"]).ends(0);
        let text = fs::read_to_string(workspace.path().join("sandbox.toml")).expect("a manifest");
        snapshot("snapshots/init", name, &format!("{text}\n----\n{}", ran.stderr));
        for platform in ["novita", "e2b", "local"] {
            let given = ["check", "--deny", "warnings", "--platform", platform];
            let ran = workspace.run(&given).ends(0);
            assert_eq!(ran.stdout, "", "{name} on {platform}");
        }
        workspace.run(&["fmt", "--check"]).ends(0);
        workspace.run(&["apply", "--platform", "local"]).ends(0);
        workspace.run(&["init"]).ends(2);
    }
}

#[test]
fn a_kind_is_an_example_whatever_the_directory_holds() {
    let workspace = Workspace::empty();
    workspace.write("Cargo.toml", "[package]\n");
    workspace.write("Dockerfile", "FROM debian:12\n");
    workspace.run(&["init", "--kind", "node"]).ends(0);
    let text = fs::read_to_string(workspace.path().join("sandbox.toml")).expect("a manifest");
    assert!(text.contains("node = \"22\""), "{text}");
}

#[test]
fn a_package_that_can_be_built_is_installed() {
    let workspace = Workspace::empty();
    workspace.write("pyproject.toml", format!("{PROJECT}\n{BUILT}"));
    workspace.run(&["init"]).ends(0);
    let text = fs::read_to_string(workspace.path().join("sandbox.toml")).expect("a manifest");
    assert!(text.contains("pip = \".\""), "{text}");
}
