use std::collections::BTreeSet;

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
    for local in ["localhost:5000/x:1", "localhost/x", "docker.localhost/x:1"] {
        assert!(is_local(local), "{local}");
    }
    for other in ["localhost-tools:1", "x/localhost:1", "10.0.0.5:5000/x", "python:3.12"] {
        assert!(!is_local(other), "{other}");
    }
}

#[test]
fn an_architecture_is_a_namespace_of_docker_hub() {
    let of = |reference| Reference::parse(reference).architecture();
    assert_eq!(of("arm64v8/ubuntu:22.04"), Some("arm64v8"));
    assert_eq!(of("docker.io/arm32v7/python:3"), Some("arm32v7"));
    assert_eq!(of("amd64/ubuntu:22.04"), None);
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
    for without in ["ubuntu:22.04", "ubuntu:jammy", "debian:12", "nvidia/cuda:12-base-ubuntu22.04"]
    {
        assert_eq!(users(without), [], "{without}");
    }
}

#[test]
fn each_row_has_a_source_and_is_the_only_one_of_its_repository() {
    let mut seen = BTreeSet::new();
    for family in table::all() {
        assert!(!family.source.is_empty(), "{}", family.repository);
        assert!(seen.insert(family.repository), "{}", family.repository);
        let known = distribution(family.repository);
        assert_eq!(known, Some(family.distribution), "{}", family.repository);
    }
}
