// SPDX-License-Identifier: Apache-2.0
// Searches and published accuracies on pages: axes, groups, fronts, errors, marks, sources.
#include <optional>

#include "reports/pages/page_parts.hpp"
#include "reports/pages/sections.hpp"
#include "search/methods/plan.hpp"
#include "support/catch.hpp"
#include "support/page_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using SearchedWords = std::vector<std::string>;
using DesignAccuracy = accuracy::AccuracyEstimate::Kind;

spec::ArchSpec page_search_spec(const std::string& name) {
  return spec::read_spec_text(name + ".yaml",
                              "name: " + name +
                                  "\nparams: {alpha: {default: 1, sweep: [1/4, 1/2, 1]}}\n"
                                  "input: {channels: 3, height: 8, width: 8}\n"
                                  "layers: [conv: {out: 8 * alpha}]\npublished:\n"
                                  "  - {at: {alpha: 1/4}, top1: 50, source: one}\n"
                                  "  - {at: {alpha: 1/2}, top1: 61, source: one}\n"
                                  "  - {at: {alpha: 1}, top1: 70, source: two}\n",
                              ".");
}

methods::SearchPlan page_search_plan(const SearchedWords& names, const SearchedWords& minimize,
                                     const SearchedWords& maximize, const std::string& columns) {
  std::vector<methods::OpenedSpec> specs;
  for (const std::string& name : names)
    specs.push_back({name + "_label", page_search_spec(name), {}, SearchedWords{"alpha"}});
  const auto nothing = [](const graph::Network&) { return std::optional<space::Uncertain>(); };
  return methods::plan_search(
      {.limits = {"macs <= 90M"}, .minimize = minimize, .maximize = maximize, .columns = columns},
      std::move(specs), {{"latency", "s", nothing, {}}});
}

methods::Design page_design(const methods::SearchPlan& plan, std::size_t job, std::size_t at,
                            const std::vector<std::pair<std::string, double>>& values,
                            std::optional<DesignAccuracy> kind = {}) {
  methods::Design design;
  design.job = job;
  design.at = {at};
  design.values.resize(plan.quantities.size());
  design.errors.assign(plan.quantities.size(), 0.75);
  for (const auto& [name, value] : values) {
    const int q = space::find_quantity(plan.quantities, name);
    REQUIRE(q >= 0);
    design.values[static_cast<std::size_t>(q)] = value;
    if (name == "accuracy") design.accuracy.top1 = value;
  }
  for (const space::Objective& objective : plan.objectives)
    design.key.push_back(
        objective.key(design.values[static_cast<std::size_t>(objective.quantity)]));
  if (kind) design.accuracy.kind = *kind;
  design.accuracy.error = 0.75;
  design.missed = {0};
  return design;
}

methods::SearchResult page_result(std::vector<methods::Design> designs) {
  methods::SearchResult result;
  result.tally.points = result.tally.feasible = designs.size();
  result.tally.limits.resize(1);
  result.designs = std::move(designs);
  return result;
}

// The picture of the front; empty if there is none.
std::string front_text(const pages::ReportSearch& search) {
  for (const document::PagePart& part : pages::search_parts(search, "s")) {
    if (const auto* picture = std::get_if<document::Picture>(&part)) return whole_text(*picture);
  }
  return "no picture";
}

pages::AccuracyPoint accuracy_point(const std::string& spec, const std::string& at, double top1,
                                    const std::string& source, std::int64_t macs) {
  return {spec, at, top1, source, 7, macs};
}

}  // namespace

