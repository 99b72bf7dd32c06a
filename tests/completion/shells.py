#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Drives bash, zsh and fish: types a part of a command line and TAB, and compares the line after it. A shell that is
not installed is left out, and said so.

  tests/completion/shells.py build/release/archcost"""
import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

# What is typed before TAB, and the line after it.
CASES = [
    ("archcost ana", "archcost analyze "),
    ("archcost analyze mobilenet_v1 --conv", "archcost analyze mobilenet_v1 --convention "),
    ("archcost analyze mobilenet_v1 --convention fv", "archcost analyze mobilenet_v1 --convention fvcore "),
    ("archcost analyze shufflenet_v", "archcost analyze shufflenet_v"),
    ("archcost analyze efficientnet_b", "archcost analyze efficientnet_b"),
    ("archcost analyze resnext101_32x8", "archcost analyze resnext101_32x8d "),
    ("archcost analyze mobilenet_v1 --set al", "archcost analyze mobilenet_v1 --set alpha="),
    ("archcost analyze mobilenet_v1 --set separable=1 --set rh", "archcost analyze mobilenet_v1 --set separable=1 --set rho="),
    ("archcost analyze se_resnet50 --set gate=ta", "archcost analyze se_resnet50 --set gate=tanh "),
    ("archcost sweep mobilenet_v1 --vary alpha=0.7", "archcost sweep mobilenet_v1 --vary alpha=0.75 "),
    ("archcost compare mobilenet_v1 mobilenet_v1:al", "archcost compare mobilenet_v1 mobilenet_v1:alpha="),
    ("archcost analyze resnet50+sep", "archcost analyze resnet50+separable "),
    ("archcost report --template light_", "archcost report --template light_weight_convolutions "),
    ("archcost db sh", "archcost db show "),
    ("archcost analyze my_n", "archcost analyze my_net.yaml "),
    ("archcost search mobilenet_v1 --maximize accu", "archcost search mobilenet_v1 --maximize accuracy "),
]

SETUP = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
SHOW = "\x18\x0e"  # Ctrl-X Ctrl-N writes the line into a file


def setup_lines(shell, out):
    if shell == "bash":
        return [
            "source <(archcost completion bash)",
            f"""bind -x '"\\C-x\\C-n": printf "%s" "$READLINE_LINE" >{out}.part; mv {out}.part {out}'""",
        ]
    return [
        "unsetopt beep zle_bracketed_paste; setopt no_list_beep",
        "autoload -Uz compinit && compinit -u -D",
        "source <(archcost completion zsh)",
        f"show() {{ print -rn -- \"$BUFFER\" >{out}.part; mv {out}.part {out}; }}; zle -N show; bindkey '^X^N' show",
    ]


class Terminal:
    def __init__(self, command, folder):
        self.process, self.master = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.environ.update(PS1="$ ", TERM="dumb", LC_ALL="C.UTF-8")
            os.execvp(command[0], command)

    def read(self, seconds):
        text, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            ready, _, _ = select.select([self.master], [], [], 0.05)
            if ready:
                text += os.read(self.master, 65536)
        return text

    def type(self, text):
        os.write(self.master, text.encode())

    def wait_for(self, path, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.02)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    text = file.read()
                os.remove(path)
                return text
        return None

    def close(self):
        os.close(self.master)
        try:
            os.kill(self.process, 9)
        except ProcessLookupError:
            pass
        os.waitpid(self.process, 0)


def drive(shell, folder):
    out = os.path.join(folder, "line")
    terminal = Terminal(SETUP[shell], folder)
    for line in setup_lines(shell, out):
        terminal.type(line + "\n")
    terminal.type(f"echo ready >{out}\n")
    failed = 0 if terminal.wait_for(out) else 1
    for typed, wanted in CASES:
        terminal.type(typed + "\t" + SHOW)
        got = terminal.wait_for(out)
        terminal.type("\x05\x15")  # to the end, then erase the line
        failed += report(shell, typed, wanted, got)
    terminal.close()
    return failed


def drive_fish(folder):
    failed = 0
    for typed, wanted in CASES:
        script = f"archcost completion fish | source; complete -C '{typed}'"
        run = subprocess.run(["fish", "--no-config", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
        found = [line.split("\t")[0] for line in run.stdout.splitlines()]
        word = wanted.rstrip().split(" ")[-1]
        full = wanted.endswith(" ") or wanted.endswith("=")
        good = found == [word] if full else len(found) > 1 and all(each.startswith(word) for each in found)
        failed += report("fish", typed, wanted, wanted if good else str(found) + run.stderr)
    return failed


def report(shell, typed, wanted, got):
    if got == wanted:
        return 0
    print(f"{shell}: '{typed}' gives {got!r} instead of {wanted!r}")
    return 1


def main():
    os.environ["PATH"] = os.path.dirname(os.path.abspath(sys.argv[1])) + os.pathsep + os.environ["PATH"]
    failed = driven = 0
    for shell in ("bash", "zsh", "fish"):
        if shutil.which(shell) is None:
            print(f"left out: {shell} is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "my_net.yaml"), "w", encoding="utf-8"):
                pass
            failed += drive_fish(folder) if shell == "fish" else drive(shell, folder)
        driven += 1
        print(f"{shell}: {len(CASES)} lines")
    print(f"{driven * len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
