// SPDX-License-Identifier: Apache-2.0
// The rows of invented sweeps as texts, tables and columns; what became of other points; laws.
#include "reports/tables/sweep_report.hpp"

#include <cmath>
#include <cstring>

#include "reports/tables/sweep_columns.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using engine::kNoFigure;
using Lines = std::vector<std::string>;

spec::Value swept_number(std::int64_t a, std::int64_t b = 1) {
  return spec::Value(spec::Number(Rational(a, b)));
}

sweep::SweepJob invented_job(const std::string& label, const Lines& columns) {
  sweep::SweepJob job;
  job.label = label;
  job.spec = spec::read_spec_text(
      "net.yaml",
      "name: net\nparams:\n  alpha: {default: 1, symbol: α, scaling: [{macs: 2, source: \"a, "
      "paper\"}]}\n  beta: {default: 2, min: 2}\ninput: {channels: 3, height: 8, width: 8}\n"
      "layers:\n  - conv: {name: a, out: 8 * alpha}\n  - conv: {name: b, out: 6, groups: beta}\n",
      ".");
  job.wants.columns = columns;
  return job;
}

// Three by two points: fractions, and words.
sweep::SweepJob two_axes(const std::string& label, const Lines& columns) {
  sweep::SweepJob job = invented_job(label, columns);
  job.space.axes = {{"alpha", {swept_number(1, 4), swept_number(4, 7), swept_number(2)}},
                    {"act", {spec::Value(spec::Word{"relu"}), spec::Value(spec::Word{"h,sw"})}}};
  return job;
}

// Two by two by two points: an element of a list, the first job's first axis, lists.
sweep::SweepJob three_axes(const std::string& label, const Lines& columns) {
  sweep::SweepJob job = invented_job(label, columns);
  const spec::List list = {swept_number(1), swept_number(2)};
  job.space.axes = {{"widths", {swept_number(8), swept_number(16)}, 2, list},
                    {"alpha", {swept_number(3), swept_number(1, 2)}},
                    {"list", {spec::Value(list), spec::Value(spec::List{})}}};
  return job;
}

const Lines kSweptCosts = {"macs", "entropy", "peak_memory", "latency"};

// The points from `first` on: costs that tell which point and which column they are of.
engine::SweepRows invented_rows(std::uint64_t first,
                                const std::vector<engine::PointState>& states) {
  engine::SweepRows rows;
  rows.first = first;
  rows.states = states;
  for (std::int64_t c = 0; c < 4; ++c) {
    auto& column = rows.columns.emplace_back();
    for (std::size_t p = 0; p < states.size(); ++p)
      column.push_back(1'000'000 * (c + 1) + static_cast<std::int64_t>(first + p) * 10'000);
  }
  if (states.size() > 1) rows.columns[3][1] = kNoFigure;
  return rows;
}

}  // namespace

