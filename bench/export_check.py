#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Checks exported files against ONNX's checker, ONNX Runtime, PyTorch and black.

    bench/export_check.py [--small] [--random N] [--rewrites N] [--journal FILE] [--no-black] [NETWORK ...]
    bench/export_check.py --torchvision | --imported | --train [NETWORK ...]

NETWORK is what `archcost export` takes; without one, every shipped spec and preset, and the specs of tests/families
and tests/exporter/specs. For each:

* archcost diff of the network and the ONNX file shows nothing;
* onnx.checker.check_model(full_check), and strict shape inference gives the file's own sizes at every tensor;
* ONNX Runtime's output, with batch norms and with folded ones, is the interpreter's up to 1e-4;
* the file of PyTorch runs, has our parameters and multiply-adds, gives the interpreter's output with the same
  weights up to 1e-4, and every parameter gets a gradient; black would not change it.

--torchvision loads torchvision's own weights (random ones, with its names) into the exported files instead, and
compares the outputs. --imported runs networks of torchvision, in files of torch's exporter, by `archcost measure`
with the file's weights: the outputs must be ONNX Runtime's up to 1e-4. --train trains the exported MobileNet v1
(alpha 0.25, 32x32) for 300 steps on four classes of images that it makes, and puts the trained weights into the
exported ONNX file: the loss must halve, and ONNX Runtime must give PyTorch's output.

Where the interpreter's output overflows f32, as behind 50 gates without a bound, all outputs must, and the line says so.

