// SPDX-License-Identifier: Apache-2.0
// How the layers of two networks are aligned, against all alignments of small ones, and what is
// told of paddings and inputs.
#include "cost/diff.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <random>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Lines = std::vector<std::string>;

// A chain of layers "conv3 a": kind and name.
graph::Network named_layers(const std::vector<std::pair<std::string, std::string>>& layers) {
  std::string text;
  for (const auto& [kind, name] : layers)
    text += kind == "relu" ? fmt::format("- relu: {{name: {}}}\n", name)
                           : fmt::format("- conv: {{name: {}, out: 3, kernel: {}}}\n", name, kind);
  return network_of(spec_with(text, "3x4x5"));
}

int pair_value(const graph::Network& left, const graph::Network& right, std::size_t i,
               std::size_t j) {
  const graph::Layer &a = left.layers[i], &b = right.layers[j];
  if (a.kind != b.kind) return 0;
  if (a.name == b.name) return 4;
  return graph::class_name(left, a) == graph::class_name(right, b) ? 2 : 1;
}

// The best sum over all alignments.
int best_value(const graph::Network& left, const graph::Network& right, std::size_t i,
               std::size_t j) {
  if (i == left.layers.size() || j == right.layers.size()) return 0;
  int best = std::max(best_value(left, right, i + 1, j), best_value(left, right, i, j + 1));
  if (const int value = pair_value(left, right, i, j))
    best = std::max(best, value + best_value(left, right, i + 1, j + 1));
  return best;
}

// "a=b" for aligned layers, "a-" and "+b" for the others.
std::string alignment_text(const graph::Network& left, const graph::Network& right) {
  std::string text;
  for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
    text += text.empty() ? "" : " ";
    if (row.left >= 0) text += left.layers[static_cast<std::size_t>(row.left)].name;
    text += row.left < 0 ? "+" : row.right < 0 ? "-" : "=";
    if (row.right >= 0) text += right.layers[static_cast<std::size_t>(row.right)].name;
  }
  return text;
}

// What is told of the last layer.
std::string last_what(const std::string& left, const std::string& right) {
  const graph::Network a = network_of(spec_with(left, "3x4x5")),
                       b = network_of(spec_with(right, "3x4x5"));
  return cost::diff_networks(a, b).back().what;
}

}  // namespace

TEST_CASE("layers are aligned by kind, then class, then name", "[diff]") {
  CHECK(alignment_text(named_layers({{"3", "a"}, {"3", "b"}}), named_layers({{"3", "b"}})) ==
        "a- b=b");
  CHECK(alignment_text(named_layers({{"3", "a"}, {"1", "b"}}), named_layers({{"1", "c"}})) ==
        "a- b=c");
  CHECK(alignment_text(named_layers({{"1", "c"}}), named_layers({{"3", "a"}, {"1", "b"}})) ==
        "+a c=b");
  CHECK(alignment_text(named_layers({{"1", "a"}, {"relu", "b"}}), named_layers({{"relu", "a"}})) ==
        "a- b=a");
  CHECK(alignment_text(named_layers({{"1", "a"}}), named_layers({{"relu", "a"}})) == "a- +a");
  CHECK(alignment_text(named_layers({{"1", "a"}}), named_layers({{"3", "b"}})) == "a=b");
}

TEST_CASE("the alignment has the highest sum of all, in order", "[diff]") {
  std::mt19937 random(7);
  const Lines kinds = {"1", "3", "relu"}, names = {"a", "b", "c", "d", "e", "f", "g"};
  for (int round = 0; round < 60; ++round) {
    const auto any_network = [&] {
      Lines shuffled = names;
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      std::vector<std::pair<std::string, std::string>> layers;
      for (std::size_t k = 0; k < 1 + random() % 6; ++k)
        layers.emplace_back(kinds[random() % 3], shuffled[k]);
      return named_layers(layers);
    };
    const graph::Network left = any_network(), right = any_network();
    INFO(alignment_text(left, right));
    int value = 0, i = 0, j = 0;
    for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
      if (row.left >= 0) CHECK(row.left == i++);
      if (row.right >= 0) CHECK(row.right == j++);
      if (row.left < 0 || row.right < 0) continue;
      const int pair = pair_value(left, right, static_cast<std::size_t>(row.left),
                                  static_cast<std::size_t>(row.right));
      CHECK(pair > 0);
      value += pair;
    }
    CHECK(i == static_cast<int>(left.layers.size()));
    CHECK(j == static_cast<int>(right.layers.size()));
    CHECK(value == best_value(left, right, 0, 0));
  }
}