TEST_CASE("the front of two objectives: accuracy upright, published and estimated", "[report]") {
  pages::ReportSearch search = {page_search_plan({"net"}, {"macs"}, {"accuracy"}, "params"), {}};
  search.result =
      page_result({page_design(search.plan, 0, 0, {{"macs", 2e6}, {"accuracy", 50}},
                               DesignAccuracy::kPublished),
                   page_design(search.plan, 0, 1, {{"macs", 3e6}, {"accuracy", 61.5}},
                               DesignAccuracy::kEstimated),
                   page_design(search.plan, 0, 2, {{"macs", 4.5e6}, {"accuracy", 70}})});
  CHECK(front_text(search) ==
        R"(picture s_front: accuracy of 3 designs against macs, with the front.
x 'million macs', y 'top-1 accuracy, %' log x points of s
group "" text; label "" text; macs_million "macs_million" number; accuracy "accuracy" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'published' | 'alpha=0.25' | 2.0 | 50.0 | 1 | 0.0 | 0 |
| 'estimated' | 'alpha=0.5' | 3.0 | 61.5 | 1 | 0.75 | 0 |
| 'designs' | 'alpha=1' | 4.5 | 70.0 | 1 | 0.0 | 0 |
)");
  // The largest value decides about millions; a value of 0 rules out logarithms.
  search.result.designs[0].values[0] = search.result.designs[1].values[0] = 0;
  search.result.designs[2].values[0] = 1e6;
  search.plan.jobs[0].label = "other";
  CHECK(front_text(search) ==
        R"(picture s_front: accuracy of 3 designs against macs, with the front.
x 'million macs', y 'top-1 accuracy, %' points of s
group "" text; label "" text; macs_million "macs_million" number; accuracy "accuracy" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'published' | 'alpha=0.25' | 0.0 | 50.0 | 1 | 0.0 | 0 |
| 'estimated' | 'alpha=0.5' | 0.0 | 61.5 | 1 | 0.75 | 0 |
| 'designs' | 'alpha=1' | 1.0 | 70.0 | 1 | 0.0 | 0 |
)");
  search.result.designs.erase(search.result.designs.begin());
  search.result.designs[0].errors.assign(search.plan.quantities.size(), std::nullopt);
  search.result.designs[0].values[0] = search.result.designs[1].values[0] = 1;
  CHECK(contains(front_text(search), "x 'macs', y 'top-1 accuracy, %' log x points of s\n"));
  CHECK(contains(front_text(search), "| 'estimated' | 'alpha=0.5' | 1.0 | 61.5 | 1 | 0.0 | 0 |"));
  search.result.designs.resize(1);
  search.result.designs[0].values[0] = 999'999;
  CHECK(front_text(search) == R"(picture s_front: accuracy of 1 design against macs, with the front.
x 'macs', y 'top-1 accuracy, %' log x points of s
group "" text; label "" text; macs "macs" number; accuracy "accuracy" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'estimated' | 'alpha=0.5' | 999999.0 | 61.5 | 1 | 0.0 | 0 |
)");
}

TEST_CASE("the front of several networks without accuracies", "[report]") {
  pages::ReportSearch search = {
      page_search_plan({"a", "b"}, {"params", "macs", "activations"}, {}, "macs"), {}};
  search.result = page_result(
      {page_design(search.plan, 1, 0, {{"macs", 2e6}, {"params", 7e6}, {"activations", 4}},
                   DesignAccuracy::kPublished),
       page_design(search.plan, 0, 2, {{"macs", 3e6}, {"params", 3e6}, {"activations", 5}},
                   DesignAccuracy::kEstimated),
       page_design(search.plan, 1, 1, {{"macs", 1e5}, {"params", 9e6}, {"activations", 6}})});
  CHECK(front_text(search) == R"(picture s_front: params of 3 designs against macs.
x 'million macs', y 'million params' log x points of s
group "" text; label "" text; macs_million "macs_million" number; params_million "params_million" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'b_label published' | 'alpha=0.25' | 2.0 | 7.0 | 0 | 0.0 | 0 |
| 'a_label estimated' | 'alpha=1' | 3.0 | 3.0 | 0 | 0.0 | 0 |
| 'b_label' | 'alpha=0.5' | 0.1 | 9.0 | 0 | 0.0 | 0 |
)");
}

