// SPDX-License-Identifier: Apache-2.0
// Values and messages of commands with few options: join, import, memory, lighten, predict,
// export, accuracy in parts, and the help of options.
#include <fmt/core.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/figures_folder.hpp"
#include "cli/latency_folder.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

const char* const kTwoInputs =
    "name: two\ninput: {channels: 2, height: 2, width: 2}\nlayers:\n"
    "  - conv: {name: stem, out: 2, bias: false}\n"
    "  - stage:\n      name: head\n      layers:\n"
    "        - input: {name: mask, channels: 2, height: h, width: w}\n"
    "        - multiply: {name: masked, from: [stem, mask]}\n"
    "        - input: {name: more, channels: 2, height: h, width: w}\n"
    "        - add: {name: sum, from: [masked, more]}\n"
    "outputs: [head.sum, stem]\n";

// One convolution with so many weights.
std::string one_conv(const std::string& in, const std::string& out) {
  return "name: large\ninput: {channels: " + in +
         ", height: 1, width: 1}\nlayers:\n  - conv: {out: " + out + ", bias: false}\n";
}

}  // namespace

TEST_CASE("join names the file that is not a part, and its old name says so", "[cli][join]") {
  const FiguresFolder folder;
  folder.write("n1", "x\n");
  folder.write("n2", "y\n");
  const std::string no_part =
      "error: no part of an archcost run: --shard of sweep, search, accuracy, profile and db check "
      "writes them\n";
  const std::string renamed =
      "note: merge is now join; the old name will be removed in the next version\n";
  CHECK(folder.error("join n1 n2 -o z") == "n1: " + no_part);
  CHECK(folder.error("join n1 nope -o z") == "nope: error: there is no such file\n");
  CHECK(folder.error("join nope n1 -o z") == "nope: error: there is no such file\n");
  CHECK(folder.error("merge n2 n1 -o z") == renamed + "n2: " + no_part);
  REQUIRE(folder.run("sweep lat.yaml --shard 1/1 -o p.csv").status == 0);
  const Run merged = folder.run("merge p.csv -o j.csv");
  CHECK(merged.status == 0);
  CHECK(merged.err == renamed);
  CHECK(read_file(folder / "j.csv") == "c,params,macs\n8,248,11904\n16,496,23808\n");
}

TEST_CASE("import keeps a spec as it is, and writes settings and rewrites into it", "[cli]") {
  const FiguresFolder folder;
  const std::string layers =
      "\ninput: {channels: 3, height: 8, width: 6}\n\nlayers:\n  - conv: {out: c, kernel: 3}\n"
      "  - conv: {out: 4}\n  - relu\n";
  CHECK(folder.out("import lat.yaml") ==
        "name: lat\n\nparams:\n  c: {default: 8, sweep: [8, 16]}\n" + layers);
  CHECK(folder.out("import lat.yaml --input 3x8x6") == folder.out("import lat.yaml"));
  CHECK(folder.out("import lat.yaml:c=16") ==
        "name: lat\n\nparams:\n  c: {default: 16, sweep: [8, 16]}\n" + layers);
  folder.write("p.yaml",
               "name: p\nparams:\n  c: {default: 8}\npresets:\n  big: {c: 16}\n"
               "input: {channels: 3, height: 8, width: 6}\nlayers:\n  - conv: {out: c}\n");
  CHECK(
      contains(folder.out("import p.yaml"), "\n  c: {default: 8}\n\npresets:\n  big: {c: 16}\n\n"));
  CHECK(folder.out("import p.yaml:preset=big") ==
        "name: p\n\nparams:\n  c: {default: 16}\n\ninput: {channels: 3, height: 8, width: 6}\n\n"
        "layers:\n  - conv: {out: c}\n");
  CHECK(folder.error("import lat.yaml --input 3x9x9") ==
        "--input 3x9x9: error: it isn't written into a spec, which has the input 3x8x6 here; set "
        "the parameter of the size, or edit 'input'\n");
}

