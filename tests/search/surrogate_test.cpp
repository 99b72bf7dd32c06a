// SPDX-License-Identifier: Apache-2.0
// The surrogate: its error on published models, where it refuses, and what it is made of.
#include "search/accuracy/surrogate.hpp"

#include <fmt/core.h>

#include <cmath>
#include <map>
#include <random>

#include "search/accuracy/accuracy_form.hpp"
#include "search/accuracy/least_squares.hpp"
#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Kind = accuracy::AccuracyEstimate::Kind;

accuracy::AccuracyModel model_of(const std::string& family, const std::string& recipe) {
  return {shipped_spec(family),
          accuracy::table_of(accuracy::accuracy_tables(shipped_spec(family)), recipe)};
}

graph::BuildOptions options_for(const spec::ArchSpec& spec,
                                const std::vector<std::string>& settings,
                                const std::string& preset = "") {
  graph::BuildOptions options;
  options.preset = preset;
  for (const std::string& setting : settings)
    options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  return options;
}

using Matrix = std::vector<std::vector<double>>;

// The normal equations by elimination: another way to the same weights.
std::vector<double> solve(const Matrix& rows, const std::vector<double>& values) {
  const std::size_t n = rows.front().size();
  Matrix a(n, std::vector<double>(n + 1));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) a[i][j] += rows[k][i] * rows[k][j];
      a[i][n] += rows[k][i] * values[k];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t r = 0; r < n; ++r) {
      if (r == i) continue;
      const double factor = a[r][i] / a[i][i];
      for (std::size_t j = i; j <= n; ++j) a[r][j] -= factor * a[i][j];
    }
  }
  std::vector<double> weights;
  for (std::size_t i = 0; i < n; ++i) weights.push_back(a[i][n] / a[i][i]);
  return weights;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

}  // namespace

TEST_CASE("the 16 models of MobileNet v1 are predicted within a quarter of a point", "[accuracy]") {
  const accuracy::AccuracyModel model = model_of("mobilenet_v1", "slim");
  REQUIRE(model.slices().size() == 1);
  const accuracy::AccuracySlice& slice = model.slices().front();
  CHECK(slice.rows.size() == 16);
  CHECK(slice.rmse <= 0.25);
  CHECK(slice.rmse > 0.05);  // sixteen figures with one decimal aren't predicted better
  CHECK(slice.mean_rmse > 8);
  CHECK(slice.worst >= slice.rmse);
}

// The same error by leaving each row out for the full quadratic, solved another way.
TEST_CASE("leave-one-out by brute force: a quadratic in ln α and ln ρ", "[accuracy]") {
  const accuracy::AccuracyTable table =
      accuracy::table_of(accuracy::accuracy_tables(shipped_spec("mobilenet_v1")), "slim");
  Matrix rows;
  std::vector<double> values;
  for (const accuracy::AccuracyRow& row : table.rows) {
    const double a = std::log(row.values[0].number().to_double()),
                 r = std::log(row.values[1].number().to_double());
    rows.push_back({1, a, r, a * a, r * r, a * r});
    values.push_back(row.top1.to_double());
  }
  const auto fit = accuracy::least_squares(rows, values);
  REQUIRE(fit);
  double squares = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    Matrix others = rows;
    std::vector<double> other_values = values;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(k));
    other_values.erase(other_values.begin() + static_cast<std::ptrdiff_t>(k));
    const double miss = dot(solve(others, other_values), rows[k]) - values[k];
    CHECK(fit->misses[k] == Approx(miss).margin(1e-6));
    squares += miss * miss;
  }
  CHECK(fit->rmse() == Approx(std::sqrt(squares / 16)));
  CHECK(fit->rmse() < 0.25);
}

