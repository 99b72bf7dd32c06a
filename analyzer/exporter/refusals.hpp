// SPDX-License-Identifier: Apache-2.0
// Every layer that can't be exported, in one error.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/network.hpp"

namespace archcost::exporter {

constexpr std::string_view kNoRow = "it has no row in the table of exports";

class Refusals {
 public:
  explicit Refusals(std::string network) : network_(std::move(network)) {}
  void add(const graph::Layer& layer, std::string_view reason);
  /// Throws Error: a line for each kind and reason, with the first layers.
  void throw_if_any() const;

 private:
  std::string network_;
  std::map<std::string, std::vector<std::string>> by_reason_;
};

/// Adds what no row of the table can write yet: several outputs, further inputs, shared weights and
/// some forms of kinds.
void add_without_form(const graph::Network& network, Refusals& refusals);

}  // namespace archcost::exporter