--small runs at a quarter of the height and width where the network has `rho`; --random adds N random settings of
shipped networks, --rewrites N of them with one or two rewrites. --journal keeps what is right in FILE and doesn't check
it again. Needs Debian's python3-onnx, python3-torch and python3-black, node, and onnxruntime-node in
WORK=build/onnxruntime (bench/onnxruntime/run.sh puts it there).
"""
import argparse
import importlib.util
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnx.numpy_helper
import torch

ROOT = pathlib.Path(__file__).resolve().parent.parent
ARCHCOST = os.environ.get("PROGRAMS", str(ROOT / "build/release")) + "/archcost"
WORK = pathlib.Path(os.environ.get("WORK", str(ROOT / "build/onnxruntime")))
LIMIT = 1e-4


class Wrong(Exception):
    pass


def archcost(*arguments):
    run = subprocess.run([ARCHCOST, *arguments], capture_output=True, text=True)
    if run.returncode not in (0, 5):
        raise Wrong(f"archcost {' '.join(arguments)}: {run.stderr.strip()}")
    return run.stdout


class Runtime:
    """ONNX Runtime in a process of node."""

    def __init__(self):
        script = WORK / "export_check.mjs"
        script.write_text((ROOT / "bench/export_check.mjs").read_text())
        self.node = subprocess.Popen(["node", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, text=True)

    def run(self, path, values, folder):
        graph = onnx.load(str(path), load_external_data=False).graph
        request = {"model": str(path), "inputs": [],
                   "outputs": [str(folder / f"output_{k}.f32") for k in range(len(graph.output))]}
        for k, (value, numbers) in enumerate(zip(graph.input, values)):
            file = folder / f"input_{k}.f32"
            numbers.astype(numpy.float32).tofile(file)
            request["inputs"].append({"name": value.name, "file": str(file), "sizes": list(numbers.shape)})
        self.node.stdin.write(json.dumps(request) + "\n")
        self.node.stdin.flush()
        answer = self.node.stdout.readline().strip()
        if not answer.startswith("ok"):
            raise Wrong(f"ONNX Runtime: {answer}")
        return [numpy.fromfile(file, numpy.float32) for file in request["outputs"]]


def tensors(folder, name):
    arrays = []
    for path in sorted(folder.glob(f"{name}_*.pb"), key=lambda p: int(p.stem.split("_")[1])):
        proto = onnx.TensorProto()
        proto.ParseFromString(path.read_bytes())
        arrays.append(onnx.numpy_helper.to_array(proto))
    return arrays


def compare_all(what, results, expected):
    if len(results) != len(expected):
        raise Wrong(f"{what}: {len(results)} outputs instead of {len(expected)}")
    return max(compare(what, *pair) for pair in zip(results, expected))


def compare(what, result, expected):
    result, expected = numpy.asarray(result).ravel(), numpy.asarray(expected).ravel()
    if result.shape != expected.shape:
        raise Wrong(f"{what}: {result.shape[0]} numbers instead of {expected.shape[0]}")
    if not numpy.isfinite(expected).all():  # the numbers of this network overflow f32
        if numpy.isfinite(result).all():
            raise Wrong(f"{what}: all numbers are finite, the interpreter's are not")
        return math.inf
    error = float(numpy.abs(result - expected).max() / max(numpy.abs(expected).max(), 1e-30))
    if not error <= LIMIT:
        raise Wrong(f"{what}: largest error {error:.1e}")
    return error


def sizes_of(value):
    return [d.dim_value for d in value.type.tensor_type.shape.dim]


def check_onnx(path):
    onnx.checker.check_model(str(path), full_check=path.stat().st_size < 2**31)
    model = onnx.load(str(path), load_external_data=not path.with_name(path.name + ".data").exists())
    stated = {v.name: sizes_of(v) for v in [*model.graph.value_info, *model.graph.output]}
    outputs = {o for node in model.graph.node for o in node.output}
    if outputs != set(stated):
        raise Wrong(f"tensors without sizes: {sorted(outputs ^ set(stated))[:5]}")
    del model.graph.value_info[:]
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    for value in [*inferred.graph.value_info, *inferred.graph.output]:
        if sizes_of(value) != stated[value.name] and 0 not in sizes_of(value):
            raise Wrong(f"{value.name}: {stated[value.name]} in the file, {sizes_of(value)} inferred")
    return model


def load_module(path):
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def network_class(module):
    return [c for c in vars(module).values()
            if isinstance(c, type) and issubclass(c, torch.nn.Module) and c.__module__ == "exported"][-1]


def check_torch(path, model, inputs, expected, counts):
    module = load_module(path)
    net = network_class(module)()
    params = sum(p.numel() for p in net.parameters())
    net.eval()
    shapes = [net.input_shape, *getattr(net, "further_inputs", ())]
    with torch.no_grad():
        macs = module.count_macs(net, *[torch.zeros(1, *shape) for shape in shapes])
    if (params, macs) != counts:
        raise Wrong(f"PyTorch has {params} parameters and {macs} multiply-adds, archcost {counts}")
    weights = {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()) for t in model.graph.initializer
               if not t.name.startswith("constant/") and "/constant" not in t.name}
    net.load_state_dict(weights)
    with torch.no_grad():
        results = net(*[torch.from_numpy(x.copy()) for x in inputs])
    results = [results] if isinstance(results, torch.Tensor) else results
    error = compare_all("PyTorch", [result.numpy() for result in results], expected)
    net.train()
    results = net(*[torch.from_numpy(numpy.concatenate([x, x[:, :, ::-1, ::-1]]).copy()) for x in inputs])
    results = [results] if isinstance(results, torch.Tensor) else results
    sum(result.square().sum() for result in results).backward()
    without = [n for n, p in net.named_parameters() if p.grad is None]
    if without:
        raise Wrong(f"no gradient reaches {without[:5]}")
    return error


def check(label, runtime, folder, black):
    for old in folder.rglob("*.*"):
        old.unlink()
    onnx_file, py_file = folder / "net.onnx", folder / "net.py"
    archcost("export", label, "-o", str(onnx_file), "--test-data", str(folder / "data"))
    rows = archcost("diff", label, str(onnx_file), "--format", "csv").splitlines()[1:]
    changed = [row for row in rows if not row.startswith("same") and ",same," not in row]
    if changed:
        raise Wrong(f"diff: {changed[:3]}")
    model = check_onnx(onnx_file)
    inputs, expected = tensors(folder / "data", "input"), tensors(folder / "data", "output")
    errors = [compare_all("ONNX Runtime", runtime.run(onnx_file, inputs, folder), expected)]
    archcost("export", label, "--fold", "-o", str(folder / "folded.onnx"))
    check_onnx(folder / "folded.onnx")
    errors.append(compare_all("ONNX Runtime, folded", runtime.run(folder / "folded.onnx", inputs, folder), expected))
    costs = json.loads(archcost("analyze", label, "--format", "json"))
    total = costs["totals"] if "totals" in costs else costs["total"]
    archcost("export", label, "-o", str(py_file))
    if (folder / "net.onnx.data").exists():
        model = onnx.load(str(onnx_file))
    errors.append(check_torch(py_file, model, inputs, expected, (total["params"], total["macs"])))
    if black:
        run = subprocess.run(["black", "--check", "-q", str(py_file)])
        if run.returncode != 0:
            raise Wrong("black would change the file")
    return errors


TORCHVISION = {
    "alexnet": "alexnet", "densenet121": "densenet121", "efficientnet_b0": "efficientnet_b0",
    "mnasnet": "mnasnet1_0", "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v3": "mobilenet_v3_large", "regnet_y_400mf": "regnet_y_400mf", "resnet18": "resnet18",
    "resnet50": "resnet50", "resnext50_32x4d": "resnext50_32x4d", "wide_resnet50_2": "wide_resnet50_2",
    "shufflenet_v2_x0_5": "shufflenet_v2_x0_5", "shufflenet_v2_x1_0": "shufflenet_v2_x1_0",
    "squeezenet1_0": "squeezenet1_0", "squeezenet1_1": "squeezenet1_1", "vgg16": "vgg16",
}


IMPORTED = ["mobilenet_v2", "resnet18", "squeezenet1_0", "shufflenet_v2_x1_0"]
BY_NAME = ("resnet", "resnext", "wide_resnet", "mobilenet_v2", "shufflenet", "squeezenet")


def torchvision_model(label):
    import torchvision

    model = getattr(torchvision.models, TORCHVISION[label])(weights=None).eval()
    for module in model.modules():  # statistics as after training
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.8, 1.2)
            module.eps = 1e-5
    return model


def check_imported(label, runtime, folder):
    """torchvision's network in a file of torch's exporter, run by `measure` with the file's weights."""
    model, image, dump = folder / "imported.onnx", torch.rand(1, 3, 224, 224), folder / f"dump_{label}"
    torch.onnx.export(torchvision_model(label), image, str(model), opset_version=13)
    archcost("measure", str(model), "--weights", str(model), "--check", "--allow-unstable", "--blocks", "1",
             "--dump", str(dump))
    return [check_dump(dump, runtime, model, folder, image.shape)]


