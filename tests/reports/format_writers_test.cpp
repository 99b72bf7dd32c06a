// SPDX-License-Identifier: Apache-2.0
// Markdown, CSV, LaTeX, JSON and the Markdown of pages, text by text.
#include <fmt/core.h>

#include <set>
#include <stdexcept>

#include "reports/writers/page_writer.hpp"
#include "reports/writers/writers.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The Markdown of one part, without the mark, the title and the heading.
std::string part_markdown(const document::PagePart& part, const std::set<std::string>& drawn = {}) {
  const std::string page = writers::write_page({"t", "", {{"h", {part}}}}, drawn, "");
  const std::string start = "<!-- made by archcost report -->\n\n# t\n\n## h\n";
  REQUIRE(page.starts_with(start));
  return page.substr(start.size());
}

std::string latex_rows(const document::Table& table) {
  const std::string latex = writers::write_latex({"", "", {{"", table, {}}}}, {});
  const std::size_t from = latex.find("\\midrule\n") + 9;
  return latex.substr(from, latex.find("  \\bottomrule") - from);
}

}  // namespace

TEST_CASE("Markdown escapes what would be markup", "[writers]") {
  CHECK(writers::escape_markdown("a|b`c*d_e\\f[g]h~i$j") ==
        "a\\|b\\`c\\*d\\_e\\\\f\\[g\\]h\\~i\\$j");
  CHECK(writers::escape_markdown("<a> & b\nc\rd") == "&lt;a&gt; &amp; b c d");
  CHECK(writers::escape_markdown("plain - (text)! #1") == "plain - (text)! #1");
  for (const std::string first : {"#", "+", "-", "="}) {
    CHECK(writers::markdown_line(first + " a") == "\\" + first + " a");
    CHECK(writers::markdown_line("a " + first) == "a " + first);
  }
  CHECK(writers::markdown_line("1. one") == "1\\. one");
  CHECK(writers::markdown_line("120) one") == "120\\) one");
  CHECK(writers::markdown_line("12 one") == "12 one");
  CHECK(writers::markdown_line("12") == "12");
  CHECK(writers::markdown_line("0.") == "0\\.");
  CHECK(writers::markdown_line("9) x") == "9\\) x");
  CHECK(writers::markdown_line(".1") == ".1");
  CHECK(writers::markdown_line(") x") == ") x");
  CHECK(writers::markdown_line("/ :") == "/ :");
  CHECK(writers::markdown_line("/. x") == "/. x");
  CHECK(writers::markdown_line(":. x") == ":. x");
  CHECK(writers::markdown_line("") == "");
}

TEST_CASE("a document as Markdown", "[writers]") {
  document::Section section = {"by *kind*", {}, {"1. note", "- item", "-x", "- # y"}};
  section.table = {{{"k", "kind|s"}, {"n", "n", document::Format::kCount}, {"e", "e"}},
                   {{"a_b", std::int64_t{1'234'567}, "x"}, {"total", std::int64_t{99}, ""}},
                   true};
  CHECK("\n" +
            writers::write_markdown({"A_b", "α 1   ρ 1    x", {section, {"", {}, {"end"}}}}, {}) ==
        R"(
# A\_b

α 1, ρ 1,  x

## by \*kind\*

| kind\|s   |      n | e   |
| --------- | -----: | --- |
| a\_b      |  1.23M | x   |
| **total** | **99** |     |

1\. note

- item

\-x

- \# y

end
)");
  const document::Document plain = {
      "t", "", {{"", {{{"n", "n", document::Format::kCount}}, {{std::int64_t{1'234'567}}}}, {}}}};
  CHECK(writers::write_markdown(plain, {.exact = true}) ==
        "# t\n\n|         n |\n| --------: |\n| 1,234,567 |\n");
  CHECK(writers::markdown_table({{{"a", "a"}, {"n", "n", document::Format::kInteger}}, {}, true},
                                false) == "| a   |   n |\n| --- | --: |\n");
}

TEST_CASE("wide gaps become commas", "[writers]") {
  CHECK(writers::with_commas_for_gaps("a   b") == "a, b");
  CHECK(writers::with_commas_for_gaps("a  b c") == "a  b c");
  CHECK(writers::with_commas_for_gaps("a    b") == "a,  b");
  CHECK(writers::with_commas_for_gaps("α   β   γ") == "α, β, γ");
  CHECK(writers::with_commas_for_gaps("   a") == ", a");
  CHECK(writers::with_commas_for_gaps("a  ") == "a  ");
  CHECK(writers::with_commas_for_gaps("") == "");
}

