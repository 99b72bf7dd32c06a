// SPDX-License-Identifier: Apache-2.0
#include "plan/kernel_option.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace archcost::plan {
namespace {

template <std::size_t N>
using Names = std::array<std::string_view, N>;
constexpr Names<kLayouts> kLayoutNames = {"nchw", "nhwc", "nChwc"};
constexpr Names<8> kMethods = {
    "",          "winograd", "inner product", "batched matmul", "matmul per group",
    "reduction", "reorder",  "separate"};
constexpr Names<4> kAlternatives = {"", "second", "third", "fourth"};
constexpr Names<3> kOrigins = {"library", "reference", "plain loops"};
/// Faults by TrialResult; of kFailed the failure.
constexpr Names<3> kFaults = {"", "unimplemented", "reference kernel, not needed"};

template <class Value, std::size_t N>
std::string_view name_in(const Names<N>& names, Value value) {
  return names.at(static_cast<std::size_t>(value));
}

template <class Value, std::size_t N>
std::optional<Value> value_in(const Names<N>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return {};
  return static_cast<Value>(found - names.begin());
}

}  // namespace

std::string to_text(const KernelOption& option) {
  std::string text =
      fmt::format("{}>{}", name_in(kLayoutNames, option.in), name_in(kLayoutNames, option.out));
  if (option.method != Method::kPrimitive)
    text += fmt::format(" {}", name_in(kMethods, option.method));
  if (option.alternative > 0)
    text += fmt::format(" {}", name_in(kAlternatives, option.alternative));
  return text;
}

std::optional<KernelOption> option_from_text(std::string_view text) {
  const std::string_view layouts = text.substr(0, text.find(' '));
  const bool has_more = layouts.size() < text.size();
  const std::string_view rest = has_more ? text.substr(layouts.size() + 1) : "";
  const std::size_t arrow = layouts.find('>');
  if (arrow == std::string_view::npos || (has_more && rest.empty())) return {};
  const auto in = value_in<Layout>(kLayoutNames, layouts.substr(0, arrow));
  const auto out = value_in<Layout>(kLayoutNames, layouts.substr(arrow + 1));
  if (!in || !out) return {};
  if (const auto method = value_in<Method>(kMethods, rest)) return KernelOption{*in, *out, *method};
  if (const auto alternative = value_in<int>(kAlternatives, rest))
    return KernelOption{*in, *out, Method::kPrimitive, *alternative};
  return {};
}

std::string_view name_of(KernelOrigin origin) { return name_in(kOrigins, origin); }

KernelOrigin origin_from_name(std::string_view name) {
  return value_in<KernelOrigin>(kOrigins, name).value_or(KernelOrigin::kLibrary);
}

std::string Trial::fault() const {
  return result == TrialResult::kFailed ? failure : std::string(name_in(kFaults, result));
}

void Trial::set_fault(const std::string& text) {
  result = value_in<TrialResult>(kFaults, text).value_or(TrialResult::kFailed);
  failure = result == TrialResult::kFailed ? text : "";
}

nlohmann::json trial_json(const std::string& problem, const KernelOption& option,
                          const Trial& trial) {
  return {{"problem", problem},       {"option", option},
          {"seconds", trial.seconds}, {"implementation", trial.implementation},
          {"origin", trial.origin},   {"fault", trial.fault()}};
}

void add_trial(const nlohmann::json& json, KernelChoices& choices) {
  const auto option = option_from_text(json.at("option").get<std::string>());
  if (!option) return;
  Trial& trial = choices[json.at("problem")][*option];
  trial = {json.at("seconds"), json.at("implementation"),
           json.value("origin", KernelOrigin::kLibrary)};
  trial.set_fault(json.at("fault"));
}

nlohmann::json to_json(const KernelChoices& choices) {
  nlohmann::json json = nlohmann::json::array();
  for (const auto& [problem, options] : choices) {
    for (const auto& [option, trial] : options) json.push_back(trial_json(problem, option, trial));
  }
  return json;
}

KernelChoices choices_from_json(const nlohmann::json& json) {
  KernelChoices choices;
  for (const nlohmann::json& trial : json) add_trial(trial, choices);
  return choices;
}

void to_json(nlohmann::json& json, const KernelOption& option) { json = to_text(option); }
void from_json(const nlohmann::json& json, KernelOption& option) {
  option = option_from_text(json.get<std::string>()).value();
}
void to_json(nlohmann::json& json, KernelOrigin origin) { json = name_of(origin); }
void from_json(const nlohmann::json& json, KernelOrigin& origin) {
  origin = origin_from_name(json.get<std::string>());
}

}  // namespace archcost::plan
