use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

#[test]
fn official_images_are_recognized_by_every_name() {
    let family = |reference| Image::of(reference).map(|image| image.family.repository);
    assert_eq!(family("python:3.12-slim"), Some("python"));
    assert_eq!(family("docker.io/library/node"), Some("node"));
    assert_eq!(family("public.ecr.aws/docker/library/debian:12"), Some("debian"));
    assert_eq!(family("oven/bun:1.2-slim"), Some("oven/bun"));
    for other in ["bitnami/python:3", "ghcr.io/a/node", "node@sha256:0", "python:3-nanoserver"] {
        assert_eq!(family(other), None, "{other}");
    }
}

#[test]
fn a_reference_tells_the_distribution() {
    use Distribution as D;
    for (reference, expected) in [
        ("alpine", Some(D::Alpine)),
        ("docker.io/library/alpine:3.22@sha256:0", Some(D::Alpine)),
        ("python:3.12-alpine", Some(D::Alpine)),
        ("node:22-alpine3.22", Some(D::Alpine)),
        ("myteam/app:1-alpine", Some(D::Alpine)),
        ("docker:27-dind", Some(D::Alpine)),
        ("python:3.12-slim", Some(D::Debian)),
        ("fedora/fedora:42", Some(D::Fedora)),
        ("gcr.io/distroless/cc-debian12:nonroot", Some(D::None)),
        ("ghcr.io/astral-sh/uv:0.5", Some(D::None)),
        ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", Some(D::Debian)),
        ("hello-world:linux", Some(D::None)),
        ("registry.access.redhat.com/ubi9/ubi:9.4", Some(D::RedHat)),
        ("nvidia/cuda:12.4.1-devel-rockylinux9", Some(D::Rocky)),
        ("nvidia/cuda:12.4.1-devel-ubuntu22.04", Some(D::Ubuntu)),
        ("openjdk:17", Some(D::Oracle)),
        ("openjdk:17-slim", Some(D::Debian)),
        ("openjdk:17-jdk-slim", Some(D::Debian)),
        ("openjdk:11", Some(D::Debian)),
        ("openjdk:8u342-jre", Some(D::Debian)),
        ("openjdk:17-alpine", Some(D::Alpine)),
        ("mcr.microsoft.com/dotnet/sdk:8.0", Some(D::Debian)),
        ("mcr.microsoft.com/dotnet/sdk:10.0", Some(D::Ubuntu)),
        ("mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled", Some(D::None)),
        ("mcr.microsoft.com/dotnet/framework/sdk:4.8", Some(D::Windows)),
        ("mcr.microsoft.com/devcontainers/base:ubuntu", Some(D::Ubuntu)),
        ("mcr.microsoft.com/devcontainers/base:latest", None),
        ("denoland/deno:2.1.4", Some(D::Debian)),
        ("denoland/deno:bin-2.1.4", Some(D::None)),
        ("denoland/deno:alpine-2.1.4", Some(D::Alpine)),
        ("quay.io/jupyter/base-notebook:latest", Some(D::Ubuntu)),
        ("amazoncorretto:21", Some(D::Amazon)),
        ("amazoncorretto:21-alpine3.20", Some(D::Alpine)),
        ("nats:2.10", Some(D::None)),
        ("nats:2.10-alpine", Some(D::Alpine)),
        ("cgr.dev/chainguard/static:latest", Some(D::None)),
        ("cgr.dev/chainguard/python:latest-dev", Some(D::Wolfi)),
        ("ghcr.io/astral-sh/uv:latest", Some(D::None)),
        ("ghcr.io/astral-sh/uv:0.9-debian-slim", Some(D::Debian)),
        ("ghcr.io/astral-sh/uv:python3.12-dhi", None),
        ("amd64/alpine:3.22", Some(D::Alpine)),
        ("mysql:8.0.26", None),
        ("openjdk:17-slim-bullseye", Some(D::Debian)),
        ("mcr.microsoft.com/windows/servercore:ltsc2022", Some(D::Windows)),
        ("public.ecr.aws/lambda/python:3.12", Some(D::Amazon)),
        ("ghcr.io/team/alpine:1", None),
        ("localhost:5000/fedora-tools", None),
        ("python@sha256:0", None),
        ("team/alpine-tools:2", None),
        ("ghcr.io/acme/ubuntu-noble-thing", None),
    ] {
        assert_eq!(distribution(reference), expected, "{reference}");
    }
}