TEST_CASE("characters of a line and their code points", "[writers]") {
  CHECK(writers::code_point("a") == 'a');
  CHECK(writers::code_point("\x7f") == 0x7F);
  CHECK(writers::code_point("\x80") == 0xFFFD);
  CHECK(writers::code_point("\xff") == 0xFFFD);
  CHECK(writers::code_point("é") == 0xE9);
  CHECK(writers::code_point("ߺ") == 0x7FA);
  CHECK(writers::code_point("€") == 0x20AC);
  CHECK(writers::code_point("😀") == 0x1F600);
  CHECK(writers::one_line("a\tb\nc\rd") == "a b c d");
  CHECK(writers::one_line("\x1b\x7f\u202E") == "\\u{1B}\\u{7F}\\u{202E}");
  CHECK(writers::one_line("é\xffz") == "é\uFFFDz");
}

TEST_CASE("CSV quotes what has commas, quotes or line ends", "[writers]") {
  CHECK(writers::csv_field("plain text") == "plain text");
  CHECK(writers::csv_field("a,b") == "\"a,b\"");
  CHECK(writers::csv_field("say \"x\"") == "\"say \"\"x\"\"\"");
  CHECK(writers::csv_field("a\nb") == "\"a\nb\"");
  CHECK(writers::csv_field("a\rb") == "\"a\rb\"");
  CHECK(writers::csv_field("") == "");
  const document::Table table = {
      {{"text", "T"},
       {"n", "N", document::Format::kCount},
       {"x", "X", document::Format::kPercent},
       {"f", "F"},
       {"none", "E"}},
      {{"a,b", std::int64_t{1'234'567}, 0.125, document::NumberText{"4/7", 0.5}, {}}}};
  const std::string one = "text,n,x,f,none\n\"a,b\",1234567,0.125,0.5,\n";
  CHECK(writers::csv_table(table) == one);
  CHECK(writers::write_csv(
            {"t", "s", {{"h", {}, {"note"}}, {"h", table, {}}, {"h", {{{"k", "K"}}, {}}, {}}}}) ==
        one + "\nk\n");
}

TEST_CASE("formats by name and by extension", "[writers]") {
  std::string all;
  for (const writers::OutputFormat& format : writers::output_formats())
    all += fmt::format("{}{}{} ", format.name, format.extension, format.one_table ? "!" : "");
  CHECK(all == "table markdown.md csv.csv! json.json jsonl.jsonl! latex.tex ");
  for (const writers::OutputFormat& format : writers::output_formats()) {
    CHECK(writers::find_output_format(format.name) == &format);
    if (!format.extension.empty())
      CHECK(writers::format_of_file(fmt::format("a.b{}", format.extension)) == &format);
  }
  CHECK(writers::find_output_format("xml") == nullptr);
  CHECK(writers::find_output_format("") == nullptr);
  CHECK(writers::format_of_file("a.txt") == nullptr);
  CHECK(writers::format_of_file("csv") == nullptr);
}

TEST_CASE("what LaTeX does not print is escaped", "[writers]") {
  CHECK(writers::escape_latex("αβγδεζηθικλμνξοπρςστυφχψω") ==
        "$\\alpha$$\\beta$$\\gamma$$\\delta$$\\varepsilon$$\\zeta$$\\eta$$\\theta$$\\iota$"
        "$\\kappa$$\\lambda$$\\mu$$\\nu$$\\xi$$\\mathit{o}$$\\pi$$\\rho$$\\varsigma$$\\sigma$"
        "$\\tau$$\\upsilon$$\\varphi$$\\chi$$\\psi$$\\omega$");
  CHECK(writers::escape_latex("Δ×·±²³≤≥≈→↑…–µ") ==
        "$\\Delta$$\\times$$\\cdot$$\\pm$$^2$$^3$$\\leq$$\\geq$$\\approx$$\\rightarrow$"
        "$\\uparrow$\\ldots{}--$\\mu$");
  CHECK(writers::escape_latex("\\&%$#_{}~^<>|\"") ==
        "\\textbackslash{}\\&\\%\\$\\#\\_\\{\\}\\textasciitilde{}\\textasciicircum{}"
        "\\textless{}\\textgreater{}\\textbar{}\\textquotedbl{}");
  // Letters of western Europe, from À to ÿ, but for Eth and Thorn.
  CHECK(writers::escape_latex("ÀéÏÑÝßïñýÿ") == "ÀéÏÑÝßïñýÿ");
  CHECK(writers::escape_latex("ÐÞðþ") == "[U+00D0][U+00DE][U+00F0][U+00FE]");
  CHECK(writers::escape_latex("¿Āΰϊ𝄞") == "[U+00BF][U+0100][U+03B0][U+03CA][U+1D11E]");
  CHECK(writers::escape_latex("a\nb\x1b") == "a b\\textbackslash{}u\\{1B\\}");
}

