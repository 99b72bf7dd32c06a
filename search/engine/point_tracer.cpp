// SPDX-License-Identifier: Apache-2.0
#include "search/engine/point_tracer.hpp"

#include <algorithm>
#include <limits>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"
#include "graph/bind.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::engine {

PointTracer::PointTracer(const spec::ArchSpec& spec, graph::BuildOptions options,
                         const space::SweepSpace& space, SweepWants wants)
    : spec_(&spec), options_(std::move(options)), space_(&space), wants_(std::move(wants)) {
  options_.suggest_fix = false;
  for (const space::SweepAxis& axis : space.axes) axes_.emplace_back(spec, axis);
  for (std::size_t k = axes_.size() - 1; k-- > 0;)
    // A stride that has no room is longer than any run.
    if (__builtin_mul_overflow(axes_[k + 1].stride, axes_[k + 1].size, &axes_[k].stride))
      axes_[k].stride = std::numeric_limits<std::size_t>::max();
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    for (const std::vector<double>* table : axes_[k].inputs())
      inputs_.push_back({k, table->data()});
  }
  // What is late is late for points that are counted by themselves too: one order for all.
  const auto late = std::stable_partition(
      wants_.filters.begin(), wants_.filters.end(),
      [&](const space::SweepFilter& filter) { return !space::asks_for_real_cost(spec, filter); });
  late_.assign(late, wants_.filters.end());
  wants_.filters.erase(late, wants_.filters.end());
  for (const space::SweepFilter& filter : late_) {
    for (const std::string& name : space::costs_of(spec, filter)) {
      if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) asked_.push_back(name);
    }
  }
  late_needs_parameters_ = std::any_of(
      late_.begin(), late_.end(),
      [&](const space::SweepFilter& filter) { return space::asks_for_parameter(spec, filter); });
  real_ = std::any_of(wants_.columns.begin(), wants_.columns.end(), cost::is_real_cost) ||
          !late_.empty();
  for (const std::vector<std::string>* names : {&wants_.columns, &asked_}) {
    effective_ =
        effective_ || std::find(names->begin(), names->end(), "effectiveness") != names->end();
    const auto found = std::find_if(names->begin(), names->end(), space::is_point_cost);
    if (found == names->end()) continue;
    if (!wants_.point_cost) throw Error("no figures for '" + *found + "' here");
    by_point_ = true;
  }
}

std::vector<std::optional<spec::Value>> PointTracer::parameters(
    const std::vector<std::size_t>& at) const {
  if (!late_needs_parameters_)
    return std::vector<std::optional<spec::Value>>(spec_->main().params.size());
  return graph::bind_parameters(*spec_, space_->options(options_, at)).front().params;
}

std::unique_ptr<SweepStructure> PointTracer::trace(const std::vector<std::size_t>& at,
                                                   std::optional<std::size_t> lane_axis,
                                                   int lanes) const {
  Trace trace;
  const TraceScope scope(trace);
  std::vector<spec::Value> values;
  std::vector<bool> varying;  // along the lanes
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const std::size_t index = at[k];
    if (!axes_[k].traced) {
      values.push_back(space_->axes[k].values[index]);
      continue;
    }
    values.emplace_back(axes_[k].number(trace, index));
    varying.insert(varying.end(), axes_[k].inputs().size(), !lane_axis || k == lane_axis);
  }
  const graph::BuildOptions options = space_->options(options_, std::move(values));
  PointState state = PointState::kRow;
  std::string failure;
  StructureOutputs outputs;
  std::size_t layers = 0;
  try {
    const graph::Network network = graph::build_network(*spec_, options);
    cost::CostReader costs(network, wants_.types);
    if (!space::passes(wants_.filters, network,
                       [&](const std::string& name) { return *costs.cost(name); }))
      state = PointState::kFiltered;
    if (state == PointState::kRow) {
      outputs = outputs_of(network, costs, trace);
      if (wants_.on_layers) layers = network.layers.size();
    }
  } catch (const Error& error) {
    state = PointState::kUnbuildable;
    failure = error.diagnostics().front().message;
  } catch (const CountOverflow&) {
    return nullptr;
  }
  if (!trace.exact_in_doubles()) return nullptr;
  BatchProgram program(trace, outputs.nodes, varying, lanes);
  return std::make_unique<SweepStructure>(std::move(program), std::move(outputs), state, failure,
                                          layers);
}

StructureOutputs PointTracer::outputs_of(const graph::Network& network, cost::CostReader& costs,
                                         Trace& trace) const {
  StructureOutputs outputs;
  const auto add = [&](Count number) {
    outputs.nodes.push_back(trace.node_of(number));
    return static_cast<int>(outputs.nodes.size()) - 1;
  };
  const auto add_cost = [&](const std::string& name) {
    return cost::is_real_cost(name) ? -1 : add(*costs.cost(name));
  };
  for (const std::string& column : wants_.columns) outputs.columns.push_back(add_cost(column));
  for (const std::string& name : asked_) outputs.asked.push_back(add_cost(name));
  if (real_) {
    const cost::EntropyTerms terms = cost::entropy_terms(network);
    outputs.entropy_shape = terms.shape;
    outputs.entropy = static_cast<int>(outputs.nodes.size());
    std::map<std::int32_t, std::size_t> places;  // by node: each is an output once
    for (std::size_t k = 0; k < terms.numbers.size(); ++k) {
      const auto [known, fresh] =
          places.try_emplace(trace.node_of(terms.numbers[k]), places.size());
      if (fresh) outputs.nodes.push_back(known->first);
      outputs.entropy_shape.places[k] = known->second;
    }
    outputs.entropy_numbers = places.size();
  }
  outputs.layers = static_cast<int>(outputs.nodes.size());
  if (!wants_.on_layers) return outputs;
  for (const graph::Layer& layer : network.layers) {
    const TensorShape& out = layer.output;
    for (Count number : {out.channels, out.height, out.width, graph::added_cost(layer).params,
                         layer.cost.macs, layer.cost.activations})
      add(number);
  }
  return outputs;
}

PointState PointTracer::count(const std::vector<std::size_t>& at, std::vector<std::int64_t>& costs,
                              std::string& failure) const {
  costs.clear();
  failure.clear();
  try {
    const graph::BuildOptions options = space_->options(options_, at);
    const graph::Network network = graph::build_network(*spec_, options);
    cost::CostReader reader(network, wants_.types);
    const auto cost = [&](const std::string& name) {
      return space::is_point_cost(name) ? Count(wants_.point_cost(name, network, options))
                                        : *reader.cost(name);
    };
    if (!space::passes(wants_.filters, network, cost) || !space::passes(late_, network, cost))
      return PointState::kFiltered;
    for (const std::string& column : wants_.columns) {
      try {
        costs.push_back(cost(column).value());
      } catch (const Error& error) {
        if (!space::is_point_cost(column)) throw;
        costs.push_back(kNoFigure);
        failure = error.diagnostics().front().message;
      }
    }
    return PointState::kRow;
  } catch (const Error& error) {
    failure = error.diagnostics().front().message;
  } catch (const CountOverflow&) {
    failure = "a cost needs more than 64 bits";
  }
  return PointState::kUnbuildable;
}

}  // namespace archcost::engine
