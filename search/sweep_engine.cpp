#include "search/sweep_engine.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"

namespace archcost {
namespace {

constexpr int kLanes = BatchRegisters::kLanes;
// Lanes of different configurations: their registers stay in the first cache.
constexpr int kBlock = 128;
constexpr std::size_t kShortestRun = 32;
constexpr std::size_t kMostStructures = 512;  // kept; a group that needs more is counted one by one
constexpr int kWorthTracing = 8;              // points of a group that make up for a trace
constexpr std::int64_t kLargestDenominator = 1 << 20;         // that axes are brought to
constexpr std::int64_t kLargestTerm = std::int64_t{1} << 40;  // of a fraction that is traced

// Messages that differ by their numbers tell of one thing.
std::string pattern_of(const std::string& message) {
  std::string pattern;
  for (char c : message) {
    if (c < '0' || c > '9')
      pattern += c;
    else if (pattern.empty() || pattern.back() != '#')
      pattern += '#';
  }
  return pattern;
}

}  // namespace

// The values of one axis as inputs of a trace: whole multiples of 1/denominator, or numerators and
// denominators where these have no small common multiple.
struct SweepEngine::Axis {
  bool traced = false;
  std::int64_t denominator = 1;  // common, or 0
  std::vector<double> numerators, denominators;
  std::int64_t low = 0, high = 0, least = 1, most = 1;  // bounds of the two

  Axis(const ArchSpec& spec, const SweepAxis& axis) {
    const auto exact = [](const Value& v) { return v.is_number() && v.number().is_exact(); };
    traced = axis.values.size() > 1 && std::all_of(axis.values.begin(), axis.values.end(), exact) &&
             spec.find_param(axis.param)->choices.empty();
    if (!traced) return;
    for (const Value& value : axis.values) {
      const Rational x = value.number().exact();
      const std::int64_t d = x.denominator();
      if (std::max(std::abs(x.numerator()), d) > kLargestTerm) traced = false;
      if (d > kLargestDenominator) denominator = 0;
      if (denominator != 0) denominator = denominator / std::gcd(denominator, d) * d;
      if (denominator > kLargestDenominator) denominator = 0;
    }
    if (!traced) return;
    std::vector<std::int64_t> tops, bottoms;
    for (const Value& value : axis.values) {
      const Rational x = value.number().exact();
      const Rational scaled =
          denominator != 0 ? x * Rational(denominator) : Rational(x.numerator());
      tops.push_back(scaled.numerator());
      bottoms.push_back(denominator != 0 ? denominator : x.denominator());
    }
    low = *std::min_element(tops.begin(), tops.end());
    high = *std::max_element(tops.begin(), tops.end());
    least = *std::min_element(bottoms.begin(), bottoms.end());
    most = *std::max_element(bottoms.begin(), bottoms.end());
    numerators.assign(tops.begin(), tops.end());
    denominators.assign(bottoms.begin(), bottoms.end());
  }

  int inputs() const { return (low != high ? 1 : 0) + (least != most ? 1 : 0); }

  Number number(Trace& trace, std::size_t index) const {
    const Count top = trace.input(static_cast<std::int64_t>(numerators[index]), low, high);
    const Count bottom = trace.input(static_cast<std::int64_t>(denominators[index]), least, most);
    return Number::traced({top, bottom});
  }
};

struct SweepEngine::Structure {
  PointState state = PointState::kRow;
  std::string failure;
  bool exact = true;
  Trace trace;
  std::vector<std::int32_t> outputs;
  std::size_t layers = 0;
  /// Compiled when they are wanted: lanes that differ in any axis, or in the last one only.
  std::optional<BatchProgram> general, run;
};

struct SweepEngine::Group {
  std::vector<std::unique_ptr<Structure>> structures;  // the one that served last comes first
  bool one_by_one = false;
  int untraced = 0;  // points that no structure served
};

SweepEngine::SweepEngine(const ArchSpec& spec, BuildOptions options, const SweepSpace& space,
                         SweepWants wants)
    : spec_(&spec), options_(std::move(options)), space_(&space), wants_(std::move(wants)) {
  options_.mend = false;
  for (const SweepAxis& axis : space.axes) axes_.emplace_back(spec, axis);
  by_runs_ = axes_.back().traced && space.axes.back().values.size() >= kShortestRun;
}
std::uint64_t SweepRows::count(PointState state) const {
  return static_cast<std::uint64_t>(std::count(states.begin(), states.end(), state));
}

SweepEngine::~SweepEngine() = default;
SweepEngine::SweepEngine(SweepEngine&&) noexcept = default;

std::size_t SweepEngine::structures() const {
  std::size_t count = 0;
  for (const auto& [key, group] : groups_) count += group.structures.size();
  return count;
}

BuildOptions SweepEngine::options_at(const std::vector<std::size_t>& indices) const {
  BuildOptions options = options_;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    options.settings.push_back({space_->axes[k].param, space_->axes[k].values[indices[k]], ""});
  }
  return options;
}

