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
#include "core/text.hpp"
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

TEST_CASE("joined parts of a search say that no candidate needed a latency", "[cli][join]") {
  const FiguresFolder folder;
  const std::string search =
      "search lat.yaml --minimize latency --limit 'macs <= 1' --of 1 --db u.db --format table ";
  std::string parts;
  for (const int k : {1, 2}) {
    folder.run(search + fmt::format("--shard {0}/2 -o part{0}", k));
    parts += fmt::format(" part{}", k);
  }
  const Run whole = folder.run(search), joined = folder.run(search + "--join" + parts);
  CHECK(contains(whole.out, "not needed: no candidate meets the limits"));
  CHECK(joined.out == whole.out);
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
  // A process that is confined to one processor.
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(processors.back(), &one);
  REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
  const Run pin = run_program("measure standard_conv --pin 100000"),
            threads = run_program("measure standard_conv --threads 2");
  REQUIRE(sched_setaffinity(0, sizeof(set), &set) == 0);
  CHECK(pin.err == fmt::format("error: --pin 100000: this process may use processors {0} to {0}\n",
                               processors.back()));
  CHECK(threads.err == "error: --threads 2: this process may use 1 processor\n");
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

TEST_CASE("lighten orders rewrites by a cost, behind the network itself", "[cli]") {
  const std::string lighten =
      "lighten resnet18 --try separable --try resolution:rho=5/7 --try se --format json ";
  const auto order = [&](const std::string& more) {
    const Run run = run_program(lighten + more);
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    std::string rewrites;
    const nlohmann::json json = nlohmann::json::parse(run.out);
    for (const auto& network : json["networks"])
      rewrites += network["rewrite"].get<std::string>().substr(0, 4) + " ";
    return rewrites;
  };
  CHECK(order("") == " +sep +res +se ");
  CHECK(order("--sort params") == " +sep +res +se ");
  CHECK(order("--sort macs") == " +sep +res +se ");
  CHECK(order("--sort activations") == " +res +se +sep ");
  CHECK(order("--sort peak_memory") == " +res +sep +se ");  // of equal ones the first first
  const std::string twice = "--try resolution:rho=6/7 --try separable+se --sort ";
  CHECK(order(twice + "params") == " +sep +sep +res +res +se ");
  CHECK(order(twice + "macs") == " +sep +sep +res +res +se ");
}

TEST_CASE("lighten has a theory where each rewrite has one, and says what the limits leave",
          "[cli]") {
  const auto run = [](const std::string& arguments) {
    return run_program("lighten resnet18 --format csv " + arguments);
  };
  const Run theory =
      run("--try activation:act=swish --try separable --try groups:g=2,where=all "
          "--try activation:act=relu6+separable");
  CHECK(theory.status == 0);
  const std::vector<std::string> lines = split(theory.out, '\n');
  REQUIRE(lines.size() == 7);
  CHECK(lines[1].starts_with("resnet18,,11689512,1,1814073344,1,,"));
  CHECK(lines[2].starts_with("resnet18,+activation:act=swish,11689512,1,1814073344,1,,"));
  CHECK(lines[3].starts_with("resnet18,+separable,1961960,"));
  CHECK(lines[3].find(",336804096,0.18566178545865894,0.18") != std::string::npos);
  CHECK(lines[5].starts_with("resnet18,+activation:act=relu6+separable,1961960,"));
  CHECK(lines[5].find(",336804096,0.18566178545865894,,") != std::string::npos);
  const Run none =
      run_program("lighten resnet18 --try separable --limit 'macs <= 1K' --limit 'params <= 100'");
  CHECK(none.status == 5);
  CHECK(contains(none.out, "\n0 of 2 networks meet macs <= 1K and params <= 100\n"));
  const Run one = run_program(
      "lighten resnet18 --try separable --limit 'macs <= 400M' --limit 'peak_memory <= 7MB'");
  CHECK(one.status == 0);
  CHECK(contains(one.out, "\n1 of 2 networks meet macs <= 400M and peak_memory <= 7MB\n"));
  // Bytes are those of the type of activations.
  CHECK(run_program("lighten resnet18 --try separable --limit 'peak_memory <= 2MB' --dtype int8")
            .status == 0);
  CHECK(run_program("lighten resnet18 --try separable --limit 'peak_memory <= 2MB'").status == 5);
}

TEST_CASE("a search says beside rows for programs what its table says", "[cli][search]") {
  const FiguresFolder folder;
  const std::string search =
      "search lat.yaml --minimize macs --beside lat.yaml:c=5 --beside lat.yaml:c=12 --format ";
  const std::string notes =
      "2 candidates, all evaluated: the order is exact.\n"
      "Tried: lat.yaml c=8,16 (--vary NAME=VALUES tries others).\n";
  for (const std::string format : {"csv", "json", "jsonl"}) {
    const Run run = folder.run(search + format);
    CHECK(run.status == 0);
    CHECK(run.err == notes);
  }
  for (const std::string format : {"table", "markdown", "latex"})
    CHECK(!folder.out(search + format).empty());
  CHECK(folder.run(search + "csv").out ==
        "c,macs,params,best,command\n8,11904,248,macs,archcost analyze lat.yaml --set c=8\n"
        "16,23808,496,,archcost analyze lat.yaml --set c=16\n\n"
        "spec,macs,params\nlat.yaml:c=5,7440,155\nlat.yaml:c=12,17856,372\n");
  CHECK(contains(folder.out(search + "table"),
                 "\nbeside\n  network          macs  params\n  lat.yaml:c=5    7,440     155\n"
                 "  lat.yaml:c=12  17,856     372\n"));
  CHECK(folder.run("search lat.yaml --minimize macs --limit 'macs <= 1' --format csv").err ==
        "2 candidates, all evaluated.\nTried: lat.yaml c=8,16 (--vary NAME=VALUES tries others).\n"
        "macs <= 1 binds: the nearest misses it by 1,190,300 % (macs 11,904).\n"
        "macs <= 1 means 1; thousands are written 1K.\n");
  // What a search along the chain found isn't kept.
  const std::string notes_of_evolve =
      "NSGA-II: 2 of 2 candidates evaluated. All rows meet the limits, and no evaluated candidate "
      "is better; others may be.\nStop reason: no new points were found, after 2 evaluations.\n" +
      notes.substr(notes.find('\n') + 1);
  const std::string to_file = "search lat.yaml --minimize macs -o x.csv";
  CHECK(folder.run(to_file + " --method evolve").err == notes_of_evolve);
  CHECK(folder.run(to_file + " --method evolve --resume").err == notes_of_evolve);
  CHECK(folder.run(to_file + " --method chain --resume").err ==
        "this search keeps no state: it begins at its start, and ends with the same result\n"
        "Branch and bound along the chain of layers, 2 candidates: the first is the optimum, which "
        "is proved (3 partial designs examined, the bound before branching is 11904).\n" +
            notes.substr(notes.find('\n') + 1));
  CHECK(folder.run(to_file + " --resume").err == notes);
  CHECK(folder.run(to_file).err == notes);
}

TEST_CASE("a sweep varies what is not set, from its first value to its last", "[cli][sweep]") {
  const TestFolder folder;
  folder.write("net.yaml",
               "name: net\nparams:\n  c: {default: 4, sweep: [4, 8]}\n  b: {default: 4, sweep: [4, "
               "6]}\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: c * b}\n");
  const auto sweep = [&](const std::string& arguments) {
    const Run run =
        run_program("sweep net.yaml --columns macs --format csv " + arguments, folder.text());
    CHECK(run.status == 0);
    return run.out;
  };
  CHECK(sweep("") == "c,b,macs\n4,4,3072\n4,6,4608\n8,4,6144\n8,6,9216\n");
  CHECK(sweep("--set c=8") == "b,macs\n4,6144\n6,9216\n");
  CHECK(sweep("--set b=2") == "c,macs\n4,1536\n8,3072\n");
  CHECK(sweep("--set b=2 --vary c=1") == "c,macs\n1,384\n");
  for (const std::string values : {"1,4/7", "4/7,1", "1,5/7,4/7"}) {
    const Run run = run_program("sweep mobilenet_v1 --vary rho=" + values + " --input 3x224x224");
    CHECK(run.status == 1);
    CHECK(run.err ==
          "--vary rho: error: 'rho' sets the input to 3x128x128, and --input sets it to 3x224x224; "
          "give one of them\n");
  }
}

TEST_CASE("a table has at most 100,000 rows", "[cli][sweep]") {
  const FiguresFolder folder;
  const std::string sweep = "sweep lat.yaml --columns macs -o rows.md --vary c=1:";
  CHECK(folder.out(sweep + "100000:1").empty());
  const std::string table = read_file(folder / "rows.md");
  CHECK(contains(table, "\n|      1 |"));
  CHECK(contains(table, "\n| 100000 |"));
  CHECK(folder.error(sweep + "100001:1") ==
        "error: more than 100,000 rows are too many to show; take --top N, --where, or --format "
        "csv\n");
}

TEST_CASE("a search writes its first design as a network, if it has a spec of its own",
          "[cli][search]") {
  const FiguresFolder folder;
  folder.write("block.yaml", "blocks:\n  unit:\n    layers:\n      - relu\n");
  folder.write(
      "inc.yaml",
      "include: block.yaml\nname: inc\nparams:\n  c: {default: 8, sweep: [8, 16]}\n"
      "input: {channels: 3, height: 8, width: 6}\nlayers:\n  - conv: {out: c}\n  - unit\n");
  const std::string includes =
      "error: -o best.yaml: 'inc' includes other files, so that no spec of its own is written; "
      "take "
      "--format jsonl, which has a command for each design\n";
  CHECK(folder.error("search inc.yaml --minimize macs -o best.yaml") == includes);
  CHECK(folder.error("search lat.yaml inc.yaml --vary c=8 --minimize macs -o best.yaml") ==
        includes);
  CHECK_FALSE(std::filesystem::exists(folder / "best.yaml"));
  const auto best = [&](const std::string& arguments) {
    const Run run = folder.run("search " + arguments);
    CHECK(run.status == 0);
    CHECK(contains(run.out, "\n2 candidates, all evaluated: the order is exact.\n"));
    return run.err;
  };
  CHECK(best("inc.yaml --minimize macs -o best.onnx") ==
        "'best.onnx' is the first of the designs\n");
  CHECK(best("lat.yaml --maximize macs -o best.yaml") ==
        "'best.yaml' is the first of the designs: archcost analyze best.yaml\n");
  CHECK(contains(folder.out("analyze best.yaml --columns macs --format csv"), "\ntotal,23808\n"));
  CHECK(contains(folder.out("analyze best.onnx --columns macs --format csv"), "\ntotal,1152\n"));
  std::filesystem::remove(folder / "best.yaml");
  CHECK(folder.run("search lat.yaml --minimize macs --limit 'macs <= 1' -o best.yaml").status == 5);
  CHECK_FALSE(std::filesystem::exists(folder / "best.yaml"));
  CHECK(
      folder.error("search lat.yaml --minimize macs --shard 1/2 --method chain -o x") ==
      "error: --shard: a search along the chain takes seconds and isn't divided; leave it out, or "
      "take --method evolve\n");
}

TEST_CASE("batch counts the candidates that an evolving search may evaluate", "[cli][search]") {
  const FiguresFolder folder;
  const std::string batch =
      "batch slurm -- search lat.yaml --minimize macs --method evolve -o x.csv ";
  CHECK(contains(folder.run(batch).out, "\n# search: 2,000,000 candidates, about "));
  CHECK(contains(folder.run(batch + "--evaluations 2").out, "\n# search: 2 candidates, about "));
  CHECK(contains(folder.run(batch + "--evaluations 3000").out,
                 "\n# search: 3,000 candidates, about "));
}
