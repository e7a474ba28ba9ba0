from novita_sandbox.core import Template


def template():
    return Template().from_python_image("3.12")
