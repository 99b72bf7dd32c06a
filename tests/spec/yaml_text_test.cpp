// SPDX-License-Identifier: Apache-2.0
// YAML to a tree with places: scalars as written, aliases, nulls, and texts that are refused.
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "spec/yaml_tree.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

// The tree in short: kind, place and text; then the mistakes, as "line:column: message".
std::string shown_node(const spec::YamlNode& node) {
  const std::string place = fmt::format("@{}:{}", node.where.line, node.where.column);
  std::vector<std::string> parts;
  switch (node.kind) {
    case spec::YamlNode::Kind::kNull:
      return "null" + place;
    case spec::YamlNode::Kind::kScalar:
      return node.text + (node.quoted ? "'" : "") + (node.literal ? "" : "~") + place;
    case spec::YamlNode::Kind::kList:
      for (const spec::YamlNode& item : node.items) parts.push_back(shown_node(item));
      return fmt::format("[{}]{}", join(parts, " "), place);
    case spec::YamlNode::Kind::kMap:
      for (const spec::YamlNode::Entry& entry : node.entries)
        parts.push_back(fmt::format("{}@{}:{}={}", entry.key, entry.where.line, entry.where.column,
                                    shown_node(entry.value)));
      return fmt::format("{{{}}}{}", join(parts, " "), place);
  }
  return {};
}

std::string parsed_yaml(const std::string& text) {
  Sources sources;
  sources.add({"a.yaml", text});
  DiagnosticList diagnostics(sources);
  std::vector<std::string> lines;
  try {
    const spec::YamlNode root = spec::parse_yaml(sources, 0, diagnostics);
    if (diagnostics.empty()) return shown_node(root);
    diagnostics.throw_if_any();
  } catch (const Error& error) {
    for (const Diagnostic& d : error.diagnostics())
      lines.push_back(fmt::format("{}:{}: {}", d.where.line, d.where.column, d.message));
  }
  return join(lines, "\n");
}

std::string times(const std::string& part, int count) {
  std::string text;
  for (int k = 0; k < count; ++k) text += part;
  return text;
}

}  // namespace

TEST_CASE("a tree keeps the places and the spelling of its values", "[spec]") {
  struct Row {
    std::string text, tree;
  };
  const auto row = GENERATE(values<Row>({
      {"a: b", "{a@1:1=b@1:4}@1:1"},
      {"a: \"b\"", "{a@1:1=b'@1:4}@1:1"},
      {"a: 'b'", "{a@1:1=b'@1:4}@1:1"},
      {"a: \"b\\tc\"", "{a@1:1=b\tc'~@1:4}@1:1"},
      {"a: 'it''s'", "{a@1:1=it's'~@1:4}@1:1"},
      {"a: b\n   c", "{a@1:1=b c~@1:4}@1:1"},
      {"α: β\nc: d", "{α@1:1=β@1:4 c@2:1=d@2:4}@1:1"},
      {"- a\n- [b, {c: d}]", "[a@1:3 [b@2:4 {c@2:8=d@2:11}@2:7]@2:3]@1:1"},
      {"a:\n  - b: 1\n    c: 2\n  - d", "{a@1:1=[{b@2:5=1@2:8 c@3:5=2@3:8}@2:5 d@4:5]@2:3}@1:1"},
      {"a: &x b\nc: *x", "{a@1:1=b~@1:4 c@2:1=b~@2:4}@1:1"},
      {"a: &x [1, 2]\nc: *x", "{a@1:1=[1@1:8 2@1:11]@1:4 c@2:1=[1@1:8 2@1:11]@2:4}@1:1"},
      {"a: &x 'b'", "{a@1:1=b'~@1:4}@1:1"},
      {"a:\t1", "{a@1:1=1@1:4}@1:1"},
  }));
  INFO(row.text);
  CHECK(parsed_yaml(row.text) == row.tree);
}

TEST_CASE("quotes are closed, whatever is escaped in them", "[spec]") {
  for (const char* text : {"a: \"b\\\"\"", "a: \"b\\\\\"", "a: 'b'''", "a: ''", "a: \"\"",
                           "a: 'b\"c'", "a: \"b'c\"", "a: \"\\\\\\\"x\""}) {
    INFO(text);
    CHECK(parsed_yaml(text).starts_with("{a@1:1="));
  }
  for (const std::string text :
       {"a: \"b", "a: 'b", "a: \"b\\\"", "a: 'b''", "a: \"", "a: '", "a: \"b'", "a: '''"}) {
    for (const std::string end : {"", "\n", "\nc: d\n", "\n  \n"}) {
      INFO(text + end);
      CHECK(parsed_yaml(text + end).ends_with("not valid YAML: a quote is not closed"));
    }
  }
}

