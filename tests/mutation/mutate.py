#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation testing: makes systematic faults in the sources and asks whether a test notices each.

    tests/mutation/mutate.py build  [--rooms layers,cost]   all mutants into one program
    tests/mutation/mutate.py cover                          which tests reach which mutant
    tests/mutation/mutate.py run    [--sample 300] [--seed 1] [--rooms layers,cost] [--jobs 2] [--again]
    tests/mutation/mutate.py report [--survivors]           the score of each room
    tests/mutation/mutate.py try TEST.cpp [--files pool]    what a test file notices that nothing noticed so far

All mutants are compiled into one program and switched by the environment (mutant.hpp), so a mutant
costs the run of the tests that reach it and no build. `build` needs a build of the same sources (--base,
the release preset's): the mutated rooms are compiled and linked with the rest of it. Everything is under
build/mutation (--work).
Each step continues where it was stopped: `build` compiles what changed, `cover` runs the tests whose
files changed, `run` appends to results.jsonl and leaves out what has a result there; with --again it
runs the mutants that no test noticed so far. A sample has equally many mutants of each room.
`try` is for writing tests: it compiles one test file, links it with the mutated rooms and runs it with each
mutant of the files that has not been noticed; `build` comes first, the release build need not follow. It keeps
what is noticed only: a fair score is that of a sample, `run` and `report` with the same --sample and --seed.

A mutant is given the tests that reach it: those that noticed others of the same file first, then
others of the same room, then those of the room's own folder, the quickest first, until --patience
seconds of usual time are spent.
archcost-kernels is not mutated: --kernels names the program.

Mutants: comparisons with and without equality, == and !=, + and -, * and +, / and *, integers one more and
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
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROOMS = {
    "core": "analyzer/core", "layers": "analyzer/layers", "spec": "analyzer/spec", "onnx": "analyzer/onnx",
    "rewrite": "analyzer/rewrite", "exporter": "analyzer/exporter", "graph": "analyzer/graph",
    "cost": "analyzer/cost", "interpreter": "analyzer/interpreter", "plan": "analyzer/plan",
    "latency": "analyzer/latency", "space": "search/space", "engine": "search/engine",
    "sweep": "search/sweep", "accuracy": "search/accuracy", "methods": "search/methods",
    "document": "reports/document", "tables": "reports/tables", "runner": "analyzer/runner", "writers": "reports/writers",
    "pictures": "reports/pictures", "pages": "reports/pages", "templates": "reports/templates", "cli": "cli",
}
PROGRAMS = ["archcost_tests", "archcost_kernel_tests"]  # the latter guards the interpreter and plans
OPERATORS = {
    "<": "Less", "<=": "LessEqual", ">": "Greater", ">=": "GreaterEqual", "==": "Equal",
    "!=": "NotEqual", "+": "Plus", "-": "Minus", "*": "Times", "/": "Divide", "%": "Modulo",
}
OTHER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+",
         "*": "+", "/": "*", "%": "*"}
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
        self.nth = 0  # among those of the file with the same code and name

    def key(self):
        return f"{self.file} | {self.code} | {self.name}"

    def full_key(self):
        return f"{self.key()} | {self.nth}"


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

    def __init__(self, room, file, first, banned):
        self.room, self.file, self.banned = room, file, banned  # banned: lines' code
        self.first = first  # the first mutant's id
        self.lines = (ROOT / file).read_text().split("\n")
        self.original = list(self.lines)
        self.mutants = []
        inside = False
        self.plain = []
        for line in self.lines:
            plain, inside = blank_texts(line, inside)
            self.plain.append(plain)
        if 'R"(' in "".join(self.lines):  # raw texts span lines: such files are left alone
            self.plain = [""] * len(self.lines)

    def make(self, n, name):
        mutant = Mutant(self.first + len(self.mutants), self.room, self.file, n + 1, name, self.original[n].strip())
        mutant.nth = sum(m.name == name and m.code == mutant.code for m in self.mutants)
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
            if self.original[n].strip() in self.banned or not plain.strip() or FIXED.match(plain):
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
        header = '#include "tests/mutation/mutant.hpp"'
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
                              f"archcost_mutant::dropped({term}, {drop}, {neutral})"))
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
            void = "void " in self.whole_head(n)
            one = self.make(n, "returns at once")
            self.lines[n] += f" if (archcost_mutant::on({one})) return{'' if void else ' {}'};"

    def whole_head(self, n):
        start = n
        while start > 0 and self.plain[start - 1].strip() and not re.search(r"[;{}:]\s*$", self.plain[start - 1]):
            start -= 1
        return " ".join(self.plain[start:n + 1])

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
    """The mutated files, by name: (room, text); and all mutants.

    Ids of a file's mutants are from a range of its own, so that a change of one file leaves the others as they are.
    """
    ranges_file = work / "ranges.json"
    ranges = json.loads(ranges_file.read_text()) if ranges_file.exists() else {}
    mutants, texts = [], {}
    for room, file in sources(rooms):
        source = Source(room, file, ranges.get(file, [0])[0], banned[file])
        text = source.text()
        if file not in ranges or len(source.mutants) > ranges[file][1]:
            start = max((first + size for first, size in ranges.values()), default=0)
            ranges[file] = [start, len(source.mutants) * 5 // 4 + 16]
            source = Source(room, file, start, banned[file])
            text = source.text()
        texts[file] = (room, text)
        mutants += source.mutants
    ranges_file.write_text(json.dumps(ranges))
    return texts, mutants


def lines_to_ban(output, folder, mutants):
    """The lines of the mutants that the compiler complains of: file, code."""
    by_file = collections.defaultdict(dict)
    for m in mutants:
        by_file[m.file][m.line] = m.code
    found = set()
    # ccache may write paths that are relative to another folder.
    places = re.findall(rf"/{folder.name}/([^:\s]+\.cpp):(\d+):\d+:\s+(?:error|required from|note: .* was not initialized with a constant)", output)
    for file, line in places:
        line, lines = int(line), by_file.get(file, {})
        near = [line] if line in lines else [k for k in lines if abs(k - line) <= 3]
        if not near and lines:  # as at the end of a table
            near = [min(lines, key=lambda k: abs(k - line))]
        found |= {(file, lines[k]) for k in near}
    return found


def compile_commands(base):
    """The compiler and its options, by room."""
    commands = {}
    for entry in json.loads((base / "compile_commands.json").read_text()):
        target = re.search(r"CMakeFiles/archcost(?:_(\w+))?\.dir/", entry["command"])
        room = target and (target.group(1) or "cli")
        if room in ROOMS:
            words = shlex.split(entry["command"])
            commands[room] = [word for word in words[:words.index("-o")] if word != "-Werror"]
    return commands


def compile_changed(args, texts):
    """Compiles what changed. Returns what the compiler says of files that don't compile."""
    work = args.work
    commands = compile_commands(args.base)
    launcher = ["ccache"] if shutil.which("ccache") else []
    stamps_file = work / "stamps.json"
    stamps = json.loads(stamps_file.read_text()) if stamps_file.exists() else {}
    headers = subprocess.check_output("cat $(git ls-files '*.hpp' ':!tests') tests/mutation/mutant.hpp", shell=True, cwd=ROOT)
    todo = {}
    for file, (room, text) in texts.items():
        stamp = zlib.crc32(headers + text.encode())
        if stamps.get(file) != stamp:
            todo[file] = stamp

    def one(file):
        room, text = texts[file]
        source, target = work / "src" / file, work / "obj" / (file + ".o")
        for path in (source, target):
            path.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        done = subprocess.run([*launcher, *commands[room], "-w", "-O1", "-fmax-errors=0", "-o", target, "-c", source], cwd=args.base,
                              text=True, capture_output=True)
        return file, "" if done.returncode == 0 else done.stderr

    errors = ""
    with ThreadPoolExecutor(args.jobs) as pool:
        for file, error in pool.map(one, todo):
            errors += error
            if not error:
                stamps[file] = todo[file]
                stamps_file.write_text(json.dumps(stamps))
    return errors


def objects_of(args, room):
    """The objects of a room's mutated sources, and of those that the build generates."""
    objects = sorted((args.work / "obj" / ROOMS[room]).glob("*.o"))
    for unit in sorted((args.base / "CMakeFiles" / f"archcost_{room}.dir" / "Unity").glob("*.cxx")):
        for source in map(pathlib.Path, re.findall(r'#include "(.*)"', unit.read_text())):
            if source.is_relative_to(args.base):
                objects.append(args.work / "obj" / (source.name + ".o"))
                subprocess.run([*compile_commands(args.base)[room], "-o", objects[-1], "-c", source], cwd=args.base, check=True)
    return [str(path) for path in objects]


def link_command(base, target):
    """How the base build links a program. Only the link: what ninja does behind it, as the discovery of tests, is left out."""
    commands = subprocess.check_output(["ninja", "-C", base, "-t", "commands", target], text=True).split("\n")
    command = next(c for c in reversed(commands) if f"-o {target} " in c)
    return re.sub(r"^: && ", "", command).split(" && ")[0]


def link(args):
    """The programs of the base build, with the mutated rooms in place of its own."""
    work, base = args.work, args.base
    (work / "bin").mkdir(exist_ok=True)
    for room in args.rooms:
        if room != "cli":  # the program's own objects
            library = work / f"libarchcost_{room}.a"
            library.unlink(missing_ok=True)
            subprocess.run(["ar", "qc", library, *objects_of(args, room)], check=True)
    for name, target in (("archcost", "archcost"), *((name, f"tests/{name}") for name in PROGRAMS)):
        command = link_command(base, target).replace(f"-o {target} ", f"-o {work}/bin/{name} ")
        for room in args.rooms:
            command = command.replace(f" libarchcost_{room}.a", f" {work}/libarchcost_{room}.a")
        if name == "archcost" and "cli" in args.rooms:
            command = re.sub(r"( CMakeFiles/archcost\.dir/\S+)+", " " + " ".join(objects_of(args, "cli")), command)
        subprocess.run(command, shell=True, cwd=base, check=True)
    for name in ("arch_specs", "report_templates", "batch_templates", "engines"):
        link_path = work / "bin" / name
        if not link_path.exists():
            link_path.symlink_to((base / name).resolve())


def build(args):
    work = args.work
    banned_file = work / "banned.json"
    banned = collections.defaultdict(set)
    if banned_file.exists():
        banned.update({file: set(lines) for file, lines in json.loads(banned_file.read_text()).items()})
    while True:
        texts, mutants = instrument(work, args.rooms, banned)
        errors = compile_changed(args, texts)
        if not errors:
            break
        fresh = lines_to_ban(errors, work / "src", mutants)
        if not fresh:
            lines = [line for line in errors.split("\n") if re.search(r" error: |required from", line)]
            sys.exit("\n".join(lines[:40]) + "\nerror: the mutated sources do not compile")
        for file, code in fresh:
            banned[file].add(code)
        banned_file.write_text(json.dumps({file: sorted(lines) for file, lines in banned.items() if lines}))
        print(f"{len(fresh)} lines have mutants that do not compile", flush=True)
    link(args)
    with open(work / "mutants.jsonl", "w") as out:
        for m in mutants:
            out.write(json.dumps(vars(m)) + "\n")
    print(f"{len(mutants)} mutants in {len(texts)} files")


def load_mutants(work):
    mutants = []
    for line in open(work / "mutants.jsonl"):
        v = json.loads(line)
        mutants.append(Mutant(v["id"], v["room"], v["file"], v["line"], v["name"], v["code"]))
        mutants[-1].nth = v["nth"]
    return mutants


def test_names(work):
    """The names of the tests, each with its program."""
    programs = {}
    for program in PROGRAMS:
        listed = subprocess.run([work / "bin" / program, "~[long]", "--list-test-names-only"], text=True,
                                capture_output=True, cwd=work / "bin").stdout
        programs.update({name.strip(): program for name in listed.split("\n") if name.strip()})
    return programs


def limits():
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setsid()
    os.nice(10)


def end_left_over(folder):
    """Ends the programs that tests started with this TMPDIR and that a mutant keeps from ending."""
    for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"TMPDIR={folder}\0".encode() in environment.read_bytes():
                os.kill(int(environment.parent.name), 9)
        except OSError:
            pass


def run_tests(args, tests, seconds, environment, listing):
    """Whether they pass, None when they take too long; and the names of those that failed.

    `tests`: the program of each name; `listing` is a file for the names.
    """
    for program in PROGRAMS:
        names = [name for name in tests if tests[name] == program]
        if names:
            passed, failed = run_program(args, program, names, seconds, environment, listing)
            if not passed:
                return passed, failed
    return True, []


def run_program(args, program, names, seconds, environment, listing):
    # Catch2 takes commas and brackets for its own.
    listing.write_text("".join(re.sub(r"([,\[\]])", r"\\\1", name) + "\n" for name in names))
    passed, log = passes(args, [program, "-a", "-w", "NoTests", "-f", listing], seconds, environment)
    lines = {line.rstrip() for line in log.split("\n")[:2000]}
    return passed, [name for name in names if name in lines] if passed is False else []


def passes(args, command, seconds, environment):
    """Whether a program of tests ends with success, None when it takes too long; and what it prints."""
    work = args.work
    with tempfile.TemporaryDirectory(dir=work) as folder:
        environment = dict(os.environ, TMPDIR=folder, ARCHCOST_CACHE=folder, ARCHCOST_KERNELS=str(args.kernels),
                           ARCHCOST_TEST_PROGRAM=str(work / "bin" / "archcost"),
                           **environment)
        log = pathlib.Path(folder) / "mutation_log.txt"
        with open(log, "w") as out:
            process = subprocess.Popen([work / "bin" / command[0], *command[1:]], env=environment, preexec_fn=limits,
                                       cwd=work / "bin", stdout=out, stderr=subprocess.DEVNULL)
        try:
            passed = process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            passed = None
        finally:
            try:
                os.killpg(process.pid, 9)
            except ProcessLookupError:
                pass
            process.wait()
            end_left_over(folder)
        return passed, log.read_text(errors="replace")


def tests_by_folder():
    """The names of the tests in each folder of tests/, and the text of the file of each."""
    folders, texts = {}, {}
    for path in (ROOT / "tests").glob("*/*.cpp"):
        text = path.read_text()
        for name in re.findall(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', text):
            name = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', name)).replace('\\"', '"')
            folders[name], texts[name] = path.parent.name, text
    return folders, texts


FOLDERS = {"space": "search", "engine": "search", "sweep": "search", "accuracy": "search", "methods": "search",
           "document": "reports", "tables": "reports", "writers": "reports", "pictures": "reports", "pages": "reports",
           "templates": "reports"}


def cover(args):
    work = args.work
    folders, texts = tests_by_folder()
    programs = test_names(work)
    names = [name for name in programs if not args.tests or folders.get(name) in args.tests.split(",")]
    stamp = str((work / "mutants.jsonl").stat().st_mtime)
    cover_file = work / "cover.json"
    old = json.loads(cover_file.read_text()) if cover_file.exists() and not args.again else {}
    ranges = json.dumps(json.loads((work / "ranges.json").read_text()), sort_keys=True)
    tests = {}
    hits_file = work / "hits.bin"
    for name in names:
        version = zlib.crc32((ranges + texts.get(name, stamp)).encode())
        if name in old and old[name]["version"] == version:
            tests[name] = old[name]
            continue
        hits_file.unlink(missing_ok=True)
        start = time.time()
        passed, _ = run_tests(args, {name: programs[name]}, 600, {"ARCHCOST_MUTANT_HITS": str(hits_file)}, work / "cover.list")
        seconds = time.time() - start
        if not passed:
            print(f"left out, it does not pass: {name}", flush=True)
            continue
        hits = hits_file.read_bytes() if hits_file.exists() else b""
        tests[name] = {"seconds": seconds, "hits": [i for i, byte in enumerate(hits) if byte == 1],
                       "none": [i for i, byte in enumerate(hits) if byte == 2], "version": version, "program": programs[name]}
    cover_file.write_text(json.dumps(tests))
    reached = set(i for test in tests.values() for i in test["hits"])
    print(f"{len(tests)} of {len(names)} tests; {len(reached)} mutants are reached")


def in_parts(names, tests, first, patience):
    """The names ordered, in parts: some 2 seconds, 8 seconds, and the rest."""
    ordered = sorted(names, key=lambda name: (first(name), tests[name]["seconds"]))
    parts, spent = [[], [], []], 0.0
    for name in ordered:
        seconds = tests[name]["seconds"]
        if spent + seconds > patience and spent > 0:
            continue
        spent += seconds
        parts[0 if spent <= 2 or not parts[0] else 1 if spent <= 8 else 2].append(name)
    return [part for part in parts if part]


def results(work):
    """The last result of each mutant."""
    found = {}
    if (work / "results.jsonl").exists():
        for line in open(work / "results.jsonl"):
            m = json.loads(line)
            found[m["key"]] = m
    return found


def selected(args, room, file):
    """Whether --rooms and --files take the file."""
    return room in args.rooms and (not args.files or any(part in file for part in args.files.split(",")))


def take_sample(mutants, sample, seed):
    """Equally many of each room, as far as it has them."""
    by_room = collections.defaultdict(list)
    for m in mutants:
        by_room[m.room].append(m)
    taken = []
    for done, room in enumerate(sorted(by_room, key=lambda room: (len(by_room[room]), room))):
        share = -(-(sample - len(taken)) // (len(by_room) - done))
        room_mutants = by_room[room]
        random.Random(f"{seed} {room}").shuffle(room_mutants)
        taken += room_mutants[:share]
    return taken[:sample]


def run(args):
    work = args.work
    tests = json.loads((work / "cover.json").read_text())
    mutants = [m for m in load_mutants(work) if selected(args, m.room, m.file)]
    by_mutant = collections.defaultdict(list)
    none = set()  # the types of their operands have no such operator, as + of texts
    for name, test in tests.items():
        none.update(test["none"])
        for i in test["hits"]:
            by_mutant[i].append(name)
    if args.sample:
        mutants = take_sample(mutants, args.sample, args.seed)
    known = results(work)
    excused = equivalents()
    folders, _ = tests_by_folder()
    killers = collections.defaultdict(collections.Counter)
    for result in known.values():
        killers[result["file"]].update(result.get("by", []))
        killers[result["room"]].update(result.get("by", []))

    def wanted(m):
        if m.key() in excused:
            return False
        result = known.get(m.full_key())
        return result["status"] in ("survived", "unreached") if args.again and result else result is None and not args.again

    todo = [m for m in mutants if wanted(m)]
    random.Random(args.seed).shuffle(todo)
    out = open(work / "results.jsonl", "a")

    def judge(m):
        names = by_mutant.get(m.id, [])
        status, by = "none" if m.id in none and not names else "unreached", []
        listing = work / f"run{m.id}.list"
        folder = FOLDERS.get(m.room, m.room)
        for part in in_parts(names, tests, lambda name: (-killers[m.file][name], -killers[m.room][name], folders.get(name) != folder),
                             args.patience):
            usual = sum(tests[name]["seconds"] for name in part)
            passed, by = run_tests(args, {name: tests[name].get("program", PROGRAMS[0]) for name in part}, 20 + 6 * usual, {"ARCHCOST_MUTANT": str(m.id)}, listing)
            status = "survived" if passed else "killed" if passed is False else "timeout"
            if not passed:
                break
        listing.unlink(missing_ok=True)
        killers[m.file].update(by)
        killers[m.room].update(by)
        return m, status, by

    with ThreadPoolExecutor(args.jobs) as pool:
        for m, status, by in pool.map(judge, todo):
            out.write(json.dumps({"key": m.full_key(), "status": status, "by": by, **vars(m)}) + "\n")
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
    sampled = None
    if args.sample:
        mutants = [m for m in load_mutants(args.work) if selected(args, m.room, m.file)]
        sampled = {m.full_key() for m in take_sample(mutants, args.sample, args.seed)}
    for m in results(args.work).values():
        if not selected(args, m["room"], m["file"]) or (sampled is not None and m["key"] not in sampled):
            continue
        equivalent = f"{m['file']} | {m['code']} | {m['name']}" in excused
        status = "equivalent" if equivalent else m["status"]
        if status != "none":
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


def compile_test(args, file):
    """The object of a test file, compiled again when it or the mutated sources changed."""
    entries = json.loads((args.base / "compile_commands.json").read_text())
    words = shlex.split(next(e["command"] for e in entries if "archcost_tests.dir/" in e["command"]))
    words = words[:words.index("-o")]
    target = args.work / "obj" / file.relative_to(ROOT).with_suffix(".o")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.stat().st_mtime < max(file.stat().st_mtime, (args.work / "mutants.jsonl").stat().st_mtime):
        subprocess.run([*words, "-w", "-O1", "-o", target, "-c", file], cwd=args.base, check=True)
    return target


def try_tests(args):
    """Runs test files with each mutant that is not noticed so far."""
    work = args.work
    files = [path.resolve() for path in args.test_files]
    if not files or not all(file.exists() for file in files):
        sys.exit("error: try: name files of tests")
    support = sorted((ROOT / "tests" / "support").glob("*.cpp"))
    objects = [str(compile_test(args, file)) for file in [*support, *files]]
    words = [word for word in shlex.split(link_command(args.base, "tests/archcost_tests")) if not word.endswith(".o")]
    name = f"tried_{files[0].stem}_{zlib.crc32(' '.join(map(str, files)).encode()):08x}"
    at = words.index("-o")
    words[at:at + 2] = [*objects, "-o", str(work / "bin" / name)]
    mutated = {path.name: str(path) for path in work.glob("lib*.a")}
    subprocess.run([mutated.get(word, word) for word in words], cwd=args.base, check=True)

    def run_with(environment, seconds):
        return passes(args, [name, "-a", "~[long]"], seconds, environment)

    hits = work / f"{name}.hits"
    hits.unlink(missing_ok=True)
    start = time.time()
    passed, output = run_with({"ARCHCOST_MUTANT_HITS": str(hits)}, 600)
    if not passed:
        sys.exit(output + "error: the tests fail without a mutant")
    usual, reached = time.time() - start, hits.read_bytes()
    hits.unlink()
    known, excused = results(work), equivalents()
    todo = [m for m in load_mutants(work) if selected(args, m.room, m.file) and reached[m.id] == 1 and m.key() not in excused
            and known.get(m.full_key(), {"status": "survived"})["status"] in ("survived", "unreached")]
    print(f"{len(todo)} mutants, {usual:.2f} s each")
    with ThreadPoolExecutor(args.jobs) as pool, open(work / "results.jsonl", "a") as out:
        for m, (passed, _) in zip(todo, pool.map(lambda m: run_with({"ARCHCOST_MUTANT": str(m.id)}, 20 + 6 * usual), todo)):
            print(f"{m.file}:{m.line}: {'survived' if passed else 'killed'}: {m.name}: {m.code}", flush=True)
            if not passed:
                out.write(json.dumps({"key": m.full_key(), "status": "killed", "by": [], **vars(m)}) + "\n")
                out.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["build", "cover", "run", "report", "try"])
    parser.add_argument("test_files", nargs="*", type=pathlib.Path, help="of try: files of tests")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--rooms", default=",".join(r for r in ROOMS if (ROOT / ROOMS[r]).is_dir()))
    parser.add_argument("--files", default="", help="of run, report and try: only files whose path contains one of these")
    parser.add_argument("--sample", type=int, default=0, help="of run and report: so many mutants, taken at random; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--again", action="store_true", help="of run: what no test noticed; of cover: all tests")
    parser.add_argument("--tests", default="", help="of cover: only those in these folders of tests/")
    parser.add_argument("--patience", type=float, default=60, help="of run: usual seconds of tests for a mutant")
    parser.add_argument("--kernels", type=pathlib.Path, default=ROOT / "build" / "release" / "archcost-kernels")
    parser.add_argument("--survivors", action="store_true")
    parser.add_argument("--least", type=float, default=0, help="of run and report: the least score, in percent")
    parser.add_argument("--base", type=pathlib.Path, default=ROOT / "build" / "release",
                        help="a build of the same sources: its programs, with mutated rooms, are tested")
    args = parser.parse_args()
    args.work, args.base = args.work.resolve(), args.base.resolve()
    args.rooms = args.rooms.split(",")
    args.work.mkdir(parents=True, exist_ok=True)
    {"build": build, "cover": cover, "run": run, "report": report, "try": try_tests}[args.command](args)


if __name__ == "__main__":
    main()
