// SPDX-License-Identifier: Apache-2.0
#include "search/engine/sweep_engine.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"
#include "graph/bind.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::engine {
namespace {

// Lanes of points that differ anywhere: their registers stay in the first cache.
constexpr int kListed = 128;
constexpr std::size_t kShortestRun = 8;  // that is worth a batch of runs
constexpr std::size_t kLongEnough = 64;  // lanes: more don't make a point cheaper
constexpr std::size_t kScattered = 64;   // lanes whose results don't stand side by side

}  // namespace

SweepEngine::SweepEngine(const spec::ArchSpec& spec, graph::BuildOptions options,
                         const space::SweepSpace& space, SweepWants wants)
    : spec_(&spec), options_(std::move(options)), space_(&space), wants_(std::move(wants)) {
  options_.suggest_fix = false;
  for (const space::SweepAxis& axis : space.axes) axes_.emplace_back(spec, axis);
  for (std::size_t k = axes_.size() - 1; k-- > 0;)
    // A stride that has no room is longer than any run.
    if (__builtin_mul_overflow(axes_[k + 1].stride, axes_[k + 1].size, &axes_[k].stride))
      axes_[k].stride = std::numeric_limits<std::size_t>::max();
  const auto untraced = static_cast<std::size_t>(std::count_if(
      axes_.begin(), axes_.end(), [](const space::TracedAxis& axis) { return !axis.traced; }));
  one_group_ = untraced == 0;
  group_key_.resize(untraced);
  choose_lane_axis();
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

// The axis along which a call's runs are longest; the last of those that are long enough. Lanes
// whose results don't stand side by side count half.
void SweepEngine::choose_lane_axis() {
  std::size_t longest = 0;
  for (std::size_t k = axes_.size(); k-- > 0;) {
    const std::size_t run =
        std::min({axes_[k].size, static_cast<std::size_t>(kChunk) / axes_[k].stride, kLongEnough});
    const std::size_t worth = axes_[k].stride == 1 ? 2 * run : run;
    if (!axes_[k].traced || run < kShortestRun || worth <= longest) continue;
    longest = worth;
    lane_axis_ = k;
  }
  if (!lane_axis_) return;
  const std::size_t size = axes_[*lane_axis_].size;
  const std::size_t most = axes_[*lane_axis_].stride == 1 ? kLanes : kScattered;
  const std::size_t parts = (size + most - 1) / most;
  part_lanes_ = static_cast<int>(((size + parts - 1) / parts + kStep - 1) / kStep * kStep);
  const auto whole = static_cast<std::size_t>(part_lanes_);
  parts_ = (size + whole - 1) / whole;
}

std::vector<std::size_t> SweepEngine::indices_at(std::uint64_t point) const {
  std::vector<std::size_t> indices(axes_.size());
  for (std::size_t k = 0; k < axes_.size(); ++k) indices[k] = index_at(point, k);
  return indices;
}

graph::BuildOptions SweepEngine::options_at(std::uint64_t point) const {
  return space_->options(options_, indices_at(point));
}

// For late filters: empty where none of them asks.
std::vector<std::optional<spec::Value>> SweepEngine::parameters_at(std::uint64_t point) const {
  if (!late_needs_parameters_)
    return std::vector<std::optional<spec::Value>>(spec_->main().params.size());
  return graph::bind_parameters(*spec_, options_at(point)).front().params;
}

// Nothing when a trace can't stand for the point.
std::unique_ptr<SweepStructure> SweepEngine::trace(std::uint64_t point) const {
  Trace trace;
  const TraceScope scope(trace);
  std::vector<spec::Value> values;
  std::vector<bool> varying;  // along the lanes
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const std::size_t index = index_at(point, k);
    if (!axes_[k].traced) {
      values.push_back(space_->axes[k].values[index]);
      continue;
    }
    values.emplace_back(axes_[k].number(trace, index));
    varying.insert(varying.end(), axes_[k].inputs().size(), !lane_axis_ || k == lane_axis_);
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
  BatchProgram program(trace, outputs.nodes, varying, lane_axis_ ? part_lanes_ : kListed);
  return std::make_unique<SweepStructure>(std::move(program), std::move(outputs), state, failure,
                                          layers);
}

StructureOutputs SweepEngine::outputs_of(const graph::Network& network, cost::CostReader& costs,
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

PointState SweepEngine::evaluate_exactly(std::uint64_t point, std::vector<std::int64_t>& costs,
                                         std::string& failure) const {
  costs.clear();
  failure.clear();
  try {
    const graph::BuildOptions options = options_at(point);
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

void SweepEngine::evaluate(const PointList& points, SweepRows& rows) {
  if (lane_axis_) {
    lane_axis_.reset();
    forget_structures();
  }
  list_ = &points;
  const std::size_t count = points.front().size();
  start(0, count, rows);
  evaluate_lists(count, rows);
  list_ = nullptr;
}

void SweepEngine::evaluate(std::uint64_t first, std::size_t count, SweepRows& rows) {
  start(first, count, rows);
  if (by_point_) {
    for (std::size_t place = 0; place < count; ++place) {
      store_exactly(static_cast<std::uint32_t>(place), rows);
    }
    return;
  }
  if (lane_axis_)
    evaluate_runs(count, rows);
  else
    evaluate_lists(count, rows);
}

void SweepEngine::start(std::uint64_t first, std::size_t count, SweepRows& rows) {
  rows.first = first;
  rows.states.assign(count, PointState::kRow);
  rows.columns.resize(wants_.columns.size());
  for (auto& column : rows.columns) column.resize(count);
  rows.failures.clear();
  rows.missing.clear();
  // Old ones go; those that are wanted again are found again.
  if (structures_ > kMostStructures) forget_structures();
}

void SweepEngine::forget_structures() {
  groups_.clear();
  group_ = nullptr;
  structures_ = 0;
  kept_ = 0;
  shared_by_ = nullptr;
}

SweepGroup& SweepEngine::group_of(std::uint64_t point) {
  bool same = group_ != nullptr;  // as the one before
  std::size_t place = 0;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (axes_[k].traced) continue;
    std::size_t& known = group_key_[place++];
    const std::size_t index = index_at(point, k);
    same = same && known == index;
    known = index;
  }
  if (!same) group_ = &groups_[group_key_];
  return *group_;
}

std::vector<SweepEngine::Run> SweepEngine::runs_of(std::uint64_t first, std::size_t count) const {
  std::vector<Run> runs;
  const std::uint64_t step = axes_[*lane_axis_].stride, cycle = step * axes_[*lane_axis_].size;
  const std::uint64_t last = first + count;
  for (std::uint64_t start = first / cycle * cycle; start < last; start += cycle) {
    const std::uint64_t from = std::max(first, start) - start,
                        to = std::min(last, start + cycle) - start;
    for (std::uint64_t k = 0; k < step; ++k) {  // the points k, k + step, k + 2 step ... of a cycle
      const auto values_before = [&](std::uint64_t point) -> std::uint64_t {
        if (point <= k) return 0;
        return point == cycle ? axes_[*lane_axis_].size : (point - k + step - 1) / step;
      };
      const std::uint64_t begin = values_before(from), end = values_before(to);
      if (begin == end) continue;
      runs.push_back(
          {static_cast<std::uint32_t>(start + begin * step + k - first), begin, end - begin});
    }
  }
  return runs;
}

// Runs of one group, in batches.
void SweepEngine::evaluate_runs(std::size_t count, SweepRows& rows) {
  std::map<SweepGroup*, std::vector<Run>> members;
  const SweepGroup* before = nullptr;
  std::vector<Run>* list = nullptr;
  for (const Run& run : runs_of(rows.first, count)) {
    SweepGroup& group = group_of(rows.first + run.place);
    if (&group != before) list = &members[&group];
    before = &group;
    list->push_back(run);
  }
  for (const auto& [group, runs] : members) {
    for (std::size_t r = 0; r < runs.size(); r += kOuters) {
      const auto begin = runs.begin() + static_cast<std::ptrdiff_t>(r);
      batch_.assign(begin, begin + static_cast<std::ptrdiff_t>(
                                       std::min<std::size_t>(kOuters, runs.size() - r)));
      ++batch_number_;
      evaluate_batch(*group, rows);
    }
  }
}

// Part by part of the lane axis, so that what depends on the lanes alone is at hand for all runs.
void SweepEngine::evaluate_batch(SweepGroup& group, SweepRows& rows) {
  const auto step = static_cast<std::uint32_t>(axes_[*lane_axis_].stride);
  const auto size = static_cast<std::size_t>(part_lanes_);
  std::size_t begin = batch_.front().start, end = 0;
  for (const Run& run : batch_) {
    begin = std::min(begin, run.start);
    end = std::max(end, run.start + run.size);
  }
  for (std::size_t part = begin / size; part * size < end; ++part) {
    for (std::size_t r = 0; r < batch_.size(); ++r) {
      const Run& run = batch_[r];
      const std::size_t from = std::max(run.start, part * size),
                        to = std::min(run.start + run.size, (part + 1) * size);
      if (from >= to) continue;
      Block block;
      block.place = run.place + static_cast<std::uint32_t>(from - run.start) * step;
      block.step = step;
      block.lanes = static_cast<int>(to - from);
      block.outer = static_cast<int>(r);
      block.part = part;
      block.first = static_cast<int>(from - part * size);
      evaluate_block(group, block, rows);
    }
  }
}

// Points of one group, wherever they stand.
void SweepEngine::evaluate_lists(std::size_t count, SweepRows& rows) {
  std::map<SweepGroup*, std::vector<std::uint32_t>> members;
  const SweepGroup* before = nullptr;
  std::vector<std::uint32_t>* list = nullptr;
  for (std::uint32_t p = 0; p < count; ++p) {
    SweepGroup& group = group_of(rows.first + p);
    if (&group != before) list = &members[&group];
    before = &group;
    list->push_back(p);
  }
  for (const auto& [group, points] : members) {
    for (std::size_t p = 0; p < points.size(); p += kListed) {
      Block block;
      block.points = points.data() + p;
      block.place = points[p];
      block.step = one_group_ ? 1 : 0;
      block.lanes = static_cast<int>(std::min<std::size_t>(kListed, points.size() - p));
      listed_loaded_ = false;
      evaluate_block(*group, block, rows);
    }
  }
}

void SweepEngine::store_exactly(std::uint32_t place, SweepRows& rows) const {
  std::vector<std::int64_t> costs;
  std::string message;
  rows.states[place] = evaluate_exactly(rows.first + place, costs, message);
  for (std::size_t k = 0; k < costs.size(); ++k) rows.columns[k][place] = costs[k];
  if (rows.states[place] == PointState::kUnbuildable)
    rows.add_failure(rows.first + place, message);
  else if (!message.empty())
    rows.add_missing(rows.first + place, message);
}

}  // namespace archcost::engine
