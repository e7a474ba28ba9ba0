"""Builds templates with an official Python SDK, and prints as JSON what the SDK showed.

    python client.py MODULE NAME URL DIRECTORY

`MODULE` is `e2b` or `novita_sandbox.core`, `NAME` the name of the template, `DIRECTORY` the one that
it copies from, and `SBX_CLIENTS_KEY` the key of the server. `client.js` does the same with the SDKs
for JavaScript; what both print is described and examined by `run.py`.
"""

import importlib
import json
import os
import sys
import time
import traceback


def main():
    module, name, url, directory = sys.argv[1:]
    sdk = importlib.import_module(module)
    Template = sdk.Template
    options = {"api_key": os.environ["SBX_CLIENTS_KEY"], "api_url": url}
    # Novita's SDK would ask a registry for the image's configuration.
    plain = {"inherit_config": False} if module.startswith("novita") else {}

    def template():
        return (
            Template(file_context_path=directory)
            .from_image("debian:12", **plain)
            .set_envs({"TEMPLATE": name, "GREETING": "hello"})
            .run_cmd("echo one; sleep 2; echo two >&2")
            .set_user("root")
            .run_cmd("useradd --create-home worker && install -d -o worker /srv/app")
            .copy("files", "/srv/app/files", user="worker", mode=0o640)
            .set_workdir("/srv/app")
            .set_user("worker")
            .run_cmd('echo "$GREETING from $(whoami) in $(pwd)" >context')
        )

    def served():
        start = 'echo "serving $GREETING"; pwd >/srv/app/started; exec sleep 1000'
        return template().set_start_cmd(start, "test -s /srv/app/started")

    def failing():
        return (
            template()
            .run_cmd("echo before; exit 7")  # it fails here
            .run_cmd("echo never")
        )

    def child():
        return Template().from_template(name).run_cmd('cat context; echo "$GREETING" >~/inherited')

    def build(made, name):
        lines, begun = [], time.monotonic()

        def log(entry):
            at = time.monotonic() - begun
            lines.append({"at": at, "level": entry.level, "message": entry.message})

        seen = {"lines": lines}
        try:
            built = Template.build(made, name, on_build_logs=log, **options)
            seen |= {"template": built.template_id, "build": built.build_id}
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            kind = type(error).__name__
            places = [frame.line for frame in frames if frame.filename == __file__]
            seen["error"] = {"kind": kind, "message": str(error), "place": places[-1]}
        return seen

    def status(made, name):
        started = Template.build_in_background(made, name, **options)
        while True:
            status = Template.get_build_status(started, **options)
            if status.status.value not in ("waiting", "building"):
                break
            time.sleep(0.1)
        reason = status.reason
        complaints = [entry.message for entry in reason.log_entries]
        return {
            "status": status.status.value,
            "step": reason.step,
            "message": reason.message,
            "complaints": complaints,
        }

    seen = {
        "first": build(served(), name),
        "again": build(served(), name),
        "failed": build(failing(), f"{name}-failing"),
        "status": status(failing(), f"{name}-failing"),
        "child": build(child(), f"{name}-child"),
    }
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "*"
    main()