TEST_CASE("values that are missing are told at their key or list", "[spec]") {
  struct Row {
    std::string text, message;
  };
  const auto row = GENERATE(values<Row>({
      {"a:", "1:1: 'a' has no value"},
      {"x: 1\nb:\n  c:\n  d: 2", "3:3: 'c' has no value"},
      {"- a\n-\n- b", "1:1: item 2 of this list has no value"},
      {"x:\n  - a\n  - b:\n    -\n", "4:5: item 1 of this list has no value"},
      {"- conv:\n  kernel: 3\n",
       "1:3: 'conv' has no value; the lines below it must be indented deeper than it"},
      {"- conv:\n", "1:3: 'conv' has no value"},
      {"- kernel: 3\n  conv:\n", "2:3: 'conv' has no value"},
      {"x:\n  conv:\n  kernel: 3\n", "2:3: 'conv' has no value"},
      {"- {conv, kernel: 3}\n",
       "1:4: 'conv' has no value; write 'conv: value' (and put an expression with a comma in "
       "quotes)"},
      {"{out:3}", "1:2: 'out:3' has no value; YAML needs a space after the colon: 'out: 3'"},
      {"{a: 1, a: 2}", "1:8: 'a' is written twice; the first is on line 1"},
      {"a: 1\nb: 2\nb: 3", "3:1: 'b' is written twice; the first is on line 2"},
      {"? [a]\n: b", "1:3: a key must be a word; write 'key: value'"},
      {"{out: max(1, 2)}",
       "1:14: '2)' has no value: inside { } and [ ] YAML cuts an expression at its comma; put the "
       "whole expression in quotes"},
      {"{k: (1), out: max(1, in, 2)}",
       "1:22: 'in' has no value: inside { } and [ ] YAML cuts an expression at its comma; put the "
       "whole expression in quotes\n"
       "1:26: '2)' has no value: inside { } and [ ] YAML cuts an expression at its comma; put the "
       "whole expression in quotes"},
      {"{k: (1, out: 3, in}",
       "1:17: 'in' has no value; write 'in: value' (and put an expression with a comma in quotes)"},
  }));
  INFO(row.text);
  CHECK(parsed_yaml(row.text) == row.message);
}

TEST_CASE("tags and tabs mean nothing here", "[spec]") {
  const auto tag = [](const std::string& name, int column) {
    return fmt::format(
        "1:{}: '{}' is a YAML tag, which means nothing here; to negate, write 'not x'", column,
        name);
  };
  CHECK(parsed_yaml("a: !se") == tag("!se", 4));
  CHECK(parsed_yaml("a: !se b") == tag("!se", 4));
  CHECK(parsed_yaml("a: ! b") == tag("!", 4));
  CHECK(parsed_yaml("a: !x [b]") == tag("!x", 4));
  CHECK(parsed_yaml("a: !x {b: c}") == tag("!x", 4));
  const std::string tab = "a tab as indentation; YAML needs spaces";
  CHECK(parsed_yaml("\ta: 1") == "1:1: " + tab);
  CHECK(parsed_yaml("a:\n  \tb: 1") == "2:3: " + tab);
  CHECK(parsed_yaml("a:\n  b: 1\n\t\n") == "3:1: " + tab);
  CHECK(parsed_yaml("a: b\tc") == "{a@1:1=b\tc@1:4}@1:1");
}

TEST_CASE("bytes that no spec holds", "[spec]") {
  CHECK(parsed_yaml("a: \xFF") == "1:4: byte 0xFF is not UTF-8; save the file as UTF-8");
  CHECK(parsed_yaml(std::string("a: b\n\0c", 7)) == "2:1: a zero byte; this is not a text file");
  CHECK(parsed_yaml("a: \x1b[0m") == "1:4: the control character U+001B");
  CHECK(parsed_yaml("a: \u202E") == "1:4: the control character U+202E");
  CHECK(parsed_yaml("a: \"\\e\"") == "1:4: a text with the control character U+001B");
}

TEST_CASE("lists and maps are nested up to 64 levels, those of aliases too", "[spec]") {
  const std::string message = "nested more than 64 levels deep";
  const auto nested = [](int levels) { return times("[", levels) + "1" + times("]", levels); };
  CHECK(parsed_yaml(nested(64)).starts_with("[["));
  CHECK(parsed_yaml(nested(65)) == "1:65: " + message);
  // The anchor is in two levels and has three of its own, and its value.
  const auto alias = [&](int levels) {
    return parsed_yaml("[&x [[[1]]], " + times("[", levels - 1) + "*x" + times("]", levels - 1) +
                       "]");
  };
  CHECK(alias(60).starts_with("[[["));
  CHECK(alias(61) == "1:74: " + message);
  CHECK(parsed_yaml("a: &x [*x]") == "1:8: an alias inside its own anchor; write the value out");
}

TEST_CASE("aliases expand to 100,000 values", "[spec]") {
  const std::string list = "a: &x [" + times("1, ", 998) + "1]\n";  // 1,000 values with the list
  const auto with_aliases = [&](int count, const std::string& more) {
    return parsed_yaml(list + "b: [" + times("*x, ", count) + "2]\n" + more);
  };
  CHECK(with_aliases(100, "").starts_with("{a"));
  CHECK(with_aliases(100, "c: &y 1\nd: *y\n") ==
        "4:4: aliases expand to more than 100,000 values; use blocks instead");
}
