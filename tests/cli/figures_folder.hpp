// SPDX-License-Identifier: Apache-2.0
// What tests of figures share that were measured elsewhere: a small network, and a database with
// its figures on two machines.
#pragma once

#include <fmt/core.h>

#include <string>

#include "support/catch.hpp"
#include "support/support.hpp"

namespace archcost::test {

inline const char* const kFirstConv =
    "conv 1x3x8x6 > 1x8x8x6 8 3 3 1 1 1 1 1 0 0 0 0 w2 w0 image f32 1T";
inline const char* const kSecondConv =
    "conv 1x8x8x6 > 1x4x8x6 4 1 1 1 1 1 1 1 0 0 0 0 w2 w0 relu f32 1T";
inline const char* const kOfTwoThreads =
    "conv 1x8x8x6 > 1x4x8x6 4 1 1 1 1 1 1 1 0 0 0 0 w2 w0 relu f32 2T";

inline std::string figure_line(const std::string& machine, const std::string& problem,
                               const std::string& rest) {
  return fmt::format("{{\"figure\":\"layer\",\"machine\":{},\"problem\":\"{}\",{}}}\n", machine,
                     problem, rest);
}

// A network with two convolutions, and a database with its figures on two machines: `pixel7` has
// all kernels, `other` the first one.
struct FiguresFolder : TestFolder {
  FiguresFolder() {
    write("lat.yaml",
          "name: lat\nparams:\n  c: {default: 8, sweep: [8, 16]}\n"
          "input: {channels: 3, height: 8, width: 6}\n"
          "layers:\n  - conv: {out: c, kernel: 3}\n  - conv: {out: 4}\n  - relu\n");
    const std::string pixel =
        R"({"cpu":"","data_type":"f16","engine":"tflite","isa":"","name":"pixel7","provider":"gpu","version":"2.1"})";
    const std::string other =
        R"({"cpu":"","data_type":"f32","engine":"e","isa":"","name":"other","provider":"cpu","version":""})";
    write(
        "a.jsonl",
        figure_line(
            pixel, kFirstConv,
            R"("option":"nchw>nchw","implementation":"jit:avx2","origin":"library","threads":1,"seconds":0.0001,"spread":0.02,"reference":0.003,"samples":[0.0001],"passes":5,"how":"by hand","date":"2026-01-31T10:00:00Z","core_latency":0.0)") +
            figure_line(
                pixel, kSecondConv,
                R"("option":"nchw>nchw","implementation":"ref","origin":"reference","threads":1,"seconds":4e-05,"spread":0.015,"reference":0.003,"samples":[4e-05],"passes":7,"how":"by ear","date":"2026-02-01T10:00:00Z","core_latency":0.0)"));
    write(
        "b.jsonl",
        figure_line(
            other, kFirstConv,
            R"("option":"nchw>nchw","implementation":"","origin":"library","threads":1,"seconds":0.0003,"spread":0,"reference":0,"samples":[0.0003],"passes":1,"how":"","date":"2026-02-02T10:00:00Z","core_latency":0.0)") +
            figure_line(
                pixel, kOfTwoThreads,
                R"("option":"nhwc>nchw","implementation":"","origin":"library","threads":2,"seconds":3e-05,"spread":0,"reference":0,"samples":[3e-05],"passes":2,"how":"","date":"2026-02-02T10:00:00Z","core_latency":5e-08)"));
    const Run merged = run("db merge a.jsonl b.jsonl --db u.db");
    CHECK(merged.status == 0);
    CHECK(merged.out == "4 figures added, 0 replaced by later ones, 0 known already\n");
  }
  Run run(const std::string& arguments) const { return run_program(arguments, text()); }
  // Of a command that goes well without a word.
  std::string out(const std::string& arguments) const {
    const Run done = run(arguments);
    INFO(arguments);
    CHECK(done.status == 0);
    CHECK(done.err.empty());
    return done.out;
  }
};

}  // namespace archcost::test
