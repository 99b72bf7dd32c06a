// SPDX-License-Identifier: Apache-2.0
// db check on stored measurements, db import of whole networks, and what db tells of them.
#include <fmt/core.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/figures_folder.hpp"
#include "cli/latency_folder.hpp"
#include "core/text.hpp"
#include "latency/latency_db.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A measurement of a whole network on pixel7, with one thread.
std::string whole_network(const std::string& label, const std::string& spread,
                          const std::string& core_latency = "0.0") {
  return fmt::format(
             R"({{"figure":"check","machine":{{"cpu":"","data_type":"f16","engine":"tflite","isa":"","name":"pixel7","provider":"gpu","version":"2.1"}},"threads":1,"reference":0.003,"composed":0.0,"unseen":0.0,"how":"by hand","date":"2026-02-01T10:00:00Z","core_latency":{},"network":"{}","macs":11904.0,"seconds":0.0002,"spread":{}}})",
             core_latency, label, spread) +
         "\n";
}

// The networks in the rows of a check.
std::string networks_of(const Run& run) {
  std::string names;
  for (const std::string& line : split(run.out.substr(0, run.out.find("\n\n")), '\n')) {
    const std::vector<std::string> cells = split(line, ',');
    if (cells.size() > 1) names += cells[1] + " ";
  }
  return names;
}

const std::string kNotHere = "error: db check measures on this machine; omit --of\n";

}  // namespace

TEST_CASE("db check measures again what varied by more than 3 %", "[latency][cli]") {
  const FiguresFolder folder;
  folder.write("c.jsonl",
               whole_network("lat.yaml", "0.03") + whole_network("lat.yaml:c=16", "0.0301"));
  REQUIRE(folder.run("db merge c.jsonl --db u.db").status == 0);
  const std::string csv = " --of 1 --db u.db --format csv";
  CHECK(networks_of(folder.run("db check lat.yaml" + csv)) == "network lat.yaml ");
  CHECK(folder.error("db check lat.yaml:c=16" + csv) == kNotHere);
  CHECK(folder.error("db check lat.yaml --again" + csv) == kNotHere);
  CHECK(networks_of(folder.run("db check lat.yaml:c=16 lat.yaml --again --stored" + csv)) ==
        "network lat.yaml:c=16 lat.yaml ");
  // No layers were timed by themselves.
  CHECK_FALSE(contains(folder.out("db check --of 1 --db u.db"), "  sum of unfused layers "));
  // A part that was begun is known as such, one that is done too.
  const auto parts = [&] {
    return latency::LatencyDb(folder / "u.db", latency::LatencyDb::Mode::kRead).parts();
  };
  CHECK(folder.error("db check lat.yaml:c=16 lat.yaml:c=32 --shard 1/2" + csv) == kNotHere);
  REQUIRE(parts().size() == 1);
  CHECK_FALSE(parts()[0].finished);
  CHECK(folder.run("db check lat.yaml:c=16 lat.yaml:c=32 --shard 1/2 --stored" + csv).status == 0);
  REQUIRE(parts().size() == 1);
  CHECK(parts()[0].finished);
}

TEST_CASE("db check leaves out what was measured at a high core-to-core latency",
          "[latency][cli]") {
  const FiguresFolder folder;
  folder.write("c.jsonl", whole_network("lat.yaml:c=4", "0.01", "1e-7") +
                              whole_network("lat.yaml:c=5", "0.01", "3e-7") +
                              whole_network("lat.yaml:c=6", "0.01", "3e-7"));
  REQUIRE(folder.run("db merge c.jsonl --db u.db").status == 0);
  const std::string csv = " --of 1 --db u.db --format csv";
  CHECK(networks_of(folder.run("db check lat.yaml:c=4" + csv)) == "network lat.yaml:c=4 ");
  CHECK(folder.error("db check lat.yaml:c=5" + csv) == kNotHere);
  const Run some = folder.run("db check lat.yaml:c=5 lat.yaml:c=4 lat.yaml:c=6 --stored" + csv);
  CHECK(some.status == 0);
  CHECK(networks_of(some) == "network lat.yaml:c=4 ");
  CHECK(some.err ==
        "2 of 3 networks are omitted: their core-to-core latency was higher than usual (100 ns); "
        "the same command measures them again\n");
}

