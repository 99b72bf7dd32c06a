#include "latency/latency_estimate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/statistics.hpp"
#include "core/text.hpp"
#include "layers/layer_table.hpp"

namespace archcost {
namespace {

constexpr std::size_t kNeighbours = 16;
/// Moving a number costs about as much as so many multiply-adds.
constexpr double kMacsForNumber = 4;
/// Keeps the slopes of a fit small where the neighbours say little about them.
constexpr double kRidge = 0.05;

struct Tensor4 {
  double batch = 1, channels = 1, height = 1, width = 1;
  double positions() const { return batch * height * width; }
  double elements() const { return positions() * channels; }
};

std::optional<Tensor4> tensor_of(const std::string& text) {
  const std::vector<std::string> sides = split(text, 'x');
  if (sides.size() != 4) return {};
  std::array<double, 4> sizes{};
  for (std::size_t i = 0; i < 4; ++i) {
    const char* end = sides[i].data() + sides[i].size();
    const auto [stop, status] = std::from_chars(sides[i].data(), end, sizes[i]);
    if (status != std::errc() || stop != end) return {};
  }
  return Tensor4{sizes[0], sizes[1], sizes[2], sizes[3]};
}

bool is_number(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

/// The number of an attribute, `part` 1 the width of an extent.
double attribute(const LayerKind* kind, const std::vector<double>& numbers, std::string_view name,
                 int part, double fallback) {
  if (kind == nullptr) return fallback;
  const int index = find_attribute(*kind, name);
  if (index < 0) return fallback;
  const auto place = static_cast<std::size_t>(slot_of(kind->attributes, index).number + part);
  return place < numbers.size() ? numbers[place] : fallback;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double squares = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    squares += (a[i] - b[i]) * (a[i] - b[i]);
  }
  return std::sqrt(squares);
}

/// Solves the symmetric system in place; the matrix is positive definite.
std::vector<double> solve(std::vector<std::vector<double>> m, std::vector<double> right) {
  const std::size_t n = right.size();
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t r = c + 1; r < n; ++r) {
      const double factor = m[r][c] / m[c][c];
      for (std::size_t k = c; k < n; ++k) m[r][k] -= factor * m[c][k];
      right[r] -= factor * right[c];
    }
  }
  for (std::size_t c = n; c-- > 0;) {
    for (std::size_t k = c + 1; k < n; ++k) right[c] -= m[c][k] * right[k];
    right[c] /= m[c][c];
  }
  return right;
}

double work_of(const ProblemSize& size) {
  return std::max(1.0, size.macs + kMacsForNumber * size.numbers);
}

}  // namespace

ProblemSize problem_size(const std::string& problem) {
  const std::vector<std::string> words = split(problem, ' ');
  ProblemSize size;
  std::vector<Tensor4> inputs;
  Tensor4 output;
  std::vector<double> numbers;
  bool behind = false, more_inputs = false, image = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == ">") {
      behind = true;
    } else if (const auto tensor = tensor_of(words[i])) {
      if (behind) {
        output = *tensor;
      } else {
        inputs.push_back(*tensor);
      }
    } else if (is_number(words[i])) {
      numbers.push_back(std::stod(words[i]));
    } else if (words[i].find("add") != std::string::npos) {
      more_inputs = true;
    } else if (words[i] == "image") {
      image = true;
    }
  }
  if (inputs.empty()) inputs.push_back(output);
  if (!behind) output = inputs[0];  // a reorder
  const Tensor4& in = inputs[0];
  const LayerKind* kind = find_kind(words[0]);
  size.broad = words[0];
  size.kind = words[0];
  const double kh = attribute(kind, numbers, "kernel", 0, 1),
               kw = attribute(kind, numbers, "kernel", 1, 1),
               stride = attribute(kind, numbers, "stride", 0, 1),
               groups = attribute(kind, numbers, "groups", 0, 1);
  double weights = 0;
  if (words[0] == "conv" || words[0] == "conv_transpose") {
    weights = in.channels / groups * output.channels * kh * kw;
    size.macs = weights * (words[0] == "conv" ? output.positions() : in.positions());
    const bool depthwise = groups > 1 && groups == in.channels;
    size.kind += fmt::format(" {}x{} /{}{}{}", kh, kw, stride,
                             depthwise    ? " depthwise"
                             : groups > 1 ? " grouped"
                                          : "",
                             image ? " image" : "");
  } else if (words[0] == "linear") {
    weights = in.elements() / in.batch * output.channels;
    size.macs = weights * in.batch;
  } else if (kind != nullptr && find_attribute(*kind, "kernel") >= 0) {
    size.kind += fmt::format(" {}x{} /{}", kh, kw, stride);
  }
  size.numbers = weights + output.elements();
  for (const Tensor4& input : inputs) size.numbers += input.elements();
  if (more_inputs) size.numbers += output.elements();
  size.place = {std::log(in.channels / groups), std::log(output.channels / groups),
                std::log(output.positions()), std::log(groups)};
  // What is done on the way weighs little, but it separates otherwise equal ones.
  size.place.push_back(more_inputs ? 0.3 : 0);
  return size;
}

