"""What each official client did, an operation a line, and the table of all of them."""

import json
import os
import sys
import traceback

# The rows of the table. Each client reports those that it offers.
OPERATIONS = [
    "build, log to its end",
    "build again, archives present",
    "build in the background",
    "log of 80 steps",
    "log of 250 steps",
    "build from a template",
    "exists",
    "tag exists",
    "list",
    "show",
    "list tags",
    "assign tags",
    "remove tags",
    "publish",
    "unpublish",
    "answers fit its types",
    "sbx's requests fit its types",
    "delete",
    "refused: name",
    "refused: namespace",
    "refused: tag",
    "refused: CPU",
    "refused: memory",
    "refused: default tag's end",
    "refused: tag of nothing",
    "refused: unknown template",
    "refused: wrong key",
    "failed: unknown base",
]

CLIENTS = ["e2b Python", "novita Python", "e2b JS", "novita JS", "e2b CLI", "sbx"]


class Client:
    """Collects a client's outcomes in the file that `SBX_CLIENTS_REPORT` names."""

    def __init__(self, name):
        self.name = name

    def does(self, operation, call):
        """Runs an operation, whose outcome is that it raises nothing."""
        assert operation in OPERATIONS, operation
        why = None
        try:
            result = call()
        except Exception as error:
            result, why = None, f"{type(error).__name__}: {error}"
            traceback.print_exc()
        record(self.name, operation, why)
        return result


def record(client, operation, why):
    with open(os.environ["SBX_CLIENTS_REPORT"], "a") as report:
        report.write(json.dumps({"client": client, "operation": operation, "why": why}) + "\n")


def refused(call, *texts, kind=Exception):
    """Expects an error that says each of the texts."""
    try:
        call()
    except kind as error:
        for text in texts:
            assert text in str(error), f"expected {text!r} in {error!r}"
        return
    raise AssertionError(f"a refusal was expected: {texts}")


def table(path):
    outcomes = [json.loads(line) for line in open(path)]
    clients = CLIENTS
    cells = {(o["operation"], o["client"]): o["why"] for o in outcomes}
    for client in clients:
        # The last thing that each does: a client that breaks off has not passed.
        if ("delete", client) not in cells:
            outcomes.append({"client": client, "operation": "delete", "why": "it broke off"})
            cells["delete", client] = "it broke off"
    unknown = {operation for operation, _ in cells} - set(OPERATIONS)
    assert not unknown, unknown
    width = max(map(len, OPERATIONS))
    print(" " * width, *(f"{client:>{max(6, len(client))}}" for client in clients), sep="  ")
    for operation in OPERATIONS:
        row = []
        for client in clients:
            cell = "–"
            if (operation, client) in cells:
                cell = "FAILED" if cells[operation, client] else "ok"
            row.append(f"{cell:>{max(6, len(client))}}")
        print(f"{operation:<{width}}", *row, sep="  ")
    for outcome in outcomes:
        if outcome["why"]:
            print(f"FAILED {outcome['client']}: {outcome['operation']}: {outcome['why']}")
    failed = sum(bool(outcome["why"]) for outcome in outcomes)
    print(f"clients: {len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(table(sys.argv[1]))
