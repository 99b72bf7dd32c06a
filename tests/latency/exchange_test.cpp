// SPDX-License-Identifier: Apache-2.0
// The lines of JSON that databases are written to and read from.
#include <fmt/core.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/diagnostic.hpp"
#include "latency/latency_db.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

const char* const kLayerLine =
    R"({"figure":"layer","machine":{"cpu":"C","isa":"I","engine":"E","version":"V","provider":"P",)"
    R"("data_type":"D","name":"N"},"problem":"conv","option":"nchw>nhwc second",)"
    R"("implementation":"jit","threads":2,"seconds":0.5,"spread":0.25,"reference":1.5,)"
    R"("samples":[0.5,0.75],"passes":3,"how":"so","date":"2026-01-02","core_latency":0.125,)"
    R"("origin":"reference","footprints":[0,4.5]})";
const char* const kCheckLine =
    R"({"figure":"check","machine":{"cpu":"C","isa":"I","engine":"E","version":"V","provider":"P",)"
    R"("data_type":"D","name":"N"},"network":"net","threads":4,"macs":7,"seconds":0.5,)"
    R"("spread":0.25,"reference":1.5,"composed":0.75,"unseen":0.875,"how":"so","date":"2026",)"
    R"("core_latency":0.125})";

std::vector<latency::MachineContents> contents_of(const std::string& lines) {
  std::istringstream in(lines);
  return latency::read_lines(in, "l.jsonl");
}

/// "fine", or what is wrong with the line after one of its values was changed.
std::string verdict(const char* line, const std::string& key, const nlohmann::json& value) {
  nlohmann::json json = nlohmann::json::parse(line);
  json[key] = value;
  try {
    contents_of(json.dump() + "\n");
    return "fine";
  } catch (const Error& error) {
    const std::string text = error.what();
    if (text ==
        "error: l.jsonl:1: a time that isn't above 0, or a number that is none; remove the line")
      return "impossible";
    return text == "error: l.jsonl:1: not a line that 'archcost db export' writes" ? "no line"
                                                                                   : text;
  }
}

}  // namespace

TEST_CASE("lines of earlier versions are read without the figures of removed kernels",
          "[latency]") {
  const std::string machine = R"("machine":{"cpu":"a CPU","isa":"avx2","library":"oneDNN 2.6.3"})";
  const auto kernel = [&](const char* option, const char* implementation, const char* fault) {
    return fmt::format(R"({{"figure":"kernel",{},"problem":"conv","option":"{}","seconds":1,)"
                       R"("implementation":"{}","fault":"{}"}})"
                       "\n",
                       machine, option, implementation, fault);
  };
  std::istringstream lines(kernel("nhwc>nhwc", "jit", "") + kernel("nhwc own", "archcost:x", "") +
                           kernel("nhwc>nChwc", "archcost:x", "") +
                           kernel("nChwc>nhwc", "ref", "reference kernel"));
  const auto contents = latency::read_lines(lines, "lines");
  REQUIRE(contents.size() == 1);
  CHECK(contents[0].machine == latency::MachineId{"a CPU", "avx2", "onednn", "2.6.3"});
  const auto& options = contents[0].kernels.at("conv");
  REQUIRE(options.size() == 1);
  CHECK(options.begin()->first == plan::KernelOption{plan::Layout::kLast, plan::Layout::kLast});
  CHECK(options.begin()->second.implementation == "jit");
}

TEST_CASE("every field of a line is read", "[latency]") {
  const auto contents = contents_of(std::string(kLayerLine) + "\n" + kCheckLine + "\n");
  REQUIRE(contents.size() == 1);
  CHECK(contents[0].machine == latency::MachineId{"C", "I", "E", "V", "P", "D", "N"});
  CHECK(contents[0].size() == 2);
  const latency::LayerFigure layer = contents[0].layers.at(0);
  CHECK(layer.problem == "conv");
  CHECK(layer.option ==
        plan::KernelOption{plan::Layout::kPlain, plan::Layout::kLast, plan::Method::kPrimitive, 1});
  CHECK(layer.implementation == "jit");
  CHECK(layer.threads == 2);
  CHECK(layer.seconds == 0.5);
  CHECK(layer.spread == 0.25);
  CHECK(layer.reference == 1.5);
  CHECK(layer.samples == std::vector<double>{0.5, 0.75});
  CHECK(layer.footprints == std::vector<double>{0, 4.5});
  CHECK(layer.passes == 3);
  CHECK(layer.how == "so");
  CHECK(layer.date == "2026-01-02");
  CHECK(layer.core_latency == 0.125);
  CHECK(layer.origin == plan::KernelOrigin::kReference);
  const latency::NetworkCheck check = contents[0].checks.at(0);
  CHECK(check.network == "net");
  CHECK(check.threads == 4);
  CHECK(check.macs == 7);
  CHECK(check.composed == 0.75);
  CHECK(check.unseen == 0.875);
  // And is written again.
  std::ostringstream again;
  CHECK(latency::write_lines(contents, again) == 2);
  CHECK(contents_of(again.str()).at(0).layers.at(0).samples == layer.samples);
  std::istringstream lines(again.str());
  for (const char* line : {kLayerLine, kCheckLine}) {
    std::string written;
    std::getline(lines, written);
    CHECK(nlohmann::json::parse(written) == nlohmann::json::parse(line));
  }
}

