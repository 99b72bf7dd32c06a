#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation testing: makes systematic faults in the sources and asks whether a test notices each.

    tests/mutation/mutate.py build  [--rooms layers,cost]   all mutants into one program
    tests/mutation/mutate.py cover                          which tests reach which mutant
    tests/mutation/mutate.py run    [--sample 300] [--seed 1] [--rooms layers,cost] [--jobs 2]
    tests/mutation/mutate.py report [--survivors]           the score of each room

All mutants are compiled into one program and switched by the environment (mutant.hpp), so a mutant
costs the run of the tests that reach it and no build. Results are appended to results.jsonl as they
come; `run` continues where it was stopped. Everything is under build/mutation (--work).

Mutants: comparisons with and without equality, == and !=, + and -, * and /, integers one more and
one less, real numbers doubled, && and || decided early, negations dropped, height and width and
other pairs swapped, min and max swapped, terms and factors dropped, statements dropped, functions
that return at once. Code that is evaluated by the compiler cannot be switched and has no mutants.

equivalent.txt lists mutants that change nothing that can be observed, with the reason:
FILE | the line's code | mutation | reason
"""
import argparse
import collections
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROOMS = {
    "core": "analyzer/core", "layers": "analyzer/layers", "spec": "analyzer/spec", "onnx": "analyzer/onnx",
    "rewrite": "analyzer/rewrite", "exporter": "analyzer/exporter", "graph": "analyzer/graph",
    "cost": "analyzer/cost", "interpreter": "analyzer/interpreter", "plan": "analyzer/plan",
    "latency": "analyzer/latency", "space": "search/space", "engine": "search/engine",
    "sweep": "search/sweep", "accuracy": "search/accuracy", "methods": "search/methods",
    "document": "reports/document", "tables": "reports/tables",
}
OPERATORS = {
    "<": "Less", "<=": "LessEqual", ">": "Greater", ">=": "GreaterEqual", "==": "Equal",
    "!=": "NotEqual", "+": "Plus", "-": "Minus", "*": "Times", "/": "Divide", "%": "Modulo",
}
OTHER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+",
         "*": "/", "/": "*", "%": "*"}
SWAPPED = {"height": "width", "width": "height", "top": "bottom", "bottom": "top", "left": "right",
           "right": "left", "first": "second", "second": "first", "front": "back", "back": "front",
           "numerator": "denominator", "denominator": "numerator", "inputs": "outputs",
           "outputs": "inputs", "input": "output", "output": "input", "params": "macs",
           "macs": "params", "rows": "columns", "columns": "rows"}
CALLS = {"std::min": "std::max", "std::max": "std::min", "std::floor": "std::ceil",
         "std::ceil": "std::floor", "std::all_of": "std::any_of", "std::any_of": "std::all_of",
         "std::none_of": "std::any_of", "std::min_element": "std::max_element",
         "std::max_element": "std::min_element", "std::lower_bound": "std::upper_bound",
         "std::upper_bound": "std::lower_bound"}
NUMBER = re.compile(r"(?<![\w.'\"])(\d[\d']*)(\.\d+)?(e[+-]?\d+)?(?![\w.'])")
PRIMARY = r"[A-Za-z_][\w:]*(?:(?:\.|->)\w+|\(\)|\[\w+\])*"
FIXED = re.compile(r"^\s*(#|//|case |static_assert|template|using |enum |friend |namespace |default:)")


class Mutant:
    def __init__(self, identity, room, file, line, name, code):
        self.id, self.room, self.file, self.line, self.name, self.code = identity, room, file, line, name, code

    def key(self):
        return f"{self.file} | {self.code} | {self.name}"


def blank_texts(line, inside):
    """The line with texts and comments as blanks of the same length; whether a /* is still open."""
    out, i, quote = [], 0, None
    while i < len(line):
        two = line[i:i + 2]
        if inside:
            if two == "*/":
                inside, i = False, i + 2
                out.append("  ")
                continue
            out.append(" ")
        elif quote:
            if line[i] == "\\":
                out.append("  ")
                i += 2
                continue
            if line[i] == quote:
                quote = None
            out.append(" ")
        elif two == "//":
            out.append(" " * (len(line) - i))
            break
        elif two == "/*":
            inside, i = True, i + 2
            out.append("  ")
            continue
        elif line[i] == '"' or (line[i] == "'" and not (i and line[i - 1].isdigit())):
            quote = line[i]
            out.append(" ")
        else:
            out.append(line[i])
        i += 1
    return "".join(out), inside


