// SPDX-License-Identifier: Apache-2.0
// Tables of accuracies: what ships, and what people bring.
#include "search/accuracy/accuracy_table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/accuracy/rank_correlation.hpp"
#include "search/accuracy/surrogate.hpp"
#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

graph::BuildOptions options_for(const spec::ArchSpec& spec, const std::string& preset,
                                const std::vector<std::string>& settings) {
  graph::BuildOptions options;
  options.preset = preset;
  for (const std::string& setting : settings)
    options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  return options;
}

// The error of a table, as people see it.
std::string csv_error(const spec::ArchSpec& spec, const std::string& text) {
  try {
    accuracy::read_accuracy_csv(spec, {}, "my.csv", text);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// The published figure of a network in a table; -1 when it isn't there.
double published(const std::string& family, const std::string& recipe, const std::string& preset,
                 const std::vector<std::string>& settings) {
  static std::map<std::string, spec::ArchSpec> specs;
  if (!specs.contains(family)) specs.emplace(family, shipped_spec(family));
  const spec::ArchSpec& spec = specs.at(family);
  const accuracy::AccuracyModel model(spec,
                                      accuracy::table_of(accuracy::accuracy_tables(spec), recipe));
  const accuracy::AccuracyEstimate found = model.estimate(options_for(spec, preset, settings));
  return found.kind == accuracy::AccuracyEstimate::Kind::kPublished ? found.top1 : -1;
}

std::vector<std::vector<std::string>> published_rows(const std::string& file) {
  auto rows = read_csv(source_dir() / "tests/golden/published" / file);
  rows.erase(rows.begin());
  return rows;
}

}  // namespace

TEST_CASE("shipped accuracies are those that are published", "[accuracy]") {
  for (const auto& row : published_rows("mobilenet_v1.csv")) {
    if (row[0] != "tf-slim") continue;
    INFO(row[2] << " " << row[3]);
    CHECK(published("mobilenet_v1", "slim", "", {"alpha=" + row[2], "rho=" + row[3] + "/224"}) ==
          Approx(std::stod(row[7])));
  }
  for (const auto& row : published_rows("mobilenet_v2_v3.csv")) {
    if (row[0] != "mobilenet_v2") continue;
    INFO(row[1] << " " << row[2]);
    CHECK(published(row[0], "slim", "", {"alpha=" + row[1], "rho=" + row[2] + "/224"}) ==
          Approx(std::stod(row[5])));
  }
  for (const auto& row : published_rows("shufflenet_v1.csv")) {
    if (!row[3].empty()) continue;  // variants
    INFO(row[1] << " " << row[2]);
    CHECK(published("shufflenet_v1", "paper", "", {"s=" + row[1], "g=" + row[2]}) ==
          Approx(100 - std::stod(row[5])));
  }
  for (const auto& row : published_rows("senet.csv")) {
    if (row[0] != "reduction" || row[2] == "none") continue;
    CHECK(published("resnet", "SE ablations", "se_resnet50", {"reduction=" + row[2]}) ==
          Approx(100 - std::stod(row[3])));
  }
}

TEST_CASE("shipped accuracies of families of presets are those that are published", "[accuracy]") {
  for (const auto& row : published_rows("imagenet_accuracy.csv")) {
    const std::string &family = row[0], &model = row[1];
    INFO(family << " " << model);
    double found = 0;
    if (family == "efficientnet") {
      found = published(family, "paper table 2", "efficientnet_" + model, {});
    } else if (family == "resnet") {
      found = published(family, "pycls MODEL_ZOO.md", "resnet" + model, {});
    } else if (family == "shufflenet_v2") {
      std::string scale = model.substr(0, model.size() - 1);
      std::replace(scale.begin(), scale.end(), '.', '_');
      found = published(family, "megvii-model/ShuffleNet-Series", "shufflenet_v2_x" + scale,
                        {"authors=1"});
    } else {
      std::string preset = family + "_" + model;
      std::transform(preset.begin(), preset.end(), preset.begin(), [](char c) {
        return c == '.' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      });
      if (const std::size_t zero = preset.find("_0gf"); zero != std::string::npos)
        preset.erase(zero, 2);
      for (const char* paper : {"regnet_x_400mf", "regnet_y_800mf", "regnet_y_8gf"})
        if (preset == paper) preset += "_paper";
      found = published("regnet", "pycls", preset, {});
    }
    CHECK(found == Approx(std::stod(row[5])));
  }
}

TEST_CASE("every row of every shipped table binds and builds, once", "[accuracy]") {
  std::size_t rows = 0, tables = 0;
  for (const std::string& name : shipped_library().names()) {
    const spec::ArchSpec spec = shipped_spec(name);
    for (const accuracy::AccuracyTable& table : accuracy::accuracy_tables(spec)) {
      ++tables;
      for (const accuracy::AccuracyRow& row : table.rows) {
        INFO(name << " " << table.recipe << " " << row.name);
        ++rows;
        CHECK_NOTHROW(graph::build_network(spec, row.at));
        CHECK(row.top1 > Rational(40));
        CHECK(row.top1 < Rational(90));
        CHECK(std::count_if(table.rows.begin(), table.rows.end(),
                            [&](const accuracy::AccuracyRow& other) {
                              return accuracy::same_accuracy(spec, row.values, other.values);
                            }) == 1);
      }
    }
  }
  CHECK(tables > 30);
  CHECK(rows > 200);
}

TEST_CASE("a recipe is found by its name", "[accuracy]") {
  const std::vector<accuracy::AccuracyTable> tables =
      accuracy::accuracy_tables(shipped_spec("mobilenet_v1"));
  CHECK(accuracy::table_of(tables, "slim").rows.size() == 16);
  CHECK_THROWS_WITH(accuracy::table_of(tables, "slimm"),
                    "error: no recipe 'slimm'; there are 'paper', 'slim', 'arXiv:1709.01507, table "
                    "3', 'AMC, arXiv:1802.03494'");
  CHECK_THROWS_WITH(accuracy::table_of({}, "slim"),
                    "error: no recipe 'slim': the spec has no accuracies");
}

TEST_CASE("rows without a recipe go by their source; the first figure of a network counts",
          "[accuracy]") {
  const spec::ArchSpec spec = spec::read_spec_text("text", R"(
name: tiny
params:
  alpha: 1
  extra: {default: 1, neutral: true}
input: {channels: 3, height: 8, width: 8}
layers:
  - conv: {out: 4 * alpha + 0 * extra}
published:
  - {at: {alpha: 2}, params: 24, top1: 60, source: a}
  - {at: {alpha: 3}, top1: 61.25, source: b, recipe: a}
accuracy:
  - {at: {alpha: 4/2}, top1: 62, source: a}
  - {at: {alpha: 2, extra: 5}, top1: 63, source: a}
  - {at: {alpha: 4}, top5: 90, source: a}
  - {top1: 50, source: c}
)",
                                                   ".");
  const std::vector<accuracy::AccuracyTable> tables = accuracy::accuracy_tables(spec);
  REQUIRE(tables.size() == 2);
  CHECK(tables[0].recipe == "a");
  CHECK(tables[0].source == "a; b");
  REQUIRE(tables[0].rows.size() == 2);
  CHECK(tables[0].rows[0].name == "alpha=2");
  CHECK(tables[0].rows[0].top1 == Rational(60));
  CHECK(tables[0].rows[1].unit == Rational(1, 100));
  CHECK(tables[0].varied == std::vector<std::size_t>{0});
  CHECK(tables[1].rows[0].name == "defaults");
  CHECK(tables[1].varied.empty());
}

