// SPDX-License-Identifier: Apache-2.0
// Differences of two networks, whole: totals, layers, groups, settings.
#include "reports/tables/network_tables.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Lines = std::vector<std::string>;

spec::Value number_value(std::int64_t number) { return spec::Value(spec::Number(number)); }

// A network with parameters and these layers, in stages.
graph::Network staged_network(const std::string& layers, const std::vector<std::string>& names,
                              std::int64_t wide = 4, std::int64_t last = 2, std::int64_t se = 0) {
  graph::Network network = network_of(
      "name: net\nsource: a paper\ninput: {channels: 3, height: 6, width: 4}\nlayers:\n" + layers);
  for (std::size_t k = 0; k < names.size(); ++k) network.layers[k].name = names[k];
  network.parameters = {
      {"wide", "ω", number_value(wide), wide == 4},
      {"list", "list", spec::Value(spec::List{number_value(1), number_value(last)}), last == 2},
      {"se", "se", number_value(se), se == 0}};
  return network;
}

graph::Network before_network() {
  return staged_network(
      "  - conv: {out: 4, kernel: 3}\n  - batch_norm\n  - conv: {out: 4, kernel: 3, groups: 2}\n"
      "  - relu\n  - global_avg_pool\n  - linear: {out: 5, bias: true}\n",
      {"stem.conv", "stem.norm", "mid.conv", "mid.relu", "old.pool", "head.linear"});
}

graph::Network after_network() {
  graph::Network network = staged_network(
      "  - conv: {out: 4, kernel: 3}\n  - batch_norm\n  - conv: {out: 4, kernel: 3}\n"
      "  - relu\n  - conv: {out: 7, kernel: 1}\n  - global_avg_pool\n  - linear: {out: 5, bias: "
      "true}\n",
      {"stem.conv", "stem.norm", "mid.conv", "mid.relu", "new.conv", "new.pool", "head.linear"}, 6,
      3, 1);
  network.name = "other";
  network.batch = 2;
  return network;
}

std::string whole_diff(const graph::Network& left, const graph::Network& right,
                       const tables::DiffOptions& options = {}) {
  return whole_text(
      tables::diff_report(left, cost::count(left), right, cost::count(right), options));
}

}  // namespace

