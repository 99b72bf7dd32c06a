#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds archcost's conventions against the tools that they are named after.

  bench/conventions/compare.py TOOLS [--archcost PROGRAM] [--only WORD]

TOOLS is a folder with a checkout of each tool: fvcore (0.1.6), ptflops (tag v0.7.4), thop (0.1.1), torchinfo (tag v1.8.0).
Wants PyTorch 1.13 and torchvision 0.14 (Debian 12: python3-torch, python3-torchvision). Every shipped spec that torchvision
has too is counted by both, and small networks that hold one rule each. Prints the figures that differ; exits 1 if there are any.
"""
import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import types
import warnings

warnings.filterwarnings("ignore")
CONVENTIONS = ["fvcore", "ptflops", "ptflops-aten", "thop", "torchinfo"]


def import_tools(folder):
    for name in ("fvcore", "ptflops", "thop", "torchinfo"):
        sys.path.insert(0, os.path.join(folder, name))
    # fvcore imports modules for files, tables and progress bars, which counting does not need.
    for name in ("iopath", "iopath.common", "iopath.common.file_io", "tabulate", "termcolor", "tqdm", "yacs", "yacs.config", "portalocker"):
        try:
            __import__(name)
        except ImportError:
            sys.modules[name] = StandIn(name)


class StandIn(types.ModuleType):
    """A module that isn't installed: any name in it is a class that takes anything and does nothing."""
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        nothing = {"__init__": lambda self, *a, **k: None, "__getattr__": lambda self, name: lambda *a, **k: None}
        setattr(self, name, type(name, (), nothing))
        return getattr(self, name)


def tool_figures(model, shape):
    """What each tool prints, or nothing where it fails."""
    import torch
    from fvcore.nn import FlopCountAnalysis
    import ptflops
    import thop
    import torchinfo
    model = model.eval()
    x = torch.zeros(1, *shape)
    quiet = io.StringIO()

    def fvcore():
        analysis = FlopCountAnalysis(model, x)
        analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        return int(analysis.total())

    def by_ptflops(backend):
        figure = ptflops.get_model_complexity_info(model, tuple(shape), print_per_layer_stat=False, as_strings=False,
                                                   backend=backend, verbose=False, ost=quiet)[0]
        if figure is None:
            raise RuntimeError("failed")
        return int(figure)

    counts = {"fvcore": fvcore, "ptflops": lambda: by_ptflops("pytorch"), "ptflops-aten": lambda: by_ptflops("aten"),
              "thop": lambda: int(thop.profile(model, inputs=(x,), verbose=False)[0]),
              "torchinfo": lambda: int(torchinfo.summary(model, input_size=(1, *shape), verbose=0).total_mult_adds)}
    figures = {}
    for name in CONVENTIONS:
        out, err = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = io.StringIO()
        try:
            figures[name] = counts[name]()
        except Exception:  # the tool fails on this network
            figures[name] = None
        finally:
            sys.stdout, sys.stderr = out, err
    return figures


def our_figures(program, spec, options):
    run = subprocess.run([program, "conventions", spec, *options, "--format", "json"], capture_output=True, text=True)
    if run.returncode != 0:
        print(run.stderr, file=sys.stderr)
        return dict.fromkeys(CONVENTIONS, -1)
    return {row["name"]: row["figure"] for row in json.loads(run.stdout)["conventions"]}


def torchvision_networks():
    """(spec, size, model)"""
    from torchvision import models
    names = ["alexnet", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg16_bn", "resnet18", "resnet34", "resnet50", "resnet101",
             "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2", "wide_resnet101_2", "densenet121",
             "densenet161", "densenet169", "densenet201", "squeezenet1_0", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_large",
             "mobilenet_v3_small", "mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3", "shufflenet_v2_x0_5",
             "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0", "regnet_y_400mf", "regnet_y_800mf", "regnet_y_1_6gf",
             "regnet_y_3_2gf", "regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf", "regnet_x_3_2gf", "efficientnet_b0",
             "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "convnext_tiny", "convnext_small", "convnext_base", "vit_b_16",
             "vit_b_32"]
    rows = [(name, 224, getattr(models, name)) for name in names]
    rows += [(name, 256, getattr(models, name)) for name in ("alexnet", "vgg16", "resnet18")]
    return rows