TEST_CASE("memory and lighten count bytes of the type that is asked for", "[cli]") {
  const FiguresFolder folder;
  CHECK(folder.out("memory lat.yaml --dtype int8 --format csv") ==
        "figure,bytes\nsize_f32,992\nsize_f16,496\nsize_bf16,496\nsize_int8,248\nsize_int4,124\n"
        "peak_own_order,576\npeak_saving_order,576\ntraining_kept_activations,720\n"
        "training_weights,248\ntraining_gradients,248\n");
  CHECK(folder.out("lighten lat.yaml --dtype int8 --try width:alpha=0.5 --format csv") ==
        "network,rewrite,params,params_ratio,macs,macs_ratio,macs_theory,activations,peak_memory,"
        "latency,fits\n"
        "lat.yaml,,248,1,11904,1,,768,576,,true\n"
        "lat.yaml,+width:alpha=0.5,124,0.5,5952,0.5,0.25,576,384,,true\n");
}

TEST_CASE("lighten writes the first of equal rewrites", "[cli][rewrite]") {
  const FiguresFolder folder;
  for (const std::string limit : {"", " --limit 'macs > 1'"}) {
    const Run run = folder.run(
        "lighten lat.yaml --try activation:act=swish --try activation:act=gelu -o o.yaml" + limit);
    CHECK(run.status == 0);
    CHECK(run.err == "'o.yaml' is lat.yaml+activation:act=swish: archcost analyze o.yaml\n");
  }
}

TEST_CASE("lighten says why there are no times", "[latency][cli]") {
  const FiguresFolder folder;
  folder.write("bad.db", "not a database\n");
  const Run bad = folder.run("lighten lat.yaml --try width:alpha=0.5 --db bad.db");
  CHECK(bad.status == 0);
  CHECK(bad.err ==
        "no times: error: 'bad.db' is not a database of archcost: it doesn't begin as one; name "
        "another "
        "file\n");
  CHECK(contains(unbroken(bad.out),
                 "\nno times: the latency database has no figures of this machine; --measure runs "
                 "the networks\n"));
  const std::string some = "lighten lat.yaml --try width:alpha=0.5 --of 2 --db u.db";
  CHECK(contains(unbroken(folder.out(some)),
                 "\nno times: the latency database has no figure for 5 of 6 kernels; 'archcost "
                 "profile lat.yaml --db u.db' and the same for SPEC+REWRITE measure them, "
                 "--estimate estimates them from similar layers, --measure runs the networks\n"));
  CHECK(folder.run("lighten lat.yaml --try width:alpha=0.5 --db bad.db --sort latency")
            .err.ends_with("--sort latency: error: the latency database has no figures of this "
                           "machine; --measure runs the networks\n"));
  CHECK(folder.run("lighten lat.yaml --of pixel7 --db u.db --try width:alpha=1 --sort latency")
            .status == 0);
  CHECK(folder.error("lighten lat.yaml --measure --threads 4000")
            .starts_with("error: --threads 4000: this process may use "));
}

TEST_CASE("predict tells what is estimated, and asks for the figures of another machine",
          "[latency][cli]") {
  const FiguresFolder folder;
  const Run estimated = folder.run("predict lat.yaml:c=16 --of 1 --db u.db --estimate");
  CHECK(estimated.status == 0);
  CHECK(contains(unbroken(estimated.out),
                 "\n100.0 % of the time is estimated from similar layers; a layer of the database "
                 "is estimated from the others with an error of 30 % (root mean square)\n"));
  const Run missing = folder.run("predict lat.yaml:c=16 --of 2 --db u.db");
  CHECK(missing.status == 3);
  CHECK(unbroken(missing.out)
            .ends_with("\nincomplete: 3 kernels have no figure; 'archcost db import' adds figures "
                       "of that machine, --estimate estimates it from similar layers\n"));
  CHECK(folder.error("predict lat.yaml --of 1 --db u.db --measure-missing") ==
        "error: --measure-missing measures on this machine; omit --of\n");
  // Where nothing is similar, --estimate is not advised again.
  const Run nothing = folder.run("predict lat.yaml:c=16 --of 2 --db u.db --estimate");
  CHECK_FALSE(contains(nothing.out, "--estimate estimates"));
}

