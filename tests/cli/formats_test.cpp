// SPDX-License-Identifier: Apache-2.0
// --format means the same for every command; -o FILE sets it by its extension.
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "reports/writers/writers.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

document::Document small_document() {
  document::Section section;
  section.heading = "by kind";
  section.table.columns = {{"class", "kind"},
                           {"params", "params", document::Format::kCount},
                           {"params_share", "%", document::Format::kPercent},
                           {"", "note"}};
  section.table.rows = {
      {std::string("conv_1x1 & \"α²\""), std::int64_t{3'139'584}, 74.5, document::Cell()},
      {std::string("total"), std::int64_t{4'231'976}, 100.0, std::string("100 % {of} $x~^\\<|>")}};
  section.table.last_is_total = true;
  section.notes = {"A note."};
  return {"net", "α 1", {section, {"empty", {}, {"Only\na note."}}}};
}

std::string in_format(const std::string& name) {
  return writers::find_output_format(name)->write(small_document(), {});
}

}  // namespace

TEST_CASE("a document as LaTeX: booktabs, escaped, titles and notes as comments", "[output]") {
  CHECK(in_format("latex") ==
        R"(% \usepackage{booktabs,textcomp}
% net
% α 1

% by kind
\begin{tabular}{lrrl}
  \toprule
  kind & params & \% & note \\
  \midrule
  conv\_1x1 \& \textquotedbl{}$\alpha$$^2$\textquotedbl{} & 3.14M & 74.50 &  \\
  \midrule
  total & 4.23M & 100.00 & 100 \% \{of\} \$x\textasciitilde{}\textasciicircum{}\textbackslash{}\textless{}\textbar{}\textgreater{} \\
  \bottomrule
\end{tabular}
% A note.

% empty
% Only a note.
)");
}

TEST_CASE("a document as JSON lines: the rows of its first table", "[output]") {
  CHECK(in_format("jsonl") ==
        R"({"class":"conv_1x1 & \"α²\"","params":3139584,"params_share":74.5,"note":null}
{"class":"total","params":4231976,"params_share":100.0,"note":"100 % {of} $x~^\\<|>"}
)");
  CHECK(writers::write_json_lines({"title", "", {}}) == "");
}

TEST_CASE("a document as JSON: all of it", "[output]") {
  CHECK(in_format("json") ==
        R"({
  "title": "net",
  "subtitle": "α 1",
  "sections": [
    {
      "heading": "by kind",
      "rows": [
        {
          "class": "conv_1x1 & \"α²\"",
          "params": 3139584,
          "params_share": 74.5,
          "note": null
        },
        {
          "class": "total",
          "params": 4231976,
          "params_share": 100.0,
          "note": "100 % {of} $x~^\\<|>"
        }
      ],
      "notes": [
        "A note."
      ]
    },
    {
      "heading": "empty",
      "rows": [],
      "notes": [
        "Only\na note."
      ]
    }
  ]
}
)");
}

TEST_CASE("JSON lines as an array", "[output]") {
  CHECK(writers::json_array("") == "[\n]\n");
  CHECK(writers::json_array("{\"a\":1}\n{\"a\":2}\n") == "[\n{\"a\":1},\n{\"a\":2}\n]\n");
}

TEST_CASE("JSON lines have the rows of CSV", "[output]") {
  CHECK(run_program("conventions resnet50 --from thop --to macs --format jsonl").out ==
        R"({"cause":"batch norm","difference":-44455936,"from":44455936,"to":0}
{"cause":"global and adaptive pools","difference":-102400,"from":102400,"to":0}
{"cause":"total","difference":-44558336,"from":4133742592,"to":4089184256}
)");
}

TEST_CASE("a sweep streams JSON: an array, a row a line", "[output]") {
  CHECK(run_program("sweep se_layer --vary reduction=8,16 --format json").out ==
        R"([
{"spec":"se_layer","reduction":8,"params":16384,"macs":16384},
{"spec":"se_layer","reduction":16,"params":8192,"macs":8192}
]
)");
  CHECK(run_program("sweep se_layer --vary reduction=8,16 --sort macs --format json").out ==
        R"([
{"spec":"se_layer","reduction":16,"params":8192,"macs":8192},
{"spec":"se_layer","reduction":8,"params":16384,"macs":16384}
]
)");
  CHECK(run_program("sweep se_layer --vary reduction=8 --where \"macs < 1\" --format json").out ==
        "[\n]\n");
  CHECK(run_program("sweep se_layer --vary reduction=8,16 --format latex").out ==
        R"(% \usepackage{booktabs,textcomp}
% sweep of se_layer
% 2 points

\begin{tabular}{rrr}
  \toprule
  reduction & params & macs \\
  \midrule
  8 & 16,384 & 16,384 \\
  16 & 8,192 & 8,192 \\
  \bottomrule
\end{tabular}
)");
  CHECK(
      run_program("sweep se_layer --vary reduction=8 --format json --shard 1/2 -o x").err ==
      "error: --shard writes rows that join can join: --format csv or jsonl, of a sweep npy too\n");
}

TEST_CASE("a killed JSON sweep resumes to the same file", "[output]") {
  const TestFolder folder;
  const std::string sweep =
      "sweep mobilenet_v1 --vary alpha=0.1:1:0.001 --vary rho=0.5:1:0.0004 --threads 1 ";
  const std::string rows = folder / "rows.json", whole = folder / "whole.json";
  REQUIRE(run_program(sweep + "-o " + whole).status == 0);
  run_and_signal(sweep + "-o " + rows, SIGKILL, 20000, rows + ".part");
  const std::string resume = std::filesystem::exists(rows + ".journal") ? "--resume " : "";
  REQUIRE(run_program(sweep + resume + "-o " + rows).status == 0);
  CHECK(read_file(rows) == read_file(whole));
}

TEST_CASE("a search in JSON is the array of its JSON lines", "[output]") {
  const std::string search = "search se_layer --vary reduction=8,16 --minimize macs --top 2 ";
  const Run lines = run_program(search + "--format jsonl"),
            array = run_program(search + "--format json");
  CHECK(array.status == 0);
  CHECK(array.out == writers::json_array(lines.out));
  CHECK(nlohmann::json::parse(array.out).size() == 2);
}

TEST_CASE("the extension of -o FILE sets the format unless --format does", "[output]") {
  const TestFolder folder;
  for (const writers::OutputFormat& format : writers::output_formats()) {
    if (format.extension.empty()) continue;
    const std::string file = folder / ("x" + std::string(format.extension));
    REQUIRE(run_program("analyze standard_conv -o " + file).status == 0);
    CHECK(read_file(file) ==
          run_program("analyze standard_conv --format " + std::string(format.name)).out);
    REQUIRE(run_program("analyze standard_conv --format table -o " + file).status == 0);
    CHECK(read_file(file) == run_program("analyze standard_conv").out);
  }
}

TEST_CASE("the old name of a format works, with a note", "[output]") {
  const Run old = run_program("show standard_conv --format text");
  CHECK(old.out == run_program("show standard_conv").out);
  CHECK(old.err ==
        "note: --format text is now --format table; the old name will be removed in the next "
        "version\n");
  CHECK(
      run_program("show standard_conv --format html").err ==
      "error: --format: must be table, markdown, csv, json, jsonl, latex, dot, mermaid or svg, not "
      "'html'\n'archcost show --help' shows its options\n");
}