std::unique_ptr<SweepEngine::Structure> SweepEngine::trace(
    const std::vector<std::size_t>& indices) const {
  auto structure = std::make_unique<Structure>();
  Trace& trace = structure->trace;
  const TraceScope scope(trace);
  BuildOptions options = options_at(indices);
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (axes_[k].traced)
      options.settings[options_.settings.size() + k].value = axes_[k].number(trace, indices[k]);
  }
  std::vector<std::int32_t>& outputs = structure->outputs;
  try {
    const Network network = build_network(*spec_, options);
    CostReader costs(network, wants_.types);
    if (!passes(wants_.filters, network, costs)) structure->state = PointState::kFiltered;
    if (structure->state == PointState::kRow) {
      for (const std::string& column : wants_.columns)
        outputs.push_back(trace.node_of(*costs.cost(column)));
      if (wants_.on_layers) {
        structure->layers = network.layers.size();
        for (const Layer& layer : network.layers) {
          const TensorShape& out = layer.output;
          for (Count number : {out.channels, out.height, out.width, layer.cost.params,
                               layer.cost.macs, layer.cost.activations}) {
            outputs.push_back(trace.node_of(number));
          }
        }
      }
    }
  } catch (const Error& error) {
    structure->state = PointState::kUnbuildable;
    structure->failure = error.diagnostics().front().message;
  } catch (const CountOverflow&) {
    structure->exact = false;
  }
  structure->exact = structure->exact && trace.exact_in_doubles();
  return structure;
}

PointState SweepEngine::evaluate_exactly(std::uint64_t point, std::vector<std::int64_t>& costs,
                                         std::string& failure) const {
  costs.clear();
  try {
    const Network network = build_network(*spec_, options_at(space_->indices(point)));
    CostReader reader(network, wants_.types);
    if (!passes(wants_.filters, network, reader)) return PointState::kFiltered;
    for (const std::string& column : wants_.columns) costs.push_back(reader.cost(column)->value());
    return PointState::kRow;
  } catch (const Error& error) {
    failure = error.diagnostics().front().message;
  } catch (const CountOverflow&) {
    failure = "a cost needs more than 64 bits";
  }
  return PointState::kUnbuildable;
}

void SweepEngine::evaluate(std::uint64_t first, std::size_t count, SweepRows& rows) {
  rows.first = first;
  rows.states.assign(count, PointState::kRow);
  rows.columns.resize(wants_.columns.size());
  for (auto& column : rows.columns) column.resize(count);
  rows.failures.clear();
  index_points(first, count);
  if (structures() > kMostStructures) {  // old ones go; those that are wanted again are found again
    groups_.clear();
    program_ = nullptr;
  }
  if (by_runs_)
    evaluate_runs(count, rows);
  else
    evaluate_groups(count, rows);
}

// The index of every axis at every point: counted on, not divided out.
void SweepEngine::index_points(std::uint64_t first, std::size_t count) {
  std::vector<std::size_t> at = space_->indices(first);
  lane_indices_.resize(axes_.size());
  for (auto& indices : lane_indices_) indices.resize(count);
  while (sequence_.size() < count)
    sequence_.push_back(static_cast<std::uint32_t>(sequence_.size()));
  const std::size_t last = axes_.size() - 1;
  for (std::size_t p = 0; p < count;) {
    const std::size_t run = std::min(count - p, space_->axes[last].values.size() - at[last]);
    for (std::size_t k = 0; k < last; ++k)
      std::fill_n(lane_indices_[k].begin() + static_cast<std::ptrdiff_t>(p), run,
                  static_cast<std::uint32_t>(at[k]));
    const auto begin = lane_indices_[last].begin() + static_cast<std::ptrdiff_t>(p);
    std::iota(begin, begin + static_cast<std::ptrdiff_t>(run),
              static_cast<std::uint32_t>(at[last]));
    p += run;
    at[last] += run;
    for (std::size_t k = last + 1; k-- > 0 && at[k] == space_->axes[k].values.size();) {
      at[k] = 0;
      if (k > 0) ++at[k - 1];
    }
  }
}

