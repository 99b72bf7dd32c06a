// SPDX-License-Identifier: Apache-2.0
// Engines beside oneDNN as a person uses them: a Python package that only behaves as ONNX Runtime
// does, with faults, and figures from other devices.
#include <fmt/core.h>

#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

const char* const kSmall =
    "name: small\ninput: {channels: 16, height: 12, width: 12}\nlayers:\n"
    "  - conv: {name: conv1, out: 32, kernel: 3}\n  - batch_norm: {name: norm1}\n"
    "  - relu: {name: relu1}\n  - conv: {name: conv2, out: 32, kernel: 3, groups: in}\n"
    "  - relu: {name: relu2}\n  - conv: {name: conv3, out: 64}\n"
    "  - global_avg_pool: {name: pool}\n  - flatten: {name: flat}\n"
    "  - linear: {name: fc, out: 10}\n";

/// Python's package is the fake one, with a fault; npm's is not found; the cache is new.
struct FakeRuntime {
  explicit FakeRuntime(const std::string& fault = "") {
    setenv("PYTHONPATH", (source_dir() / "tests/runner/fake_onnxruntime").c_str(), 1);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    setenv("FAKE_ONNXRUNTIME", fault.c_str(), 1);
    setenv("ARCHCOST_CACHE", folder.text().c_str(), 1);
    folder.write("small.yaml", kSmall);
    folder.write("other.yaml", std::string(kSmall).replace(6, 5, "other"));
  }
  ~FakeRuntime() {
    for (const char* name :
         {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "FAKE_ONNXRUNTIME", "ARCHCOST_CACHE"})
      unsetenv(name);
  }
  Run run(const std::string& arguments) const { return run_program(arguments, folder.text()); }
  TestFolder folder;
};

const char* const kQuickEngine = " --engine onnxruntime --blocks 2 --seconds 0 --samples 4 ";

}  // namespace

TEST_CASE("a network is measured on ONNX Runtime, with a row for each kernel", "[engines][cli]") {
  const FakeRuntime runtime;
  const Run run = runtime.run(std::string("measure small.yaml --format json") + kQuickEngine);
  INFO(run.err);
  CHECK(run.status == 0);
  const nlohmann::json json = nlohmann::json::parse(run.out);
  CHECK(json["engine"] == "onnxruntime");
  CHECK(json["library"] == "ONNX Runtime 1.30.0 (Python)");
  CHECK(json["stable"] == true);
  CHECK(json["profiled_seconds"].get<double>() == Approx(1e-3));
  CHECK(json["kernel_seconds"].get<double>() == Approx(3 * 99.5e-6 + 3 * 9.5e-6));
  std::vector<std::string> rows;
  double sum = 0;
  for (const auto& row : json["rows"]) {
    std::string text = row["name"].get<std::string>() + ":";
    for (const auto& layer : row["layers"]) text += " " + layer.get<std::string>();
    rows.push_back(text + " " + row["implementation"].get<std::string>());
    sum += row["seconds"].get<double>();
  }
  CHECK(rows == std::vector<std::string>{"conv1: conv1 norm1 relu1 Conv nchwc",
                                         "conv2: conv2 relu2 Conv nchwc", "conv3: conv3 Conv nchwc",
                                         "pool: pool GlobalAveragePool", "flat: flat Flatten",
                                         "fc: fc Gemm", "between kernels: "});
  CHECK(sum == Approx(json["seconds"].get<double>()));
  CHECK(json["seconds"].get<double>() == Approx(json["plain_seconds"].get<double>()));
}

TEST_CASE("an engine that can't be used says why and what helps", "[engines][cli]") {
  const std::string folder = "/onnxruntime onnxruntime-node\n";
  struct Case {
    const char *fault, *problem;
  };
  for (const Case& c :
       {Case{"missing", "Python has no package onnxruntime here (No module named 'onnxruntime')"},
        Case{"old", "version 1.5.2 is too old: 1.14 or later is needed"}}) {
    const FakeRuntime runtime(c.fault);
    const Run run = runtime.run(std::string("measure small.yaml") + kQuickEngine);
    CHECK(run.status == 3);
    CHECK(run.err.find(
              fmt::format("error: ONNX Runtime can't be run here:\n  Python: {}; pip install "
                          "onnxruntime\n",
                          c.problem)) == 0);
    const Run list = runtime.run("engines --format json");
    CHECK(list.status == 0);
    CHECK(contains(list.out, c.problem));
  }
}

