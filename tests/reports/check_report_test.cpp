// SPDX-License-Identifier: Apache-2.0
// Checked limits and rewritten networks, whole, from invented figures.
#include "reports/tables/check_report.hpp"

#include "reports/tables/lighten_report.hpp"
#include "support/catch.hpp"
#include "support/document_text.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

using Lines = std::vector<std::string>;

std::vector<tables::LimitCheck> invented_checks() {
  using enum tables::Verdict;
  tables::LimitCheck one, two, three;
  one.network = "net.one \"a\"";
  one.limits = {{"macs <= 3M", "macs 2,000,000", 0, {{"macs", Rational(2'000'000)}}, kMet},
                {"params < 10", "params 12", 20, {{"params", Rational(12)}}, kExceeded},
                {"a/b <= 1", "b is 0 & <so>", 0, {}, kUnknown},
                {"top1 > 7", "top1 5.5", 0, {{"top1", Rational(11, 2)}}, kExceeded}};
  one.notes = {"first note", "second note"};
  two.network = "net.two";
  two.limits = {{"macs <= 3M", "macs 1", 0, {{"macs", Rational(1)}}, kMet}};
  three.network = "net.three";
  three.error = "can't be read";
  three.details = "line 1: <x>\n";
  three.notes = {"third note"};
  return {one, two, three};
}

tables::Lighten invented_rewrites() {
  tables::Lighten lighten;
  lighten.network = "net";
  lighten.input = {3, 8, 6};
  lighten.settings = "α 1";
  lighten.rows = {{"", 1000, 40'000, 200, 4096, 8e-3, {}, true},
                  {"+a", 500, 10'000, 300, 2048, 6e-3, 0.125, true},
                  {"+b", 250, 5000, 100, 1024, 1e-3, 0.5, false},
                  {"+c", 2000, 20'000, 50, 512, {}, {}, true}};
  lighten.refused = {{"+d", "no layer"}, {"+e", "another reason"}, {"+f", "no layer"}};
  lighten.limits = {"macs <= 1M", "params <= 2K"};
  lighten.seconds_how = "predicted so";
  lighten.seconds_missing = "the database has no figures";
  lighten.formulas = {"+a: 1/N", "+b: 1/g"};
  return lighten;
}

}  // namespace

TEST_CASE("limits of several networks as a table, JSON and JUnit's XML", "[check]") {
  using enum tables::Verdict;
  const std::vector<tables::LimitCheck> checks = invented_checks();
  CHECK(whole_text(tables::check_report(checks)) == R"(
3 networks

== 
network "network" text n20; limit "limit" text n20; costs "costs" text n20 wrap; verdict "verdict" text
| 'net.one "a"' | 'macs <= 3M' | 'macs 2,000,000' | 'met' |
| 'net.one "a"' | 'params < 10' | 'params 12 (misses by 20 %)' | 'EXCEEDED' |
| 'net.one "a"' | 'a/b <= 1' | 'b is 0 & <so>' | 'UNKNOWN' |
| 'net.one "a"' | 'top1 > 7' | 'top1 5.5' | 'EXCEEDED' |
| 'net.two' | 'macs <= 3M' | 'macs 1' | 'met' |
| 'net.three' |  | 'can't be read' | 'ERROR' |
* net.one "a": first note
* net.one "a": second note
* net.three: third note
)");
  CHECK(
      short_json(tables::check_json(checks)) ==
      R"({"met":false,"networks":[{"network":"net.one \"a\"","met":false,"limits":[{"limit":"macs <= 3M","costs":{"macs":2000000},"met":true},{"limit":"params < 10","costs":{"params":12},"met":false,"missed_percent":20.0},{"limit":"a/b <= 1","costs":{},"met":null,"unknown":"b is 0 & <so>"},{"limit":"top1 > 7","costs":{"top1":5.5},"met":false}],"notes":["first note","second note"]},{"network":"net.two","met":true,"limits":[{"limit":"macs <= 3M","costs":{"macs":1},"met":true}],"notes":[]},{"network":"net.three","met":false,"error":"can't be read","limits":[],"notes":["third note"]}]})");
  CHECK(tables::check_junit(checks) == R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="archcost check" tests="6" failures="2" errors="2">
<testsuite name="archcost check net.one &quot;a&quot;" tests="4" failures="2" errors="1">
  <testcase classname="net_one &quot;a&quot;" name="macs &lt;= 3M"/>
  <testcase classname="net_one &quot;a&quot;" name="params &lt; 10">
    <failure message="params 12 (misses by 20 %); the limit is params &lt; 10"/>
  </testcase>
  <testcase classname="net_one &quot;a&quot;" name="a/b &lt;= 1">
    <error message="b is 0 &amp; &lt;so&gt;"/>
  </testcase>
  <testcase classname="net_one &quot;a&quot;" name="top1 &gt; 7">
    <failure message="top1 5.5; the limit is top1 &gt; 7"/>
  </testcase>
  <system-out>first note second note</system-out>
</testsuite>
<testsuite name="archcost check net.two" tests="1" failures="0" errors="0">
  <testcase classname="net_two" name="macs &lt;= 3M"/>
</testsuite>
<testsuite name="archcost check net.three" tests="1" failures="0" errors="1">
  <testcase classname="net_three" name="network">
    <error message="can't be read">line 1: &lt;x&gt;
</error>
  </testcase>
  <system-out>third note</system-out>
</testsuite>
</testsuites>
)");
  CHECK(tables::count(checks, kMet) == 2);
  CHECK(tables::count(checks, kExceeded) == 2);
  CHECK(tables::count(checks, kUnknown) == 1);
  CHECK(tables::name_of(kMet) == "met");
  CHECK(tables::name_of(kExceeded) == "EXCEEDED");
  CHECK(tables::name_of(kUnknown) == "UNKNOWN");
}

