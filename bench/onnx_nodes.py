#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares archcost's shape inference with ONNX's own node tests.

    bench/onnx_nodes.py DATA/node build/release/onnx_shapes

DATA is the folder of test data of the ONNX project (Debian's libonnx-testdata:
/usr/share/libonnx-testdata/data). Each test is a model of one operator, or of the operator's
expansion, with inputs and outputs. Small inputs after the first may say sizes: they become constants
of the model, as exporters write them. The shape that archcost infers for each output is compared
with the output's. Prints the cases that differ and, by
operator, the cases without a rule; status 1 if one differs. Needs python3-onnx.
"""
import collections
import glob
import os
import subprocess
import sys
import tempfile

import onnx
from onnx import numpy_helper

SMALL = 64  # elements of an input that may say sizes


def tensors(folder, kind, count):
    loaded = []
    for k in range(count):
        path = os.path.join(folder, "test_data_set_0", f"{kind}_{k}.pb")
        tensor = onnx.TensorProto()
        with open(path, "rb") as file:
            tensor.ParseFromString(file.read())
        loaded.append(tensor)
    return loaded


def says_sizes(array):
    return array.dtype.kind in "iubf" and array.size <= SMALL


def prepare(folder, out):
    """The model with constants; the operators in it, and the shapes of its outputs."""
    model = onnx.load(os.path.join(folder, "model.onnx"))
    graph = model.graph
    plain = all(v.type.WhichOneof("value") == "tensor_type" for v in [*graph.input, *graph.output])
    if not plain:
        return None  # sequences and optionals
    inputs = tensors(folder, "input", len(graph.input))
    outputs = tensors(folder, "output", len(graph.output))
    kept = []
    for info, tensor in zip(graph.input, inputs):
        array = numpy_helper.to_array(tensor)
        first = not kept and info is graph.input[0]
        if says_sizes(array) and not first:
            tensor.name = info.name
            graph.initializer.append(tensor)
            continue
        info.type.tensor_type.shape.Clear()
        for size in array.shape:
            info.type.tensor_type.shape.dim.add().dim_value = size
        kept.append(info)
    del graph.input[:]
    graph.input.extend(kept)
    expected = [tuple(t.dims) for t in outputs]
    for info in graph.output:  # nothing to be read off
        info.type.tensor_type.ClearField("shape")
    onnx.save(model, out)
    return sorted({node.op_type for node in graph.node}), expected


def shape_of(text):
    if text == "scalar":
        return ()
    return None if text == "unknown" else tuple(int(size) for size in text.split("x"))


def main():
    data, tool = sys.argv[1:3]
    cases, skipped = {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(glob.glob(os.path.join(data, "test_*"))):
            name = os.path.basename(path)
            try:
                prepared = prepare(path, os.path.join(folder, name + ".onnx"))
            except (TypeError, ValueError, OSError):
                prepared = None
            if prepared is None:
                skipped += 1
            else:
                cases[name] = prepared
        files = [os.path.join(folder, name + ".onnx") for name in cases]
        result = subprocess.run([tool, *files], capture_output=True, text=True, check=True)
    equal, differ, without = collections.Counter(), [], collections.Counter()
    operators = set()
    for line in result.stdout.splitlines():
        file, *rest = line.split("\t")
        name = os.path.basename(file)[: -len(".onnx")]
        types, expected = cases[name]
        if rest and rest[0] == "error":
            differ.append(f"{name}: {rest[1]}")
            continue
        shapes = [shape_of(part.rsplit(" ", 1)[1]) for part in rest]
        if None in shapes:
            without[" ".join(types)] += 1
        elif shapes == expected:
            equal["cases"] += 1
            operators.update(types)
        else:
            differ.append(f"{name}: {shapes}, and the test has {expected}")
    print(f"{equal['cases']} cases of {len(operators)} operators are equal, {len(differ)} differ, "
          f"{sum(without.values())} have no shape, {skipped} are no tensors.")
    for line in differ:
        print("  " + line)
    for types, count in without.most_common():
        print(f"  no shape: {types}: {count}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