TEST_CASE("parts of a check have about the same multiply-adds", "[latency][cli]") {
  const FiguresFolder folder;
  folder.write("lin.yaml",
               "name: lin\ninput: {channels: 3, height: 8, width: 6}\n"
               "layers:\n  - flatten\n  - linear: {out: 100}\n");
  std::string lines;
  for (const std::string name : {"r1.yaml", "r2.yaml"}) {
    folder.write(name, "name: r\ninput: {channels: 3, height: 8, width: 6}\nlayers:\n  - relu\n");
    lines += whole_network(name, "0.01");
  }
  for (const std::string name : {"lat.yaml", "lat.yaml:c=16", "lin.yaml"})
    lines += whole_network(name, "0.01");
  folder.write("c.jsonl", lines);
  REQUIRE(folder.run("db merge c.jsonl --db u.db").status == 0);
  const auto part = [&](const std::string& networks, int number) {
    return networks_of(folder.run(
        fmt::format("db check {} --shard {}/2 --of 1 --db u.db --format csv", networks, number)));
  };
  // 14,400, 11,904 and 23,808, where the weights are 14,500, 248 and 496.
  CHECK(part("lin.yaml lat.yaml lat.yaml:c=16", 1) == "network lin.yaml lat.yaml ");
  CHECK(part("lin.yaml lat.yaml lat.yaml:c=16", 2) == "network lat.yaml:c=16 ");
  CHECK(part("r1.yaml r2.yaml", 1) == "network r1.yaml ");
  CHECK(part("r1.yaml r2.yaml", 2) == "network r2.yaml ");
}

TEST_CASE("parts of a check are those of one machine, threads and networks", "[latency][cli]") {
  const FiguresFolder folder;
  const auto work = [&](const std::string& name, const std::string& check) {
    REQUIRE(folder.run("db check " + check + " --stored --shard 1/2 --db " + name).status == 0);
    const auto parts = latency::LatencyDb(folder / name, latency::LatencyDb::Mode::kRead).parts();
    REQUIRE(parts.size() == 1);
    return parts[0].work;
  };
  REQUIRE(folder.run("db merge a.jsonl --db alone.db").status == 0);
  for (const std::string name : {"same.db", "other.db", "threads.db", "networks.db"})
    std::filesystem::copy_file(folder / "u.db", folder / name);
  const std::string two = "lat.yaml lat.yaml:c=16";
  const std::string first = work("same.db", two + " --of pixel7");
  // Other machines in the database don't matter.
  CHECK(work("alone.db", two + " --of pixel7") == first);
  CHECK(work("other.db", two + " --of other") != first);
  CHECK(work("threads.db", two + " --of pixel7 --threads 2") != first);
  CHECK(work("networks.db", "lat.yaml lat.yaml:c=12 --of pixel7") != first);
}

