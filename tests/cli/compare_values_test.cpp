// SPDX-License-Identifier: Apache-2.0
// compare and diff: what is told below their tables, and engines side by side.
#include <string>

#include "cli/latency_folder.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

std::string phone_figure(const std::string& engine, const std::string& problem,
                         const std::string& seconds) {
  return R"({"figure":"layer","machine":{"cpu":"","data_type":"f32","engine":")" + engine +
         R"(","isa":"","name":"phone","provider":"cpu","version":""},"problem":")" + problem +
         R"(","option":"nchw>nchw","implementation":"","origin":"library","threads":1,"seconds":)" +
         seconds + R"(,"spread":0,"reference":0,"samples":[)" + seconds +
         R"(],"passes":1,"how":"","date":"2026-02-02T10:00:00Z","core_latency":0.0})" + "\n";
}

// Networks of one spec, and figures of a phone: one engine has both convolutions of lat.yaml, the
// other one has the first.
struct CompareFolder : TestFolder {
  CompareFolder() {
    write("lat.yaml",
          "name: lat\nparams:\n  c: {default: 8, sweep: [8, 16]}\n"
          "input: {channels: 3, height: 8, width: 6}\n"
          "layers:\n  - conv: {out: c, kernel: 3}\n  - conv: {out: 4}\n  - relu\n");
    write("five.yaml",
          "name: five\nparams:\n  a: {default: 4}\n  b: {default: 1}\n  c: {default: 3}\n"
          "  d: {default: 5}\n  e: {default: 6}\n"
          "presets:\n  one: {a: 8}\n  two: {a: 8, b: 2}\n  four: {a: 8, b: 2, c: 5, d: 7}\n"
          "  five: {a: 8, b: 2, c: 5, d: 7, e: 9}\n"
          "input: {channels: 3, height: 8, width: 6}\nlayers:\n"
          "  - conv: {out: a, kernel: c, stride: b}\n  - conv: {out: d}\n  - conv: {out: e}\n");
    write("more.yaml",
          "name: more\nparams:\n  n: {default: 4}\n  more: {default: 0, choices: [0, 1]}\n"
          "  k: {default: 3}\n"
          "presets:\n  both: {more: 1, k: 5}\n  odd: {n: 6, k: 2}\n"
          "input: {channels: 3, height: 8, width: 6}\nlayers:\n"
          "  - conv: {out: n, kernel: 3}\n  - conv: {out: n, kernel: k, when: more}\n");
    const std::string first = "conv 1x3x8x6 > 1x8x8x6 8 3 3 1 1 1 1 1 0 0 0 0 w2 w0 image f32 1T";
    const std::string second = "conv 1x8x8x6 > 1x4x8x6 4 1 1 1 1 1 1 1 0 0 0 0 w2 w0 relu f32 1T";
    write("e.jsonl", phone_figure("tflite", first, "0.0001") +
                         phone_figure("tflite", second, "4e-05") +
                         phone_figure("ncnn", first, "0.0003"));
    REQUIRE(run("db merge e.jsonl --db e.db").status == 0);
  }
  Run run(const std::string& arguments) const { return run_program(arguments, text()); }
  // What stands below the table.
  std::string notes(const std::string& arguments) const {
    const Run done = run(arguments);
    INFO(arguments);
    CHECK(done.status == 0);
    CHECK(done.err.empty());
    const std::string all = unbroken(done.out);
    return all.substr(all.find("\n\nFrom ") + 2);
  }
};

const std::string kOfPhone = " --of phone --db e.db";

}  // namespace

