// SPDX-License-Identifier: Apache-2.0
// Blocks of points of the sweep's engine: which structures serve them, and their numbers.
#include <algorithm>
#include <array>

#include "search/engine/sweep_engine.hpp"

namespace archcost::engine {
namespace {

constexpr std::uint64_t kWorthTracing = 8;  // points that cost as much as a trace
constexpr std::size_t kMostKept = 1 << 19;  // pure registers' numbers: half the second cache

}  // namespace

void SweepEngine::evaluate_block(SweepGroup& group, const Block& block, SweepRows& rows) {
  std::array<double, kLanes> open, take;  // 1 or 0; open: the lanes that nothing has served yet
  int left = block.lanes;                 // as long as all are, `open` isn't filled
  for (std::size_t tried = 0; left > 0; ++tried) {
    if (tried == group.structures.size()) {
      if (left == block.lanes) std::fill_n(open.begin(), block.lanes, 1.0);
      left -= find_structure(group, block, open.data(), rows);
      if (tried == group.structures.size()) return;
    }
    SweepStructure& structure = *group.structures[tried];
    const BatchMemory memory = load(structure, block, rows.first);
    const BatchProgram& program = structure.program;
    if (!program.serves(memory)) continue;
    const double* meets = program.match(memory, block.first, block.lanes);
    int taken = left;
    if (meets == nullptr && left == block.lanes) {
      store(structure, memory, block, nullptr, rows);
    } else {
      if (left == block.lanes) std::fill_n(open.begin(), block.lanes, 1.0);
      for (int l = 0; l < block.lanes; ++l)
        take[l] = meets == nullptr ? open[l] : open[l] * meets[l];
      taken = static_cast<int>(std::count(take.begin(), take.begin() + block.lanes, 1.0));
      if (taken == 0) continue;
      store(structure, memory, block, taken == block.lanes ? nullptr : take.data(), rows);
      for (int l = 0; l < block.lanes; ++l) open[l] -= take[l];
    }
    left -= taken;
    group.credit += static_cast<std::uint64_t>(taken);
    const auto served = group.structures.begin() + static_cast<std::ptrdiff_t>(tried);
    std::rotate(group.structures.begin(), served, served + 1);
  }
}

// A structure that serves the first open lane, at the end of the group's. A trace costs as much as
// some points by themselves: it is made when as many have been served, or counted by themselves
// here, since the last one. Returns how many were; these are all when there is no new structure.
int SweepEngine::find_structure(SweepGroup& group, const Block& block, double* open,
                                SweepRows& rows) {
  int counted = 0;
  const bool full = group.structures.size() >= kMostStructures;
  if (group.structures.empty()) group.credit += static_cast<std::uint64_t>(block.lanes);
  for (int l = 0; l < block.lanes; ++l) {
    if (open[l] == 0) continue;
    if (!group.one_by_one && !full && group.credit >= kWorthTracing) {
      if (auto fresh = trace(rows.first + block[l])) {
        group.credit -= kWorthTracing;
        group.structures.push_back(std::move(fresh));
        return counted;
      }
      group.one_by_one = true;
    }
    store_exactly(block[l], rows);
    open[l] = 0;
    ++group.credit;
    ++counted;
  }
  return counted;
}

// The structure's program with the block's numbers.
BatchMemory SweepEngine::load(SweepStructure& structure, const Block& block, std::uint64_t first) {
  const BatchProgram& program = structure.program;
  if (mixed_.size() < program.mixed_room()) mixed_ = LaneMemory(program.mixed_room());
  if (block.points == nullptr) return load_run(structure, block, first);
  const BatchMemory memory = {structure.scalars.data(), nullptr, mixed_.data()};
  int input = 0;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    for (const std::vector<double>* table : axes_[k].inputs()) {
      double* to = program.input(input++, nullptr, memory);
      if (to == nullptr) continue;
      for (int l = 0; l < block.lanes; ++l) to[l] = (*table)[index_at(first + block.points[l], k)];
      std::fill(to + block.lanes, to + (block.lanes + kStep - 1) / kStep * kStep, to[0]);
    }
  }
  return memory;
}

BatchMemory SweepEngine::load_run(SweepStructure& structure, const Block& block,
                                  std::uint64_t first) {
  const BatchProgram& program = structure.program;
  const std::size_t room = program.pure_room();
  const std::size_t lane_values = axes_[*lane_axis_].size,
                    size = static_cast<std::size_t>(part_lanes_);
  structure.parts.resize((lane_values + size - 1) / size);
  LaneMemory& kept = structure.parts[block.part];
  bool fresh = false;
  if (kept.size() == 0 && kept_ + room <= kMostKept) {
    kept = LaneMemory(room);
    kept_ += room;
    fresh = true;
  }
  const bool shares = kept.size() == 0;
  if (shares && shared_.size() < room) shared_ = LaneMemory(room);
  if (shares && (shared_by_ != &structure || shared_part_ != block.part)) {
    shared_by_ = &structure;
    shared_part_ = block.part;
    fresh = true;
  }
  double* scalars = structure.scalars.data();
  const BatchMemory memory = {scalars + block.outer, shares ? shared_.data() : kept.data(),
                              mixed_.data()};
  const bool next_batch = structure.batch != batch_number_;
  structure.batch = batch_number_;
  if (!fresh && !next_batch) return memory;

  int input = 0;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    const space::TracedAxis& axis = axes_[k];
    for (const std::vector<double>* table : axis.inputs()) {
      double* to = program.input(input++, scalars, memory);
      if (to == nullptr) continue;
      if (k != lane_axis_) {
        for (std::size_t r = 0; next_batch && r < batch_.size(); ++r)
          to[r] = (*table)[(first + batch_[r].place) / axis.stride % axis.size];
      } else if (fresh) {
        for (std::size_t l = 0; l < size; ++l)
          to[l] = (*table)[std::min(block.part * size + l, lane_values - 1)];
      }
    }
  }
  if (next_batch) program.run_outer(scalars, static_cast<int>(batch_.size()));
  if (fresh) program.run_pure(memory, part_lanes_);
  return memory;
}