TEST_CASE("with one objective the front is drawn against the first other cost", "[report]") {
  const auto text = [](const SearchedWords& minimize, const SearchedWords& maximize,
                       const std::string& columns) {
    pages::ReportSearch search = {page_search_plan({"net"}, minimize, maximize, columns), {}};
    search.result = page_result({page_design(search.plan, 0, 0, {})});
    const std::string whole = front_text(search);
    return whole.substr(0, whole.find("\ngroup"));
  };
  CHECK(text({}, {"accuracy"}, "params,macs") ==
        R"(picture s_front: accuracy of 1 design against macs.
x 'macs', y 'top-1 accuracy, %' points of s)");
  CHECK(text({"params"}, {}, "params,macs") == R"(picture s_front: params of 1 design against macs.
x 'macs', y 'params' points of s)");
  CHECK(text({"macs"}, {}, "params,activations") ==
        R"(picture s_front: macs of 1 design against params.
x 'params', y 'macs' points of s)");
  CHECK(text({"latency"}, {}, "activations") ==
        R"(picture s_front: latency of 1 design against macs.
x 'macs', y 'latency' points of s)");
  CHECK(text({"macs"}, {}, "macs") == "no picture");
  CHECK(text({"latency"}, {"accuracy"}, "macs") ==
        R"(picture s_front: accuracy of 1 design against latency, with the front.
x 'latency', y 'top-1 accuracy, %' points of s)");
  CHECK(text({"entropy"}, {}, "peak_memory") ==
        R"(picture s_front: entropy of 1 design against macs.
x 'macs', y 'entropy' points of s)");
}

TEST_CASE("the parts of a search", "[report]") {
  pages::ReportSearch search = {page_search_plan({"net"}, {"macs"}, {}, "params"), {}};
  std::vector<methods::Design> designs(
      25, page_design(search.plan, 0, 1, {{"macs", 3}, {"params", 4}}));
  search.result = page_result(designs);
  const std::vector<document::PagePart> parts = pages::search_parts(search, "s");
  CHECK(whole_text(parts.at(0)) == R"(Minimize macs under macs <= 90M.
)");
  const auto& table = std::get<document::PageTable>(parts.at(2));
  CHECK(table.name == "s");
  CHECK(table.folded == "The table of all 25 designs");
  CHECK(table.data->rows.size() == 25);
  search.result.designs.clear();
  search.result.tally.feasible = 0;
  CHECK(front_text(search) == "no picture");
}

