// SPDX-License-Identifier: Apache-2.0
// Blocks of points of the sweep's engine: which structures serve them, and their numbers.
#include <algorithm>
#include <array>

#include "search/engine/sweep_engine.hpp"

namespace archcost::engine {
namespace {

constexpr std::uint64_t kWorthTracing = 8;  // points that cost as much as a trace
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
void SweepEngine::evaluate_block(SweepGroup& group, const SweepBlock& block, SweepRows& rows) {
  std::array<double, kLanes> open, take;  // 1 or 0; open: the lanes that nothing has served yet
  int left = block.lanes;                 // as long as all are, `open` isn't filled
  for (std::size_t tried = 0; left > 0; ++tried) {
    if (tried == group.structures.size()) {
      if (left == block.lanes) std::fill_n(open.begin(), block.lanes, 1.0);
      left -= find_structure(group, block, open.data(), rows);
      if (tried == group.structures.size()) return;
    }
    SweepStructure& structure = *group.structures[tried];
    const BatchMemory memory = loader_.load(structure, block, rows.first);
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
        results_.store(structure, memory, block, nullptr, rows);
        return served(range.lanes);
      }
      if (block.points == nullptr &&
          (range.lanes >= kLongPiece || !any_meets(meets, end, block.lanes))) {
        results_.store(structure, memory, block.piece(range.first, range.lanes), nullptr, rows);
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
    results_.store(structure, memory, block, take.data(), rows);
    for (int l = 0; l < block.lanes; ++l) open[l] -= take[l];
    served(taken);
  }
}

// A structure that serves the first open lane, at the end of the group's. A trace costs as much as
// some points by themselves: it is made when as many have been served, or counted by themselves
// here, since the last one. Returns how many were; these are all when there is no new structure.
int SweepEngine::find_structure(SweepGroup& group, const SweepBlock& block, double* open,
                                SweepRows& rows) {
  int counted = 0;
  const bool full = group.structures.size() >= kMostStructures;
  if (group.structures.empty()) group.credit += static_cast<std::uint64_t>(block.lanes);
  for (int l = 0; l < block.lanes; ++l) {
    if (open[l] == 0) continue;
    if (!group.one_by_one && !full && group.credit >= kWorthTracing) {
      if (auto fresh = tracer_.trace(indices_.all(rows.first + block[l]), lane_axis_,
                                     lane_axis_ ? part_lanes_ : kListed)) {
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

}  // namespace archcost::engine
