// SPDX-License-Identifier: Apache-2.0
#include "search/engine/block_loader.hpp"

#include <algorithm>

namespace archcost::engine {
namespace {

constexpr std::size_t kMostKept = 1 << 19;  // pure registers' numbers: half the second cache

}  // namespace

void BlockLoader::set_lane_axis(std::size_t axis, int part_lanes) {
  lane_axis_ = axis;
  part_lanes_ = part_lanes;
}

void BlockLoader::forget() {
  kept_ = 0;
  shared_by_ = nullptr;
}

void BlockLoader::start_batch(std::span<const SweepRun> runs, std::uint64_t first) {
  ++batch_number_;
  outers_ = runs.size();
  outer_indices_.resize(tracer_->axes().size() * kOuters);
  for (std::size_t k = 0; k < tracer_->axes().size(); ++k) {
    if (k != lane_axis_ && tracer_->axes()[k].traced) find_indices(k, runs, first);
  }
}

// Most runs lie at most one value of the axis behind the one before: that takes no division.
void BlockLoader::find_indices(std::size_t axis, std::span<const SweepRun> runs,
                               std::uint64_t first) {
  const std::uint64_t stride = tracer_->axes()[axis].stride, size = tracer_->axes()[axis].size;
  std::size_t* to = outer_indices_.data() + axis * kOuters;
  std::uint64_t point = first + runs.front().place;
  std::uint64_t index = indices_->at(point, axis), inside = point % stride;
  for (const SweepRun& run : runs) {
    inside += first + run.place - point;
    point = first + run.place;
    if (inside >= stride && inside - stride < stride) {
      inside -= stride;
      index = index + 1 == size ? 0 : index + 1;
    } else if (inside >= stride) {
      inside = point % stride;
      index = indices_->at(point, axis);
    }
    *to++ = index;
  }
}

BatchMemory BlockLoader::load(SweepStructure& structure, const SweepBlock& block,
                              std::uint64_t first) {
  const BatchProgram& program = structure.program;
  if (mixed_.size() < program.mixed_room()) {
    mixed_ = LaneMemory(program.mixed_room());
    listed_loaded_ = false;
  }
  if (block.points == nullptr) return load_run(structure, block);
  const BatchMemory memory = {structure.scalars.data(), nullptr, mixed_.data()};
  if (!listed_loaded_) load_listed(program, memory, block, first);
  listed_loaded_ = true;  // for all structures: inputs that all vary have the same registers
  return memory;
}

void BlockLoader::load_listed(const BatchProgram& program, const BatchMemory& memory,
                              const SweepBlock& block, std::uint64_t first) const {
  int input = 0;
  for (const auto& [axis, values] : tracer_->inputs()) {
    double* to = program.input(input++, nullptr, memory);
    if (indices_->list() != nullptr && block.step == 1) {
      const std::uint32_t* indices = (*indices_->list())[axis].data() + block.place;
      for (int l = 0; l < block.lanes; ++l) to[l] = values[indices[l]];
    } else {
      for (int l = 0; l < block.lanes; ++l)
        to[l] = values[indices_->at(first + block.points[l], axis)];
    }
    const int steps = (block.lanes + kStep - 1) / kStep;
    std::fill(to + block.lanes, to + std::ptrdiff_t{kStep} * steps, to[0]);
  }
}

// Where the pure registers of this part of the lane axis stand; `fresh`: they are to be computed.
PurePart& BlockLoader::part_of(SweepStructure& structure, std::size_t part, bool& fresh) {
  const std::size_t room = structure.program.pure_room();
  if (structure.parts.size() <= part) structure.parts.resize(part + 1);
  PurePart& kept = structure.parts[part];
  if (kept.numbers.size() > 0) return kept;
  if (kept_ + room <= kMostKept) {
    kept.numbers = LaneMemory(room);
    kept_ += room;
    fresh = true;
    return kept;
  }
  if (shared_.numbers.size() < room) shared_.numbers = LaneMemory(room);
  fresh = shared_by_ != &structure || shared_part_ != part;
  shared_by_ = &structure;
  shared_part_ = part;
  return shared_;
}

BatchMemory BlockLoader::load_run(SweepStructure& structure, const SweepBlock& block) {
  bool fresh = false;
  PurePart& pure = part_of(structure, block.part, fresh);
  BatchMemory memory = {structure.scalars.data() + block.outer, pure.numbers.data(), mixed_.data(),
                        pure.all_meet};
  // Blocks come in the order of the outer points: those before this one are served already.
  if (structure.batch != batch_number_ || block.outer < structure.first_outer) {
    structure.batch = batch_number_;
    structure.first_outer = block.outer;
    load_outers(structure);
  }
  if (fresh) {
    load_part(structure, block.part, memory);
    memory.all_meet = pure.all_meet = structure.program.pure_holds(memory, part_lanes_);
  }
  return memory;
}

void BlockLoader::load_outers(SweepStructure& structure) const {
  double* scalars = structure.scalars.data();
  int input = 0;
  for (const auto& [axis, values] : tracer_->inputs()) {
    const int place = input++;
    if (axis == lane_axis_) continue;
    double* to = structure.program.input(place, scalars, {});
    if (to == nullptr) continue;
    const std::size_t* indices = outer_indices_.data() + axis * kOuters;
    for (auto r = static_cast<std::size_t>(structure.first_outer); r < outers_; ++r)
      to[r] = values[indices[r]];
  }
  structure.program.run_outer(scalars, structure.first_outer, static_cast<int>(outers_));
}

void BlockLoader::load_part(SweepStructure& structure, std::size_t part,
                            const BatchMemory& memory) const {
  const std::size_t last = tracer_->axes()[*lane_axis_].size - 1;
  const auto size = static_cast<std::size_t>(part_lanes_);
  int input = 0;
  for (const auto& [axis, values] : tracer_->inputs()) {
    const int place = input++;
    if (axis != lane_axis_) continue;
    double* to = structure.program.input(place, nullptr, memory);
    if (to == nullptr) continue;
    for (std::size_t l = 0; l < size; ++l) to[l] = values[std::min(part * size + l, last)];
  }
  structure.program.run_pure(memory, part_lanes_);
}

}  // namespace archcost::engine
