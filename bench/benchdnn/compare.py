#!/usr/bin/env python3
"""Single layers of a network beside benchdnn, oneDNN's own benchmark, at one thread.

    compare.py BENCHDNN [--network mobilenet_v1] [--rounds 9] [--cpu 1] [--archcost build/release/archcost]

Each round tries the kernels afresh (least time of each, with its bias and activation) and has benchdnn time the same
convolutions in the same layouts with the same post-ops. A layer's ratio is the median over the rounds of least time to
least time. Prints a Markdown table.

benchdnn isn't packaged: it is built from the sources of the installed version of oneDNN (tests/benchdnn/*.cpp and
tests/test_thread.cpp, linked to the system's libdnnl).
"""
import argparse
import glob
import json
import os
import statistics
import subprocess
import tempfile

TAGS = {"nchw": "abx", "nhwc": "axb"}


def tag(layout, block):
    return TAGS.get(layout, f"aBx{block}b")


def problem_text(layer, shape):
    """benchdnn's words for a convolution: mb1ic32ih112oc64oh112kh1sh1ph0."""
    a = layer["attributes"]
    groups = a["groups"]
    channels, height, width = shape
    out, out_height, out_width = layer["output"]
    return (f"{f'g{groups}' if groups > 1 else ''}mb1ic{channels}ih{height}iw{width}oc{out}oh{out_height}ow{out_width}"
            f"kh{a['kernel'][0]}kw{a['kernel'][1]}sh{a['stride'][0]}sw{a['stride'][1]}ph{a['pad'][0]}pw{a['pad'][1]}")


def layouts(option):
    words = option.split()[0].split(">")
    return words[0], words[-1]


def one_round(args, environment):
    """[(name, our least seconds, benchdnn's least seconds, our kernel, its kernel)]"""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(environment, ARCHCOST_CACHE=folder)
        dump = os.path.join(folder, "dump")
        told = json.loads(subprocess.run(
            [args.archcost, "measure", args.network, "--pin", str(args.cpu), "--no-winograd", "--blocks", "1",
             "--seconds", "0", "--samples", "2", "--format", "json", "--dump", dump],
            env=environment, check=True, capture_output=True, text=True).stdout)
        network = json.load(open(os.path.join(dump, "network.json")))
        tried = json.load(open(glob.glob(os.path.join(folder, "kernels-*.json"))[0]))["kernels"]
    by_name = {layer["name"]: layer for layer in network["layers"]}
    block = 16 if told["isa"].startswith("avx512") else 8
    asked, rows = [], []
    for row in told["rows"]:
        layer = by_name.get(row["name"])
        if layer is None or layer["kind"] not in ("conv", "linear"):
            continue
        inputs = layer["inputs"][0]
        shape = network["input"] if inputs < 0 else network["layers"][inputs]["output"]
        option = tried[row["problem"]][row["option"]]
        post = "+".join(op for op in ("relu",) if any(network_kind(by_name, n) == op for n in row["layers"]))
        common = ["--reset", "--cfg=f32", "--attr-scratchpad=user"] + ([f"--attr-post-ops={post}"] if post else [])
        if layer["kind"] == "linear" and "inner product" in row["option"]:
            asked += ["--ip", "--dir=FWD_I", "--stag=ab", "--dtag=ab"]
            continue
        if layer["kind"] == "linear":
            layer = dict(layer, attributes={"groups": 1, "kernel": [1, 1], "stride": [1, 1], "pad": [0, 0, 0, 0]})
        source, target = layouts(row["option"])
        direction = "FWD_B"
        asked.append((common + [f"--dir={direction}", f"--stag={tag(source, block)}", f"--dtag={tag(target, block)}",
                                problem_text(layer, shape)]))
        rows.append((row["name"], option["seconds"], option["implementation"]))
    arguments = [word for words in asked for word in words]
    said = subprocess.run(
        ["taskset", "-c", str(args.cpu), args.benchdnn, "--conv", "--mode=P", "--max-ms-per-prb=60",
         "--perf-template=RESULT,%-time%,%impl%"] + keep_template(arguments),
        env=dict(environment, OMP_NUM_THREADS="1"), capture_output=True, text=True).stdout
    theirs = [line.split(",")[1:] for line in said.splitlines() if line.startswith("RESULT,")]
    assert len(theirs) == len(rows), said
    return [(name, ours, float(time) / 1e3, kernel, implementation)
            for (name, ours, kernel), (time, implementation) in zip(rows, theirs)]


def network_kind(by_name, name):
    return by_name[name]["kind"]


def keep_template(arguments):
    """--reset forgets the mode and the template too."""
    kept = []
    for word in arguments:
        kept.append(word)
        if word == "--reset":
            kept += ["--perf-template=RESULT,%-time%,%impl%"]
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchdnn")
    parser.add_argument("--network", default="mobilenet_v1")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cpu", type=int, default=1)
    parser.add_argument("--archcost", default="build/release/archcost")
    args = parser.parse_args()
    rounds = [one_round(args, os.environ) for _ in range(args.rounds)]
    print("| layer | archcost | benchdnn | ratio | kernel | benchdnn's |\n|---|--:|--:|--:|---|---|")
    within = 0
    # A layer may run on another kernel in another round: the last round's names stand for all.
    for layer in zip(*rounds):
        ratio = statistics.median(ours / theirs for _, ours, theirs, _, _ in layer)
        name, _, _, kernel, implementation = layer[-1]
        within += abs(ratio - 1) <= 0.03
        ours = statistics.median(row[1] for row in layer) * 1e6
        theirs = statistics.median(row[2] for row in layer) * 1e6
        print(f"| {name} | {ours:.1f} us | {theirs:.1f} us | {ratio:.3f} | {kernel} | {implementation} |")
    print(f"\n{within} of {len(rounds[0])} within 3 %")


if __name__ == "__main__":
    main()
