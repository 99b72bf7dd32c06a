// SPDX-License-Identifier: Apache-2.0
#include "runner/onnxruntime.hpp"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "core/statistics.hpp"
#include "core/text_file.hpp"
#include "exporter/export_onnx.hpp"
#include "interpreter/reference.hpp"
#include "interpreter/weight_file.hpp"
#include "onnx/mapped_file.hpp"
#include "runner/engine_figures.hpp"
#include "runner/onnxruntime_profile.hpp"
#include "runner/temporary_folder.hpp"

namespace archcost::runner {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Events of the profiler that are kept: some 600 bytes each.
constexpr int kMostEvents = 40'000;
/// The reference layer: a pointwise convolution, which is oneDNN's too.
constexpr std::int64_t kReferenceChannels = 512, kReferenceSide = 14;

void write_model(const exporter::OnnxGraph& graph, const exporter::OnnxFile& file,
                 const std::vector<interpreter::LayerWeights>& weights, const std::string& path) {
  exporter::OnnxFile with_weights = file;
  if (exporter::weight_bytes(graph) > exporter::kMostInside) {
    with_weights.external = fs::path(path).filename().string() + ".data";
    std::ofstream data(path + ".data", std::ios::binary);
    exporter::write_external_weights(graph, file.weights, weights,
                                     [&](std::string_view part) { data << part; });
    if (!data.flush()) throw EngineError(fmt::format("'{}.data' can't be written", path));
  }
  std::ofstream stream(path, std::ios::binary);
  exporter::write_onnx(graph, with_weights, weights,
                       [&](std::string_view part) { stream << part; });
  if (!stream.flush()) throw EngineError(fmt::format("'{}' can't be written", path));
}

void write_floats(const std::vector<float>& numbers, const std::string& path) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(numbers.data()),
               static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  if (!stream.flush()) throw EngineError(fmt::format("'{}' can't be written", path));
}

exporter::OnnxGraph reference_graph() {
  const std::int64_t channels = kReferenceChannels;
  exporter::OnnxGraph graph;
  graph.name = "reference";
  graph.inputs = {{"input", {1, channels, kReferenceSide, kReferenceSide}}};
  graph.outputs = {{"output", graph.inputs.front().sizes}};
  graph.tensors = {{"weight",
                    {channels, channels, 1, 1},
                    std::vector<float>(static_cast<std::size_t>(channels * channels), 0.01F)}};
  graph.nodes = {{"Conv", "conv", "output", {"input", "weight"}, {}, 0}};
  return graph;
}

double faster_half(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  times.resize((times.size() + 1) / 2);
  return std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(times.size());
}

/// One measurement: the files, the process, what it answered.
class OnnxRuntimeRun {
 public:
  OnnxRuntimeRun(const graph::Network& network, const MeasureOptions& options,
                 const MeasureProgress& progress)
      : network_(network),
        options_(options),
        progress_(progress),
        program_(usable_program(engine_named("onnxruntime"))),
        graph_(exporter::onnx_graph(network, exporter::kDefaultOpset)) {
    if (graph_.inputs.size() > 1)
      throw EngineError(
          fmt::format("'{}' has several inputs: ONNX Runtime is given one", network.name));
  }

  Measurement run() {
    measurement_.options = options_;
    measurement_.machine = {.cpu = latency::cpu_name(),
                            .isa = latency::cpu_instructions(),
                            .engine = "onnxruntime",
                            .version = program_.version};
    measurement_.cpu = measurement_.machine.cpu;
    measurement_.isa = measurement_.machine.isa;
    measurement_.library = fmt::format("{} ({})", measurement_.machine.library(), program_.way);
    measurement_.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    write_files();
    run_processes(options_.processes, measurement_,
                  [&](int, std::vector<MeasuredBlock>& blocks) { run_process(blocks); });
    measurement_.wait_left = options_.wait_seconds;
    return std::move(measurement_);
  }

 private:
  std::string file(const char* name) const { return (folder_.path() / name).string(); }

