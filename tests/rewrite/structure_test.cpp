// SPDX-License-Identifier: Apache-2.0
// Where the items of a spec stand, and which of them others take by their names.
#include "rewrite/structure.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

spec::ArchSpec structure_spec(const std::string& rest) {
  return spec::read_spec_text(
      "net.yaml", "name: net\ninput: {channels: 8, height: 16, width: 12}\n" + rest, ".");
}

// "relu 1, group 0": what is taken, by how many references surely. Items are told by the number in
// the order of Structure::items() where their label is one of several: "relu#3".
std::string taken_items(const std::string& rest) {
  const spec::ArchSpec spec = structure_spec(rest);
  const rewrite::Structure structure(spec);
  std::vector<std::string> parts;
  const auto& items = structure.items();
  for (std::size_t k = 0; k < items.size(); ++k) {
    const auto sure = structure.references_to(*items[k]);
    if (!structure.is_referenced(*items[k])) {
      CHECK(sure.empty());
      continue;
    }
    const auto alike = std::count_if(items.begin(), items.end(), [&](const spec::Item* other) {
      return other->label() == items[k]->label();
    });
    const std::string label =
        alike == 1 ? items[k]->label() : fmt::format("{}#{}", items[k]->label(), k);
    parts.push_back(fmt::format("{} {}", label, sure.size()));
  }
  return join(parts, ", ");
}

const spec::Item& labelled_item(const rewrite::Structure& structure, const std::string& label) {
  for (const spec::Item* item : structure.items()) {
    if (item->label() == label) return *item;
  }
  throw std::runtime_error("no item " + label);
}

bool is_relu_item(const spec::Item& item) { return item.kind == &layers::kinds::relu_kind; }

}  // namespace

TEST_CASE("items are listed from the network's own list to the last block", "[rewrite]") {
  const spec::ArchSpec spec = structure_spec(
      "blocks:\n"
      "  one: {layers: [relu: {name: a}, group: {name: b, repeat: 2, layers: [relu: {name: c}]}]}\n"
      "  two: {layers: [one: {name: d}]}\n"
      "layers:\n"
      "  - add: {name: e, branches: [[relu: {name: f}, two: {name: g, repeat: 3}], [relu: {name: "
      "h}]]}\n"
      "  - one: {name: k}\n");
  const rewrite::Structure structure(spec);
  std::string places;
  for (const spec::Item* item : structure.items()) {
    const rewrite::Place& place = structure.place(*item);
    CHECK(&(*place.list)[place.index] == item);
    places += fmt::format("{} {} {} {}{}\n", item->label(), place.block, place.index,
                          place.around == nullptr ? "-" : place.around->label(),
                          place.repeated ? " repeated" : "");
  }
  CHECK(places ==
        "e -1 0 -\n"
        "f -1 0 e\n"
        "g -1 1 e repeated\n"
        "h -1 0 e\n"
        "k -1 1 -\n"
        "a 0 0 -\n"
        "b 0 1 - repeated\n"
        "c 0 0 b repeated\n"
        "d 1 0 -\n");
  CHECK(&structure.list_of(rewrite::kMain) == &spec.layers);
  CHECK(&structure.list_of(1) == &spec.blocks[1].layers);
  std::string uses;
  for (const int block : {0, 1}) {
    for (const spec::Item* use : structure.uses(block)) uses += use->label() + " ";
    uses += "; ";
  }
  CHECK(uses == "k d ; g ; ");
  std::string visited;
  const auto visit = [&](const spec::Item& item) { visited += item.label() + " "; };
  structure.each(spec.layers, visit);
  CHECK(visited == "e f g h k ");
  visited.clear();
  structure.each(spec.blocks[0].layers, visit);
  CHECK(visited == "a b c ");
}