TEST_CASE("published, estimated, refused", "[accuracy]") {
  const accuracy::AccuracyModel model = model_of("mobilenet_v1", "slim");
  const spec::ArchSpec& spec = shipped_spec("mobilenet_v1");
  const auto estimate = [&](const std::vector<std::string>& settings) {
    return model.estimate(options_for(spec, settings));
  };
  const accuracy::AccuracyEstimate half = estimate({"alpha=1/2", "rho=6/7"});
  CHECK(half.kind == Kind::kPublished);
  CHECK(half.top1 == 61.7);
  CHECK(half.error == 0.05);
  CHECK(model.describe(half) == "published, 'slim'");
  const accuracy::AccuracyEstimate between = estimate({"alpha=0.6", "rho=6/7"});
  CHECK(between.kind == Kind::kEstimated);
  CHECK(between.top1 > 61.7);
  CHECK(between.top1 < 67.2);
  CHECK(between.error == model.slices().front().rmse);
  CHECK(model.describe(between) ==
        fmt::format("estimated from the 16 models of 'slim', ± {:.2f}", between.error));
  for (const char* alpha : {"alpha=0.24", "alpha=1.01", "alpha=2"}) {
    const accuracy::AccuracyEstimate outside = estimate({alpha});
    CHECK(outside.kind == Kind::kOutside);
    CHECK(outside.top1 == 0);
    CHECK(model.describe(outside) == "no estimate: outside what the 16 models of 'slim' span");
  }
  CHECK(estimate({"rho=0.5"}).kind == Kind::kOutside);
  CHECK(estimate({"rho=0.9", "alpha=0.25"}).kind == Kind::kEstimated);  // on the edge
  for (const auto& [other, theirs] :
       {std::pair("shallow=1", "shallow=0"), std::pair("se=1", "se=0"),
        std::pair("separable=0", "separable=1"), std::pair("classes=10", "classes=1000")}) {
    const accuracy::AccuracyEstimate refused = estimate({other, "alpha=0.5"});
    CHECK(refused.kind == Kind::kOther);
    CHECK(model.describe(refused) ==
          fmt::format("no estimate: all 16 models of 'slim' have {}", theirs));
  }
  graph::BuildOptions options = options_for(spec, {"alpha=0.5"});
  options.input = TensorShape{3, 224, 224};
  CHECK(model.estimate(options).kind == Kind::kPublished);
  options.input = TensorShape{3, 32, 32};
  CHECK(model.estimate(options).kind == Kind::kOther);
  CHECK(model.describe(model.estimate(options)) ==
        "no estimate: its input isn't that of the 16 models of 'slim'");
}

TEST_CASE("a network that equals a published one has its figure", "[accuracy]") {
  const accuracy::AccuracyModel model = model_of("mobilenet_v2", "slim");
  const spec::ArchSpec& spec = shipped_spec("mobilenet_v2");
  int equal = 0, other = 0;
  for (int k = 480; k <= 515; ++k) {
    const std::string alpha = fmt::format("alpha={}/500", k);
    INFO(alpha);
    const accuracy::AccuracyEstimate found = model.estimate(options_for(spec, {alpha}));
    const graph::Network network = graph::build_network(spec, options_for(spec, {alpha}));
    bool published = false;
    for (const accuracy::AccuracyRow& row : model.table().rows) {
      if (!same_layers(network, graph::build_network(spec, row.at)) ||
          !(network.input == graph::build_network(spec, row.at).input))
        continue;
      published = true;
      CHECK(found.top1 == row.top1.to_double());
      CHECK(found.error == row.unit.to_double() / 2);
      if (found.row < 0) continue;  // its own settings
      ++equal;
      CHECK(model.table().rows[static_cast<std::size_t>(found.row)].name == row.name);
      CHECK(model.describe(found) ==
            fmt::format("published for the same network, {}, 'slim'", row.name));
    }
    CHECK((found.kind == Kind::kPublished) == published);
    other += published ? 0 : 1;
  }
  CHECK(equal >= 2);  // 0.99 and others
  CHECK(other > 10);
}

