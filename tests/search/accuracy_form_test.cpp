// SPDX-License-Identifier: Apache-2.0
// Forms of a fit against trying all of them with refits, hulls at their edges, rank correlations.
#include "search/accuracy/accuracy_form.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "cost/named_cost.hpp"
#include "search/accuracy/least_squares.hpp"
#include "search/accuracy/rank_correlation.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using accuracy::Form;
using FormRows = std::vector<std::vector<double>>;

namespace {

// Weights by Gauss's elimination of the normal equations; nothing when they are singular.
std::optional<std::vector<double>> plain_fit(const FormRows& rows,
                                             const std::vector<double>& values) {
  const std::size_t n = rows.front().size();
  FormRows a(n, std::vector<double>(n + 1));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) a[i][j] += rows[k][i] * rows[k][j];
      a[i][n] += rows[k][i] * values[k];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t pivot = i;
    for (std::size_t k = i; k < n; ++k) {
      if (std::abs(a[k][i]) > std::abs(a[pivot][i])) pivot = k;
    }
    if (std::abs(a[pivot][i]) < 1e-10) return std::nullopt;
    std::swap(a[i], a[pivot]);
    for (std::size_t k = 0; k < n; ++k) {
      if (k == i) continue;
      const double factor = a[k][i] / a[i][i];
      for (std::size_t j = 0; j <= n; ++j) a[k][j] -= factor * a[i][j];
    }
  }
  std::vector<double> weights;
  for (std::size_t i = 0; i < n; ++i) weights.push_back(a[i][n] / a[i][i]);
  return weights;
}

double plain_product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

// Each row by a fit of the others, minus its value.
std::optional<std::vector<double>> plain_misses(const FormRows& rows,
                                                const std::vector<double>& values) {
  std::vector<double> misses;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    FormRows others;
    std::vector<double> known;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i == k) continue;
      others.push_back(rows[i]);
      known.push_back(values[i]);
    }
    if (others.size() < rows.front().size()) return std::nullopt;
    const auto weights = plain_fit(others, known);
    if (!weights) return std::nullopt;
    misses.push_back(plain_product(*weights, rows[k]) - values[k]);
  }
  return misses;
}

double plain_rms(const std::vector<double>& numbers) {
  return std::sqrt(plain_product(numbers, numbers) / static_cast<double>(numbers.size()));
}

// Of each form its terms in one order, by features: the constant, linear ones, products.
std::vector<Form> plain_forms(int features) {
  std::vector<Form> forms = {{{-1, -1}}};
  for (int some = 1; some < 1 << features; ++some) {
    std::vector<int> used;
    for (int k = 0; k < features; ++k) {
      if ((some & 1 << k) != 0) used.push_back(k);
    }
    const auto count = static_cast<int>(used.size());
    if (features > 4 && count != 1 && count != features) continue;
    for (const bool squares : {false, true}) {
      for (const bool products : {false, true}) {
        if (products && count == 1) continue;
        Form form = {{-1, -1}};
        for (const int k : used) form.emplace_back(-1, k);
        for (const int a : used) {
          for (const int b : used) {
            if (a == b ? squares : a < b && products) form.emplace_back(a, b);
          }
        }
        forms.push_back(form);
      }
    }
  }
  return forms;
}

FormRows plain_rows(const Form& form, const FormRows& points) {
  FormRows rows;
  for (const auto& point : points) {
    auto& row = rows.emplace_back();
    for (const auto& [a, b] : form)
      row.push_back((a < 0 ? 1 : point[static_cast<std::size_t>(a)]) *
                    (b < 0 ? 1 : point[static_cast<std::size_t>(b)]));
  }
  return rows;
}

// The form by its definition, and its weights.
std::pair<Form, std::vector<double>> plain_choice(const FormRows& points,
                                                  const std::vector<double>& values) {
  std::vector<std::pair<Form, double>> errors;
  double least = 1e300;
  for (const Form& form : plain_forms(static_cast<int>(points.front().size()))) {
    if (3 * (form.size() - 1) > points.size()) continue;
    const auto misses = plain_misses(plain_rows(form, points), values);
    if (!misses) continue;
    errors.emplace_back(form, plain_rms(*misses));
    least = std::min(least, errors.back().second);
  }
  const std::pair<Form, double>* best = nullptr;
  for (const auto& one : errors) {
    if (one.second > 1.05 * least) continue;
    if (best == nullptr || one.first.size() < best->first.size() ||
        (one.first.size() == best->first.size() && one.second < best->second))
      best = &one;
  }
  return {best->first, *plain_fit(plain_rows(best->first, points), values)};
}