TEST_CASE("a difference layer by layer", "[diff]") {
  const graph::Network before = before_network(), after = after_network();
  CHECK(whole_diff(before, after, {.notes = {"one", "two"}}) == R"(
net (ω 4   3x6x4   batch 1)
to other (ω 6   list [1, 3]   se 1   3x6x4   batch 2)
== 
cost "cost" text; left "before" count; right "after" count; change "change" change; ratio "ratio" ratio
| 'params' | 213 | 328 | 115 | 1.539906103 |
| 'weights' | 200 | 315 | 115 | 1.575 |
| 'buffers' | 8 | 8 | 0 | 1.0 |
| 'macs' | 4340 | 13510 | 9170 | 3.112903226 |
| 'bias adds' | 5 | 10 | 5 | 2.0 |
| 'elementwise' | 192 | 384 | 192 | 2.0 |
| 'compares' | 96 | 192 | 96 | 2.0 |
| 'pool ops' | 96 | 336 | 240 | 3.5 |
| 'activations' | 393 | 1128 | 735 | 2.870229008 |
* From net to other: wide 4 to 6, list [1, 2] to [1, 3], se 0 to 1, batch 1 to 2.
* Layers: 3 changed (params +87, macs +5,234), 1 added (params +28, macs +1,344), 3 same (macs +2,592).
* one
* two
== 
change "" text n1; layer "layer" text n26; what "what" text n20 cut; params "params" change e1; macs "macs" change
| '=' | '2 equal layers' | '' |  |  |
| '~' | 'mid.conv' | 'groups 2 -> 1' | 72 | 5184 |
| '=' | '1 equal layer' | '' |  |  |
| '+' | 'new.conv' | 'conv 1x1' | 28 | 1344 |
| '~' | 'old.pool' | 'name old.pool -> new.pool, output 4x1x1 -> 7x1x1' | 0 | 0 |
| '~' | 'head.linear' | 'input 4x1x1 -> 7x1x1' | 15 | 50 |
)");
  CHECK(whole_text(tables::diff_data(before, cost::count(before), after, cost::count(after))) == R"(


== 
change "" text; left "" text; right "" text; what "" text; params "" text; macs "" text
| 'same' | 'stem.conv' | 'stem.conv' | '' | 0 | 2592 |
| 'same' | 'stem.norm' | 'stem.norm' | '' | 0 | 0 |
| 'changed' | 'mid.conv' | 'mid.conv' | 'groups 2 -> 1' | 72 | 5184 |
| 'same' | 'mid.relu' | 'mid.relu' | '' | 0 | 0 |
| 'added' | '' | 'new.conv' | '' | 28 | 1344 |
| 'changed' | 'old.pool' | 'new.pool' | 'name old.pool -> new.pool, output 4x1x1 -> 7x1x1' | 0 | 0 |
| 'changed' | 'head.linear' | 'head.linear' | 'input 4x1x1 -> 7x1x1' | 15 | 50 |
)");
  const std::string json =
      tables::diff_json(before, cost::count(before), after, cost::count(after));
  CHECK(json == nlohmann::ordered_json::parse(json).dump(2) + "\n");
  CHECK(
      short_json(json) ==
      R"({"left":{"spec":"net","totals":{"params":213,"weights":200,"buffers":8,"macs":4340,"bias_adds":5,"elementwise":192,"compares":96,"transcendentals":0,"pool_ops":96,"activations":393}},"right":{"spec":"other","totals":{"params":328,"weights":315,"buffers":8,"macs":13510,"bias_adds":10,"elementwise":384,"compares":192,"transcendentals":0,"pool_ops":336,"activations":1128}},"layers":[{"change":"same","left":"stem.conv","right":"stem.conv","params":0,"macs":2592},{"change":"same","left":"stem.norm","right":"stem.norm","params":0,"macs":0},{"change":"changed","left":"mid.conv","right":"mid.conv","what":"groups 2 -> 1","params":72,"macs":5184},{"change":"same","left":"mid.relu","right":"mid.relu","params":0,"macs":0},{"change":"added","left":null,"right":"new.conv","params":28,"macs":1344},{"change":"changed","left":"old.pool","right":"new.pool","what":"name old.pool -> new.pool, output 4x1x1 -> 7x1x1","params":0,"macs":0},{"change":"changed","left":"head.linear","right":"head.linear","what":"input 4x1x1 -> 7x1x1","params":15,"macs":50}]})");
}

