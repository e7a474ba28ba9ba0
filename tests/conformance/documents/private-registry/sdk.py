import os

from novita_sandbox.core import Template


def template():
    return Template().from_image(
        "registry.example.com/team/myimage:latest",
        username=os.environ.get("REGISTRY_USERNAME"),
        password=os.environ.get("REGISTRY_PASSWORD"),
    )
