// SPDX-License-Identifier: Apache-2.0
// Values that commands show beside their tables: errors of estimates, checks of a database, notes.
#include <fmt/core.h>
#include <sched.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/figures_folder.hpp"
#include "cli/latency_folder.hpp"
#include "latency/latency_db.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// The network was measured as a whole too: 200 us, where its kernels take 140 us; and the wider
// one 300 us, which has no figures of kernels.
void add_checks(const FiguresFolder& folder) {
  std::string lines;
  for (const std::string rest :
       {R"("network":"lat.yaml","macs":11904.0,"seconds":0.0002,"spread":0.01)",
        R"("network":"lat.yaml:c=16","macs":23808.0,"seconds":0.0003,"spread":0.04)"})
    lines +=
        R"({"figure":"check","machine":{"cpu":"","data_type":"f16","engine":"tflite","isa":"","name":"pixel7","provider":"gpu","version":"2.1"},"threads":1,"reference":0.003,"composed":0.0,"unseen":0.0,"how":"by hand","date":"2026-02-01T10:00:00Z","core_latency":0.0,)" +
        rest + "}\n";
  folder.write("checks.jsonl", lines);
  CHECK(folder.out("db merge checks.jsonl --db u.db") ==
        "2 figures added, 0 replaced by later ones, 0 known already\n");
}

// "NETWORK TOP1 KIND" of every estimate, in their order.
std::vector<std::string> estimates_in(const nlohmann::json& json) {
  std::vector<std::string> found;
  if (json.is_object() && json.contains("estimate") && json["estimate"].is_object()) {
    const nlohmann::json& one = json["estimate"];
    found.push_back(fmt::format("{} {:.2f} {}", one["network"].get<std::string>(),
                                one["top1"].is_number() ? one["top1"].get<double>() : 0.0,
                                one["kind"].get<std::string>()));
  }
  for (const nlohmann::json& inner : json) {
    if (!inner.is_structured()) continue;
    for (std::string& each : estimates_in(inner)) found.push_back(std::move(each));
  }
  return found;
}

}  // namespace

TEST_CASE("db check compares whole networks with their kernels", "[latency][cli]") {
  const FiguresFolder folder;
  add_checks(folder);
  folder.write("lat5.yaml",
               "name: other\ninput: {channels: 3, height: 8, width: 6}\n"
               "layers:\n  - conv: {out: 8, kernel: 3}\n  - conv: {out: 5}\n");
  const std::string rows = folder.out(
      "db check lat.yaml lat.yaml:c=16 lat5.yaml --stored --of 1 --db u.db --format csv");
  CHECK(contains(rows,
                 "\nlat.yaml,lat.yaml,1,11904,0.0002,0.00014000000000000001,"
                 "-29.999999999999993,,\nlat.yaml,lat.yaml:c=16,1,23808,0.0003,,,"));
  CHECK_FALSE(contains(rows, "lat5"));
  // Without a SPEC those that are stored, as they are stored now.
  const std::string stored = folder.out("db check --of 1 --db u.db --format csv");
  CHECK(stored.substr(0, stored.find("\n\n")) == rows.substr(0, rows.find("\n\n")));
  CHECK(folder.out("db list --db u.db --format csv") ==
        "machine,name,cpu,isa,engine,version,provider,data_type,layers,kernels,checks\n"
        "1,pixel7,,,tflite,2.1,gpu,f16,3,0,2\n2,other,,,e,,cpu,f32,1,0,0\n");
  // What the check is off by is the error of a prediction.
  const Run search =
      folder.run("search lat.yaml --vary c=8 --minimize latency --of 1 --db u.db --format csv");
  CHECK(search.status == 0);
  CHECK(contains(search.out, "\n8,0.00014000000000000001,4.2e-05,predicted,11904,248,"));
  CHECK(contains(search.err, "latency: predicted by 'u.db', one thread; off by 30.0 % in 1 "));
}

