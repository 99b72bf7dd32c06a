// SPDX-License-Identifier: Apache-2.0
// Blocks of points of the sweep's engine: which structures serve them, and their numbers.
#include <algorithm>
#include <array>

#include "search/engine/batch_code.hpp"
#include "search/engine/sweep_engine.hpp"

namespace archcost::engine {
namespace {

constexpr std::uint64_t kWorthTracing = 8;  // points that cost as much as a trace
constexpr std::size_t kMostKept = 1 << 19;  // pure registers' numbers: half the second cache
constexpr int kLongPiece = 8;               // lanes that are worth a piece of their own

struct LaneRange {
  int first = 0, lanes = 0;
};

// The first lanes in a row that meet the conditions; null: all do.
LaneRange first_that_meet(const double* meets, int lanes) {
  if (meets == nullptr) return {0, lanes};
  const double* end = meets + lanes;
  const double* first = std::find(meets, end, 1.0);
  const double* last = std::find(first, end, 0.0);
  return {static_cast<int>(first - meets), static_cast<int>(last - first)};
}

bool any_meets(const double* meets, int first, int lanes) {
  return std::find(meets + first, meets + lanes, 1.0) != meets + lanes;
}

}  // namespace

// A run is cut where its structure changes. Where it changes often, and for listed points, every
// structure computes all lanes and takes its own.
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
    const auto served = [&](int taken) {
      left -= taken;
      group.credit += static_cast<std::uint64_t>(taken);
      if (tried == 0) return;
      const auto place = group.structures.begin() + static_cast<std::ptrdiff_t>(tried);
      std::rotate(group.structures.begin(), place, place + 1);
    };
    if (left == block.lanes) {
      const LaneRange range = first_that_meet(meets, block.lanes);
      if (range.lanes == 0) continue;
      const int end = range.first + range.lanes;
      if (range.lanes == block.lanes) {
        store(structure, memory, block, nullptr, rows);
        return served(range.lanes);
      }
      if (block.points == nullptr &&
          (range.lanes >= kLongPiece || !any_meets(meets, end, block.lanes))) {
        store(structure, memory, block.piece(range.first, range.lanes), nullptr, rows);
        served(range.lanes);
        if (range.first > 0) evaluate_block(group, block.piece(0, range.first), rows);
        if (end < block.lanes) evaluate_block(group, block.piece(end, block.lanes - end), rows);
        return;
      }
      std::fill_n(open.begin(), block.lanes, 1.0);
    }
    for (int l = 0; l < block.lanes; ++l) take[l] = meets == nullptr ? open[l] : open[l] * meets[l];
    const auto taken = static_cast<int>(std::count(take.begin(), take.begin() + block.lanes, 1.0));
    if (taken == 0) continue;
    store(structure, memory, block, take.data(), rows);
    for (int l = 0; l < block.lanes; ++l) open[l] -= take[l];
    served(taken);
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
        ++structures_;
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
  if (mixed_.size() < program.mixed_room()) {
    mixed_ = LaneMemory(program.mixed_room());
    listed_loaded_ = false;
  }
  if (block.points == nullptr) return load_run(structure, block, first);
  const BatchMemory memory = {structure.scalars.data(), nullptr, mixed_.data()};
  if (!listed_loaded_) load_listed(program, memory, block, first);
  listed_loaded_ = true;  // for all structures: inputs that all vary have the same registers
  return memory;
}

void SweepEngine::load_listed(const BatchProgram& program, const BatchMemory& memory,
                              const Block& block, std::uint64_t first) const {
  const std::uint32_t* points = block.points;
  int input = 0;
  for (std::size_t k = 0; k < axes_.size(); ++k) {
    for (const std::vector<double>* table : axes_[k].inputs()) {
      double* to = program.input(input++, nullptr, memory);
      const double* values = table->data();
      if (list_ != nullptr) {
        const std::uint32_t* indices = (*list_)[k].data();
        for (int l = 0; l < block.lanes; ++l) to[l] = values[indices[points[l]]];
      } else {
        for (int l = 0; l < block.lanes; ++l) to[l] = values[index_at(first + points[l], k)];
      }
      const int steps = (block.lanes + kStep - 1) / kStep;
      std::fill(to + block.lanes, to + std::ptrdiff_t{kStep} * steps, to[0]);
    }
  }
}

BatchMemory SweepEngine::load_run(SweepStructure& structure, const Block& block,
                                  std::uint64_t first) {
  const BatchProgram& program = structure.program;
  const std::size_t room = program.pure_room();
  const std::size_t lane_values = axes_[*lane_axis_].size,
                    size = static_cast<std::size_t>(part_lanes_);
  if (structure.parts.empty()) structure.parts.resize(parts_);
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
      to_integers(from, to + block.place, block.lanes);
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
  entropy_numbers_.resize(outputs.entropy_numbers);
  int output = outputs.entropy;
  for (LaneNumbers& number : entropy_numbers_) {
    number = {};
    number.lanes = structure.program.output(output++, memory, number.all);
    if (number.lanes != nullptr) number.lanes += block.first;
  }
  entropy_.resize(kLanes);
  effectiveness_.resize(kLanes);
  entropy_batch_.compute(outputs.entropy_shape, entropy_numbers_, block.lanes, entropy_.data(),
                         effective_ ? effectiveness_.data() : nullptr);
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
  arrays.layers = structure.layers;
  arrays.program = &structure.program;
  arrays.memory = &memory;
  arrays.first_output = structure.outputs.layers;
  arrays.first_lane = block.first;
  wants_.on_layers(arrays);
}

}  // namespace archcost::engine