TEST_CASE("the lines of several machines, kernels before layers before checks", "[latency]") {
  std::vector<latency::MachineContents> contents(2);
  contents[0].machine = {"one"};
  contents[1].machine = {"two"};
  const plan::KernelOption last{plan::Layout::kLast, plan::Layout::kLast},
      blocked{plan::Layout::kBlocked, plan::Layout::kBlocked};
  for (latency::MachineContents& of : contents) {
    of.kernels = {{"p", {{last, {0, "zero"}}, {blocked, {2, "two"}}}},
                  {"q", {{last, {-1, "below"}}, {blocked, {NAN, "none"}}}}};
    of.layers.resize(2);
    of.layers[0].problem = "p";
    of.layers[0].seconds = 1;
    of.layers[1].problem = "no time";
    of.checks.resize(2);
    of.checks[0].network = "no time";
    of.checks[1].network = "net";
    of.checks[1].seconds = 1;
    CHECK(of.size() == 8);
  }
  std::ostringstream out;
  CHECK(latency::write_lines(contents, out) == 8);
  std::istringstream lines(out.str());
  std::string order;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    order += json["machine"]["cpu"].get<std::string>() + " " + json["figure"].get<std::string>() +
             (json.contains("seconds") ? fmt::format(" {}; ", json["seconds"].get<double>()) : "");
  }
  CHECK(order ==
        "one kernel 0; one kernel 2; one layer 1; one check 1; "
        "two kernel 0; two kernel 2; two layer 1; two check 1; ");
  const auto read = contents_of(out.str());
  REQUIRE(read.size() == 2);
  CHECK(read[0].machine.cpu == "one");
  CHECK(read[1].machine.cpu == "two");
  CHECK(read[1].size() == 4);
}

TEST_CASE("lines with impossible numbers are refused", "[latency]") {
  for (const char* line : {kLayerLine, kCheckLine}) {
    for (const double seconds : {0.0, -0.5, -1e300}) {
      CHECK(verdict(line, "seconds", seconds) == "impossible");
      CHECK(verdict(line, "spread", seconds) == "fine");
      CHECK(verdict(line, "reference", seconds) == "fine");
      CHECK(verdict(line, "core_latency", seconds) == "fine");
    }
    CHECK(verdict(line, "seconds", 1e-300) == "fine");
    for (const double threads : {0.0, -0.5, 0.5, -1.0, 1e9 + 1, 1.5e9, 1e300})
      CHECK(verdict(line, "threads", threads) == "impossible");
    for (const double threads : {1.0, 2.0, 1e9}) CHECK(verdict(line, "threads", threads) == "fine");
    CHECK(verdict(line, "threads", "2") == "no line");
    CHECK(verdict(line, "seconds", nullptr) == "no line");
  }
  for (const double passes : {-0.5, -1.0, 1e9 + 1, 1.5e9})
    CHECK(verdict(kLayerLine, "passes", passes) == "impossible");
  for (const double passes : {0.0, 1.0, 1e9})
    CHECK(verdict(kLayerLine, "passes", passes) == "fine");
  CHECK(verdict(kLayerLine, "samples", {0.5, 0, 0.75}) == "impossible");
  CHECK(verdict(kLayerLine, "samples", {0.5, -1}) == "impossible");
  CHECK(verdict(kLayerLine, "samples", nlohmann::json::array()) == "fine");
  CHECK(verdict(kLayerLine, "footprints", {0, -1}) == "impossible");
  CHECK(verdict(kLayerLine, "footprints", nlohmann::json::array()) == "fine");
  // What is left of a network's time may be anything.
  nlohmann::json rest = nlohmann::json::parse(kLayerLine);
  rest["problem"] = "remainder 5 3f2a1b4c9d3e7f01 f32 1T";
  rest["samples"] = {-1, 0, 1};
  for (const double seconds : {0.0, -1.0, 1.0})
    CHECK(verdict(rest.dump().c_str(), "seconds", seconds) == "fine");
}

TEST_CASE("figures whose numbers are none are left out of the lines", "[latency]") {
  const auto written = [](const auto& change) {
    auto contents = contents_of(std::string(kLayerLine) + "\n" + kCheckLine + "\n");
    change(contents[0].layers[0], contents[0].checks[0]);
    std::ostringstream out;
    latency::write_lines(contents, out);
    std::string kinds;
    for (const char* kind : {"layer", "check"}) {
      if (contains(out.str(), fmt::format("\"figure\":\"{}\"", kind))) kinds += kind;
    }
    return kinds;
  };
  using Layer = latency::LayerFigure;
  using Check = latency::NetworkCheck;
  CHECK(written([](Layer&, Check&) {}) == "layercheck");
  for (const double none : {std::numeric_limits<double>::infinity(), double{NAN}}) {
    for (double Layer::*number :
         {&Layer::seconds, &Layer::spread, &Layer::reference, &Layer::core_latency})
      CHECK(written([&](Layer& layer, Check&) { layer.*number = none; }) == "check");
    CHECK(written([&](Layer& layer, Check&) { layer.samples[1] = none; }) == "check");
    CHECK(written([&](Layer& layer, Check&) {
            layer.problem = "remainder 5 3f2a1b4c9d3e7f01 f32 1T";
            layer.seconds = none;
          }) == "check");
    for (double Check::*number : {&Check::seconds, &Check::spread, &Check::reference, &Check::macs,
                                  &Check::composed, &Check::unseen, &Check::core_latency})
      CHECK(written([&](Layer&, Check& check) { check.*number = none; }) == "layer");
  }
  CHECK(written([](Layer& layer, Check& check) { layer.threads = check.threads = 0; }).empty());
  CHECK(written([](Layer& layer, Check&) { layer.passes = -1; }) == "check");
}

