#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the params of imported ONNX files with the sizes of their learned tensors.

    bench/onnx_params.py ARCHCOST FILE...

Learned are the floating-point initializers that a node uses, but for single numbers and the running
means and variances of batch norms. Exporters store equal tensors once, as the scales of two new
norms; archcost counts them for each layer, unless the layers share all their weights. A line for
each file in which the two differ otherwise, with archcost's notes, and the numbers of files at the
end. Needs Debian's python3-onnx.
"""
import json
import math
import subprocess
import sys

import onnx

FLOATS = {onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE, onnx.TensorProto.BFLOAT16}


def learned(path):
    graph = onnx.load(path, load_external_data=False).graph
    same = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Identity"}
    uses, needed = {}, {output.name for output in graph.output}
    for node in reversed(graph.node):
        if node.op_type == "Identity" or not needed & set(node.output):
            continue
        inputs = [same.get(name, name) for name in node.input]
        needed |= set(inputs)
        statistics = range(3, 5) if node.op_type == "BatchNormalization" else ()
        for index, name in enumerate(inputs):
            if index not in statistics:
                uses[name] = uses.get(name, 0) + 1
    sizes = {tensor.name: math.prod(tensor.dims) for tensor in graph.initializer
             if tensor.data_type in FLOATS and tensor.dims}
    once = sum(size for name, size in sizes.items() if size > 1 and name in uses)
    return once, sum(sizes[name] * (uses[name] - 1) for name in sizes if uses.get(name, 0) > 1)


def imported(archcost, path):
    run = subprocess.run([archcost, "analyze", path, "--format", "json"], capture_output=True, text=True)
    if run.returncode != 0:
        return None, run.stderr.strip()
    report = json.loads(run.stdout)
    return report["totals"]["params"], " ".join(report.get("notes", []))


def main():
    archcost, files = sys.argv[1], sys.argv[2:]
    equal = repeated = 0
    for path in files:
        expected, again = learned(path)
        params, notes = imported(archcost, path)
        if params == expected:
            equal += 1
        elif params == expected + again:
            repeated += 1
        else:
            more = "" if params is None else f" ({params - expected:+,})"
            print(f"{path}: {params} for {expected}{more} {notes}")
    print(f"{equal} of {len(files)} files have the params of their learned tensors, {repeated} more with "
          "equal tensors that are stored once")


if __name__ == "__main__":
    main()