  void write_files() {
    progress_("writing the ONNX file");
    std::vector<interpreter::LayerWeights> weights =
        options_.weights.empty() ? interpreter::random_weights(network_, options_.seed)
                                 : interpreter::read_weight_file(network_, options_.weights);
    const std::vector<float> input = interpreter::random_input(network_, options_.seed);
    write_model(graph_, {}, weights, file("model.onnx"));
    write_floats(input, file("input.f32"));
    write_model(reference_graph(), {}, {}, file("reference.onnx"));
    measurement_.weight_bytes = static_cast<std::size_t>(exporter::weight_bytes(graph_));
    if (!options_.check) return;
    progress_("computing the expected output with plain loops");
    expected_ = interpreter::run_reference(
        network_, weights, input)[static_cast<std::size_t>(network_.outputs.front())];
  }

  json request() const {
    const int nodes = static_cast<int>(graph_.nodes.size()) + 1;
    json request = onnxruntime_request("measure");
    request["model"] = file("model.onnx");
    request["input"] = file("input.f32");
    request["shape"] = graph_.inputs.front().sizes;
    request["output"] = options_.check ? file("output.f32") : "";
    request["threads"] = options_.threads;
    request["blocks"] = options_.blocks;
    request["passes"] = options_.passes;
    request["seconds"] = options_.seconds;
    request["profile"] = file("profile");
    request["optimized"] = file("optimized.onnx");
    request["profiled_passes"] = profiled_passes(nodes);
    request["reference"] = file("reference.onnx");
    request["reference_shape"] = reference_graph().inputs.front().sizes;
    return request;
  }

  int profiled_passes(int nodes) const {
    return std::clamp(kMostEvents / (nodes * options_.blocks), 4, std::max(4, options_.passes));
  }

  void run_process(std::vector<MeasuredBlock>& blocks) {
    const std::size_t first = blocks.size();
    ChildRequest child;
    child.command = program_.command;
    child.cpu = options_.cpu;
    child.command.push_back(request().dump());
    child.patience_seconds = options_.patience_seconds;
    progress_("ONNX Runtime loads the network");
    ChildEnd end;
    try {
      end = run_child(child, [&](const json& event) { handle(event, blocks); });
    } catch (const EngineError& error) {
      fail(error.diagnostics().front().message, blocks, first);
    }
    if (!end.done) fail(end.reason, blocks, first);
    if (blocks.size() - first != static_cast<std::size_t>(options_.blocks))
      fail("it ended before its last block", blocks, first);
    add_profile(blocks, first);
    if (options_.check) check_output();
  }

  void handle(const json& event, std::vector<MeasuredBlock>& blocks) const {
    if (event["event"] != "block") return;
    const auto plain = event.at("plain").get<std::vector<double>>();
    const auto reference = event.at("reference").get<std::vector<double>>();
    if (plain.empty() || reference.empty()) return;
    MeasuredBlock& block = blocks.emplace_back();
    block.plain = faster_half(plain);
    block.stamped = block.plain;
    block.fastest = *std::min_element(plain.begin(), plain.end());
    block.reference = faster_half(reference);
    block.passes = static_cast<int>(plain.size());
    progress_(fmt::format("block {} of {}", blocks.size(), options_.blocks * options_.processes));
  }

  /// What was measured before the failure is in the message.
  [[noreturn]] void fail(const std::string& reason, const std::vector<MeasuredBlock>& blocks,
                         std::size_t first) const {
    std::string text =
        fmt::format("'{}' could not be run on {}: {}", network_.name, measurement_.library, reason);
    if (blocks.size() > first) {
      std::vector<double> plains;
      for (std::size_t i = first; i < blocks.size(); ++i) plains.push_back(blocks[i].plain);
      text += fmt::format(
          "; before that, {} of {} blocks took {:.4g} ms a pass, without the times "
          "of layers",
          plains.size(), options_.blocks, median(plains) * 1e3);
    }
    throw EngineError(text);
  }

