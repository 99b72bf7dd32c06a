// SPDX-License-Identifier: Apache-2.0
#include "search/engine/sweep_engine.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace archcost::engine {
namespace {

constexpr std::size_t kShortestRun = 8;  // that is worth a batch of runs
constexpr std::size_t kLongEnough = 64;  // lanes: more don't make a point cheaper
constexpr std::size_t kScattered = 64;   // lanes whose results don't stand side by side

}  // namespace

SweepEngine::SweepEngine(const spec::ArchSpec& spec, graph::BuildOptions options,
                         const space::SweepSpace& space, SweepWants wants)
    : tracer_(spec, std::move(options), space, std::move(wants)),
      indices_(tracer_.axes()),
      loader_(tracer_, indices_),
      results_(tracer_, indices_) {
  const std::vector<space::TracedAxis>& axes = tracer_.axes();
  const auto untraced = static_cast<std::size_t>(std::count_if(
      axes.begin(), axes.end(), [](const space::TracedAxis& axis) { return !axis.traced; }));
  one_group_ = untraced == 0;
  group_key_.resize(untraced);
  choose_lane_axis();
}

// The axis along which a call's runs are longest; the last of those that are long enough. Lanes
// whose results don't stand side by side count half.
void SweepEngine::choose_lane_axis() {
  const std::vector<space::TracedAxis>& axes = tracer_.axes();
  std::size_t longest = 0;
  for (std::size_t k = axes.size(); k-- > 0;) {
    const std::size_t run =
        std::min({axes[k].size, static_cast<std::size_t>(kChunk) / axes[k].stride, kLongEnough});
    const std::size_t worth = axes[k].stride == 1 ? 2 * run : run;
    if (!axes[k].traced || run < kShortestRun || worth <= longest) continue;
    longest = worth;
    lane_axis_ = k;
  }
  if (!lane_axis_) return;
  const std::size_t size = axes[*lane_axis_].size;
  const std::size_t most = axes[*lane_axis_].stride == 1 ? kLanes : kScattered;
  const std::size_t parts = (size + most - 1) / most;
  part_lanes_ = static_cast<int>(((size + parts - 1) / parts + kStep - 1) / kStep * kStep);
  loader_.set_lane_axis(*lane_axis_, part_lanes_);
}

void SweepEngine::evaluate(const PointList& points, SweepRows& rows) {
  if (lane_axis_) {
    lane_axis_.reset();
    forget_structures();
  }
  indices_.set_list(&points);
  const std::size_t count = points.front().size();
  start(0, count, rows);
  evaluate_lists(count, rows);
  indices_.set_list(nullptr);
}