TEST_CASE("an exported file has its network's costs, and layers that stand in are told",
          "[export][cli]") {
  const FiguresFolder folder;
  CHECK(folder.out("export lat.yaml -o lat.onnx").empty());
  const std::string bytes = read_file(folder / "lat.onnx");
  const auto has = [&](const std::string& key, const std::string& value) {
    return contains(bytes, key + "\x12" + static_cast<char>(value.size()) + value);
  };
  CHECK(has("network", "lat"));
  CHECK(has("params", "248"));
  CHECK(has("macs", "11904"));
  CHECK(has("command", "archcost export lat.yaml"));
  // The producer and its version.
  const std::string version = run_program("--version").out;
  CHECK(contains(bytes,
                 "\x12\x08"
                 "archcost\x1a" +
                     std::string(1, static_cast<char>(version.size() - 10)) +
                     version.substr(9, version.size() - 10)));
  folder.write("open.yaml", spec_with("  - conv: {out: 4}\n  - unsupported: {channels: 4}\n"));
  const std::string note =
      "note: unsupported: written as the inputs' numbers in their order ('unsupported')\n";
  CHECK(folder.run("export open.yaml -o open.onnx").err.ends_with(note));
  CHECK(folder.run("export open.yaml -o open.py").err.ends_with(note));
}

TEST_CASE("test data have a file for each input and output, in the order of the graph's",
          "[export][cli]") {
  const TestFolder folder;
  folder.write("two.yaml", kTwoInputs);
  REQUIRE(run_program("export two.yaml -o two.onnx --test-data data", folder.text()).status == 0);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "data"))
    files += entry.is_regular_file() ? 1 : 0;
  CHECK(files == 5);
  // Three sizes of 2 after 1, floats, and the name.
  const auto is = [&](const std::string& file, const std::string& name) {
    return read_file(folder / ("data/" + file))
        .starts_with(std::string("\x08\x01\x08\x02\x08\x02\x08\x02\x10\x01\x42") +
                     static_cast<char>(name.size()) + name + "\x4a\x20");
  };
  CHECK(is("input_0.pb", "input"));
  CHECK(is("input_1.pb", "head.mask"));
  CHECK(is("input_2.pb", "head.more"));
  CHECK(is("output_0.pb", "head.sum"));
  CHECK(is("output_1.pb", "stem"));
  // The first input of the list may come first among the layers too.
  folder.write("first.yaml",
               "name: first\ninput: {channels: 2, height: 2, width: 2}\nlayers:\n"
               "  - input: {name: mask, channels: 2, height: h, width: w}\n"
               "  - add: {name: sum, from: [input, mask]}\n");
  REQUIRE(run_program("export first.yaml -o f.onnx --test-data first", folder.text()).status == 0);
  CHECK(std::filesystem::exists(folder / "first/input_1.pb"));
}

TEST_CASE("weights of more than 2 GB are not inside of an ONNX file", "[export][cli]") {
  const TestFolder folder;
  folder.write("edge.yaml", one_conv("25000", "20000"));
  folder.write("more.yaml", one_conv("25000", "20001"));
  const Run refused = run_program("export more.yaml --weights zero --format onnx", folder.text());
  CHECK(refused.status == 1);
  CHECK(refused.out.empty());
  CHECK(refused.err ==
        "error: the weights don't fit into one ONNX file; write it with -o FILE, with a second "
        "file for the weights, or take --weights none\n");
  // Without weights nothing is large.
  CHECK(run_program("export more.yaml --weights none -o more.onnx", folder.text()).status == 0);
  CHECK(contains(read_file(folder / "more.onnx"), "more.onnx.data"));
  CHECK_FALSE(std::filesystem::exists(folder / "more.onnx.data"));
  CHECK(run_program("export more.yaml --weights none --format onnx", folder.text()).status == 0);
  // 2,000,000,000 bytes fit; the first ones tell.
  const std::string head = fmt::format(
      "cd '{}' && '{}' export edge.yaml --weights zero --format onnx 2>err | head -c 12 >head",
      folder.text(), program());
  CHECK(std::system(head.c_str()) == 0);
  CHECK(read_file(folder / "head").ends_with("archcost"));
  CHECK(read_file(folder / "err").empty());
}