def check_torchvision(label, folder):
    theirs = torchvision_model(label)
    archcost("export", label, "-o", str(folder / "net.py"))
    net = network_class(load_module(folder / "net.py"))().eval()
    given, own = theirs.state_dict(), net.state_dict()
    if TORCHVISION[label].startswith(BY_NAME):
        shapes = [{key: value.shape for key, value in state.items()} for state in (own, given)]
        if shapes[0] != shapes[1]:
            raise Wrong(f"names or shapes differ: {sorted(own.keys() ^ given.keys())[:4]}")
        given = dict(reversed(given.items()))  # the order doesn't matter
    net.load_state_dict(given)
    image = torch.rand(1, *net.input_shape)
    with torch.no_grad():
        return [compare("torchvision", net(image).numpy(), theirs(image).numpy())]


def images(count, generator):
    """Stripes in four directions with noise, and their directions."""
    labels = torch.randint(0, 4, (count,), generator=generator)
    y, x = torch.meshgrid(torch.arange(32.0), torch.arange(32.0), indexing="ij")
    angles = labels.view(-1, 1, 1) * torch.pi / 4
    waves = torch.sin((torch.cos(angles) * x + torch.sin(angles) * y) * 0.8)
    return waves.unsqueeze(1) + torch.randn(count, 3, 32, 32, generator=generator), labels


