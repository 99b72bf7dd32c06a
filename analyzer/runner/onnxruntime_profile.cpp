// SPDX-License-Identifier: Apache-2.0
#include "runner/onnxruntime_profile.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/diagnostic.hpp"
#include "onnx/model.hpp"

namespace archcost::runner {
namespace {

using nlohmann::json;

constexpr std::string_view kNodeSuffix = "_kernel_time";
constexpr double kMicrosecond = 1e-6, kCutOff = 0.5;

struct Event {
  std::string name, type, index, provider;
  double seconds = 0;
};

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

/// "CPUExecutionProvider" is "cpu".
std::string provider_name(std::string name) {
  if (const auto end = name.find("ExecutionProvider"); end != std::string::npos) name.resize(end);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

bool read_node(const json& event, Event& node) {
  node.name = event.at("name").get<std::string>();
  if (!node.name.ends_with(kNodeSuffix)) return false;
  node.name.resize(node.name.size() - kNodeSuffix.size());
  const json& args = event.at("args");
  node.type = text_of(args, "op_name");
  node.index = text_of(args, "node_index");
  node.provider = text_of(args, "provider");
  node.seconds = (event.at("dur").get<double>() + kCutOff) * kMicrosecond;
  return true;
}

struct TracedSession {
  std::vector<std::vector<Event>> runs;
  std::vector<double> run_seconds;
};

TracedSession read_events(const json& events) {
  TracedSession session;
  std::vector<Event> run;
  for (const json& event : events) {
    if (!event.is_object() || text_of(event, "ph") != "X") continue;
    Event node;
    if (text_of(event, "cat") == "Node") {
      if (read_node(event, node)) run.push_back(std::move(node));
    } else if (text_of(event, "name") == "model_run") {
      session.runs.push_back(std::move(run));
      session.run_seconds.push_back(event.at("dur").get<double>() * kMicrosecond);
      run.clear();
    }
  }
  return session;
}

bool same_nodes(const std::vector<Event>& a, const std::vector<Event>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Event& x, const Event& y) {
    return x.index == y.index && x.name == y.name;
  });
}

}  // namespace

OnnxRuntimeProfile read_onnxruntime_profile(const std::string& text, const std::string& name) {
  const json events = json::parse(text, nullptr, false);
  if (!events.is_array())
    throw Error(
        fmt::format("{}: not a profile of ONNX Runtime: it isn't a list of JSON events", name));
  TracedSession session;
  try {
    session = read_events(events);
  } catch (const json::exception&) {
    throw Error(
        fmt::format("{}: not a profile of ONNX Runtime: an event lacks its duration", name));
  }
  if (session.runs.empty() || session.runs.back().empty())
    throw Error(fmt::format(
        "{}: the profile has no run with kernels; enable profiling before the session is created, "
        "and end it after the runs",
        name));
  OnnxRuntimeProfile profile;
  std::map<std::string, int> providers;
  for (const Event& event : session.runs.back()) {
    profile.nodes.push_back({event.name, event.type});
    ++providers[event.provider];
  }
  for (std::size_t r = 0; r < session.runs.size(); ++r) {
    if (!same_nodes(session.runs[r], session.runs.back())) continue;
    std::vector<double>& seconds = profile.runs.emplace_back();
    for (const Event& event : session.runs[r]) seconds.push_back(event.seconds);
    profile.run_seconds.push_back(session.run_seconds[r]);
  }
  const auto most =
      std::max_element(providers.begin(), providers.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  profile.provider = provider_name(most->first);
  return profile;
}

void add_tensors(std::string_view graph, std::vector<EngineNode>& nodes) {
  const onnx::Model model = onnx::parse_model(graph);
  std::set<std::string_view> weights;
  for (const onnx::TensorHeader& tensor : model.graph.initializers) weights.insert(tensor.name);
  std::map<std::pair<std::string_view, std::string_view>, const onnx::Node*> by_name;
  for (const onnx::Node& node : model.graph.nodes) by_name[{node.name, node.type}] = &node;
  for (EngineNode& node : nodes) {
    const auto found = by_name.find({node.name, node.type});
    if (found == by_name.end()) continue;
    for (const std::string_view input : found->second->inputs) {
      if (!input.empty() && !weights.contains(input)) node.inputs.emplace_back(input);
    }
    for (const std::string_view output : found->second->outputs) {
      if (!output.empty()) node.outputs.emplace_back(output);
    }
    node.channels_last = onnx::Attributes(found->second->attributes).whole("channels_last", 0) != 0;
  }
}

}  // namespace archcost::runner
