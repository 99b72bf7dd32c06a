// SPDX-License-Identifier: Apache-2.0
// Texts that aren't YAML: what is wrong, where, and what was meant.
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "spec/yaml_tree.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

std::string yaml_mistakes(const std::string& text) {
  Sources sources;
  sources.add({"a.yaml", text});
  DiagnosticList diagnostics(sources);
  std::vector<std::string> lines;
  try {
    spec::parse_yaml(sources, 0, diagnostics);
    diagnostics.throw_if_any();
  } catch (const Error& error) {
    for (const Diagnostic& d : error.diagnostics())
      lines.push_back(fmt::format("{}:{}: {}", d.where.line, d.where.column, d.message));
  }
  return join(lines, "\n");
}

}  // namespace

TEST_CASE("a bracket that isn't closed is named with its place", "[spec]") {
  struct Row {
    std::string text, message;
  };
  const auto row = GENERATE(values<Row>({
      {"a: {b: 1\nc: 2\n", "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:4"},
      {"a: [1, 2\nc: 3\n", "2:2: not valid YAML: a ',' or ']' is missing; the '[' is at 1:4"},
      {"a: {b: 1 c: 2}", "1:11: not valid YAML: a ',' or '}' is missing; the '{' is at 1:4"},
      {"x: {\n  y: z\n", "3:1: not valid YAML: a ',' or '}' is missing; the '{' is at 1:4"},
      {"a: {b: {c: 1}, d: [2, {e: 3\n",
       "2:1: not valid YAML: a ',' or '}' is missing; the '{' is at 1:23"},
      {"a: {b: [1, 2], c: {d: 1}, e: 1\nf: 2\n",
       "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:4"},
      // Brackets in quotes and comments don't count, quotes inside of words and hashes do.
      {"a: {b: \"[\", c: '{', # { [ }\n  d: 1\ne: 2\n",
       "3:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:4"},
      {"a: {b: \"}\", c: {d: 1\ne: 2\n",
       "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:16"},
      {"a: {b: it's, c: {d: 1\ne: 2\n",
       "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:17"},
      {"a: {b: x#y, c: {d: 1\ne: 2\n",
       "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:16"},
      {"a: {b: x\"y, c: {d: 1\ne: 2\n",
       "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:16"},
      {"'k}': {b: 1\nc: 2\n", "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:7"},
      {"{b: 1\nc: 2\n", "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:1"},
      {"a: {b: \"x}\", c: 1\nd: 2\n",
       "2:2: not valid YAML: a ',' or '}' is missing; the '{' is at 1:4"},
      {"# {\na: {b: 1\nc: 2\n", "3:2: not valid YAML: a ',' or '}' is missing; the '{' is at 2:4"},
      {"a: {b: 1, c: [2, 3}", "1:19: not valid YAML: a ']' or '}' without its opening bracket"},
      {"a: ]\n", "1:4: not valid YAML: a ']' or '}' without its opening bracket"},
      {"a: {b: widths[1]}\n",
       "1:14: not valid YAML: inside { } an expression with '[' needs quotes"},
      {"a: {b: x{1}}\n", "1:9: not valid YAML: inside { } an expression with '{' needs quotes"},
  }));
  INFO(row.text);
  CHECK(yaml_mistakes(row.text) == row.message);
}

TEST_CASE("a colon that is missing in front of a map", "[spec]") {
  const std::string message =
      "not valid YAML: a ':' is missing after 'conv'; did you mean 'conv: "
      "{...}'?";
  CHECK(yaml_mistakes("- conv {out: 8, k: 3}\n") == "1:7: " + message);
  CHECK(yaml_mistakes("x:\n  - - conv {out: 8, k: 3}\n") == "2:11: " + message);
  CHECK(yaml_mistakes("x:\n  - a\n  -   conv   {out: 8, k: 3}\n") == "3:11: " + message);
  CHECK(yaml_mistakes("conv {out: 8, k: 3}\n") == "1:5: " + message);
  CHECK(yaml_mistakes("x:\n  conv {out: 8, k: 3}\n") == "2:7: " + message);
  const std::string other =
      "not valid YAML: a ':' in the wrong place; put a text that contains ': ' in quotes";
  CHECK(yaml_mistakes("x: a b {out: 8}\n") == "1:12: " + other);
  CHECK(yaml_mistakes("a: b: c\n") == "1:5: " + other);
  CHECK(yaml_mistakes("a: 1\n  b: 2\n") == "2:4: " + other);
}

TEST_CASE("a line at the wrong column is told where a '-' belongs", "[spec]") {
  const std::string map =
      "not valid YAML: the line doesn't fit the map around it; is its indentation right?";
  const std::string list =
      "not valid YAML: the line doesn't fit the list around it; is its indentation right?";
  const auto here = [](const std::string& columns) {
    return " A '-' here belongs in column " + columns;
  };
  CHECK(yaml_mistakes("x:\n  - a\n - b\n") == "3:2: " + map + here("3"));
  CHECK(yaml_mistakes("x:\n    - a\n    - b\n  - c\n") == "4:3: " + map + here("5"));
  CHECK(yaml_mistakes("x:\n  - a:\n      - b\n    - c\n") == "4:5: " + map + here("3 or 7"));
  CHECK(yaml_mistakes("x:\n  - a: 1\n   - b: 1\n") == "3:4: " + list + here("3"));
  CHECK(yaml_mistakes("x:\n  - a: 1\n\n  # - z\n   - b: 1\n") == "5:4: " + list + here("3"));
  CHECK(yaml_mistakes("x:\n  -\n    a: 1\n   - b\n") == "4:4: " + list + here("3"));
  CHECK(yaml_mistakes("y:\n - q\nx:\n  - a: 1\n   - b: 1\n") == "5:4: " + list + here("3"));
  CHECK(yaml_mistakes("x:\n  - a: 1\n    y:\n        - 1\n        - 2\n      - 3\n") ==
        "6:7: " + map + here("3 or 9"));
  CHECK(yaml_mistakes("- a: 1\n - b: 1\n") == "2:2: " + list + here("1"));
  CHECK(yaml_mistakes("a: 1\n- b\n") == "2:1: " + map);
  CHECK(yaml_mistakes("a:\n  - b\n  c: 1\n") == "3:3: " + map);
  CHECK(yaml_mistakes("a: \"x\" y\n") == "1:8: " + map);
}