TEST_CASE("rows of accuracies in parts are counted without their header", "[cli][join]") {
  const TestFolder folder;
  const std::string accuracy = "accuracy mobilenet_v1 se_resnet50";
  for (const std::string extension : {".csv", ".jsonl"}) {
    INFO(extension);
    const Run whole = run_program(accuracy + " -o whole" + extension, folder.text());
    REQUIRE(whole.status == 0);
    for (const std::string part : {"1", "2"})
      REQUIRE(
          run_program(accuracy + " --shard " + part + "/2 -o " + part + extension, folder.text())
              .status == 0);
    const Run joined = run_program(
        "join 1" + extension + " 2" + extension + " -o joined" + extension, folder.text());
    INFO(joined.err);
    CHECK(joined.status == 0);
    CHECK(read_file(folder / ("joined" + extension)) == read_file(folder / ("whole" + extension)));
    std::size_t rows = 0;
    const std::string text = read_file(folder / ("1" + extension));
    for (const char c : text) rows += c == '\n' ? 1 : 0;
    // A line before the rows and one behind them; CSV has a header.
    rows -= extension == ".csv" ? 3 : 2;
    CHECK(contains(text, fmt::format("\"rows\":{}}}", rows)));
  }
  CHECK(run_program("accuracy --recipe paper").err ==
        "error: --recipe and --accuracy are for one SPEC; name it\n");
  CHECK(run_program("accuracy mobilenet_v1 --shard 1/2 --format csv").err ==
        "error: --shard needs -o FILE\n");
}

TEST_CASE("an option that isn't known is meant as a parameter or as another option", "[cli]") {
  const FiguresFolder folder;
  const auto meant = [&](const std::string& arguments) {
    const Run run = folder.run(arguments);
    CHECK(run.status == 2);
    return run.err.substr(0, run.err.find('\n'));
  };
  const std::string unknown = "error: unknown option '";
  CHECK(meant("analyze lat.yaml --c 16") == unknown + "--c'; did you mean '--set c=16'?");
  CHECK(meant("analyze lat.yaml --c") == unknown + "--c'; did you mean '--set c=VALUE'?");
  CHECK(meant("compare lat.yaml lat.yaml --c=16") ==
        unknown + "--c=16'; did you mean '--set c=16'?");
  CHECK(meant("analyze lat.yaml --c --exact") == unknown + "--c'; did you mean '--set c=VALUE'?");
  CHECK(meant("compare none.yaml lat.yaml --c=16") ==
        unknown + "--c=16'; did you mean '--set c=16'?");
  CHECK(meant("analyze lat.yaml --columsn macs") ==
        unknown + "--columsn'; did you mean '--columns'?");
  CHECK(meant("list --formt csv") == unknown + "--formt'; did you mean '--format'?");
  CHECK(meant("engines --alpha 5") == unknown + "--alpha'");
  CHECK(meant("engines list") == "error: unexpected argument 'list'");
  CHECK(meant("list --format csv verify") == "error: unexpected argument 'verify'");
  CHECK(meant("analyze lat.yaml -c 16") == unknown + "-c'");
}

TEST_CASE("help has its options in two columns and its commands whole", "[cli]") {
  const std::string help = run_program("db import --help").out;
  CHECK(contains(help,
                 "\n  --network SPEC REQUIRED     the network that was run\n"
                 "  --machine NAME REQUIRED     the device: pixel7\n"));
  // A name of the first column's whole width has its text below.
  CHECK(contains(help,
                 "\n  --threads,--kernel-threads N\n"
                 "                              kernel threads (default: 1)\n"));
  CHECK(contains(run_program("db --help").out,
                 "\n  archcost db import profile.csv --machine pixel7 --engine tflite \\\n"
                 "      --network mobilenet_v1\n  archcost db export -o figures.jsonl\n"));
}

TEST_CASE("the best of more rows than a table can have are shown", "[cli][sweep]") {
  const Run run = run_program(
      "sweep se_layer --vary size=1:100001:1 --top 2 --columns activations --sort activations:desc "
      "--format markdown");
  CHECK(run.err.empty());
  CHECK(run.status == 0);
  CHECK(contains(run.out, "|\n| 100001 |       2.56T |\n| 100000 |       2.56T |\n"));
  const Run all = run_program("sweep se_layer --vary size=1:100001:1 --top 100001");
  CHECK(all.status == 1);
  CHECK(all.err ==
        "error: more than 100,000 rows are too many to show; take --top N, --where, or --format "
        "csv\n");
}
