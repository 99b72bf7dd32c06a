// SPDX-License-Identifier: Apache-2.0
// Models of accuracies over small tables: kinds of answers and their texts, estimates at the points
// of spaces, and which recipes are chosen.
#include <fmt/core.h>

#include <cmath>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/accuracy/recipe_choice.hpp"
#include "search/accuracy/surrogate.hpp"
#include "search/space/sweep_space.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using accuracy::AccuracyEstimate;
using accuracy::AccuracyModel;
using EstimateKind = AccuracyEstimate::Kind;

namespace {

// b follows a; the note makes no difference; c rounds to the same network for 1 and 1.2.
spec::ArchSpec model_spec(const std::string& rows, const std::string& name = "net") {
  return spec::read_spec_text(
      name + ".yaml",
      fmt::format("name: {}\nparams:\n  a: {{default: 1}}\n  b: {{default: 2 * a}}\n"
                  "  c: {{default: 1, symbol: γ}}\n  kind: {{default: x, choices: [x, y, z]}}\n"
                  "  note: {{default: 1, neutral: true}}\n"
                  "input: {{channels: 3, height: 6, width: 4}}\nlayers:\n"
                  "  - conv: {{out: round(4 * c) + 0 * note}}\n  - conv: {{out: a}}\n"
                  "  - conv: {{out: b + (1 if kind == x else 2 if kind == y else 3)}}\n{}",
                  name, rows.empty() ? rows : "accuracy:\n" + rows),
      ".");
}

std::string model_row(const std::string& at, const std::string& top1,
                      const std::string& recipe = "r") {
  return fmt::format("  - {{at: {{{}}}, top1: {}, source: s, recipe: {}}}\n", at, top1, recipe);
}

graph::BuildOptions model_options(const spec::ArchSpec& spec, const std::string& settings) {
  graph::BuildOptions options;
  for (const std::string& setting : split(settings, ' ')) {
    if (!setting.empty()) options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  }
  return options;
}

// ln(top1) is a straight line in ln a: a power.
std::string power_rows() {
  std::string rows;
  for (const int a : {1, 2, 4, 8}) {
    rows += model_row(fmt::format("a: {}", a), fmt::format("{:.1f}", 60 + 3 * std::log2(a)));
    rows +=
        model_row(fmt::format("a: {}, kind: y", a), fmt::format("{:.1f}", 62 + 2 * std::log2(a)));
  }
  return rows + model_row("a: 2, kind: z", "50.25");
}

}  // namespace