TEST_CASE("what follows from other parameters must follow from them", "[accuracy]") {
  const accuracy::AccuracyModel model = model_of("shufflenet_v1", "paper");
  const spec::ArchSpec& spec = shipped_spec("shufflenet_v1");
  CHECK(model.estimate(options_for(spec, {"g=3", "s=0.75"})).kind == Kind::kEstimated);
  CHECK(model.estimate(options_for(spec, {"g=3", "s=0.5", "stem=12"})).kind == Kind::kPublished);
  const accuracy::AccuracyEstimate stem =
      model.estimate(options_for(spec, {"g=3", "s=0.75", "stem=24"}));
  CHECK(stem.kind == Kind::kOther);
  CHECK(spec.main().params[static_cast<std::size_t>(stem.parameter)].name == "stem");
  // g = 8 was trained up to s = 1 only.
  CHECK(model.estimate(options_for(spec, {"g=8", "s=1.5"})).kind == Kind::kOutside);
  // Two models without shuffle at each of three scales: too unlike the others for their fit.
  CHECK(model.estimate(options_for(spec, {"g=3", "s=0.7", "shuffle=0"})).has_value());
  const accuracy::AccuracyEstimate few =
      model.estimate(options_for(spec, {"g=3", "s=1.7", "se=1"}));
  CHECK(few.kind == Kind::kTooFew);
  CHECK(model.describe(few) == "no estimate: too few among the 25 models of 'paper' are like it");
  const accuracy::AccuracyModel amc = model_of("mobilenet_v1", "AMC, arXiv:1802.03494");
  CHECK(amc.describe(amc.estimate(options_for(shipped_spec("mobilenet_v1"), {}))) ==
        "no estimate: the only model of 'AMC, arXiv:1802.03494' has another 'widths'");
}

TEST_CASE("reductions of SE: a neutral parameter makes no difference", "[accuracy]") {
  const accuracy::AccuracyModel model = model_of("resnet", "SE ablations");
  const spec::ArchSpec& spec = shipped_spec("resnet");
  for (const char* bias : {"se_bias=0", "se_bias=1"}) {
    const accuracy::AccuracyEstimate found =
        model.estimate(options_for(spec, {"reduction=8", bias}, "se_resnet50"));
    CHECK(found.kind == Kind::kPublished);
    CHECK(found.top1 == 77.74);
  }
  CHECK(model.estimate(options_for(spec, {"reduction=12"}, "se_resnet50")).kind ==
        Kind::kEstimated);
  CHECK(model.estimate(options_for(spec, {"reduction=64"}, "se_resnet50")).kind == Kind::kOutside);
  CHECK(model.estimate(options_for(spec, {"depth=101"}, "se_resnet50")).kind == Kind::kOther);
}

TEST_CASE("fits of shipped tables predict better than the mean where they are large",
          "[accuracy]") {
  const accuracy::AccuracyModel v2 = model_of("mobilenet_v2", "slim"),
                                shuffle = model_of("shufflenet_v1", "paper"),
                                efficient = model_of("efficientnet", "paper table 2"),
                                regnet = model_of("regnet", "pycls");
  CHECK(v2.slices().front().rows.size() == 22);
  CHECK(v2.slices().front().rmse < 0.7);
  CHECK(shuffle.slices().front().rmse < 1.2);
  CHECK(efficient.slices().front().rmse < 0.6 * efficient.slices().front().mean_rmse);
  // Lists of widths have no logarithm: every network stands alone, and has its figure only.
  CHECK(regnet.slices().front().form.empty());
}

