"""Runs exported programs in Python, one after the other.

Each line of standard input is an object with the path of a program and variables to set. The answer
is a line that begins with `answer: `, with the error as JSON: empty if the program ended well.
"""

import json
import os
import runpy
import sys
import traceback


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        task = json.loads(line)
        os.environ.update(task["environment"])
        answer = ""
        try:
            runpy.run_path(task["program"], run_name="__main__")
        except BaseException:
            answer = traceback.format_exc()
        answers.write("\nanswer: " + json.dumps(answer) + "\n")
        answers.flush()


main()
