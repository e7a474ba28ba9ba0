from novita_sandbox.core import Template


def template():
    return (
        Template()
        .from_python_image("3.12")
        .set_workdir("/app")
        .set_envs(
            {
                "APP_ENV": "production",
                "PORT": "8000",
            }
        )
        .run_cmd("pip install fastapi uvicorn")
        .copy("app.py", "/app/app.py")
    )
