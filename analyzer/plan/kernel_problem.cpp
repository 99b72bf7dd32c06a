// SPDX-License-Identifier: Apache-2.0
#include "plan/kernel_problem.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "core/text.hpp"
#include "layers/layer_table.hpp"

namespace archcost::plan {
namespace {

template <class Number>
bool read(std::string_view text, Number& number) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  return status == std::errc() && end == text.data() + text.size();
}

std::string dims_text(const graph::Dims& d) {
  return fmt::format("{}x{}x{}x{}", d.batch, d.channels, d.height, d.width);
}

std::optional<graph::Dims> dims_from_text(const std::string& text) {
  const std::vector<std::string> sides = split(text, 'x');
  std::int64_t sizes[4];
  if (sides.size() != std::size(sizes)) return {};
  for (std::size_t i = 0; i < std::size(sizes); ++i) {
    if (!read(sides[i], sizes[i])) return {};
  }
  return graph::runnable_dims(sizes[0], sizes[1], sizes[2], sizes[3]);
}

/// The name of a fused operation: see name_of(PointwiseOp).
bool is_pointwise_name(const std::string& name) {
  constexpr std::string_view kOthers[] = {"affine", "prelu", "add", "multiply", "gate"};
  const layers::LayerKind* kind = layers::find_kind(name);
  return (kind != nullptr && kind->activation) ||
         std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers);
}

}  // namespace

bool KernelProblem::adds() const {
  return std::find(pointwise.begin(), pointwise.end(), "add") != pointwise.end();
}

KernelProblem reorder_problem(const graph::Dims& dims, int threads) {
  KernelProblem problem;
  problem.kind = KernelProblem::kReorder;
  problem.inputs = {dims};
  problem.output = dims;
  problem.threads = threads;
  return problem;
}

std::string to_text(const KernelProblem& problem) {
  std::string text = problem.kind;
  for (const graph::Dims& input : problem.inputs) text += " " + dims_text(input);
  if (problem.is_reorder()) return text + fmt::format(" {}T", problem.threads);
  text += " > " + dims_text(problem.output);
  for (const std::int64_t number : problem.numbers) text += fmt::format(" {}", number);
  for (const int word : problem.words) text += fmt::format(" w{}", word);
  if (problem.folded_norm) text += " norm";
  if (!problem.pointwise.empty()) text += " " + join(problem.pointwise, "+");
  if (problem.sum_in_place) text += " in place";
  if (problem.reads_image) text += " image";
  return text + fmt::format(" f32 {}T", problem.threads);
}

std::optional<KernelProblem> problem_from_text(const std::string& text) {
  const std::vector<std::string> words = split(text, ' ');
  if (words.size() < 3) return {};
  KernelProblem problem;
  problem.kind = words[0];
  bool after_inputs = false;
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    std::int64_t number = 0;
    int choice = 0;
    if (word == ">") {
      after_inputs = true;
    } else if (const auto dims = dims_from_text(word)) {
      if (!after_inputs) problem.inputs.push_back(*dims);
      problem.output = *dims;
    } else if (read(word, number)) {
      problem.numbers.push_back(number);
    } else if (word[0] == 'w' && read(std::string_view(word).substr(1), choice)) {
      problem.words.push_back(choice);
    } else if (word == "norm") {
      problem.folded_norm = true;
    } else if (word == "in" && words[i + 1] == "place") {
      problem.sum_in_place = true;
      ++i;
    } else if (word == "image") {
      problem.reads_image = true;
    } else if (word != "f32") {
      problem.pointwise = split(word, '+');
      if (!std::all_of(problem.pointwise.begin(), problem.pointwise.end(), is_pointwise_name))
        return {};
    }
  }
  const std::string& threads = words.back();
  if (problem.inputs.empty() || !threads.ends_with('T') ||
      !read(std::string_view(threads).substr(0, threads.size() - 1), problem.threads) ||
      to_text(problem) != text) {
    return {};
  }
  return problem;
}

}  // namespace archcost::plan
