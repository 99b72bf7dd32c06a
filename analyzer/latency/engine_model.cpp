// SPDX-License-Identifier: Apache-2.0
#include "latency/engine_model.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/statistics.hpp"
#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::latency {
namespace {

/// Engines have blocks of this many channels, or of a part of it.
constexpr int kBlock = 16;
constexpr std::size_t kSimilar = 6;

std::string class_of(std::string_view kind, double groups, double channels) {
  const char* grouping = groups <= 1 ? "" : groups == channels ? " depthwise" : " grouped";
  return std::string(kind) + grouping;
}

/// The place of `groups` among the numbers of a problem; nothing for kinds without groups.
std::optional<std::size_t> place_of_groups(const plan::KernelProblem& problem) {
  const layers::LayerKind* kind = layers::find_kind(problem.kind);
  const int index = kind == nullptr ? -1 : layers::find_attribute(*kind, "groups");
  if (index < 0) return {};
  const auto place = static_cast<std::size_t>(layers::slot_of(kind->attributes, index).number);
  return place < problem.numbers.size() ? std::optional(place) : std::nullopt;
}

double groups_of(const plan::KernelProblem& problem) {
  const auto place = place_of_groups(problem);
  return place ? static_cast<double>(problem.numbers[*place]) : 1;
}

/// Factors of two in the number of channels, up to a whole block: engines run channels that don't
/// fill blocks, or parts of them, in another layout, or pad them.
int factors_of_two(double channels) {
  int twos = 0;
  for (int part = 2; part <= kBlock && std::fmod(channels, part) == 0; part *= 2) ++twos;
  return twos;
}

std::string signature(const std::string& kernel_class, std::span<const std::string> operations) {
  return kernel_class + "|" + join({operations.begin(), operations.end()}, "+");
}

int in_blocks(int channels) { return (channels + kBlock - 1) / kBlock * kBlock; }

/// The size of a problem as it is computed: in blocked layouts the last block is filled up.
ProblemSize computed_size(plan::KernelProblem problem, const plan::KernelOption& option) {
  const double groups = groups_of(problem), channels = problem.first_input().channels;
  const bool depthwise = groups > 1 && groups == channels;
  if (groups > 1 && !depthwise) return problem_size(problem);
  if (option.in == plan::Layout::kBlocked) {
    for (graph::Dims& input : problem.inputs) input.channels = in_blocks(input.channels);
  }
  if (option.out == plan::Layout::kBlocked)
    problem.output.channels = in_blocks(problem.output.channels);
  if (depthwise) problem.numbers[*place_of_groups(problem)] = problem.first_input().channels;
  return problem_size(problem);
}

}  // namespace

EngineModel::Alignment EngineModel::alignment_of(const plan::KernelProblem& problem) {
  const double groups = groups_of(problem);
  const double in = problem.first_input().channels, out = problem.output.channels;
  Alignment alignment;
  alignment.depthwise = groups > 1 && groups == in;
  alignment.image = problem.reads_image;
  alignment.in = factors_of_two(alignment.depthwise ? in : in / groups);
  alignment.out = alignment.depthwise ? alignment.in : factors_of_two(out / groups);
  return alignment;
}

/// Whether the same sides fill whole blocks.
bool EngineModel::fill_alike(const Alignment& a, const Alignment& b) {
  const auto fills = [](int twos) { return 1 << twos == kBlock; };
  return a.depthwise == b.depthwise && a.image == b.image && fills(a.in) == fills(b.in) &&
         fills(a.out) == fills(b.out);
}

/// A factor of two in the channels counts as much as a factor of e in a size.
double EngineModel::distance_of(const ProblemSize& a, const Alignment& alignment,
                                const ProblemSize& b, const Alignment& other) {
  double squares = 0;
  for (std::size_t i = 0; i < std::min(a.coordinates.size(), b.coordinates.size()); ++i)
    squares += (a.coordinates[i] - b.coordinates[i]) * (a.coordinates[i] - b.coordinates[i]);
  const double in = alignment.in - other.in, out = alignment.out - other.out;
  return squares + in * in + out * out;
}

