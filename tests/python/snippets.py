#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the Python blocks of docs/PYTHON.md in one session and compares what they print with the text blocks after
them. A block that imports a missing library is left out, and said so. Ends with 77 where pandas is missing.

  tests/python/snippets.py build/release/archcost [docs/PYTHON.md]"""
import contextlib
import importlib.util
import io
import os
import re
import sys
import tempfile
import traceback


def blocks_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = re.findall(r"^```(python|text)\n(.*?)^```$", text, re.M | re.S)
    for at, (language, code) in enumerate(found):
        if language == "python":
            wanted = found[at + 1][1] if at + 1 < len(found) and found[at + 1][0] == "text" else None
            yield code, wanted


def main():
    program = os.path.abspath(sys.argv[1])
    source = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "PYTHON.md")
    document = os.path.abspath(sys.argv[2] if len(sys.argv) > 2 else source)
    if importlib.util.find_spec("pandas") is None:
        print("skipped: pandas is missing (on Debian, the package python3-pandas)")
        return 77
    os.environ["PATH"] = os.path.dirname(program) + os.pathsep + os.environ["PATH"]
    session, failed, ran, left_out = {}, 0, 0, []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for code, wanted in blocks_of(document):
            missing = [name for name in re.findall(r"^import (\w+)", code, re.M) if importlib.util.find_spec(name) is None]
            if missing:
                left_out += missing
                continue
            out = io.StringIO()
            try:
                with contextlib.redirect_stdout(out):
                    exec(compile(code, document, "exec"), session)  # pylint: disable=exec-used
            except Exception:  # pylint: disable=broad-except
                traceback.print_exc()
                failed += 1
                continue
            ran += 1
            got = [line.rstrip() for line in out.getvalue().rstrip().split("\n")]
            if wanted is not None and got != [line.rstrip() for line in wanted.rstrip().split("\n")]:
                print(f"--- the document says\n{wanted}--- it printed\n" + "\n".join(got))
                failed += 1
        os.chdir("/")
    for name in left_out:
        print(f"left out: {name} is missing")
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
