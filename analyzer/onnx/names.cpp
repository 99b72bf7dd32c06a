// SPDX-License-Identifier: Apache-2.0
#include "onnx/names.hpp"

#include <algorithm>
#include <cctype>

#include "core/text.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::onnx {
namespace {

constexpr std::size_t kMostLabels = 12;
constexpr std::size_t kLongestLabel = 60;

bool starts_with_type(std::string_view text, std::string_view type) {
  if (!text.starts_with(type)) return false;
  const std::string_view rest = text.substr(type.size());
  return std::all_of(rest.begin(), rest.end(),
                     [](unsigned char c) { return std::isdigit(c) || c == '_'; });
}

// "layer1", "layer1.0", "layer1.0.conv1" becomes layer1, 0, conv1.
std::vector<std::string> path_of_scopes(const std::vector<std::string>& scopes) {
  std::vector<std::string> path;
  std::string before;
  for (const std::string& scope : scopes) {
    std::string own = scope;
    if (!before.empty() && scope.starts_with(before + ".")) own = scope.substr(before.size() + 1);
    for (const std::string& part : split(own, '.')) path.push_back(part);
    before = scope;
  }
  return path;
}

std::vector<std::string> labels(const std::vector<std::string>& parts) {
  std::vector<std::string> path;
  for (const std::string& part : parts) {
    std::string label = label_of(part);
    if (label == spec::kInputWord) label = "input_";
    if (!label.empty() && path.size() < kMostLabels) path.push_back(std::move(label));
  }
  return path;
}

}  // namespace

std::string label_of(std::string_view text) {
  std::string label;
  for (const char c : text.substr(0, kLongestLabel)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (plain)
      label += c;
    else if (!label.empty() && label.back() != '_')
      label += '_';
  }
  while (!label.empty() && label.back() == '_') label.pop_back();
  return label;
}

std::vector<std::string> own_path(std::string_view name) {
  std::vector<std::string> path = split(std::string(name), '.');
  const bool valid = std::none_of(path.begin(), path.end(), [](const std::string& label) {
    return label.empty() || label == spec::kInputWord;
  });
  return valid ? path : std::vector<std::string>();
}

std::vector<std::string> module_path(const FoldedGraph& graph, const FoldedOp& op) {
  if (graph.layer_names) {
    std::vector<std::string> path = own_path(op.name.substr(0, op.name.find('/')));
    if (!path.empty()) return path;
  }
  std::vector<std::string> scopes;
  for (const std::string& part : split(std::string(op.name), '/')) {
    if (!part.empty()) scopes.push_back(part);
  }
  if (op.name.find('/') != std::string_view::npos && !scopes.empty()) {
    scopes.pop_back();  // the operator's own name
    return labels(path_of_scopes(scopes));
  }
  // The weights' names: "layer1.0.conv1.weight".
  for (const ValueId id : op.inputs) {
    if (id == kNone || graph.values[id].stored.empty()) continue;
    const std::string stored(graph.values[id].stored);
    if (stored.find("::") != std::string::npos) continue;
    std::vector<std::string> parts = split(stored, '.');
    if (parts.size() < 2) continue;
    parts.pop_back();
    return labels(parts);
  }
  const bool own_name = !op.name.empty() && !starts_with_type(op.name, op.type);
  if (!own_name) return {};
  return labels({std::string(op.name)});
}

}  // namespace archcost::onnx
