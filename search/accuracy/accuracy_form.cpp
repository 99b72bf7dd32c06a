// SPDX-License-Identifier: Apache-2.0
#include "search/accuracy/accuracy_form.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/statistics.hpp"
#include "core/text.hpp"
#include "search/accuracy/least_squares.hpp"

namespace archcost::accuracy {
namespace {

constexpr double kAboutAsGood = 1.05;
constexpr std::size_t kPointsForATerm = 3;  // beside the constant
constexpr unsigned kMostCombined = 4;       // features of which every combination is tried

double value_of(const FormTerm& term, const std::vector<double>& point) {
  double value = 1;
  for (int feature : {term.first, term.second}) {
    if (feature >= 0) value *= point[static_cast<std::size_t>(feature)];
  }
  return value;
}

// The constant, then in the features of `some` the linear terms, squares and products as asked.
Form form_of(unsigned some, bool squares, bool products) {
  Form form = {{-1, -1}};
  for (int k = 0; some >> k != 0; ++k) {
    if ((some >> k & 1) != 0) form.emplace_back(-1, k);
  }
  const auto linear = static_cast<std::ptrdiff_t>(form.size());
  for (std::ptrdiff_t a = 1; a < linear; ++a) {
    for (std::ptrdiff_t b = a; b < linear; ++b) {
      if (a == b ? squares : products)
        form.emplace_back(form[static_cast<std::size_t>(a)].second,
                          form[static_cast<std::size_t>(b)].second);
    }
  }
  return form;
}

std::vector<Form> forms_in(std::size_t features) {
  std::vector<Form> forms = {form_of(0, false, false)};
  for (unsigned some = 1; some < 1u << std::min<std::size_t>(features, 16); ++some) {
    const bool one = std::has_single_bit(some);
    if (features > kMostCombined && !one && some + 1 != 1u << features) continue;
    forms.push_back(form_of(some, false, false));
    forms.push_back(form_of(some, true, false));
    if (one) continue;
    forms.push_back(form_of(some, false, true));
    forms.push_back(form_of(some, true, true));
  }
  return forms;
}

std::vector<std::vector<double>> rows_of(const Form& form,
                                         const std::vector<std::vector<double>>& points) {
  std::vector<std::vector<double>> rows;
  for (const auto& point : points) {
    auto& row = rows.emplace_back();
    for (const FormTerm& term : form) row.push_back(value_of(term, point));
  }
  return rows;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (double value : values) most = std::max(most, std::abs(value));
  return most;
}

}  // namespace

ChosenForm choose_form(const std::vector<std::vector<double>>& points,
                       const std::vector<double>& values) {
  struct Candidate {
    Form form;
    LeastSquares fit;
    double rmse;
  };
  std::vector<Candidate> candidates;
  for (Form& form : forms_in(points.front().size())) {
    if (form.size() > 1 + points.size() / kPointsForATerm) continue;
    auto fit = least_squares(rows_of(form, points), values);
    if (!fit) continue;
    const double error = fit->rmse();
    candidates.push_back({std::move(form), std::move(*fit), error});
  }
  const double least =
      std::min_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
        return a.rmse < b.rmse;
      })->rmse;
  const Candidate* best = nullptr;
  for (const Candidate& candidate : candidates) {
    if (candidate.rmse > kAboutAsGood * least) continue;
    if (best == nullptr || candidate.form.size() < best->form.size() ||
        (candidate.form.size() == best->form.size() && candidate.rmse < best->rmse))
      best = &candidate;
  }
  return {best->form, best->fit.weights};
}

ChosenForm mean_form(const std::vector<double>& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return {form_of(0, false, false), {sum / static_cast<double>(values.size())}};
}

double predict(const ChosenForm& form, const std::vector<double>& point) {
  double sum = 0;
  for (std::size_t t = 0; t < form.form.size(); ++t)
    sum += form.weights[t] * value_of(form.form[t], point);
  return sum;
}

FormErrors leave_one_out(const std::vector<std::vector<double>>& points,
                         const std::vector<double>& values) {
  std::vector<double> misses, mean_misses;
  for (std::size_t k = 0; k < points.size(); ++k) {
    std::vector<std::vector<double>> others = points;
    std::vector<double> other_values = values;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
    other_values.erase(other_values.begin() + static_cast<std::ptrdiff_t>(k));
    misses.push_back(predict(choose_form(others, other_values), points[k]) - values[k]);
    mean_misses.push_back(predict(mean_form(other_values), points[k]) - values[k]);
  }
  FormErrors errors;
  errors.rmse = root_mean_square(misses);
  errors.mean_rmse = root_mean_square(mean_misses);
  errors.worst = largest(misses);
  errors.mean_worst = largest(mean_misses);
  return errors;
}

std::string describe(const Form& form, const std::vector<std::string>& symbols) {
  std::vector<std::string> texts;
  for (const auto& [a, b] : form) {
    if (b < 0) continue;
    const std::string& second = symbols[static_cast<std::size_t>(b)];
    texts.push_back(
        a < 0    ? fmt::format("ln {}", second)
        : a == b ? fmt::format("ln² {}", second)
                 : fmt::format("ln {} · ln {}", symbols[static_cast<std::size_t>(a)], second));
  }
  return texts.empty() ? "mean" : join(texts, ", ");
}

}  // namespace archcost::accuracy