TEST_CASE("compare names the settings of a preset alone, up to four of them", "[cli]") {
  const CompareFolder folder;
  const std::string two = "They differ in 2 settings; each of them alone: ";
  CHECK(folder.notes("compare five.yaml five.yaml:preset=one") ==
        "From five.yaml to five.yaml:preset=one: a 4 to 8.\n");
  CHECK(folder.notes("compare five.yaml five.yaml:preset=four five.yaml:b=2,preset=one") ==
        "From five.yaml to five.yaml:preset=four: a 4 to 8, b 1 to 2, c 3 to 5, d 5 to 7.\n"
        "They differ in 4 settings; each of them alone: five.yaml:a=8, five.yaml:b=2, "
        "five.yaml:c=5, five.yaml:d=7.\n"
        "From five.yaml to five.yaml:b=2,preset=one: a 4 to 8, b 1 to 2.\n" +
            two + "five.yaml:a=8, five.yaml:b=2.\n");
  CHECK(folder.notes("compare five.yaml five.yaml:preset=five") ==
        "From five.yaml to five.yaml:preset=five: a 4 to 8, b 1 to 2, c 3 to 5, d 5 to 7, e 6 to "
        "9.\n");
  CHECK(folder.notes("compare five.yaml five.yaml:a=8,b=2") ==
        "From five.yaml to five.yaml:a=8,b=2: a 4 to 8, b 1 to 2.\n");
  CHECK(folder.notes("compare five.yaml:e=9 five.yaml:e=9,preset=two") ==
        "From five.yaml:e=9 to five.yaml:e=9,preset=two: a 4 to 8, b 1 to 2.\n" + two +
            "five.yaml:e=9,a=8, five.yaml:e=9,b=2.\n");
  // A setting without an effect of its own, and one that can't be alone.
  CHECK(folder.notes("compare more.yaml more.yaml:preset=both") ==
        "From more.yaml to more.yaml:preset=both: more 0 to 1, k 3 to 5.\n"
        "They differ in 2 settings; those with an effect alone: more.yaml:more=1.\n");
  CHECK(folder.notes("compare more.yaml more.yaml:preset=odd") ==
        "From more.yaml to more.yaml:preset=odd: n 4 to 6, k 3 to 2.\n"
        "They differ in 2 settings; those with an effect alone: more.yaml:n=6.\n");
  // The spec of both is the same, and none is rewritten.
  CHECK_FALSE(contains(folder.run("compare five.yaml more.yaml:preset=both").out, "They differ"));
  CHECK_FALSE(contains(folder.run("compare five.yaml five.yaml:preset=two+width:alpha=0.5").out,
                       "They differ"));
}

TEST_CASE("diff names the settings of a preset alone, by the first network", "[cli]") {
  const CompareFolder folder;
  CHECK(folder.run("diff five.yaml:d=7 five.yaml:d=7,preset=two").out ==
        "five (d 7   3x8x6   batch 1)   to two (a 8   b 2   d 7   3x8x6   batch 1)\n\n"
        "  cost         before  after  change  ratio\n"
        "  params          178    314    +136  1.764\n"
        "  weights         178    314    +136  1.764\n"
        "  macs          8,544  3,768  -4,776  0.441\n"
        "  activations     816    252    -564  0.309\n\n"
        "From five to two: a 4 to 8, b 1 to 2.\n"
        "Layers: 3 changed (params +136, macs -4,776).\n"
        "They differ in 2 settings; each of them alone: five.yaml:d=7,a=8,\n"
        "  five.yaml:d=7,b=2.\n\n"
        "     layer  what                                                  params    macs\n"
        "  ~  conv1  out 4 -> 8, stride 1x1 -> 2x2, output 4x8x6 -> 8x4x3    +108  -2,592\n"
        "  ~  conv2  output 7x8x6 -> 7x4x3                                    +28    -672\n"
        "  ~  conv3  output 6x8x6 -> 6x4x3                                      -  -1,512\n");
  const Run refused = folder.run("diff five.yaml lat.yaml --by kind --format json");
  CHECK(refused.status == 1);
  CHECK(refused.err == "error: --by does not apply to json, which has every layer\n");
  CHECK(folder.run("diff five.yaml lat.yaml --by kind --format csv").status == 0);
  CHECK(folder.run("diff five.yaml lat.yaml --format json").status == 0);
}

TEST_CASE("compare and diff tell what the reader of a file noted, each network its own", "[cli]") {
  const CompareFolder folder;
  const std::string file = (source_dir() / "tests/onnx/models/shufflenet_v2_x0_5.onnx").string();
  folder.write("b.onnx", read_file(file));
  const std::string note =
      "b.onnx: Batch norms are folded into 56 convolutions, whose biases count as params. "
      "Unfolded, at the file's widths, the network has 3,976 params more.\n";
  CHECK(folder.notes("compare lat.yaml b.onnx lat.yaml:c=16") ==
        "From lat.yaml to b.onnx: input 3x8x6 to 3x224x224.\n" + note +
            "From lat.yaml to lat.yaml:c=16: c 8 to 16.\n");
  for (const std::string networks : {"b.onnx lat.yaml", "lat.yaml b.onnx"})
    CHECK(contains(unbroken(folder.run("diff " + networks + " --by kind").out), "\n" + note));
  // What a rewrite notes is told by show.
  CHECK_FALSE(contains(folder.run("compare lat.yaml mobilenet_v1+width:alpha=0.5").out,
                       "published figures"));
}

TEST_CASE("compare asks for a recipe of both only where there is one", "[cli]") {
  const Run run = run_program("compare resnet18 se_resnet50 --columns accuracy --format csv");
  CHECK(run.status == 0);
  CHECK(run.out == "network,accuracy\nresnet18,69.758\nse_resnet50,77.72\n");
  CHECK(contains(run.err,
                 "They differ in 3 settings; those with an effect alone: resnet18:depth=50, "
                 "resnet18:se=1.\n"));
  CHECK(contains(run.err, "The specs share no recipe with figures for all; "));
  CHECK_FALSE(contains(run.err, "Accuracies of one recipe"));
}