struct FormData {
  FormRows points;
  std::vector<double> values;
};

// Values that follow some form, with noise.
FormData form_data(std::mt19937& random, std::size_t features, std::size_t count,
                   const std::vector<Form>& forms) {
  const auto number = [&] { return static_cast<double>(random() % 20'001) / 10'000 - 1; };
  const Form& form = forms[random() % forms.size()];
  FormData data;
  std::vector<double> weights(form.size());
  for (double& weight : weights) weight = 5 * number();
  for (std::size_t k = 0; k < count; ++k) {
    auto& point = data.points.emplace_back(features);
    for (double& x : point) x = number();
  }
  for (const auto& row : plain_rows(form, data.points))
    data.values.push_back(60 + plain_product(weights, row) + 0.5 * number());
  return data;
}

FormData form_data(std::mt19937& random, std::size_t features, std::size_t count) {
  return form_data(random, features, count, plain_forms(static_cast<int>(features)));
}

// The largest form that was chosen.
std::size_t check_choice(const FormData& data) {
  const auto [form, weights] = plain_choice(data.points, data.values);
  const accuracy::ChosenForm chosen = accuracy::choose_form(data.points, data.values);
  CHECK(chosen.form == form);
  REQUIRE(chosen.weights.size() == weights.size());
  for (std::size_t k = 0; k < weights.size(); ++k)
    CHECK(chosen.weights[k] == Approx(weights[k]).epsilon(1e-5));
  std::vector<double> somewhere(data.points.front().size(), 0.25);
  somewhere[0] = -0.75;
  CHECK(accuracy::predict(chosen, somewhere) ==
        Approx(plain_product(weights, plain_rows(form, {somewhere}).front())));
  return form.size();
}

}  // namespace

TEST_CASE("a least-squares fit and its misses are those of refits", "[accuracy]") {
  std::mt19937 random(71);
  for (int round = 0; round < 40; ++round) {
    const std::size_t features = 1 + static_cast<std::size_t>(round) % 4;
    const FormData data = form_data(random, features, features + 1 + random() % 6);
    const auto fit = accuracy::least_squares(data.points, data.values);
    const auto weights = plain_fit(data.points, data.values);
    const auto misses = plain_misses(data.points, data.values);
    REQUIRE(fit.has_value());
    for (std::size_t k = 0; k < features; ++k) CHECK(fit->weights[k] == Approx((*weights)[k]));
    REQUIRE(fit->misses.size() == data.values.size());
    for (std::size_t k = 0; k < data.values.size(); ++k)
      CHECK(fit->misses[k] == Approx((*misses)[k]).epsilon(1e-6));
    CHECK(fit->rmse() == Approx(plain_rms(*misses)));
  }
  CHECK(!accuracy::least_squares({}, {}));
  CHECK(!accuracy::least_squares({{}, {}}, {1, 2}));
  CHECK(!accuracy::least_squares({{1}}, {1}));
  CHECK(accuracy::least_squares({{1}, {1}}, {1, 2}).has_value());
  CHECK(!accuracy::least_squares({{1, 0}, {0, 1}, {0, 2}}, {1, 2, 3}));  // one row has a weight
  CHECK(!accuracy::least_squares({{1, 2, 3}, {2, 1, 3}, {1, 1, 2}, {5, 1, 6}}, {1, 2, 3, 4}));
}

