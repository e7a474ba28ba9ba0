from novita_sandbox.core import Template


def template():
    return (
        Template()
        .from_python_image("3.12")
        .run_cmd("pip install fastapi uvicorn")
        .copy("app.py", "/home/user/app.py")
        .set_start_cmd(
            "uvicorn app:app --host 0.0.0.0 --port 8000",
            "python - <<'PY'\nimport urllib.request\nurllib.request.urlopen('http://127.0.0.1:8000', timeout=2)\nPY",
        )
    )