TEST_CASE("a difference by kind, stage and block", "[diff]") {
  const graph::Network before = before_network(), after = after_network();
  CHECK(whole_diff(before, after, {.grouping = cost::Grouping::kStage}) == R"(
net (ω 4   3x6x4   batch 1)
to other (ω 6   list [1, 3]   se 1   3x6x4   batch 2)
== 
cost "cost" text; left "before" count; right "after" count; change "change" change; ratio "ratio" ratio
| 'params' | 213 | 328 | 115 | 1.539906103 |
| 'weights' | 200 | 315 | 115 | 1.575 |
| 'buffers' | 8 | 8 | 0 | 1.0 |
| 'macs' | 4340 | 13510 | 9170 | 3.112903226 |
| 'bias adds' | 5 | 10 | 5 | 2.0 |
| 'elementwise' | 192 | 384 | 192 | 2.0 |
| 'compares' | 96 | 192 | 96 | 2.0 |
| 'pool ops' | 96 | 336 | 240 | 3.5 |
| 'activations' | 393 | 1128 | 735 | 2.870229008 |
* From net to other: wide 4 to 6, list [1, 2] to [1, 3], se 0 to 1, batch 1 to 2.
* Layers: 3 changed (params +87, macs +5,234), 1 added (params +28, macs +1,344), 3 same (macs +2,592).
== 
stage "stage" text n26; layers_left "layers" count e3; layers_right "after" count e3; params_left "params" count e2; params_right "after" count e2; params "change" change e1; macs_left "macs" count; macs_right "after" count; macs "change" change
| 'stem' | 2 | 2 | 116 | 116 | 0 | 2592 | 5184 | 2592 |
| 'mid' | 2 | 2 | 72 | 144 | 72 | 1728 | 6912 | 5184 |
| 'new' | 0 | 2 | 0 | 28 | 28 | 0 | 1344 | 1344 |
| 'old' | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
| 'head' | 1 | 1 | 25 | 40 | 15 | 20 | 70 | 50 |
= 'total' | 6 | 7 | 213 | 328 | 115 | 4340 | 13510 | 9170 |
)");
  const auto table = [&](cost::Grouping grouping, bool back = false) {
    const graph::Network &left = back ? after : before, &right = back ? before : after;
    return whole_text(tables::diff_data(left, cost::count(left), right, cost::count(right),
                                        {.grouping = grouping}));
  };
  CHECK(table(cost::Grouping::kStage, true) == R"(


== 
stage "stage" text n26; layers_left "layers" count e3; layers_right "after" count e3; params_left "params" count e2; params_right "after" count e2; params "change" change e1; macs_left "macs" count; macs_right "after" count; macs "change" change
| 'stem' | 2 | 2 | 116 | 116 | 0 | 5184 | 2592 | -2592 |
| 'mid' | 2 | 2 | 144 | 72 | -72 | 6912 | 1728 | -5184 |
| 'old' | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0 |
| 'new' | 2 | 0 | 28 | 0 | -28 | 1344 | 0 | -1344 |
| 'head' | 1 | 1 | 40 | 25 | -15 | 70 | 20 | -50 |
= 'total' | 7 | 6 | 328 | 213 | -115 | 13510 | 4340 | -9170 |
)");
  CHECK(table(cost::Grouping::kKind) == R"(


== 
kind "kind" text n26; layers_left "layers" count e3; layers_right "after" count e3; params_left "params" count e2; params_right "after" count e2; params "change" change e1; macs_left "macs" count; macs_right "after" count; macs "change" change
| 'conv 3x3' | 1 | 2 | 108 | 252 | 144 | 2592 | 12096 | 9504 |
| 'batch norm' | 1 | 1 | 8 | 8 | 0 | 0 | 0 | 0 |
| 'grouped 3x3' | 1 | 0 | 72 | 0 | -72 | 1728 | 0 | -1728 |
| 'relu' | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 |
| 'conv 1x1' | 0 | 1 | 0 | 28 | 28 | 0 | 1344 | 1344 |
| 'global avg pool' | 1 | 1 | 0 | 0 | 0 | 0 | 0 | 0 |
| 'linear' | 1 | 1 | 25 | 40 | 15 | 20 | 70 | 50 |
= 'total' | 6 | 7 | 213 | 328 | 115 | 4340 | 13510 | 9170 |
)");
  CHECK(table(cost::Grouping::kBlock) == R"(


== 
block "block" text n26; layers_left "layers" count e3; layers_right "after" count e3; params_left "params" count e2; params_right "after" count e2; params "change" change e1; macs_left "macs" count; macs_right "after" count; macs "change" change
| 'stem' | 2 | 2 | 116 | 116 | 0 | 2592 | 5184 | 2592 |
| 'mid' | 2 | 2 | 72 | 144 | 72 | 1728 | 6912 | 5184 |
| 'new' | 0 | 2 | 0 | 28 | 28 | 0 | 1344 | 1344 |
| 'old' | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
| 'head' | 1 | 1 | 25 | 40 | 15 | 20 | 70 | 50 |
= 'total' | 6 | 7 | 213 | 328 | 115 | 4340 | 13510 | 9170 |
)");
}

TEST_CASE("groups of the second network alone follow the one before them there", "[diff]") {
  const auto network = [](const Lines& names) {
    std::string layers;
    for (std::size_t k = 0; k < names.size(); ++k) layers += "  - relu\n";
    return staged_network(layers, names);
  };
  const auto order = [&](const Lines& left, const Lines& right) {
    const graph::Network a = network(left), b = network(right);
    std::string names;
    const document::Document data = tables::diff_data(a, cost::count(a), b, cost::count(b),
                                                      {.grouping = cost::Grouping::kStage});
    for (const auto& row : data.sections[0].table.rows)
      names += std::get<std::string>(row[0]) + " ";
    return names;
  };
  CHECK(order({"a", "b", "c"}, {"a", "x", "y", "b", "z"}) == "a x y b z c total ");
  CHECK(order({"a", "b"}, {"x", "b", "y"}) == "x a b y total ");
  CHECK(order({"a", "b", "c"}, {"c", "x", "a", "y"}) == "a y b c x total ");
  CHECK(order({"a"}, {"x"}) == "x a total ");
}

