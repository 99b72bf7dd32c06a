// SPDX-License-Identifier: Apache-2.0
// The events of ONNX Runtime's profiler, and the graph that it ran.
#include "runner/onnxruntime_profile.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "exporter/export_onnx.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

using Words = std::vector<std::string>;

std::string kernel_event(const std::string& name, int microseconds, int index,
                         const std::string& provider = "CPU", const std::string& type = "Conv") {
  return fmt::format(
      R"({{"cat":"Node","ph":"X","dur":{},"name":"{}_kernel_time","args":{{"op_name":"{}",)"
      R"("node_index":"{}","provider":"{}ExecutionProvider"}}}})",
      microseconds, name, type, index, provider);
}

std::string end_event(int microseconds = 100) {
  return fmt::format(R"({{"cat":"Session","ph":"X","dur":{},"name":"model_run"}})", microseconds);
}

runner::OnnxRuntimeProfile events_profile(const Words& events) {
  return runner::read_onnxruntime_profile("[" + join(events, ",") + "]", "p");
}

/// The microseconds of each run: "9.5 3.5 of 100".
Words run_texts(const runner::OnnxRuntimeProfile& profile) {
  Words texts;
  REQUIRE(profile.runs.size() == profile.run_seconds.size());
  for (std::size_t r = 0; r < profile.runs.size(); ++r) {
    std::string text;
    for (const double seconds : profile.runs[r]) text += fmt::format("{:g} ", seconds * 1e6);
    texts.push_back(text + fmt::format("of {:g}", profile.run_seconds[r] * 1e6));
  }
  return texts;
}

Words node_texts(const runner::OnnxRuntimeProfile& profile) {
  Words texts;
  for (const runner::EngineNode& node : profile.nodes) texts.push_back(node.type + " " + node.name);
  return texts;
}

std::string events_error(const std::string& text) {
  try {
    runner::read_onnxruntime_profile(text, "p");
  } catch (const Error& error) {
    return error.diagnostics().front().message;
  }
  return {};
}

}  // namespace

TEST_CASE("a run is the kernels before its end, with half a microsecond more each", "[engines]") {
  const runner::OnnxRuntimeProfile profile = events_profile(
      {kernel_event("a", 9, 0), kernel_event("b", 3, 1, "CPU", "Relu"), end_event(20),
       kernel_event("a", 7, 0), kernel_event("b", 0, 1), end_event(30)});
  CHECK(run_texts(profile) == Words{"9.5 3.5 of 20", "7.5 0.5 of 30"});
  CHECK(node_texts(profile) == Words{"Conv a", "Conv b"});  // as the last run says
  CHECK(profile.provider == "cpu");
  CHECK(profile.nodes[0].inputs.empty());
  CHECK(profile.nodes[0].outputs.empty());
}

TEST_CASE("events that are no kernels and no runs are left out", "[engines]") {
  const runner::OnnxRuntimeProfile profile = events_profile(
      {"1", "\"model_run\"", "{}", R"({"cat":"Session","ph":"X","dur":5,"name":"model_loading"})",
       R"({"cat":"Session","ph":"M","name":"model_run"})", kernel_event("a", 9, 0),
       R"({"cat":"Node","ph":"X","dur":5,"name":"a_fence_before","args":{}})",
       R"({"cat":"Node","ph":"X","dur":5,"name":"_kernel_time_after","args":{}})",
       R"({"cat":"Node","ph":"B","dur":5,"name":"c_kernel_time","args":{}})",
       R"({"cat":"Node","ph":"X","dur":5,"name":"model_run","args":{}})",
       R"({"cat":"Kernel","ph":"X","dur":5,"name":"d_kernel_time","args":{}})",
       R"({"cat":"Node","ph":"X","dur":4.25,"name":"e_kernel_time","args":{}})", end_event()});
  CHECK(run_texts(profile) == Words{"9.5 4.75 of 100"});
  CHECK(node_texts(profile) == Words{"Conv a", " e"});
}

TEST_CASE("runs with other nodes than the last one are left out", "[engines]") {
  const std::string a = kernel_event("a", 1, 0), b = kernel_event("b", 2, 1);
  CHECK(run_texts(events_profile({end_event(1),
                                  a,
                                  end_event(2),
                                  b,
                                  a,
                                  end_event(3),
                                  a,
                                  b,
                                  end_event(4),
                                  a,
                                  b,
                                  b,
                                  end_event(5),
                                  kernel_event("a", 5, 3),
                                  b,
                                  end_event(6),
                                  kernel_event("c", 5, 0),
                                  b,
                                  end_event(7),
                                  a,
                                  kernel_event("b", 8, 1),
                                  end_event(8)})) == Words{"1.5 2.5 of 4", "1.5 8.5 of 8"});
  // Kernels after the last run belong to none.
  CHECK(run_texts(events_profile({a, end_event(1), b, b})) == Words{"1.5 of 1"});
}

