# SPDX-License-Identifier: Apache-2.0
"""Runs a network on ONNX Runtime, for archcost: Python's package onnxruntime.

Its argument is a request in JSON; it writes lines of JSON, events; see ../onnxruntime.hpp.
"""
import array
import json
import os
import sys
import time


def say(event):
    os.write(1, (json.dumps(event) + "\n").encode())


def hello(ort):
    providers = [name.removesuffix("ExecutionProvider").lower() for name in ort.get_available_providers()]
    say({"event": "hello", "version": ort.__version__, "place": os.path.dirname(ort.__file__), "providers": providers})


def open_session(ort, file, request, profile=None, optimized=None):
    options = ort.SessionOptions()
    options.intra_op_num_threads = request["threads"]
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    if profile:
        options.enable_profiling = True
        options.profile_file_prefix = profile
        options.optimized_model_filepath = optimized
    return ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def passes(session, feeds, count, least, most=None):
    """Times of single passes in seconds: `count` of them at least, for `least` seconds at least."""
    session.run(None, feeds)  # brings its data into the caches
    times, start = [], time.perf_counter()
    while (most is None or len(times) < most) and (len(times) < count or time.perf_counter() - start < least):
        begin = time.perf_counter()
        session.run(None, feeds)
        times.append(time.perf_counter() - begin)
    return times


def reference_passes(sessions, feeds):
    """Passes of the session that is fastest.

    Where the memory of one lies badly in the caches, its passes take up to 1.3 times as long throughout the process.
    """
    return min((passes(session, feeds, 5, 0.004) for session in sessions), key=lambda times: sorted(times)[len(times) // 2])


def measure(ort, request):
    import numpy

    image = numpy.fromfile(request["input"], numpy.float32).reshape(request["shape"])
    plain = open_session(ort, request["model"], request)
    feeds = {plain.get_inputs()[0].name: image}
    output = plain.run(None, feeds)[0]
    if request.get("output"):
        with open(request["output"], "wb") as file:
            file.write(array.array("f", numpy.asarray(output).reshape(-1).tolist()).tobytes())
    say({"event": "loaded"})
    profiled = None
    if request.get("profile"):
        profiled = open_session(ort, request["model"], request, request["profile"], request["optimized"])
    # With one thread: two of them share their work differently from process to process.
    references = [open_session(ort, request["reference"], {**request, "threads": 1}) for _ in range(4)]
    reference_feeds = {references[0].get_inputs()[0].name: numpy.full(request["reference_shape"], 0.5, numpy.float32)}
    for _ in range(request["blocks"]):
        before = reference_passes(references, reference_feeds)
        times = passes(plain, feeds, request["passes"], request["seconds"])
        if profiled:
            passes(profiled, feeds, request["profiled_passes"], 0, request["profiled_passes"])
        after = reference_passes(references, reference_feeds)
        say({"event": "block", "plain": times, "reference": before + after})
    if profiled:
        profiled.end_profiling()


def main():
    request = json.loads(sys.argv[1])
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise RuntimeError(f"Python has no package onnxruntime here ({str(error).splitlines()[0]})") from error
    if request["do"] == "hello":
        hello(ort)
    else:
        measure(ort, request)
    say({"event": "done"})


try:
    main()
except MemoryError:
    say({"event": "failed", "reason": "out of memory"})
    sys.exit(1)
except Exception as error:  # every failure is an answer
    say({"event": "failed", "reason": (str(error) or type(error).__name__).splitlines()[0]})
    sys.exit(1)
