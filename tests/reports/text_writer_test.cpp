// SPDX-License-Identifier: Apache-2.0
// Documents and tables as text: what is wrapped, narrowed, cut, left out and named.
#include <fmt/core.h>

#include "core/text.hpp"
#include "reports/writers/text_table.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The text after a line end; "left out: a, b" after it.
std::string fitted_lines(const document::Table& table, std::size_t width) {
  const writers::FittedTable result = writers::text_table(table, {.table_width = width});
  std::string text = "\n" + result.text;
  if (!result.left_out.empty()) text += "left out: " + join(result.left_out, ", ") + "\n";
  return text;
}

std::string written_at(const document::Document& document, std::size_t width) {
  return "\n" + writers::write_text(document, {.width = width, .table_width = width});
}

document::Document with_one_note(const std::string& note) { return {"t", "", {{"", {}, {note}}}}; }

// Names of columns that are shown in a table of one row "wwww".
std::string shown_titles(const std::vector<document::Column>& columns, std::size_t width) {
  document::Table table;
  table.columns = columns;
  table.rows.emplace_back(columns.size(), document::Cell("wwww"));
  const std::string text = writers::text_table(table, {.table_width = width}).text;
  std::string titles;
  for (const std::string& title : split(text.substr(0, text.find('\n')), ' '))
    if (!title.empty()) titles += title;
  return titles;
}

}  // namespace

TEST_CASE("a document as text: title, headings, tables and notes", "[writers]") {
  document::Section one = {"first", {}, {"- a note", "another"}};
  one.table = {{{"k", "kind"}, {"n", "count", document::Format::kCount}},
               {{"conv", std::int64_t{12}}, {"total", std::int64_t{1'234'567}}},
               true};
  document::Section two = {"", {{{"k", "only"}}, {{"x"}}}, {}};
  const document::Document document = {"Net", "α 1", {one, two, {"empty", {}, {"Nothing."}}}};
  CHECK("\n" + writers::write_text(document, {}) == R"(
Net   α 1

first
  kind   count
  conv      12
  total  1.23M

- a note
another

  only
  x

empty
Nothing.
)");
  const std::string colored = writers::write_text(document, {.exact = true, .color = true});
  CHECK("\n" + colored ==
        "\n\x1b[1mNet\x1b[0m   α 1\n\nfirst\n\x1b[2m  kind       count\x1b[0m\n"
        "  conv          12\n\x1b[1m  total  1,234,567\x1b[0m\n\n- a note\nanother\n\n"
        "\x1b[2m  only\x1b[0m\n  x\n\nempty\nNothing.\n");
}

TEST_CASE("a subtitle follows its title where both fit in a line", "[writers]") {
  const document::Document document = {"1234", "abc de", {}};
  CHECK(written_at(document, 13) == "\n1234   abc de\n");
  CHECK(written_at(document, 12) == "\n1234\nabc de\n");
  CHECK(written_at(document, 5) == "\n1234\nabc\n  de\n");
  CHECK(written_at({"one two", "", {}}, 80) == "\none two\n");
  CHECK(written_at({"one two", "", {}}, 5) == "\none\n  two\n");
  CHECK(written_at({"αβγ", "δε", {}}, 8) == "\nαβγ   δε\n");
  CHECK(writers::write_text({"one two", "x", {}}, {.width = 7, .color = true}) ==
        "\x1b[1mone two\x1b[0m\nx\n");
}

TEST_CASE("notes and headings are wrapped at the width of the terminal", "[writers]") {
  CHECK(written_at(with_one_note("one two three"), 13) == "\nt\n\none two three\n");
  CHECK(written_at(with_one_note("one two three"), 12) == "\nt\n\none two\n  three\n");
  CHECK(written_at(with_one_note("one two three"), 9) == "\nt\n\none two\n  three\n");
  CHECK(written_at(with_one_note("one two three"), 7) == "\nt\n\none two\n  three\n");
  CHECK(written_at(with_one_note("one two three"), 6) == "\nt\n\none\n  two\n  three\n");
  CHECK(written_at(with_one_note("a b c d e f"), 5) == "\nt\n\na b c\n  d e\n  f\n");
  CHECK(written_at(with_one_note("averylongword b"), 5) == "\nt\n\naverylongword\n  b\n");
  CHECK(written_at(with_one_note("  two  blanks"), 80) == "\nt\n\ntwo  blanks\n");
  CHECK(written_at(with_one_note("two  blanks"), 5) == "\nt\n\ntwo\n  blanks\n");
  CHECK(written_at(with_one_note("αβγ δεζ"), 7) == "\nt\n\nαβγ δεζ\n");
  CHECK(written_at({"t", "", {{"a heading", {}, {}}}}, 6) == "\nt\n\na\n  heading\n");
}