TEST_CASE("padding that is written in two ways is the same", "[diff]") {
  const auto what = [](const std::string& left, const std::string& right) {
    return last_what("- conv: {name: a, out: 2, kernel: 3, pad: " + left + "}\n",
                     "- conv: {name: a, out: 2, kernel: 3, pad: " + right + "}\n");
  };
  CHECK(what("same", "1") == "");
  CHECK(what("valid", "0") == "");
  CHECK(what("[1, 0, 1, 2]", "same") == "pad [1, 0, 1, 2] -> same");
  CHECK(what("same", "[2, 1, 0, 1]") == "pad same -> [2, 1, 0, 1]");
  CHECK(what("valid", "1") == "pad valid -> [1, 1, 1, 1], output 2x2x3 -> 2x4x5");
}

TEST_CASE("inputs that differ are told where both networks have them", "[diff]") {
  const std::string common = "- conv: {name: x, out: 3}\n- conv: {name: y, from: x, out: 3}\n";
  const auto what = [&](const std::string& left, const std::string& right) {
    return last_what(common + left, common + right);
  };
  const std::string added = "- relu: {name: n, from: x}\n";
  CHECK(what("- concat: {name: c, from: [x, y]}\n",
             added + "- concat: {name: c, from: [y, n]}\n") == "takes x, y -> y, n");
  CHECK(what("- concat: {name: c, from: [x, y]}\n",
             added + "- concat: {name: c, from: [n, y]}\n") == "");
  CHECK(what("- concat: {name: c, from: [y, x]}\n",
             added + "- concat: {name: c, from: [y, n]}\n") == "");
  CHECK(what(added + "- concat: {name: c, from: [n, x, y]}\n",
             "- concat: {name: c, from: [y, x, y]}\n") == "");
  CHECK(what(added + "- concat: {name: c, from: [n, x, y]}\n",
             "- concat: {name: c, from: [x, y, y]}\n") == "takes n, x, y -> x, y, y");
  CHECK(what("- concat: {name: c, from: [x, y]}\n", "- concat: {name: c, from: [y, x]}\n") ==
        "takes x, y -> y, x");
  CHECK(what("- add: {name: c, from: [x, y]}\n", "- add: {name: c, from: [y, x]}\n") == "");
  CHECK(what("- add: {name: c, from: [x, y]}\n", added + "- add: {name: c, from: [y, n]}\n") == "");
  CHECK(what("- add: {name: c, from: [x, y]}\n", "- add: {name: c, from: [y, input]}\n") ==
        "takes x, y -> y, the input");
}

TEST_CASE("networks too large for a table are aligned by name and kind, in order", "[diff]") {
  // 6400 x 6400 pairs, after an equal first layer.
  const auto large = [](const std::string& head, const std::string& tail) {
    return network_of(
        spec_with("- conv: {name: first, out: 3}\n" + head +
                      "- stage:\n    name: s\n    repeat: 6400\n    layers: [relu]\n" + tail,
                  "3x1x2"));
  };
  const graph::Network left =
      large("- conv: {name: a, out: 3}\n- relu: {name: b}\n- relu: {name: x}\n",
            "- relu: {name: y}\n- conv: {name: z, out: 3}\n");
  const graph::Network right = large("- relu: {name: a}\n- relu: {name: x}\n- relu: {name: b}\n",
                                     "- relu: {name: z}\n- relu: {name: y}\n");
  std::vector<std::string> apart;
  std::size_t equal = 0;
  for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
    if (row.left >= 0 && row.right >= 0) {
      CHECK(left.layers[row.left].name == right.layers[row.right].name);
      ++equal;
    } else {
      apart.push_back(row.left >= 0 ? left.layers[row.left].name + "-"
                                    : "+" + right.layers[row.right].name);
    }
  }
  // The x that follows b in one and precedes it in the other is not aligned, nor what has another
  // kind.
  CHECK(apart == Lines{"a-", "+a", "+x", "x-", "+z", "z-"});
  CHECK(equal == 1 + 1 + 6400 + 1);
}