TEST_CASE("what a model answers: a row's figure, an estimate, or why there is none", "[accuracy]") {
  const spec::ArchSpec spec = model_spec(power_rows());
  const AccuracyModel model(spec, accuracy::accuracy_tables(spec).front());
  REQUIRE(model.slices().size() == 3);
  CHECK(model.slices()[0].form == "ln a");
  CHECK(model.slices()[0].terms == 2);
  CHECK(model.slices()[0].rows == std::vector<std::size_t>{0, 2, 4, 6});
  CHECK(model.slices()[0].rmse < 0.05);
  CHECK(model.slices()[0].mean_rmse > 3);
  CHECK(model.slices()[2].form.empty());
  CHECK(model.slices()[2].rows == std::vector<std::size_t>{8});
  const auto estimate = [&](const std::string& settings) {
    return model.estimate(model_options(spec, settings));
  };
  const auto text = [&](const std::string& settings) { return model.describe(estimate(settings)); };

  const AccuracyEstimate published = estimate("a=4 kind=y note=3");
  CHECK(published.kind == EstimateKind::kPublished);
  CHECK(published.top1 == 66);
  CHECK(published.error == 0.05);
  CHECK(published.row == -1);
  CHECK(published.models == 0);
  CHECK(estimate("a=2 kind=z").error == 0.005);
  CHECK(text("a=4") == "published, 'r'");
  CHECK(text("a=1 c=1.1") == "published for the same network, a=1, 'r'");

  const AccuracyEstimate between = estimate("a=3");
  CHECK(between.kind == EstimateKind::kEstimated);
  CHECK(between.has_value());
  CHECK(between.top1 == Approx(60 + 3 * std::log2(3)).margin(0.05));
  CHECK(between.error == model.slices()[0].rmse);
  CHECK(between.models == 4);
  CHECK(estimate("a=3 kind=y").top1 == Approx(62 + 2 * std::log2(3)).margin(0.05));
  CHECK(text("a=3") == fmt::format("estimated from the 4 models of 'r', ± {:.2f}", between.error));

  CHECK(estimate("a=9").kind == EstimateKind::kOutside);
  CHECK(estimate("a=9").models == 4);
  CHECK(!estimate("a=9").has_value());
  CHECK(text("a=9") == "no estimate: outside what the 4 models of 'r' span");
  CHECK(estimate("a=3 kind=z").kind == EstimateKind::kTooFew);
  CHECK(text("a=3 kind=z") == "no estimate: too few among the 9 models of 'r' are like it");
  CHECK(estimate("c=2").kind == EstimateKind::kOther);
  CHECK(estimate("c=2").parameter == 2);
  CHECK(text("c=2") == "no estimate: all 9 models of 'r' have c=1");
  CHECK(estimate("a=3 b=7").parameter == 1);
  CHECK(text("a=3 b=7") == "no estimate: none of the 9 models of 'r' has its 'b' (b=2, 4, 8, 16)");
  CHECK(estimate("a=3 b=6").kind == EstimateKind::kEstimated);  // as it follows from a
  // Where there is no figure all of it is empty, but for what is told.
  for (const auto& [settings, parameter] : std::vector<std::pair<std::string, int>>{
           {"a=9", -1}, {"a=3 kind=z", -1}, {"c=2", 2}, {"a=3 b=7", 1}, {"a=-1", -1}}) {
    INFO(settings);
    const AccuracyEstimate none =
        model.estimate(accuracy::values_of(spec, model_options(spec, settings)));
    CHECK(!none.has_value());
    CHECK(none.top1 == 0);
    CHECK(none.error == 0);
    CHECK(none.parameter == parameter);
    CHECK(none.row == -1);
  }
  CHECK(published.parameter == -1);
  // Another setting of the same network.
  const AccuracyEstimate same = estimate("a=8 c=1.1");
  CHECK(same.kind == EstimateKind::kPublished);
  CHECK(same.top1 == 69);
  CHECK(same.row == 6);
  CHECK(same.error == 0.05);
  CHECK(text("a=8 c=1.1") == "published for the same network, a=8, 'r'");
  // Another input.
  graph::BuildOptions larger = model_options(spec, "a=3");
  larger.input = TensorShape{Count(3), Count(6), Count(5)};
  CHECK(model.estimate(larger).kind == EstimateKind::kOther);
  CHECK(model.estimate(larger).parameter == -1);
  CHECK(model.estimate(larger).top1 == 0);
  CHECK(model.estimate(larger).error == 0);
  CHECK(model.describe(model.estimate(larger)) ==
        "no estimate: its input isn't that of the 9 models of 'r'");
  larger.input = TensorShape{Count(3), Count(6), Count(4)};
  CHECK(model.estimate(larger).kind == EstimateKind::kEstimated);
  // By the network that is there already.
  const graph::Network network = graph::build_network(spec, model_options(spec, "a=8 c=1.1"));
  CHECK(model.published_as(network)->row == 6);
  CHECK(model.estimate(model_options(spec, "a=3"), &network).row == 6);
  CHECK(!model.published_as(graph::build_network(spec, model_options(spec, "a=5"))));
  CHECK(model.row_network(0) != nullptr);
}

