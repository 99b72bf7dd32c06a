#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A network that `archcost measure --dump DIR` wrote, as an ONNX file with the same weights.

usage: to_onnx.py DIR       reads DIR/network.json, weights.json, weights.f32; writes DIR/model.onnx
"""
import json
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F

EPSILON = 1e-5


def conv(a, w, x):
    top, left, bottom, right = a["pad"]
    if (top, left) == (bottom, right):
        return F.conv2d(x, w["kernel"], w.get("bias"), a["stride"], (top, left), a["dilation"], a["groups"])
    x = F.pad(x, (left, right, top, bottom))
    return F.conv2d(x, w["kernel"], w.get("bias"), a["stride"], 0, a["dilation"], a["groups"])


def batch_norm(a, w, x):
    return F.batch_norm(x, w["mean"], w["variance"], w.get("scale"), w.get("shift"), False, 0, EPSILON)


def linear(a, w, x):
    return F.linear(x.flatten(1), w["kernel"], w.get("bias"))


def pool_pad(a, x, value):
    top, left, bottom, right = a["pad"]
    if (top, left) == (bottom, right):
        return x, (top, left)
    return F.pad(x, (left, right, top, bottom), value=value), 0


def max_pool(a, w, x):
    x, pad = pool_pad(a, x, float("-inf"))
    return F.max_pool2d(x, a["kernel"], a["stride"], pad, a["dilation"], a["ceil_mode"])


def avg_pool(a, w, x):
    x, pad = pool_pad(a, x, 0.0)
    return F.avg_pool2d(x, a["kernel"], a["stride"], pad, a["ceil_mode"], a["count_include_pad"])


def shuffle(a, w, x):
    n, c, h, width = x.shape
    return x.view(n, a["groups"], c // a["groups"], h, width).transpose(1, 2).reshape(n, c, h, width)


KINDS = {
    "conv": conv,
    "batch_norm": batch_norm,
    "linear": linear,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "channel_shuffle": shuffle,
    "global_avg_pool": lambda a, w, x: F.adaptive_avg_pool2d(x, 1),
    "global_max_pool": lambda a, w, x: F.adaptive_max_pool2d(x, 1),
    "relu": lambda a, w, x: F.relu(x),
    "relu6": lambda a, w, x: F.relu6(x),
    "sigmoid": lambda a, w, x: torch.sigmoid(x),
    "hard_sigmoid": lambda a, w, x: F.hardsigmoid(x),
    "hard_swish": lambda a, w, x: F.hardswish(x),
    "swish": lambda a, w, x: F.silu(x),
    "flatten": lambda a, w, x: x.flatten(1).unsqueeze(-1).unsqueeze(-1),
    "reshape": lambda a, w, x: x.reshape(x.shape[0], a["channels"], a["height"], a["width"]),
    "dropout": lambda a, w, x: x,
    "split": lambda a, w, x: x.chunk(a["parts"], 1)[a["take"] - 1],
    "concat": lambda a, w, *x: torch.cat(x, 1),
    "add": lambda a, w, *x: sum(x[1:], x[0]),
    "multiply": lambda a, w, x, y: x * y,
}


class Network(torch.nn.Module):
    def __init__(self, spec, weights, numbers):
        super().__init__()
        self.spec = spec
        for i, (layer, entry) in enumerate(zip(spec["layers"], weights)):
            for name, (start, count) in entry.items():
                tensor = torch.from_numpy(numbers[start : start + count].copy())
                if name == "kernel" and layer["kind"] == "conv":
                    height, width = layer["attributes"]["kernel"]
                    tensor = tensor.view(layer["output"][0], -1, height, width)
                elif name == "kernel":
                    tensor = tensor.view(layer["output"][0], -1)
                self.register_buffer(f"layer{i}_{name}", tensor)

    def forward(self, x):
        outputs = {-1: x}
        for i, layer in enumerate(self.spec["layers"]):
            if layer["kind"] not in KINDS:
                sys.exit(f"to_onnx.py knows no '{layer['kind']}'")
            w = {n: getattr(self, f"layer{i}_{n}") for n in ("kernel", "bias", "scale", "shift", "mean", "variance")
                 if hasattr(self, f"layer{i}_{n}")}
            inputs = [outputs[k] for k in layer["inputs"]]
            y = KINDS[layer["kind"]](layer["attributes"], w, *inputs)
            if y.dim() == 2 and i != self.spec["output"]:
                y = y.unsqueeze(-1).unsqueeze(-1)
            outputs[i] = y
        return outputs[self.spec["output"]]


def main():
    folder = pathlib.Path(sys.argv[1])
    spec = json.loads((folder / "network.json").read_text())
    weights = json.loads((folder / "weights.json").read_text())
    numbers = numpy.fromfile(folder / "weights.f32", numpy.float32)
    model = Network(spec, weights, numbers).eval()
    image = torch.from_numpy(numpy.fromfile(folder / "input.f32", numpy.float32)).view(spec["batch"], *spec["input"])
    with torch.no_grad():
        torch.onnx.export(model, image, str(folder / "model.onnx"), opset_version=13, input_names=["input"],
                          output_names=["output"], do_constant_folding=True)


main()
