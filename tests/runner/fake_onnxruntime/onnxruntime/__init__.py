# SPDX-License-Identifier: Apache-2.0
"""Behaves as Python's onnxruntime where archcost looks, and computes nothing.

A convolution takes along the batch norm and the activation after it, as in the NCHWc layout, and is called after the
last of them. Each run "takes" a millisecond: time.perf_counter is replaced, so that no result depends on what else the
machine does. In the profile a convolution takes 100 us and another node 10 us. The variable FAKE_ONNXRUNTIME asks
for a fault: missing, old, garbage, other, memory, hang, kill@N (in the N-th run), uneven (the first block of the
network takes half the time).
"""
import json
import os
import signal
import sys
import time

FAULT = os.environ.get("FAKE_ONNXRUNTIME", "")
if FAULT == "missing":
    raise ImportError("No module named 'onnxruntime'")
__version__ = "1.5.2" if FAULT == "old" else "1.30.0"
RUNS = 0
NOW = 0.0
time.perf_counter = lambda: NOW


def get_available_providers():
    return ["CPUExecutionProvider"]


class SessionOptions:
    enable_profiling = False


class ExecutionMode:
    ORT_SEQUENTIAL = 0


class GraphOptimizationLevel:
    ORT_ENABLE_ALL = 99


def fields(message):
    """The fields of an encoded message: number and value."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 2:
            size = varint()
            yield key >> 3, message[at : at + size]
            at += size
        else:
            at += 4 if key & 7 == 5 else 8


def nodes_of(file):
    with open(file, "rb") as stream:
        model = stream.read()
    graph = next(value for number, value in fields(model) if number == 7)
    nodes = []
    for message in (value for number, value in fields(graph) if number == 1):
        node = {"inputs": [], "outputs": []}
        for number, value in fields(message):
            if number in (1, 2):
                node["inputs" if number == 1 else "outputs"].append(value.decode())
            elif number == 3:
                node["name"] = value.decode()
            elif number == 4:
                node["type"] = value.decode()
        nodes.append(node)
    return nodes


def fused(nodes):
    kept = []
    for node in nodes:
        before = kept[-1] if kept else None
        follows = before and before["type"] == "Conv" and node["inputs"][0] == before["outputs"][0]
        if follows and node["type"] in ("BatchNormalization", "Relu"):
            before.update(name=node["name"], outputs=node["outputs"])
        else:
            kept.append(dict(node))
    for node in kept:
        if node["type"] == "Conv":
            node["name"] += "_nchwc"
    return kept


class Input:
    name = "input"


class InferenceSession:
    def __init__(self, file, options, providers):
        assert providers == ["CPUExecutionProvider"]
        self.nodes = fused(nodes_of(file))
        self.profile = options.profile_file_prefix + "_1.json" if options.enable_profiling else None
        self.events = []
        self.runs = 0

    def get_inputs(self):
        return [Input()]

    def run(self, _outputs, _feeds):
        global RUNS, NOW
        RUNS += 1
        self.runs += 1
        NOW += 0.5e-3 if FAULT == "uneven" and len(self.nodes) > 1 and self.runs <= 6 else 1e-3
        if FAULT == "garbage":
            os.write(1, b"Segmentation fault in \x01 libfoo\n")
            os._exit(0)
        if FAULT == "other":
            os.write(1, b'{"event": "block", "plain": 3, "reference": 4}\n')
            time.sleep(1000)
        if FAULT == "memory":
            raise MemoryError
        if FAULT == "hang":
            time.sleep(1000)
        if FAULT.startswith("kill@") and RUNS >= int(FAULT[5:]):
            os.kill(os.getpid(), signal.SIGKILL)
        for i, node in enumerate(self.nodes if self.profile else []):
            self.events.append({"cat": "Node", "ph": "X", "ts": 0, "dur": 99 if node["type"] == "Conv" else 9,
                                "name": node["name"] + "_kernel_time",
                                "args": {"op_name": node["type"], "node_index": str(i),
                                         "provider": "CPUExecutionProvider"}})
        self.events.append({"cat": "Session", "ph": "X", "ts": 0, "dur": 1000, "name": "model_run", "args": {}})
        return [[0.0]]

    def end_profiling(self):
        with open(self.profile, "w", encoding="utf-8") as file:
            json.dump(self.events, file)
        return self.profile