TEST_CASE("equal networks are told so, and what is neither is counted", "[diff]") {
  const graph::Network one = staged_network("  - conv: {out: 4}\n  - relu\n", {"a", "b"});
  CHECK(whole_diff(one, one) == R"(
net (ω 4   3x6x4   batch 1)
to net (ω 4   3x6x4   batch 1)
== 
cost "cost" text; left "before" count; right "after" count; change "change" change; ratio "ratio" ratio
| 'params' | 12 | 12 | 0 | 1.0 |
| 'weights' | 12 | 12 | 0 | 1.0 |
| 'macs' | 288 | 288 | 0 | 1.0 |
| 'compares' | 96 | 96 | 0 | 1.0 |
| 'activations' | 192 | 192 | 0 | 1.0 |
* The networks are equal, layer by layer.
== 
change "" text n1; layer "layer" text n26; what "what" text n20 cut; params "params" change e1; macs "macs" change
| '=' | '2 equal layers' | '' |  |  |
)");
  const graph::Network more =
      staged_network("  - conv: {out: 4}\n  - relu\n  - relu\n", {"a", "b"});
  const auto last_note = [](const graph::Network& left, const graph::Network& right) {
    return tables::diff_report(left, cost::count(left), right, cost::count(right))
        .sections[0]
        .notes.back();
  };
  CHECK(last_note(one, more) == "Layers: 1 added, 2 same.");
  CHECK(last_note(more, one) == "Layers: 1 removed, 2 same.");
  const graph::Network none = staged_network("  - max_pool: {kernel: 3}\n", {"a"});
  CHECK(last_note(none, staged_network("  - max_pool: {kernel: 2}\n", {"a"})) ==
        "Layers: 1 changed.");
  CHECK(last_note(one, staged_network("  - conv: {out: 9}\n  - relu\n", {"a", "b"})) ==
        "Layers: 2 changed (params +15, macs +360).");
  CHECK(last_note(staged_network("  - conv: {out: 9}\n  - relu\n", {"a", "b"}), one) ==
        "Layers: 2 changed (params -15, macs -360).");
}

TEST_CASE("a first layer that one side alone has", "[diff]") {
  const graph::Network longer = staged_network("  - relu\n  - conv: {out: 2}\n", {"x", "a"}),
                       shorter = staged_network("  - conv: {out: 2}\n", {"a"});
  const auto rows = [](const graph::Network& left, const graph::Network& right) {
    const document::Document report =
        tables::diff_report(left, cost::count(left), right, cost::count(right));
    return whole_text(document::Table{{}, report.sections[1].table.rows});
  };
  CHECK(rows(longer, shorter) ==
        "| '-' | 'x' | 'relu' | 0 | 0 |\n| '=' | '1 equal layer' | '' |  |  |\n");
  CHECK(rows(shorter, longer) ==
        "| '+' | 'x' | 'relu' | 0 | 0 |\n| '=' | '1 equal layer' | '' |  |  |\n");
}