LatencyEstimator::LatencyEstimator(std::vector<TimedProblem> problems) {
  for (TimedProblem& timed : problems) {
    Known known{std::move(timed.problem), {}, 0};
    known.size = problem_size(known.problem);
    known.rate = std::log(timed.seconds / work_of(known.size));
    by_kind_[known.size.kind].push_back(known_.size());
    by_broad_[known.size.broad].push_back(known_.size());
    known_.push_back(std::move(known));
  }
}

std::optional<double> LatencyEstimator::estimate(const std::string& problem,
                                                 std::span<const std::string> without) const {
  const ProblemSize wanted = problem_size(problem);
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
  std::vector<const Known*> neighbours = gather(by_kind_, wanted.kind);
  if (neighbours.empty()) neighbours = gather(by_broad_, wanted.broad);
  if (neighbours.empty()) return {};
  return fit(neighbours, wanted);
}

std::optional<double> LatencyEstimator::fit(const std::vector<const Known*>& all,
                                            const ProblemSize& wanted) const {
  std::vector<std::pair<double, const Known*>> near;
  for (const Known* known : all)
    near.emplace_back(distance(known->size.place, wanted.place), known);
  const std::size_t count = std::min(kNeighbours, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(count), near.end(),
                    [](const auto& a, const auto& b) {
                      return a.first != b.first ? a.first < b.first
                                                : a.second->problem < b.second->problem;
                    });
  near.resize(count);
  const double reach = std::max(near[std::min<std::size_t>(2, count - 1)].first, 0.1);
  // 1, and the distance in each direction: the constant is the value at the place itself.
  const std::size_t terms = 1 + wanted.place.size();
  std::vector<std::vector<double>> matrix(terms, std::vector<double>(terms, 0));
  std::vector<double> right(terms, 0);
  double total = 0;
  for (const auto& [far, known] : near) {
    const double weight = 1 / (1 + far * far / (reach * reach));
    std::vector<double> row(terms, 1);
    for (std::size_t i = 1; i < terms; ++i) row[i] = known->size.place[i - 1] - wanted.place[i - 1];
    for (std::size_t i = 0; i < terms; ++i) {
      for (std::size_t k = 0; k < terms; ++k) matrix[i][k] += weight * row[i] * row[k];
      right[i] += weight * row[i] * known->rate;
    }
    total += weight;
  }
  for (std::size_t i = 0; i < terms; ++i) {
    matrix[i][i] += total * (i == 0 ? 1e-9 : kRidge);
  }
  return std::exp(solve(matrix, right)[0]) * work_of(wanted);
}

double LatencyEstimator::leave_one_out_error() const {
  std::vector<double> errors;
  for (const Known& known : known_) {
    const auto seconds = estimate(known.problem);
    if (seconds) errors.push_back(*seconds / (std::exp(known.rate) * work_of(known.size)) - 1);
  }
  return root_mean_square(errors);
}

}  // namespace archcost
