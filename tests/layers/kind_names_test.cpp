// SPDX-License-Identifier: Apache-2.0
// What a kind of layer is, is a fact in its row: no code outside the folder of kinds compares
// names.
#include <filesystem>
#include <fstream>
#include <regex>

#include "layers/kinds.hpp"
#include "layers/layer_table.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

// Tables by kind, and rules about other tools' class names.
bool may_name_kinds(const std::string& file) {
  return file.starts_with("analyzer/layers/") ||
         file.starts_with("analyzer/interpreter/reference_") ||
         file == "analyzer/cost/conventions.cpp" || file == "analyzer/exporter/reference_names.cpp";
}

bool compares_kind(const std::string& line) {
  static const std::regex kComparison(
      R"re([!=]=\s*"(\w+)"|"(\w+)"\s*[!=]=|\bis(?:_\w+)?\([^"]*"(\w+)"|find_kind\("(\w+)")re");
  std::smatch match;
  for (std::string rest = line; std::regex_search(rest, match, kComparison);
       rest = match.suffix()) {
    for (std::size_t group = 1; group < match.size(); ++group) {
      if (match[group].matched && layers::find_kind(match[group].str()) != nullptr) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("no comparison with a kind's name outside the folder of kinds", "[layers]") {
  int files = 0;
  for (const std::string folder : {"analyzer", "search", "reports", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(source_dir() / folder)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      const std::string file = fs::relative(entry.path(), source_dir()).string();
      if (may_name_kinds(file)) continue;
      ++files;
      std::ifstream stream(entry.path());
      int number = 0;
      for (std::string line; std::getline(stream, line);) {
        ++number;
        INFO(file << ":" << number << ": " << line);
        if (compares_kind(line)) FAIL_CHECK("compares with the name of a kind");
      }
    }
  }
  CHECK(files > 200);
}

TEST_CASE("the check of kind names sees comparisons", "[layers]") {
  CHECK(compares_kind(R"(if (layer.kind->name == "conv") return;)"));
  CHECK(compares_kind(R"(return is(layer, "batch_norm") || other;)"));
  CHECK(compares_kind(R"(return is_one_of(kind, {"relu"});)"));
  CHECK(compares_kind(R"(const bool same = "dropout" != kind;)"));
  CHECK(compares_kind(R"(if (name == "layer" || name == "linear") return;)"));
  CHECK(compares_kind(R"(const LayerKind* kind = find_kind("add");)"));
  CHECK_FALSE(compares_kind(R"(if (name == "params") return;)"));
  CHECK_FALSE(compares_kind(R"(const int pad = find_attribute(kind, "pad");)"));
}

TEST_CASE("facts of kinds agree with each other", "[layers]") {
  std::string views, folding, functions;
  for (const layers::LayerKind* kind : layers::layer_table()) {
    INFO(kind->name);
    const std::string name = std::string(kind->name) + " ";
    if (layers::is_view(*kind)) views += name;
    if (kind->folds_into_convolution) folding += name;
    if (kind->activation) functions += name;
    if (layers::is_view(*kind)) CHECK_FALSE(kind->in_place);
    if (kind->folds_into_convolution || kind->activation)
      CHECK((kind->elementwise && kind->in_place));
    if (kind->activation) CHECK(kind->family == layers::Family::kActivation);
    if (kind->elementwise) CHECK(kind->spatial == layers::SpatialEffect::kSamePlace);
    if (layers::has_kernel(*kind))
      CHECK(kind->kept_for_backward == layers::KeptForBackward::kInputs);
    const bool window = kind->spatial == layers::SpatialEffect::kWindow ||
                        kind->spatial == layers::SpatialEffect::kTransposedWindow;
    CHECK(window == (layers::find_attribute(*kind, "kernel") >= 0));
  }
  CHECK(views == "flatten reshape dropout ");
  CHECK(folding == "batch_norm scale ");
  CHECK(functions == "relu relu6 leaky_relu sigmoid hard_sigmoid tanh swish hard_swish gelu elu ");
  CHECK(layers::find_kind("conv") == &layers::kinds::conv_kind);
}