  std::string profile_file() const {
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("profile") && name.ends_with(".json")) return entry.path().string();
    }
    throw EngineError(fmt::format("{} wrote no profile", measurement_.library));
  }

  void add_profile(std::vector<MeasuredBlock>& blocks, std::size_t first) {
    progress_("reading the profile");
    const std::string path = profile_file();
    OnnxRuntimeProfile profile;
    try {
      profile = read_onnxruntime_profile(read_text_file(path), "the profile");
    } catch (const EngineError&) {
      throw;
    } catch (const Error& error) {
      throw EngineError(error.diagnostics().front().message);
    }
    fs::remove(path);
    std::error_code status;
    if (fs::exists(file("optimized.onnx"), status)) {
      const onnx::MappedFile graph(file("optimized.onnx"));
      add_tensors(graph.bytes(), profile.nodes);
    }
    const std::vector<EngineRow> rows = map_nodes(network_, layer_names(graph_), profile.nodes);
    if (measurement_.rows.empty()) {
      measurement_.rows = measured_rows(network_, rows, profile.nodes, options_.threads);
      measurement_.rows.push_back({.label = latency::between_kernels()});
    }
    if (rows.size() + 1 != measurement_.rows.size())
      throw EngineError(fmt::format("{} ran other kernels in each process", measurement_.library));
    const std::size_t in_block = profile.runs.size() / static_cast<std::size_t>(options_.blocks);
    if (in_block < 2)
      throw EngineError(fmt::format("{}'s profile lacks runs", measurement_.library));
    for (int b = 0; b < options_.blocks; ++b) {
      // The first run of a block brings the data into the caches.
      add_rows(profile, rows, b * in_block + 1, (b + 1) * in_block, blocks[first + b]);
    }
  }

  /// The rows of a block: the mean over the faster half of the profiled runs. What a pass without
  /// the profiler takes longer is between the kernels; where it is faster, rows are scaled to it.
  void add_rows(const OnnxRuntimeProfile& profile, const std::vector<EngineRow>& rows,
                std::size_t begin, std::size_t end, MeasuredBlock& block) {
    std::vector<std::pair<double, std::size_t>> order;
    for (std::size_t r = begin; r < end; ++r)
      order.emplace_back(std::accumulate(profile.runs[r].begin(), profile.runs[r].end(), 0.0), r);
    std::sort(order.begin(), order.end());
    order.resize((order.size() + 1) / 2);
    const double share = 1 / static_cast<double>(order.size());
    double kernels = 0, profiled = 0;
    block.rows.assign(rows.size() + 1, 0);
    for (const auto& [sum, r] : order) {
      kernels += sum * share;
      profiled += profile.run_seconds[r] * share;
      for (std::size_t row = 0; row < rows.size(); ++row) {
        for (const std::size_t node : rows[row].nodes)
          block.rows[row] += profile.runs[r][node] * share;
      }
    }
    block.kernels = kernels;
    block.profiled = profiled;
    block.rows.back() = std::max(0.0, block.plain - kernels);
    if (kernels <= block.plain) return;
    for (double& seconds : block.rows) seconds *= block.plain / kernels;
  }

  void check_output() {
    const std::string bytes = read_text_file(file("output.f32"));
    interpreter::Tensor output(bytes.size() / sizeof(float));
    std::copy(bytes.begin(),
              bytes.begin() + static_cast<std::ptrdiff_t>(output.size() * sizeof(float)),
              reinterpret_cast<char*>(output.data()));
    measurement_.error = interpreter::largest_error(output, expected_);
  }

  const graph::Network& network_;
  MeasureOptions options_;
  const MeasureProgress& progress_;
  EngineProgram program_;
  exporter::OnnxGraph graph_;
  TemporaryFolder folder_;
  interpreter::Tensor expected_;  // of the check
  Measurement measurement_;
};

}  // namespace

Measurement measure_with_onnxruntime(const graph::Network& network, const MeasureOptions& options,
                                     const MeasureProgress& progress) {
  return OnnxRuntimeRun(network, options, progress).run();
}

}  // namespace archcost::runner
