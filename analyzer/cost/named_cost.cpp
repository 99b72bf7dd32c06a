// SPDX-License-Identifier: Apache-2.0
#include "cost/named_cost.hpp"

#include <cmath>

#include "core/glossary.hpp"
#include "cost/entropy.hpp"
#include "cost/memory.hpp"

namespace archcost::cost {

const std::vector<std::string>& named_costs() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = cost_names();
    names.insert(names.end(), {"traffic", "peak_memory", "peak_memory_in_place", "train_flops",
                               "entropy", "effectiveness"});
    return names;
  }();
  return kNames;
}

bool is_real_cost(std::string_view name) { return name == "entropy" || name == "effectiveness"; }

std::int64_t to_millionths(double value) { return std::llround(value * kMillionths); }

double real_cost(const graph::Network& network, std::string_view name) {
  const Entropy values = entropy_of(network);
  return name == "entropy" ? values.entropy : values.effectiveness;
}

Rational cost_value(std::string_view name, std::int64_t held) {
  return is_real_cost(name) ? Rational(held, kMillionths) : Rational(held);
}

const CostTable& CostReader::table() {
  if (!table_) table_ = count(*network_, {.types = types_});
  return *table_;
}

std::optional<Count> CostReader::cost(std::string_view name) {
  if (name == "peak_memory") return peak_bytes(*network_, {.type = types_.activations});
  if (name == "peak_memory_in_place")
    return peak_bytes(*network_, {.type = types_.activations, .in_place = true});
  if (name == "traffic") return table().total.traffic();
  if (name == "train_flops") return table().total.train_flops;
  if (is_real_cost(name)) return to_millionths(real_cost(*network_, name));
  return total_of(*network_, table(), name);
}

}  // namespace archcost::cost