TEST_CASE("rows of a LaTeX table", "[writers]") {
  const document::Table two = {{{"a", "a"}, {"b", "b"}}, {{"x", "y_1"}, {"[t]", "*"}}};
  CHECK(latex_rows(two) == "  x & y\\_1 \\\\\n  {}[t] & * \\\\\n");
  document::Table total = two;
  total.last_is_total = true;
  CHECK(latex_rows(total) == "  x & y\\_1 \\\\\n  \\midrule\n  {}[t] & * \\\\\n");
  total.rows.erase(total.rows.begin());
  CHECK(latex_rows(total) == "  {}[t] & * \\\\\n");
  CHECK(latex_rows({{{"a", "a"}}, {{"*x"}, {"x[*"}}}) == "  {}*x \\\\\n  x[* \\\\\n");
  CHECK(writers::write_latex({"", "", {}}, {}) == "% \\usepackage{booktabs,textcomp}\n");
  CHECK(writers::write_latex({"t\n1",
                              "s",
                              {{"h", {}, {"n 1", "n 2"}},
                               {"",
                                {{{"a", "a%"}, {"n", "n", document::Format::kCount}},
                                 {{"x", std::int64_t{1'234'567}}}},
                                {}}}},
                             {.exact = true}) ==
        "% \\usepackage{booktabs,textcomp}\n% t 1\n% s\n\n% h\n% n 1\n% n 2\n\n"
        "\\begin{tabular}{lr}\n  \\toprule\n  a\\% & n \\\\\n  \\midrule\n  x & 1,234,567 \\\\\n"
        "  \\bottomrule\n\\end{tabular}\n");
}

TEST_CASE("cells of JSON are raw, under keys or titles", "[writers]") {
  const document::Table table = {
      {{"t", "T"}, {"", "N", document::Format::kCount}, {"x", "X"}, {"f", "F"}, {"e", "E"}},
      {{"a", std::int64_t{12}, 0.5, document::NumberText{"4/7", 0.25}, {}}, {"b", {}, {}, {}, {}}}};
  const document::Document document = {"t", "s", {{"h", {}, {"n"}}, {"main", table, {}}}};
  const std::string first = R"({"t":"a","N":12,"x":0.5,"f":0.25,"e":null})",
                    second = R"({"t":"b","N":null,"x":null,"f":null,"e":null})";
  CHECK(writers::write_json_lines(document) == first + "\n" + second + "\n");
  CHECK(writers::write_json_lines({"t", "s", {{"h", {}, {"n"}}}}) == "");
  CHECK(writers::json_array(writers::write_json_lines(document)) ==
        "[\n" + first + ",\n" + second + "\n]\n");
  CHECK(writers::json_array("") == "[\n]\n");
  CHECK("\n" + writers::write_json(
                   {"t", "s", {{"h", {{{"k", "K"}}, {{"v"}}}, {"n", "m"}}, {"", {}, {}}}}) ==
        R"(
{
  "title": "t",
  "subtitle": "s",
  "sections": [
    {
      "heading": "h",
      "rows": [
        {
          "k": "v"
        }
      ],
      "notes": [
        "n",
        "m"
      ]
    },
    {
      "heading": "",
      "rows": [],
      "notes": []
    }
  ]
}
)");
  CHECK(writers::write_json({"t", "", {}}) ==
        "{\n  \"title\": \"t\",\n  \"subtitle\": \"\",\n  \"sections\": []\n}\n");
}

