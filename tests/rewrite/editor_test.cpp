// SPDX-License-Identifier: Apache-2.0
// Changes of a spec: the texts that are written, the names that are taken, and where items go.
#include "rewrite/editor.hpp"

#include "core/text.hpp"
#include "layers/kinds.hpp"
#include "rewrite/rewrites.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
using spec::Item;

namespace {

const SourceRef kWhere = {0, 7, 3};

// An editor of a spec, as the rewrite `groups` has it.
struct Edited {
  explicit Edited(const std::string& rest, const std::string& call_text = "groups")
      : opened(open_text("name: net\ninput: {channels: 8, height: 16, width: 12}\n" + rest)),
        traced(graph::build_traced(opened.spec, opened.options)),
        call(rewrite::parse_call(call_text)),
        editor(opened.spec, opened.options, traced, call) {}

  const Item& item(const std::string& label) const {
    for (const Item* item : editor.structure().items()) {
      if (item->label() == label) return *item;
    }
    throw std::runtime_error("no item " + label);
  }

  std::string text() {
    const std::string text = spec::write_spec(editor.result());
    return text.substr(text.find("\n\n", text.find("\ninput:")) + 2);
  }

  Opened opened;
  graph::TracedNetwork traced;
  rewrite::Call call;
  rewrite::Editor editor;
};

std::string edit_error(const std::function<void()>& change) {
  try {
    change();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("an expression is made from its text, lists from their elements", "[rewrite]") {
  CHECK(rewrite::expression("2 * c", kWhere).text == "2 * c");
  CHECK(rewrite::expression("2 * c", kWhere).where == kWhere);
  CHECK_FALSE(rewrite::expression("2 * c", kWhere).is_list());
  const auto list = [](const std::string& text) {
    const spec::Expression value = rewrite::expression(text, kWhere);
    CHECK(value.is_list());
    return std::pair(value.text, value.root().operands.size());
  };
  using List = std::pair<std::string, std::size_t>;
  CHECK(list("[]") == List("[]", 0));
  CHECK(list("[3]") == List("[3]", 1));
  CHECK(list("[ a , max(b, c)]") == List("[a, max(b, c)]", 2));
  CHECK(list("[1, 2, 3]") == List("[1, 2, 3]", 3));
  // Brackets at one end only are no list.
  CHECK_THROWS(rewrite::expression("[1, 2", kWhere));
  CHECK_FALSE(rewrite::expression("2 in [1, 2]", kWhere).is_list());
  CHECK_FALSE(rewrite::expression("[1, 2] == k", kWhere).is_list());
}

TEST_CASE("an item has the form of its kind", "[rewrite]") {
  const auto form = [](std::string_view kind) {
    const Item item = rewrite::layer_item(kind, kWhere);
    CHECK(item.head == kind);
    CHECK(item.where == kWhere);
    CHECK(item.arguments.empty());
    return item.form;
  };
  CHECK(form("conv") == Item::Form::kLayer);
  CHECK(form("relu") == Item::Form::kLayer);
  CHECK(form("activation") == Item::Form::kActivation);
  CHECK(form("group") == Item::Form::kGroup);
  CHECK(form("add") == Item::Form::kMerge);
  CHECK(form("concat") == Item::Form::kMerge);
  CHECK(form("multiply") == Item::Form::kMerge);
  CHECK(form("matmul") == Item::Form::kMerge);
  CHECK(rewrite::layer_item("conv", kWhere).kind == &layers::kinds::conv_kind);
  CHECK(rewrite::layer_item("group", kWhere).kind == nullptr);
}

TEST_CASE("an attribute is written, set in its place, or at its default", "[rewrite]") {
  Item item = rewrite::layer_item("conv", kWhere);
  CHECK(rewrite::written(item, "out") == nullptr);
  CHECK(rewrite::attribute_text(item, "groups") == "1");
  CHECK(rewrite::attribute_text(item, "kernel") == "1");
  CHECK(rewrite::attribute_text(item, "none").empty());
  rewrite::set_argument(item, "out", "8");
  rewrite::set_argument(item, "kernel", "[3, 5]");
  item.arguments[0].where = {0, 9, 9};
  rewrite::set_argument(item, "out", "2 * in");
  REQUIRE(item.arguments.size() == 2);
  CHECK(item.arguments[0].name == "out");
  CHECK(item.arguments[0].value.where == SourceRef{0, 9, 9});
  CHECK(item.arguments[1].where == kWhere);
  CHECK(rewrite::attribute_text(item, "out") == "2 * in");
  CHECK(rewrite::attribute_text(item, "kernel") == "[3, 5]");
  CHECK(rewrite::written(item, "kernel")->is_list());
}

TEST_CASE("conditions are joined, those that bind less than and in parentheses", "[rewrite]") {
  CHECK(rewrite::all_of({}).empty());
  CHECK(rewrite::all_of({"", ""}).empty());
  CHECK(rewrite::all_of({"a"}) == "a");
  CHECK(rewrite::all_of({"a or b"}) == "a or b");
  CHECK(rewrite::all_of({"a or b", ""}) == "a or b");
  CHECK(rewrite::all_of({"a or b", "c"}) == "(a or b) and c");
  CHECK(rewrite::all_of({"c", "a if b else d"}) == "c and (a if b else d)");
  CHECK(rewrite::all_of({"a and b", "not c", "d == 1", "e in [1, 2]"}) ==
        "a and b and not c and d == 1 and e in [1, 2]");
  CHECK(rewrite::all_of({"a", "b", "a"}) == "a and b");
  CHECK(rewrite::negated("a") == "not a");
  CHECK(rewrite::negated("a and b") == "not (a and b)");
  CHECK(rewrite::negated("a == 1") == "not (a == 1)");
  for (const char* tight : {"3", "0.5", "c", "max(a, b)", "w(2)"})
    CHECK(rewrite::factor(tight) == tight);
  for (const std::string loose : {"a + b", "2 * c", "-a", "a if b else c", "a == b"})
    CHECK(rewrite::factor(loose) == "(" + loose + ")");

  Item item = rewrite::layer_item("relu", kWhere);
  rewrite::add_condition(item, "");
  CHECK_FALSE(item.when);
  rewrite::add_condition(item, "a or b");
  CHECK(item.when->text == "a or b");
  CHECK(item.when->where == kWhere);
  item.when->where = {0, 9, 9};
  rewrite::add_condition(item, "c");
  CHECK(item.when->text == "(a or b) and c");
  CHECK(item.when->where == SourceRef{0, 9, 9});
}

TEST_CASE("names are those that nothing in the spec has", "[rewrite]") {
  Edited net(
      "params: {g: {default: small, choices: [small, large]}, rewrite_p: 1}\n"
      "let: {half: rewrite_p}\n"
      "tables: {rows: [1, 2]}\n"
      "blocks: {unit: {args: {p: 1}, let: {inner: p}, layers: [conv: {out: 8 * inner}]}}\n"
      "layers: [unit, relu: {when: g == small}, conv: {out: 8 * half * rows(1)}]\n");
  rewrite::Editor& editor = net.editor;
  CHECK(editor.fresh("free") == "free");
  CHECK(editor.fresh("free") == "rewrite_free");
  CHECK(editor.fresh("free") == "rewrite2_free");
  CHECK(editor.fresh("free") == "rewrite3_free");
  CHECK(editor.fresh("half") == "rewrite_half");
  CHECK(editor.fresh("rows") == "rewrite_rows");
  CHECK(editor.fresh("unit") == "rewrite_unit");
  CHECK(editor.fresh("inner") == "rewrite_inner");
  CHECK(editor.fresh("p") == "rewrite2_p");
  CHECK(editor.fresh("small") == "rewrite_small");
  CHECK(editor.fresh("conv") == "rewrite_conv");
  CHECK(editor.fresh("in") == "rewrite_in");
  // One name for a parameter.
  CHECK(editor.name("g") == "rewrite_g");
  CHECK(editor.name("g") == "rewrite_g");
  CHECK(editor.name("shuffle") == "shuffle");
  CHECK(editor.fresh("shuffle") == "rewrite_shuffle");
  spec::BlockSpec block;
  block.name = "made";
  block.layers = {rewrite::layer_item("relu", {})};
  CHECK(editor.add_block(block) == 1);
  CHECK(editor.fresh("made") == "rewrite_made");
  block.name = "more";
  CHECK(editor.add_block(block) == 2);
  // A choice may be a word of the spec, but not one of its names.
  CHECK(editor.word("small", "size") == "small");
  CHECK(editor.word("half", "size") == "half_size");
  CHECK(editor.word("p", "size") == "p_size");
  CHECK(editor.word("inner", "size") == "inner_size");
  CHECK(editor.word("unit", "size") == "unit");
  CHECK(editor.word("other", "size") == "other");
}

TEST_CASE("the last of several settings is the option's value", "[rewrite]") {
  const Edited net("layers: [conv: {out: 8}]\n", "groups:g=2,where=all,g=4");
  CHECK(net.editor.option("g") == "4");
  CHECK(net.editor.option("where") == "all");
  CHECK(net.editor.option("round").empty());
  CHECK(edit_error([&] { net.editor.fail("no"); }) == "+groups:g=2,where=all,g=4: error: no");
}

TEST_CASE("a parameter's value is a number, a word or a list of them", "[rewrite]") {
  const auto refusal = [](const std::string& call) {
    Edited net("layers: [conv: {out: 8}]\n", call);
    return edit_error([&] { net.editor.add_parameter("g"); });
  };
  CHECK(refusal("groups:g=4").empty());
  CHECK(refusal("groups:g=1/0") == "+groups:g=1/0: error: 'g': division by zero in '1/0'");
  CHECK(contains(refusal("groups:g=2 +"), "+groups:g=2 +: error: 'g': "));
  CHECK(refusal("groups:g=x + 1") ==
        "+groups:g=x + 1: error: 'g' must be a number, a word or a list of them, not x + 1");
  CHECK(refusal("groups:g=[2, x + 1]") ==
        "+groups:g=[2, x + 1]: error: 'g' must be a number, a word or a list of them, not [2, x + "
        "1]");
  CHECK(refusal("groups:g=0") == "+groups:g=0: error: 'g' must be at least 1, not 0");
  Edited net("layers: [conv: {out: 8}]\n");
  CHECK_FALSE(net.editor.has_parameter("g"));
  CHECK(edit_error([&] { net.editor.add_parameter("g", "3", "[1, 2]"); }) ==
        "+groups: error: 'g' must be 1 or 2, not 3");
  CHECK(net.editor.has_parameter("g"));
  CHECK_FALSE(net.editor.has_parameter("shuffle"));
}

TEST_CASE("items are replaced and inserted all at once", "[rewrite]") {
  Edited net(
      "blocks: {unit: {args: {c: 8}, layers: [conv: {name: u, out: c}]}}\n"
      "layers:\n"
      "  - conv: {name: a, out: 8}\n"
      "  - group: {name: b, layers: [relu: {name: c}]}\n"
      "  - add: {name: d, branches: [[unit: {name: e}], []]}\n");
  rewrite::Editor& editor = net.editor;
  const auto item = [](std::string_view kind) { return rewrite::layer_item(kind, {}); };
  CHECK_FALSE(editor.changed());
  editor.insert_before(net.item("a"), {item("relu")});
  CHECK(editor.changed());
  editor.insert_before(net.item("a"), {item("tanh"), item("gelu")});
  editor.insert_after(net.item("a"), {item("elu")});
  editor.insert_at_start(net.item("b").layers, {item("sigmoid")});
  editor.insert_at_end(net.item("b").layers, {item("swish")});
  editor.replace(net.item("c"), {item("relu6"), item("mish")});
  editor.insert_after(net.item("c"), {item("hard_swish")});
  editor.insert_at_end(net.item("d").branches[1].layers, {item("relu6")});
  editor.insert_at_start(net.opened.spec.layers, {item("hard_sigmoid")});
  editor.set(net.item("e"), "c", "in");
  editor.set(net.item("u"), "kernel", "[1, 1]");
  editor.set(net.item("u"), "out", "c + extra");
  editor.add_block_argument(0, "extra", "0");
  CHECK(net.text() ==
        "blocks:\n"
        "  unit:\n"
        "    args: {c: 8, extra: 0}\n"
        "    layers:\n"
        "      - conv: {name: u, out: c + extra, kernel: [1, 1]}\n"
        "\n"
        "layers:\n"
        "  - hard_sigmoid\n"
        "  - relu\n"
        "  - tanh\n"
        "  - gelu\n"
        "  - conv: {name: a, out: 8}\n"
        "  - elu\n"
        "  - group: {name: b, layers: [sigmoid, relu6, mish, hard_swish, swish]}\n"
        "  - add:\n"
        "      name: d\n"
        "      branches:\n"
        "        -\n"
        "          - unit: {name: e, c: in}\n"
        "        -\n"
        "          - relu6\n");
}

TEST_CASE("each kind of change counts as one", "[rewrite]") {
  const std::string rest =
      "params: {s: 1}\nlet: {v: 8}\n"
      "blocks: {unit: {args: {c: 8}, layers: [conv: {name: u, out: c * s}]}}\n"
      "layers: [conv: {name: a, out: v}, unit]\n";
  const auto changes = [&](const std::function<void(Edited&)>& change) {
    Edited net(rest);
    REQUIRE_FALSE(net.editor.changed());
    change(net);
    return net.editor.changed();
  };
  const auto relu = [] { return std::vector<Item>{rewrite::layer_item("relu", {})}; };
  CHECK(changes([&](Edited& net) { net.editor.replace(net.item("a"), relu()); }));
  CHECK(changes([&](Edited& net) { net.editor.insert_before(net.item("a"), relu()); }));
  CHECK(changes([&](Edited& net) { net.editor.insert_after(net.item("a"), relu()); }));
  CHECK(changes([&](Edited& net) { net.editor.insert_at_start(net.opened.spec.layers, relu()); }));
  CHECK(changes([&](Edited& net) { net.editor.insert_at_end(net.opened.spec.layers, relu()); }));
  CHECK(changes([](Edited& net) { net.editor.set(net.item("a"), "out", "4"); }));
  CHECK(changes([](Edited& net) { net.editor.set_let(rewrite::kMain, "v", "4"); }));
  CHECK(changes([](Edited& net) { net.editor.set_argument_default(0, "c", "4"); }));
  CHECK(changes([](Edited& net) { net.editor.set_input("height", "4"); }));
  CHECK(changes([](Edited& net) {
    net.editor.set_own_parameter(net.opened.spec.main().params.front(), "g");
  }));
  CHECK_FALSE(changes([](Edited& net) { net.editor.note("only said"); }));
  CHECK_FALSE(changes([](Edited& net) { net.editor.add_block_argument(0, "d", "1"); }));
}

TEST_CASE("values, defaults and the input are changed where they are written", "[rewrite]") {
  Edited net(
      "params: {s: {default: 1, choices: [1, 2, 3]}, t: 1}\nlet: {v: 8, w2: 4}\n"
      "blocks:\n"
      "  one: {args: {c: 8}, let: {e: c}, layers: [conv: {out: e * s}]}\n"
      "  two: {args: {b: 2, c: 6}, let: {d: b, e: c}, layers: [conv: {out: d + e * t}]}\n"
      "layers: [conv: {name: a, out: v + w2}, one, two]\n",
      "groups:g=2");
  rewrite::Editor& editor = net.editor;
  editor.set_let(rewrite::kMain, "w2", "5");
  editor.set_let(1, "e", "c + 1");
  editor.set_argument_default(1, "c", "7");
  editor.set_argument_default(0, "c", "9");
  editor.set_input("height", "10");
  editor.set_input("width", "9 + 2");
  editor.set_own_parameter(net.opened.spec.main().params.front(), "g");
  CHECK(editor.has_parameter("g"));
  editor.note("first");
  editor.note("second");
  const spec::ArchSpec result = editor.result();
  CHECK_FALSE(result.is_text);
  CHECK(join(result.notes, ", ") == "first, second");
  CHECK(spec::write_spec(result) ==
        "name: net\n"
        "\n"
        "params:\n"
        "  s: {default: 2, choices: [1, 2, 3]}\n"
        "  t: {default: 1}\n"
        "\n"
        "input: {channels: 8, height: 10, width: 9 + 2}\n"
        "\n"
        "let:\n  v: 8\n  w2: 5\n"
        "\n"
        "blocks:\n"
        "  one:\n"
        "    args: {c: 9}\n"
        "    let: {e: c}\n"
        "    layers:\n"
        "      - conv: {out: e * s}\n"
        "  two:\n"
        "    args: {b: 2, c: 7}\n"
        "    let: {d: b, e: c + 1}\n"
        "    layers:\n"
        "      - conv: {out: d + e * t}\n"
        "\n"
        "layers:\n"
        "  - conv: {name: a, out: v + w2}\n"
        "  - one\n"
        "  - two\n");
  CHECK(totals(graph::build_network(result)).params == 8 * 13 + 13 * 18 + 18 * 10);
}

TEST_CASE("a spec's own parameter takes values that it allows", "[rewrite]") {
  Edited net("params: {s: {default: 1, choices: [1, 2]}}\nlayers: [conv: {out: 8 * s}]\n",
             "groups:g=3");
  CHECK(edit_error([&] {
          net.editor.set_own_parameter(net.opened.spec.main().params.front(), "g");
        }) == "+groups:g=3: error: 'g' must be 1 or 2, not 3");
  // A setting of the network comes before that of a call, and after that of the file.
  Edited given("params: {s: 1}\nlayers: [conv: {out: 8 * s}]\n", "groups:g=3");
  given.opened.options.settings.push_back(graph::parse_setting(given.opened.spec, "s=2", "--set"));
  const spec::ParamSpec& param = given.opened.spec.main().params.front();
  CHECK(
      edit_error([&] { given.editor.set_own_parameter(param, "g"); }) ==
      "+groups:g=3: error: 's' is 2 already, by a setting or the preset of the network; change it "
      "there");
  given.call.of_file = true;
  CHECK(edit_error([&] { given.editor.set_own_parameter(param, "g"); }).empty());
}

TEST_CASE("what takes an item by its name takes another one of its list", "[rewrite]") {
  Edited net(
      "blocks:\n"
      "  lone: {outputs: [o], layers: [relu: {name: o}]}\n"
      "  unit: {layers: [relu: {name: k}, tanh: {name: l, from: k}, add: {from: [k, l]}]}\n"
      "layers:\n"
      "  - conv: {name: a, out: 8}\n"
      "  - group: {name: b, outputs: [c, d], layers: [relu: {name: c}, tanh: {name: d, from: a}]}\n"
      "  - add: {name: e, from: [b.c, a]}\n"
      "  - lone: {from: b.d}\n"
      "  - unit\n"
      "outputs: [unit, e, b.c]\n");
  rewrite::Editor& editor = net.editor;
  CHECK(editor.redirect(net.item("a"), "new_a"));
  CHECK(editor.redirect(net.item("c"), "new_c"));
  CHECK(editor.redirect(net.item("k"), "new_k"));
  CHECK(editor.redirect(net.item("o"), "new_o"));
  CHECK(editor.redirect(net.item("unit"), "new_unit"));
  CHECK_FALSE(editor.redirect(net.item("b"), "new_b"));
  CHECK_FALSE(editor.changed());
  const auto relu = [](const std::string& name) {
    Item item = rewrite::layer_item("relu", {});
    item.name = name;
    return std::vector<Item>{item};
  };
  editor.insert_after(net.item("a"), relu("new_a"));
  editor.insert_after(net.item("c"), relu("new_c"));
  editor.insert_after(net.item("k"), relu("new_k"));
  editor.insert_after(net.item("o"), relu("new_o"));
  editor.insert_after(net.item("unit"), relu("new_unit"));
  CHECK(editor.redirected(net.item("e")).from[1].path == "new_a");
  CHECK(net.text() ==
        "blocks:\n"
        "  lone:\n"
        "    outputs: [new_o]\n"
        "    layers:\n"
        "      - relu: {name: o}\n"
        "      - relu: {name: new_o}\n"
        "  unit:\n"
        "    layers:\n"
        "      - relu: {name: k}\n"
        "      - relu: {name: new_k}\n"
        "      - tanh: {name: l, from: new_k}\n"
        "      - add: {from: [new_k, l]}\n"
        "\n"
        "layers:\n"
        "  - conv: {name: a, out: 8}\n"
        "  - relu: {name: new_a}\n"
        "  - group:\n"
        "      name: b\n"
        "      outputs: [new_c, d]\n"
        "      layers:\n"
        "        - relu: {name: c}\n"
        "        - relu: {name: new_c}\n"
        "        - tanh: {name: d, from: new_a}\n"
        "  - add: {name: e, from: [b.new_c, new_a]}\n"
        "  - lone: {from: b.d}\n"
        "  - unit\n"
        "  - relu: {name: new_unit}\n"
        "\n"
        "outputs: [new_unit, e, b.new_c]\n");
}

TEST_CASE("a new spec whose names mean nothing is refused", "[rewrite]") {
  Edited net("layers: [conv: {name: a, out: 8}]\n");
  net.editor.set(net.item("a"), "out", "wide");
  CHECK(contains(edit_error([&] { net.editor.result(); }), "unknown name 'wide'"));
}