TEST_CASE("a block is single where it is built once", "[rewrite]") {
  const TestFolder folder;
  folder.write("part.yaml", "blocks: {other: {layers: [relu]}}\n");
  folder.write("net.yaml",
               "name: net\ninclude: [part.yaml]\n"
               "input: {channels: 8, height: 16, width: 12}\n"
               "blocks:\n"
               "  inner: {layers: [relu]}\n"
               "  outer: {layers: [inner]}\n"
               "  twice: {layers: [relu]}\n"
               "  below: {layers: [relu]}\n"
               "  rounds: {layers: [below]}\n"
               "  again: {layers: [relu]}\n"
               "layers:\n"
               "  - outer\n  - twice\n  - other\n  - twice\n  - rounds: {repeat: 2}\n"
               "  - group: {repeat: 2, layers: [again]}\n");
  const spec::ArchSpec spec = spec::read_spec(folder / "net.yaml");
  const rewrite::Structure structure(spec);
  CHECK(structure.is_single(rewrite::kMain));
  std::string single;
  for (std::size_t b = 0; b < spec.blocks.size(); ++b) {
    if (structure.is_single(static_cast<int>(b))) single += spec.blocks[b].name + " ";
  }
  CHECK(single == "inner outer ");  // `other` is of another file
}

TEST_CASE("items are counted in blocks, groups and branches, a repeat once", "[rewrite]") {
  const spec::ArchSpec spec = structure_spec(
      "blocks: {two: {layers: [relu, tanh, relu: {repeat: 5}]}}\n"
      "layers:\n"
      "  - relu: {name: one}\n"
      "  - tanh: {name: none}\n"
      "  - two: {name: block, repeat: 2}\n"
      "  - group: {name: all, layers: [two, relu, add: {branches: [[relu], [two, relu]]}]}\n"
      "  - relu: {name: r, when: in == 8}\n"
      "  - group: {name: r, when: in != 8, layers: [two]}\n"
      "  - group: {name: s, layers: [relu: {name: x, when: in == 8}, "
      "group: {name: x, when: in == 9, layers: [two]}, "
      "group: {name: x, when: in == 7, layers: [two]}, group: {name: x, layers: [relu]}]}\n");
  const rewrite::Structure structure(spec);
  const auto count = [&](const std::string& label) {
    return structure.count(labelled_item(structure, label), is_relu_item);
  };
  CHECK(count("one") == 1);
  CHECK(count("none") == 0);
  CHECK(count("block") == 2);
  CHECK(count("all") == 7);
  CHECK(count("s") == 2);
  // The group that replaces a layer counts as the layer.
  CHECK(structure.count(spec.layers, is_relu_item) == 1 + 2 + 7 + 1 + 2);
  CHECK(structure.count(spec.layers[5], is_relu_item) == 2);
}

TEST_CASE("an alternative is a group with a condition behind a layer of its label", "[rewrite]") {
  const spec::ArchSpec spec = structure_spec(
      "layers:\n"
      "  - group: {name: a, when: in == 8, layers: [relu]}\n"        // 0: nothing before it
      "  - relu: {name: a, when: in == 9}\n"                         // 1
      "  - group: {name: a, when: in == 8, layers: [relu]}\n"        // 2: yes
      "  - group: {name: a, when: in == 7, layers: [relu]}\n"        // 3: yes
      "  - group: {name: a, layers: [relu]}\n"                       // 4: always there
      "  - group: {name: a, when: in == 6, layers: [relu]}\n"        // 5: behind 4
      "  - relu: {name: b}\n"                                        // 6: always there
      "  - group: {name: b, when: in == 8, layers: [relu]}\n"        // 7
      "  - relu: {name: c, when: in == 8}\n"                         // 8
      "  - group: {name: d, when: in == 8, layers: [relu]}\n"        // 9: another label
      "  - relu: {name: d, when: in == 8}\n"                         // 10: a layer
      "  - add: {name: e, when: in == 8, branches: [[relu], []]}\n"  // 11: a merge
      "  - group: {name: e, when: in == 8, layers: [relu]}\n");      // 12
  std::string found;
  for (std::size_t k = 0; k < spec.layers.size(); ++k) {
    if (rewrite::is_alternative(spec.layers, k)) found += std::to_string(k) + " ";
  }
  CHECK(found == "2 3 ");
}