void SweepEngine::evaluate(std::uint64_t first, std::size_t count, SweepRows& rows) {
  start(first, count, rows);
  if (tracer_.by_point()) {
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
  group_points_ = 0;
  rows.states.assign(count, PointState::kRow);
  rows.columns.resize(tracer_.wants().columns.size());
  for (auto& column : rows.columns) column.resize(count);
  rows.failures.clear();
  rows.missing.clear();
  for (SweepGroup* group : busy_) {
    group->runs.clear();
    group->places.clear();
  }
  busy_.clear();
  // Old ones go; those that are wanted again are found again.
  if (structures_ > kMostStructures) forget_structures();
}

void SweepEngine::forget_structures() {
  groups_.clear();
  busy_.clear();
  group_ = nullptr;
  structures_ = 0;
  loader_.forget();
}

SweepGroup& SweepEngine::group_of(std::uint64_t point) {
  if (group_ != nullptr && point >= group_first_ && point - group_first_ < group_points_)
    return *group_;
  bool same = group_ != nullptr;  // as the one before
  std::size_t place = 0, least_stride = std::numeric_limits<std::size_t>::max();
  for (std::size_t k = 0; k < tracer_.axes().size(); ++k) {
    if (tracer_.axes()[k].traced) continue;
    least_stride = std::min(least_stride, tracer_.axes()[k].stride);
    std::size_t& known = group_key_[place++];
    const std::size_t index = indices_.at(point, k);
    same = same && known == index;
    known = index;
  }
  if (!same) group_ = &groups_[group_key_];
  group_points_ = indices_.list() == nullptr ? least_stride : 0;
  group_first_ = group_points_ == 0 ? 0 : point - point % group_points_;
  return *group_;
}

// The first of a group's points in a call makes it busy.
SweepGroup& SweepEngine::busy_group_of(std::uint64_t point) {
  SweepGroup& group = group_of(point);
  if (group.runs.empty() && group.places.empty()) busy_.push_back(&group);
  return group;
}

void SweepEngine::collect_runs(std::uint64_t first, std::size_t count) {
  const space::TracedAxis& axis = tracer_.axes()[*lane_axis_];
  const std::uint64_t step = axis.stride, cycle = step * axis.size;
  const std::uint64_t last = first + count;
  for (std::uint64_t start = first / cycle * cycle; start < last; start += cycle) {
    const std::uint64_t from = std::max(first, start) - start,
                        to = std::min(last, start + cycle) - start;
    for (std::uint64_t k = 0; k < step; ++k) {  // the points k, k + step, k + 2 step ... of a cycle
      const auto values_before = [&](std::uint64_t point) -> std::uint64_t {
        if (point <= k) return 0;
        return point == cycle ? axis.size : (point - k + step - 1) / step;
      };
      const std::uint64_t begin = values_before(from), end = values_before(to);
      if (begin == end) continue;
      const std::uint64_t point = start + begin * step + k;
      busy_group_of(point).runs.push_back(
          {static_cast<std::uint32_t>(point - first), begin, end - begin});
    }
  }
}

// Runs of one group, in batches.
void SweepEngine::evaluate_runs(std::size_t count, SweepRows& rows) {
  collect_runs(rows.first, count);
  for (SweepGroup* group : busy_) {
    const std::span<const SweepRun> runs = group->runs;
    for (std::size_t r = 0; r < runs.size(); r += kOuters)
      evaluate_batch(*group, runs.subspan(r, std::min<std::size_t>(kOuters, runs.size() - r)),
                     rows);
  }
}

// Part by part of the lane axis, so that what depends on the lanes alone is at hand for all runs.
void SweepEngine::evaluate_batch(SweepGroup& group, std::span<const SweepRun> batch,
                                 SweepRows& rows) {
  loader_.start_batch(batch, rows.first);
  // Batches that begin alike go through the structures in the same order.
  const auto began = std::find_if(group.structures.begin(), group.structures.end(),
                                  [&](const auto& one) { return one.get() == group.began; });
  if (began != group.structures.end())
    std::rotate(group.structures.begin(), began, std::next(began));
  const auto step = static_cast<std::uint32_t>(tracer_.axes()[*lane_axis_].stride);
  const auto size = static_cast<std::size_t>(part_lanes_);
  std::size_t begin = batch.front().start, end = 0;
  for (const SweepRun& run : batch) {
    begin = std::min(begin, run.start);
    end = std::max(end, run.start + run.size);
  }
  for (std::size_t part = begin / size; part * size < end; ++part) {
    for (std::size_t r = 0, done = 1; r < batch.size(); r += done) {
      done = 1;
      const SweepRun& run = batch[r];
      const std::size_t from = std::max(run.start, part * size),
                        to = std::min(run.start + run.size, (part + 1) * size);
      if (from >= to) continue;
      SweepBlock block;
      block.place = run.place + static_cast<std::uint32_t>(from - run.start) * step;
      block.step = step;
      block.lanes = static_cast<int>(to - from);
      block.outer = static_cast<int>(r);
      block.part = part;
      block.first = static_cast<int>(from - part * size);
      done = evaluate_alike(group, block, batch.subspan(r), rows);
      if (done == 0) {
        done = 1;
        evaluate_block(group, block, rows);
      }
      if (r == 0 && !group.structures.empty()) group.began = group.structures.front().get();
    }
  }
}

// The block and those of the next runs, where the structure that served last serves all of them
// and they lie along the same values. Returns how many runs these are.
std::size_t SweepEngine::evaluate_alike(SweepGroup& group, const SweepBlock& block,
                                        std::span<const SweepRun> runs, SweepRows& rows) {
  if (group.structures.empty()) return 0;
  SweepStructure& structure = *group.structures.front();
  if (!results_.takes_runs(structure)) return 0;
  const BatchMemory memory = loader_.load(structure, block, rows.first);
  if (!structure.program.always_matches(memory)) return 0;
  const auto served = runs.first(structure.program.served(memory, runs.size()));
  const auto end = std::find_if(served.begin(), served.end(), [&](const SweepRun& run) {
    return run.start != runs[0].start || run.size != runs[0].size;
  });
  const auto count = static_cast<std::size_t>(end - served.begin());
  if (count == 0) return 0;
  results_.store_runs(structure, memory, block, runs.first(count), rows);
  group.credit += static_cast<std::uint64_t>(block.lanes) * count;
  return count;
}

// Points anywhere, by their groups.
void SweepEngine::evaluate_lists(std::size_t count, SweepRows& rows) {
  if (count == 0) return;
  if (one_group_) {
    if (places_.size() < count) {
      places_.resize(count);
      std::iota(places_.begin(), places_.end(), 0U);
    }
    return evaluate_list(group_of(rows.first), std::span(places_.data(), count), rows);
  }
  for (std::uint32_t p = 0; p < count; ++p) busy_group_of(rows.first + p).places.push_back(p);
  for (SweepGroup* group : busy_) evaluate_list(*group, group->places, rows);
}

// Points of one group.
void SweepEngine::evaluate_list(SweepGroup& group, std::span<const std::uint32_t> places,
                                SweepRows& rows) {
  for (std::size_t p = 0; p < places.size(); p += kListed) {
    SweepBlock block;
    block.points = places.data() + p;
    block.place = places[p];
    block.step = one_group_ ? 1 : 0;
    block.lanes = static_cast<int>(std::min<std::size_t>(kListed, places.size() - p));
    loader_.start_list();
    evaluate_block(group, block, rows);
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
