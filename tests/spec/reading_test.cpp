// SPDX-License-Identifier: Apache-2.0
// What is read of a file's sections, and the mistakes in them with their places.
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "spec/library.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// "line:column: message" of every mistake, a line each.
std::string reading_mistakes(const std::string& yaml) {
  try {
    spec::read_spec_text("s.yaml", yaml, ".");
    return {};
  } catch (const Error& error) {
    std::vector<std::string> lines;
    for (const Diagnostic& diagnostic : error.diagnostics())
      lines.push_back(fmt::format("{}:{}: {}", diagnostic.where.line, diagnostic.where.column,
                                  diagnostic.message));
    return join(lines, "\n");
  }
}

// A spec with a section in front of its layers, which use all of the names.
std::string with_section(const std::string& section, const std::string& layers = "  - relu\n") {
  return "name: t\ninput: {channels: 8, height: 4, width: 4}\n" + section + "layers:\n" + layers;
}

std::string figure_mistake(const std::string& row) {
  return reading_mistakes(with_section("") + "published:\n  - {" + row + ", source: s}\n");
}

}  // namespace

TEST_CASE("what a parameter says of itself", "[spec]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "s.yaml",
      with_section(
          "params:\n  a: {default: 1, symbol: α, help: width, min: 0.5, max: 2, sweep: [0.5, 2], "
          "neutral: true, scaling: [{macs: 2, params: 1, source: p}, {flops: 0.5, source: q}]}\n"
          "  b: {default: 3, neutral: false, min: 1}\n",
          "  - conv: {out: 2 * a + b}\n"),
      ".");
  const spec::ParamSpec& a = spec.main().params[0];
  CHECK(a.symbol == "α");
  CHECK(a.help == "width");
  CHECK(*a.min == spec::Number(Rational(1, 2)));
  CHECK(*a.max == spec::Number(2));
  CHECK(spec::texts_of(a.sweep) == std::vector<std::string>{"0.5", "2"});
  CHECK(a.neutral);
  REQUIRE(a.scaling.size() == 3);
  CHECK(a.find_scaling("macs")->exponent == 2);
  CHECK(a.find_scaling("flops")->source == "q");
  CHECK(a.find_scaling("size_f32") == nullptr);
  const spec::ParamSpec& b = spec.main().params[1];
  CHECK(b.symbol.empty());
  CHECK(!b.neutral);
  CHECK(!b.max);
  CHECK(spec.find_param("b") == &b);
  CHECK(spec.find_param("c") == nullptr);
}

TEST_CASE("declarations with mistakes", "[spec]") {
  struct Row {
    std::string section, layers, message;
  };
  const auto row = GENERATE(values<Row>({
      {"params: {a: {default: 1, min: 2, max: 2}}\n", "  - conv: {out: a}\n", ""},
      {"params: {a: {default: 1, min: 3, max: 2}}\n", "  - conv: {out: a}\n",
       "3:39: parameter 'a': max 2 is below min 3"},
      {"params: {a: {default: 1, neutral: 2}}\n", "  - conv: {out: a}\n",
       "3:35: parameter 'a': 'neutral' is true or false"},
      {"params: {a: {default: 1, symbol: [b]}}\n", "  - conv: {out: a}\n",
       "3:34: symbol must be a text, not a list"},
      {"params: {a: {default: 1, help: {b: c}}}\n", "  - conv: {out: a}\n",
       "3:32: help must be a text, not a map"},
      {"tables: {t: {by: 3, 3: 1, 4: 2, 3: 5}}\n", "  - conv: {out: t}\n",
       "3:33: '3' is written twice; the first is on line 3"},
      {"tables: {t: {by: 3, 3: 1, 3.0: 5}}\n", "  - conv: {out: t}\n",
       "3:27: table 't': two rows for 3"},
      {"tables: {t: {3: 1}}\n", "  - conv: {out: t}\n",
       "3:10: table 't': missing key 'by', the value that picks the row; without one a table is a "
       "list"},
      {"params: {a: relu}\ntables: {t: {by: a, relu: 1, tanhx: 2}}\n", "  - conv: {out: t}\n",
       "4:30: table 't': unknown word 'tanhx'"},
      {"params: {a: {default: wide, choices: [wide, deep]}}\ntables: {t: {by: a, wide: 1, deeq: "
       "2}}\n",
       "  - conv: {out: t}\n", "4:30: table 't': 'a' is never deeq; it is wide or deep"},
      {"tables: {t: {by: 3}}\n", "  - conv: {out: t}\n", "3:10: table 't' has no rows"},
      {"blocks:\n  u: {args: {c: {default: 1, help: [x]}}, layers: [conv: {out: c}]}\n", "  - u\n",
       "4:36: help must be a text, not a list"},
      {"blocks:\n  u: {args: {when: 1}, layers: [relu]}\n", "  - u\n",
       "4:14: argument 'when': every item has a 'when' already; choose another name"},
      {"blocks:\n  u: {args: {c: {choices: [1, 2]}}, layers: [conv: {out: c}]}\n",
       "  - u: {c: 2}\n", ""},
      {"blocks:\n  u: 3\n", "  - u\n",
       "4:6: block 'u' must be a map with 'args', 'let' and 'layers'"},
      {"blocks:\n  stage: [relu]\n", "  - relu\n",
       "4:3: block 'stage': the word is reserved; choose another name"},
  }));
  INFO(row.section);
  CHECK(reading_mistakes(with_section(row.section, row.layers)) == row.message);
}

