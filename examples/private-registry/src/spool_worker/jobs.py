"""The jobs: a function from a job's text to a result, by name."""

import hashlib
import json
from collections import Counter


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def words(text: str) -> dict[str, int]:
    return dict(Counter(text.lower().split()).most_common(20))


JOBS = {"digest": digest, "words": words}


def run(job: str) -> str:
    """Runs a job, `{"kind": …, "text": …}`, and never raises: a fault is a result too."""
    try:
        request = json.loads(job)
        result = JOBS[request["kind"]](request["text"])
        return json.dumps({"ok": True, "result": result})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return json.dumps({"ok": False, "error": repr(error)})
