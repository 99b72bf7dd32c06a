// SPDX-License-Identifier: Apache-2.0
// Tables of times of other programs: what one run took.
#include "runner/import_profile.hpp"

#include <cmath>

#include "support/catch.hpp"

using namespace archcost;

namespace {

/// Microseconds by run, after the name of a row: "conv1 100 104".
std::vector<std::string> rows_of(const std::string& text) {
  std::vector<std::string> rows;
  for (const runner::ProfileRow& row : runner::read_profile(text, "times", "net").rows) {
    rows.push_back(row.node.name);
    for (const double seconds : row.seconds)
      rows.back() += " " + std::to_string(std::lround(seconds * 1e6));
  }
  return rows;
}

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("parts of a layer in one run add up; without runs each row is one", "[engines]") {
  CHECK(rows_of("layer,us,run\nconv1,60,1\nconv1,40,1\nconv2,5,1\nconv1,70,2\nconv1,44,2\n") ==
        Rows{"conv1 100 114", "conv2 5"});
  CHECK(rows_of("run,us,layer\nb,60,conv1\na,40,conv1\nb,1,conv1\n") == Rows{"conv1 61 40"});
  CHECK(rows_of("layer,us\nconv1,60\nconv1,40\n") == Rows{"conv1 60 40"});
}

TEST_CASE("a CSV may begin with comments, empty lines and the mark of UTF-8", "[engines]") {
  CHECK(rows_of("# pixel7\n\nlayer,us\n# warm\nconv1,60\n") == Rows{"conv1 60"});
  CHECK(rows_of("\xEF\xBB\xBFlayer,us\r\nconv1,60\r\n") == Rows{"conv1 60"});
}

TEST_CASE("kernels of one name in a table of means add up", "[engines]") {
  CHECK(rows_of("node type, first, avg_ms, %, cdf%, mem KB, times called, name\n"
                "CONV_2D, 0.1, 0.100, 40%, 40%, 0, 1, [conv1]:0\n"
                "SOFTMAX, 0.1, 0.010, 40%, 40%, 0, 1, [sm]:1\n"
                "SOFTMAX, 0.1, 0.012, 40%, 40%, 0, 1, [sm]:2\n") == Rows{"conv1 100", "sm 22"});
}

TEST_CASE("a profile of ONNX Runtime says what its kernels ran on", "[engines]") {
  const auto provider = [](const std::string& name) {
    const std::string node =
        R"({"cat": "Node", "ph": "X", "dur": 9, "name": "conv1_kernel_time", "args": {"op_name": )"
        R"("Conv", "provider": ")" +
        name + R"("}})";
    return runner::read_profile("[" + node + R"(, {"ph": "X", "dur": 10, "name": "model_run"}])",
                                "p.json", "net")
        .provider;
  };
  CHECK(provider("CUDAExecutionProvider") == "cuda");
  CHECK(provider("CPUExecutionProvider") == "cpu");
  CHECK(rows_of("layer,us\nconv1,60\n") == Rows{"conv1 60"});
  CHECK(runner::read_profile("layer,us\nconv1,60\n", "t", "net").provider.empty());
}
