#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Exports torchvision's models as ONNX files without their large weights, with their costs.

    bench/onnx_corpus.py FOLDER [NAME...]

Each model, with random weights, is exported twice: NAME.onnx as users do (batch norms folded), and
NAME.bn.onnx with its batch norms. FOLDER/totals.csv gets a line a file: the
model's parameters, and the multiply-adds of convolutions and matrix products that PyTorch executed.
Compare with `archcost analyze FILE --format json`: NAME.bn.onnx has the model's parameters. Needs Debian's
python3-torchvision and python3-onnx.
"""
import csv
import io
import math
import os
import sys
import warnings

import onnx
import torch
import torchvision
from torch.utils._python_dispatch import TorchDispatchMode

SMALL = 1024  # bytes of a weight that stays in the file


class MacCounter(TorchDispatchMode):
    """Multiply-adds of the products that are executed."""

    def __init__(self):
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        if name == "convolution":
            x, weight, transposed = args[0], args[1], args[6]
            positions = x if transposed else out
            self.macs += math.prod(weight.shape[1:]) * positions.numel()
        elif name == "addmm":
            self.macs += out.numel() * args[1].shape[1]
        elif name in ("mm", "bmm"):
            self.macs += out.numel() * args[0].shape[-1]
        elif name == "baddbmm":
            self.macs += out.numel() * args[1].shape[-1]
        elif name.startswith("_scaled_dot_product"):  # PyTorch 2
            queries, keys, values = args[:3]
            scores = queries.numel() // queries.shape[-1] * keys.shape[-2]
            self.macs += scores * (queries.shape[-1] + values.shape[-1])
        return out


def strip(model):
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) > SMALL and tensor.data_type == onnx.TensorProto.FLOAT:
            length = len(tensor.raw_data)
            tensor.ClearField("raw_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            for key, value in (("location", "weights.bin"), ("length", str(length))):
                entry = tensor.external_data.add()
                entry.key, entry.value = key, value
    return model


def export(name, folder, opset):
    kwargs = {"weights": None}
    torch.manual_seed(0)
    if name.startswith(("fcn", "deeplab", "lraspp")):
        model = getattr(torchvision.models.segmentation, name)(weights=None, weights_backbone=None)
    else:
        if name in ("googlenet", "inception_v3"):
            kwargs.update(aux_logits=False, init_weights=False)
        model = getattr(torchvision.models, name)(**kwargs)
    model.eval()
    size = 299 if name == "inception_v3" else 224
    x = torch.zeros(1, 3, size, size)
    with MacCounter() as counter:
        model(x)
    rows = []
    for suffix, training in (("", torch.onnx.TrainingMode.EVAL), (".bn", torch.onnx.TrainingMode.PRESERVE)):
        file = io.BytesIO()
        torch.onnx.export(model, x, file, opset_version=opset, training=training)
        proto = onnx.load_model_from_string(file.getvalue())
        path = os.path.join(folder, name + suffix + ".onnx")
        onnx.save(strip(proto), path)
        rows.append([name + suffix, sum(p.numel() for p in model.parameters()), counter.macs])
    return rows


def main():
    warnings.filterwarnings("ignore")
    folder, names = sys.argv[1], sys.argv[2:]
    os.makedirs(folder, exist_ok=True)
    if not names:
        names = torchvision.models.list_models(torchvision.models)
        names += ["fcn_resnet50", "fcn_resnet101", "deeplabv3_resnet50", "deeplabv3_resnet101",
                  "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"]
    opset = int(os.environ.get("OPSET", "13"))
    with open(os.path.join(folder, "totals.csv"), "a", newline="") as file:
        writer = csv.writer(file)
        for name in names:
            try:
                writer.writerows(export(name, folder, opset))
            except Exception as error:  # noqa: BLE001 - what can't be exported is listed
                print(f"{name}: {str(error).splitlines()[0][:150]}", file=sys.stderr)
            file.flush()


if __name__ == "__main__":
    main()