TEST_CASE("limits of one network", "[check]") {
  const std::vector<tables::LimitCheck> checks = invented_checks();
  CHECK(whole_text(tables::check_report({checks[0]})) == R"(
net.one "a"

== 
limit "limit" text n20; costs "costs" text n20 wrap; verdict "verdict" text
| 'macs <= 3M' | 'macs 2,000,000' | 'met' |
| 'params < 10' | 'params 12 (misses by 20 %)' | 'EXCEEDED' |
| 'a/b <= 1' | 'b is 0 & <so>' | 'UNKNOWN' |
| 'top1 > 7' | 'top1 5.5' | 'EXCEEDED' |
* first note
* second note
)");
  CHECK(whole_text(tables::check_report({checks[2]})) == R"(
net.three

== 
limit "limit" text n20; costs "costs" text n20 wrap; verdict "verdict" text
|  | 'can't be read' | 'ERROR' |
* third note
)");
  const std::string json = tables::check_json({checks[1]});
  CHECK(json == nlohmann::ordered_json::parse(json).dump(2) + "\n");
  CHECK(
      short_json(json) ==
      R"({"network":"net.two","met":true,"limits":[{"limit":"macs <= 3M","costs":{"macs":1},"met":true}],"notes":[]})");
  CHECK(nlohmann::json::parse(tables::check_json({checks[2]}))["met"] == false);
  CHECK(nlohmann::json::parse(tables::check_json({checks[1], checks[1]}))["met"] == true);
  CHECK(nlohmann::json::parse(tables::check_json({checks[1], checks[0]}))["met"] == false);
  CHECK(nlohmann::json::parse(tables::check_json({checks[0], checks[1]}))["met"] == false);
  const std::string two = tables::check_json({checks[0], checks[1]});
  CHECK(two == nlohmann::ordered_json::parse(two).dump(2) + "\n");
  const document::Document report = tables::check_report({checks[1], checks[2]});
  CHECK(report.title == "2 networks");
  CHECK(report.sections[0].table.columns[0].key == "network");
  CHECK(tables::check_junit({checks[1]}) == R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="archcost check" tests="1" failures="0" errors="0">
<testsuite name="archcost check net.two" tests="1" failures="0" errors="0">
  <testcase classname="net_two" name="macs &lt;= 3M"/>
</testsuite>
</testsuites>
)");
}

TEST_CASE("a limit that is missed by less than a percent is missed", "[check]") {
  using enum tables::Verdict;
  std::vector<tables::LimitCheck> checks = {invented_checks()[1]};
  checks[0].limits[0].missed_percent = 0.5;
  checks[0].limits[0].verdict = kExceeded;
  CHECK(whole_text(tables::check_report(checks).sections[0].table.rows[0][1]) ==
        "'macs 1 (misses by 0.5 %)'");
  CHECK(nlohmann::json::parse(tables::check_json(checks))["limits"][0]["missed_percent"] == 0.5);
}

