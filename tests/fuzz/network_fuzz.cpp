// SPDX-License-Identifier: Apache-2.0
// Valid specs: each byte is a choice of a grammar. The network is built, counted, explained, laid
// out in memory and swept; the sweep must give what building and counting each point gives, and the
// counts must be those of plain loops.
#include "cost/cost_table.hpp"
#include "cost/explain.hpp"
#include "cost/memory.hpp"
#include "cost/receptive_field.hpp"
#include "fuzz/fuzz.hpp"
#include "graph/layer_problem.hpp"
#include "property/random_spec.hpp"
#include "search/engine/sweep_engine.hpp"

using namespace archcost;

namespace {

class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint32_t next() { return at_ < size_ ? data_[at_++] : 0; }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

struct Counted {
  std::int64_t params = 0, macs = 0;
  friend bool operator==(const Counted&, const Counted&) = default;
};

// Weights and products, one loop for each number of a shape. The grammar's windows keep the size.
Counted count_by_hand(const graph::Network& network) {
  Counted sum;
  for (const graph::Layer& layer : network.layers) {
    const TensorShape in = network.shape(layer.inputs.front());
    const std::int64_t in_channels = in.channels.value(), positions = in.area().value();
    if (layer.kind->name == "conv") {
      const std::int64_t kernel = graph::number_of(layer, "kernel"),
                         out = graph::number_of(layer, "out"),
                         groups = graph::number_of(layer, "groups");
      std::int64_t weights = 0;
      for (std::int64_t channel = 0; channel < out; ++channel)
        weights += in_channels / groups * kernel * kernel;
      sum.macs += weights * positions;
      sum.params += weights + (graph::flag_of(layer, "bias") ? out : 0);
    } else if (layer.kind->name == "linear") {
      const std::int64_t out = graph::number_of(layer, "out");
      sum.macs += in_channels * positions * out;
      sum.params += in_channels * positions * out + (graph::flag_of(layer, "bias") ? out : 0);
    } else if (layer.kind->name == "batch_norm") {
      sum.params += 2 * in_channels;
    }
  }
  return sum;
}

void check_network(const graph::Network& network) {
  const cost::CostTable costs = cost::count(network);
  const Counted counted = {costs.total.cost.params.value(), costs.total.cost.macs.value()};
  if (counted != count_by_hand(network)) fuzz::fail("counts differ from those of plain loops");
  cost::kind_formulas(network, costs);
  cost::separable_facts(network);
  cost::grouped_facts(network);
  cost::shuffle_facts(network);
  cost::gate_facts(network);
  cost::receptive_fields(network);
  const Count peak = cost::peak_bytes(network, {});
  if (cost::peak_memory(network, cost::own_order(network), {}).bytes != peak)
    fuzz::fail("two peaks of one order");
  const cost::SavingOrder saving = cost::memory_saving_order(network, {});
  if (cost::peak_memory(network, saving.order, {}).bytes > peak)
    fuzz::fail("a saving order raises the peak");
}

void check_sweep(const spec::ArchSpec& spec, const std::vector<std::string>& vary) {
  const std::vector<std::string> names = {"params",  "macs",     "flops",       "activations",
                                          "traffic", "benchdnn", "peak_memory", "thop"};
  const space::SweepSpace space = space::sweep_space(spec, vary);
  engine::SweepEngine engine(spec, {}, space, {.columns = names});
  engine::SweepRows rows;
  engine.evaluate(0, space.points(), rows);
  for (std::uint64_t point = 0; point < space.points(); ++point) {
    std::vector<std::int64_t> costs;
    std::string failure;
    if (engine.evaluate_exactly(point, costs, failure) != rows.states[point])
      fuzz::fail("a sweep builds what analyze does not, or the reverse");
    if (rows.states[point] != engine::PointState::kRow) continue;
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (rows.columns[k][point] != costs[k]) fuzz::fail("a sweep gives another " + names[k]);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Choices choices(data, size);
  const auto value = [&] { return std::to_string(1 + choices.next() % 40) + "/8"; };
  const std::vector<std::string> vary = {"alpha=" + value() + ",1", "rho=" + value() + ",1",
                                         "deep=0,1", "times=1,2"};
  const std::string text = test::chosen_spec([&] { return choices.next(); });
  try {
    const spec::ArchSpec spec = spec::read_spec_text("fuzz.yaml", text, "/nonexistent");
    check_network(graph::build_network(spec));
    std::vector<std::string> distinct = vary;
    for (std::string& axis : distinct) {
      if (axis.ends_with("=8/8,1")) axis.resize(axis.size() - 2);
    }
    check_sweep(spec, distinct);
  } catch (const Error& error) {
    fuzz::fail("the grammar's specs are valid: " + std::string(error.what()) + "\n" + text);
  }
  return 0;
}