TEST_CASE("estimates at the points of a space are those of its networks", "[accuracy]") {
  const auto check = [](const accuracy::AccuracyModel& model, const std::string& family,
                        const std::vector<std::string>& vary, const std::string& preset) {
    const spec::ArchSpec& spec = shipped_spec(family);
    graph::BuildOptions options;
    options.preset = preset;
    const space::SweepSpace space = space::sweep_space(spec, vary);
    accuracy::AccuracyOnSpace on_space(model, spec, options, space);
    std::map<Kind, int> kinds;
    for (int pass = 0; pass < 2; ++pass) {
      for (std::uint64_t point = 0; point < space.points(); ++point) {
        const std::vector<std::size_t> indices = space.indices(point);
        graph::BuildOptions at = options;
        for (std::size_t k = 0; k < indices.size(); ++k)
          at.settings.push_back({space.axes[k].param, space.axes[k].values[indices[k]], ""});
        const accuracy::AccuracyEstimate expected = model.estimate(at),
                                         found = on_space.at(indices);
        REQUIRE(found.kind == expected.kind);
        REQUIRE(found.top1 == expected.top1);
        REQUIRE(found.error == expected.error);
        ++kinds[found.kind];
      }
    }
    return kinds;
  };
  auto kinds =
      check(model_of("mobilenet_v1", "slim"), "mobilenet_v1",
            {"shallow=0,1", "alpha=0.2:1.1:0.05", "classes=1000,10", "rho=0.5:1:1/14"}, "");
  CHECK(kinds[Kind::kPublished] == 2 * 16);
  CHECK(kinds[Kind::kEstimated] > 0);
  CHECK(kinds[Kind::kOutside] > 0);
  CHECK(kinds[Kind::kOther] > 0);
  kinds = check(model_of("shufflenet_v1", "paper"), "shufflenet_v1",
                {"g", "s=0.25:2:0.25", "stem=12,24", "se=0,1"}, "");
  CHECK(kinds[Kind::kOther] > 0);
  CHECK(kinds[Kind::kPublished] > 0);
  kinds = check(model_of("resnet", "SE ablations"), "resnet",
                {"reduction=1:40:1", "gate=sigmoid,tanh", "se_bias=0,1"}, "se_resnet50");
  CHECK(kinds[Kind::kPublished] == 2 * 2 * (5 + 1));
}

TEST_CASE("a convex combination lies in the hull, what is beyond doesn't", "[accuracy]") {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int trial = 0; trial < 400; ++trial) {
    const std::size_t dimensions = 1 + static_cast<std::size_t>(trial) % 4,
                      count = 1 + random() % 12;
    Matrix points(count, std::vector<double>(dimensions));
    for (auto& point : points) {
      for (double& x : point) x = uniform(random);
      if (trial % 3 == 0 && dimensions > 1) point[1] = 0.5 - point[0];  // on a line or in a plane
    }
    std::vector<double> weights(count), inside(dimensions), far(dimensions);
    double sum = 0;
    for (double& weight : weights) sum += weight = uniform(random) + 1;
    for (std::size_t k = 0; k < count; ++k) {
      for (std::size_t d = 0; d < dimensions; ++d) inside[d] += weights[k] / sum * points[k][d];
    }
    INFO("trial " << trial);
    CHECK(accuracy::in_hull(points, inside));
    for (const auto& point : points) CHECK(accuracy::in_hull(points, point));
    // A direction in which nothing of the hull is as far.
    std::vector<double> direction(dimensions);
    double most = -1e9;
    for (double& x : direction) x = uniform(random);
    for (const auto& point : points) most = std::max(most, dot(point, direction));
    const double length = dot(direction, direction);
    for (std::size_t d = 0; d < dimensions; ++d)
      far[d] = inside[d] + direction[d] * (most - dot(inside, direction) + 1e-3) / length;
    CHECK_FALSE(accuracy::in_hull(points, far));
  }
  CHECK_FALSE(accuracy::in_hull({}, {0}));
}

