#include "cost/named_cost.hpp"

#include "core/glossary.hpp"
#include "cost/memory.hpp"

namespace archcost {

const std::vector<std::string>& named_costs() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names = cost_names();
    names.insert(names.end(), {"traffic", "peak_memory", "train_flops"});
    return names;
  }();
  return kNames;
}

const CostTable& CostReader::table() {
  if (!table_) table_ = count(*network_, {.types = types_});
  return *table_;
}

std::optional<Count> CostReader::cost(std::string_view name) {
  if (name == "peak_memory") return peak_bytes(*network_, {.type = types_.activations});
  if (name == "traffic") return table().total.traffic();
  if (name == "train_flops") return table().total.train_flops;
  return total_of(*network_, table(), name);
}

}  // namespace archcost