TEST_CASE("accuracies against multiply-adds: front, groups by source or by spec", "[report]") {
  std::vector<pages::AccuracyPoint> points = {accuracy_point("net", "a=1", 60, "one", 2'000'000),
                                              accuracy_point("net", "a=2", 60, "two", 3'000'000),
                                              accuracy_point("net", "a=1", 59, "two", 2'000'000),
                                              accuracy_point("net", "a=3", 71.5, "one", 4'500'000),
                                              accuracy_point("net", "a=4", 10, "one", 1'000'000)};
  CHECK(pages::accuracy_front(points) == std::vector<bool>{true, false, false, true, true});
  CHECK(whole_text(pages::accuracy_parts(points, "acc")) == R"(
Accuracies are those that the sources print, each for its own training recipe. Accuracies of different sources differ by a point or more for the same network. The front connects the networks that no other one dominates with a higher accuracy at no more multiply-adds.
picture acc_against_macs: 5 published top-1 accuracies of 4 networks against multiply-adds, with the front.
x 'million multiply-adds', y 'top-1 accuracy, %' log x points of acc
group "" text; label "" text; macs_million "macs_million" number; top1 "top1" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'one' | 'a=1' | 2.0 | 60.0 | 1 | 0.0 | 0 |
| 'two' | 'a=2' | 3.0 | 60.0 | 0 | 0.0 | 0 |
| 'two' | 'a=1' | 2.0 | 59.0 | 0 | 0.0 | 0 |
| 'one' | 'a=3' | 4.5 | 71.5 | 1 | 0.0 | 0 |
| 'one' | 'a=4' | 1.0 | 10.0 | 1 | 0.0 | 0 |
table acc
spec "spec" text; at "at" text; top1 "top-1 %" number; macs "macs" count; params "params" count; front "front" text; source "source" text
| 'net' | 'a=1' | 60.0 | 2000000 | 7 | 'yes' | 'one' |
| 'net' | 'a=2' | 60.0 | 3000000 | 7 | '' | 'two' |
| 'net' | 'a=1' | 59.0 | 2000000 | 7 | '' | 'two' |
| 'net' | 'a=3' | 71.5 | 4500000 | 7 | 'yes' | 'one' |
| 'net' | 'a=4' | 10.0 | 1000000 | 7 | 'yes' | 'one' |
)");
  points[1].spec = "other";
  CHECK(
      whole_text(pages::accuracy_parts(points, "acc")[1]) ==
      R"(picture acc_against_macs: 5 published top-1 accuracies of 4 networks against multiply-adds, with the front.
x 'million multiply-adds', y 'top-1 accuracy, %' log x points of acc
group "" text; label "" text; macs_million "macs_million" number; top1 "top1" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'net' | 'net a=1' | 2.0 | 60.0 | 1 | 0.0 | 0 |
| 'other' | 'other a=2' | 3.0 | 60.0 | 0 | 0.0 | 0 |
| 'net' | 'net a=1' | 2.0 | 59.0 | 0 | 0.0 | 0 |
| 'net' | 'net a=3' | 4.5 | 71.5 | 1 | 0.0 | 0 |
| 'net' | 'net a=4' | 1.0 | 10.0 | 1 | 0.0 | 0 |
)");
  points[3].marked = "mine:x";
  CHECK(whole_text(pages::accuracy_parts({points.begin() + 1, points.end()}, "acc")) == R"(
Accuracies are those that the sources print, each for its own training recipe. Accuracies of different sources differ by a point or more for the same network. The front connects the networks that no other one dominates with a higher accuracy at no more multiply-adds.
picture acc_against_macs: 4 published top-1 accuracies of 4 networks against multiply-adds, with the front.
x 'million multiply-adds', y 'top-1 accuracy, %' log x points of acc muted 'others'
group "" text; label "" text; macs_million "macs_million" number; top1 "top1" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'others' | 'other a=2' | 3.0 | 60.0 | 1 | 0.0 | 0 |
| 'others' | 'net a=1' | 2.0 | 59.0 | 1 | 0.0 | 0 |
| 'mine:x' | 'mine:x' | 4.5 | 71.5 | 1 | 0.0 | 0 |
| 'others' | 'net a=4' | 1.0 | 10.0 | 1 | 0.0 | 0 |
table acc
spec "spec" text; at "at" text; compared "compared" text; top1 "top-1 %" number; macs "macs" count; params "params" count; front "front" text; source "source" text
| 'other' | 'a=2' | '' | 60.0 | 3000000 | 7 | 'yes' | 'two' |
| 'net' | 'a=1' | '' | 59.0 | 2000000 | 7 | 'yes' | 'two' |
| 'net' | 'a=3' | 'mine:x' | 71.5 | 4500000 | 7 | 'yes' | 'one' |
| 'net' | 'a=4' | '' | 10.0 | 1000000 | 7 | 'yes' | 'one' |
)");
  // Six sources of one spec have colours, seven have not.
  std::vector<pages::AccuracyPoint> many;
  for (int k = 0; k < 7; ++k) {
    if (k == 6) {
      CHECK(contains(whole_text(pages::accuracy_parts(many, "acc")[1]), "| 's5' | 'a' |"));
    }
    many.push_back(accuracy_point("net", "a", 50, fmt::format("s{}", k), 1));
  }
  CHECK(contains(whole_text(pages::accuracy_parts(many, "acc")[1]), "| 'net' | 'a' |"));
  CHECK(std::get<document::Picture>(pages::accuracy_parts({many[0]}, "acc")[1]).alt ==
        "1 published top-1 accuracy of 1 network against multiply-adds, with the front.");
  for (const std::size_t n : {24, 25}) {
    many.resize(n, many[0]);
    CHECK(std::get<document::PageTable>(pages::accuracy_parts(many, "acc")[2]).folded ==
          (n == 25 ? "The table of all accuracies" : ""));
  }
}