TEST_CASE("an engine that fails ends with status 3 and says how", "[engines][cli]") {
  struct Case {
    const char *fault, *message;
  };
  for (const Case& c :
       {Case{"garbage",
             "it printed 'Segmentation fault in \\u{1} libfoo' instead of "
             "a result\n"},
        Case{"memory", "out of memory\n"}, Case{"kill@2", "SIGKILL (out of memory?)\n"}}) {
    const FakeRuntime runtime(c.fault);
    const Run run = runtime.run(std::string("measure small.yaml") + kQuickEngine);
    CHECK(run.status == 3);
    CHECK(run.out.empty());
    CHECK(run.err ==
          fmt::format("error: 'small' could not be run on ONNX Runtime 1.30.0 (Python): {}",
                      c.message));
  }
  {
    const FakeRuntime runtime("other");
    const Run run = runtime.run(std::string("measure small.yaml") + kQuickEngine);
    CHECK(run.status == 3);
    CHECK(
        run.err.starts_with("error: 'small' could not be run on ONNX Runtime 1.30.0 (Python): "
                            "'python3' sent an event of another form: "));
  }
  const FakeRuntime runtime("hang");
  const Run run = runtime.run(std::string("measure small.yaml --patience 1") + kQuickEngine);
  CHECK(run.status == 3);
  CHECK(contains(run.err,
                 "could not be run on ONNX Runtime 1.30.0 (Python): hang: no event for 1 s\n"));
}

TEST_CASE("profiled networks are predicted, and others composed from their rows",
          "[engines][cli]") {
  const FakeRuntime runtime;
  const Run profiled = runtime.run(std::string("profile small.yaml") + kQuickEngine);
  INFO(profiled.err);
  CHECK(profiled.status == 0);
  CHECK(contains(profiled.out, "6 figures stored in "));
  const Run again = runtime.run(std::string("profile small.yaml") + kQuickEngine);
  CHECK(contains(again.out, "0 figures stored in "));
  const Run predicted = runtime.run("predict small.yaml --engine onnxruntime --format json");
  INFO(predicted.err);
  CHECK(predicted.status == 0);
  const nlohmann::json json = nlohmann::json::parse(predicted.out);
  CHECK(json["complete"] == true);
  CHECK(json["library"] == "ONNX Runtime 1.30.0");
  std::vector<std::string> rows;
  for (const auto& row : json["rows"]) rows.push_back(row["name"]);
  CHECK(rows ==
        std::vector<std::string>{"conv1", "conv2", "conv3", "pool", "fc", "between kernels"});
  // What is stored is predicted without the engine too; only measuring needs it.
  setenv("FAKE_ONNXRUNTIME", "missing", 1);
  CHECK(runtime.run("predict small.yaml --engine onnxruntime --format json").out == predicted.out);
  CHECK(runtime.run(std::string("measure small.yaml") + kQuickEngine).status == 3);
  setenv("FAKE_ONNXRUNTIME", "", 1);
  // Figures of one engine are never used for another.
  const Run other = runtime.run("predict small.yaml --engine onnxruntime --threads 2");
  CHECK(other.status == 3);
}

TEST_CASE("figures of a network whose blocks differ are stored with a warning", "[engines][cli]") {
  const FakeRuntime runtime("uneven");
  const Run run = runtime.run(std::string("profile small.yaml") + kQuickEngine);
  CHECK(run.status == 0);
  CHECK(contains(run.out, "6 figures stored in "));
  CHECK(contains(run.err,
                 "warning: the machine was busy: the blocks of 6 of 6 figures differ by more than "
                 "± 10 %; figures may be too large"));
}