class Source:
    """One file: its mutants, and its text with them."""

    def __init__(self, room, file, fresh, banned):
        self.room, self.file, self.banned = room, file, banned
        self.fresh = fresh
        self.lines = (ROOT / file).read_text().split("\n")
        self.mutants = []
        inside = False
        self.plain = []
        for line in self.lines:
            plain, inside = blank_texts(line, inside)
            self.plain.append(plain)
        if 'R"(' in "".join(self.lines):  # raw texts span lines: such files are left alone
            self.plain = [""] * len(self.lines)

    def make(self, n, name):
        mutant = Mutant(self.fresh(), self.room, self.file, n + 1, name, self.lines[n].strip())
        self.mutants.append(mutant)
        return mutant.id

    def text(self):
        in_table = False
        for n, plain in enumerate(self.plain):
            if in_table:  # the compiler evaluates it
                in_table = not plain.rstrip().endswith(";")
                continue
            if re.match(r"^\s*(?:inline |static )?constexpr .* =( |$)", plain) and not plain.rstrip().endswith(";"):
                in_table = True
                continue
            if n + 1 in self.banned or not plain.strip() or FIXED.match(plain):
                continue
            edits = []  # (start, end, text), not overlapping
            constant = re.match(r"^(\s*)(?:inline |static )?constexpr (?:[\w:]+ )+k\w+ = [\d.']+(?:e\d+)?;", plain)
            if "constexpr" in plain and not constant:
                continue
            if constant and not plain.startswith(" "):
                edits.append((plain.index("constexpr"), plain.index("constexpr") + 9, "const"))
            elif constant:
                continue
            self.numbers(n, plain, edits)
            if not constant:
                self.operators(n, plain, edits)
                self.words(n, plain, edits)
            self.apply(n, edits)
            self.statements(n)
        header = f'#include "{ROOT}/tests/mutation/mutant.hpp"'
        self.lines[0] = header + " " + "// " + self.lines[0]
        return "\n".join(self.lines)

    @staticmethod
    def free(edits, start, end):
        return all(end <= s or e <= start for s, e, _ in edits)

    def numbers(self, n, plain, edits):
        for m in NUMBER.finditer(plain):
            before = plain[:m.start()].rstrip()
            if before.endswith(("<", "operator", "[[")) and not before.endswith(" <"):
                continue
            if plain[m.end():m.end() + 1] == ">" or re.search(r"get<$", before):
                continue
            if m.group(2) or m.group(3):
                one = self.make(n, f"{m.group()} -> 2 * {m.group()}")
                edits.append((m.start(), m.end(), f"archcost_mutant::scaled({m.group()}, {one})"))
            else:
                more = self.make(n, f"{m.group()} -> {m.group()} + 1")
                less = self.make(n, f"{m.group()} -> {m.group()} - 1")
                edits.append((m.start(), m.end(), f"archcost_mutant::shifted({m.group()}, {more}, {less})"))

    def operators(self, n, plain, edits):
        if "operator" in plain:
            return
        for m in re.finditer(r"(?<= )(<=|>=|==|!=|<|>|\+|-|\*|/|%)(?= |$)", plain):
            if plain[:m.start()].strip() == "" or not self.free(edits, m.start(), m.end()):
                continue
            op = m.group()
            dropped = re.match(r" (" + PRIMARY + r")(?=[;,)]| [+-] |$)", plain[m.end():])
            one = self.make(n, f"{op} -> {OTHER[op]}")
            edits.append((m.start(), m.end(), f"{op} archcost_mutant::{OPERATORS[op]}{{{one}}} {op}"))
            if op in "+-*" and dropped and self.free(edits, m.end() + 1, m.end() + dropped.end()):
                term = dropped.group(1)
                neutral = "1" if op == "*" else "0"
                drop = self.make(n, f"{op} {term} dropped")
                edits.append((m.end() + 1, m.end() + dropped.end(),
                              f"(archcost_mutant::on({drop}) ? decltype({term})({neutral}) : {term})"))
        for m in re.finditer(r"(?<= )(&&|\|\|)(?= |$)", plain):
            one = self.make(n, f"{m.group()} decided")
            test = f"!archcost_mutant::on({one})" if m.group() == "&&" else f"archcost_mutant::on({one})"
            edits.append((m.start(), m.end(), f"{m.group()} {test} {m.group()}"))
        for m in re.finditer(r"(?<=[( ])!(?=[\w(])", plain):
            if re.search(r"(==|!=)\s*$", plain[:m.start()]):
                continue
            one = self.make(n, "! dropped")
            edits.append((m.start(), m.end(), f"archcost_mutant::on({one}) != !"))

    def words(self, n, plain, edits):
        for m in re.finditer(r"\b([A-Za-z_]\w*(?:\.\w+)*)\.(\w+)\b(?!\(|\w)", plain):
            other = SWAPPED.get(m.group(2))
            if other is None or not self.free(edits, m.start(), m.end()) or plain[m.end():].startswith(" ="):
                continue
            if re.search(r"[&.>]$", plain[:m.start()].rstrip()) and not plain[:m.start()].rstrip().endswith("&&"):
                continue
            one = self.make(n, f"{m.group()} -> .{other}")
            edits.append((m.start(), m.end(), f"(archcost_mutant::on({one}) ? {m.group(1)}.{other} : {m.group()})"))
        for m in re.finditer(r"\b([A-Za-z_]\w*(?:\.\w+)*)\.(\w+)\(\)", plain):
            other = SWAPPED.get(m.group(2))
            if other is None or not self.free(edits, m.start(), m.end()) or plain[m.end():].startswith(" ="):
                continue
            one = self.make(n, f"{m.group()} -> .{other}()")
            edits.append((m.start(), m.end(), f"(archcost_mutant::on({one}) ? {m.group(1)}.{other}() : {m.group()})"))
        for name, other in CALLS.items():
            for m in re.finditer(re.escape(name) + r"\(([^()]*)\)", plain):
                if not self.free(edits, m.start(), m.end()):
                    continue
                one = self.make(n, f"{name} -> {other}")
                edits.append((m.start(), m.end(),
                              f"(archcost_mutant::on({one}) ? {other}({m.group(1)}) : {m.group()})"))

    def apply(self, n, edits):
        line = self.lines[n]
        for start, end, text in sorted(edits, reverse=True):
            line = line[:start] + text + line[end:]
        self.lines[n] = line

    def statements(self, n):
        plain = self.plain[n]
        # A call or an assignment that stands on a line of its own.
        if re.match(r"^ +[a-z_]\w*(?:\.|->|\[|\(| [-+*]?= |\+\+)", plain) and plain.rstrip().endswith(";") \
                and not re.match(r"^ +(return|if|for|while|else|do|throw|delete|break|continue|const|auto|using|static|goto|co_)\b", plain) \
                and plain.count("(") == plain.count(")") and plain.count("{") == plain.count("}") \
                and re.search(r"[;{}]\s*$", self.before(n)) and not re.match(r"^ +\w+ = \w+;$", plain):
            one = self.make(n, "statement dropped")
            end = self.lines[n].rindex(";") + 1
            indent = len(self.lines[n]) - len(self.lines[n].lstrip())
            body = self.lines[n][indent:end]
            self.lines[n] = f"{self.lines[n][:indent]}if (!archcost_mutant::on({one})) {{ {body} }}{self.lines[n][end:]}"
        # The first line of a function.
        if plain.rstrip().endswith(") {") or plain.rstrip().endswith(") const {"):
            head = plain.strip()
            if re.match(r"^(if|for|while|switch|else|do|catch|\}|return|const auto|auto|namespace)\b", head) or head.startswith("}"):
                return
            if "](" in head or "] {" in head or "= [" in head or ") -> " in head:
                return
            if not re.match(r"^ {0,2}\S", plain) and not plain.startswith("    "):
                return
            void = "void " in head
            one = self.make(n, "returns at once")
            self.lines[n] += f" if (archcost_mutant::on({one})) return{'' if void else ' {}'};"

    def before(self, n):
        for k in range(n - 1, -1, -1):
            if self.plain[k].strip():
                return self.plain[k].rstrip()
        return "{"