TEST_CASE("an index of a node may be a number or a text", "[engines]") {
  const auto event = [](const char* index) {
    return fmt::format(
        R"({{"cat":"Node","ph":"X","dur":1,"name":"a_kernel_time","args":{{"node_index":{}}}}})",
        index);
  };
  CHECK(run_texts(events_profile({event("7"), end_event(1), event("\"7\""), end_event(2),
                                  event("8"), end_event(3), event("7"), end_event(4)})) ==
        Words{"1.5 of 1", "1.5 of 2", "1.5 of 4"});
}

TEST_CASE("the provider is that of most nodes of the last run", "[engines]") {
  const auto provider = [](const Words& providers) {
    Words events;
    for (int k = 0; k < 3; ++k) events.push_back(kernel_event("x", 1, 0));
    events.push_back(end_event());
    for (const std::string& name : providers) events.push_back(kernel_event("a", 1, 0, name));
    events.push_back(end_event());
    return events_profile(events).provider;
  };
  CHECK(provider({"CPU", "CUDA", "CUDA"}) == "cuda");
  CHECK(provider({"Tensorrt", "CPU", "CPU"}) == "cpu");
  CHECK(provider({"XNNPACK", "CPU", "CUDA", "XNNPACK"}) == "xnnpack");
  CHECK(provider({"CUDA", "CPU"}) == "cpu");
  CHECK(events_profile({R"({"cat":"Node","ph":"X","dur":1,"name":"a_kernel_time",)"
                        R"("args":{"provider":"Some Thing"}})",
                        end_event()})
            .provider == "some thing");
}

TEST_CASE("what is no profile of ONNX Runtime is refused with the reason", "[engines]") {
  const std::string list = "p: not a profile of ONNX Runtime: it isn't a list of JSON events";
  CHECK(events_error("") == list);
  CHECK(events_error("[{]") == list);
  CHECK(events_error("{\"ph\":\"X\"}") == list);
  CHECK(events_error("3") == list);
  const std::string lacks = "p: not a profile of ONNX Runtime: an event lacks its duration";
  CHECK(events_error(R"([{"cat":"Session","ph":"X","name":"model_run"}])") == lacks);
  CHECK(events_error(R"([{"cat":"Node","ph":"X","name":"a_kernel_time","args":{}}])") == lacks);
  CHECK(events_error(R"([{"cat":"Node","ph":"X","name":"a_kernel_time","dur":1}])") == lacks);
  const std::string none =
      "p: the profile has no run with kernels; enable profiling before the session is created, and "
      "end it after the runs";
  CHECK(events_error("[]") == none);
  CHECK(events_error("[" + end_event() + "]") == none);
  CHECK(events_error("[" + kernel_event("a", 1, 0) + "]") == none);
  CHECK(events_error("[" + kernel_event("a", 1, 0) + "," + end_event() + "," + end_event() + "]") ==
        none);
}

TEST_CASE("nodes get the tensors that the graph gives their name and type", "[engines]") {
  exporter::OnnxGraph graph;
  graph.name = "g";
  graph.inputs = {{"image", {1, 2, 3, 4}}};
  graph.outputs = {{"out", {1, 2, 3, 4}}};
  graph.tensors = {{"weight", {2}, std::vector<float>{1, 2}}, {"bias", {1}, std::vector<float>{3}}};
  graph.nodes = {{"ReorderInput", "in", "r", {"image"}, {{"channels_last", std::int64_t{1}}}},
                 {"Conv", "conv", "c", {"r", "weight", "", "bias", "skip"}, {}},
                 {"Relu", "conv", "d", {"c"}, {{"channels_last", std::int64_t{0}}}},
                 {"Split", "split", "", {"d"}, {}},
                 {"Add", "", "out", {"c", "d"}, {}}};
  std::string bytes;
  exporter::write_onnx(graph, {}, {}, [&](std::string_view part) { bytes += part; });
  std::vector<runner::EngineNode> nodes = {
      {"conv", "Relu"}, {"in", "ReorderInput"}, {"conv", "Conv"}, {"split", "Split"},
      {"conv", "Add"},  {"elsewhere", "Relu"},  {"", "Add"}};
  runner::add_tensors(bytes, nodes);
  Words texts;
  for (const runner::EngineNode& node : nodes)
    texts.push_back(fmt::format("{} {}: {} > {}{}", node.type, node.name, join(node.inputs, ","),
                                join(node.outputs, ","), node.channels_last ? " last" : ""));
  CHECK(texts == Words{"Relu conv: c > d", "ReorderInput in: image > r last",
                       "Conv conv: r,skip > c", "Split split: d > ", "Add conv:  > ",
                       "Relu elsewhere:  > ", "Add : c,d > out"});
}