// `take` marks the lanes that belong to the structure; null: all.
void SweepEngine::store(const SweepStructure& structure, const BatchMemory& memory,
                        const Block& block, const double* take, SweepRows& rows) {
  const auto each = [&](auto&& visit) {
    for (int l = 0; l < block.lanes; ++l) {
      if (take == nullptr || take[l] != 0) visit(block[l], l);
    }
  };
  if (structure.state != PointState::kRow) {
    each([&](std::uint32_t place, int) {
      rows.states[place] = structure.state;
      if (structure.state == PointState::kUnbuildable)
        rows.add_failure(rows.first + place, structure.failure);
    });
    return;
  }
  const BatchProgram& program = structure.program;
  program.finish(memory, block.first, block.lanes);
  const bool in_order = take == nullptr && block.step == 1;
  if (real_) compute_reals(structure, memory, block);
  for (std::size_t k = 0; k < wants_.columns.size(); ++k) {
    std::int64_t* to = rows.columns[k].data();
    if (structure.outputs.columns[k] < 0) {
      const std::vector<double>& reals = wants_.columns[k] == "entropy" ? entropy_ : effectiveness_;
      each([&](std::uint32_t place, int l) {
        to[place] = cost::to_millionths(reals[static_cast<std::size_t>(l)]);
      });
      continue;
    }
    double all = 0;
    const double* from = program.output(structure.outputs.columns[k], memory, all);
    const auto value = static_cast<std::int64_t>(all);
    if (from != nullptr) from += block.first;
    if (in_order && from != nullptr) {
      for (int l = 0; l < block.lanes; ++l)
        to[block.place + l] = static_cast<std::int64_t>(from[l]);
    } else if (in_order) {
      std::fill_n(to + block.place, block.lanes, value);
    } else if (from != nullptr) {
      each([&](std::uint32_t place, int l) { to[place] = static_cast<std::int64_t>(from[l]); });
    } else {
      each([&](std::uint32_t place, int) { to[place] = value; });
    }
  }
  if (!late_.empty()) filter_late(structure, memory, block, take, rows);
  if (wants_.on_layers) show_layers(structure, memory, block, take);
}

// Entropy and effectiveness of all lanes of the block.
void SweepEngine::compute_reals(const SweepStructure& structure, const BatchMemory& memory,
                                const Block& block) {
  const StructureOutputs& outputs = structure.outputs;
  std::vector<LaneNumbers> numbers(outputs.entropy_shape.convolutions +
                                   outputs.entropy_shape.scales.size());
  int output = outputs.entropy;
  for (LaneNumbers& number : numbers) {
    number.lanes = structure.program.output(output++, memory, number.all);
    if (number.lanes != nullptr) number.lanes += block.first;
  }
  entropy_.resize(kLanes);
  effectiveness_.resize(kLanes);
  cost::compute_entropy(outputs.entropy_shape, numbers, block.lanes, entropy_.data(),
                        effectiveness_.data());
}

// The cost of one lane, as CostReader would give it.
std::int64_t SweepEngine::late_cost(const SweepStructure& structure, const BatchMemory& memory,
                                    const Block& block, int lane, std::size_t asked) const {
  const auto l = static_cast<std::size_t>(lane);
  const int output = structure.outputs.asked[asked];
  if (output < 0)
    return cost::to_millionths(asked_[asked] == "entropy" ? entropy_[l] : effectiveness_[l]);
  LaneNumbers numbers;
  numbers.lanes = structure.program.output(output, memory, numbers.all);
  if (numbers.lanes != nullptr) numbers.lanes += block.first;
  return static_cast<std::int64_t>(numbers.at(lane));
}

void SweepEngine::filter_late(const SweepStructure& structure, const BatchMemory& memory,
                              const Block& block, const double* take, SweepRows& rows) const {
  for (int l = 0; l < block.lanes; ++l) {
    if (take != nullptr && take[l] == 0) continue;
    const std::uint32_t place = block[l];
    const auto cost = [&](const std::string& name) {
      const auto found = std::find(asked_.begin(), asked_.end(), name);
      return Count(
          late_cost(structure, memory, block, l, static_cast<std::size_t>(found - asked_.begin())));
    };
    try {
      if (!space::passes(late_, parameters_at(rows.first + place), cost))
        rows.states[place] = PointState::kFiltered;
    } catch (const Error& error) {
      rows.states[place] = PointState::kUnbuildable;
      rows.add_failure(rows.first + place, error.diagnostics().front().message);
    } catch (const CountOverflow&) {
      rows.states[place] = PointState::kUnbuildable;
      rows.add_failure(rows.first + place, "a cost needs more than 64 bits");
    }
  }
}

void SweepEngine::show_layers(const SweepStructure& structure, const BatchMemory& memory,
                              const Block& block, const double* take) {
  LayerArrays arrays;
  arrays.lanes = block.lanes;
  arrays.take = take;
  arrays.layers.resize(structure.layers);
  int output = structure.outputs.layers;
  for (auto& layer : arrays.layers) {
    for (LaneNumbers& numbers : layer) {
      numbers.lanes = structure.program.output(output++, memory, numbers.all);
      if (numbers.lanes != nullptr) numbers.lanes += block.first;
    }
  }
  wants_.on_layers(arrays);
}

}  // namespace archcost::engine
