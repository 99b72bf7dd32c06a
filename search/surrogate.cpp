#include "search/surrogate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "graph/bind.hpp"
#include "search/accuracy_form.hpp"
#include "search/least_squares.hpp"

namespace archcost {
namespace {

constexpr std::size_t kFewestRows = 3;

bool is_positive(const Value& value) { return value.is_number() && Number(0) < value.number(); }

}  // namespace

/// A slice's rows as points, and the polynomial through them.
struct AccuracyModel::Fit {
  std::vector<Value> key;                   // of the parameters that have no logarithm
  std::vector<double> center, spread;       // by feature
  std::vector<std::vector<double>> points;  // scaled
  std::optional<ChosenForm> form;

  std::vector<double> scaled(std::vector<double> logs) const {
    for (std::size_t k = 0; k < logs.size(); ++k) logs[k] = (logs[k] - center[k]) / spread[k];
    return logs;
  }
};

namespace {

std::vector<double> logs_of(const std::vector<std::size_t>& features,
                            std::span<const Value> values) {
  std::vector<double> logs;
  for (std::size_t p : features) logs.push_back(std::log(values[p].number().to_double()));
  return logs;
}

std::vector<Value> values_at(const std::vector<std::size_t>& parameters,
                             std::span<const Value> values) {
  std::vector<Value> picked;
  for (std::size_t p : parameters) picked.push_back(values[p]);
  return picked;
}

}  // namespace

AccuracyModel::AccuracyModel(const ArchSpec& spec, AccuracyTable table)
    : spec_(&spec), table_(std::move(table)) {
  for (std::size_t p : table_.varied) {
    const bool positive =
        std::all_of(table_.rows.begin(), table_.rows.end(),
                    [&](const AccuracyRow& row) { return is_positive(row.values[p]); });
    (positive ? features_ : keys_).push_back(p);
  }
  for (std::size_t p = 0; p < spec.main().params.size(); ++p) {
    const bool differs = std::any_of(
        table_.rows.begin(), table_.rows.end(),
        [&](const AccuracyRow& row) { return !(row.values[p] == table_.rows.front().values[p]); });
    const bool varied =
        std::find(table_.varied.begin(), table_.varied.end(), p) != table_.varied.end();
    if (differs && !varied && !spec.main().params[p].neutral) derived_.push_back(p);
  }
  std::vector<std::vector<Value>> keys;
  for (std::size_t r = 0; r < table_.rows.size(); ++r) {
    std::vector<Value> key = values_at(keys_, table_.rows[r].values);
    const auto known = std::find(keys.begin(), keys.end(), key);
    if (known == keys.end()) slices_.emplace_back();
    slices_[static_cast<std::size_t>(known - keys.begin())].rows.push_back(r);
    if (known == keys.end()) keys.push_back(std::move(key));
  }
  std::vector<std::string> symbols;
  for (std::size_t p : features_) {
    const ParamSpec& param = spec.main().params[p];
    symbols.push_back(param.symbol.empty() ? param.name : param.symbol);
  }
  for (std::size_t s = 0; s < slices_.size(); ++s) {
    AccuracySlice& slice = slices_[s];
    Fit fit;
    fit.key = keys[s];
    std::vector<double> top1;
    for (std::size_t r : slice.rows) {
      fit.points.push_back(logs_of(features_, table_.rows[r].values));
      top1.push_back(table_.rows[r].top1.to_double());
    }
    for (std::size_t k = 0; k < features_.size(); ++k) {
      double low = fit.points.front()[k], high = low;
      for (const auto& point : fit.points)
        low = std::min(low, point[k]), high = std::max(high, point[k]);
      fit.center.push_back((low + high) / 2);
      fit.spread.push_back(high > low ? (high - low) / 2 : 1);
    }
    for (auto& point : fit.points) point = fit.scaled(std::move(point));
    if (slice.rows.size() >= kFewestRows) fit.form = choose_form(fit.points, top1);
    if (fit.form) {
      const FormErrors errors = leave_one_out(fit.points, top1);
      slice.form = archcost::describe(fit.form->form, symbols);
      slice.terms = fit.form->form.size();
      slice.rmse = errors.rmse;
      slice.worst = errors.worst;
      slice.mean_rmse = errors.mean_rmse;
    }
    fits_.push_back(std::make_shared<const Fit>(std::move(fit)));
  }
}

bool AccuracyModel::agrees(std::size_t parameter, const Value& value) const {
  return spec_->main().params[parameter].neutral || value == table_.rows.front().values[parameter];
}

// What follows from other parameters in the rows must follow from them here.
bool AccuracyModel::derived_agree(std::span<const Value> values, int& parameter) const {
  if (derived_.empty()) return true;
  BuildOptions options;
  const std::vector<ParamSpec>& params = spec_->main().params;
  for (std::size_t p = 0; p < params.size(); ++p) {
    if (std::find(derived_.begin(), derived_.end(), p) == derived_.end())
      options.settings.push_back({params[p].name, values[p], ""});
  }
  const std::vector<FileValues> bound = bind_parameters(*spec_, options);
  for (std::size_t p : derived_) {
    if (*bound.front().params[p] == values[p]) continue;
    parameter = static_cast<int>(p);
    return false;
  }
  return true;
}

AccuracyEstimate AccuracyModel::estimate(std::span<const Value> values) const {
  using Kind = AccuracyEstimate::Kind;
  for (const AccuracyRow& row : table_.rows) {
    if (same_accuracy(*spec_, row.values, values))
      return {Kind::kPublished, row.top1.to_double(), row.unit.to_double() / 2, -1};
  }
  for (std::size_t p = 0; p < values.size(); ++p) {
    const auto among = [&](const std::vector<std::size_t>& list) {
      return std::find(list.begin(), list.end(), p) != list.end();
    };
    if (!among(table_.varied) && !among(derived_) && !agrees(p, values[p]))
      return {Kind::kOther, 0, 0, static_cast<int>(p)};
  }
  int parameter = -1;
  if (!derived_agree(values, parameter)) return {Kind::kOther, 0, 0, parameter};
  const std::vector<Value> key = values_at(keys_, values);
  const auto fit = std::find_if(fits_.begin(), fits_.end(),
                                [&](const auto& known) { return known->key == key; });
  if (fit == fits_.end()) return {Kind::kOther, 0, 0, static_cast<int>(keys_.front())};
  const AccuracySlice& slice = slices_[static_cast<std::size_t>(fit - fits_.begin())];
  if (!(*fit)->form) return {Kind::kTooFew, 0, 0, -1};
  for (std::size_t p : features_) {
    if (!is_positive(values[p])) return {Kind::kOutside, 0, 0, -1};
  }
  const std::vector<double> point = (*fit)->scaled(logs_of(features_, values));
  if (!in_hull((*fit)->points, point)) return {Kind::kOutside, 0, 0, -1};
  return {Kind::kEstimated, predict(*(*fit)->form, point), slice.rmse, -1};
}

AccuracyEstimate AccuracyModel::estimate(const BuildOptions& options) const {
  std::vector<Value> values;
  for (const auto& value : bind_parameters(*spec_, options).front().params)
    values.push_back(*value);
  if (options.input) {
    BuildOptions own = options;
    own.input.reset();
    if (!(build_network(*spec_, own).input == *options.input))
      return {AccuracyEstimate::Kind::kOther, 0, 0, -1};
  }
  return estimate(values);
}

std::string AccuracyModel::describe(const AccuracyEstimate& estimate) const {
  using Kind = AccuracyEstimate::Kind;
  const std::string models =
      fmt::format("the {} models of '{}'", table_.rows.size(), table_.recipe);
  switch (estimate.kind) {
    case Kind::kPublished:
      return fmt::format("published, '{}'", table_.recipe);
    case Kind::kEstimated:
      return fmt::format("estimated from {}, ± {:.2f}", models, estimate.error);
    case Kind::kOutside:
      return fmt::format("no estimate: outside what {} span", models);
    case Kind::kTooFew:
      return fmt::format("no estimate: too few of {} are like it", models);
    case Kind::kOther:
      break;
  }
  if (estimate.parameter < 0) return fmt::format("no estimate: its input isn't that of {}", models);
  return fmt::format("no estimate: none of {} has its '{}'", models,
                     spec_->main().params[static_cast<std::size_t>(estimate.parameter)].name);
}

bool can_tell_apart(const AccuracyEstimate& a, const AccuracyEstimate& b, bool same_recipe) {
  if (!a.has_value() || !b.has_value()) return false;
  const double difference = std::abs(a.top1 - b.top1);
  return difference > a.error + b.error && (same_recipe || difference > kRecipeSpread);
}

}  // namespace archcost
