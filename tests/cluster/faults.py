#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random faults in divided work: nothing may be lost, and nothing doubled.

faults.py ARCHCOST [--faults 100] [--seed 1] [--only sweep|columns|search|evolution|profile]

Each trial divides a small work into parts, lets one fault happen (a task is killed, a part is cut off,
changed, doubled, of an earlier version, of another work, or the disk is full), and then does what the
messages of `archcost join` say until it succeeds. The joined result has to be that of one run, byte for
byte; of a profile, every figure that was stored has to be there, and every layer.
"""

import argparse
import collections
import os
import pathlib
import random
import resource
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

PARTS = 4
WORKS = {
    "sweep": (
        "sweep mobilenet_v1 --vary alpha=0.1:1:0.001 --vary rho=0.5:1:0.001 --columns macs,params",
        ".csv",
    ),
    "columns": (
        "sweep mobilenet_v1 --vary alpha=0.1:1:0.001 --vary rho=0.5:1:0.001 --columns macs,entropy",
        ".npy",
    ),
    "search": (
        "search mobilenet_v1 --vary alpha=0.1:1:0.001 --vary rho=0.5:1:0.001 --maximize entropy "
        "--minimize macs",
        ".csv",
    ),
    "evolution": (
        'search mobilenet_v1 --vary "widths(i)=8:widths(i):8" --maximize entropy --minimize macs '
        "--method evolve --evaluations 4000000",
        ".csv",
    ),
    "profile": (
        "profile standard_conv separable_conv se_layer --blocks 1 --seconds 0.001 --samples 1",
        ".db",
    ),
}
FAULTS = ["kill", "truncated", "changed", "doubled", "old version", "foreign", "full disk", "missing"]


class Trial:
    def __init__(self, program, work, fault, folder, chance):
        self.program, self.work, self.fault = program, work, fault
        self.folder, self.chance = folder, chance
        self.command, self.extension = WORKS[work]
        self.command = shlex.split(self.command)
        self.output = "--db" if work == "profile" else "-o"
        self.stored = set()

    def run(self, arguments, **options):
        return subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            **options,
        )

    def searches(self):
        return self.work in ("search", "evolution")

    def part(self, number):
        return self.folder / f"part{number}{self.extension}"

    def part_command(self, number, resume=True):
        resume = ["--resume"] if resume and self.work != "profile" else []
        shard = ["--shard", f"{number}/{PARTS}"]
        return [*self.command, *shard, *resume, self.output, self.part(number).name]

    def make_part(self, number):
        done = self.run(self.part_command(number))
        assert done.returncode == 0, done.stderr

    def data_file(self, number):
        part = self.part(number)
        return part / "macs.npy" if part.is_dir() else part

    # Faults: each leaves part `number` in some state.

    def kill(self, number):
        process = subprocess.Popen(
            [self.program, *self.part_command(number)],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(self.chance.uniform(0, 1.0 if self.work in ("evolution", "profile") else 0.25))
        process.send_signal(self.chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1]))
        process.wait()

    def truncated(self, number):
        self.make_part(number)
        file = self.data_file(number)
        os.truncate(file, self.chance.randrange(file.stat().st_size))

    def changed(self, number):
        self.make_part(number)
        file = self.data_file(number)
        content = bytearray(file.read_bytes())
        # The header of a column is written anew, and of a database not every byte is in use.
        first = 128 if self.work == "columns" else 0
        content[self.chance.randrange(first, len(content))] ^= 1 << self.chance.randrange(8)
        file.write_bytes(content)

    def doubled(self, number):
        self.make_part(number)
        part, copy = self.part(number), self.folder / f"part{number}-copy{self.extension}"
        if part.is_dir():
            shutil.copytree(part, copy)
        else:
            shutil.copyfile(part, copy)

    def old_version(self, number):
        self.make_part(number)
        part = self.part(number)
        if self.work == "profile":  # a database of version 2 is brought up to date when it is opened
            return
        if part.is_dir():
            index = part / "columns.json"
            index.write_text(index.read_text().replace('"version":"', '"version":"0.0.'))
            return
        if self.chance.random() < 0.5:  # before parts had checksums
            part.write_text(f"# archcost sweep 0123456789abcdef shard {number}/{PARTS}\nalpha\n1\n# end 1\n")
        else:
            part.write_text(part.read_text().replace('"version":"', '"version":"0.0.', 1))

    def foreign(self, number):
        other = [w.replace("mobilenet_v1", "mobilenet_v2").replace("rho=", "s=") for w in self.command]
        if self.work == "profile":
            other = ["profile", "group_conv", *self.command[4:]]
        elif not self.searches():
            other = "sweep mobilenet_v2 --vary alpha=0.5:1:0.1 --columns macs".split()
        else:
            other = "search mobilenet_v2 --vary alpha=0.5:1:0.1 --minimize macs".split()
        shard = ["--shard", f"{number}/{PARTS}", self.output, self.part(number).name]
        done = self.run([*other, *shard])
        assert done.returncode == 0, done.stderr

    def full_disk(self, number):
        most = self.chance.randrange(1, 3000 if self.searches() else 400_000)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        done = self.run(self.part_command(number), preexec_fn=limit)
        if done.returncode not in (0, 1, 3):
            raise AssertionError(f"status {done.returncode}: {done.stderr}")

    def missing(self, number):
        pass

    # What the messages say.

    def figures(self, database):
        with sqlite3.connect(database) as connection:
            rows = connection.execute("SELECT problem, option, seconds, date FROM layers").fetchall()
        keys = [row[:2] for row in rows]
        assert len(keys) == len(set(keys)), "a figure is doubled"
        return set(rows)

    def remember_figures(self):
        for number in range(1, PARTS + 1):
            try:
                self.stored |= self.figures(self.part(number))
            except (sqlite3.Error, OSError):
                pass

    def join(self):
        # As a shell's part*.csv: also what a stopped task left is not named.
        parts = sorted(p.name for p in self.folder.glob(f"part*{self.extension}"))
        return self.run(["join", *parts, "-o", f"joined{self.extension}"])

    def follow(self, messages):
        """Does what the messages say; False: they say nothing."""
        followed = False
        lines = messages.splitlines()
        for line in lines:
            # "damaged: SQLite can't read it; remove it, and make it again"
            if "damaged: " in line and "its figures" not in line and self.work == "profile":
                name = line.split(":")[0]
                (self.folder / name).rename(self.folder / f"{name}.moved")
                followed = True
        for line in lines:
            if not line.startswith("    archcost "):
                continue
            done = subprocess.run(
                ["bash", "-c", line.replace("archcost", self.program, 1)],
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=300,
            )
            followed = True
            if done.returncode != 0:
                raise AssertionError(f"the named command fails: {line}\n{done.stderr}")
        for line in lines:
            # Another work's part whose place is taken by now.
            if ": error: of another" in line or ": error: one of " in line:
                followed = True
        return followed

    def check(self, reference):
        joined = self.folder / f"joined{self.extension}"
        if self.work == "profile":
            figures = self.figures(joined)
            # A reorder may be timed in several parts: then one of its figures stays.
            lost = {row[:2] for row in self.stored} - {row[:2] for row in figures}
            assert not lost, f"lost: {lost}"
            have = {row[0] for row in figures}
            assert reference <= have, f"layers without a figure: {reference - have}"
        elif joined.is_dir():
            same = {p.name: p.read_bytes() for p in joined.iterdir()} == reference
            assert same, "the columns differ"
        else:
            assert joined.read_bytes() == reference, "the result differs"

    def go(self, reference):
        bad = self.chance.randrange(1, PARTS + 1)
        for number in range(1, PARTS + 1):
            if number != bad:
                self.make_part(number)
        getattr(self, self.fault.replace(" ", "_"))(bad)
        if self.work == "profile":
            self.remember_figures()
        for _ in range(6):
            done = self.join()
            if done.returncode == 0:
                return self.check(reference)
            if not self.follow(done.stderr):
                raise AssertionError(f"join says nothing to do: {done.stderr}")
        raise AssertionError(f"join never succeeds: {done.stderr}")


def reference_of(program, work, folder):
    command, extension = WORKS[work]
    output = "--db" if work == "profile" else "-o"
    whole = folder / f"whole{extension}"
    if work == "evolution":  # its parts are searches of their own
        parts = [str(folder / f"part{k}{extension}") for k in range(1, PARTS + 1)]
        for number, part in enumerate(parts, 1):
            shard = ["--shard", f"{number}/{PARTS}", "-o", part]
            subprocess.run([program, *shlex.split(command), *shard], check=True)
        arguments = ["join", *parts]
    else:
        arguments = shlex.split(command)
    done = subprocess.run([program, *arguments, output, str(whole)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if work == "profile":
        with sqlite3.connect(whole) as connection:
            return {
                row[0]
                for row in connection.execute("SELECT problem FROM layers")
                if not row[0].startswith("reorder")
            }
    if whole.is_dir():
        return {p.name: p.read_bytes() for p in whole.iterdir()}
    return whole.read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("archcost")
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(WORKS))
    options = parser.parse_args()
    program = os.path.abspath(options.archcost)
    chance = random.Random(options.seed)
    works = [options.only] if options.only else list(WORKS)
    counts = collections.Counter()
    failed = 0
    with tempfile.TemporaryDirectory() as base:
        references = {work: reference_of(program, work, pathlib.Path(base)) for work in works}
        for number in range(options.faults):
            work, fault = works[number % len(works)], chance.choice(FAULTS)
            folder = pathlib.Path(base) / f"trial{number}"
            folder.mkdir()
            try:
                Trial(program, work, fault, folder, chance).go(references[work])
                counts[work, fault] += 1
            except (AssertionError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"trial {number}, {work}, {fault}: {error}")
            shutil.rmtree(folder)
    for (work, fault), count in sorted(counts.items()):
        print(f"{work:8} {fault:12} {count}")
    print(f"{options.faults - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