TEST_CASE("a table of one's own", "[accuracy]") {
  const spec::ArchSpec spec = shipped_spec("mobilenet_v1");
  const accuracy::AccuracyTable table = accuracy::read_accuracy_csv(
      spec, {}, "my.csv",
      "\xEF\xBB\xBF# trained here\r\n\r\nalpha, rho "
      ",widths,top1\r\n1,4/7,,68.25\r\n0.5,,\"[24, 48, "
      "96, 80, 192, 200, 328, 352, 368, 360, 328, 400, 736, 752]\",60\r\n");
  CHECK(table.family == "mobilenet_v1");
  CHECK(table.recipe == "my.csv");
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].name == "alpha=1 rho=4/7");
  CHECK(table.rows[0].top1 == Rational(273, 4));
  CHECK(table.rows[0].unit == Rational(1, 100));
  CHECK(table.varied == std::vector<std::size_t>{0, 1, 2});
  // What holds for all rows; a cell goes before it.
  const accuracy::AccuracyTable based =
      accuracy::read_accuracy_csv(spec, options_for(spec, "", {"se=1", "alpha=0.25"}), "my.csv",
                                  "alpha,accuracy\n0.5,60\n,50\n");
  CHECK(spec::to_string(based.rows[0].values[0]) == "0.5");
  CHECK(spec::to_string(based.rows[1].values[0]) == "0.25");
  CHECK(spec::to_string(based.rows[1].values[5]) == "1");
  const spec::ArchSpec resnet = shipped_spec("resnet");
  const accuracy::AccuracyTable presets =
      accuracy::read_accuracy_csv(resnet, {}, "my.csv",
                                  "preset,gate,accuracy\nresnet50,,76\n"
                                  "se_resnet50,tanh,77\n");
  CHECK(presets.rows[1].at.preset == "se_resnet50");
  CHECK(presets.rows[1].name == "se_resnet50 gate=tanh");
}