TEST_CASE("a change of one number, in both directions", "[diff]") {
  const auto network = [](const std::string& layer) {
    return network_of(
        "name: net\ninput: {channels: 1, height: 3, width: 2}\nlayers:\n  - conv: " + layer + "\n");
  };
  const graph::Network one = network("{name: a, out: 1}"), two = network("{name: a, out: 2}"),
                       biased = network("{name: a, out: 1, bias: true}");
  CHECK(whole_diff(one, two) == R"(
net (1x3x2   batch 1)
to net (1x3x2   batch 1)
== 
cost "cost" text; left "before" count; right "after" count; change "change" change; ratio "ratio" ratio
| 'params' | 1 | 2 | 1 | 2.0 |
| 'weights' | 1 | 2 | 1 | 2.0 |
| 'macs' | 6 | 12 | 6 | 2.0 |
| 'activations' | 6 | 12 | 6 | 2.0 |
* Layers: 1 changed (params +1, macs +6).
== 
change "" text n1; layer "layer" text n26; what "what" text n20 cut; params "params" change e1; macs "macs" change
| '~' | 'a' | 'out 1 -> 2, output 1x3x2 -> 2x3x2' | 1 | 6 |
)");
  CHECK(whole_diff(two, one) == R"(
net (1x3x2   batch 1)
to net (1x3x2   batch 1)
== 
cost "cost" text; left "before" count; right "after" count; change "change" change; ratio "ratio" ratio
| 'params' | 2 | 1 | -1 | 0.5 |
| 'weights' | 2 | 1 | -1 | 0.5 |
| 'macs' | 12 | 6 | -6 | 0.5 |
| 'activations' | 12 | 6 | -6 | 0.5 |
* Layers: 1 changed (params -1, macs -6).
== 
change "" text n1; layer "layer" text n26; what "what" text n20 cut; params "params" change e1; macs "macs" change
| '~' | 'a' | 'out 2 -> 1, output 2x3x2 -> 1x3x2' | -1 | -6 |
)");
  CHECK(whole_diff(one, biased) == R"(
net (1x3x2   batch 1)
to net (1x3x2   batch 1)
== 
cost "cost" text; left "before" count; right "after" count; change "change" change; ratio "ratio" ratio
| 'params' | 1 | 2 | 1 | 2.0 |
| 'weights' | 1 | 1 | 0 | 1.0 |
| 'macs' | 6 | 6 | 0 | 1.0 |
| 'bias adds' | 0 | 6 | 6 |  |
| 'activations' | 6 | 6 | 0 | 1.0 |
* Layers: 1 changed (params +1).
== 
change "" text n1; layer "layer" text n26; what "what" text n20 cut; params "params" change e1; macs "macs" change
| '~' | 'a' | 'bias false -> true' | 1 | 0 |
)");
  CHECK(whole_text(tables::diff_data(before_network(), cost::count(before_network()), one,
                                     cost::count(one))) == R"(


== 
change "" text; left "" text; right "" text; what "" text; params "" text; macs "" text
| 'changed' | 'stem.conv' | 'a' | 'name stem.conv -> a, out 4 -> 1, kernel 3x3 -> 1x1, output 4x6x4 -> 1x3x2' | -107 | -2586 |
| 'removed' | 'stem.norm' | '' | '' | -8 | 0 |
| 'removed' | 'mid.conv' | '' | '' | -72 | -1728 |
| 'removed' | 'mid.relu' | '' | '' | 0 | 0 |
| 'removed' | 'old.pool' | '' | '' | 0 | 0 |
| 'removed' | 'head.linear' | '' | '' | -25 | -20 |
)");
}

TEST_CASE("settings that differ between networks of one spec", "[diff]") {
  const graph::Network one = staged_network("  - relu\n", {});
  CHECK(tables::setting_changes(one, one).empty());
  graph::Network two = staged_network("  - relu\n", {}, 5, 1);
  CHECK(tables::setting_changes(one, two) == Lines{"wide 4 to 5", "list [1, 2] to [1, 1]"});
  two.input.height = 9;
  two.batch = 3;
  CHECK(tables::setting_changes(one, two) ==
        Lines{"wide 4 to 5", "list [1, 2] to [1, 1]", "input 3x6x4 to 3x9x4", "batch 1 to 3"});
  Lines notes = {"first"};
  tables::add_setting_changes("a", one, "b", one, notes);
  CHECK(notes == Lines{"first"});
  tables::add_setting_changes("a", one, "b", two, notes);
  CHECK(notes ==
        Lines{"first",
              "From a to b: wide 4 to 5, list [1, 2] to [1, 1], input 3x6x4 to 3x9x4, batch "
              "1 to 3."});
  graph::Network three = one;
  // Another spec of the same source, which has lists of another length.
  two = staged_network("  - relu\n", {}, 5, 1, 1);
  two.parameters.push_back({"more", "more", number_value(1), true});
  two.parameters[1].value = spec::Value(spec::List{number_value(1)});
  CHECK(tables::setting_changes(one, two) == Lines{"wide 4 to 5", "se 0 to 1"});
  CHECK(tables::setting_changes(two, one) == Lines{"wide 5 to 4", "se 1 to 0"});
  two.parameters[1].value = number_value(7);
  CHECK(tables::setting_changes(one, two) == Lines{"wide 4 to 5", "se 0 to 1"});
  two.parameters[1].value = spec::Value(spec::List{number_value(1), number_value(8)});
  CHECK(tables::setting_changes(one, two) ==
        Lines{"wide 4 to 5", "list [1, 2] to [1, 8]", "se 0 to 1"});
  // Of one spec, whatever their values are.
  three.source = "";
  three.parameters[1].value = number_value(3);
  CHECK(tables::setting_changes(one, three) == Lines{"list [1, 2] to 3"});
  // Nothing is known of families with different parameters.
  two.source = "another paper";
  CHECK(tables::setting_changes(one, two).empty());
  two.source = one.source;
  CHECK_FALSE(tables::setting_changes(one, two).empty());
  three = one;
  three.source = two.source = "";
  CHECK(tables::setting_changes(three, two).empty());
}