TEST_CASE("a comparison that can never hold is a mistake, whichever side is the constant",
          "[spec]") {
  const auto compared = [](const std::string& condition) {
    return reading_mistakes(
        with_section("params: {d: {default: 18, choices: [18, 34]}, act: {default: relu, choices: "
                     "[relu, tanh]}, k: "
                     "3}\n",
                     "  - conv: {out: d + k + (1 if act == relu else 2)}\n  - relu: {when: \"" +
                         condition + "\"}\n"));
  };
  for (const char* condition : {"d == 18", "34 != d", "d in [18, 34]", "d not in [34]", "d < 20",
                                "act == relu", "k == 20", "d == k", "act != tanh", "20 > d"}) {
    INFO(condition);
    CHECK(compared(condition).empty());
  }
  CHECK(compared("d == 20") == "6:24: 'd' is never 20; it is 18 or 34");
  CHECK(compared("20 != d") == "6:19: 'd' is never 20; it is 18 or 34");
  CHECK(compared("d in [18, 20]") == "6:29: 'd' is never 20; it is 18 or 34");
  CHECK(compared("d not in [20, 18]") == "6:29: 'd' is never 20; it is 18 or 34");
  CHECK(compared("k == 3 and act == elu") == "6:37: 'act' is never elu; it is relu or tanh");
  CHECK(compared("gelu != act") == "6:19: 'act' is never gelu; it is relu or tanh");
}

TEST_CASE("mistakes that are told once, with what was meant", "[spec]") {
  CHECK(reading_mistakes(with_section("", "  - gruop: {layers: [relu]}\n")) ==
        "4:5: unknown kind of layer or block 'gruop'; did you mean 'group'?");
  CHECK(reading_mistakes(with_section("", "  - stag: {layers: [relu]}\n")) ==
        "4:5: unknown kind of layer or block 'stag'; did you mean 'stage'?");
  CHECK(reading_mistakes(with_section(
            "blocks:\n  u: {args: {c: 1 +, d: 2}, layers: [conv: {out: c + d}]}\n", "  - u\n")) ==
        "4:20: the expression '1 +' ends too early");
  CHECK(figure_mistake("macs: 1, sorce: x") ==
        "6:15: published: unknown key 'sorce'; did you mean 'source'?");
  const auto where = [](const std::string& condition) {
    return reading_mistakes(with_section("params: {a: 1}\ntables: {t: [1, 2]}\nlet: {b: 2}\n",
                                         "  - conv: {out: a + t(1) + b}\n") +
                            "search:\n  vary: {a: [1, 2]}\n  where: [" + condition + "]\n");
  };
  CHECK(where("a > 1").empty());
  CHECK(where("in > 1") == "10:11: 'in' is a size of a layer's input, and there is no layer here");
  CHECK(where("t(1) > 1") ==
        "10:11: unknown function or list 't'; known are 'round', 'floor', 'ceil', 'min', 'max', "
        "'abs', 'sqrt', 'log2', 'divisible', 'len', 'a'");
  CHECK(where("b > 1") == "10:11: unknown name 'b'; the only one is 'a'");
  CHECK(where("i > 1") == "10:11: unknown name 'i'; the only one is 'a'");
}

