from pathlib import Path

from novita_sandbox.core import Template


def template():
    dockerfile = Path(__file__).parent / "novita.Dockerfile"
    return (
        Template()
        .from_dockerfile(str(dockerfile))
        .set_start_cmd("/root/.jupyter/start-up.sh", None)
    )
