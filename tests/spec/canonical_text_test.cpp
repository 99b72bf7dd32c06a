// SPDX-License-Identifier: Apache-2.0
// The writer's own form of a spec: what is read from it is written again as it was.
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "spec/library.hpp"
#include "spec/spec_writer.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

spec::ArchSpec read_canonical(const std::string& text) {
  return spec::read_spec_text("net.yaml", text, ".");
}

// The text of a spec with one item of that text, as it is written.
std::string rewritten_item(const std::string& item) {
  const std::string head = "name: t\n\ninput: {channels: 8, height: 16, width: 16}\n\nlayers:\n";
  const std::string text = spec::write_spec(read_canonical(head + item));
  REQUIRE(text.starts_with(head));
  return text.substr(head.size());
}

}  // namespace

TEST_CASE("every section and form of an item is written as it was read", "[spec]") {
  const std::string text = R"yaml(name: everything
source: "a paper: table 1, \"left\" \\ right"

params:
  alpha: {default: 1, symbol: α, help: width multiplier, min: 0.25, max: 4, sweep: [0.5, 1, 2]}
  depth: {default: 18, choices: [18, 34]}
  act: {default: relu, choices: [relu, none]}
  rate: {default: 0.5, neutral: true, scaling: [{macs: 2, source: "a, b"}, {params: 0, source: c}]}
  widths: {default: [24, 48, round(96 * alpha)]}
  skip: {default: []}

presets:
  small: {alpha: 0.5, widths: [8, 16, 32]}
  deep: {depth: 34, act: none}

input: {channels: 3, height: size, width: 2 * size}

tables:
  units: {by: depth, 18: [2, 2], 34: [3, 4]}
  last: {by: act, relu: 5, none: 7}
  plain: [1, alpha, 4/7]

let:
  size: round(32 * plain(1))
  wide: "max(widths(1), w // 4)"

blocks:
  unit:
    args: {c: required, s: 1, kind: {default: relu, choices: [relu, tanh]}, k: {choices: [1, 3]}}
    let: {joined: s == 2, half: c // 2}
    layers:
      - conv: {out: half, kernel: k, stride: s}
      - batch_norm
      - activation: {kind: kind, when: not joined}
      - conv: {out: c, pad: [1, 2, 0, 1], when: "half != 3 and not (5 in skip)"}
  exchange:
    inputs: [fine, _]
    outputs: [a, fine]
    layers:
      - relu: {name: a, from: fine}

layers:
  - conv: {name: stem, out: wide, kernel: 3, call: method}
  - unit: {repeat: units(1), c: 24 * plain(1) + last, k: 3}
  - unit: {name: again, c: "max(8, len(skip))", s: 2 if alpha == 1 else 1, kind: tanh, k: 1}
  - conv: {name: other, out: 4, stride: 2, from: stem}
  - exchange: {name: both, from: [again, other]}
  - concat: {when: act == relu and rate < 1, from: [both.a, again, other]}

outputs: [again, concat]

published:
  - {at: {alpha: 0.5, depth: 34}, macs: 569M, params: "4,200", source: "table 1, left"}
  - {at: {preset: small}, macs: 4.2M, as: macs + bias_adds, why: "the bias: counted", source: b}
  - {share: 94.86, as: 100 * macs(conv_1x1) / macs, source: c}

accuracy:
  - {top1: 70.6, top5: 89.5, recipe: our own, source: d}

search:
  vary:
    alpha: [0.25:1:0.05]
    widths(i): [8:widths(i):8, 4]
  where:
    - alpha < 1 or depth == 18
    - "widths(3) >= widths(2)"
)yaml";
  const spec::ArchSpec spec = read_canonical(text);
  CHECK(spec::write_spec(spec) == text);
  CHECK(spec::write_spec(spec, {"one", "two: 3"}) == "# one\n# two: 3\n" + text);
}

