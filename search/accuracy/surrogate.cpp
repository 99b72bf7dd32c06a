// SPDX-License-Identifier: Apache-2.0
#include "search/accuracy/surrogate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/accuracy/accuracy_form.hpp"
#include "search/accuracy/least_squares.hpp"

namespace archcost::accuracy {
namespace {

constexpr std::size_t kFewestRows = 3;
constexpr double kBetter = 0.999;  // equal errors differ by rounding

bool contains(const std::vector<std::size_t>& list, std::size_t p) {
  return std::find(list.begin(), list.end(), p) != list.end();
}

bool is_positive(const spec::Value& value) {
  return value.is_number() && spec::Number(0) < value.number();
}

}  // namespace

/// A slice's rows as points, and the polynomial through them.
struct AccuracyModel::Fit {
  std::vector<spec::Value> key;             // of the parameters that have no logarithm
  std::vector<double> center, spread;       // by feature
  std::vector<std::vector<double>> points;  // scaled
  std::optional<ChosenForm> form;

  std::vector<double> scaled(std::vector<double> logs) const {
    for (std::size_t k = 0; k < logs.size(); ++k) logs[k] = (logs[k] - center[k]) / spread[k];
    return logs;
  }
};

/// The networks of all rows; nothing for those that can't be built.
struct AccuracyModel::RowNetworks {
  std::once_flag once;
  std::vector<std::optional<graph::Network>> networks;
};

namespace {

std::optional<graph::Network> network_at(const spec::ArchSpec& spec, graph::BuildOptions options) {
  options.suggest_fix = false;
  try {
    return graph::build_network(spec, options);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<double> logs_of(const std::vector<std::size_t>& features,
                            std::span<const spec::Value> values) {
  std::vector<double> logs;
  for (std::size_t p : features) logs.push_back(std::log(values[p].number().to_double()));
  return logs;
}

std::vector<spec::Value> values_at(const std::vector<std::size_t>& parameters,
                                   std::span<const spec::Value> values) {
  std::vector<spec::Value> picked;
  for (std::size_t p : parameters) picked.push_back(values[p]);
  return picked;
}

}  // namespace

AccuracyModel::AccuracyModel(const spec::ArchSpec& spec, AccuracyTable table)
    : spec_(&spec), table_(std::move(table)), row_networks_(std::make_shared<RowNetworks>()) {
  sort_parameters();
  std::vector<std::vector<spec::Value>> keys;  // by slice
  for (std::size_t r = 0; r < table_.rows.size(); ++r) {
    std::vector<spec::Value> key = values_at(keys_, table_.rows[r].values);
    const auto slice =
        static_cast<std::size_t>(std::find(keys.begin(), keys.end(), key) - keys.begin());
    if (slice == keys.size()) {
      slices_.emplace_back();
      keys.push_back(std::move(key));
    }
    slices_[slice].rows.push_back(r);
  }
  for (std::size_t k = 0; k < slices_.size(); ++k) fit(slices_[k], std::move(keys[k]));
}

// What each parameter is to the table.
void AccuracyModel::sort_parameters() {
  const std::vector<AccuracyRow>& rows = table_.rows;
  for (std::size_t p = 0; p < spec_->main().params.size(); ++p) {
    if (spec_->main().params[p].neutral) continue;
    const bool positive = std::all_of(rows.begin(), rows.end(), [&](const AccuracyRow& row) {
      return is_positive(row.values[p]);
    });
    const bool differs = std::any_of(rows.begin(), rows.end(), [&](const AccuracyRow& row) {
      return !(row.values[p] == rows.front().values[p]);
    });
    if (contains(table_.varied, p))
      (positive ? features_ : keys_).push_back(p);
    else if (differs)
      derived_.push_back(p);
  }
}

void AccuracyModel::fit(AccuracySlice& slice, std::vector<spec::Value> key) {
  Fit fit;
  fit.key = std::move(key);
  std::vector<double> top1;
  for (std::size_t r : slice.rows) {
    fit.points.push_back(logs_of(features_, table_.rows[r].values));
    top1.push_back(table_.rows[r].top1.to_double());
  }
  for (std::size_t k = 0; k < features_.size(); ++k) {
    double low = fit.points.front()[k], high = low;
    for (const auto& point : fit.points) {
      low = std::min(low, point[k]);
      high = std::max(high, point[k]);
    }
    fit.center.push_back((low + high) / 2);
    fit.spread.push_back(high > low ? (high - low) / 2 : 1);
  }
  for (auto& point : fit.points) point = fit.scaled(std::move(point));
  if (slice.rows.size() >= kFewestRows) {
    std::vector<std::string> symbols;
    for (std::size_t p : features_) {
      const spec::ParamSpec& param = spec_->main().params[p];
      symbols.push_back(param.symbol.empty() ? param.name : param.symbol);
    }
    const FormErrors errors = leave_one_out(fit.points, top1);
    // What predicts no better than the mean gives way to it.
    const bool predicts = errors.rmse < kBetter * errors.mean_rmse;
    fit.form = predicts ? choose_form(fit.points, top1) : mean_form(top1);
    slice.form = accuracy::describe(fit.form->form, symbols);
    slice.terms = fit.form->form.size();
    slice.rmse = predicts ? errors.rmse : errors.mean_rmse;
    slice.worst = predicts ? errors.worst : errors.mean_worst;
    slice.mean_rmse = errors.mean_rmse;
  }
  fits_.push_back(std::make_shared<const Fit>(std::move(fit)));
}

bool AccuracyModel::agrees(std::size_t parameter, const spec::Value& value) const {
  return spec_->main().params[parameter].neutral || value == table_.rows.front().values[parameter];
}

// What follows from other parameters in the rows must follow from them here.
bool AccuracyModel::derived_agree(std::span<const spec::Value> values, int& parameter) const {
  if (derived_.empty()) return true;
  graph::BuildOptions options;
  const std::vector<spec::ParamSpec>& params = spec_->main().params;
  for (std::size_t p = 0; p < params.size(); ++p) {
    if (!contains(derived_, p)) options.settings.push_back({params[p].name, values[p], ""});
  }
  const std::vector<spec::Value> bound = values_of(*spec_, options);
  for (std::size_t p : derived_) {
    if (bound[p] == values[p]) continue;
    parameter = static_cast<int>(p);
    return false;
  }
  return true;
}

// No row has these words, lists and zeros together.
AccuracyEstimate AccuracyModel::unlike(std::span<const spec::Value> values) const {
  for (std::size_t p : keys_) {
    const bool known = std::any_of(table_.rows.begin(), table_.rows.end(),
                                   [&](const auto& row) { return row.values[p] == values[p]; });
    if (!known) return {AccuracyEstimate::Kind::kOther, 0, 0, static_cast<int>(p)};
  }
  return {AccuracyEstimate::Kind::kTooFew, 0, 0, -1};
}

AccuracyEstimate AccuracyModel::estimate(std::span<const spec::Value> values) const {
  using Kind = AccuracyEstimate::Kind;
  for (const AccuracyRow& row : table_.rows) {
    if (same_accuracy(*spec_, row.values, values))
      return {Kind::kPublished, row.top1.to_double(), row.unit.to_double() / 2, -1};
  }
  for (std::size_t p = 0; p < values.size(); ++p) {
    if (!contains(table_.varied, p) && !contains(derived_, p) && !agrees(p, values[p]))
      return {Kind::kOther, 0, 0, static_cast<int>(p)};
  }
  int parameter = -1;
  if (!derived_agree(values, parameter)) return {Kind::kOther, 0, 0, parameter};
  const std::vector<spec::Value> key = values_at(keys_, values);
  const auto fit = std::find_if(fits_.begin(), fits_.end(),
                                [&](const auto& known) { return known->key == key; });
  if (fit == fits_.end()) return unlike(values);
  const AccuracySlice& slice = slices_[static_cast<std::size_t>(fit - fits_.begin())];
  if (!(*fit)->form) return {Kind::kTooFew, 0, 0, -1};
  for (std::size_t p : features_) {
    if (!is_positive(values[p])) return {Kind::kOutside, 0, 0, -1, slice.rows.size()};
  }
  const std::vector<double> point = (*fit)->scaled(logs_of(features_, values));
  if (!in_hull((*fit)->points, point)) return {Kind::kOutside, 0, 0, -1, slice.rows.size()};
  return {Kind::kEstimated, predict(*(*fit)->form, point), slice.rmse, -1, slice.rows.size()};
}

const graph::Network* AccuracyModel::row_network(std::size_t row) const {
  std::call_once(row_networks_->once, [&] {
    for (const AccuracyRow& one : table_.rows)
      row_networks_->networks.push_back(network_at(*spec_, one.at));
  });
  const std::optional<graph::Network>& network = row_networks_->networks[row];
  return network ? &*network : nullptr;
}

std::optional<AccuracyEstimate> AccuracyModel::published_as(const graph::Network& network) const {
  for (std::size_t r = 0; r < table_.rows.size(); ++r) {
    const graph::Network* one = row_network(r);
    if (one == nullptr || !graph::same_network(*one, network)) continue;
    const AccuracyRow& row = table_.rows[r];
    return AccuracyEstimate{.kind = AccuracyEstimate::Kind::kPublished,
                            .top1 = row.top1.to_double(),
                            .error = row.unit.to_double() / 2,
                            .row = static_cast<int>(r)};
  }
  return std::nullopt;
}

AccuracyEstimate AccuracyModel::estimate(const graph::BuildOptions& options,
                                         const graph::Network* built) const {
  const AccuracyEstimate found = estimate_by_settings(options);
  if (found.kind == AccuracyEstimate::Kind::kPublished) return found;
  if (built != nullptr) return published_as(*built).value_or(found);
  const auto network = network_at(*spec_, options);
  return network ? published_as(*network).value_or(found) : found;
}

AccuracyEstimate AccuracyModel::estimate_by_settings(const graph::BuildOptions& options) const {
  const std::vector<spec::Value> values = values_of(*spec_, options);
  if (options.input) {
    graph::BuildOptions own = options;
    own.input.reset();
    if (!(graph::build_network(*spec_, own).input == *options.input))
      return {AccuracyEstimate::Kind::kOther, 0, 0, -1};
  }
  return estimate(values);
}

std::string AccuracyModel::describe(const AccuracyEstimate& estimate) const {
  using Kind = AccuracyEstimate::Kind;
  const std::size_t count = estimate.models > 0 ? estimate.models : table_.rows.size();
  const std::string models = count == 1
                                 ? fmt::format("the only model of '{}'", table_.recipe)
                                 : fmt::format("the {} models of '{}'", count, table_.recipe);
  switch (estimate.kind) {
    case Kind::kPublished:
      if (estimate.row < 0) return fmt::format("published, '{}'", table_.recipe);
      return fmt::format("published for the same network, {}, '{}'",
                         table_.rows[static_cast<std::size_t>(estimate.row)].name, table_.recipe);
    case Kind::kEstimated:
      return fmt::format("estimated from {}, ± {:.2f}", models, estimate.error);
    case Kind::kOutside:
      return fmt::format("no estimate: outside what {} span", models);
    case Kind::kTooFew:
      return fmt::format("no estimate: too few among {} are like it", models);
    case Kind::kOther:
      break;
  }
  if (estimate.parameter < 0) return fmt::format("no estimate: its input isn't that of {}", models);
  const auto parameter = static_cast<std::size_t>(estimate.parameter);
  const std::string& name = spec_->main().params[parameter].name;
  std::vector<std::string> values;  // that would do
  for (const AccuracyRow& row : table_.rows) {
    std::string value = spec::to_string(row.values[parameter]);
    if (std::find(values.begin(), values.end(), value) == values.end())
      values.push_back(std::move(value));
  }
  constexpr std::size_t kMostShown = 40;
  const std::string named = fmt::format(" ({}={})", name, join(values, ", "));
  const std::string known = named.size() > kMostShown ? "" : named;
  if (values.size() == 1 && count > 1 && !known.empty())
    return fmt::format("no estimate: all {} models of '{}' have {}={}", count, table_.recipe, name,
                       values.front());
  return count == 1 ? fmt::format("no estimate: {} has another '{}'{}", models, name, known)
                    : fmt::format("no estimate: none of {} has its '{}'{}", models, name, known);
}

bool can_tell_apart(const AccuracyEstimate& a, const AccuracyEstimate& b, bool same_recipe) {
  if (!a.has_value() || !b.has_value()) return false;
  const double recipes = same_recipe ? 0 : 2 * kRecipeSpread;
  return std::abs(a.top1 - b.top1) > a.error + b.error + recipes;
}

}  // namespace archcost::accuracy
