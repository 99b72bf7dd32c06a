// SPDX-License-Identifier: Apache-2.0
// Small graphs of ONNX files with the items of the spec that is written for them, in a line.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "graph/build.hpp"
#include "onnx/graph_writer.hpp"
#include "onnx/reader.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"

namespace archcost::test {

/// "w2 % 4; conv: {out: w1}; relu -> 8x4x4": widths that are multiples, the items of the spec, and
/// the output of the network that is built from it.
inline std::string items_of(const spec::ArchSpec& spec) {
  const std::string text = spec::write_spec(spec);
  std::string items;
  bool inside = false;
  for (const std::string& line : split(text, '\n')) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string rest = line.substr(indent);
    const std::size_t multiple = rest.find("divisor if divisor % ");
    if (multiple != std::string::npos) {
      const std::size_t begin = multiple + std::string("divisor if divisor % ").size();
      items += fmt::format("{} % {}; ", rest.substr(0, rest.find(':')),
                           rest.substr(begin, rest.find(' ', begin) - begin));
    }
    if (indent == 0) inside = rest == "layers:";
    if (indent == 0 && rest.starts_with("outputs:")) items += "; " + rest;
    if (!inside || indent == 0) continue;
    const bool item = rest.starts_with("- ");
    if (!items.empty() && !items.ends_with("; ")) items += item ? "; " : " ";
    items += item ? rest.substr(2) : rest;
  }
  const graph::Network network = graph::build_network(spec);
  return items + " -> " + to_string(network.layers.back().output);
}

/// The message of the error where there is one.
inline std::string items_of(const TestModel& model, const onnx::ModelSizes& sizes = {}) {
  try {
    return items_of(onnx::read_model_bytes(encode(model), "net.onnx", sizes));
  } catch (const Error& error) {
    return error.what();
  }
}

using Sizes = std::vector<std::int64_t>;

struct ItemsRow {
  std::vector<TestDimension> input;
  std::function<std::string(GraphWriter&)> make;  ///< the output
  std::string items;
};

inline void check_items(const std::vector<ItemsRow>& rows) {
  for (const ItemsRow& row : rows) {
    GraphWriter g(row.input);
    g.model.outputs = {row.make(g)};
    CHECK(items_of(g.model) == row.items);
  }
}

/// One operator over the input alone.
inline std::function<std::string(GraphWriter&)> operator_of(
    const std::string& type,
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> ints = {},
    std::vector<std::pair<std::string, std::vector<float>>> reals = {}) {
  return [=](GraphWriter& g) {
    const std::string out = g.node(type, {"x"}, ints);
    g.model.nodes.back().reals = reals;
    return out;
  };
}

}  // namespace archcost::test