TEST_CASE("lines of later versions are left out, what is no line is named", "[latency]") {
  const std::string machine = R"("machine":{"cpu":"C","isa":"I","library":"oneDNN 2.6.3"})";
  const std::string later = R"({"figure":"later",)" + machine + "}\n";
  const std::string strange = R"({"figure":"layer",)" + machine + R"(,"option":"later"})" + "\n";
  const auto contents = contents_of(later + strange + later + kLayerLine + "\n");
  REQUIRE(contents.size() == 2);
  CHECK(contents[0].machine == latency::MachineId{"C", "I", "onednn", "2.6.3"});
  CHECK(contents[0].size() == 0);
  CHECK(contents[1].size() == 1);
  // A library that doesn't say its name is a version.
  const auto other = contents_of(R"({"figure":"later","machine":{"cpu":"C","isa":"I",)"
                                 R"("library":"3.1 oneDNN "}})"
                                 "\n");
  CHECK(other.at(0).machine.version == "3.1 oneDNN ");
  for (const std::string wrong : {"", "7", "{", R"({"figure":"layer"})", R"({"machine":{}})",
                                  R"({"figure":"layer","machine":{"cpu":"C"}})"}) {
    CHECK_THROWS_WITH(contents_of(later + later + wrong + "\n"),
                      "error: l.jsonl:3: not a line that 'archcost db export' writes");
  }
  CHECK(contents_of("").empty());
}

TEST_CASE("earlier versions wrote neither latencies between cores nor origins", "[latency]") {
  nlohmann::json layer = nlohmann::json::parse(kLayerLine);
  layer.erase("core_latency");
  layer.erase("origin");
  const auto figures = contents_of(layer.dump() + "\n").at(0).layers;
  REQUIRE(figures.size() == 1);
  CHECK(figures[0].core_latency == 0);
  CHECK(figures[0].origin == plan::KernelOrigin::kLibrary);
  for (const std::string gone : {"archcost:1x1", "sgemm:jit"}) {
    layer["implementation"] = gone;
    CHECK(contents_of(layer.dump() + "\n").at(0).layers.empty());
    layer["origin"] = "library";
    CHECK(contents_of(layer.dump() + "\n").at(0).layers.size() == 1);
    layer.erase("origin");
  }
  layer["implementation"] = "my sgemm:jit";
  CHECK(contents_of(layer.dump() + "\n").at(0).layers.size() == 1);
  layer.erase("seconds");
  CHECK_THROWS_WITH(contents_of(layer.dump() + "\n"),
                    "error: l.jsonl:1: not a line that 'archcost db export' writes");
}

TEST_CASE("what is left of a network's time is exported, whatever it is", "[latency]") {
  const TestFolder folder;
  const auto export_and_count = [&](double layer_seconds) {
    latency::LatencyDb db(folder / "l.db", latency::LatencyDb::Mode::kWrite);
    const int machine = db.add_machine({"CPU", "avx2"});
    db.prune(machine, "", false);
    const int again = db.add_machine({"CPU", "avx2"});
    latency::LayerFigure figure;
    figure.date = "2026-01-31T10:00:00Z";
    for (const auto& [problem, seconds] :
         std::vector<std::pair<std::string, double>>{{"remainder 1 3f2a1b4c9d3e7f01 f32 1T", 0},
                                                     {"remainder 2 3f2a1b4c9d3e7f02 f32 1T", -2e-6},
                                                     {"layer", layer_seconds}}) {
      figure.problem = problem;
      figure.seconds = seconds;
      figure.samples = {seconds};
      db.save_layers(again, std::vector{figure});
    }
    std::ostringstream out;
    const std::int64_t written = latency::write_lines(db.contents(), out);
    std::istringstream in(out.str());
    CHECK(latency::read_lines(in, "l.jsonl").at(0).size() == written);
    return written;
  };
  CHECK(export_and_count(1e-6) == 3);
  CHECK(export_and_count(0) == 2);
  const Run run = run_program("db export --db l.db -o l.jsonl", folder.text());
  CHECK(run.err ==
        "2 figures written\n1 left out: times that aren't above 0, or numbers that are none\n");
  CHECK(contains(run_program("db show --of 1 --db l.db", folder.text()).out, "l.db   3 figures"));
}