TEST_CASE("mistakes in a table of one's own get their place and a remedy", "[accuracy]") {
  const spec::ArchSpec spec = shipped_spec("mobilenet_v1");
  CHECK(csv_error(spec, "") ==
        "my.csv: error: it is empty; the first line names the columns: parameters of "
        "'mobilenet_v1' and accuracy, as alpha,accuracy");
  CHECK(csv_error(spec, "alpha,accuracy\n") ==
        "my.csv: error: it has no rows below the names of the columns");
  CHECK(csv_error(spec, "alpha,roh,accuracy\n1,1,70\n") ==
        "my.csv:1:7: error: 'mobilenet_v1' has no parameter 'roh'; did you mean 'rho'?\n"
        "    alpha,roh,accuracy\n"
        "          ^");
  CHECK(csv_error(spec, "alpha,rho\n1,1\n") ==
        "my.csv:1:1: error: no column 'accuracy'; the first line names the columns: parameters of "
        "'mobilenet_v1' and accuracy, as alpha,accuracy\n"
        "    alpha,rho\n"
        "    ^");
  CHECK(csv_error(spec, "alpha,alpha,top1,accuracy\n") ==
        "my.csv:1:7: error: column 'alpha' stands twice\n"
        "    alpha,alpha,top1,accuracy\n"
        "          ^\n"
        "my.csv:1:18: error: column 'accuracy' stands twice\n"
        "    alpha,alpha,top1,accuracy\n"
        "                     ^\n"
        "2 errors");
  CHECK(csv_error(spec, "alpha,,accuracy\n") ==
        "my.csv:1:7: error: a column without a name; the first line names the columns: parameters "
        "of 'mobilenet_v1' and accuracy, as alpha,accuracy\n"
        "    alpha,,accuracy\n"
        "          ^");
  CHECK(csv_error(spec,
                  "alpha,se,accuracy\n"
                  "1,0,0.709\n"
                  "9,0,70\n"
                  "x,0,70\n"
                  "1,0\n"
                  "1,0,seventy\n"
                  "1,0,\n"
                  "1,2,170\n"
                  "\"1,0,70\n"
                  "0.5,0,63\n"
                  "1/2,0,63\n") ==
        "my.csv:2:5: error: 0.709 looks like a fraction; write percent, as 70.9\n"
        "    1,0,0.709\n"
        "        ^\n"
        "my.csv:3:1: error: parameter 'alpha' must be at most 4, not 9\n"
        "    9,0,70\n"
        "    ^\n"
        "my.csv:4:1: error: parameter 'alpha' must be a number as 1, not x\n"
        "    x,0,70\n"
        "    ^\n"
        "my.csv:5:3: error: 2 cells, and the first line names 3 columns\n"
        "    1,0\n"
        "      ^\n"
        "my.csv:6:5: error: 'seventy' is no accuracy; write percent, as 70.9\n"
        "    1,0,seventy\n"
        "        ^\n"
        "my.csv:7:5: error: the accuracy is missing; write percent, as 70.9\n"
        "    1,0,\n"
        "        ^\n"
        "my.csv:8:5: error: an accuracy lies between 0 and 100, not 170; write percent, as 70.9\n"
        "    1,2,170\n"
        "        ^\n"
        "my.csv:9:1: error: a double quote isn't closed in this line\n"
        "    \"1,0,70\n"
        "    ^\n"
        "my.csv:11:1: error: the same network as in line 10; one figure for each\n"
        "    1/2,0,63\n"
        "    ^\n"
        "9 errors");
  CHECK(csv_error(spec, "alpha,se,accuracy\n1,0,100\n").empty());
  CHECK(
      csv_error(spec, "alpha,se,accuracy\n1,0,100.5\n").find("lies between 0 and 100, not 100.5") !=
      std::string::npos);
  CHECK(csv_error(shipped_spec("resnet"), "preset,accuracy\nresnet55,70\n") ==
        "my.csv:2:1: error: unknown preset 'resnet55'; did you mean 'resnet50'?\n"
        "    resnet55,70\n"
        "    ^");
  CHECK(csv_error(spec, "preset,accuracy\nmobilenet,70\n") ==
        "my.csv:2:1: error: unknown preset 'mobilenet'; 'mobilenet_v1' has none\n"
        "    mobilenet,70\n"
        "    ^");
}

TEST_CASE("rank correlations, ties included", "[accuracy]") {
  const std::vector<double> up = {1, 2, 3, 4}, down = {8, 6, 4, 2}, ties = {1, 1, 2, 2},
                            same = {3, 3, 3, 3}, mixed = {1, 3, 2, 4};
  CHECK(*spearman(up, up) == Approx(1));
  CHECK(*spearman(up, down) == Approx(-1));
  CHECK(*spearman(up, mixed) == Approx(0.8));
  CHECK(*spearman(up, ties) == Approx(4 / std::sqrt(20.0)));
  CHECK_FALSE(spearman(up, same));
  CHECK(*accuracy::kendall(up, down) == Approx(-1));
  CHECK(*accuracy::kendall(up, mixed) == Approx(4.0 / 6));
  CHECK(*accuracy::kendall(up, ties) == Approx(4 / std::sqrt(6.0 * 4)));
  CHECK_FALSE(accuracy::kendall(same, up));
  CHECK_FALSE(accuracy::kendall(std::vector<double>{1}, std::vector<double>{2}));
}
