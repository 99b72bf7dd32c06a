// SPDX-License-Identifier: Apache-2.0
// Every layer that can't be exported, in one error; and those for which something else is written.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graph/network.hpp"

namespace archcost::exporter {

class Refusals {
 public:
  explicit Refusals(std::string network) : network_(std::move(network)) {}
  void add(const graph::Layer& layer, std::string_view reason);
  /// "KIND: REASON ('LAYER', ...)": a line for each kind and reason, with the first layers.
  std::vector<std::string> lines() const;
  /// Throws Error with these lines.
  void throw_if_any() const;

 private:
  std::string network_;
  std::map<std::string, std::vector<std::string>> by_reason_;
};

/// Throws Error with every layer that can't be written.
void refuse_unwritable(const graph::Network& network);

/// What is written in the place of layers of which a spec doesn't say which function they are, as
/// lines() has it.
std::vector<std::string> stand_ins(const graph::Network& network);

}  // namespace archcost::exporter
