// SPDX-License-Identifier: Apache-2.0
#include "onnx/node_order.hpp"

#include <fmt/core.h>

#include <functional>
#include <numeric>
#include <queue>
#include <unordered_map>

#include "core/diagnostic.hpp"

namespace archcost::onnx {
namespace {

using Producers = std::unordered_map<std::string_view, int>;

// Values that subgraphs take from around don't count: nodes with subgraphs keep their place.
std::vector<int> sources(const Node& node, const Producers& producers) {
  std::vector<int> indices;
  for (const std::string_view input : node.inputs) {
    const auto producer = producers.find(input);
    if (!input.empty() && producer != producers.end()) indices.push_back(producer->second);
  }
  return indices;
}

[[noreturn]] void fail(const std::vector<Node>& nodes, const Producers& producers,
                       std::vector<int>& waiting) {
  // Following what waits leads into the cycle.
  int at = 0;
  while (waiting[at] == 0) ++at;
  std::vector<bool> seen(nodes.size());
  while (!seen[at]) {
    seen[at] = true;
    for (const int source : sources(nodes[at], producers)) {
      if (waiting[source] > 0) {
        at = source;
        break;
      }
    }
  }
  throw Error(fmt::format("a cycle: {} '{}' takes its own output, through other nodes or directly",
                          nodes[at].type, nodes[at].name));
}

}  // namespace

std::vector<int> node_order(const std::vector<Node>& nodes) {
  const auto count = static_cast<int>(nodes.size());
  Producers producers;
  for (int k = 0; k < count; ++k) {
    for (const std::string_view output : nodes[k].outputs) {
      if (!output.empty()) producers.emplace(output, k);
    }
  }
  std::vector<int> waiting(nodes.size());
  std::vector<std::vector<int>> users(nodes.size());
  bool sorted = true;
  for (int k = 0; k < count; ++k) {
    for (const int source : sources(nodes[k], producers)) {
      sorted = sorted && source < k;
      ++waiting[k];
      users[source].push_back(k);
    }
  }
  std::vector<int> order(nodes.size());
  std::iota(order.begin(), order.end(), 0);
  if (sorted) return order;
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int k = 0; k < count; ++k) {
    if (waiting[k] == 0) ready.push(k);
  }
  order.clear();
  while (!ready.empty()) {
    const int next = ready.top();
    ready.pop();
    order.push_back(next);
    for (const int user : users[next]) {
      if (--waiting[user] == 0) ready.push(user);
    }
  }
  if (order.size() != nodes.size()) fail(nodes, producers, waiting);
  return order;
}

}  // namespace archcost::onnx
