from declaw.template.main import TemplateBase


def template():
    return (
        TemplateBase()
        .from_base_image("ubuntu:22.04")
        .apt_install("git", "curl")
        .run_cmd(["pip3", "install", "fastapi", "uvicorn"])
        .set_envs({"APP_ENV": "production", "PORT": "8000"})
        .set_start_cmd("python3 -m http.server 8000")
    )