EngineModel::EngineModel(const std::vector<Known>& figures) {
  std::vector<double> footprints;
  for (const Known& figure : figures) {
    if (figure.footprint > 0) footprints.push_back(figure.footprint);
  }
  if (!footprints.empty()) usual_footprint_ = median(footprints);
  std::map<plan::KernelOption, std::vector<TimedProblem>> timed;
  std::set<std::pair<std::string, plan::KernelOption>> known;
  for (const Known& figure : figures) {
    const auto problem = plan::problem_from_text(figure.problem);
    if (!problem) continue;
    const double footprint = figure.footprint > 0 ? figure.footprint : usual_footprint_;
    timed[figure.option].push_back({figure.problem, figure.seconds, footprint});
    if (!known.insert({figure.problem, figure.option}).second) continue;
    if (problem->is_reorder()) {
      reorders_.insert(figure.option);
      continue;
    }
    const std::string kernel_class =
        class_of(problem->kind, groups_of(*problem), problem->first_input().channels);
    if (problem->folded_norm) fused_.insert(kernel_class + "|norm");
    const std::span<const std::string> operations = problem->pointwise;
    for (std::size_t n = 1; n <= operations.size(); ++n)
      fused_.insert(signature(kernel_class, operations.first(n)));
    const Seen seen = {figure.problem, problem_size(*problem), alignment_of(*problem),
                       figure.option};
    by_group_[seen.size.group].push_back(seen);
    by_kind_[seen.size.kind].push_back(seen);
  }
  for (const auto& [option, problems] : timed)
    estimators_.emplace(option, LatencyEstimator(problems, [option = option](const auto& problem) {
                          return computed_size(problem, option);
                        }));
}

bool EngineModel::fuses(const graph::Network& network, const plan::Step& candidate) const {
  const graph::Layer& main = network.layers[candidate.main];
  const bool has_groups = layers::find_attribute(*main.kind, "groups") >= 0;
  const double groups = has_groups ? static_cast<double>(graph::number_of(main, "groups")) : 1;
  const graph::LayerId input =
      candidate.main_inputs > 0 ? candidate.inputs.front() : candidate.output;
  const auto channels = static_cast<double>(network.shape(input).channels.value());
  const std::string kernel_class = class_of(main.kind->name, groups, channels);
  if (candidate.pointwise.empty()) return fused_.contains(kernel_class + "|norm");
  std::vector<std::string> operations;
  for (const plan::PointwiseOp& op : candidate.pointwise) operations.emplace_back(name_of(op));
  return fused_.contains(signature(kernel_class, operations));
}

std::vector<plan::KernelOption> EngineModel::likely_options(
    const plan::KernelProblem& problem, std::span<const std::string> without) const {
  const ProblemSize size = problem_size(problem);
  const Alignment alignment = alignment_of(problem);
  const auto nearest_options = [&](const auto& seen_by, const std::string& name, bool alike) {
    std::vector<std::pair<double, const Seen*>> near;
    const auto found = seen_by.find(name);
    if (found != seen_by.end()) {
      for (const Seen& seen : found->second) {
        if (is_one_of(seen.problem, without) || (alike && !fill_alike(seen.alignment, alignment)))
          continue;
        near.emplace_back(distance_of(seen.size, seen.alignment, size, alignment), &seen);
      }
    }
    const std::size_t count = std::min(kSimilar, near.size());
    std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end(),
                      [](const auto& a, const auto& b) {
                        return std::tie(a.first, a.second->problem, a.second->option) <
                               std::tie(b.first, b.second->problem, b.second->option);
                      });
    std::set<plan::KernelOption> options;
    for (std::size_t i = 0; i < count; ++i) options.insert(near[i].second->option);
    return std::vector<plan::KernelOption>(options.begin(), options.end());
  };
  std::vector<plan::KernelOption> options = nearest_options(by_group_, size.group, true);
  if (options.empty()) options = nearest_options(by_kind_, size.kind, true);
  if (options.empty()) options = nearest_options(by_group_, size.group, false);
  if (options.empty()) options = nearest_options(by_kind_, size.kind, false);
  return options;
}

std::optional<double> EngineModel::estimate(const plan::KernelProblem& problem,
                                            const plan::KernelOption& option,
                                            std::span<const std::string> without,
                                            double footprint) const {
  const auto found = estimators_.find(option);
  if (found == estimators_.end()) return std::nullopt;
  const bool known = footprint > 0 && usual_footprint_ > 0;
  return found->second.estimate(problem, without, known ? footprint : usual_footprint_);
}

}  // namespace archcost::latency
