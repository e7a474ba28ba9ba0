from novita_sandbox.core import Template


def template():
    return Template().from_image("python:3.12")