TEST_CASE("a model of few rows, of a row that can't be built, of zeros and of noise",
          "[accuracy]") {
  const auto described = [](const std::string& rows, const std::string& settings) {
    const spec::ArchSpec spec = model_spec(rows);
    const AccuracyModel model(spec, accuracy::accuracy_tables(spec).front());
    return model.describe(model.estimate(model_options(spec, settings)));
  };
  CHECK(described(model_row("a: 2", "60"), "a=3") ==
        "no estimate: the only model of 'r' has another 'a' (a=2)");
  CHECK(described(model_row("kind: y", "60") + model_row("kind: x", "61"), "kind=z") ==
        "no estimate: none of the 2 models of 'r' has its 'kind' (kind=y, x)");
  CHECK(described(model_row("a: 2", "60") + model_row("a: 4", "61"), "a=3") ==
        "no estimate: too few among the 2 models of 'r' are like it");
  const std::string three =
      model_row("c: 3, a: 1", "60") + model_row("c: 3, a: 2", "61") + model_row("c: 3, a: 4", "62");
  CHECK(described(three, "c=3 a=3") == "estimated from the 3 models of 'r', ± 1.22");
  CHECK(described(three, "a=3") == "no estimate: all 3 models of 'r' have c=3");
  CHECK(described(model_row("a: 2, c: 3", "60") + model_row("a: 4, c: 3", "61"), "a=2") ==
        "no estimate: all 2 models of 'r' have c=3");
  // A parameter that varies in some rows alone, and one that varies very little.
  CHECK(described(
            three + model_row("c: 3, a: 2, kind: y", "60") + model_row("c: 4, a: 2, kind: y", "60"),
            "c=3 a=3")
            .starts_with("estimated from the 3 models"));
  const std::string close =
      model_row("c: 1000000", "60") + model_row("c: 1000001", "61") + model_row("c: 1000002", "62");
  const spec::ArchSpec near_spec = model_spec(close);
  const AccuracyModel near_model(near_spec, accuracy::accuracy_tables(near_spec).front());
  const auto kind_of = [&](const std::string& settings) {
    return near_model.estimate(accuracy::values_of(near_spec, model_options(near_spec, settings)))
        .kind;
  };
  CHECK(kind_of("c=1000001.5") == EstimateKind::kEstimated);
  CHECK(kind_of("c=1000002.05") == EstimateKind::kOutside);
  CHECK(kind_of("c=999999.95") == EstimateKind::kOutside);
  const spec::ArchSpec words = model_spec(model_row("kind: y", "60") + model_row("kind: x", "61"));
  const AccuracyEstimate unlike =
      AccuracyModel(words, accuracy::accuracy_tables(words).front())
          .estimate(accuracy::values_of(words, model_options(words, "kind=z")));
  CHECK(unlike.kind == EstimateKind::kOther);
  CHECK(unlike.parameter == 3);
  CHECK(unlike.top1 == 0);
  CHECK(unlike.error == 0);
  const spec::ArchSpec zeros =
      model_spec(model_row("kind: x, a: 0", "60") + model_row("kind: y", "61"));
  const AccuracyEstimate few =
      AccuracyModel(zeros, accuracy::accuracy_tables(zeros).front())
          .estimate(accuracy::values_of(zeros, model_options(zeros, "kind=y a=0")));
  CHECK(few.kind == EstimateKind::kTooFew);
  CHECK(few.parameter == -1);
  CHECK(few.top1 == 0);
  CHECK(few.error == 0);
  // Values that would take more than 40 characters are not told.
  std::string many;
  for (int c = 1; c <= 9; ++c)
    many += model_row(fmt::format("c: {}000, a: {}", c, c), fmt::format("6{}", c));
  CHECK(described(many, "a=2 b=9 c=2000") ==
        "no estimate: none of the 9 models of 'r' has its 'b' (b=2, 4, 6, 8, 10, 12, 14, 16, 18)");
  const std::string ten = many + model_row("c: 3, a: 100", "70"),
                    longer = many + model_row("c: 3, a: 1000", "70");
  CHECK(described(ten, "a=2 b=9 c=2000") ==
        "no estimate: none of the 10 models of 'r' has its 'b' (b=2, 4, 6, 8, 10, 12, 14, 16, 18, "
        "200)");
  CHECK(described(longer, "a=2 b=9 c=2000") ==
        "no estimate: none of the 10 models of 'r' has its 'b'");
  // A row whose network can't be built has its figure all the same.
  const std::string broken = model_row("a: 0, c: 3", "60") + model_row("a: 2, c: 3", "61");
  const spec::ArchSpec spec = model_spec(broken);
  const AccuracyModel model(spec, accuracy::accuracy_tables(spec).front());
  CHECK(model.row_network(0) == nullptr);
  CHECK(model.row_network(1) != nullptr);
  CHECK(model.estimate(model_options(spec, "a=0 c=3")).top1 == 60);
  CHECK(model.estimate(model_options(spec, "a=2 c=3.05")).row == 1);
  // Where 0 occurs there is no logarithm: rows with it are a slice of their own.
  REQUIRE(model.slices().size() == 2);
  // What follows no form is as good as its mean.
  std::string noise;
  const std::vector<int> figures = {60, 66, 61, 65, 60, 66};
  for (std::size_t k = 0; k < figures.size(); ++k)
    noise += model_row(fmt::format("a: {}", k + 1), fmt::format("{}", figures[k]));
  const spec::ArchSpec noisy = model_spec(noise);
  const AccuracyModel mean(noisy, accuracy::accuracy_tables(noisy).front());
  CHECK(mean.slices()[0].form == "mean");
  CHECK(mean.slices()[0].terms == 1);
  CHECK(mean.slices()[0].worst == Approx(3.6));
  CHECK(mean.slices()[0].rmse == mean.slices()[0].mean_rmse);
  CHECK(mean.estimate(model_options(noisy, "a=2.5")).top1 == Approx(63));
}