TEST_CASE("rewrites beside their network", "[lighten]") {
  tables::Lighten lighten = invented_rewrites();
  CHECK(whole_text(tables::lighten_report(lighten)) == R"(
net and lighter networks from it
α 1   3x8x6   ratios to the first   convention: macs
== 
network "network" text n34; params "params" count;  "ratio" ratio; macs "macs" count;  "ratio" ratio; theory "theory" ratio; activations "activations" count e2; peak_memory "peak memory" bytes e1; latency "time" seconds;  "ratio" ratio
| 'net' | 1000 | 1.0 | 40000 | 1.0 |  | 200 | 4096 | 0.008 | 1.0 |
| '+a' | 500 | 0.5 | 10000 | 0.25 | 0.125 | 300 | 2048 | 0.006 | 0.75 |
| '+c' | 2000 | 2.0 | 20000 | 0.5 |  | 50 | 512 |  |  |
* theory: +a: 1/N, +b: 1/g; of the layers that are changed, over the network's multiply-adds
* +a: multiply-adds fall to 0.25, time to 0.75
* time: predicted so
* 1 of 4 networks have no time: the database has no figures
* 3 of 4 networks meet macs <= 1M and params <= 2K
* +d, +f: no layer
* +e: another reason
* Published accuracies are those of the network itself, not of its rewrites.
)");
  CHECK(whole_text(tables::lighten_times(lighten)) == R"(== 
network "network" text n34; macs "macs" count; macs_ratio "ratio" ratio; latency "time" seconds; latency_ratio "ratio" ratio; gflops "GFLOP/s" number
| 'net' | 40000 | 1.0 | 0.008 | 1.0 | 0.01 |
| '+a' | 10000 | 0.25 | 0.006 | 0.75 | 0.003333333333 |
| '+b' | 5000 | 0.125 | 0.001 | 0.125 | 0.01 |
| '+c' | 20000 | 0.5 |  |  |  |
* time: predicted so
* GFLOP/s: two operations for each multiply-add of the network, by its time
)");
  CHECK(whole_text(tables::lighten_data(lighten)) == R"(


== 
network "" text; rewrite "" text; params "" text; params_ratio "" text; macs "" text; macs_ratio "" text; macs_theory "" text; activations "" text; peak_memory "" text; latency "" text; fits "" text
| 'net' | '' | 1000 | 1.0 | 40000 | 1.0 |  | 200 | 4096 | 0.008 | 'true' |
| 'net' | '+a' | 500 | 0.5 | 10000 | 0.25 | 0.125 | 300 | 2048 | 0.006 | 'true' |
| 'net' | '+b' | 250 | 0.25 | 5000 | 0.125 | 0.5 | 100 | 1024 | 0.001 | 'false' |
| 'net' | '+c' | 2000 | 2.0 | 20000 | 0.5 |  | 50 | 512 |  | 'true' |
)");
  CHECK(
      short_json(tables::lighten_json(lighten)) ==
      R"({"network":"net","input":{"channels":3,"height":8,"width":6},"convention":"macs","latency":"predicted so","networks":[{"rewrite":"","params":1000,"params_ratio":1.0,"macs":40000,"macs_ratio":1.0,"macs_theory":null,"activations":200,"peak_memory":4096,"latency":0.008,"fits":true},{"rewrite":"+a","params":500,"params_ratio":0.5,"macs":10000,"macs_ratio":0.25,"macs_theory":0.125,"activations":300,"peak_memory":2048,"latency":0.006,"fits":true},{"rewrite":"+b","params":250,"params_ratio":0.25,"macs":5000,"macs_ratio":0.125,"macs_theory":0.5,"activations":100,"peak_memory":1024,"latency":0.001,"fits":false},{"rewrite":"+c","params":2000,"params_ratio":2.0,"macs":20000,"macs_ratio":0.5,"macs_theory":null,"activations":50,"peak_memory":512,"latency":null,"fits":true}],"refused":[{"rewrite":"+d","why":"no layer"},{"rewrite":"+e","why":"another reason"},{"rewrite":"+f","why":"no layer"}]})");
  for (tables::LightenRow& row : lighten.rows) row.seconds = {};
  lighten.settings = "";
  lighten.limits = {};
  lighten.formulas = {};
  lighten.refused = {};
  CHECK(whole_text(tables::lighten_report(lighten)) == R"(
net and lighter networks from it
3x8x6   ratios to the first   convention: macs
== 
network "network" text n34; params "params" count;  "ratio" ratio; macs "macs" count;  "ratio" ratio; theory "theory" ratio; activations "activations" count e2; peak_memory "peak memory" bytes e1
| 'net' | 1000 | 1.0 | 40000 | 1.0 |  | 200 | 4096 |
| '+a' | 500 | 0.5 | 10000 | 0.25 | 0.125 | 300 | 2048 |
| '+c' | 2000 | 2.0 | 20000 | 0.5 |  | 50 | 512 |
* no times: the database has no figures
* Published accuracies are those of the network itself, not of its rewrites.
)");
}