TEST_CASE("db import stores the time of the whole network as a check", "[latency][cli]") {
  const FiguresFolder folder;
  folder.write("t.csv", "layer,us,run\nconv1,100,1\nconv2,50,1\ntotal,260,1\n");
  folder.write("total.csv", "layer,us,run\ntotal,260,1\n");
  CHECK(folder.out("db import t.csv --network lat.yaml --db n.db --machine ok --engine e --set "
                   "c=16 --provider gpu --dtype int8 --engine-version 7 --threads 3 --batch 2") ==
        "CSV: 2 rows, 2 of layers of lat.yaml:c=16 --batch 2; 3 new figures of ok, e 7 on gpu, "
        "int8 in n.db; the whole network takes 260.0 us\n");
  CHECK(folder.out("db import total.csv --network lat.yaml --db n.db --machine two --engine e") ==
        "CSV: 0 rows, 0 of layers of lat.yaml; 0 new figures of two, e in n.db; the whole network "
        "takes 260.0 us\n");
  CHECK(folder.out("db list --db n.db --format csv") ==
        "machine,name,cpu,isa,engine,version,provider,data_type,layers,kernels,checks\n"
        "1,ok,,,e,7,gpu,int8,3,0,1\n2,two,,,e,,cpu,f32,0,0,1\n");
  const latency::LatencyDb db(folder / "n.db", latency::LatencyDb::Mode::kRead);
  const std::vector<latency::NetworkCheck> first = db.checks(1, 3), second = db.checks(2, 1);
  REQUIRE(first.size() == 1);
  // Two images of 23,808.
  CHECK(first[0].macs == 47616);
  CHECK(first[0].threads == 3);
  CHECK(first[0].seconds == Approx(260e-6));
  CHECK(first[0].how == "imported: CSV, 1 run");
  REQUIRE(second.size() == 1);
  CHECK(second[0].network == "lat.yaml");
  CHECK(second[0].macs == 11904);
  CHECK(second[0].how == "imported: CSV, 0 runs");
  // The date is that of the import: 2026-01-31T10:00:00Z.
  std::vector<std::string> dates = {first[0].date, second[0].date};
  for (const latency::LayerFigure& figure : db.layers(1, 3)) {
    dates.push_back(figure.date);
    // Parameters of both convolutions; two inputs and outputs of the second one.
    CHECK(figure.footprints == std::vector<double>{4.0 * (432 + 64 + 2 * 960)});
  }
  CHECK(dates.size() == 5);
  for (std::string date : dates) {
    for (char& c : date) c = c >= '0' && c <= '9' ? 'd' : c;
    CHECK(date == "dddd-dd-ddTdd:dd:ddZ");
  }
}

TEST_CASE("db export tells what it leaves out, and prune keeps choices of kernels where asked",
          "[latency][cli]") {
  const FiguresFolder folder;
  const Run refused = folder.run("db prune --of 1 --db u.db --before '2026-01-31 '");
  CHECK(refused.err == "--before 2026-01-31 : error: write a date as 2026-01-31\n");
  CHECK(folder.out("db prune --of 1 --db u.db --all --keep-kernels") == "3 figures removed\n");
  const Run left = folder.run("db export --db u.db -o left.jsonl");
  CHECK(left.status == 0);
  CHECK(left.out.empty());
  CHECK(left.err == "1 figures written\n");
  CHECK(folder.out("db merge left.jsonl --db new.db") ==
        "1 figures added, 0 replaced by later ones, 0 known already\n");
}

TEST_CASE("db compare has as many rows as are asked for, 20 without", "[latency][cli]") {
  const FiguresFolder folder;
  const std::string one =
      R"({"cpu":"","data_type":"f32","engine":"e","isa":"","name":"one","provider":"cpu","version":""})";
  const std::string two =
      R"({"cpu":"","data_type":"f32","engine":"e","isa":"","name":"two","provider":"cpu","version":""})";
  std::string lines;
  for (int k = 1; k <= 22; ++k) {
    const std::string problem =
        fmt::format("conv 1x3x8x6 > 1x{0}x8x6 {0} 3 3 1 1 1 1 1 0 0 0 0 w2 w0 image f32 1T", k);
    for (const auto& [machine, seconds] : {std::pair(one, 1e-5), std::pair(two, 1e-5 * k)})
      lines += figure_line(
          machine, problem,
          fmt::format(
              R"("option":"nchw>nchw","implementation":"","origin":"library","threads":1,"seconds":{},"spread":0,"reference":0,"samples":[{}],"passes":1,"how":"","date":"2026-02-02T10:00:00Z","core_latency":0.0)",
              seconds, seconds));
  }
  folder.write("many.jsonl", lines);
  REQUIRE(folder.run("db merge many.jsonl --db many.db").status == 0);
  const auto rows = [&](const std::string& options) {
    const std::string out = folder.out("db compare 1 2 --db many.db --format csv" + options);
    std::size_t count = 0;
    for (const std::string& line : split(out, '\n')) count += line.starts_with("conv ") ? 1 : 0;
    return count;
  };
  CHECK(rows("") == 20);
  CHECK(rows(" --top 3") == 3);
  CHECK(rows(" --top 30") == 22);
  CHECK(rows(" --threads 2") == 0);
  CHECK(folder.run("db compare 1 2 3 --db many.db").status == 2);
}
