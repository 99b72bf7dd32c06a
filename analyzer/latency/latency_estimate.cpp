// SPDX-License-Identifier: Apache-2.0
#include "latency/latency_estimate.hpp"

#include <fmt/core.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "core/statistics.hpp"
#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"

namespace archcost::latency {
namespace {

constexpr std::size_t kNeighbours = 16;
/// Moving an element costs about as much as so many multiply-adds.
constexpr double kMacsPerElement = 4;
/// A network that touches twice as much counts as much as a size of so many times ln 2.
constexpr double kFootprint = 0.5;
/// Keeps the slopes of a fit small where the neighbours determine them poorly.
constexpr double kRidge = 0.05;

/// The number of an attribute, `part` 1 the width of an extent; `fallback` where the kind has none.
/// At least 1: an imported problem may state 0.
double attribute(const layers::LayerKind* kind, const plan::KernelProblem& problem,
                 std::string_view name, int part, double fallback) {
  const int index = kind == nullptr ? -1 : layers::find_attribute(*kind, name);
  if (index < 0) return fallback;
  const auto place =
      static_cast<std::size_t>(layers::slot_of(kind->attributes, index).number + part);
  if (place >= problem.numbers.size()) return fallback;
  return std::max(1.0, static_cast<double>(problem.numbers[place]));
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double squares = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    squares += (a[i] - b[i]) * (a[i] - b[i]);
  }
  return std::sqrt(squares);
}

double work_of(const ProblemSize& size) {
  return std::max(1.0, size.macs + kMacsPerElement * size.elements);
}

void add_footprint(double footprint, ProblemSize& size) {
  if (footprint > 0) size.coordinates.push_back(kFootprint * std::log(footprint));
}

double elements_of(const graph::Dims& dims) { return static_cast<double>(dims.elements()); }
double positions_of(const graph::Dims& dims) {
  return static_cast<double>(dims.batch) * dims.positions();
}

}  // namespace

ProblemSize problem_size(const plan::KernelProblem& problem) {
  const graph::Dims &in = problem.first_input(), &out = problem.output;
  const layers::LayerKind* kind = layers::find_kind(problem.kind);
  ProblemSize size;
  size.kind = size.group = problem.kind;
  const double kernel_height = attribute(kind, problem, "kernel", 0, 1),
               kernel_width = attribute(kind, problem, "kernel", 1, 1),
               stride = attribute(kind, problem, "stride", 0, 1),
               groups = attribute(kind, problem, "groups", 0, 1);
  const std::string window = fmt::format(" {}x{} /{}", kernel_height, kernel_width, stride);
  double weights = 0;
  const bool transposed = kind == &layers::kinds::conv_transpose_kind;
  if (kind == &layers::kinds::conv_kind || transposed) {
    weights = in.channels / groups * out.channels * kernel_height * kernel_width;
    size.macs = weights * positions_of(transposed ? in : out);
    const bool depthwise = groups > 1 && groups == in.channels;
    size.group += fmt::format("{}{}{}", window,
                              depthwise    ? " depthwise"
                              : groups > 1 ? " grouped"
                                           : "",
                              problem.reads_image ? " image" : "");
  } else if (kind == &layers::kinds::linear_kind) {
    weights = elements_of(in) / in.batch * out.channels;
    size.macs = weights * in.batch;
  } else if (kind != nullptr && layers::find_attribute(*kind, "kernel") >= 0) {
    // Engines have a slow kernel for rare forms of a pool, as means over its padding.
    size.group += window;
    for (const int word : problem.words) size.group += fmt::format(" w{}", word);
  }
  const bool adds = problem.adds();
  size.elements = weights + elements_of(out) * (adds ? 2 : 1);
  for (const graph::Dims& input : problem.inputs) size.elements += elements_of(input);
  size.coordinates = {std::log(in.channels / groups), std::log(out.channels / groups),
                      std::log(positions_of(out)), std::log(groups),
                      // A fused sum weighs little, but it separates otherwise equal problems.
                      adds ? 0.3 : 0};
  return size;
}