def sources(rooms):
    for room in rooms:
        for path in sorted((ROOT / ROOMS[room]).glob("*.cpp")):
            yield room, str(path.relative_to(ROOT))


def instrument(work, rooms, banned):
    tree = work / "tree"
    counter = iter(range(1 << 17))
    mutants = []
    for room, file in sources(rooms):
        source = Source(room, file, lambda: next(counter), banned.get(file, set()))
        text = source.text()
        target = tree / file
        if not target.exists() or target.read_text() != text:
            target.unlink(missing_ok=True)
            target.write_text(text)
        mutants += source.mutants
    return mutants


def build(args):
    work, rooms = args.work, args.rooms
    tree = work / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    files = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split("\n")
    for file in filter(None, files):
        if not (ROOT / file).is_file():
            continue
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, tree / file)
    subprocess.run(["cmake", "-S", tree, "-B", work / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                    "-DCMAKE_CXX_FLAGS=-w -O1", "-DCMAKE_UNITY_BUILD=OFF", *args.cmake], check=True,
                   stdout=subprocess.DEVNULL)
    banned = collections.defaultdict(set)
    for attempt in range(25):
        mutants = instrument(work, rooms, banned)
        done = subprocess.run(["cmake", "--build", work / "build", "-j", str(args.jobs), "--target", "archcost",
                               "archcost-kernels", "archcost_tests", "--", "-k0"], text=True, capture_output=True)
        if done.returncode == 0:
            break
        found = {(str(pathlib.Path(file).relative_to(tree)), int(line)) for file, line in
                 re.findall(rf"({re.escape(str(tree))}/[^:\s]+\.cpp):(\d+):\d+:\s+(?:error|required from here)",
                            done.stdout)}
        fresh = {(file, line) for file, line in found if line not in banned[file]}
        if not fresh:
            sys.exit(done.stdout[-6000:] + "\nerror: the mutated sources do not compile")
        for file, line in fresh:
            banned[file].add(line)
        print(f"{len(fresh)} lines have mutants that do not compile", flush=True)
    else:
        sys.exit("error: the mutated sources do not compile")
    with open(work / "mutants.jsonl", "w") as out:
        for m in mutants:
            out.write(json.dumps(vars(m)) + "\n")
    print(f"{len(mutants)} mutants in {len(set(m.file for m in mutants))} files")


