#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that imported networks at other widths and sizes are the networks that PyTorch builds.

    bench/onnx_widths.py build/release/archcost

Each of the pairs below is one architecture of torchvision at two sets of widths. The first is
exported and read; it is given the widths of the second, which has the same layers, and the
resolution multiplier 5/7. Its parameters and multiply-adds must equal those of the second one in
PyTorch on an image of 160 x 160. `alpha` alone rounds every width by itself, where code rounds
some of them and multiplies others: its multiply-adds at 0.5 are printed beside those of the code.
Needs Debian's python3-torchvision.
"""
import json
import os
import subprocess
import sys
import tempfile
import warnings

import torch
import torchvision.models as models
from torchvision.models import densenet, mnasnet, resnet
from torchvision.models.resnet import Bottleneck

from onnx_corpus import MacCounter

PAIRS = {
    "mobilenet_v2 x0.5": (lambda: models.mobilenet_v2(), lambda: models.mobilenet_v2(width_mult=0.5)),
    "mobilenet_v2 x1.4": (lambda: models.mobilenet_v2(), lambda: models.mobilenet_v2(width_mult=1.4)),
    "mobilenet_v3_large x0.5": (lambda: models.mobilenet_v3_large(), lambda: models.mobilenet_v3_large(width_mult=0.5)),
    "mobilenet_v3_small x0.75": (lambda: models.mobilenet_v3_small(), lambda: models.mobilenet_v3_small(width_mult=0.75)),
    "mnasnet x0.5": (lambda: mnasnet.MNASNet(1.0), lambda: mnasnet.MNASNet(0.5)),
    "mnasnet x1.3": (lambda: mnasnet.MNASNet(1.0), lambda: mnasnet.MNASNet(1.3)),
    "shufflenet_v2 x0.5": (models.shufflenet_v2_x1_0, models.shufflenet_v2_x0_5),
    "shufflenet_v2 x2": (models.shufflenet_v2_x1_0, models.shufflenet_v2_x2_0),
    "resnet50 of half inner width": (
        models.resnet50, lambda: resnet.ResNet(Bottleneck, [3, 4, 6, 3], width_per_group=32)),
    "wide_resnet50_2": (models.resnet50, models.wide_resnet50_2),
    "resnext50_32x2d": (
        models.resnext50_32x4d,
        lambda: resnet.ResNet(Bottleneck, [3, 4, 6, 3], groups=32, width_per_group=2)),
    "densenet121 of growth 16": (
        models.densenet121, lambda: densenet.DenseNet(16, (6, 12, 24, 16), 32)),
}


def export(model, path):
    torch.onnx.export(model, torch.zeros(1, 3, 224, 224), path, opset_version=13,
                      training=torch.onnx.TrainingMode.PRESERVE)


def counted(model):
    with MacCounter() as counter, torch.no_grad():
        model(torch.zeros(1, 3, 160, 160))
    return sum(p.numel() for p in model.parameters()), counter.macs


def totals(program, *arguments):
    run = subprocess.run([program, "analyze", *arguments, "--format", "json"], capture_output=True,
                         text=True)
    if run.returncode != 0:
        return None, run.stderr.splitlines()[0]
    found = json.loads(run.stdout)
    return found["parameters"], (found["totals"]["params"], found["totals"]["macs"])


def main():
    warnings.filterwarnings("ignore")
    program, differ = sys.argv[1], 0
    with tempfile.TemporaryDirectory() as folder:
        one, other = (os.path.join(folder, name) for name in ("one.onnx", "other.onnx"))
        for name, (base, target) in PAIRS.items():
            torch.manual_seed(0)
            model = target().eval()
            export(base().eval(), one)
            export(model, other)
            widths = totals(program, other)[0]["widths"]
            expected = counted(model)
            found = totals(program, one, "--set", f"widths={widths}", "--set", "rho=5/7")[1]
            half = totals(program, one, "--set", "alpha=0.5", "--set", "rho=5/7")[1]
            equal = found == expected
            differ += not equal
            print(f"{name}: {expected[0]:,} params, {expected[1]:,} macs; "
                  f"{'equal' if equal else f'archcost has {found}'}; alpha 0.5: {half[1]} macs")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