TEST_CASE("a spec without its sections", "[spec]") {
  CHECK(reading_mistakes("name: t\ninput: {channels: 1, height: 1, width: 1}\n") ==
        "0:0: spec: missing key 'layers'");
  CHECK(reading_mistakes(
            "name: t\ninput: {channels: 1, height: 1, width: 1}\nblocks: {u: [relu]}\n") ==
        "0:0: spec: missing key 'layers'; a file of blocks is for 'include'");
  CHECK(reading_mistakes("name: t\nlayers: [relu]\n") ==
        "0:0: spec: missing key 'input'; write 'input: {channels: 3, height: 224, width: 224}'");
  CHECK(reading_mistakes("input: {channels: 1, height: 1, width: 1}\nlayers: [relu]\n") ==
        "0:0: spec: missing key 'name'");
  CHECK(reading_mistakes("name: t\ninput: 3\nlayers: [relu]\n") ==
        "2:8: input must be a map: {channels: 3, height: 224, width: 224}");
  CHECK(reading_mistakes("name: t\ninput: {channels: 1, height: 1}\nlayers: [relu]\n") ==
        "2:8: input: missing key 'width'");
  CHECK(reading_mistakes("name: t\ninput: {channels: 1, height: 1, width: 1}\nlayers: []\n") ==
        "3:9: layers is empty");
}

TEST_CASE("figures as they are printed", "[spec]") {
  for (const char* figure : {"569M", "4.2M", "25,557,032", "71.8", "0", "1,042", "12,345.67",
                             "123,456", "0.000000000000000000", "999", "0.5K"}) {
    const std::string text = figure;
    INFO(text);
    CHECK(figure_mistake("params: 1, macs: \"" + text + "\"").empty());
  }
  for (const char* figure : {"1,04",
                             ",042",
                             "1,0422",
                             "10,42",
                             "1042,",
                             "1,042,1",
                             "1.2.3",
                             "4.2m",
                             "12 M",
                             "-3",
                             "1e6",
                             "M",
                             "1,,000",
                             "1.5,000",
                             "1234,567",
                             "x",
                             "9223372036854775808",
                             "9223372036854776K",
                             "0.0000000000000000001",
                             "0.0000000000000000000"}) {
    const std::string text = figure;
    INFO(text);
    CHECK(figure_mistake("params: 1, macs: \"" + text + "\"") ==
          "6:23: '" + text + "' is not a figure; write it as printed: 569M, 4.2M, 71.8");
  }
  CHECK(figure_mistake("macs: 0.000000000000000001").empty());
  CHECK(figure_mistake("macs: 9223372036854775K").empty());
  CHECK(figure_mistake("macs: 9223372T").empty());
  CHECK(!figure_mistake("macs: 9223373T").empty());
}

TEST_CASE("rows of figures and their rules", "[spec]") {
  struct Row {
    std::string row, message;
  };
  const auto row = GENERATE(values<Row>({
      {"macs: 1, as: macs + params, why: w", ""},
      {"macs: 1, top1: 70, as: macs, why: w", ""},
      {"macs: 1, params: 2, as: macs, why: w",
       "6:30: published: 'as' is a rule for one figure, and this row has 2; split it"},
      {"top5: 70, as: macs, why: w",
       "6:20: published: 'as' is a rule for one figure, and this row has 0; split it"},
      {"macs: 1, as: macs", "6:5: published: a row with 'as' needs 'why', which explains the rule"},
      {"share: 10", "6:5: published: a share needs 'as', as in 100 * macs(conv_1x1) / macs"},
      {"share: 10, as: 100 * macs(part_of) / macs", ""},
      {"share: 10, as: 100 * mac(part_of) / macs",
       "6:27: published: 'as' names no cost 'mac'; did you mean 'macs'?"},
      {"share: 10, as: 100 * macs / part", "6:34: published: 'as' names no cost 'part'"},
      {"macs: 1, recipe: ours",
       "6:5: published: 'recipe' says how a network was trained, and this row has neither top1 nor "
       "top5"},
      {"why: w", "6:5: published: a row without a figure"},
      {"at: {preset: p}, macs: 1", "6:19: unknown preset 'p'"},
      {"at: {b: 1}, macs: 1", "6:11: unknown parameter 'b'"},
  }));
  INFO(row.row);
  CHECK(figure_mistake(row.row) == row.message);
}