TEST_CASE("compare says how many kernels are estimated", "[latency][cli]") {
  const FiguresFolder folder;
  folder.write("lat5.yaml",
               "name: other\ninput: {channels: 3, height: 8, width: 6}\n"
               "layers:\n  - conv: {out: 8, kernel: 3}\n  - conv: {out: 5}\n  - relu\n");
  const Run run = folder.run(
      "compare lat.yaml lat5.yaml lat.yaml:c=16 --columns latency --estimate --of 1 --db u.db "
      "--format csv");
  CHECK(run.status == 0);
  CHECK(run.err ==
        "lat5.yaml: the latency of 1 kernel is estimated\n"
        "lat.yaml:c=16: the latency of 2 kernels is estimated\n");
  CHECK(run.out.starts_with("network,latency\nlat.yaml,0.00014\nlat5.yaml,"));
}

TEST_CASE("compare finds a recipe of two networks behind one that has none", "[cli]") {
  const Run behind =
      run_program("compare resnet50 standard_conv se_resnet50 --columns accuracy --format csv");
  CHECK(behind.status == 0);
  CHECK(behind.out == "network,accuracy\nresnet50,76.13\nstandard_conv,\nse_resnet50,77.72\n");
  CHECK(behind.err.ends_with(
      "\nAccuracies of one recipe: archcost compare resnet50:stride_in=k1 se_resnet50 --columns "
      "accuracy --recipe 'SE ablations'\n"));
  const Run first =
      run_program("compare standard_conv resnet50 se_resnet50 --columns accuracy --format csv");
  CHECK(first.status == 0);
  CHECK(first.out == "network,accuracy\nstandard_conv,\nresnet50,76.13\nse_resnet50,77.72\n");
  CHECK_FALSE(contains(first.err, "Accuracies of one recipe"));
}

TEST_CASE("accuracy has an estimate for each network that is named", "[cli]") {
  const Run run = run_program(
      "accuracy mobilenet_v1:alpha=0.5 mobilenet_v1:alpha=0.6 mobilenet_v1 --recipe slim --format "
      "json");
  REQUIRE(run.status == 0);
  const nlohmann::json json = nlohmann::json::parse(run.out);
  CHECK(estimates_in(json) == std::vector<std::string>{"mobilenet_v1:alpha=0.5 63.30 published",
                                                       "mobilenet_v1:alpha=0.6 65.79 estimated",
                                                       "mobilenet_v1 70.90 published"});
  // Of two families each has those of its own tables.
  const auto of = [](const std::string& specs) {
    return estimates_in(
        nlohmann::json::parse(run_program("accuracy " + specs + " --format json").out));
  };
  std::vector<std::string> both = of("mobilenet_v1:alpha=0.5");
  const std::vector<std::string> second = of("se_resnet50");
  CHECK(!second.empty());
  both.insert(both.end(), second.begin(), second.end());
  CHECK(of("mobilenet_v1:alpha=0.5 se_resnet50") == both);
}

TEST_CASE("check says how many layers are not counted", "[cli]") {
  const TestFolder folder;
  const auto note = [&](const std::string& layers) {
    folder.write("un.yaml", spec_with("  - conv: {out: 4, kernel: 3}\n" + layers));
    const std::string out = run_program("check un.yaml --limit 'macs <= 1G'", folder.text()).out;
    return out.substr(out.rfind("\n\n") + 2);
  };
  const std::string one = "  - unsupported: {channels: 4}\n";
  CHECK(note(one) == "The totals are incomplete: the costs of 1 layer are unknown.\n");
  CHECK(note(one + one) == "The totals are incomplete: the costs of 2 layers are unknown.\n");
}

TEST_CASE("parts of searches on different databases aren't joined", "[cli][join]") {
  const FiguresFolder folder;
  REQUIRE(folder.run("db merge u.db --db u2.db").status == 0);
  const auto part = [&](const std::string& objective, const std::string& db,
                        const std::string& number, const std::string& file) {
    CHECK(folder
              .run("search lat.yaml --minimize " + objective + " --of 1 --db " + db + " --shard " +
                   number + "/2 -o " + file)
              .status == 0);
  };
  part("latency", "u.db", "1", "p1");
  part("latency", "u.db", "2", "p2");
  part("latency", "u2.db", "2", "q2");
  CHECK(folder.run("join p1 p2").status == 0);
  const Run refused = folder.run("join p1 q2");
  CHECK(refused.status == 1);
  CHECK(refused.err ==
        "q2: error: of another search than 'p1'\nerror: part 2/2 is missing; make it:\n"
        "    archcost search lat.yaml --minimize latency --of 1 --db u.db --shard 2/2 --resume -o "
        "p2\n2 errors\n");
  // Where no latency is asked for, the database doesn't matter.
  part("macs", "u.db", "1", "m1");
  part("macs", "u2.db", "2", "m2");
  CHECK(folder.run("join m1 m2 -o m.csv").status == 0);
  CHECK(read_file(folder / "m.csv") ==
        "c,macs,params,best,command\n8,11904,248,macs,archcost analyze lat.yaml --set c=8\n"
        "16,23808,496,,archcost analyze lat.yaml --set c=16\n");
}