LatencyEstimator::LatencyEstimator(const std::vector<TimedProblem>& problems, SizeOf size_of)
    : size_of_(std::move(size_of)) {
  for (const TimedProblem& timed : problems) {
    const auto problem = plan::problem_from_text(timed.problem);
    if (!problem || !(timed.seconds > 0)) continue;
    Known known{timed.problem, size_of_(*problem), 0};
    add_footprint(timed.footprint, known.size);
    known.rate = std::log(timed.seconds / work_of(known.size));
    by_group_[known.size.group].push_back(known_.size());
    by_kind_[known.size.kind].push_back(known_.size());
    known_.push_back(std::move(known));
  }
}

std::optional<double> LatencyEstimator::estimate(const plan::KernelProblem& problem,
                                                 std::span<const std::string> without,
                                                 double footprint) const {
  ProblemSize size = size_of_(problem);
  add_footprint(footprint, size);
  return estimate_size(plan::to_text(problem), size, without);
}

std::optional<double> LatencyEstimator::estimate_size(const std::string& problem,
                                                      const ProblemSize& size,
                                                      std::span<const std::string> without) const {
  const auto gather = [&](const std::map<std::string, std::vector<std::size_t>>& places,
                          const std::string& name) {
    std::vector<const Known*> found;
    const auto place = places.find(name);
    if (place == places.end()) return found;
    for (const std::size_t i : place->second) {
      const Known& known = known_[i];
      if (known.problem == problem) continue;
      if (std::find(without.begin(), without.end(), known.problem) != without.end()) continue;
      found.push_back(&known);
    }
    return found;
  };
  std::vector<const Known*> neighbours = gather(by_group_, size.group);
  if (neighbours.empty()) neighbours = gather(by_kind_, size.kind);
  if (neighbours.empty()) return {};
  return fit(neighbours, size);
}

double LatencyEstimator::fit(const std::vector<const Known*>& candidates,
                             const ProblemSize& wanted) const {
  std::vector<std::pair<double, const Known*>> near;
  for (const Known* known : candidates)
    near.emplace_back(distance(known->size.coordinates, wanted.coordinates), known);
  const std::size_t count = std::min(kNeighbours, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end(),
                    [](const auto& a, const auto& b) {
                      return a.first != b.first ? a.first < b.first
                                                : a.second->problem < b.second->problem;
                    });
  near.resize(count);
  const double reach = std::max(near[std::min<std::size_t>(2, count - 1)].first, 0.1);
  // The constant, and a slope for each coordinate: the constant is the value at the wanted place.
  const auto terms = static_cast<Eigen::Index>(1 + wanted.coordinates.size());
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(terms, terms);
  Eigen::VectorXd right = Eigen::VectorXd::Zero(terms);
  double total = 0;
  for (const auto& [far, known] : near) {
    const double weight = 1 / (1 + far * far / (reach * reach));
    Eigen::VectorXd row = Eigen::VectorXd::Ones(terms);
    for (Eigen::Index i = 1; i < terms; ++i)
      row[i] = known->size.coordinates[i - 1] - wanted.coordinates[i - 1];
    matrix += weight * row * row.transpose();
    right += weight * known->rate * row;
    total += weight;
  }
  matrix.diagonal().array() += total * kRidge;
  matrix(0, 0) += total * (1e-9 - kRidge);
  return std::exp(matrix.ldlt().solve(right)[0]) * work_of(wanted);
}

double LatencyEstimator::leave_one_out_error() const {
  std::vector<double> errors;
  for (const Known& known : known_) {
    const auto seconds = estimate_size(known.problem, known.size, {});
    if (seconds) errors.push_back(*seconds / (std::exp(known.rate) * work_of(known.size)) - 1);
  }
  return root_mean_square(errors);
}

}  // namespace archcost::latency