TEST_CASE("parts of a page in Markdown", "[report]") {
  CHECK(part_markdown(document::Paragraph{"# a arXiv:1.2. b arXiv: arXiv:34"}) ==
        "\n\\# a [arXiv:1.2](https://arxiv.org/abs/1.2). b arXiv: "
        "[arXiv:34](https://arxiv.org/abs/34)\n");
  CHECK(part_markdown(document::Paragraph{"arXiv:... arXiv:5/6:7"}) ==
        "\narXiv:... [arXiv:5](https://arxiv.org/abs/5)/6:7\n");
  CHECK(part_markdown(document::Bullets{{"a_b", "arXiv:9"}}) ==
        "\n- a\\_b\n- [arXiv:9](https://arxiv.org/abs/9)\n");
  CHECK(part_markdown(document::Subheading{"a_b"}) == "\n### a\\_b\n");
  CHECK(part_markdown(document::Listing{"sh", "run <x>"}) == "\n```sh\nrun <x>\n```\n");
  CHECK(part_markdown(document::Listing{"", "``\n"}) == "\n```\n``\n```\n");
  CHECK(part_markdown(document::Listing{"", "```\n`"}) == "\n````\n```\n`\n````\n");
  CHECK(part_markdown(document::Listing{"", "`a`````"}) == "\n``````\n`a`````\n``````\n");
  CHECK(part_markdown(document::Tree{"t", {}, {}}) == "");
  CHECK(part_markdown(document::Diagram{"d", {{{"a"}}}, {}}) ==
        "\n```mermaid\nflowchart TD\n  input[\"a\"]\n```\n");
  const document::Table table = {{{"a", "a"}}, {{"x"}}};
  CHECK(part_markdown(document::PageTable{"by_x", table, {}, {"# one", "arXiv:1"}, "All_"}) ==
        "\n<details>\n<summary>All\\_</summary>\n\n| a   |\n| --- |\n| x   |\n\n\\# one\n\n"
        "[arXiv:1](https://arxiv.org/abs/1)\n\nRaw figures: [by\\_x.csv](report_files/by_x.csv)\n\n"
        "</details>\n");
  const document::Picture picture = {"a_p", "A_b.", {}, 1, ""};
  CHECK(part_markdown(picture, {"a_p", "z"}) ==
        "\n![A\\_b.](report_files/a_p.svg)\n\nFigures of the picture: "
        "[a\\_p.csv](report_files/a_p.csv)\n");
  CHECK(part_markdown(picture, {"z"}) ==
        "\n(No picture: A\\_b.) Its figures: [a\\_p.csv](report_files/a_p.csv)\n");
}

TEST_CASE("a page with measured and kept sections", "[report]") {
  const document::Page page = {"T_1",
                               "α 1   # x",
                               {{"A_a", {document::Paragraph{"p"}}},
                                {"", {document::Paragraph{"q"}}, true},
                                {"gone", {document::Paragraph{"r"}}, true, "kept *as it is*\n"},
                                {"", {}}}};
  const std::string text = writers::write_page(page, {}, "no_plot");
  CHECK("\n" + text == R"(
<!-- made by archcost report -->

# T\_1

α 1, # x

Some pictures are missing: no\_plot. The figures of each stand in its CSV.

## A\_a

p

<!-- measured -->

q

<!-- end of measured -->

kept *as it is*
)");
  CHECK(writers::measured_part(text) == "<!-- measured -->\n\nq\n\n<!-- end of measured -->\n");
  CHECK(
      writers::measured_part("x<!-- measured -->a<!-- end of measured --> y <!-- measured -->"
                             "b<!-- end of measured -->z") ==
      "<!-- measured -->a<!-- end of measured --> y <!-- measured -->b<!-- end of measured -->\n");
  CHECK(writers::measured_part("no marks") == "");
  CHECK(writers::measured_part("<!-- measured --> only a start") == "");
  CHECK(writers::measured_part("only an end <!-- end of measured -->") == "");
  CHECK(writers::measured_part("<!-- end of measured --><!-- measured -->") == "");
}

TEST_CASE("files of data and pictures of a page, in its order", "[report]") {
  document::Picture picture = {"p", "", {{{"k\n1", "K"}, {"n", "N"}}, {{"a\"b\nc", 0.5}}}, 1, ""};
  document::Picture other = picture;
  other.name = "o";
  const document::Table table = {{{"t", "T"}}, {{"x\"y"}}},
                        data = {{{"d", "D"}}, {{std::int64_t{3}}}};
  const document::Page page = {"t",
                               "",
                               {{"", {picture, document::Paragraph{"x"}}},
                                {"", {document::PageTable{"t", table, {}, {}}, other}},
                                {"", {document::PageTable{"d", table, data, {}}}}}};
  std::string files;
  for (const writers::ReportFile& file : writers::page_data(page))
    files += file.name + ":\n" + file.text;
  CHECK(
      files ==
      "p.csv:\nk 1,n\na'b c,0.5\nt.csv:\nt\n\"x\"\"y\"\no.csv:\nk 1,n\na'b c,0.5\nd.csv:\nd\n3\n");
  std::string names;
  for (const document::Picture* one : writers::pictures_of(page)) names += one->name + " ";
  CHECK(names == "p o ");
  try {
    writers::page_data(
        {"t", "", {{"", {picture}}, {"", {document::PageTable{"p", table, {}, {}}}}}});
    FAIL("no error");
  } catch (const std::logic_error& error) {
    CHECK(std::string(error.what()) == "two parts of a report are p");
  }
}