TEST_CASE("the form that is chosen is that of trying all", "[accuracy]") {
  std::mt19937 random(73);
  std::size_t largest = 0;
  for (int round = 0; round < 70; ++round) {
    INFO("round " << round);
    const std::size_t features = 1 + static_cast<std::size_t>(round) % 6;
    largest = std::max(largest, check_choice(form_data(random, features, 2 + random() % 16)));
  }
  CHECK(largest > 4);
  // The largest forms, and two features that say nearly the same.
  const std::vector<Form> forms = plain_forms(2), many = plain_forms(5);
  int whole = 0;
  for (int round = 0; round < 12; ++round) {
    INFO("round " << round);
    whole += check_choice(form_data(random, 2, 25, {forms.back()})) == 6 ? 1 : 0;
    // Of five features the linear terms of all.
    const auto linear =
        std::find_if(many.begin(), many.end(), [](const Form& form) { return form.size() == 6; });
    check_choice(form_data(random, 5, 20, {*linear}));
    FormData twins = form_data(random, 1, 14);
    for (auto& point : twins.points)
      point.push_back(point[0] + static_cast<double>(random() % 100) / 1000);
    check_choice(twins);
  }
  CHECK(whole > 6);
}

TEST_CASE("leaving one out chooses a form for the others", "[accuracy]") {
  std::mt19937 random(79);
  for (int round = 0; round < 12; ++round) {
    const std::size_t features = 1 + static_cast<std::size_t>(round) % 2;
    const FormData data = form_data(random, features, 3 + random() % 8);
    std::vector<double> misses, mean_misses;
    for (std::size_t k = 0; k < data.points.size(); ++k) {
      FormRows others = data.points;
      std::vector<double> values = data.values;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
      values.erase(values.begin() + static_cast<std::ptrdiff_t>(k));
      const auto [form, weights] = plain_choice(others, values);
      misses.push_back(plain_product(weights, plain_rows(form, {data.points[k]}).front()) -
                       data.values[k]);
      double mean = 0;
      for (const double value : values) mean += value / static_cast<double>(values.size());
      mean_misses.push_back(mean - data.values[k]);
    }
    const auto worst = [](const std::vector<double>& all) {
      double most = 0;
      for (const double one : all) most = std::max(most, std::abs(one));
      return most;
    };
    const accuracy::FormErrors errors = accuracy::leave_one_out(data.points, data.values);
    CHECK(errors.rmse == Approx(plain_rms(misses)).epsilon(1e-6));
    CHECK(errors.worst == Approx(worst(misses)).epsilon(1e-6));
    CHECK(errors.mean_rmse == Approx(plain_rms(mean_misses)));
    CHECK(errors.mean_worst == Approx(worst(mean_misses)));
  }
  const accuracy::ChosenForm mean = accuracy::mean_form({60, 70, 77});
  CHECK(mean.form == Form{{-1, -1}});
  CHECK(mean.weights == std::vector<double>{69});
  CHECK(accuracy::predict(mean, {4, 5}) == 69);
}

TEST_CASE("a form is told by its terms", "[accuracy]") {
  const std::vector<std::string> symbols = {"α", "ρ", "g"};
  CHECK(accuracy::describe({{-1, -1}}, symbols) == "mean");
  CHECK(accuracy::describe({{-1, -1}, {-1, 0}}, symbols) == "ln α");
  CHECK(accuracy::describe({{-1, -1}, {-1, 1}, {-1, 2}, {1, 1}, {1, 2}, {0, 2}}, symbols) ==
        "ln ρ, ln g, ln² ρ, ln ρ · ln g, ln α · ln g");
}