TEST_CASE("items in the writer's form", "[spec]") {
  const auto kept = [](const std::string& item) {
    INFO(item);
    CHECK(rewritten_item(item) == item);
  };
  kept("  - relu\n");
  kept("  - conv: {name: 3x3, out: 4, kernel: [1, 3], stride: 2}\n");
  kept("  - conv: {name: \"null\", repeat: 2, out: in + i, call: function, when: \"i != 3\"}\n");
  kept("  - relu: {name: a}\n  - tanh: {from: a}\n");
  kept("  - relu: {name: a}\n  - tanh\n  - add: {from: [tanh, a]}\n");
  kept("  - relu: {name: a}\n  - concat: {name: c, when: true, from: [a, input]}\n");
  kept("  - conv: {name: a, out: 8}\n  - conv: {out: 8, weights_of: a}\n");
  kept("  - activation: {kind: none}\n  - relu\n");
  kept("  - group: {name: g, layers: [relu, conv: {out: 3}]}\n");
  kept("  - stage: {name: g, repeat: 2, when: \"in > 3\", layers: [relu]}\n");
  kept(
      "  - group:\n      name: g\n      layers:\n        - group: {name: h, layers: [relu, "
      "tanh]}\n"
      "        - sigmoid\n");
  kept("  - add:\n      a: []\n      b:\n        - relu\n        - tanh: {name: t}\n");
  kept(
      "  - add:\n      name: s\n      a:\n        when: in == 8\n      b:\n        when: true\n"
      "        layers:\n          - relu\n");
  kept(
      "  - concat:\n      branches:\n        - []\n        -\n          - relu\n          - "
      "tanh\n"
      "        -\n          when: in == 9\n");
  kept(
      "  - group:\n      name: outer\n      layers:\n        - add:\n            a: []\n"
      "            b:\n              - conv: {out: 8}\n");
  kept(
      "  - conv: {name: a, out: 2}\n  - conv: {name: b, out: 3, from: input}\n"
      "  - group: {name: g, from: [a, b], inputs: [x, _], outputs: [y, x], layers: [relu: {name: "
      "y, "
      "from: x}]}\n\noutputs: [g, b]\n");
  kept("  - crop: {size: [h // 2, \"min(w, 3)\"]}\n");
  kept("  - pad: {pad: [1, 2, 3, 4], mode: reflect}\n");
  kept("  - conv: {out: \"[1, 2] == [2, 1] if true else 3\"}\n");
}

TEST_CASE("a text is quoted where YAML or the language would take it for something else",
          "[spec]") {
  struct Row {
    std::string text, written;
  };
  const auto row = GENERATE(values<Row>({
      {"plain text", "plain text"},
      {"a-b", "a-b"},
      {"-x", "-x"},
      {"--", "--"},
      {"x -", "x -"},
      {"-", "\"-\""},
      {"- x", "\"- x\""},
      {"a*", "a*"},
      {"*a", "\"*a\""},
      {":a", ":a"},
      {"a:b", "a:b"},
      {"a:", "\"a:\""},
      {"a: b", "\"a: b\""},
      {" a", "\" a\""},
      {"a ", "\"a \""},
      {"~", "\"~\""},
      {"null", "\"null\""},
      {"Null", "\"Null\""},
      {"NULL", "\"NULL\""},
      {"nULL", "nULL"},
      {"a~", "a~"},
      {"a#b", "\"a#b\""},
      {"a, b", "\"a, b\""},
      {"[a]", "\"[a]\""},
      {"100 %", "\"100 %\""},
      {"a\nb", "\"a\\nb\""},
      {"a\tb", "\"a\\tb\""},
      {"say \"a\\b\"", "\"say \\\"a\\\\b\\\"\""},
      {"α = 0.5", "α = 0.5"},
  }));
  INFO(row.text);
  spec::ArchSpec spec = read_canonical(spec_with("  - relu"));
  spec.source = row.text;
  const std::string text = spec::write_spec(spec);
  CHECK(text.starts_with("name: test\nsource: " + row.written + "\n\n"));
  CHECK(read_canonical(text).source == row.text);
}

TEST_CASE("long maps are broken at 110 columns, below their first field", "[spec]") {
  // As many fields in a line as there is room for.
  const auto broken = [](const std::string& head, const std::vector<std::string>& fields) {
    const std::string indent(head.size(), ' ');
    std::string text, line = head;
    for (std::size_t k = 0; k < fields.size(); ++k) {
      const std::string field = fields[k] + (k + 1 == fields.size() ? "}" : ",");
      if (k > 0 && line.size() + 1 + field.size() > 110) {
        text += line + "\n";
        line = indent;
      } else if (k > 0) {
        line += " ";
      }
      line += field;
    }
    return text + line + "\n";
  };
  for (std::size_t size = 1; size < 120; ++size) {
    const std::string name(size, 'n');
    const std::vector<std::string> fields = {"name: " + name,  "out: 4",     "kernel: [3, 1]",
                                             "stride: [1, 2]", "pad: valid", "bias: true"};
    const std::string item = "  - conv: {" + join(fields, ", ") + "}\n";
    INFO(size);
    CHECK(rewritten_item(item) == broken("  - conv: {", fields));
    const std::string group = "  - group: {name: " + name + ", layers: [relu, conv: {out: 3}]}\n";
    const std::string deep = "  - group:\n      name: " + name +
                             "\n      layers:\n        - relu\n        - conv: {out: 3}\n";
    CHECK(rewritten_item(deep) == (group.size() - 1 <= 110 ? group : deep));
  }
}