SweepEngine::Group& SweepEngine::group_of(std::uint32_t point) {
  std::vector<std::size_t> key;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (!axes_[k].traced) key.push_back(lane_indices_[k][point]);
  }
  return groups_[key];
}

// Points that differ in the last axis only, as many as fit into the lanes, in parts of equal size.
void SweepEngine::evaluate_runs(std::size_t count, SweepRows& rows) {
  const std::vector<std::uint32_t>& last = lane_indices_.back();
  for (std::size_t p = 0; p < count;) {
    std::size_t end = p + 1;
    while (end < count && last[end] > last[end - 1]) ++end;
    const std::size_t parts = (end - p + kLanes - 1) / kLanes, size = (end - p + parts - 1) / parts;
    Group& group = group_of(static_cast<std::uint32_t>(p));
    for (; p < end; p += std::min(size, end - p)) {
      evaluate_block(group, {sequence_.data() + p, static_cast<int>(std::min(size, end - p)), true},
                     rows);
    }
  }
}

// Points of one group, wherever they stand.
void SweepEngine::evaluate_groups(std::size_t count, SweepRows& rows) {
  std::map<Group*, std::vector<std::uint32_t>> members;
  const bool one_group =
      std::all_of(axes_.begin(), axes_.end(), [](const Axis& axis) { return axis.traced; });
  if (one_group) {
    members[&groups_[{}]].assign(sequence_.begin(),
                                 sequence_.begin() + static_cast<std::ptrdiff_t>(count));
  } else {
    for (std::uint32_t p = 0; p < count; ++p) members[&group_of(p)].push_back(p);
  }
  for (const auto& [group, points] : members) {
    for (std::size_t p = 0; p < points.size(); p += kBlock) {
      evaluate_block(*group,
                     {points.data() + p,
                      static_cast<int>(std::min<std::size_t>(kBlock, points.size() - p)), false},
                     rows);
    }
  }
}

void SweepEngine::evaluate_block(Group& group, Block block, SweepRows& rows) {
  std::array<std::uint32_t, kLanes> pending;
  std::array<double, kLanes> meets;
  std::size_t tried = 0;
  while (block.lanes > 0) {
    if (tried == group.structures.size()) {
      group.untraced += block.lanes;
      if (group.one_by_one || group.untraced < kWorthTracing || tried >= kMostStructures) {
        for (int l = 0; l < block.lanes; ++l) store_exactly(block.points[l], rows);
        return;
      }
      std::vector<std::size_t> indices;
      for (const auto& axis : lane_indices_) indices.push_back(axis[block.points[0]]);
      auto fresh = trace(indices);
      if (!fresh->exact) {
        group.one_by_one = true;
        continue;
      }
      group.structures.push_back(std::move(fresh));
    }
    Structure& structure = *group.structures[tried];
    match(structure, block, meets.data());
    const auto taken =
        static_cast<int>(std::count(meets.begin(), meets.begin() + block.lanes, 1.0));
    if (taken > 0) {
      store(structure, block, taken == block.lanes ? nullptr : meets.data(), rows);
      int left = 0;
      for (int l = 0; l < block.lanes; ++l) {
        if (meets[l] == 0) pending[left++] = block.points[l];
      }
      block = {pending.data(), left, block.one_run};
      const auto served = group.structures.begin() + static_cast<std::ptrdiff_t>(tried);
      std::rotate(group.structures.begin(), served, served + 1);
    }
    ++tried;
  }
}