TEST_CASE("what a search varies", "[spec]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "s.yaml",
      with_section("params: {a: 1, skip: {default: [4]}, widths: {default: [8, 16]}}\n",
                   "  - conv: {out: a + len(skip) + widths(1)}\n") +
          "search:\n  vary:\n    a: [1, \"2:6:2\", 3 + 4]\n    skip: subsets([4, 5])\n"
          "    widths(i): 8:widths(i):8\n    \" widths( 2 ) \": [[1, 2], [3, a]]\n"
          "  where: [a < 3, widths(1) > a]\n",
      ".");
  REQUIRE(spec.search);
  std::vector<std::string> parts;
  for (const spec::SearchVary& axis : spec.search->vary) {
    std::string text = axis.name + "|" + axis.values + "|";
    for (const spec::Expression& part : axis.parts) text += part.text + ";";
    parts.push_back(text);
  }
  CHECK(parts == std::vector<std::string>{"a|1,2:6:2,3 + 4|1;2;6;2;3 + 4;",
                                          "skip|subsets([4, 5])|[4, 5];",
                                          "widths(i)|8:widths(i):8|8;widths(i);8;",
                                          " widths( 2 ) |[1, 2],[3, a]|[1, 2];[3, a];"});
  CHECK(spec.search->conditions.size() == 2);
  CHECK(spec.search->conditions[1].text == "widths(1) > a");
}

TEST_CASE("a mistake in a part of a range has the place of the range", "[spec]") {
  const std::string head =
      with_section("params: {a: 1, skip: {default: [4]}}\n", "  - conv: {out: a + len(skip)}\n");
  CHECK(reading_mistakes(head + "search:\n  vary:\n    a: 1:2 + size:3\n") ==
        "8:8: unknown name 'size'; known are 'a', 'skip'");
  CHECK(reading_mistakes(head + "search:\n  vary:\n    skip: subsets([4, size])\n") ==
        "8:11: unknown name 'size'; known are 'a', 'skip'");
  CHECK(reading_mistakes(head + "search:\n  vary:\n    a: [1, 2 + size]\n") ==
        "8:16: unknown name 'size'; known are 'a', 'skip'");
}

TEST_CASE("an included file that comes by two ways is one", "[spec]") {
  const TestFolder folder;
  folder.write("base.yaml", "tables: {widths: [4, 8]}\nblocks: {unit: [conv: {out: widths(1)}]}\n");
  folder.write("left.yaml", "include: base.yaml\nblocks: {left: [unit, conv: {out: widths(2)}]}\n");
  folder.write("right.yaml", "include: base.yaml\nblocks: {right: [unit]}\n");
  folder.write("other.yaml", "tables: {widths: [5]}\nblocks: {more: [relu]}\n");
  const auto read = [&](const std::string& includes) {
    folder.write("net.yaml", "name: net\ninclude: [" + includes +
                                 "]\ninput: {channels: widths(2), height: 1, "
                                 "width: 1}\nlayers: [left, unit]\n");
    try {
      return to_string(graph::build_network(spec::read_spec(folder / "net.yaml")).layers[1].output);
    } catch (const Error& error) {
      return error.diagnostics().front().message;
    }
  };
  CHECK(read("left.yaml, right.yaml") == "8x1x1");
  CHECK(read("left.yaml, base.yaml, right.yaml, left.yaml") == "8x1x1");
  CHECK(read("left.yaml, other.yaml") ==
        fmt::format("two included files have the name 'widths': {0}/base.yaml:1:10 and "
                    "{0}/other.yaml:1:10",
                    folder.text()));
}

TEST_CASE("keys that YAML made of an expression", "[spec]") {
  CHECK(contains(reading_mistakes(with_section("", "  - conv: {kernel: 3, out: max(1, in, 2)}\n")),
                 "'in' has no value: inside { } and [ ] YAML cuts an expression at its comma; put "
                 "the whole expression in quotes"));
  CHECK(contains(reading_mistakes(with_section("", "  - conv: {out: (3), bias}\n")),
                 "'bias' has no value; write 'bias: value' (and put an expression with a comma in "
                 "quotes)"));
  CHECK(contains(reading_mistakes(with_section("", "  - conv: {out:3}\n")),
                 "'out:3' has no value; YAML needs a space after the colon: 'out: 3'"));
  CHECK(contains(reading_mistakes(with_section("", "  - conv: {out: 3, kernel:}\n")),
                 "'kernel' has no value"));
}

TEST_CASE("aliases are written out", "[spec]") {
  const spec::ArchSpec spec = spec::read_spec_text(
      "s.yaml",
      "name: &n net\nsource: *n\ninput: &size {channels: 3, height: 2, width: 2}\nlayers:\n"
      "  - &c conv: {out: 4, kernel: 3}\n  - &d conv: {out: 5}\n  - group: {layers: &l [relu, "
      "tanh]}\n  - group: {name: again, layers: *l}\n",
      ".");
  CHECK(spec.source == "net");
  const graph::Network network = graph::build_network(spec);
  CHECK(network.layers.size() == 6);
  CHECK(network.layers[5].name == "again.tanh");
}
