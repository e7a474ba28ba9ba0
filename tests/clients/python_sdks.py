"""Drives the local platform with the official Python SDKs.

    python tests/clients/python_sdks.py http://127.0.0.1:49999

needs `e2b` and `novita-sandbox` from PyPI and a running `sbx serve` whose store is empty or holds
nothing that begins with `sdk-`. Exits 0 if every answer was the expected one.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

KEY = "e2b_" + "0" * 40


def fill(root: Path) -> str:
    """Makes a directory to copy from: files, a directory, links, a name that sorts between a
    directory and what it holds."""
    (root / "app.py").write_text("print('hello')\n")
    (root / "src" / "deep").mkdir(parents=True)
    (root / "src" / "deep" / "module.py").write_text("x = 1\n" * 1000)
    (root / "src" / "deep.txt").write_text("sorts between the directory and what it holds")
    (root / "src" / "tool").write_text("#!/bin/sh\n")
    (root / "src" / "tool").chmod(0o755)
    (root / "src" / "link").symlink_to("tool")
    (root / "one.log").write_text("1")
    (root / "two.log").write_text("22")
    (root / "same.log").hardlink_to(root / "two.log")
    return str(root)


def raises(kind, call, text=""):
    try:
        call()
    except kind as error:
        assert text in str(error), f"expected {text!r} in {error!r}"
        return
    raise AssertionError(f"{kind.__name__} was expected")


def drive(label, Template, BuildException, options, exact_directories):
    """The calls that both SDKs have."""
    with tempfile.TemporaryDirectory(prefix="sbx-sdk-") as root:
        context = fill(Path(root))
        return calls(label, Template, BuildException, options, exact_directories, context)


def calls(label, Template, BuildException, options, exact_directories, context):
    name = f"sdk-{label}"
    lines = []
    template = (
        Template(file_context_path=context)
        .from_python_image("3.12")
        .set_envs({"A": "1"})
        .copy("app.py", "/srv/app.py")
        .copy("*.log", "/srv/logs/")
        .copy("src", "/srv/src")
        .run_cmd("echo one && echo two")
        .set_workdir("/srv")
        .set_user("root")
        .set_start_cmd("python app.py", "sleep 1")
    )
    built = Template.build(
        template,
        f"{name}:v1",
        tags=["Latest"],
        cpu_count=4,
        memory_mb=2048,
        on_build_logs=lambda entry: lines.append(entry.message),
        **options,
    )
    assert len(built.template_id) == 20, built
    log = "\n".join(lines)
    for expected in (
        "[base] FROM python:3.12",
        "COPY app.py /srv/app.py",
        "archive: 1 file, 15 bytes; agrees with its hash",
        "archive: 3 files,",
        "[finalize] START python app.py",
        "Build finished",
    ):
        assert expected in log, f"{expected!r} is missing in:\n{log}"
    verdict = "agrees with its hash" if exact_directories else "not checked against its hash"
    directory = next(line for line in lines if "directories" in line and "archive:" in line)
    assert verdict in directory, directory

    # The same again finds the archives present.
    lines.clear()
    again = Template.build(
        template, name, on_build_logs=lambda entry: lines.append(entry.message), **options
    )
    assert again.template_id == built.template_id
    assert any("already cached" in line for line in lines), lines

    started = Template.build_in_background(template, name, **options)
    for _ in range(100):
        status = Template.get_build_status(started, **options)
        if status.status.value not in ("waiting", "building"):
            break
        time.sleep(0.05)
    assert status.status.value == "ready", status
    assert status.build_id == started.build_id
    first = Template.get_build_status(started, logs_offset=0, **options).log_entries
    rest = Template.get_build_status(started, logs_offset=3, **options).log_entries
    assert [e.message for e in rest] == [e.message for e in first[3:]]

    assert Template.exists(name, **options)
    assert not Template.exists(name + "-none", **options)
    tags = {tag.tag: tag.build_id for tag in Template.get_tags(name, **options)}
    assert tags["v1"] == tags["latest"] == built.build_id, tags
    assert tags["default"] == started.build_id, tags
    assigned = Template.assign_tags(f"{name}:v1", ["stable", "v1.0"], **options)
    assert assigned.build_id == built.build_id
    assert sorted(assigned.tags) == ["stable", "v1.0"]
    Template.remove_tags(name, ["latest", "v1.0"], **options)
    left = sorted(tag.tag for tag in Template.get_tags(name, **options))
    assert left == ["default", "stable", "v1"], left
    raises(Exception, lambda: Template.remove_tags(name, ["default"], **options), "Cannot delete")

    child = Template().from_template(f"{name}:stable").run_cmd("true")
    Template.build(child, f"{name}-child", **options)
    orphan = Template().from_template("sdk-nothing").run_cmd("true")
    raises(
        BuildException,
        lambda: Template.build(orphan, f"{name}-child", **options),
        "template 'sdk-nothing' not found",
    )
    raises(
        BuildException,
        lambda: Template.build(child, f"{name}-child", cpu_count=3, **options),
        "CPU count must be 1 or an even number",
    )
    raises(
        BuildException,
        lambda: Template.build(child, "somebody/else", **options),
        "must match your team",
    )
    print(f"{label}: ok")
    return name, built


def e2b(url):
    from e2b import ConnectionConfig, Template
    from e2b.api.client.api.templates import (
        delete_templates_template_id,
        get_templates_template_id,
        get_templates_template_id_builds_build_id_logs,
        get_v2_templates,
        patch_v_2_templates_template_id,
    )
    from e2b.api.client.models import TemplateUpdateRequest
    from e2b.api.client_sync import get_api_client
    from e2b.exceptions import BuildException

    options = {"api_key": KEY, "api_url": url}
    name, built = drive("e2b", Template, BuildException, options, exact_directories=True)

    # What its Template class does not offer, through the client that it is made of.
    client = get_api_client(ConnectionConfig(**options))
    templates = get_v2_templates.sync_detailed(client=client, limit=1)
    assert templates.headers["x-next-token"], "there are two templates at least"
    assert len(templates.parsed) == 1
    rest = get_v2_templates.sync(client=client, next_token=templates.headers["x-next-token"])
    found = [t for t in [*templates.parsed, *rest] if t.template_id == built.template_id]
    assert found[0].names == [f"local/{name}"], found
    assert found[0].build_status.value == "ready"
    details = get_templates_template_id.sync(built.template_id, client=client)
    assert str(details.builds[-1].build_id) == built.build_id
    assert details.builds[-1].cpu_count == 4 and details.builds[-1].memory_mb == 2048
    logs = get_templates_template_id_builds_build_id_logs.sync(
        built.template_id, built.build_id, client=client, limit=2
    )
    assert len(logs.logs) == 2, logs
    updated = patch_v_2_templates_template_id.sync(
        built.template_id, client=client, body=TemplateUpdateRequest(public=True)
    )
    assert updated.names == [f"local/{name}"]
    for reference in (built.template_id, f"{name}-child"):
        deleted = delete_templates_template_id.sync_detailed(reference, client=client)
        assert deleted.status_code == 204, deleted
    assert not Template.exists(name, **options)


def novita(url):
    from novita_sandbox.core import Template
    from novita_sandbox.core.exceptions import BuildException

    options = {"api_key": KEY, "api_url": url}
    name, built = drive("novita", Template, BuildException, options, exact_directories=False)
    page = Template.list(limit=1, **options)
    assert len(page.items) == 1 and page.total >= 2, page
    assert page.total_pages == page.total
    everything = Template.list(limit=100, **options)
    assert built.template_id in [t.template_id for t in everything.items]
    assert Template.list(template_type="snapshot_template", **options).total == 0
    assert Template.delete(name, **options)
    assert Template.delete(f"{name}-child", **options)
    assert not Template.delete(name, **options)
    assert not Template.exists(name, **options)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    url = sys.argv[1].rstrip("/")
    os.environ["NO_PROXY"] = "*"
    e2b(url)
    novita(url)


if __name__ == "__main__":
    main()