TEST_CASE("a note names the columns that a terminal has no room for", "[writers]") {
  const auto note = [](std::size_t width) {
    document::Table table = {{{"a", "a"}, {"b", "b"}, {"c", "c"}}, {{"xxxx", "yyyy", "zzzz"}}};
    table.columns[1].expendable = table.columns[2].expendable = 1;
    const std::string text =
        writers::write_text({"t", "", {{"", table, {"N."}}}}, {.width = 200, .table_width = width});
    return text.substr(text.find("xxxx"));
  };
  CHECK(note(18) == "xxxx  yyyy  zzzz\n\nN.\n");
  CHECK(note(17) ==
        "xxxx  yyyy\n\nN.\nLeft out for lack of width: c; a wider terminal or -o FILE shows it.\n");
  CHECK(note(11) ==
        "xxxx\n\nN.\nLeft out for lack of width: b, c; a wider terminal or -o FILE shows them.\n");
}

TEST_CASE("texts are narrowed to their least width, the widest first", "[writers]") {
  document::Table table = {{{"a", "a"}, {"b", "b"}, {"n", "n", document::Format::kInteger}},
                           {{std::string(20, 'a'), std::string(16, 'b'), std::int64_t{1234}}}};
  CHECK(fitted_lines(table, 47) ==
        "\n  a                     b                     n\n"
        "  aaaaaaaaaaaaaaaaaaaa  bbbbbbbbbbbbbbbb  1,234\n");
  CHECK(fitted_lines(table, 46) ==
        "\n  a                    b                     n\n"
        "  aaaaaaaaa…aaaaaaaaa  bbbbbbbbbbbbbbbb  1,234\n");
  CHECK(fitted_lines(table, 42) ==
        "\n  a                b                     n\n"
        "  aaaaaaa…aaaaaaa  bbbbbbbbbbbbbbbb  1,234\n");
  // Equally wide: the first one goes on.
  CHECK(fitted_lines(table, 41) ==
        "\n  a                b                    n\n"
        "  aaaaaaa…aaaaaaa  bbbbbbb…bbbbbbb  1,234\n");
  CHECK(fitted_lines(table, 35) ==
        "\n  a             b                 n\n"
        "  aaaaa…aaaaaa  bbbbb…bbbbbb  1,234\n");
  // Below the least width an expendable column goes first.
  table.columns[2].expendable = 1;
  CHECK(fitted_lines(table, 34) ==
        "\n  a                b\n"
        "  aaaaaaa…aaaaaaa  bbbbbbb…bbbbbbb\nleft out: n\n");
  table.columns[0].cut_end = true;
  table.columns[0].narrowest = 5;
  table.columns[1].narrowest = 16;
  table.columns[2].expendable = 0;
  CHECK(fitted_lines(table, 33) ==
        "\n  a       b                     n\n"
        "  aaaaa…  bbbbbbbbbbbbbbbb  1,234\n");
}

TEST_CASE("texts are cut to eight characters before a column is left out", "[writers]") {
  const std::string long_text(20, 'x');
  const document::Table table = {{{"a", "a"}, {"b", "b"}, {"c", "c"}},
                                 {{long_text, long_text, long_text}}};
  CHECK(fitted_lines(table, 30) == "\n  a         b         c\n  xxx…xxxx  xxx…xxxx  xxx…xxxx\n");
  CHECK(fitted_lines(table, 28) ==
        "\n  a             b\n  xxxxx…xxxxxx  xxxxx…xxxxxx\nleft out: c\n");
  CHECK(contains(fitted_lines(table, 29), "left out: c\n"));
}

TEST_CASE("columns are left out from the most expendable, then from the right", "[writers]") {
  const auto column = [](const std::string& title, int expendable) {
    document::Column made = {title, title};
    made.expendable = expendable;
    return made;
  };
  const std::vector<document::Column> columns = {column("A", 9), column("B", 1), column("C", 2),
                                                 column("D", 2), column("E", 0)};
  CHECK(shown_titles(columns, 30) == "ABCDE");
  CHECK(shown_titles(columns, 29) == "ABCE");
  CHECK(shown_titles(columns, 23) == "ABE");
  CHECK(shown_titles(columns, 17) == "AE");
  CHECK(shown_titles(columns, 12) == "AE");
  CHECK(shown_titles({column("A", 0), column("B", 0), column("C", 0)}, 17) == "AB");
  CHECK(shown_titles({column("A", 0), column("B", 1)}, 11) == "A");
  CHECK(shown_titles({column("A", 0)}, 3) == "A");
}

