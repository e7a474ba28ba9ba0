"""Drives the local platform with the official Python SDKs.

    python tests/clients/python_sdks.py URL DIRECTORY

needs `e2b` and `novita-sandbox` from PyPI, the program `SBX`, a running `sbx serve` that asks for the key in
`SBX_CLIENTS_KEY`, and a directory that tree.py has filled. Outcomes go to report.py.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from report import Client, refused

KEY = os.environ["SBX_CLIENTS_KEY"]
WRONG = KEY[:-1] + "1"


class Sdk:
    """The calls that both SDKs have."""

    def __init__(self, label, module, build_error, url, context, exact_directories):
        self.client = Client(label)
        self.name = f"sdk-{label.lower().replace(' ', '-')}"
        self.module = module
        self.Template = module.Template
        self.build_error = build_error
        self.options = {"api_key": KEY, "api_url": url}
        self.context = context
        self.exact_directories = exact_directories
        self.built = None
        self.lines = []

    def template(self):
        return (
            self.Template(file_context_path=self.context)
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

    def build(self, template, name, **options):
        self.lines = []
        log = lambda entry: self.lines.append(entry.message)
        return self.Template.build(template, name, on_build_logs=log, **options, **self.options)

    def first(self):
        self.built = self.build(
            self.template(), f"{self.name}:v1", tags=["Latest"], cpu_count=4, memory_mb=2048
        )
        assert len(self.built.template_id) == 20, self.built
        log = "\n".join(self.lines)
        for expected in (
            "[base] FROM python:3.12",
            "COPY app.py /srv/app.py",
            "archive: 1 file, 15 bytes; agrees with its hash",
            "archive: 3 files,",
            "[finalize] START python app.py",
            "Build finished",
        ):
            assert expected in log, f"{expected!r} is missing in:\n{log}"
        exact = self.exact_directories
        verdict = "agrees with its hash" if exact else "not checked against its hash"
        directory = next(line for line in self.lines if "directories" in line and "archive:" in line)
        assert verdict in directory, directory

    def again(self):
        again = self.build(self.template(), self.name)
        assert again.template_id == self.built.template_id
        assert any("already cached" in line for line in self.lines), self.lines

    def background(self):
        started = self.Template.build_in_background(self.template(), self.name, **self.options)
        status = self.ended(started)
        assert status.status.value == "ready", status
        assert status.build_id == started.build_id
        first = self.Template.get_build_status(started, logs_offset=0, **self.options).log_entries
        rest = self.Template.get_build_status(started, logs_offset=3, **self.options).log_entries
        assert [e.message for e in rest] == [e.message for e in first[3:]]
        tags = self.tags()
        assert tags["default"] == started.build_id, tags

    def ended(self, started):
        for _ in range(200):
            status = self.Template.get_build_status(started, **self.options)
            if status.status.value not in ("waiting", "building"):
                return status
            time.sleep(0.05)
        raise AssertionError("the build does not end")

    def long(self, steps):
        template = self.Template().from_python_image("3.12")
        for number in range(steps):
            template = template.run_cmd(f"echo line {number}")
        self.build(template, f"{self.name}-long")
        told = [line for line in self.lines if "echo line" in line]
        assert [line.rsplit(" ", 1)[1] for line in told] == [str(n) for n in range(steps)], told
        assert "Build finished" in self.lines[-2] + self.lines[-1], self.lines[-2:]

    def from_template(self):
        child = self.Template().from_template(f"{self.name}:v1").run_cmd("true")
        self.build(child, f"{self.name}-child")
        assert any(f"FROM TEMPLATE {self.name}:v1" in line for line in self.lines), self.lines

    def exists(self):
        assert self.Template.exists(self.name, **self.options)
        assert not self.Template.exists(self.name + "-none", **self.options)
        assert self.Template.exists(f"{self.name}:v1", **self.options)
        assert not self.Template.exists(f"{self.name}:none", **self.options)

    def tags(self):
        tags = self.Template.get_tags(self.name, **self.options)
        return {tag.tag: tag.build_id for tag in tags}

    def list_tags(self):
        tags = self.tags()
        assert tags["v1"] == tags["latest"] == self.built.build_id, tags

    def assign(self):
        Template, name = self.Template, self.name
        assigned = Template.assign_tags(f"{name}:v1", ["stable", "v1.0"], **self.options)
        assert assigned.build_id == self.built.build_id
        assert sorted(assigned.tags) == ["stable", "v1.0"]
        assert self.tags()["stable"] == self.built.build_id

    def remove(self):
        self.Template.remove_tags(self.name, ["latest", "v1.0"], **self.options)
        assert sorted(self.tags()) == ["default", "stable", "v1"], self.tags()

    def common(self):
        does, name, options, Template = self.client.does, self.name, self.options, self.Template
        does("build, log to its end", self.first)
        does("build again, archives present", self.again)
        does("build in the background", self.background)
        does("log of 80 steps", lambda: self.long(80))
        does("build from a template", self.from_template)
        does("exists", self.exists)
        does("list tags", self.list_tags)
        does("assign tags", self.assign)
        does("remove tags", self.remove)

        plain = Template().from_python_image("3.12").run_cmd("true")
        failed = lambda name, *texts, template=plain, **more: refused(
            lambda: self.build(template, name, **more), *texts, kind=self.build_error
        )
        does("refused: name", lambda: failed("no name", "invalid template ID: no name"))
        does("refused: namespace", lambda: failed("somebody/else", "must match your team"))
        does("refused: tag", lambda: failed(name, "invalid tag 'a b'", tags=["a b"]))
        does("refused: CPU", lambda: failed(name, "must be at most 32", cpu_count=33))
        does("refused: memory", lambda: failed(name, "must be at least 128 MiB", memory_mb=64))
        does(
            "refused: default tag's end",
            lambda: refused(
                lambda: Template.remove_tags(name, ["default"], **options), "Cannot delete"
            ),
        )
        does(
            "refused: tag of nothing",
            lambda: refused(
                lambda: Template.assign_tags(f"{name}:none", ["x"], **options), "not found"
            ),
        )
        does(
            "refused: unknown template",
            lambda: refused(lambda: Template.get_tags("sdk-nothing", **options), "not found"),
        )
        wrong = {**options, "api_key": WRONG}
        does(
            "refused: wrong key",
            lambda: refused(lambda: Template.get_tags(name, **wrong), "Invalid API key"),
        )
        does("failed: unknown base", self.unknown_base)

    def unknown_base(self):
        orphan = self.Template().from_template("sdk-nothing").run_cmd("true")
        refused(
            lambda: self.build(orphan, f"{self.name}-child"),
            "template 'sdk-nothing' not found",
            kind=self.build_error,
        )
        started = self.Template.build_in_background(orphan, f"{self.name}-child", **self.options)
        status = self.ended(started)
        assert status.status.value == "error", status
        assert status.reason.step == "base", status.reason
        assert "not found" in status.reason.message, status.reason


def fits(model, answer):
    """Whether an answer is what the SDK's own types, made from the server's specification, say:
    every key that must be there is, and there is none that they do not know."""
    read = model.from_dict(answer)
    extra = set()

    def look(value):
        if isinstance(value, list):
            for item in value:
                look(item)
        elif hasattr(value, "additional_properties"):
            extra.update(value.additional_properties)
            for field in value.__attrs_attrs__:
                if field.name != "additional_properties":
                    look(getattr(value, field.name))

    look(read)
    return extra


def e2b(url, context):
    import httpx
    import e2b as module
    from e2b.api.client import models
    from e2b.api.client.api.templates import (
        delete_templates_template_id,
        get_templates_template_id,
        get_templates_template_id_builds_build_id_logs,
        get_v2_templates,
        patch_v_2_templates_template_id,
    )
    from e2b.api.client.api.tags import get_templates_template_id_tags_exists
    from e2b.api.client_sync import get_api_client
    from e2b.exceptions import BuildException

    sdk = Sdk("e2b Python", module, BuildException, url, context, exact_directories=True)
    sdk.common()
    does, name = sdk.client.does, sdk.name
    # Novita's SDK leaves the rest of a log that is longer than an answer.
    does("log of 250 steps", lambda: sdk.long(250))

    # What its Template class does not offer, through the client that it is made of.
    client = get_api_client(module.ConnectionConfig(**sdk.options))

    def tag_exists():
        for tag, exists in ((" V1 ", True), ("none", False)):
            answer = get_templates_template_id_tags_exists.sync(
                sdk.built.template_id, client=client, tag=tag
            )
            assert answer.exists == exists and answer.normalized_tag == tag.strip().lower(), answer

    def listed():
        templates = get_v2_templates.sync_detailed(client=client, limit=1)
        assert templates.headers["x-next-token"], "there are two templates at least"
        assert len(templates.parsed) == 1
        rest = get_v2_templates.sync(client=client, next_token=templates.headers["x-next-token"])
        known = [*templates.parsed, *rest]
        found = [t for t in known if t.template_id == sdk.built.template_id]
        assert found[0].names == [f"local/{name}"], found
        assert found[0].build_status.value == "ready"

    def show():
        details = get_templates_template_id.sync(sdk.built.template_id, client=client)
        assert str(details.builds[-1].build_id) == sdk.built.build_id
        assert details.builds[-1].cpu_count == 4 and details.builds[-1].memory_mb == 2048
        logs = get_templates_template_id_builds_build_id_logs.sync(
            sdk.built.template_id, sdk.built.build_id, client=client, limit=2
        )
        assert len(logs.logs) == 2, logs

    def publish(public):
        updated = patch_v_2_templates_template_id.sync(
            sdk.built.template_id, client=client, body=models.TemplateUpdateRequest(public=public)
        )
        assert updated.names == [f"local/{name}"]
        details = get_templates_template_id.sync(sdk.built.template_id, client=client)
        assert details.public == public

    def typed():
        plain = httpx.Client(base_url=url, headers={"X-API-KEY": KEY}, trust_env=False)
        call = lambda method, path, **more: plain.request(method, path, **more).json()
        template, build = sdk.built.template_id, sdk.built.build_id
        registered = call("POST", "/v3/templates", json={"name": f"{name}-typed"})
        failing = {"fromTemplate": "sdk-nothing", "force": False, "steps": []}
        path = f"/templates/{registered['templateID']}/builds/{registered['buildID']}"
        assert plain.post("/v2" + path, json=failing).status_code == 202
        while (failed := call("GET", path + "/status"))["status"] != "error":
            time.sleep(0.02)
        assert failed["reason"]["logEntries"], failed
        details = call("GET", f"/templates/{template}")
        extra = {
            "TemplateRequestResponseV3": fits(models.TemplateRequestResponseV3, registered),
            "TemplateBuildInfo": fits(models.TemplateBuildInfo, failed),
            "TemplateBuildLogsResponse": fits(
                models.TemplateBuildLogsResponse,
                call("GET", f"/templates/{template}/builds/{build}/logs"),
            ),
            "TemplateWithBuilds": fits(models.TemplateWithBuilds, details),
            "TemplateBuildFileUpload": fits(
                models.TemplateBuildFileUpload,
                call("GET", f"/templates/{template}/files/{'0' * 64}"),
            ),
            "TemplateAliasResponse": fits(
                models.TemplateAliasResponse, call("GET", f"/templates/aliases/{name}")
            ),
            "TemplateTagExistsResponse": fits(
                models.TemplateTagExistsResponse,
                call("GET", f"/templates/{template}/tags/exists", params={"tag": "v1"}),
            ),
            "AssignedTemplateTags": fits(
                models.AssignedTemplateTags,
                call("POST", "/templates/tags", json={"target": f"{name}:v1", "tags": ["v1"]}),
            ),
            "Error": fits(models.Error, call("GET", "/templates/none")),
        }
        for listed in (call("GET", "/v2/templates"), call("GET", "/templates")):
            for one in listed:
                extra.setdefault("Template", set()).update(fits(models.Template, one))
        for one in call("GET", f"/templates/{name}/tags"):
            extra.setdefault("TemplateTag", set()).update(fits(models.TemplateTag, one))
        # A single template tells what the lists do, too, as novita's does.
        assert extra.pop("TemplateWithBuilds") <= {
            "buildID", "buildCount", "buildStatus", "cpuCount", "createdBy", "diskSizeMB",
            "envdVersion", "memoryMB", "recorded",
        }  # fmt: skip
        # What the local platform says of a build that it has only recorded.
        ours = {"recorded", "recordedReason"}
        unknown = {name: keys - ours for name, keys in extra.items() if keys - ours}
        assert not unknown, unknown

    def requests():
        """What `sbx` sends, against the types of what the SDK sends."""
        kinds = {
            "/v3/templates": models.TemplateBuildRequestV3,
            "/v2/templates/{templateID}/builds/{buildID}": models.TemplateBuildStartV2,
        }
        seen = dict.fromkeys(kinds, 0)
        for manifest in sorted(Path("examples").glob("*/sandbox.toml")):
            command = [os.environ["SBX"], "compile", manifest, "--platform", "e2b", "--requests"]
            compiled = subprocess.run(command, capture_output=True, check=True)
            for request in json.loads(compiled.stdout):
                if kind := kinds.get(request["path"]):
                    seen[request["path"]] += 1
                    extra = fits(kind, request["body"])
                    assert not extra, f"{manifest}: {request['path']}: {extra}"
        assert min(seen.values()) >= 5, seen

    def delete():
        for reference in (sdk.built.template_id, f"{name}-child", f"{name}-long"):
            deleted = delete_templates_template_id.sync_detailed(reference, client=client)
            assert deleted.status_code == 204, deleted
        assert not sdk.Template.exists(name, **sdk.options)
        again = delete_templates_template_id.sync_detailed(name, client=client)
        assert again.status_code == 404, again

    does("tag exists", tag_exists)
    does("list", listed)
    does("show", show)
    does("publish", lambda: publish(True))
    does("unpublish", lambda: publish(False))
    does("answers fit its types", typed)
    does("sbx's requests fit its types", requests)
    does("delete", delete)


def novita(url, context):
    import novita_sandbox.core as module
    from novita_sandbox.core.exceptions import BuildException

    sdk = Sdk("novita Python", module, BuildException, url, context, exact_directories=False)
    sdk.common()
    does, name, options, Template = sdk.client.does, sdk.name, sdk.options, sdk.Template

    def listed():
        page = Template.list(limit=1, **options)
        assert len(page.items) == 1 and page.total >= 2, page
        assert page.total_pages == page.total
        everything = Template.list(limit=100, **options)
        assert sdk.built.template_id in [t.template_id for t in everything.items]
        assert Template.list(template_type="snapshot_template", **options).total == 0

    def show():
        details = Template.get(sdk.built.template_id, **options)
        assert details.template_id == sdk.built.template_id
        assert [str(b.build_id) for b in details.builds][-1] == sdk.built.build_id, details

    def delete():
        for one in (name, f"{name}-child", f"{name}-long"):
            assert Template.delete(one, **options)
        assert not Template.delete(name, **options)
        assert not Template.exists(name, **options)

    does("list", listed)
    does("show", show)
    does("delete", delete)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    url, context = sys.argv[1].rstrip("/"), sys.argv[2]
    os.environ["NO_PROXY"] = "*"
    e2b(url, context)
    novita(url, context)


if __name__ == "__main__":
    main()