TEST_CASE("latencies of layers are those of their kernels alone", "[engines][cli]") {
  const TestFolder folder;
  folder.write("two.yaml",
               "name: two\nparams: {c: 8}\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n"
               "  - conv: {name: a, out: c, kernel: 3}\n  - conv: {name: b, out: 8, kernel: 3}\n");
  // A row without a layer is time between the kernels.
  folder.write("times.csv", "layer,us,run\na,10,1\nb,5,1\n,20,1\n");
  const std::string db = " --db l.db --of phone";
  REQUIRE(run_program("db import times.csv --engine tflite --machine phone --network two.yaml "
                      "--db l.db",
                      folder.text())
              .status == 0);
  const auto seconds_of = [&](const std::string& arguments) {
    std::map<std::string, std::string> seconds;
    const Run run = run_program(arguments + " --format csv" + db, folder.text());
    const std::vector<std::string> lines = archcost::split(run.out, '\n');
    for (std::size_t k = 1; k < lines.size(); ++k) {
      const std::size_t comma = lines[k].find(',');
      if (comma != std::string::npos)
        seconds[lines[k].substr(0, comma)] = lines[k].substr(comma + 1);
    }
    return seconds;
  };
  auto known = seconds_of("analyze two.yaml --columns latency");
  CHECK(std::stod(known["a"]) == Approx(10e-6));
  CHECK(std::stod(known["b"]) == Approx(5e-6));
  CHECK(std::stod(known["total"]) == Approx(35e-6));
  const Run predicted = run_program("predict two.yaml --format json" + db, folder.text());
  const nlohmann::json json = nlohmann::json::parse(predicted.out);
  CHECK(json["seconds"].get<double>() == Approx(35e-6));
  // A layer without a figure has no latency, and the sum has none.
  auto unknown = seconds_of("analyze two.yaml:c=16 --columns latency");
  CHECK(unknown["a"].empty());
  CHECK(unknown["total"].empty());
  const Run compared =
      run_program("compare two.yaml two.yaml:c=16 --latency --format csv" + db, folder.text());
  CHECK(compared.status == 3);
  CHECK(contains(compared.out, ",1\n"));
  CHECK(compared.out.ends_with(",,\n"));
  const Run missing = run_program("predict two.yaml:c=16" + db, folder.text());
  CHECK(missing.status == 3);
  CHECK(contains(missing.out, "'archcost db import'"));
}

TEST_CASE("what was profiled before an engine is killed is kept", "[engines][cli]") {
  for (const int run_number : {3, 30, 40}) {
    INFO(run_number);
    std::string kept;
    TestFolder db;
    {
      const FakeRuntime runtime;
      CHECK(runtime.run(std::string("profile small.yaml --db ") + (db / "l.db") + kQuickEngine)
                .status == 0);
      kept = runtime.run("db export --db " + (db / "l.db")).out;
    }
    const FakeRuntime runtime("kill@" + std::to_string(run_number));
    const Run run = runtime.run(std::string("profile small.yaml mobilenet_block --db ") +
                                (db / "l.db") + kQuickEngine);
    CHECK(run.status == 3);
    CHECK(contains(run.err, "SIGKILL"));
    CHECK(runtime.run("db export --db " + (db / "l.db")).out == kept);
  }
}

TEST_CASE("figures of another device are imported and predict networks there", "[engines][cli]") {
  const FakeRuntime runtime;
  runtime.folder.write(
      "times.csv",
      "layer,us,run\nconv1,100,1\nconv1,120,2\nconv1,110,3\nconv2,50,1\nconv3,70,1\n"
      "pool,10,1\nfc,5,1\nwarp,8,1\ntotal,260,1\n");
  const Run run =
      runtime.run("db import times.csv --machine pixel7 --engine tflite --network small.yaml");
  INFO(run.err);
  CHECK(run.status == 0);
  CHECK(contains(run.out,
                 "CSV: 6 rows, 5 of layers of small.yaml; 6 new figures of pixel7, TensorFlow "
                 "Lite in "));
  CHECK(contains(run.out, "; the whole network takes 260.0 us\n"));
  CHECK(run.err ==
        "rows that match no layer, counted as time beside the kernels: 1\n  warp (8.0 us)\n");
  const Run predicted = runtime.run("predict small.yaml --machine pixel7 --format json");
  INFO(predicted.err);
  CHECK(predicted.status == 0);
  CHECK(nlohmann::json::parse(predicted.out)["seconds"].get<double>() == Approx(260e-6));
  CHECK(runtime.run("predict small.yaml --machine pixel8").err ==
        fmt::format("error: '{}/latency.db' has no machine pixel8: it holds 1 (pixel7, TensorFlow "
                    "Lite)\n",
                    runtime.folder.text()));
  runtime.folder.write("wrong.csv", "layer,us\nconv1,ten\n");
  CHECK(runtime.run("db import wrong.csv --machine a --engine b --network small.yaml").err ==
        "error: wrong.csv:2: 'ten' is not a time\n");
  runtime.folder.write("none.csv", "layer,us\nconv9,10\n");
  CHECK(runtime.run("db import none.csv --machine a --engine b --network small.yaml").err ==
        "error: none.csv: no row has the name of a layer of 'small'; its first row is 'conv9'\n");
}