TEST_CASE("accuracies against latency, whole", "[report]") {
  std::vector<pages::AccuracyPoint> points = {accuracy_point("net", "a=1", 60, "one", 2'000'000),
                                              accuracy_point("net", "a=2", 65, "one", 3'000'000),
                                              accuracy_point("net", "a=3", 62, "two", 4'000'000)};
  points[0].latency = space::Uncertain{4e-3, 1e-3};
  points[1].latency = space::Uncertain{2e-3, std::nullopt};
  CHECK(whole_text(pages::accuracy_latency_parts(points, "acc", "guessed")) == R"(
Times are guessed. Of 3 published top-1 accuracies of 3 networks, 2 of 2 networks have one.
picture acc_against_latency: 2 published top-1 accuracies of 2 networks against time, with the front.
x 'milliseconds', y 'top-1 accuracy, %' log x points of acc_latency
group "" text; label "" text; milliseconds "milliseconds" number; top1 "top1" number; front "front" integer; error "error" number; labelled "labelled" integer
| 'one' | 'a=1' | 4.0 | 60.0 | 0 | 0.0 | 0 |
| 'one' | 'a=2' | 2.0 | 65.0 | 1 | 0.0 | 0 |
table acc_latency
spec "spec" text; at "at" text; top1 "top-1 %" number; seconds "time" seconds; error "± %" percent; macs "macs" count; front "front" text; source "source" text
| 'net' | 'a=1' | 60.0 | 0.004 | 25.0 | 2000000 | '' | 'one' |
| 'net' | 'a=2' | 65.0 | 0.002 |  | 3000000 | 'yes' | 'one' |
)");
  points.resize(1);
  points[0].latency->error = 0;
  const auto parts = pages::accuracy_latency_parts(points, "acc", "guessed");
  CHECK(whole_text(parts[0]).starts_with(
      "Times are guessed. Of 1 published top-1 accuracy of 1 network, 1 of 1 network "));
  CHECK(contains(whole_text(parts[2]), "| 'net' | 'a=1' | 60.0 | 0.004 |  | 2000000 |"));
}

TEST_CASE("points of a spec: each figure once, costs of each network", "[report]") {
  const spec::ArchSpec spec = spec::read_spec_text("net.yaml", R"(name: net
params: {c: 8}
input: {channels: 3, height: 4, width: 2}
layers: [conv: {out: c}]
published:
  - {at: {c: 8}, top1: 60, source: one}
  - {at: {c: 8}, top1: 60, source: one, macs: 192}
  - {at: {c: 8}, top1: 60.5, source: one}
  - {at: {c: 8}, top1: 60, source: two}
  - {at: {c: 5}, macs: 1, source: two}
accuracy:
  - {at: {c: 16}, top1: 61, source: two}
)",
                                                   ".");
  CHECK(pages::has_accuracies(spec));
  std::string text;
  for (const pages::AccuracyPoint& point : pages::accuracy_points(spec))
    text += fmt::format("{} {} {} {} {} {} {} {}\n", point.spec, point.at, point.top1, point.source,
                        point.params.value(), point.macs.value(), point.latency.has_value(),
                        point.parameters.size());
  CHECK(text == R"(net c=8 60 one 24 192 false 1
net c=8 60.5 one 24 192 false 1
net c=8 60 two 24 192 false 1
net c=16 61 two 48 384 false 1
)");
}

TEST_CASE("columns of accuracy: rows without a figure stay empty", "[report]") {
  document::Table table = {.columns = {{"a", "a"}},
                           .rows = {{std::string("x")}, {std::string("y")}}};
  std::vector<pages::RowAccuracy> accuracies(2);
  accuracies[0].recipe = "one";
  pages::add_accuracy_columns(table, accuracies);
  CHECK(whole_text(table) == "a \"a\" text\n| 'x' |\n| 'y' |\n");
  accuracies[1].figure.emplace();
  accuracies[1].figure->top1 = 70.25;
  accuracies[1].figure->error = 0.5;
  accuracies[1].recipe = "two";
  pages::add_accuracy_columns(table, accuracies);
  CHECK(whole_text(table) ==
        R"(a "a" text; accuracy "top-1 %" decimal; accuracy_error "±" decimal; recipe "recipe" text
| 'x' |  |  |  |
| 'y' | 70.25 | 0.5 | 'two' |
)");
}