TEST_CASE("columns without text go first, without a name", "[writers]") {
  const document::Table table = {{{"a", "a"}, {"b", "longer"}, {"c", "c"}}, {{"xxxx", "", "zzzz"}}};
  CHECK(fitted_lines(table, 20) == "\n  a     longer  c\n  xxxx          zzzz\n");
  CHECK(fitted_lines(table, 19) == "\n  a     c\n  xxxx  zzzz\n");
  // The first column stays.
  document::Table first = {{{"a", "a"}, {"b", "longer"}}, {{"", "zzzz"}}};
  first.columns[1].narrowest = 4;
  CHECK(fitted_lines(first, 9) == "\n  a  l…er\n     zzzz\n");
  CHECK(fitted_lines({{{"a", "aa"}, {"b", "bb"}, {"c", "cc"}}, {}}, 8) == "\n  aa  bb\n");
}

TEST_CASE("a table without titles has no line for them", "[writers]") {
  CHECK(fitted_lines({{{"a", ""}, {"b", ""}}, {{"x", "y"}}}, 80) == "\n  x  y\n");
  CHECK(fitted_lines({{{"a", ""}, {"b", "b"}}, {{"x", "y"}}}, 80) == "\n     b\n  x  y\n");
}

TEST_CASE("columns of one title are named with the one before them", "[writers]") {
  document::Table table;
  for (const char* title : {"macs", "%", "params", "%", "ratio"}) {
    table.columns.push_back({title, title, document::Format::kNumberText});
    table.columns.back().expendable = 1;
  }
  table.rows.emplace_back(5, document::Cell("wwwwww"));
  CHECK(contains(fitted_lines(table, 8),
                 "left out: % of macs, params, % of params, ratio of params\n"));
  document::Table twice = {{{"a", "%", document::Format::kNumberText}, {"b", "x"}, {"c", "x"}},
                           {{"wwww", "wwww", "wwww"}}};
  twice.columns[1].expendable = twice.columns[2].expendable = 1;
  CHECK(contains(fitted_lines(twice, 6), "left out: x, x\n"));
}

TEST_CASE("a list goes on in the next line between its names", "[writers]") {
  document::Column names = {"n", "names"};
  names.list = true;
  names.narrowest = 9;
  const auto lines = [&](const std::string& text, std::size_t width) {
    return fitted_lines({{names, {"v", "v"}}, {{text, "x"}}}, width);
  };
  CHECK(lines("ab, cde, f", 15) == "\n  names       v\n  ab, cde, f  x\n");
  CHECK(lines("ab, cde, f", 14) == "\n  names      v\n  ab, cde,   x\n  f\n");
  CHECK(lines("abcd, efg, h", 14) == "\n  names      v\n  abcd,      x\n  efg, h\n");
  CHECK(lines("abc, efg, hij, k", 14) == "\n  names      v\n  abc, efg,  x\n  hij, k\n");
  CHECK(lines("abcd, efg, hij, k", 14) == "\n  names      v\n  abcd,      x\n  efg, hij,\n  k\n");
  CHECK(lines("abcdefghijkl, m", 14) == "\n  names      v\n  abcd…jkl,  x\n  m\n");
}

TEST_CASE("a text to be read as a whole is broken at blanks, or at signs", "[writers]") {
  document::Column text = {"t", "t"};
  text.wrap = true;
  text.narrowest = 6;
  const auto lines = [&](const std::string& words, std::size_t width = 8) {
    return fitted_lines({{text}, {{words}}}, width);
  };
  CHECK(lines("ab cd ef") == "\n  t\n  ab cd\n  ef\n");
  CHECK(lines("abc de fgh") == "\n  t\n  abc de\n  fgh\n");
  CHECK(lines("abcdef gh") == "\n  t\n  abcdef\n  gh\n");
  CHECK(lines("abcdefgh i") == "\n  t\n  abcdef\n  gh i\n");
  CHECK(lines("a bcdefghi") == "\n  t\n  a\n  bcdefg\n  hi\n");
  CHECK(lines("ab/cdefgh") == "\n  t\n  ab/\n  cdefgh\n");
  CHECK(lines("a-b_c:defg") == "\n  t\n  a-b_c:\n  defg\n");
  CHECK(lines("abcde=,;fgh") == "\n  t\n  abcde=\n  ,;fgh\n");
  CHECK(lines("αβγδεζη θ") == "\n  t\n  αβγδεζ\n  η θ\n");
  CHECK(lines("abc") == "\n  t\n  abc\n");
  CHECK(lines("abc def") == "\n  t\n  abc\n  def\n");
  CHECK(lines("abcdef  gh") == "\n  t\n  abcdef\n  gh\n");
  CHECK(lines("/bcdefghi") == "\n  t\n  /\n  bcdefg\n  hi\n");
  // The row is as high as its highest cell, wherever that is.
  CHECK(fitted_lines({{{"k", "k"}, text, {"v", "v"}}, {{"x", "ab cd ef", "y"}}}, 14) ==
        "\n  k  t       v\n  x  ab cd   y\n     ef\n");
}
