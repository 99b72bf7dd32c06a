#include "search/sweep_engine.hpp"

#include <algorithm>
#include <numeric>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"

namespace archcost {
namespace {

constexpr int kLanes = BatchProgram::kLanes, kOuters = BatchProgram::kOuters,
              kStep = BatchProgram::kStep;
// Lanes of points that differ anywhere: their registers stay in the first cache.
constexpr int kBlock = 128;
constexpr std::size_t kShortestRun = 8;  // that is worth a batch of runs
constexpr std::size_t kLongEnough = 64;  // lanes: more don't make a point cheaper
constexpr std::size_t kScattered = 64;   // lanes whose results don't stand side by side

}  // namespace

SweepEngine::SweepEngine(const ArchSpec& spec, BuildOptions options, const SweepSpace& space,
                         SweepWants wants)
    : spec_(&spec), options_(std::move(options)), space_(&space), wants_(std::move(wants)) {
  options_.mend = false;
  for (const SweepAxis& axis : space.axes) axes_.emplace_back(spec, axis);
  for (std::size_t k = axes_.size() - 1; k-- > 0;)
    axes_[k].stride = axes_[k + 1].stride * axes_[k + 1].size;
  one_group_ =
      std::all_of(axes_.begin(), axes_.end(), [](const TracedAxis& axis) { return axis.traced; });
  choose_lane_axis();
}

// The axis along which a call's runs are longest; the last of those that are long enough.
void SweepEngine::choose_lane_axis() {
  std::size_t longest = kShortestRun - 1;
  for (std::size_t k = axes_.size(); k-- > 0;) {
    const std::size_t run =
        std::min({axes_[k].size, static_cast<std::size_t>(kChunk) / axes_[k].stride, kLongEnough});
    if (!axes_[k].traced || run <= longest) continue;
    longest = run;
    lane_axis_ = k;
  }
  if (!lane_axis_) return;
  const std::size_t size = axes_[*lane_axis_].size;
  const std::size_t most = axes_[*lane_axis_].stride == 1 ? kLanes : kScattered;
  const std::size_t parts = (size + most - 1) / most;
  part_lanes_ = static_cast<int>(((size + parts - 1) / parts + kStep - 1) / kStep * kStep);
}

std::size_t SweepEngine::structures() const {
  std::size_t count = 0;
  for (const auto& [key, group] : groups_) count += group.structures.size();
  return count;
}

BuildOptions SweepEngine::options_at(std::uint64_t point) const {
  const std::vector<std::size_t> indices = space_->indices(point);
  BuildOptions options = options_;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    options.settings.push_back({space_->axes[k].param, space_->axes[k].values[indices[k]], ""});
  }
  return options;
}

// Nothing when a trace can't stand for the point.
std::unique_ptr<SweepStructure> SweepEngine::trace(std::uint64_t point) const {
  Trace trace;
  const TraceScope scope(trace);
  const std::vector<std::size_t> indices = space_->indices(point);
  BuildOptions options = options_at(point);
  std::vector<bool> varying;  // along the lanes
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    if (!axes_[k].traced) continue;
    options.settings[options_.settings.size() + k].value = axes_[k].number(trace, indices[k]);
    varying.insert(varying.end(), axes_[k].inputs().size(), !lane_axis_ || k == lane_axis_);
  }
  PointState state = PointState::kRow;
  std::string failure;
  std::vector<std::int32_t> outputs;
  std::size_t layers = 0;
  try {
    const Network network = build_network(*spec_, options);
    CostReader costs(network, wants_.types);
    if (!passes(wants_.filters, network, costs)) state = PointState::kFiltered;
    if (state == PointState::kRow) {
      for (const std::string& column : wants_.columns)
        outputs.push_back(trace.node_of(*costs.cost(column)));
      if (wants_.on_layers) {
        layers = network.layers.size();
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
    state = PointState::kUnbuildable;
    failure = error.diagnostics().front().message;
  } catch (const CountOverflow&) {
    return nullptr;
  }
  if (!trace.exact_in_doubles()) return nullptr;
  return std::make_unique<SweepStructure>(BatchProgram(trace, outputs, varying), state, failure,
                                          layers);
}

PointState SweepEngine::evaluate_exactly(std::uint64_t point, std::vector<std::int64_t>& costs,
                                         std::string& failure) const {
  costs.clear();
  try {
    const Network network = build_network(*spec_, options_at(point));
    CostReader reader(network, wants_.types);
    if (!passes(wants_.filters, network, reader)) return PointState::kFiltered;
    for (const std::string& column : wants_.columns) {
      costs.push_back(column == "latency" ? wants_.latency(network) : reader.cost(column)->value());
    }
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
  if (wants_.latency) {
    for (std::size_t place = 0; place < count; ++place) {
      store_exactly(static_cast<std::uint32_t>(place), rows);
    }
    return;
  }
  if (structures() > kMostStructures) {  // old ones go; those that are wanted again are found again
    groups_.clear();
    kept_ = 0;
    shared_by_ = nullptr;
  }
  if (lane_axis_)
    evaluate_runs(count, rows);
  else
    evaluate_lists(count, rows);
}

SweepGroup& SweepEngine::group_of(std::uint64_t point) {
  std::vector<std::size_t> key;
  for (const TracedAxis& axis : axes_) {
    if (!axis.traced) key.push_back(point / axis.stride % axis.size);
  }
  return groups_[key];
}

std::vector<SweepEngine::Run> SweepEngine::runs_of(std::uint64_t first, std::size_t count) const {
  std::vector<Run> runs;
  const std::uint64_t step = axes_[*lane_axis_].stride, cycle = step * axes_[*lane_axis_].size;
  const std::uint64_t last = first + count;
  for (std::uint64_t start = first / cycle * cycle; start < last; start += cycle) {
    const std::uint64_t from = std::max(first, start) - start,
                        to = std::min(last, start + cycle) - start;
    for (std::uint64_t k = 0; k < step; ++k) {  // the points k, k + step, k + 2 step ... of a cycle
      const auto values_before = [&](std::uint64_t point) {
        return point <= k ? 0 : (point - k + step - 1) / step;
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
  std::vector<Run> all = runs_of(rows.first, count);
  if (one_group_) {
    members[&groups_[{}]] = std::move(all);
  } else {
    for (const Run& run : all) members[&group_of(rows.first + run.place)].push_back(run);
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
  for (std::uint32_t p = 0; p < count; ++p) members[&group_of(rows.first + p)].push_back(p);
  for (const auto& [group, points] : members) {
    for (std::size_t p = 0; p < points.size(); p += kBlock) {
      Block block;
      block.points = points.data() + p;
      block.lanes = static_cast<int>(std::min<std::size_t>(kBlock, points.size() - p));
      evaluate_block(*group, block, rows);
    }
  }
}

void SweepEngine::store_exactly(std::uint32_t place, SweepRows& rows) const {
  std::vector<std::int64_t> costs;
  std::string message;
  rows.states[place] = evaluate_exactly(rows.first + place, costs, message);
  for (std::size_t k = 0; k < costs.size(); ++k) rows.columns[k][place] = costs[k];
  if (rows.states[place] == PointState::kUnbuildable) rows.add_failure(rows.first + place, message);
}

}  // namespace archcost