TEST_CASE("a label that one item has is that item", "[rewrite]") {
  CHECK(taken_items("layers: [relu: {name: a}, tanh, sigmoid: {from: a}]\n") == "a 1");
  CHECK(taken_items("layers: [relu: {name: a}, add: {from: [a, a]}, relu: {from: a}]\noutputs: "
                    "[relu, a]\n") == "a 4, relu 1");
  // The network's input isn't an item, and a longer word isn't the label.
  CHECK(taken_items("layers: [relu: {name: a}, tanh: {from: input}]\n").empty());
  CHECK(taken_items("layers: [relu: {name: a}, relu: {name: ab}, tanh: {from: ab}]\n") == "ab 1");
  CHECK(taken_items("layers: [relu: {name: a}, relu: {name: a2}, tanh: {from: a2}]\n") == "a2 1");
}

TEST_CASE("a label of several items has their numbers", "[rewrite]") {
  CHECK(taken_items("layers: [relu, tanh, relu, sigmoid: {from: relu1}]\n") == "relu#0 1");
  CHECK(taken_items("layers: [relu, tanh, relu, sigmoid: {from: relu2}]\n") == "relu#2 1");
  // Behind a digit, after an underscore.
  CHECK(
      taken_items("layers: [relu: {name: a9}, tanh, relu: {name: a9}, sigmoid: {from: a9_2}]\n") ==
      "a9#2 1");
  CHECK(
      taken_items("layers: [relu: {name: a0}, tanh, relu: {name: a0}, sigmoid: {from: a0_1}]\n") ==
      "a0#0 1");
  // Any of them may be meant: a word of several, one that isn't always there or has rounds.
  CHECK(taken_items("layers: [relu, tanh, relu, sigmoid: {from: relu}]\n") == "relu#0 0, relu#2 0");
  CHECK(taken_items("layers: [relu, tanh, relu: {when: in == 8}, sigmoid: {from: relu2}]\n") ==
        "relu#0 0, relu#2 0");
  CHECK(taken_items("layers: [relu: {repeat: 2}, tanh, relu, sigmoid: {from: relu3}]\n") ==
        "relu#0 0, relu#2 0");
  CHECK(taken_items("layers: [relu: {repeat: 2}, sigmoid: {from: relu2}]\n") == "relu 0");
  CHECK(taken_items("layers: [relu: {repeat: 2}, sigmoid: {from: relu}]\n") == "relu 0");
  CHECK(taken_items("layers: [relu, tanh, relu, sigmoid: {from: relu3}]\n") ==
        "relu#0 0, relu#2 0");
  CHECK(taken_items("layers: [relu: {name: a}, relu: {name: a1}, tanh: {from: a12}]\n") ==
        "a 0, a1 0");
  CHECK(taken_items("layers: [relu: {when: in == 8}, tanh, relu, sigmoid: {from: relu2}]\n") ==
        "relu#0 0, relu#2 0");
  // A number has digits only.
  CHECK(taken_items("layers: [relu: {name: a}, relu: {name: a}, tanh: {from: a_b}]\n").empty());
  CHECK(taken_items(
            "layers: [relu: {name: a}, relu: {name: a}, tanh: {from: a/}, tanh: {from: \"a:\"}, "
            "tanh: {from: a0}, tanh: {from: input}]\n") == "a#0 0, a#1 0");
  CHECK(taken_items("layers: [relu: {name: a}, relu: {name: a}, tanh: {from: a9}]\n") ==
        "a#0 0, a#1 0");
}