TEST_CASE("a database that was joined has no figures of a single part", "[latency][join]") {
  const FiguresFolder folder;
  for (const std::string part : {"1", "2"}) {
    REQUIRE(folder.run("db merge u.db --db part" + part + ".db").status == 0);
    REQUIRE(folder
                .run("db check lat.yaml lat.yaml:c=16 --of 1 --stored --db part" + part +
                     ".db --shard " + part + "/2")
                .status == 0);
  }
  REQUIRE(folder.run("join part1.db part2.db -o all.db").status == 0);
  const latency::LatencyDb all(folder / "all.db", latency::LatencyDb::Mode::kRead);
  REQUIRE(all.parts().size() == 2);
  for (const latency::PartRecord& part : all.parts()) {
    CHECK(part.finished);
    CHECK(part.figures.empty());
  }
}

TEST_CASE("measure names the processors that it may use", "[cli]") {
  cpu_set_t set;
  REQUIRE(sched_getaffinity(0, sizeof(set), &set) == 0);
  std::vector<int> processors;
  for (int k = 0; k < CPU_SETSIZE; ++k) {
    if (CPU_ISSET(k, &set)) processors.push_back(k);
  }
  REQUIRE(!processors.empty());
  CHECK(run_program("measure standard_conv --pin 100000").err ==
        fmt::format("error: --pin 100000: this process may use processors {} to {}\n",
                    processors.front(), processors.back()));
  CHECK(run_program("measure standard_conv --threads 100000").err ==
        fmt::format("error: --threads 100000: this process may use {} processor{}\n",
                    processors.size(), processors.size() == 1 ? "" : "s"));
  // A name that is an argument's is no option.
  CHECK(run_program("sweep mobilenet_v1 --columns SPEC").err ==
        "--columns SPEC: error: no cost 'SPEC'; 'archcost sweep --help' lists them\n");
}

TEST_CASE("what is left of an older sweep's journal is replaced", "[cli][sweep]") {
  const FiguresFolder folder;
  folder.write("columns.journal", "junk\n");
  const Run run = folder.run("sweep lat.yaml --format npy -o columns");
  INFO(run.err);
  CHECK(run.status == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "columns.journal"));
}

TEST_CASE("a network of ONNX with another size has both axes of it", "[cli][onnx]") {
  const FiguresFolder folder;
  REQUIRE(folder.run("export lat.yaml -o lat.onnx --weights none").status == 0);
  const std::string analyze = "analyze lat.onnx --columns macs --format csv ";
  const std::string scaled = "layer,macs\nconv1,41472\nconv2,6144\nrelu,0\ntotal,47616\n";
  CHECK(folder.out(analyze + "--set rho=2") == scaled);
  CHECK(folder.out(analyze + "--input 3x16x12") == scaled);
}

TEST_CASE("import writes what is set as the defaults", "[cli]") {
  const FiguresFolder folder;
  const auto spec = [](const std::string& c) {
    return "name: lat\n\nparams:\n  c: {default: " + c +
           ", sweep: [8, 16]}\n\ninput: {channels: 3, height: 8, width: 6}\n\nlayers:\n"
           "  - conv: {out: c, kernel: 3}\n  - conv: {out: 4}\n  - relu\n";
  };
  CHECK(folder.out("import lat.yaml") == spec("8"));
  CHECK(folder.out("import lat.yaml --set c=16") == spec("16"));
  CHECK(folder.out("import lat.yaml:c=5") == spec("5"));
}