void SweepEngine::match(Structure& structure, const Block& block, double* meets) {
  std::optional<BatchProgram>& compiled = block.one_run ? structure.run : structure.general;
  const std::size_t last = axes_.size() - 1;
  if (!compiled) {
    std::vector<bool> varying;
    for (std::size_t k = 0; k <= last; ++k) {
      for (int input = axes_[k].inputs(); input > 0; --input)
        varying.push_back(!block.one_run || k == last);
    }
    compiled.emplace(structure.trace, structure.outputs, varying);
  }
  const BatchProgram& program = *compiled;
  const std::uint32_t start = lane_indices_[last][block.points[0]];
  const bool whole = lane_indices_[last][block.points[block.lanes - 1]] - start + 1 ==
                     static_cast<std::uint32_t>(block.lanes);
  const bool same_lanes = block.one_run && whole && program_ == &program && run_start_ == start &&
                          run_lanes_ == block.lanes;
  if (program_ != &program) program.prepare(registers_);
  program_ = &program;
  run_start_ = start;
  run_lanes_ = whole ? block.lanes : 0;

  int input = 0;
  const auto fill = [&](const std::vector<double>& table, std::size_t axis) {
    const int place = program.input(input++);
    const std::vector<std::uint32_t>& indices = lane_indices_[axis];
    if (place < 0) return;
    if (block.one_run && axis != last) {
      registers_.scalars()[place] = table[indices[block.points[0]]];
    } else if (!same_lanes) {
      double* to = registers_.at(place);
      for (int l = 0; l < block.lanes; ++l) to[l] = table[indices[block.points[l]]];
      for (int l = block.lanes; l % 8 != 0; ++l) to[l] = to[0];  // lanes go in eights
    }
  };
  for (std::size_t k = 0; k <= last; ++k) {
    if (axes_[k].low != axes_[k].high) fill(axes_[k].numerators, k);
    if (axes_[k].least != axes_[k].most) fill(axes_[k].denominators, k);
  }
  program.match(registers_, block.lanes, same_lanes, meets);
}

// `take` marks the lanes that belong to the structure; null: all.
void SweepEngine::store(const Structure& structure, const Block& block, const double* take,
                        SweepRows& rows) {
  const auto taken = [&](int l) { return take == nullptr || take[l] != 0; };
  if (structure.state != PointState::kRow) {
    for (int l = 0; l < block.lanes; ++l) {
      if (!taken(l)) continue;
      rows.states[block.points[l]] = structure.state;
      if (structure.state == PointState::kUnbuildable) {
        SweepFailure& failure = rows.failures[pattern_of(structure.failure)];
        if (failure.count++ == 0) failure.first = rows.first + block.points[l];
      }
    }
    return;
  }
  const BatchProgram& program = *program_;
  program.finish(registers_, block.lanes);
  const bool in_order = take == nullptr && block.points[block.lanes - 1] - block.points[0] ==
                                               static_cast<std::uint32_t>(block.lanes) - 1;
  for (std::size_t k = 0; k < wants_.columns.size(); ++k) {
    std::int64_t* to = rows.columns[k].data();
    const int output = program.output(static_cast<int>(k));
    if (output < 0) {
      const auto value = static_cast<std::int64_t>(registers_.scalars()[-1 - output]);
      for (int l = 0; l < block.lanes; ++l) {
        if (taken(l)) to[block.points[l]] = value;
      }
      continue;
    }
    const double* from = registers_.at(output);
    if (in_order) {
      for (int l = 0; l < block.lanes; ++l)
        to[block.points[0] + l] = static_cast<std::int64_t>(from[l]);
    } else {
      for (int l = 0; l < block.lanes; ++l) {
        if (taken(l)) to[block.points[l]] = static_cast<std::int64_t>(from[l]);
      }
    }
  }
  if (wants_.on_layers) show_layers(structure, block.lanes);
}

void SweepEngine::show_layers(const Structure& structure, int lanes) {
  LayerArrays arrays;
  arrays.lanes = lanes;
  arrays.layers.resize(structure.layers);
  auto output = static_cast<int>(wants_.columns.size());
  for (auto& layer : arrays.layers) {
    for (LaneNumbers& numbers : layer) {
      const int place = program_->output(output++);
      numbers = place < 0 ? LaneNumbers{nullptr, registers_.scalars()[-1 - place]}
                          : LaneNumbers{registers_.at(place), 0};
    }
  }
  wants_.on_layers(arrays);
}

void SweepEngine::store_exactly(std::uint32_t point, SweepRows& rows) const {
  std::vector<std::int64_t> costs;
  std::string message;
  rows.states[point] = evaluate_exactly(rows.first + point, costs, message);
  for (std::size_t k = 0; k < costs.size(); ++k) rows.columns[k][point] = costs[k];
  if (rows.states[point] != PointState::kUnbuildable) return;
  SweepFailure& failure = rows.failures[pattern_of(message)];
  if (failure.count++ == 0) failure.first = rows.first + point;
}

}  // namespace archcost
