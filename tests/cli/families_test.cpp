// SPDX-License-Identifier: Apache-2.0
// Shipped specs as a whole: all build, published figures hold, the page of families is up to date.
#include <fmt/core.h>

#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "cost/published.hpp"
#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("the page of families is what the program prints", "[families]") {
  const Run run = run_program("list --costs --format markdown");
  CHECK(run.status == 0);
  CHECK(run.out == read_file(source_dir() / "docs/FAMILIES.md"));
}

TEST_CASE("every published figure matches, or its source is on the list of errors", "[families]") {
  const Run run = run_program("verify --format csv");
  CHECK(run.status == 0);
  CHECK(run.err == "");
  int rows = 0;
  for (const std::string& line : split(run.out, '\n')) rows += line.empty() ? 0 : 1;
  CHECK(rows > 480);
  CHECK(run.out.find("DIFFERS") == std::string::npos);
}

TEST_CASE("the list of source errors has no line too many", "[families]") {
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  std::string found;
  for (const std::string& name : library.names()) {
    for (const cost::VerifiedFigure& figure :
         cost::verify_published(spec::read_spec(*library.find(name)))) {
      if (figure.status == cost::FigureStatus::kSourceError)
        found += fmt::format("{} | {} | {} {}\n", name, figure.at, figure.name, figure.printed);
    }
  }
  std::string listed;
  for (const std::string& line : split(read_file(library.folder() / "source_errors.txt"), '\n')) {
    if (!line.empty() && line[0] != '#') listed += line + "\n";
  }
  CHECK(found == listed);
}

TEST_CASE("published figures of the known errors are told as such", "[families]") {
  const Run run = run_program("verify mobilenet_v1 --format csv");
  int errors = 0;
  for (const std::string& line : split(run.out, '\n'))
    errors += line.find("source errs") != std::string::npos ? 1 : 0;
  CHECK(errors == 6);
}

TEST_CASE("verify takes no settings", "[families]") {
  const Run run = run_program("verify mobilenet_v1:alpha=0.5");
  CHECK(run.status == 1);
  CHECK(run.err ==
        "error: 'mobilenet_v1:alpha=0.5': published figures have settings of their own; "
        "name the spec alone: archcost verify mobilenet_v1\n");
}

// Parameters as torchvision 0.14 documents them (num_params of the weights).
TEST_CASE("presets have torchvision's numbers of parameters", "[families]") {
  struct Row {
    std::string preset;
    std::int64_t params;
  };
  const auto row = GENERATE(values<Row>({
      {"alexnet", 61100840},           {"vgg11", 132863336},
      {"vgg16_bn", 138365992},         {"vgg19", 143667240},
      {"squeezenet1_0", 1248424},      {"densenet161", 28681000},
      {"densenet169", 14149480},       {"densenet201", 20013928},
      {"resnet34", 21797672},          {"resnet101", 44549160},
      {"resnet152", 60192808},         {"wide_resnet50_2", 68883240},
      {"wide_resnet101_2", 126886696}, {"resnext101_32x8d", 88791336},
      {"mobilenet_v3_small", 2542856}, {"mnasnet0_5", 2218512},
      {"mnasnet1_0", 4383312},         {"mnasnet1_3", 6282256},
      {"shufflenet_v2_x0_5", 1366792}, {"shufflenet_v2_x2_0", 7393996},
      {"efficientnet_b3", 12233232},   {"efficientnet_b7", 66347960},
      {"regnet_x_400mf", 5495976},     {"regnet_y_400mf", 4344144},
      {"regnet_y_32gf", 145046770},    {"convnext_tiny", 28589128},
      {"convnext_large", 197767336},   {"vit_b_16", 86567656},
      {"vit_l_32", 306535400},
  }));
  INFO(row.preset);
  CHECK(cost::count(shipped(row.preset)).total.cost.params.value() == row.params);
}

TEST_CASE("every spec and preset builds for widths and resolutions far from 1",
          "[families][long]") {
  const spec::SpecLibrary library(source_dir() / "arch_specs");
  for (const std::string& name : library.names()) {
    const spec::ArchSpec spec = spec::read_spec(*library.find(name));
    for (const std::string param : {"alpha", "rho"}) {
      if (spec.find_param(param) == nullptr) continue;
      for (const std::string value : {"0.3", "0.5", "0.77", "1.3", "2.2", "4"}) {
        INFO(name << " " << param << "=" << value);
        graph::BuildOptions options;
        options.settings.push_back(graph::parse_setting(spec, param + "=" + value, "--set"));
        CHECK_NOTHROW(graph::build_network(spec, options));
      }
    }
  }
}
