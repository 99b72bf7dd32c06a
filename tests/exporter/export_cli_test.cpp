// SPDX-License-Identifier: Apache-2.0
// archcost export as people call it.
#include <filesystem>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// What `diff` says of layers that differ, a line each.
std::string changes(const std::string& left, const std::string& right) {
  std::string lines;
  const Run run = run_program("diff " + left + " " + right + " --format csv");
  CHECK(run.status == 0);
  for (const std::string& line : split(run.out, '\n')) {
    if (!line.empty() && !line.starts_with("same,") && !line.starts_with("change,"))
      lines += line + "\n";
  }
  return lines;
}

}  // namespace

TEST_CASE("export chooses its format by the file, and diff finds no difference", "[export][cli]") {
  const TestFolder folder;
  const Run run = run_program("export mobilenet_v1:alpha=0.25 -o " + folder / "net.onnx");
  CHECK(run.err == "");
  CHECK(run.status == 0);
  const std::string bytes = read_file(folder / "net.onnx");
  CHECK(bytes.size() > 4 * 475'544);  // weights and running statistics
  CHECK(contains(bytes, "archcost export mobilenet_v1:alpha=0.25"));
  CHECK(changes("mobilenet_v1:alpha=0.25", folder / "net.onnx") == "");
  CHECK(run_program("export mobilenet_v1 -o " + folder / "net.py").status == 0);
  CHECK(contains(read_file(folder / "net.py"),
                 "check(MobileNetV1(), params=4231976, macs=568740352)"));
}

TEST_CASE("export says what is missing", "[export][cli]") {
  CHECK(run_program("export mobilenet_v1").err ==
        "error: which format? Write -o FILE.onnx or FILE.py, or --format onnx, pytorch, netron, "
        "model-explorer, trace or stacks\n");
  CHECK(run_program("export mobilenet_v1 --format trace").err ==
        "error: a trace is of a measurement: archcost measure SPEC --format json -o times.json, "
        "then --measured times.json\n");
  CHECK(contains(run_program("export mobilenet_v1 --opset 12 -o x.onnx").err, "--opset"));
  CHECK(run_program("export mobilenet_v1 --format stacks --cost mac").err ==
        "error: --cost: must be params, weights, buffers, macs, bias_adds, elementwise, compares, "
        "transcendentals, pool_ops or activations, not 'mac'; did you mean 'macs'?\n"
        "'archcost export --help' shows its options\n");
}

TEST_CASE("test data are the interpreter's input and output", "[export][cli]") {
  const TestFolder folder;
  CHECK(run_program("export standard_conv --weights none -o " + folder / "net.onnx --test-data " +
                    folder / "data")
            .status == 0);
  CHECK(std::filesystem::file_size(folder / "data/input_0.pb") > 12);
  CHECK(std::filesystem::file_size(folder / "data/output_0.pb") > 12);
}

TEST_CASE("a search writes its first design as ONNX and PyTorch", "[export][cli]") {
  const TestFolder folder;
  const std::string search =
      "search mobilenet_v1 --vary alpha=0.25,0.5 --limit 'macs <= 50M' --maximize params -o ";
  for (const std::string name : {"best.onnx", "best.py"}) {
    const Run run = run_program(search + folder / name);
    CHECK(run.status == 0);
    CHECK(contains(run.err, "is the first of the designs"));
  }
  CHECK(contains(read_file(folder / "best.py"), "alpha=0.25"));
  CHECK(changes("mobilenet_v1:alpha=0.25", folder / "best.onnx") == "");
}