def load_mutants(work):
    mutants = []
    for line in open(work / "mutants.jsonl"):
        v = json.loads(line)
        mutants.append(Mutant(v["id"], v["room"], v["file"], v["line"], v["name"], v["code"]))
    return mutants


def test_program(work):
    return work / "build" / "tests" / "archcost_tests"


def test_names(work):
    listed = subprocess.run([test_program(work), "~[long]", "--list-test-names-only"], text=True,
                            capture_output=True, cwd=work / "build" / "tests").stdout
    return [name.strip() for name in listed.split("\n") if name.strip()]


def limits():
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
    os.setsid()


def run_tests(work, names, seconds, environment, listing):
    """Whether they pass; None when they take too long. `listing` is a file for their names."""
    listing.write_text("\n".join(names) + "\n")
    with tempfile.TemporaryDirectory(dir=work) as folder:
        environment = dict(os.environ, TMPDIR=folder, ARCHCOST_CACHE=folder, **environment)
        process = subprocess.Popen([test_program(work), "-a", "-f", listing], env=environment, preexec_fn=limits,
                                   cwd=work / "build" / "tests", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return None
        finally:
            try:
                os.killpg(process.pid, 9)
            except ProcessLookupError:
                pass
            process.wait()


def cover(args):
    work = args.work
    names = test_names(work)
    tests = {}
    hits_file = work / "hits.bin"
    for name in names:
        hits_file.unlink(missing_ok=True)
        start = time.time()
        passed = run_tests(work, [name], 600, {"ARCHCOST_MUTANT_HITS": str(hits_file)}, work / "cover.list")
        seconds = time.time() - start
        if not passed:
            print(f"left out, it does not pass: {name}", flush=True)
            continue
        hits = hits_file.read_bytes() if hits_file.exists() else b""
        tests[name] = {"seconds": seconds, "hits": [i for i, byte in enumerate(hits) if byte]}
    (work / "cover.json").write_text(json.dumps(tests))
    reached = set(i for test in tests.values() for i in test["hits"])
    print(f"{len(tests)} of {len(names)} tests; {len(reached)} mutants are reached")


def first_and_rest(names, tests, room):
    """A first part that takes little time, then the others."""
    del room
    ordered = sorted(names, key=lambda name: tests[name]["seconds"])
    first, total = [], 0.0
    for name in ordered:
        if total + tests[name]["seconds"] > 6 and first:
            break
        total += tests[name]["seconds"]
        first.append(name)
    return [part for part in (first, ordered[len(first):]) if part]


def run(args):
    work = args.work
    tests = json.loads((work / "cover.json").read_text())
    mutants = [m for m in load_mutants(work) if m.room in args.rooms]
    by_mutant = collections.defaultdict(list)
    for name, test in tests.items():
        for i in test["hits"]:
            by_mutant[i].append(name)
    if args.sample:
        random.Random(args.seed).shuffle(mutants)
        mutants = mutants[:args.sample]
    known = {json.loads(line)["key"] for line in open(work / "results.jsonl")} \
        if (work / "results.jsonl").exists() else set()
    excused = equivalents()
    todo = [m for m in mutants if f"{m.line} | {m.key()}" not in known and m.key() not in excused]
    out = open(work / "results.jsonl", "a")

    def judge(m):
        names = by_mutant.get(m.id, [])
        status = "unreached"
        listing = work / f"run{m.id}.list"
        for part in first_and_rest(names, tests, m.room):
            usual = sum(tests[name]["seconds"] for name in part)
            passed = run_tests(work, part, 20 + 6 * usual, {"ARCHCOST_MUTANT": str(m.id)}, listing)
            status = "survived" if passed else "killed" if passed is False else "timeout"
            if not passed:
                break
        listing.unlink(missing_ok=True)
        return m, status

    with ThreadPoolExecutor(args.jobs) as pool:
        for done, (m, status) in enumerate(pool.map(judge, todo)):
            out.write(json.dumps({"key": f"{m.line} | {m.key()}", "status": status, **vars(m)}) + "\n")
            out.flush()
            if status in ("survived", "unreached"):
                print(f"{m.file}:{m.line}: {status}: {m.name}: {m.code}", flush=True)
    report(args)


def equivalents():
    file = ROOT / "tests" / "mutation" / "equivalent.txt"
    keys = {}
    for line in file.read_text().split("\n") if file.exists() else []:
        parts = line.rsplit(" | ", 1)
        if len(parts) == 2 and not line.startswith("#"):
            keys[parts[0]] = parts[1]
    return keys


def report(args):
    excused = equivalents()
    rooms = collections.defaultdict(collections.Counter)
    survivors = []
    for line in open(args.work / "results.jsonl"):
        m = json.loads(line)
        equivalent = f"{m['file']} | {m['code']} | {m['name']}" in excused
        status = "equivalent" if equivalent else m["status"]
        rooms[m["room"]][status] += 1
        if status in ("survived", "unreached"):
            survivors.append(m)
    print(f"{'room':12} {'mutants':>8} {'killed':>7} {'survived':>9} {'unreached':>10} {'equivalent':>11} {'score':>7}")
    total = collections.Counter()
    for room in [*sorted(rooms), "all"]:
        count = rooms[room] if room != "all" else total
        if room != "all":
            total.update(count)
        killed = count["killed"] + count["timeout"]
        judged = killed + count["survived"] + count["unreached"]
        score = f"{100 * killed / judged:6.1f}%" if judged else "      -"
        print(f"{room:12} {judged + count['equivalent']:8} {killed:7} {count['survived']:9} {count['unreached']:10} "
              f"{count['equivalent']:11} {score}")
    if args.survivors:
        for m in survivors:
            print(f"{m['file']}:{m['line']}: {m['status']}: {m['name']}: {m['code']}")
    killed = total["killed"] + total["timeout"]
    if 100 * killed < args.least * (killed + total["survived"] + total["unreached"]):
        sys.exit(f"error: less than {args.least} % of the mutants were noticed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["build", "cover", "run", "report"])
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--rooms", default=",".join(r for r in ROOMS if (ROOT / ROOMS[r]).is_dir()))
    parser.add_argument("--sample", type=int, default=0, help="so many mutants, taken at random; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("--least", type=float, default=0, help="of run and report: the least score, in percent")
    parser.add_argument("--cmake", action="append", default=[], help="an option of the configuration")
    args = parser.parse_args()
    args.work = args.work.resolve()
    args.rooms = args.rooms.split(",")
    args.work.mkdir(parents=True, exist_ok=True)
    {"build": build, "cover": cover, "run": run, "report": report}[args.command](args)


if __name__ == "__main__":
    main()