def small_networks():
    """(name, input, layers of a spec, model): one rule each."""
    import torch
    from torch import nn
    import torch.nn.functional as F

    class Function(nn.Module):
        def __init__(self, f, **members):
            super().__init__()
            for name, member in members.items():
                setattr(self, name, member)
            self.f = f

        def forward(self, x):
            return self.f(self, x)

    class OwnLinear(nn.Linear):
        pass

    class OwnConv(nn.Conv2d):
        pass

    def tokens(self, x):  # batch, positions, channels
        return x.flatten(2).transpose(1, 2).contiguous()

    def attend(self, x):
        y = tokens(self, x)
        return self.attention(y, y, y, need_weights=False)[0]

    def weight(*sizes):
        return nn.Parameter(torch.zeros(*sizes))

    one = "  - conv: {out: 8}\n"
    rows = [
        ("conv_transpose", (8, 7, 5), "  - conv_transpose: {out: 6, kernel: 3, stride: 2, pad: 1, groups: 2, bias: true}",
         nn.ConvTranspose2d(8, 6, 3, 2, padding=1, groups=2)),
        ("lrn", (8, 7, 5), "  - lrn: {size: 5}", nn.LocalResponseNorm(5)),
        ("group_norm", (8, 7, 5), "  - group_norm: {groups: 4}", nn.GroupNorm(4, 8)),
        ("layer_norm", (8, 7, 1), "  - layer_norm", Function(lambda s, x: s.norm(tokens(s, x)), norm=nn.LayerNorm(8))),
        ("layer_norm_plain", (8, 7, 1), "  - layer_norm: {affine: false}",
         Function(lambda s, x: s.norm(tokens(s, x)), norm=nn.LayerNorm(8, elementwise_affine=False))),
        ("adaptive_5x3", (1, 16, 16), "  - adaptive_avg_pool: {size: [5, 3]}", nn.AdaptiveAvgPool2d((5, 3))),
        ("adaptive_7x7", (6, 8, 9), "  - adaptive_avg_pool: {size: [7, 7]}", nn.AdaptiveAvgPool2d(7)),
        ("upsample_nearest", (8, 7, 5), "  - upsample: {factor: 2}", nn.Upsample(scale_factor=2)),
        ("upsample_bilinear", (8, 7, 5), "  - upsample: {factor: 2, mode: bilinear}", nn.Upsample(scale_factor=2, mode="bilinear")),
        ("linear_tokens", (8, 7, 1), "  - linear: {out: 6, per_position: true}",
         Function(lambda s, x: s.linear(tokens(s, x)), linear=nn.Linear(8, 6))),
        ("linear_map", (8, 7, 5), "  - linear: {out: 6, per_position: true}",
         Function(lambda s, x: s.linear(x.permute(0, 2, 3, 1)), linear=nn.Linear(8, 6))),
        ("linear_function", (8, 1, 1), "  - flatten\n  - linear: {out: 6, call: function}",
         Function(lambda s, x: F.linear(x.flatten(1), s.w, s.b), w=weight(6, 8), b=weight(6))),
        ("linear_subclass", (8, 1, 1), "  - flatten\n  - linear: {out: 6, call: subclass}",
         nn.Sequential(nn.Flatten(), OwnLinear(8, 6))),
        ("conv_function", (8, 7, 5), "  - conv: {out: 6, kernel: 3, bias: true, call: function}",
         Function(lambda s, x: F.conv2d(x, s.w, s.b, padding=1), w=weight(6, 8, 3, 3), b=weight(6))),
        ("conv_subclass", (8, 7, 5), "  - conv: {out: 6, kernel: 3, bias: true, call: subclass}", OwnConv(8, 6, 3, padding=1)),
        ("attention", (8, 7, 1), "  - multi_head_attention: {heads: 2}",
         Function(attend, attention=nn.MultiheadAttention(8, 2, batch_first=True))),
        ("attention_plain", (8, 7, 1), "  - multi_head_attention: {heads: 2, bias: false}",
         Function(attend, attention=nn.MultiheadAttention(8, 2, bias=False, batch_first=True))),
        ("matmul_function", (8, 5, 5), "  - matmul: {call: function, a: [], b: []}", Function(lambda s, x: torch.matmul(x, x))),
        ("matmul_method", (8, 5, 5), "  - matmul: {call: function, a: [], b: []}", Function(lambda s, x: x.matmul(x))),
        ("matmul_operator", (8, 5, 5), "  - matmul: {call: method, a: [], b: []}", Function(lambda s, x: x @ x)),
        ("add_function", (8, 7, 5), one + "  - add: {call: function, residual: [relu: {call: method}], shortcut: []}",
         Function(lambda s, x: (lambda y: torch.add(y, y.relu()))(s.conv(x)), conv=nn.Conv2d(8, 8, 1, bias=False))),
        ("add_operator", (8, 7, 5), one + "  - add: {call: method, residual: [relu: {call: method}], shortcut: []}",
         Function(lambda s, x: (lambda y: y + y.relu())(s.conv(x)), conv=nn.Conv2d(8, 8, 1, bias=False))),
        ("multiply_function", (8, 7, 5), one + "  - multiply: {call: function, residual: [relu: {call: method}], shortcut: []}",
         Function(lambda s, x: (lambda y: torch.mul(y, y.relu()))(s.conv(x)), conv=nn.Conv2d(8, 8, 1, bias=False))),
        ("global_max_pool", (8, 7, 5), "  - global_max_pool", nn.AdaptiveMaxPool2d(1)),
        ("global_avg_pool_method", (8, 7, 5), one + "  - global_avg_pool: {call: method}",
         Function(lambda s, x: s.conv(x).mean([2, 3]), conv=nn.Conv2d(8, 8, 1, bias=False))),
        ("avg_pool_function", (8, 8, 6), "  - avg_pool: {kernel: 2, stride: 2, call: function}", Function(lambda s, x: F.avg_pool2d(x, 2))),
        ("batch_norm_plain", (8, 7, 5), "  - batch_norm: {affine: false}", nn.BatchNorm2d(8, affine=False)),
    ]
    activations = {"relu": nn.ReLU(), "relu6": nn.ReLU6(), "leaky_relu: {slope: 0.1}": nn.LeakyReLU(0.1), "prelu": nn.PReLU(8),
                   "sigmoid": nn.Sigmoid(), "hard_sigmoid": nn.Hardsigmoid(), "tanh": nn.Tanh(), "swish": nn.SiLU(),
                   "hard_swish": nn.Hardswish(), "gelu": nn.GELU(), "softmax": nn.Softmax(1)}
    rows += [(kind.split(":")[0], (8, 7, 5), "  - " + kind, module) for kind, module in activations.items()]
    # Looked up when they are called: ptflops replaces them.
    functions = {"relu": lambda x: F.relu(x), "relu6": lambda x: F.relu6(x), "swish": lambda x: F.silu(x),
                 "gelu": lambda x: F.gelu(x), "softmax": lambda x: F.softmax(x, 1), "sigmoid": lambda x: torch.sigmoid(x),
                 "hard_swish": lambda x: F.hardswish(x)}
    rows += [(kind + "_function", (8, 7, 5), "  - " + kind + ": {call: function}", Function(lambda s, x, f=f: f(x)))
             for kind, f in functions.items()]
    return rows