TEST_CASE("compare has the columns that are named, once each", "[latency][cli]") {
  const CompareFolder folder;
  const auto rows = [&](const std::string& options) {
    const Run run = folder.run("compare lat.yaml lat.yaml:c=4 --format csv " + options);
    return run.out + run.err;
  };
  CHECK(rows("--columns ' macs , ,params '") ==
        "network,macs,params\nlat.yaml,11904,248\nlat.yaml:c=4,5952,124\n");
  const std::string missing =
      "lat.yaml:c=4: no latency: 2 kernels have no figure; 'archcost profile' measures them, "
      "--estimate uses similar layers\n";
  const std::string on_tflite = " --engine tflite" + kOfPhone;
  const std::string with_latency =
      "network,macs,latency\nlat.yaml,11904,0.00014\nlat.yaml:c=4,5952,\n" + missing;
  CHECK(rows("--columns macs --latency" + on_tflite) == with_latency);
  CHECK(rows("--columns macs,latency --latency" + on_tflite) == with_latency);
  CHECK(rows("--columns latency,macs --latency" + on_tflite) ==
        "network,latency,macs\nlat.yaml,0.00014,11904\nlat.yaml:c=4,,5952\n" + missing);
  // The reason is told once.
  CHECK(rows("--columns latency_estimated,latency" + on_tflite) ==
        "network,latency_estimated,latency\nlat.yaml,0,0.00014\nlat.yaml:c=4,,\n" + missing);
  CHECK(rows("--columns macs,accuracy") ==
        "network,macs,accuracy\nlat.yaml,11904,\nlat.yaml:c=4,5952,\n"
        "lat.yaml: 'lat.yaml' has no accuracy figures; give a table of your own: --accuracy "
        "FILE.csv\n"
        "lat.yaml:c=4: 'lat.yaml:c=4' has no accuracy figures; give a table of your own: "
        "--accuracy FILE.csv\n");
}

TEST_CASE("compare has engines side by side, and says which one lacks figures", "[latency][cli]") {
  const CompareFolder folder;
  const Run run =
      folder.run("compare lat.yaml lat.yaml:c=8 --latency --engine tflite,ncnn" + kOfPhone);
  CHECK(run.status == 3);
  CHECK(run.err.empty());
  CHECK(run.out ==
        "engines side by side   predicted   phone, TensorFlow Lite   phone, ncnn\n\n"
        "  network         macs    tflite      ncnn  ncnn/tflite\n"
        "  lat.yaml      11,904  140.0 us  300.0 us        2.143\n"
        "  lat.yaml:c=8  11,904  140.0 us  300.0 us        2.143\n\n"
        "lat.yaml\n"
        "  kind      macs %    tflite  time %      ncnn  time %  ncnn/tflite\n"
        "  conv 3x3   87.10  100.0 us   71.43  300.0 us  100.00        3.000\n"
        "  conv 1x1   12.90  40.00 us   28.57\n"
        "  relu\n"
        "  total             140.0 us          300.0 us                2.143\n\n"
        "lat.yaml:c=8\n"
        "  kind      macs %    tflite  time %      ncnn  time %  ncnn/tflite\n"
        "  conv 3x3   87.10  100.0 us   71.43  300.0 us  100.00        3.000\n"
        "  conv 1x1   12.90  40.00 us   28.57\n"
        "  relu\n"
        "  total             140.0 us          300.0 us                2.143\n\n"
        "lat.yaml: TensorFlow Lite is faster at conv 3x3 (3.00 times)\n"
        "lat.yaml:c=8: TensorFlow Lite is faster at conv 3x3 (3.00 times)\n"
        "lat.yaml on ncnn is incomplete: kernels without a figure; 'archcost profile\n"
        "  --engine ncnn' measures them, --estimate estimates them\n"
        "lat.yaml:c=8 on ncnn is incomplete: kernels without a figure; 'archcost profile\n"
        "  --engine ncnn' measures them, --estimate estimates them\n");
  const auto status = [&](const std::string& engines) {
    return folder.run("compare lat.yaml lat.yaml --latency --engine " + engines + kOfPhone).status;
  };
  CHECK(status("ncnn,tflite") == 3);
  CHECK(status("tflite,tflite") == 0);
  const std::string refusal =
      "error: --engine with several names is for --latency, without --columns\n";
  const std::string two = "compare lat.yaml lat.yaml --engine tflite,ncnn" + kOfPhone;
  CHECK(folder.run(two).err == refusal);
  CHECK(folder.run(two + " --columns macs --latency").err == refusal);
  const Run unused = folder.run("compare lat.yaml lat.yaml --accuracy e.jsonl");
  CHECK(unused.status == 1);
  CHECK(unused.err == "error: --accuracy and --recipe are for --columns accuracy\n");
}