TEST_CASE("what is said of the times of rewrites", "[lighten]") {
  const auto notes = [](const tables::Lighten& lighten) {
    return tables::lighten_report(lighten).sections[0].notes;
  };
  tables::Lighten lighten = invented_rewrites();
  lighten.formulas = {};
  lighten.limits = {};
  lighten.refused = {};
  const std::string published =
      "Published accuracies are those of the network itself, not of its rewrites.";
  // The least multiply-adds of those that meet the limits.
  lighten.rows[2].fits = true;
  CHECK(notes(lighten) ==
        Lines{"+b: multiply-adds fall to 0.12, time to 0.12", "time: predicted so",
              "1 of 4 networks have no time: the database has no figures", published});
  lighten.rows[2].seconds = {};
  CHECK(notes(lighten) == Lines{"time: predicted so",
                                "2 of 4 networks have no time: the database has no figures",
                                published});
  lighten.seconds_missing = "";
  CHECK(notes(lighten) == Lines{"time: predicted so", published});
  lighten.rows[0].seconds = {};
  lighten.rows[2].seconds = 1;
  CHECK(notes(lighten) == Lines{"time: predicted so", published});
  const document::Table table = tables::lighten_report(lighten).sections[0].table;
  CHECK(whole_text(table.rows[0][8]) == "");
  CHECK(whole_text(table.rows[2][8]) == "1.0");
  CHECK(whole_text(table.rows[2][9]) == "");
  CHECK(whole_text(tables::lighten_times(lighten).table.rows[2][4]) == "");
  lighten = invented_rewrites();
  lighten.rows.resize(2);
  lighten.limits = {"macs <= 1"};
  lighten.rows[0].fits = lighten.rows[1].fits = false;
  CHECK(notes(lighten)[2] == "0 of 2 networks meet macs <= 1");
  // A single time has a column. Ratios to 1 are the numbers themselves.
  lighten = invented_rewrites();
  lighten.rows[0].params = 1;
  for (std::size_t k = 1; k < 4; ++k) lighten.rows[k].seconds = {};
  CHECK(whole_text(document::Table{{}, tables::lighten_report(lighten).sections[0].table.rows}) ==
        R"(| 'net' | 1 | 1.0 | 40000 | 1.0 |  | 200 | 4096 | 0.008 | 1.0 |
| '+a' | 500 | 500.0 | 10000 | 0.25 | 0.125 | 300 | 2048 |  |  |
| '+c' | 2000 | 2000.0 | 20000 | 0.5 |  | 50 | 512 |  |  |
)");
  // Of equal ones the first.
  lighten = invented_rewrites();
  lighten.rows[3].macs = 10'000;
  lighten.rows[3].seconds = 4e-3;
  CHECK(notes(lighten)[1] == "+a: multiply-adds fall to 0.25, time to 0.75");
}

TEST_CASE("the list of rewrites", "[lighten]") {
  CHECK(whole_text(tables::rewrites_report(
            {{"+a", "does it", {"x", "y"}, {"o"}}, {"+b", "too", {}, {"p", "q"}}})) == R"(
rewrites: techniques for any network

== 
rewrite "rewrite" text; help "what it does" text n24; parameters "parameters" text n16 list; options "options" text n8 list
| '+a' | 'does it' | 'x, y' | 'o' |
| '+b' | 'too' | '' | 'p, q' |
* after a SPEC: resnet50+separable, vgg16+se:reduction=8; docs/REWRITES.md
)");
}