TEST_CASE("a hull ends at its edges, but for rounding", "[accuracy]") {
  const FormRows line = {{-0.5}, {0.75}, {0.25}};
  for (const auto& [x, inside] : std::vector<std::pair<double, bool>>{{-0.5, true},
                                                                      {-0.5 - 4e-8, true},
                                                                      {-0.5 - 1e-6, false},
                                                                      {0.75 + 4e-8, true},
                                                                      {0.75 + 1e-6, false},
                                                                      {0, true},
                                                                      {-0.25, true},
                                                                      {0.7, true},
                                                                      {-2, false},
                                                                      {9, false}})
    CHECK(accuracy::in_hull(line, {x}) == inside);
  // A triangle, by the sides on which a point lies.
  const FormRows triangle = {{-1, -1}, {1, -0.5}, {0.25, 1}};
  std::mt19937 random(83);
  int inside = 0;
  for (int k = 0; k < 300; ++k) {
    const std::vector<double> p = {static_cast<double>(random() % 240) / 100 - 1.2,
                                   static_cast<double>(random() % 240) / 100 - 1.2};
    double least = 1;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto &a = triangle[i], &b = triangle[(i + 1) % 3];
      least = std::min(least, (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]));
    }
    if (std::abs(least) < 1e-6) continue;
    CHECK(accuracy::in_hull(triangle, p) == (least > 0));
    inside += least > 0 ? 1 : 0;
  }
  CHECK(inside > 50);
  // Many points on a line in three dimensions, each twice.
  FormRows twice;
  for (int k = 0; k <= 10; ++k) {
    for (int again = 0; again < 2; ++again) twice.push_back({k / 10.0, 1 - k / 10.0, k / 5.0 - 1});
  }
  CHECK(accuracy::in_hull(twice, {0.33, 0.67, -0.34}));
  CHECK(!accuracy::in_hull(twice, {0.33, 0.67, -0.33}));
  CHECK(!accuracy::in_hull(twice, {1.01, -0.01, 1.02}));
  CHECK(accuracy::in_hull({{0.5, -0.5}}, {0.5, -0.5}));
  CHECK(!accuracy::in_hull({{0.5, -0.5}}, {0.5, 0.5}));
  CHECK(!accuracy::in_hull({}, {0.5}));
  CHECK(accuracy::in_hull({{}}, {}));  // tables that vary nothing
}

TEST_CASE("Kendall's rank correlation by its pairs", "[accuracy]") {
  std::mt19937 random(89);
  for (int round = 0; round < 60; ++round) {
    std::vector<double> a, b;
    for (std::size_t k = 0; k < 2 + static_cast<std::size_t>(round) % 9; ++k) {
      a.push_back(static_cast<double>(random() % 5));
      b.push_back(static_cast<double>(random() % 3));
    }
    double concordant = 0, discordant = 0, only_a = 0, only_b = 0;  // tied in one of them alone
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        const double product = (a[i] - a[k]) * (b[i] - b[k]);
        concordant += product > 0;
        discordant += product < 0;
        only_a += a[i] == a[k] && b[i] != b[k];
        only_b += b[i] == b[k] && a[i] != a[k];
      }
    }
    const double pairs = concordant + discordant;
    const auto tau = accuracy::kendall(a, b);
    const double scale = std::sqrt((pairs + only_a) * (pairs + only_b));
    CHECK(tau.has_value() == (scale > 0));
    if (tau) CHECK(*tau == Approx((concordant - discordant) / scale));
  }
}

TEST_CASE("rank correlations of costs are those of the rows' networks", "[accuracy]") {
  // The costs of the rows have different orders: a widens the first layer, b the last.
  const spec::ArchSpec spec = spec::read_spec_text("net.yaml", R"(
name: net
params: {a: 1, b: 1}
input: {channels: 3, height: 16, width: 16}
layers:
  - conv: {out: a, kernel: 3}
  - conv: {out: 4, kernel: 3, stride: 8}
  - conv: {out: b, kernel: 3, stride: 2}
accuracy:
  - {at: {a: 1, b: 90}, top1: 60, source: s}
  - {at: {a: 2, b: 50}, top1: 63, source: s}
  - {at: {a: 3, b: 70}, top1: 62, source: s}
  - {at: {a: 5, b: 10}, top1: 66, source: s}
)",
                                                   ".");
  const accuracy::AccuracyTable table = accuracy::accuracy_tables(spec).front();
  const std::vector<std::string> costs = {"macs", "entropy", "params"};
  const auto correlations = accuracy::rank_correlations(spec, table, costs);
  REQUIRE(correlations.size() == 3);
  for (std::size_t c = 0; c < costs.size(); ++c) {
    std::vector<double> values;
    for (const accuracy::AccuracyRow& row : table.rows) {
      const graph::Network network = graph::build_network(spec, row.at);
      cost::CostReader reader(network, {});
      values.push_back(static_cast<double>(reader.cost(costs[c])->value()));
    }
    const std::vector<double> top1 = {60, 63, 62, 66};
    CHECK(correlations[c].cost == costs[c]);
    CHECK(*correlations[c].spearman == Approx(*spearman(values, top1)));
    CHECK(*correlations[c].kendall == Approx(*accuracy::kendall(values, top1)));
  }
  CHECK(*correlations[0].kendall != Approx(*correlations[2].kendall));
}