#[test]
fn registries_of_one_machine_are_told_from_others() {
    let is_local = |reference: &str| Reference::parse(reference).is_local();
    for local in [
        "localhost:5000/x:1",
        "localhost/x",
        "docker.localhost/x:1",
        "127.0.0.1:5000/x",
        "127.0.0.2/x:1",
        "[::1]:5000/x",
        "0.0.0.0:5000/x",
    ] {
        assert!(is_local(local), "{local}");
    }
    for other in [
        "localhost-tools:1",
        "x/localhost:1",
        "10.0.0.5:5000/x",
        "127.0.0.1.example.com/x",
        "[2001:db8::1]:5000/x",
        "python:3.12",
    ] {
        assert!(!is_local(other), "{other}");
    }
}

#[test]
fn an_architecture_is_a_namespace_of_docker_hub_or_ends_a_tag() {
    let of = |reference| Reference::parse(reference).architecture();
    assert_eq!(of("arm64v8/ubuntu:22.04"), Some("arm64v8"));
    assert_eq!(of("docker.io/arm32v7/python:3"), Some("arm32v7"));
    assert_eq!(of("amd64/ubuntu:22.04"), None);
    assert_eq!(of("mcr.microsoft.com/playwright:v1.56.1-noble-arm64"), Some("arm64"));
    assert_eq!(of("mcr.microsoft.com/dotnet/sdk:9.0-bookworm-slim-arm64v8"), Some("arm64v8"));
    assert_eq!(of("x/y:arm64"), Some("arm64"));
    assert_eq!(of("x/arm64-tools:1"), None);
    assert_eq!(of("x/y:1-arm64-tools"), None);
    assert_eq!(of("arm64v8"), None);
    assert_eq!(of("ghcr.io/arm64v8/x"), None);
}

#[test]
fn users_depend_on_the_release() {
    let users = |reference| Image::of(reference).map(Image::users).unwrap_or_default();
    assert_eq!(users("node:22"), [("node", 1000)]);
    assert_eq!(users("ubuntu:24.04"), [("ubuntu", 1000)]);
    assert_eq!(users("ubuntu"), [("ubuntu", 1000)]);
    assert_eq!(users("nvidia/cuda:12.4.1-base-ubuntu24.04"), [("ubuntu", 1000)]);
    assert_eq!(users("quay.io/jupyter/base-notebook:2025-01-01"), [("jovyan", 1000)]);
    for without in ["ubuntu:22.04", "ubuntu:jammy", "debian:12", "nvidia/cuda:12-base-ubuntu22.04"]
    {
        assert_eq!(users(without), [], "{without}");
    }
}

