// SPDX-License-Identifier: Apache-2.0
#include "search/engine/block_results.hpp"

#include <algorithm>

#include "core/diagnostic.hpp"
#include "cost/named_cost.hpp"
#include "search/engine/batch_code.hpp"

namespace archcost::engine {
namespace {

/// Calls visit(place, lane) for the lanes that are taken.
template <class Visit>
void each_lane(const SweepBlock& block, const double* take, Visit visit) {
  for (int l = 0; l < block.lanes; ++l) {
    if (take == nullptr || take[l] != 0) visit(block[l], l);
  }
}

/// The output's numbers of the block's lanes.
LaneNumbers output_of(const SweepStructure& structure, int output, const BatchMemory& memory,
                      const SweepBlock& block) {
  return lane_numbers(structure.program, output, memory, block.first);
}

/// Stores these numbers of the block's lanes.
void store_numbers(const LaneNumbers& from, const SweepBlock& block, const double* take,
                   std::int64_t* to) {
  const auto all = static_cast<std::int64_t>(from.all);
  const bool in_order = take == nullptr && block.step == 1;
  if (in_order && from.lanes != nullptr) {
    to_integers(from.lanes, to + block.place, block.lanes);
  } else if (in_order) {
    fill_integers(all, to + block.place, block.lanes);
  } else if (from.lanes != nullptr) {
    each_lane(block, take, [&](std::uint32_t place, int l) {
      to[place] = static_cast<std::int64_t>(from.lanes[l]);
    });
  } else {
    each_lane(block, take, [&](std::uint32_t place, int) { to[place] = all; });
  }
}

}  // namespace

void BlockResults::store(const SweepStructure& structure, const BatchMemory& memory,
                         const SweepBlock& block, const double* take, SweepRows& rows) {
  if (structure.state != PointState::kRow) {
    each_lane(block, take, [&](std::uint32_t place, int) {
      rows.states[place] = structure.state;
      if (structure.state == PointState::kUnbuildable)
        rows.add_failure(rows.first + place, structure.failure);
    });
    return;
  }
  structure.program.finish(memory, block.first, block.lanes);
  if (tracer_->real()) compute_reals(structure, memory, block);
  for (std::size_t k = 0; k < rows.columns.size(); ++k)
    store_column(k, structure, memory, block, take, rows);
  if (!tracer_->late().empty()) filter_late(structure, memory, block, take, rows);
  if (tracer_->wants().on_layers) show_layers(structure, memory, block, take);
}

// All runs have their lanes' numbers in the same registers, by turns.
void BlockResults::store_runs(const SweepStructure& structure, const BatchMemory& memory,
                              const SweepBlock& block, std::span<const SweepRun> runs,
                              SweepRows& rows) {
  const BatchProgram& program = structure.program;
  outputs_.clear();
  for (int output : structure.outputs.columns) {
    outputs_.push_back(program.output(output, memory));
    if (outputs_.back().lanes != nullptr) outputs_.back().lanes += block.first;
  }
  const std::uint32_t offset = block.place - runs.front().place;
  BatchMemory at = memory;
  SweepBlock lanes = block;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    lanes.place = runs[r].place + offset;
    program.finish(at, block.first, block.lanes);
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      const auto [numbers, outers] = outputs_[k];
      store_numbers({numbers, numbers != nullptr ? 0 : outers[r]}, lanes, nullptr,
                    rows.columns[k].data());
    }
    ++at.scalars;
  }
}

void BlockResults::store_column(std::size_t column, const SweepStructure& structure,
                                const BatchMemory& memory, const SweepBlock& block,
                                const double* take, SweepRows& rows) const {
  std::int64_t* to = rows.columns[column].data();
  const int output = structure.outputs.columns[column];
  if (output < 0) {
    const std::vector<double>& reals =
        tracer_->wants().columns[column] == "entropy" ? entropy_ : effectiveness_;
    each_lane(block, take, [&](std::uint32_t place, int l) {
      to[place] = cost::to_millionths(reals[static_cast<std::size_t>(l)]);
    });
    return;
  }
  store_numbers(output_of(structure, output, memory, block), block, take, to);
}

// Entropy and effectiveness of all lanes of the block.
void BlockResults::compute_reals(const SweepStructure& structure, const BatchMemory& memory,
                                 const SweepBlock& block) {
  const StructureOutputs& outputs = structure.outputs;
  entropy_numbers_.resize(outputs.entropy_numbers);
  int output = outputs.entropy;
  for (LaneNumbers& number : entropy_numbers_)
    number = output_of(structure, output++, memory, block);
  entropy_.resize(kLanes);
  effectiveness_.resize(kLanes);
  entropy_batch_.compute(outputs.entropy_shape, entropy_numbers_, block.lanes, entropy_.data(),
                         tracer_->effective() ? effectiveness_.data() : nullptr);
}

// The cost of one lane, as CostReader would give it.
std::int64_t BlockResults::late_cost(const SweepStructure& structure, const BatchMemory& memory,
                                     const SweepBlock& block, int lane, std::size_t asked) const {
  const auto l = static_cast<std::size_t>(lane);
  const int output = structure.outputs.asked[asked];
  if (output < 0)
    return cost::to_millionths(tracer_->asked()[asked] == "entropy" ? entropy_[l]
                                                                    : effectiveness_[l]);
  return static_cast<std::int64_t>(output_of(structure, output, memory, block).at(lane));
}

void BlockResults::filter_late(const SweepStructure& structure, const BatchMemory& memory,
                               const SweepBlock& block, const double* take, SweepRows& rows) const {
  const std::vector<std::string>& asked = tracer_->asked();
  each_lane(block, take, [&](std::uint32_t place, int l) {
    const auto cost = [&](const std::string& name) {
      const auto found = std::find(asked.begin(), asked.end(), name);
      return Count(
          late_cost(structure, memory, block, l, static_cast<std::size_t>(found - asked.begin())));
    };
    try {
      if (!space::passes(tracer_->late(), tracer_->parameters(indices_->all(rows.first + place)),
                         cost))
        rows.states[place] = PointState::kFiltered;
    } catch (const Error& error) {
      rows.states[place] = PointState::kUnbuildable;
      rows.add_failure(rows.first + place, error.diagnostics().front().message);
    } catch (const CountOverflow&) {
      rows.states[place] = PointState::kUnbuildable;
      rows.add_failure(rows.first + place, "a cost needs more than 64 bits");
    }
  });
}

void BlockResults::show_layers(const SweepStructure& structure, const BatchMemory& memory,
                               const SweepBlock& block, const double* take) const {
  LayerArrays arrays;
  arrays.lanes = block.lanes;
  arrays.take = take;
  arrays.layers = structure.layers;
  arrays.program = &structure.program;
  arrays.memory = &memory;
  arrays.first_output = structure.outputs.layers;
  arrays.first_lane = block.first;
  tracer_->wants().on_layers(arrays);
}

}  // namespace archcost::engine