def compare(program, name, spec, options, model, shape):
    told, ours, wrong = tool_figures(model, shape), our_figures(program, spec, options), 0
    for convention in CONVENTIONS:
        if told[convention] is None:
            print(f"{name:24} {convention:13} the tool fails")
        elif told[convention] != ours[convention]:
            wrong += 1
            print(f"{name:24} {convention:13} the tool {told[convention]:,}   archcost {ours[convention]:,}")
    return wrong


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools")
    parser.add_argument("--archcost", default=os.path.join(here, "../../build/release/archcost"))
    parser.add_argument("--only", default="", help="networks whose names contain this")
    args = parser.parse_args()
    import_tools(args.tools)
    import torch
    torch.set_num_threads(1)
    networks = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, shape, layers, model in small_networks():
            if args.only not in name:
                continue
            path = os.path.join(folder, name + ".yaml")
            with open(path, "w", encoding="utf-8") as spec:
                spec.write(f"name: {name}\ninput: {{channels: {shape[0]}, height: {shape[1]}, width: {shape[2]}}}\nlayers:\n{layers}\n")
            networks += 1
            wrong += compare(args.archcost, name, path, [], model, shape)
        for name, size, make in torchvision_networks():
            if args.only not in name:
                continue
            networks += 1
            wrong += compare(args.archcost, name, name, ["--input", f"3x{size}x{size}"], make(), (3, size, size))
    print(f"{networks} networks, {networks * len(CONVENTIONS)} figures, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