#[test]
fn what_a_tag_has_is_not_what_its_repository_has() {
    let has = |reference, program: &str| {
        Image::of(reference).is_some_and(|image| image.programs().any(|name| name == program))
    };
    assert!(has("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", "python"));
    assert!(!has("ghcr.io/astral-sh/uv:bookworm-slim", "python"));
    assert!(has("ghcr.io/astral-sh/uv:bookworm-slim", "uv"));
    assert!(has("php:8.4-apache", "apache2-foreground"));
    assert!(!has("php:8.4-cli", "apache2-foreground"));
    let path = |reference, directory: &str| {
        let image = Image::of(reference).unwrap_or_else(|| panic!("{reference}"));
        let here = image.path().into_iter().filter(|(path, _)| path == directory);
        here.flat_map(|(_, programs)| programs.to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(path("eclipse-temurin:21-jre", "/opt/java/openjdk/bin"), ["java", "keytool"]);
    assert!(path("eclipse-temurin:21", "/opt/java/openjdk/bin").contains(&"javac"));
    assert!(path("postgres:17", "/usr/lib/postgresql/17/bin").contains(&"initdb"));
    assert_eq!(path("postgres", "/usr/lib/postgresql/17/bin"), [] as [&str; 0]);
    assert!(path("openjdk:17-slim", "/usr/local/openjdk-17/bin").contains(&"javac"));
    assert_eq!(path("nvidia/cuda:12.4.1-devel-ubuntu22.04", "/usr/local/cuda/bin"), ["nvcc"]);
    assert!(path("nvidia/cuda:12.4.1-base-ubuntu22.04", "/usr/local/cuda/bin").is_empty());
}

#[test]
fn what_an_image_declares_overrides_the_table() {
    let history = ["RUN # debian.sh --arch 'amd64' out/ 'trixie' '@1785715200'".to_owned()];
    let declared = |path| Declared { path, history: &history };
    let of = |reference, path| Image::declaring(reference, declared(path));
    let listed = of("rust:1.90", Some("/usr/local/sbin:/usr/local/bin")).expect("it is known");
    assert_eq!(listed.family.repository, "rust");
    assert_eq!(listed.path(), [], "the directory is not on its `PATH`");
    let kept = of("rust:1.90", Some("/usr/local/cargo/bin:/usr/bin")).expect("it is known");
    assert_eq!(kept.path().len(), 1);
    let other = of("ghcr.io/acme/x@sha256:0", None).expect("its history says what it is");
    assert_eq!((other.distribution, other.is_listed()), (Distribution::Debian, false));
    let wrong = of("ubuntu:24.04", None).expect("its history says what it is");
    assert_eq!((wrong.distribution, wrong.is_listed()), (Distribution::Debian, false));
    assert_eq!(Image::declaring("acme/x:1", Declared { path: None, history: &[] }), None);
}

/// What images declare themselves.
fn configurations() -> Vec<Value> {
    let text = include_str!("../../tests/images/configurations.json");
    let data: Value = serde_json::from_str(text).expect("JSON");
    data["images"].as_array().expect("a list").clone()
}

#[test]
fn the_table_agrees_with_what_the_images_declare() {
    for entry in configurations() {
        let field = |name: &str| entry[name].as_str().unwrap_or_default();
        let list = |name: &str| {
            let values = entry[name].as_array().into_iter().flatten();
            values.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        let reference = field("reference");
        let image = Image::of(reference).unwrap_or_else(|| panic!("{reference}"));
        assert_eq!(image.distribution.name(), field("distribution"), "{reference}");

        let own = field("path").split(':').filter(|part| !STANDARD.contains(part));
        let own: BTreeSet<_> = own.map(str::to_owned).collect();
        let listed: BTreeSet<_> = image.path().into_iter().map(|(path, _)| path).collect();
        assert_eq!(listed, own, "{reference}");

        let installed = list("packages");
        for package in image.packages() {
            let is_there =
                installed.iter().any(|name| name == package) || BROUGHT.contains(&package);
            assert!(is_there, "{reference}: {package}");
        }
        let users = image.family.users.iter().map(|(name, uid)| format!("{name}:{uid}"));
        assert!(users.eq(list("users")), "{reference}");
        for Variable { name, value, .. } in image.family.env {
            assert_eq!(entry["env"][name].as_str(), Some(*value), "{reference}: {name}");
        }
    }
}

/// The directories that are on every `PATH`, and an empty one.
const STANDARD: &[&str] =
    &["", "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// Packages that come with others: `python3` with `mercurial`, `pkg-config` with `libglib2.0-dev`,
/// `postgresql-client` with `postgresql-18`.
const BROUGHT: &[&str] = &["pkg-config", "postgresql-client", "python3"];

#[test]
fn rows_that_claim_a_configuration_have_one() {
    let entries = configurations();
    for family in table::all() {
        let is_of = |entry: &Value| {
            let reference = entry["reference"].as_str().unwrap_or_default();
            Reference::parse(reference).repository == family.repository
        };
        let has = entries.iter().any(is_of);
        assert_eq!(has, family.source.evidence == Evidence::Configuration, "{}", family.repository);
    }
}

#[test]
fn each_row_has_a_source_and_is_the_only_one_of_its_repository() {
    let mut seen = BTreeSet::new();
    for family in table::all() {
        assert!(!family.source.place.is_empty(), "{}", family.repository);
        assert!(seen.insert(family.repository), "{}", family.repository);
        if !family.repository.ends_with('/') {
            let known = distribution(family.repository);
            let latest = family.others.iter().find(|(tags, _)| tags.include("latest"));
            let expected = latest.map_or(family.distribution, |(_, distribution)| *distribution);
            assert_eq!(known, Some(expected), "{}", family.repository);
        }
    }
}
