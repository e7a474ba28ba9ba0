"""What an official SDK builds, `sbx` sees, and the other way round.

    python tests/clients/sbx_peer.py URL

needs `e2b` from PyPI, the program `SBX`, and a running `sbx serve` that asks for the key in
`SBX_CLIENTS_KEY`. Outcomes go to report.py.
"""

import json
import os
import subprocess
import sys

from e2b import Template

from report import Client

KEY = os.environ["SBX_CLIENTS_KEY"]
NAME = "sbx-peer"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    url = sys.argv[1].rstrip("/")
    os.environ["NO_PROXY"] = "*"
    options = {"api_key": KEY, "api_url": url}
    client = Client("sbx")

    def sbx(*arguments, platform="local", exit=0):
        # Each platform of the family reads the same answers, lists in its own way, and takes its
        # key and its address from its own variables.
        upper = "SBX_LOCAL" if platform == "local" else platform.upper()
        key, address = ("KEY", "URL") if platform == "local" else ("API_KEY", "API_URL")
        environment = {
            "PATH": os.environ["PATH"], f"{upper}_{key}": KEY, f"{upper}_{address}": url
        }  # fmt: skip
        command = [os.environ["SBX"], *arguments, "--platform", platform, "--format", "json"]
        ran = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert ran.returncode == exit, f"{arguments}: {ran.returncode}: {ran.stderr}"
        return json.loads(ran.stdout) if ran.stdout else None

    template = Template().from_python_image("3.12").run_cmd("true")
    built = Template.build(template, NAME, tags=["v1", "default"], **options)
    every = ("local", "novita", "e2b")

    def listed():
        for platform in every:
            found = [t for t in sbx("list", platform=platform) if t["names"] == [f"local/{NAME}"]]
            assert [t["templateId"] for t in found] == [built.template_id], found
            assert found[0]["buildId"] == built.build_id, found

    def show():
        shown = [sbx("show", NAME, platform=platform) for platform in every]
        assert shown[0]["templateId"] == built.template_id, shown
        assert [b["buildId"] for b in shown[0]["builds"]] == [built.build_id], shown
        assert shown[0] == shown[1] == shown[2], shown

    def exists():
        assert sbx("exists", f"{NAME}:v1")["templateId"] == built.template_id
        assert not sbx("exists", f"{NAME}:v2", exit=1)["exists"]

    def tags():
        return {tag.tag: tag.build_id for tag in Template.get_tags(NAME, **options)}

    def assign():
        assert sbx("tag", "add", f"{NAME}:v1", "stable", "old")["buildId"] == built.build_id
        assert tags()["stable"] == tags()["old"] == built.build_id, tags()

    def remove():
        sbx("tag", "remove", NAME, "old")
        assert sorted(tags()) == ["default", "stable", "v1"], tags()

    def list_tags():
        assert {tag["tag"]: tag["buildId"] for tag in sbx("tag", "list", NAME)} == tags()

    def publish(verb, public):
        assert sbx(verb, NAME)[0]["public"] == public
        assert sbx("show", NAME)["public"] == public

    def delete():
        assert Template.exists(NAME, **options)
        assert sbx("delete", NAME, "--yes")[0]["deleted"]
        assert not Template.exists(NAME, **options)

    client.does("list", listed)
    client.does("show", show)
    client.does("exists", exists)
    client.does("assign tags", assign)
    client.does("remove tags", remove)
    client.does("list tags", list_tags)
    client.does("publish", lambda: publish("publish", True))
    client.does("unpublish", lambda: publish("unpublish", False))
    client.does("delete", delete)


if __name__ == "__main__":
    main()