TEST_CASE("rows of a sweep as CSV, JSON lines and JSON", "[sweep]") {
  using enum engine::PointState;
  using enum tables::RowFormat;
  const std::vector<sweep::SweepJob> jobs = {two_axes("one:x=1,2", kSweptCosts),
                                             three_axes("two", kSweptCosts)};
  const engine::SweepRows some = invented_rows(1, {kRow, kRow, kFiltered, kUnbuildable, kRow}),
                          others = invented_rows(2, {kFiltered, kRow, kRow, kRow, kRow});
  const auto text = [&](const std::vector<sweep::SweepJob>& of, tables::RowFormat format) {
    const tables::SweepRowWriter writer(of, format);
    std::string all = writer.header() + writer.lines(of[0], some);
    if (of.size() > 1) all += writer.lines(of[1], others);
    return all + writer.footer();
  };
  CHECK(text(jobs, kCsv) == R"(spec,alpha,act,widths(2),list,macs,entropy,peak_memory,latency
"one:x=1,2",0.25,"h,sw",,,1010000,2.01,3010000,0.00401
"one:x=1,2",0.5714285714285714,relu,,,1020000,2.02,3020000,
"one:x=1,2",2,"h,sw",,,1050000,2.05,3050000,0.00405
two,0.5,,8,[],1030000,2.03,3030000,
two,3,,16,"[1, 2]",1040000,2.04,3040000,0.00404
two,3,,16,[],1050000,2.05,3050000,0.00405
two,0.5,,16,"[1, 2]",1060000,2.06,3060000,0.00406
)");
  CHECK(
      text(jobs, kJsonLines) ==
      R"-({"spec":"one:x=1,2","alpha":0.25,"act":"h,sw","macs":1010000,"entropy":2.01,"peak_memory":3010000,"latency":0.00401}
{"spec":"one:x=1,2","alpha":0.5714285714285714,"act":"relu","macs":1020000,"entropy":2.02,"peak_memory":3020000,"latency":null}
{"spec":"one:x=1,2","alpha":2,"act":"h,sw","macs":1050000,"entropy":2.05,"peak_memory":3050000,"latency":0.00405}
{"spec":"two","alpha":0.5,"widths(2)":8,"list":[],"macs":1030000,"entropy":2.03,"peak_memory":3030000,"latency":null}
{"spec":"two","alpha":3,"widths(2)":16,"list":[1,2],"macs":1040000,"entropy":2.04,"peak_memory":3040000,"latency":0.00404}
{"spec":"two","alpha":3,"widths(2)":16,"list":[],"macs":1050000,"entropy":2.05,"peak_memory":3050000,"latency":0.00405}
{"spec":"two","alpha":0.5,"widths(2)":16,"list":[1,2],"macs":1060000,"entropy":2.06,"peak_memory":3060000,"latency":0.00406}
)-");
  CHECK(text(jobs, kJson) == R"-([,
{"spec":"one:x=1,2","alpha":0.25,"act":"h,sw","macs":1010000,"entropy":2.01,"peak_memory":3010000,"latency":0.00401},
{"spec":"one:x=1,2","alpha":0.5714285714285714,"act":"relu","macs":1020000,"entropy":2.02,"peak_memory":3020000,"latency":null},
{"spec":"one:x=1,2","alpha":2,"act":"h,sw","macs":1050000,"entropy":2.05,"peak_memory":3050000,"latency":0.00405},
{"spec":"two","alpha":0.5,"widths(2)":8,"list":[],"macs":1030000,"entropy":2.03,"peak_memory":3030000,"latency":null},
{"spec":"two","alpha":3,"widths(2)":16,"list":[1,2],"macs":1040000,"entropy":2.04,"peak_memory":3040000,"latency":0.00404},
{"spec":"two","alpha":3,"widths(2)":16,"list":[],"macs":1050000,"entropy":2.05,"peak_memory":3050000,"latency":0.00405},
{"spec":"two","alpha":0.5,"widths(2)":16,"list":[1,2],"macs":1060000,"entropy":2.06,"peak_memory":3060000,"latency":0.00406}
]
)-");
  CHECK(text({two_axes("one", {"macs"})}, kCsv) == R"(alpha,act,macs
0.25,"h,sw",1010000
0.5714285714285714,relu,1020000
2,"h,sw",1050000
)");
  CHECK(text({three_axes("one", {"latency", "params"})}, kJsonLines) ==
        R"-({"spec":"one","widths(2)":8,"alpha":3,"list":[],"latency":0.00101,"params":2010000}
{"spec":"one","widths(2)":8,"alpha":0.5,"list":[1,2],"latency":0.00102,"params":2020000}
{"spec":"one","widths(2)":16,"alpha":3,"list":[],"latency":0.00105,"params":2050000}
)-");
  const tables::SweepRowWriter writer(jobs, kCsv);
  CHECK(writer.line(jobs[1], {1, 6, {11, 22, 33, 44}, 0}) ==
        R"(two,0.5,,16,"[1, 2]",11,0.000022,33,0.000000044
)");
  CHECK(tables::row_format("csv") == kCsv);
  CHECK(tables::row_format("jsonl") == kJsonLines);
  CHECK(tables::row_format("json") == kJson);
  CHECK_FALSE(tables::row_format("text"));
  CHECK(tables::setting_texts({{"a", swept_number(1, 2)}, {"b", spec::Value(spec::Word{"w"})}}) ==
        Lines{"a=0.5", "b=w"});
}

