#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Single layers of a network beside benchdnn, oneDNN's own benchmark, at one thread, everything in the caches.

    compare.py BENCHDNN [--network mobilenet_v1] [--rounds 9] [--cpu 1] [--programs build/release]

Each round tries all kernels afresh (least time of each, with its bias and activation) and has benchdnn time the same
convolutions with the same post-ops, in the layouts of the best kernel of those that the library takes by itself. A layer's
ratio is the median over the rounds of least time to least time. Prints a Markdown table.

benchdnn isn't packaged: it is built from the sources of the installed version of oneDNN (tests/benchdnn/*.cpp and
tests/test_thread.cpp, linked to the system's libdnnl).
"""
import argparse
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


def steps_of(args):
    """The network as it is run: its JSON, and the rows with weights."""
    with tempfile.TemporaryDirectory() as folder:
        dump = os.path.join(folder, "dump")
        told = json.loads(subprocess.run(
            [f"{args.programs}/archcost", "measure", args.network, "--pin", str(args.cpu), "--no-winograd", "--allow-unstable", "--blocks", "1",
             "--seconds", "0", "--samples", "2", "--format", "json", "--dump", dump],
            env=dict(os.environ, ARCHCOST_CACHE=folder), check=True, capture_output=True, text=True).stdout)
        request = json.load(open(os.path.join(dump, "request.json")))
    layers = {layer["name"]: layer for layer in request["network"]["layers"]}
    rows = [row for row in told["rows"] if layers.get(row["name"], {"kind": ""})["kind"] in ("conv", "linear")]
    request = {"do": "measure", "network": request["network"], "threads": 1, "winograd": False, "warm": True, "blocks": 0}
    return request, layers, rows, 16 if told["isa"].startswith("avx512") else 8


def try_kernels(args, request):
    """By problem, by option: (least seconds, kernel)."""
    said = subprocess.run(["taskset", "-c", str(args.cpu), f"{args.programs}/archcost-kernels"],
                          input=json.dumps(request) + "\n", env=dict(os.environ, OMP_NUM_THREADS="1"), check=True,
                          capture_output=True, text=True).stdout
    tried = {}
    for line in said.splitlines():
        event = json.loads(line)
        if event["event"] == "tried" and not event["fault"]:
            tried.setdefault(event["problem"], {})[event["option"]] = (event["seconds"], event["implementation"])
    return tried


def one_round(args, request, layers, steps, block):
    """[(name, archcost's least seconds, benchdnn's, archcost's kernel, benchdnn's)]"""
    tried = try_kernels(args, request)
    asked, rows = [], []
    for row in steps:
        layer = layers[row["name"]]
        shape = request["network"]["input"] if layer["inputs"][0] < 0 else \
            request["network"]["layers"][layer["inputs"][0]]["output"]
        # benchdnn's inner products are another driver, and it takes no second implementation of a problem.
        options = {name: tries for name, tries in tried[row["problem"]].items()
                   if "inner product" not in name and not name.endswith(" second")}
        best = min((tries, name) for name, tries in options.items() if not tries[1].startswith("archcost:"))
        post = "+".join(op for op in ("relu",) if any(layers[name]["kind"] == op for name in row["layers"]))
        if layer["kind"] == "linear":
            layer = dict(layer, attributes={"groups": 1, "kernel": [1, 1], "stride": [1, 1], "pad": [0, 0, 0, 0]})
        source, target = layouts(best[1])
        asked.append(["--reset", "--cfg=f32", "--attr-scratchpad=user", "--perf-template=RESULT,%-time%,%impl%"] +
                     ([f"--attr-post-ops={post}"] if post else []) +
                     ["--dir=FWD_B", f"--stag={tag(source, block)}", f"--dtag={tag(target, block)}",
                      problem_text(layer, shape)])
        rows.append((row["name"], *best[0]))
    said = subprocess.run(
        ["taskset", "-c", str(args.cpu), args.benchdnn, "--conv", "--mode=P", "--max-ms-per-prb=60"] +
        [word for words in asked for word in words],
        env=dict(os.environ, OMP_NUM_THREADS="1"), capture_output=True, text=True).stdout
    theirs = [line.split(",")[1:] for line in said.splitlines() if line.startswith("RESULT,")]
    assert len(theirs) == len(rows), said
    return [(name, ours, float(time) / 1e3, kernel, implementation)
            for (name, ours, kernel), (time, implementation) in zip(rows, theirs)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchdnn")
    parser.add_argument("--network", default="mobilenet_v1")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cpu", type=int, default=1)
    parser.add_argument("--programs", default="build/release")
    args = parser.parse_args()
    steps = steps_of(args)
    rounds = [one_round(args, *steps) for _ in range(args.rounds)]
    print("| layer | archcost | benchdnn | ratio | kernel | benchdnn's |\n|---|--:|--:|--:|---|---|")
    within = 0
    # A layer may run on another kernel in another round: the last round's names stand for all.
    for layer in zip(*rounds):
        ratio = statistics.median(row[1] / row[2] for row in layer)
        name, _, _, kernel, implementation = layer[-1]
        within += abs(ratio - 1) <= 0.03
        ours = statistics.median(row[1] for row in layer) * 1e6
        theirs = statistics.median(row[2] for row in layer) * 1e6
        print(f"| {name} | {ours:.1f} us | {theirs:.1f} us | {ratio:.3f} | {kernel} | {implementation} |")
    print(f"\n{within} of {len(rounds[0])} within 3 %")


if __name__ == "__main__":
    main()