TEST_CASE("estimates at the points of a space are those of their settings", "[accuracy]") {
  const spec::ArchSpec spec = model_spec(power_rows());
  const AccuracyModel model(spec, accuracy::accuracy_tables(spec).front());
  const auto compare = [&](const std::vector<std::string>& vary, std::size_t step) {
    const space::SweepSpace space = space::sweep_space(spec, vary, {});
    accuracy::AccuracyOnSpace on_space(model, spec, {}, space);
    for (int again = 0; again < 2; ++again) {
      for (std::uint64_t p = 0; p < space.points(); p += step) {
        const std::vector<std::size_t> at = space.indices(p);
        const AccuracyEstimate found = on_space.at(at);
        const AccuracyEstimate expected =
            model.estimate(accuracy::values_of(spec, space.options({}, at)));
        CHECK(found.kind == expected.kind);
        CHECK(found.top1 == expected.top1);
        CHECK(found.error == expected.error);
        CHECK(found.models == expected.models);
        if (found.kind == EstimateKind::kOther) CHECK(found.parameter >= 0);
      }
    }
  };
  compare({"kind=x,y,z", "a=1:9:1", "note=1,2", "c=1,2", "b=2,4,6"}, 1);
  compare({"c=2,1", "note=1,2", "a=1:9:2", "kind=z,y"}, 1);
  // More combinations than are kept.
  compare({"a=1:3000:1", "b=2:3000:1"}, 999'983);
  compare({"a=1:3000:1", "b=2:1400:1"}, 999'983);
}

namespace {

// A job over a spec with these rows: a = 1 to 8 and kinds x and y.
sweep::SweepJob recipe_job(const std::string& rows, const std::vector<std::string>& vary,
                           const std::string& label = "net") {
  sweep::SweepJob job;
  job.label = label;
  job.spec = model_spec(rows, label);
  job.space = space::sweep_space(job.spec, vary, {});
  return job;
}

struct RecipeChoice {
  std::string recipes;  // by job
  std::string notes;
};

RecipeChoice chosen_recipes(const std::vector<std::string>& rows,
                            const std::vector<std::string>& vary,
                            const accuracy::AccuracyRequest& request = {}) {
  std::vector<sweep::SweepJob> jobs;
  const std::vector<std::string> labels = {"one", "two", "six"};
  for (std::size_t j = 0; j < rows.size(); ++j)
    jobs.push_back(recipe_job(rows[j], vary, labels[j]));
  try {
    const accuracy::ChosenAccuracies chosen = accuracy::choose_recipes(jobs, request);
    std::vector<std::string> recipes;
    for (const auto& model : chosen.models)
      recipes.push_back(model ? model->table().recipe : "none");
    return {join(recipes, " "), join(chosen.notes, " | ")};
  } catch (const Error& error) {
    return {"", error.what()};
  }
}

std::string recipe_rows(const std::string& recipe, const std::vector<int>& values) {
  std::string rows;
  for (const int a : values)
    rows += model_row(fmt::format("a: {}", a), fmt::format("{}", 60 + a), recipe);
  return rows;
}

const std::string kTakes = " (--recipe NAME takes another).";
const std::string kSpecTakes = " (--recipe SPEC:NAME takes another).";
const std::string kDiffer =
    "The specs share no recipe with figures for all; recipes differ by ± 0.51 points.";

}  // namespace

TEST_CASE("the recipe with figures for most candidates is taken, and the others are told",
          "[accuracy]") {
  const std::string p = recipe_rows("p", {1, 2, 3}), q = recipe_rows("q", {5, 6}),
                    r = recipe_rows("r", {7});
  const auto choose = [](const std::string& rows, const std::string& vary) {
    const RecipeChoice choice = chosen_recipes({rows}, {vary});
    return choice.recipes + ": " + choice.notes;
  };
  CHECK(choose(p, "a=1:8:1") == "p: ");
  CHECK(choose(p + q + r, "a=1:8:1") ==
        "p: Accuracy by recipe: one 'p' for 3 of 8 candidates, 'q' for 2, 'r' for 1" + kTakes);
  CHECK(choose(p + q, "a=2,5,6") ==
        "q: Accuracy by recipe: one 'q' for 2 of 3 candidates, 'p' for 1" + kTakes);
  // Of equal ones that with more rows, then the first; what has no figure is not told.
  CHECK(choose(q + p, "a=1,5") ==
        "p: Accuracy by recipe: one 'p' for 1 of 2 candidates, 'q' for 1" + kTakes);
  CHECK(choose(q + recipe_rows("t", {1, 2}), "a=1,5") ==
        "q: Accuracy by recipe: one 'q' for 1 of 2 candidates, 't' for 1" + kTakes);
  CHECK(choose(p + q, "a=1,2") == "p: Accuracy by recipe: one 'p' for 2 of 2 candidates" + kTakes);
  // One network.
  CHECK(choose(p + q, "a=5") == "q: Accuracy by recipe: one 'q'" + kTakes);
  CHECK(choose(p + recipe_rows("t", {1, 2}) + r, "a=1") ==
        "p: Accuracy by recipe: one 'p' (others: 't')" + kTakes);
  // Of a large space some candidates are tried.
  CHECK(choose(p + q, "a=1:500:1")
            .starts_with("p: Accuracy by recipe: one 'p' for 3 of 500 candidates"));
  const std::string large = choose(p + q, "a=1:501:1");
  CHECK(test::contains(large, " of 500 sampled candidates"));
}

TEST_CASE("several specs take a recipe that all have figures of", "[accuracy]") {
  const std::string p = recipe_rows("p", {1, 2, 3}), q = recipe_rows("q", {5, 6}),
                    r = recipe_rows("r", {7});
  const auto choose = [](const std::vector<std::string>& rows,
                         const std::string& vary = "a=1:8:1") {
    const RecipeChoice choice = chosen_recipes(rows, {vary});
    return choice.recipes + ": " + choice.notes;
  };
  CHECK(choose({p, p}) == "p p: Accuracy by recipe: one 'p'; two 'p'.");
  CHECK(choose({p, q}) == "p q: Accuracy by recipe: one 'p'; two 'q'. | " + kDiffer);
  CHECK(choose({p + q, q}) ==
        "q q: Accuracy by recipe: one 'q' for 2 of 8 candidates, 'p' for 3; two 'q'" + kSpecTakes);
  CHECK(choose({q, p + q}) ==
        "q q: Accuracy by recipe: one 'q'; two 'q' for 2 of 8 candidates, 'p' for 3" + kSpecTakes);
  // The one with most figures in all.
  CHECK(chosen_recipes({p + q + r, r + q}, {"a=1:8:1"}).recipes == "q q");
  CHECK(chosen_recipes({p + q + r, r + p + q}, {"a=1:8:1"}).recipes == "p p");
  CHECK(chosen_recipes({p + q, p + q}, {"a=1,5"}).recipes == "p p");
  CHECK(chosen_recipes({p + q, q}, {"a=1,2,5"}).recipes == "q q");
  // One that has no figure for the candidates of a spec is not shared.
  CHECK(chosen_recipes({p + q, p + r, q + p}, {"a=5,6,7"}).recipes == "q r q");
  CHECK(chosen_recipes({p, p + r}, {"a=7"}).recipes == "p r");
  CHECK(chosen_recipes({p, p}, {"a=7"}).recipes == "p p");
  // Specs without figures.
  CHECK(choose({p, ""}) ==
        ": error: 'two' has no accuracy figures; give a table of your own: --accuracy FILE.csv");
  const accuracy::AccuracyRequest lax{.may_lack = true};
  CHECK(chosen_recipes({"", p + q, q}, {"a=1:8:1"}, lax).recipes == "none q q");
  CHECK(chosen_recipes({""}, {"a=1,2"}, lax).notes == "");
  CHECK(chosen_recipes({"", ""}, {"a=1,2"}, lax).recipes == "none none");
}

TEST_CASE("a wanted recipe is taken where it is, or for the spec that it names", "[accuracy]") {
  const std::string p = recipe_rows("p", {1, 2, 3}), q = recipe_rows("q", {5, 6}),
                    r = recipe_rows("r", {7});
  const auto choose = [](const std::vector<std::string>& rows, std::vector<std::string> recipes) {
    const RecipeChoice choice = chosen_recipes(rows, {"a=1:8:1"}, {.recipes = std::move(recipes)});
    return choice.recipes + ": " + choice.notes;
  };
  CHECK(choose({p + q}, {"q"}) == "q: Accuracy by recipe: one 'q'.");
  CHECK(choose({p + q, q + r}, {"r"}) ==
        "p r: 'one' has no recipe 'r'; its 'p' is taken. | Accuracy by recipe: one 'p' for 3 of 8 "
        "candidates, 'q' for 2; two 'r'" +
            kSpecTakes + " | " + kDiffer);
  CHECK(choose({p + q, q + r}, {"p", "r"}) ==
        "p r: Accuracy by recipe: one 'p'; two 'r'. | " + kDiffer);
  CHECK(choose({p, q + r}, {"r", "q"})
            .starts_with("p r: 'one' has no recipe 'r' or 'q'; its 'p' is taken."));
  // The others share it then, where they have figures of it.
  CHECK(choose({p + q, p + q}, {"two:q"}) ==
        "q q: Accuracy by recipe: one 'q' for 2 of 8 candidates, 'p' for 3; two 'q'" + kSpecTakes);
  CHECK(choose({p + q, p + q}, {"p", "two:q"}).starts_with("p q: "));
  CHECK(choose({p + q, p + q}, {"two:q", "p"}).starts_with("p q: "));
  CHECK(choose({p + q}, {"one:q", "one:q"}).starts_with("q: "));
  CHECK(choose({p + q, p}, {"one:p", "one:q"}) ==
        ": --recipe one:q: error: 'one' has a recipe already");
  CHECK(choose({p + q, r}, {"z"}) == ": error: no recipe 'z'; there are 'p', 'q', 'r'");
  CHECK(choose({p, p}, {"z"}) == ": error: no recipe 'z'; there is 'p'");
  CHECK(choose({""}, {"z"}) == ": error: no recipe 'z': the spec has no accuracies");
  CHECK(choose({p + q, r}, {"one:r"}) == ": error: no recipe 'r'; there are 'p', 'q'");
}

TEST_CASE("a file of accuracies is for the specs without a recipe of their own", "[accuracy]") {
  const test::TestFolder folder;
  folder.write("one.csv", "a,accuracy\n1,60\n2,61\n");
  folder.write("all.csv", "spec,a,accuracy\none,1,60\ntwo,2,61\n");
  const std::string p = recipe_rows("p", {1, 2, 3}), one = folder / "one.csv",
                    all = folder / "all.csv";
  const auto choose = [&](const std::vector<std::string>& rows, const std::string& file,
                          std::vector<std::string> recipes = {}, bool lax = false) {
    const RecipeChoice choice = chosen_recipes(
        rows, {"a=1:8:1"}, {.file = file, .recipes = std::move(recipes), .may_lack = lax});
    return choice.recipes + ": " + choice.notes;
  };
  CHECK(choose({p}, one) == one + ": Accuracy of one: '" + one + "', which has no column 'spec'.");
  CHECK(choose({p, p}, all) == all + " " + all + ": ");
  CHECK(choose({p, p}, all, {"two:p"}) ==
        all + " p: Accuracy by recipe: one '" + all + "'; two 'p'. | " + kDiffer);
  CHECK(choose({p}, one, {"one:p"}) == "p: Accuracy by recipe: one 'p'.");
  CHECK(choose({p, p, p}, all) == ": " + all + ": error: no row is for 'six'");
  CHECK(choose({p, p, p}, all, {}, true).starts_with(all + " " + all + " none: "));
  CHECK(choose({p, p}, all, {"p"}) ==
        ": --recipe p: error: --accuracy gives the table; SPEC:NAME takes a published recipe for "
        "one spec");
}