TEST_CASE("a path leads through groups, and takes them too", "[rewrite]") {
  const std::string groups =
      "layers:\n"
      "  - group: {name: g, layers: [relu: {name: a}, group: {name: k, layers: [relu: {name: b}, "
      "tanh: {name: c}]}]}\n"
      "  - group: {name: z, layers: [relu: {name: a}]}\n";
  CHECK(taken_items(groups + "  - tanh: {from: g}\n") == "g 1");
  CHECK(taken_items(groups + "  - tanh: {from: g.a}\n") == "g 0, a#1 1");
  CHECK(taken_items(groups + "  - tanh: {from: g.k.b}\n") == "g 0, k 0, b 1");
  CHECK(taken_items(groups + "  - tanh: {from: z.a}\n") == "z 0, a#6 1");
  CHECK(taken_items(groups + "  - tanh: {from: input}\noutputs: [g.k, z]\n") == "g 0, k 1, z 1");
  // From inside of a group: its own layers first, then those around it.
  CHECK(taken_items("layers:\n"
                    "  - relu: {name: a}\n"
                    "  - relu: {name: b}\n"
                    "  - group: {name: g, layers: [relu: {name: a}, add: {from: [a, b]}]}\n") ==
        "b 1, a#3 1");
  // Not those that enter the group by that name.
  CHECK(taken_items("layers:\n"
                    "  - relu: {name: a}\n"
                    "  - relu: {name: b}\n"
                    "  - group: {name: g, from: [a, b], inputs: [b, c], "
                    "layers: [add: {from: [b, c]}]}\n") == "a 1, b 1");
  CHECK(taken_items("layers:\n"
                    "  - relu: {name: a}\n"
                    "  - relu: {name: b}\n"
                    "  - group: {name: g, inputs: [q], layers: [add: {from: [q, b]}]}\n") == "b 1");
  CHECK(taken_items("layers:\n"
                    "  - group: {name: z, layers: [relu: {name: q}]}\n"
                    "  - group: {name: g, inputs: [q], layers: [add: {from: [q, z.q]}]}\n") ==
        "z 0, q 1");
  // The outputs of a group, of a block and of the network.
  CHECK(taken_items("blocks: {p: {outputs: [u], layers: [relu: {name: u}, tanh: {name: v}]}}\n"
                    "layers:\n"
                    "  - p\n"
                    "  - group: {name: g, outputs: [w, u], layers: [relu: {name: u}, tanh: {name: "
                    "w, from: u}]}\n"
                    "outputs: [g]\n") == "g 1, u#2 2, w 1, u#4 1");
}

TEST_CASE("a path into a block or a merge may take what has the name there", "[rewrite]") {
  const std::string block =
      "blocks:\n"
      "  p: {layers: [group: {name: g, layers: [relu: {name: a}, relu: {name: b}]}, relu: {name: "
      "c}]}\n"
      "  q: {layers: [group: {name: g, layers: [relu: {name: a}]}]}\n"
      "layers:\n  - p: {name: one}\n  - q: {name: other}\n";
  // Wherever a group of the name has it: the block isn't looked at.
  CHECK(taken_items(block + "  - tanh: {from: one.g.a}\n") == "one 0, g#3 0, a#4 0, a#8 0");
  const std::string merge =
      "layers:\n"
      "  - add: {name: s, left: [relu: {name: a}], right: [tanh: {name: b}]}\n";
  // Of two groups of a name either may be meant.
  CHECK(taken_items("layers:\n"
                    "  - group: {name: g, layers: [relu: {name: a}, relu: {name: b}]}\n"
                    "  - group: {name: g, layers: [relu: {name: a}]}\n"
                    "  - tanh: {from: g.a}\n") == "g#0 0, a#1 0, g#3 0, a#4 0");
  CHECK(taken_items("blocks: {p: {layers: [group: {name: g, layers: [relu: {name: one}]}]}}\n"
                    "layers: [p: {name: one}, tanh: {from: one.g}]\n") == "one#0 0, g 0");
  CHECK(taken_items(merge + "  - tanh: {from: s}\n") == "s 1");
  // An open path is of its own block's items.
  CHECK(taken_items("blocks: {p: {layers: [relu, relu, tanh: {from: relu}]}}\n"
                    "layers: [relu, relu, p]\n") == "relu#3 0, relu#4 0");
}

TEST_CASE("what a path takes out of a block or a branch may be taken", "[rewrite]") {
  CHECK(
      taken_items("blocks: {unit: {layers: [relu: {name: a}, relu: {name: b}]}}\n"
                  "layers: [unit: {name: one}, unit: {name: two}, add: {from: [one.a, two]}]\n") ==
      "one 0, two 1, a 0");
  CHECK(taken_items("blocks: {unit: {layers: [relu: {name: a}]}}\n"
                    "layers: [relu: {name: x}, unit: {name: one}, group: {name: g, layers: [relu: "
                    "{name: a}]}, add: {from: [g.a, x]}]\n") == "x 1, g 0, a#3 1");
}