def train(runtime, folder):
    label = "mobilenet_v1:alpha=0.25,rho=1/7,classes=4"
    archcost("export", label, "-o", str(folder / "net.py"))
    net = network_class(load_module(folder / "net.py"))()
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    losses = []
    for _ in range(300):
        x, labels = images(32, generator)
        loss = torch.nn.functional.cross_entropy(net(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    first, last = sum(losses[:20]) / 20, sum(losses[-20:]) / 20
    print(f"loss {first:.3f} at first, {last:.3f} after {len(losses)} steps")
    if last > first / 2:
        raise Wrong("the loss has not fallen by half")
    net.eval()
    image = images(1, generator)[0]
    with torch.no_grad():
        expected = net(image).numpy()
    trained = folder / "trained.onnx"
    torch.onnx.export(net, image, str(trained), opset_version=13)
    errors = [compare_all("torch.onnx", runtime.run(trained, [image.numpy()], folder), [expected])]
    # archcost's own file with the trained numbers, and measure with those that torch.onnx has written.
    archcost("export", label, "-o", str(folder / "net.onnx"))
    model = onnx.load(str(folder / "net.onnx"))
    values = [v.numpy() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")]
    weights = [t for t in model.graph.initializer if "constant/" not in t.name and "/constant" not in t.name]
    for initializer, value in zip(weights, values):
        initializer.CopyFrom(onnx.numpy_helper.from_array(value.reshape(initializer.dims), initializer.name))
    onnx.save(model, str(folder / "named.onnx"))
    results = runtime.run(folder / "named.onnx", [image.numpy()], folder)
    errors.append(compare_all("trained weights", results, [expected]))
    for name in ("trained.onnx", "named.onnx"):
        dump = folder / f"dump_{name}"
        archcost("measure", label, "--weights", str(folder / name), "--check", "--allow-unstable", "--blocks", "1",
                 "--dump", str(dump))
        errors.append(check_dump(dump, runtime, trained, folder, image.shape))
    return errors


def check_dump(dump, runtime, model, folder, shape):
    """The output that `measure` computed from its input, and ONNX Runtime's."""
    values = numpy.fromfile(dump / "input.f32", numpy.float32).reshape(shape)
    output = numpy.fromfile(dump / "output.f32", numpy.float32)
    return compare_all(f"measure --weights, {dump.name}", [output], runtime.run(model, [values], folder))


def shipped():
    names = [line.split(",")[0] for line in archcost("list", "--format", "csv").splitlines()[1:]]
    presets = []
    for name in names:
        text = (ROOT / "arch_specs" / f"{name}.yaml").read_text().splitlines()
        inside = False
        for line in text:
            inside = line.startswith("presets:") or (inside and (line.startswith(" ") or not line))
            key = line.strip().split(":")[0]
            if inside and line.startswith("  ") and line[2] not in " #":
                presets.append(key)
    return names + presets


def made_small(label):
    spec, plus, rewrites = label.partition("+")
    name, _, settings = spec.partition(":")
    params = archcost("params", spec, "--format", "csv")
    if not any(line.startswith("rho,") for line in params.splitlines()) or "rho=" in settings:
        return label
    small = f"{spec}{',' if settings else ':'}rho=1/4{plus}{rewrites}"
    run = subprocess.run([ARCHCOST, "show", small, "--format", "csv"], capture_output=True)
    return small if run.returncode == 0 else label


def random_label(names, generator):
    """A shipped network with some of its parameters at other values of their sweep or choices."""
    while True:
        name = generator.choice(names)
        settings = []
        for row in json.loads(archcost("params", name, "--format", "json"))["parameters"]:
            values = row.get("sweep") or row.get("choices") or []
            if values and generator.random() < 0.6:
                value = generator.choice(values)
                if not isinstance(value, (list, dict)):
                    settings.append(f"{row['name']}={value}")
        label = f"{name}:{','.join(settings)}" if settings else name
        run = subprocess.run([ARCHCOST, "show", label, "--format", "csv"], capture_output=True)
        if run.returncode == 0:
            return label


REWRITES = ["separable", "groups:g=2", "groups:g=4", "se", "se:reduction=4,gate=hard_sigmoid", "bottleneck",
            "bottleneck:inverted=1", "separable:first=1", "activation:act=hard_swish", "activation:act=gelu",
            "kernel:kernel=5", "groups:where=all,g=2"]


def rewritten_label(names, generator):
    while True:
        parts = [generator.choice(names), *generator.sample(REWRITES, generator.choice([1, 1, 2]))]
        label = "+".join(parts)
        run = subprocess.run([ARCHCOST, "show", label, "--format", "csv"], capture_output=True)
        if run.returncode == 0:
            return label


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("networks", nargs="*")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--rewrites", type=int, default=0)
    parser.add_argument("--journal", type=pathlib.Path)
    parser.add_argument("--no-black", action="store_true")
    parser.add_argument("--torchvision", action="store_true")
    parser.add_argument("--imported", action="store_true")
    parser.add_argument("--train", action="store_true")
    options = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    generator = random.Random(0)
    names = options.networks or (list(TORCHVISION) if options.torchvision else IMPORTED if options.imported
                                 else [] if options.train else shipped())
    labels = list(names)
    if names and not options.networks and not options.torchvision and not options.imported:
        for folder in ("families", "exporter/specs"):
            labels += [str(path) for path in sorted((ROOT / "tests" / folder).glob("*.yaml"))]
    labels += [random_label(names, generator) for _ in range(options.random)]
    labels += [rewritten_label(names, generator) for _ in range(options.rewrites)]
    labels = [made_small(label) if options.small else label for label in labels]
    right = set()
    if options.journal and options.journal.exists():
        right = {line.split()[1] for line in options.journal.read_text().splitlines() if line.startswith("ok ")}
    runtime, failed = Runtime(), 0
    if options.train:
        labels.append("training")
    with tempfile.TemporaryDirectory() as folder:
        for label in labels:
            if label in right:
                continue
            try:
                if label == "training":
                    errors = train(runtime, pathlib.Path(folder))
                elif options.imported:
                    errors = check_imported(label, runtime, pathlib.Path(folder))
                elif options.torchvision:
                    errors = check_torchvision(label, pathlib.Path(folder))
                else:
                    errors = check(label, runtime, pathlib.Path(folder), not options.no_black)
                finite = math.isfinite(max(errors))
                print(f"ok     {label}  {f'{max(errors):.1e}' if finite else 'all outputs overflow'}", flush=True)
                if options.journal:
                    with options.journal.open("a") as journal:
                        journal.write(f"ok {label}\n")
            except Exception as wrong:  # one network's fault isn't the others'
                failed += 1
                print(f"WRONG  {label}: {type(wrong).__name__} {wrong}"[:500], flush=True)
    print(f"{len(labels) - failed} of {len(labels)} networks are right")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
