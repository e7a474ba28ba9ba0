#!/usr/bin/env bash
# A small manifest, as a whole process: `sbx compile` beside the SDK's `to_json`, beside `true`.
# Prints ratios of one run; absolute times say nothing about another machine.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${SBX_CONFORMANCE_VENV:-target/conformance-venv}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check 'e2b==2.63.0'
command -v hyperfine >/dev/null || { apt-get update -qq && apt-get install -y -qq hyperfine; }
cargo build --release --locked --quiet

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r examples/fastapi/. "$work"
cat >"$work/template.py" <<'PY'
from e2b import Template, wait_for_url

template = (
    Template(file_context_path=".")
    .from_python_image("3.12")
    .set_envs({"APP_ENV": "production", "PYTHONUNBUFFERED": "1"})
    .set_workdir("/home/user/app")
    .copy("requirements.txt", "/home/user/app/")
    .run_cmd("pip install --no-cache-dir -r requirements.txt", user="root")
    .copy("app.py", "/home/user/app/")
    .set_start_cmd(
        "uvicorn app:app --host 0.0.0.0 --port 8000",
        wait_for_url("http://localhost:8000/health"),
    )
)
print(Template.to_json(template))
PY
sbx=$PWD/target/release/sbx
python=$PWD/$venv/bin/python
cd "$work"
diff <("$sbx" compile --platform e2b | python3 -m json.tool --sort-keys) \
     <("$python" template.py | python3 -m json.tool --sort-keys)
hyperfine --shell=none --warmup 5 --runs "${RUNS:-60}" --export-json times.json \
    -n true /bin/true \
    -n 'sbx check' "$sbx check" \
    -n 'sbx compile' "$sbx compile --platform e2b" \
    -n 'SDK to_json' "$python template.py" >/dev/null 2>&1
python3 - <<'PY'
import json

times = {run["command"]: run["median"] for run in json.load(open("times.json"))["results"]}
compile_ = times["sbx compile"]
for name, median in times.items():
    print(f"{name:12} {median * 1000:8.2f} ms")
print(f"the SDK takes {times['SDK to_json'] / compile_:.0f} times as long as sbx compile")
print(f"sbx compile is {(compile_ - times['true']) * 1000:.2f} ms over `true`")
PY