TEST_CASE("rows of a sweep as a table", "[sweep]") {
  Lines costs = {"macs",    "entropy",  "effectiveness", "peak_memory",
                 "latency", "accuracy", "accuracy_error"};
  std::vector<sweep::SweepJob> jobs = {two_axes("one", costs), three_axes("two", costs)};
  tables::SweepSummary summary;
  summary.points = 14;
  summary.rows = summary.shown = 3;
  summary.notes = {"a note"};
  const std::vector<tables::SweepRow> rows = {
      {1, 5, {1, 2'000'000, 300'000, 4, 5'000'000'000, 60'500'000, 500'000}, 0},
      {0, 3, {7, 8'000'000, 900'000, 10, kNoFigure, kNoFigure, kNoFigure}, 0},
      {0, 4, {11, 12'000'000, 130'000, 14, 15, 16'000'000, 170'000}, 0}};
  CHECK(whole_text(tables::sweep_report(jobs, rows, summary)) == R"-(
sweep of one, two
14 points
== 
spec "spec" text; alpha "alpha" numbertext; act "act" numbertext; widths(2) "widths(2)" numbertext; list "list" numbertext; macs "macs" count; entropy "entropy" decimal; effectiveness "effectiveness" ratio; peak_memory "peak memory" bytes; latency "latency" seconds; accuracy "accuracy (top-1 %)" decimal; accuracy_error "accuracy error" decimal
| 'two' | '3' |  | '16' | '[]' | 1 | 2.0 | 0.3 | 4 | 5.0 | 60.5 | 0.5 |
| 'one' | 4/7=0.5714285714 | 'h,sw' |  |  | 7 | 8.0 | 0.9 | 10 |  |  |  |
| 'one' | '2' | 'relu' |  |  | 11 | 12.0 | 0.13 | 14 | 1.5e-08 | 16.0 | 0.17 |
* a note
)-");
  jobs.pop_back();
  summary.points = 1;
  CHECK(whole_text(tables::sweep_report(jobs, {rows[2]}, summary)) == R"-(
sweep of one
1 point
== 
alpha "alpha" numbertext; act "act" numbertext; macs "macs" count; entropy "entropy" decimal; effectiveness "effectiveness" ratio; peak_memory "peak memory" bytes; latency "latency" seconds; accuracy "accuracy (top-1 %)" decimal; accuracy_error "accuracy error" decimal
| '2' | 'relu' | 11 | 12.0 | 0.13 | 14 | 1.5e-08 | 16.0 | 0.17 |
* a note
)-");
}

TEST_CASE("what became of the points of a sweep", "[sweep]") {
  using enum engine::PointState;
  tables::SweepSummary summary;
  sweep::SweepChunk chunk;
  chunk.job = 1;
  chunk.rows = invented_rows(1, {kRow, kRow, kFiltered, kUnbuildable, kUnbuildable, kRow});
  chunk.rows.failures = {{"b", {2, 7}}, {"a", {1, 9}}};
  chunk.rows.missing = {{"m", {1, 2}}};
  tables::add_chunk(summary, 2, chunk);
  chunk.rows.failures = {{"b", {3, 4}}, {"c", {5, 6}}};
  chunk.rows.missing = {{"m", {4, 3}}};
  tables::add_chunk(summary, 2, chunk);
  chunk.rows = invented_rows(1, {kRow, kFiltered});
  chunk.rows.columns[2][0] = kNoFigure;
  chunk.rows.columns[3][1] = 0;
  tables::add_chunk(summary, 2, chunk);
  CHECK(summary.points == 14);
  CHECK(summary.rows == 7);
  CHECK(summary.filtered == 3);
  CHECK(summary.unbuildable == 4);
  CHECK(summary.missing == 3);
  REQUIRE(summary.failures.size() == 2);
  REQUIRE(summary.missing_why.size() == 2);
  CHECK(summary.failures[0].empty());
  CHECK(summary.missing_why[0].empty());
  REQUIRE(summary.failures[1].size() == 3);
  CHECK(summary.failures[1]["a"].count == 1);
  CHECK(summary.failures[1]["a"].first == 9);
  CHECK(summary.failures[1]["b"].count == 5);
  CHECK(summary.failures[1]["b"].first == 4);
  CHECK(summary.failures[1]["c"].count == 5);
  CHECK(summary.missing_why[1]["m"].count == 5);
  CHECK(summary.missing_why[1]["m"].first == 2);
}

TEST_CASE("points without a row are told of, the commonest reasons first", "[sweep]") {
  std::vector<sweep::SweepJob> jobs = {invented_job("net", {"macs"}),
                                       invented_job("net", {"macs"})};
  jobs[0].space.axes = {{"alpha", {swept_number(1, 3), swept_number(1), swept_number(1, 5)}},
                        {"beta", {swept_number(2), swept_number(4)}}};
  jobs[1].space.axes = {{"beta", {swept_number(5), swept_number(3), swept_number(7)}}};
  tables::SweepSummary summary;
  CHECK(tables::summary_lines(jobs, summary).empty());
  summary.points = 1;
  summary.filtered = 1;
  summary.rows = 1;
  CHECK(tables::summary_lines(jobs, summary) ==
        Lines{"1 of 1 point doesn't meet the conditions.", "The first 0 of 1 row."});
  summary.points = 2345;
  summary.filtered = 2340;
  summary.rows = 1234;
  summary.shown = 1;
  CHECK(tables::summary_lines(jobs, summary) ==
        Lines{"2,340 of 2,345 points don't meet the conditions.", "The first of 1,234 rows."});
  summary.shown = 1200;
  CHECK(tables::summary_lines(jobs, summary)[1] == "The first 1,200 of 1,234 rows.");
  summary.shown = 1234;
  summary.filtered = 0;
  summary.unbuildable = 1002;
  summary.failures = {{{"a", {5, 0}}, {"b", {900, 4}}}, {{"c", {90, 0}}}};
  CHECK(tables::summary_lines(jobs, summary) ==
        Lines{"1,002 of 2,345 combinations can't be built:",
              "  900, as alpha=0.2 beta=2: conv 'a': out = 8 * alpha = 1.6 must be a whole number "
              "(alpha = 0.2)",
              "  5, as alpha=1/3 beta=2: conv 'a': out = 8 * alpha = 8/3 must be a whole number "
              "(alpha = 1/3)",
              "  90, as beta=5: conv 'b': groups 5 must divide the 8 input channels",
              "  7, found before --resume"});
  summary.failures = {{{"a", {1, 0}}, {"b", {2, 4}}, {"c", {3, 3}}, {"d", {4, 5}}}};
  summary.unbuildable = 10;
  summary.missing = 3;
  summary.missing_why = {{}, {{"x", {3, 2}}}};
  jobs[0].wants.point_cost = [](std::string_view, const graph::Network&,
                                const graph::BuildOptions&) { return std::int64_t{0}; };
  CHECK(tables::summary_lines(jobs, summary) ==
        Lines{"10 of 2,345 combinations can't be built, or a condition has no figure:",
              "  4, as alpha=0.2 beta=4: conv 'a': out = 8 * alpha = 1.6 must be a whole number "
              "(alpha = 0.2)",
              "  3, as alpha=1 beta=4: conv 'b': groups 4 must divide the 6 output channels",
              "  2, as alpha=0.2 beta=2: conv 'a': out = 8 * alpha = 1.6 must be a whole number "
              "(alpha = 0.2)",
              "  and 1 other reason", "3 of 1,234 rows have no figure:",
              "  3, as beta=7: conv 'b': groups 7 must divide the 8 input channels"});
  summary.failures[0]["e"] = {1, 1};
  CHECK(tables::summary_lines(jobs, summary)[4] == "  and 2 other reasons");
  // Equally common ones in the order of their names.
  summary.failures = {{{"a", {2, 4}}, {"b", {2, 3}}, {"c", {2, 0}}}};
  summary.unbuildable = 6;
  summary.missing = 0;
  const Lines equal = tables::summary_lines(jobs, summary);
  REQUIRE(equal.size() == 4);
  CHECK(equal[1].starts_with("  2, as alpha=0.2 beta=2: "));
  CHECK(equal[2].starts_with("  2, as alpha=1 beta=4: "));
  CHECK(equal[3].starts_with("  2, as alpha=1/3 beta=2: "));
  summary.failures = {{{"a", {1, 4}}}};
  summary.unbuildable = 1;
  CHECK(tables::summary_lines(jobs, summary).size() == 2);
}

TEST_CASE("rows of a sweep as columns of bytes", "[sweep]") {
  using enum engine::PointState;
  const std::vector<sweep::SweepJob> jobs = {two_axes("onë", kSweptCosts),
                                             three_axes("longer", kSweptCosts)};
  const tables::SweepColumnWriter writer(jobs);
  std::string types;
  for (const sweep::ColumnType& column : writer.columns()) types += column.name + column.type + " ";
  CHECK(
      types ==
      R"(spec<U6 alpha<f8 act<U4 widths(2)<f8 list<U6 macs<i8 entropy<f8 peak_memory<i8 latency<f8 )");
  // Reads the blocks back, a column after the other.
  const auto read = [](const tables::SweepColumnWriter& from, const std::string& bytes,
                       std::size_t rows) {
    std::string text;
    std::size_t at = 0;
    for (const sweep::ColumnType& column : from.columns()) {
      for (std::size_t r = 0; r < rows; ++r, at += column.bytes) {
        if (column.type[1] == 'f') {
          double value = 0;
          std::memcpy(&value, bytes.data() + at, sizeof value);
          text += std::isnan(value) ? "nan " : fmt::format("{:.10g} ", value);
        } else if (column.type[1] == 'i') {
          std::int64_t value = 0;
          std::memcpy(&value, bytes.data() + at, sizeof value);
          text += fmt::format("{} ", value);
        } else {
          for (std::size_t k = 0; k < column.bytes; k += 4)
            text += bytes[at + k] == 0                                ? '_'
                    : static_cast<unsigned char>(bytes[at + k]) < 128 ? bytes[at + k]
                                                                      : '?';
          text += " ";
        }
      }
      text += "\n";
    }
    CHECK(at == bytes.size());
    return text;
  };
  const engine::SweepRows some = invented_rows(1, {kRow, kRow, kFiltered, kUnbuildable, kRow}),
                          others = invented_rows(2, {kFiltered, kRow, kRow, kRow, kRow});
  CHECK(read(writer, writer.blocks(jobs[0], some), 3) == R"(on?___ on?___ on?___ 
0.25 0.5714285714 2 
h,sw relu h,sw 
nan nan nan 
______ ______ ______ 
1010000 1020000 1050000 
2.01 2.02 2.05 
3010000 3020000 3050000 
0.00401 nan 0.00405 
)");
  CHECK(read(writer, writer.blocks(jobs[1], others), 4) == R"(longer longer longer longer 
0.5 3 3 0.5 
____ ____ ____ ____ 
8 16 16 16 
[]____ [1, 2] []____ [1, 2] 
1030000 1040000 1050000 1060000 
2.03 2.04 2.05 2.06 
3030000 3040000 3050000 3060000 
nan 0.00404 0.00405 0.00406 
)");
  const std::vector<sweep::SweepJob> one = {two_axes("one", {"params", "accuracy"})};
  const tables::SweepColumnWriter short_one(one);
  CHECK(short_one.columns().front().name == "alpha");
  CHECK(read(short_one, short_one.blocks(one[0], invented_rows(4, {kRow, kRow})), 2) == R"(2 2 
relu h,sw 
1040000 1050000 
2.04 2.05 
)");
  CHECK_THROWS_WITH(tables::SweepColumnWriter({two_axes("one", {"macs", "alpha", "macs"})}),
                    "error: --format npy: two columns are called 'alpha'; leave one out, or take "
                    "--format csv");
}

TEST_CASE("scaling laws as a table and as rows", "[sweep]") {
  using enum tables::RowFormat;
  sweep::SweepJob job = two_axes("net, it", {"macs", "params", "flops"});
  job.space.axes[1] = {"beta", {swept_number(2), swept_number(4)}};
  const std::vector<sweep::ScalingLaw> laws = {
      {"macs", {"alpha", "beta"}, {{1.98765, 0.0125}, {-0.0004, 0.25}}, 1.125, 1234},
      {"params", {"beta"}, {{-0.5, 0}}, 1, 1},
      {"a params", {"alpha"}, {{1, 0}}, 1.5, 6}};
  CHECK(whole_text(tables::laws_section(job, laws)) == R"(== scaling laws of net, it
cost "cost" text; param "parameter" text; exponent "exponent" numbertext; error "± error" numbertext; claim "paper" numbertext; source "source" text e1
| 'macs' | 'alpha' | '1.988' | '0.013' | '2' | 'a, paper' |
| 'macs' | 'beta' | '0.000' | '0.250' |  |  |
| 'params' | 'beta' | '-0.500' | '0.000' |  |  |
| 'a params' | 'alpha' | '1.000' | '0.000' |  |  |
* flops: no law; too few points have rows in which it is above 0.
* macs ~ α^1.99 · beta^0.00, off by at most 12.5 % over 1,234 points
* params ~ beta^-0.50, off by at most 0.0 % over 1 point
)");
  CHECK(tables::laws_header(kCsv) + tables::laws_lines(job, laws, kCsv) ==
        R"(spec,cost,param,exponent,error,points,worst_ratio,claim,source
"net, it",macs,alpha,1.987650,0.012500,1234,1.125000,2,"a, paper"
"net, it",macs,beta,-0.000400,0.250000,1234,1.125000,,
"net, it",params,beta,-0.500000,0.000000,1,1.000000,,
"net, it",a params,alpha,1.000000,0.000000,6,1.500000,,
)");
  CHECK(
      tables::laws_header(kJsonLines) + tables::laws_lines(job, laws, kJsonLines) ==
      R"({"spec":"net, it","cost":"macs","param":"alpha","exponent":1.98765,"error":0.0125,"points":1234,"worst_ratio":1.125,"claim":2.0,"source":"a, paper"}
{"spec":"net, it","cost":"macs","param":"beta","exponent":-0.0004,"error":0.25,"points":1234,"worst_ratio":1.125,"claim":null,"source":null}
{"spec":"net, it","cost":"params","param":"beta","exponent":-0.5,"error":0.0,"points":1,"worst_ratio":1.0,"claim":null,"source":null}
{"spec":"net, it","cost":"a params","param":"alpha","exponent":1.0,"error":0.0,"points":6,"worst_ratio":1.5,"claim":null,"source":null}
)");
  CHECK(tables::laws_lines(job, laws, kJson) == tables::laws_lines(job, laws, kJsonLines));
  CHECK(whole_text(tables::laws_section(job, {})) == R"(== scaling laws of net, it
* macs: no law; too few points have rows in which it is above 0.
* params: no law; too few points have rows in which it is above 0.
* flops: no law; too few points have rows in which it is above 0.
)");
  job.space.axes = {{"alpha", {swept_number(2)}}};
  CHECK(whole_text(tables::laws_section(job, {})) == R"(== scaling laws of net, it
* No law can be fitted: no parameter is varied over at least two values that are all positive numbers.
)");
}