TEST_CASE("least squares: exact data come out exact, dependent columns are refused", "[accuracy]") {
  const Matrix rows = {{1, 0}, {1, 1}, {1, 2}, {1, 4}};
  const auto fit = accuracy::least_squares(rows, {3, 5, 7, 11});
  REQUIRE(fit);
  CHECK(fit->weights[0] == Approx(3));
  CHECK(fit->weights[1] == Approx(2));
  CHECK(fit->rmse() == Approx(0).margin(1e-12));
  CHECK_FALSE(accuracy::least_squares({{1, 2}, {1, 2}, {1, 2}}, {1, 2, 3}));
  CHECK_FALSE(
      accuracy::least_squares({{1, 0}, {1, 0}, {1, 5}}, {1, 2, 3}));  // one row settles a weight
  CHECK_FALSE(accuracy::least_squares({{1, 0}, {1, 1}}, {1, 2}));
}

TEST_CASE("the form is found among those that are tried", "[accuracy]") {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Matrix points(20, std::vector<double>(2));
  std::vector<double> straight, curved;
  for (auto& point : points) {
    for (double& x : point) x = uniform(random);
    const double noise = 0.01 * uniform(random);
    straight.push_back(70 + 3 * point[0] + noise);
    curved.push_back(70 + 3 * point[0] + 2 * point[1] - 4 * point[0] * point[1] + noise);
  }
  const std::vector<std::string> symbols = {"α", "ρ"};
  CHECK(accuracy::describe(accuracy::choose_form(points, straight).form, symbols) == "ln α");
  const accuracy::ChosenForm form = accuracy::choose_form(points, curved);
  CHECK(accuracy::describe(form.form, symbols) == "ln α, ln ρ, ln α · ln ρ");
  CHECK(accuracy::predict(form, {0.5, -0.5}) == Approx(70 + 1.5 - 1 + 1).epsilon(0.001));
  CHECK(accuracy::describe(accuracy::choose_form(points, std::vector<double>(20, 7)).form,
                           symbols) == "mean");
  CHECK(accuracy::leave_one_out(points, curved).rmse < 0.02);
}

TEST_CASE("accuracies that can be told apart", "[accuracy]") {
  const auto value = [](double top1, double error) {
    return accuracy::AccuracyEstimate{Kind::kEstimated, top1, error, -1};
  };
  CHECK(accuracy::can_tell_apart(value(70, 0.2), value(70.5, 0.2), true));
  CHECK_FALSE(accuracy::can_tell_apart(value(70, 0.2), value(70.39, 0.2), true));
  CHECK_FALSE(accuracy::can_tell_apart(value(70, 0.2),
                                       value(70.39 + 2 * accuracy::kRecipeSpread, 0.2), false));
  CHECK(accuracy::can_tell_apart(value(70, 0.2), value(70.41 + 2 * accuracy::kRecipeSpread, 0.2),
                                 false));
  CHECK_FALSE(accuracy::can_tell_apart(value(70, 0.2), accuracy::AccuracyEstimate{}, true));
}

// Networks of which several recipes tell: the deviations of their figures from their mean.
TEST_CASE("how much recipes differ is what the shipped tables say", "[accuracy]") {
  double squares = 0, freedom = 0;
  for (const std::string& name : shipped_library().names()) {
    const spec::ArchSpec& spec = shipped_spec(name);
    std::vector<std::pair<std::vector<spec::Value>, std::vector<double>>> networks;
    for (const accuracy::AccuracyTable& table : accuracy::accuracy_tables(spec)) {
      for (const accuracy::AccuracyRow& row : table.rows) {
        auto known = std::find_if(networks.begin(), networks.end(), [&](const auto& network) {
          return accuracy::same_accuracy(spec, network.first, row.values);
        });
        if (known == networks.end()) known = networks.insert(known, {row.values, {}});
        known->second.push_back(row.top1.to_double());
      }
    }
    for (const auto& [values, figures] : networks) {
      double mean = 0;
      for (double figure : figures) mean += figure / static_cast<double>(figures.size());
      for (double figure : figures) squares += (figure - mean) * (figure - mean);
      freedom += static_cast<double>(figures.size()) - 1;
    }
  }
  CHECK(freedom > 20);
  CHECK(std::sqrt(squares / freedom) == Approx(accuracy::kRecipeSpread).margin(0.005));
}
