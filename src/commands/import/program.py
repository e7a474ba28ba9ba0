# Runs a program that makes a template with an official SDK, and writes what the SDK would send.
# Arguments: the program, the file for the result. No connection is made.
import json, os, runpy, socket, sys

path, result = sys.argv[1], sys.argv[2]
sys.argv = [path]
sys.path.insert(0, os.path.dirname(os.path.abspath(path)))


class Built(BaseException):
    pass


def stop(reason):
    print(reason, file=sys.stderr)
    sys.exit(9)


def refuse(*_arguments, **_options):
    raise OSError("sbx import makes no connections")


socket.socket.connect = socket.socket.connect_ex = refuse
socket.create_connection = socket.getaddrinfo = refuse
built = {}


def build(template, *arguments, **options):
    name = options.get("name") or options.get("alias") or next(iter(arguments), None)
    built["template"] = template
    built["said"] = {
        "name": name if isinstance(name, str) else None,
        "tags": list(options.get("tags") or []),
        "cpu": options.get("cpu_count"),
        "memory": options.get("memory_mb"),
    }
    raise Built


sdks = []
for module in ("e2b", "novita_sandbox.core", "novita_sandbox"):
    try:
        sdk = __import__(module, fromlist=["Template"])
    except ImportError:
        continue
    for kind in ("Template", "AsyncTemplate"):
        if hasattr(sdk, kind):
            sdks.append(getattr(sdk, kind))
if not sdks:
    stop("neither the package e2b nor novita-sandbox is installed for " + sys.executable)
for sdk in sdks:
    for call in ("build", "build_in_background"):
        if hasattr(sdk, call):
            setattr(sdk, call, staticmethod(build))
try:
    values = runpy.run_path(path, run_name="__sbx_import__")
except Built:
    values = {}
found = {name: value for name, value in values.items() if hasattr(value, "_template")}
if built:
    template = built["template"]
elif "template" in found:
    template = found["template"]
elif len(found) == 1:
    template = next(iter(found.values()))
else:
    kinds = ", ".join(sorted(found)) or "none"
    stop("the program must have one template, in a variable `template`; it has: " + kinds)
inner = template._template
try:
    text = sdks[0].to_json(template)
except Exception:
    # A file of the context is missing, which `sbx check` reports.
    text = json.dumps(inner._serialize(inner._instructions))
# What the SDK keeps to itself: it decides what is uploaded.
sent = json.loads(text)
for step, instruction in zip(sent["steps"], inner._instructions):
    if instruction.get("resolveSymlinks"):
        step["resolveSymlinks"] = True
said = {
    "template": json.dumps(sent),
    "context": str(inner._file_context_path),
    "ignore": list(inner._file_ignore_patterns),
} | built.get("said", {})
with open(result, "w", encoding="utf-8") as file:
    json.dump(said, file)