TEST_CASE("compared networks are marked among the published ones", "[report]") {
  const auto network = [](const std::string& name, const std::string& setting) {
    pages::ReportNetwork one;
    one.label = name + ":" + setting;
    one.spec = page_search_spec(name);
    one.options.settings.push_back(graph::parse_setting(one.spec, setting, setting));
    one.network = graph::build_network(one.spec, one.options);
    one.costs = cost::count(one.network);
    return one;
  };
  pages::ReportInput input;
  input.networks = {network("net", "alpha=1/2"), network("other", "alpha=1")};
  CHECK(pages::has_accuracy(input));
  CHECK(pages::specs_of(input).size() == 2);
  const std::vector<document::PagePart> parts = pages::accuracy_section(input);
  CHECK(whole_text(parts.at(2)) == R"(table accuracy
spec "spec" text; at "at" text; compared "compared" text; top1 "top-1 %" number; macs "macs" count; params "params" count; front "front" text; source "source" text
| 'net' | 'alpha=0.25' | '' | 50.0 | 384 | 6 | 'yes' | 'one' |
| 'net' | 'alpha=0.5' | 'net:alpha=1/2' | 61.0 | 768 | 12 | 'yes' | 'one' |
| 'net' | 'alpha=1' | '' | 70.0 | 1536 | 24 | 'yes' | 'two' |
| 'other' | 'alpha=0.25' | '' | 50.0 | 384 | 6 | 'yes' | 'one' |
| 'other' | 'alpha=0.5' | '' | 61.0 | 768 | 12 | 'yes' | 'one' |
| 'other' | 'alpha=1' | 'other:alpha=1' | 70.0 | 1536 | 24 | 'yes' | 'two' |
)");
  input.networks[1] = network("net", "alpha=1");
  CHECK(pages::specs_of(input).size() == 1);
  input.networks.resize(1);
  const document::Table alone =
      std::get<document::PageTable>(pages::accuracy_section(input).at(2)).table;
  CHECK(alone.columns.size() == 7);
  CHECK(alone.columns[2].key == "top1");
}

TEST_CASE("compared networks of several recipes have a note", "[report]") {
  pages::ReportInput input;
  const auto add = [&](const std::string& yaml, const std::string& label) {
    pages::ReportNetwork& one = input.networks.emplace_back();
    one.label = label;
    one.spec = spec::read_spec_text(label + ".yaml", yaml, ".");
    one.network = graph::build_network(one.spec, one.options);
    one.costs = cost::count(one.network);
  };
  const std::string head =
      "params: {c: 8}\ninput: {channels: 3, height: 4, width: 2}\n"
      "layers: [conv: {out: c}]\npublished:\n";
  add("name: a\n" + head + "  - {at: {c: 8}, top1: 60, source: one}\n", "a");
  add("name: b\n" + head + "  - {at: {c: 8}, top1: 61, source: two, recipe: slow}\n", "b");
  const document::Page page = pages::comparison_page(input);
  const auto& table = std::get<document::PageTable>(page.sections.at(0).parts.at(0));
  std::string notes;
  for (const std::string& note : table.notes) notes += note + "\n";
  CHECK(notes == R"(The accuracies are of 2 recipes, which differ by ± 0.51 points.
)");
  std::string keys;
  for (const document::Column& column : table.table.columns) keys += column.key + " ";
  CHECK(keys ==
        "network params ratio macs ratio activations ratio entropy effectiveness accuracy "
        "accuracy_error recipe ");
  REQUIRE(table.data);
  CHECK(table.data->columns.back().key == "recipe");
  input.networks.pop_back();
  const document::Page one = pages::comparison_page(input);
  CHECK(std::get<document::PageTable>(one.sections.at(0).parts.at(0)).notes.empty());
}

TEST_CASE("the sources of a report: every file once, without its folder", "[report]") {
  const std::string text = "name: net\ninput: {channels: 3, height: 4, width: 2}\nlayers: [relu]\n";
  const spec::ArchSpec one = spec::read_spec_text("/some/where/one.yaml", text, ".");
  const spec::ArchSpec again = spec::read_spec_text("else/one.yaml", text, ".");
  const spec::ArchSpec two = spec::read_spec_text("two.yaml", text, ".");
  const spec::ArchSpec changed = spec::read_spec_text("one.yaml", text + "\n", ".");
  CHECK(whole_text(pages::origin_parts({&one, &again, &two, &changed},
                                       {"archcost 9", "archcost report one"})) == R"(
Made by archcost 9. This command reproduces the analytic parts byte for byte:
sh> archcost report one
table specs
file "file" text; sha256 "SHA-256" text
| 'one.yaml' | '7fafc7a79cd46b2aa4b7f553a3c5faeb267696c858168aa83cd88367a818f433' |
| 'two.yaml' | '7fafc7a79cd46b2aa4b7f553a3c5faeb267696c858168aa83cd88367a818f433' |
| 'one.yaml' | 'a83f66f5eaf5ec9f4d912ff445ff2ba5c2405364994c0cbbe06bf2664c8f9629' |
)");
}
