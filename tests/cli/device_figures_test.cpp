// SPDX-License-Identifier: Apache-2.0
// Latencies from figures of another machine: every command has the same sum, and says what is
// missing. The first conv takes 100 us, the second one 40 us; with c=16 both have no figure.
#include <string>

#include "cli/figures_folder.hpp"
#include "cli/latency_folder.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

namespace {

const std::string kOfPixel = " --of pixel7 --db u.db ";
const std::string kNoFigures =
    "no latency: 2 kernels have no figure; 'archcost profile' measures them, --estimate uses "
    "similar layers";

}  // namespace

TEST_CASE("analyze and compare have the latency of another machine", "[latency][cli]") {
  const FiguresFolder folder;
  CHECK(folder.out("analyze lat.yaml --columns macs,latency,latency_share --sort latency:asc" +
                   kOfPixel) ==
        "lat   3x8x6   batch 1   convention: macs\n\n"
        "  layer    macs   latency      %\n"
        "  relu        -\n"
        "  conv2   1,536  40.00 us  28.57\n"
        "  conv1  10,368  100.0 us  71.43\n"
        "  total  11,904  140.0 us\n\n"
        "2 of the 3 layers have weights: the number that papers count.\n");
  const Run missing =
      folder.run("analyze lat.yaml --columns latency --format csv --of 2 --db u.db");
  CHECK(missing.status == 3);
  CHECK(missing.err ==
        "warning: the latency of 'lat' is incomplete: 2 kernels have no figure; 'archcost profile' "
        "measures them, --estimate uses similar layers\n");
  CHECK(missing.out == "layer,latency\nconv1,0.0003\nconv2,\nrelu,\ntotal,\n");
  const Run compared = folder.run(
      "compare lat.yaml lat.yaml:c=16 lat.yaml --columns latency,macs --ratios --format "
      "csv" +
      kOfPixel);
  CHECK(compared.status == 3);
  CHECK(compared.out ==
        "network,latency,latency_ratio,macs,macs_ratio\nlat.yaml,0.00014,1,11904,1\n"
        "lat.yaml:c=16,,,23808,2\nlat.yaml,0.00014,1,11904,1\n");
  CHECK(compared.err == "lat.yaml:c=16: " + kNoFigures + "\n");
  // The order of the networks doesn't matter to what is missing.
  for (const std::string networks : {"lat.yaml lat.yaml:c=16", "lat.yaml:c=16 lat.yaml"}) {
    const Run with = folder.run("compare " + networks + " --latency" + kOfPixel);
    CHECK(with.status == 3);
    CHECK(contains(unbroken(with.out), "\nlat.yaml:c=16: " + kNoFigures + "\n"));
  }
  CHECK(folder.run("compare lat.yaml lat.yaml --latency" + kOfPixel).status == 0);
  const Run estimated = folder.run(
      "compare lat.yaml lat.yaml:c=16 --columns latency --estimate "
      "--format csv" +
      kOfPixel);
  CHECK(estimated.status == 0);
  CHECK(estimated.err == "lat.yaml:c=16: the latency of 2 kernels is estimated\n");
}

TEST_CASE("sweep, check and search have the latency of another machine", "[latency][cli]") {
  const FiguresFolder folder;
  const std::string no_answer = "  1, as c=16: " + kNoFigures + "\n";
  const Run rows = folder.run("sweep lat.yaml --columns latency,macs --format csv" + kOfPixel);
  CHECK(rows.status == 3);
  CHECK(rows.out == "c,latency,macs\n8,0.00014,11904\n16,,23808\n");
  CHECK(rows.err == "1 of 2 rows have no figure:\n" + no_answer);
  // A latency that isn't known is the last one, in both orders.
  for (const std::string order : {"asc", "desc"})
    CHECK(
        folder.run("sweep lat.yaml --columns macs --format csv --sort latency:" + order + kOfPixel)
            .out == "c,macs,latency\n8,11904,0.00014\n16,23808,\n");
  const Run estimated =
      folder.run("sweep lat.yaml --vary c=8 --columns latency --estimate --format csv" + kOfPixel);
  CHECK(estimated.status == 0);
  CHECK(estimated.out == "c,latency,latency_estimated\n8,0.00014,0\n");
  const std::string where = "sweep lat.yaml --columns macs --format csv" + kOfPixel + "--where ";
  const Run met = folder.run(where + "'latency <= 140us'"), below = folder.run(where +
                                                                               "'latency < "
                                                                               "140us'");
  CHECK(met.out == "c,macs,latency\n8,11904,0.00014\n");
  CHECK(met.err ==
        "1 of 2 combinations can't be built, or a condition has no figure:\n" + no_answer);
  CHECK(below.out == "c,macs,latency\n");
  CHECK(below.err == "1 of 2 points doesn't meet the conditions.\n" + met.err);
  const Run checked = folder.run(
      "check lat.yaml lat.yaml:c=16 --limit 'latency <= 140us' --limit 'latency <= 125us' "
      "--format csv" +
      kOfPixel);
  CHECK(checked.status == 5);
  CHECK(checked.out ==
        "network,limit,costs,verdict\n"
        "lat.yaml 3x8x6,latency <= 140us,latency 140.0 us,met\n"
        "lat.yaml 3x8x6,latency <= 125us,latency 140.0 us (misses by 12 %),EXCEEDED\n"
        "lat.yaml:c=16 3x8x6,latency <= 140us,\"" +
            kNoFigures + "\",UNKNOWN\nlat.yaml:c=16 3x8x6,latency <= 125us,\"" + kNoFigures +
            "\",UNKNOWN\n");
  const Run search = folder.run("search lat.yaml --minimize latency --format csv" + kOfPixel);
  CHECK(search.status == 0);
  CHECK(contains(search.err,
                 "latency: predicted by 'u.db', one thread; its error is unknown: 'archcost db "
                 "check' tells.\n"));
  CHECK(folder.error("search lat.yaml --minimize latency --kernel-threads 4" + kOfPixel) ==
        "error: 'u.db' has no figures of machine pixel7 with --kernel-threads 4\n");
  CHECK(contains(
      folder.run("search lat.yaml --minimize latency --estimate --format csv" + kOfPixel).err,
      "latency: predicted by 'u.db', one thread, layers without a figure estimated; "));
}

TEST_CASE("lighten has the times of another machine, and limits on them", "[latency][cli]") {
  const FiguresFolder folder;
  const std::string lighten = "lighten lat.yaml --try width:alpha=1 --format csv" + kOfPixel;
  const std::string
      head =
          "network,rewrite,params,params_ratio,macs,macs_ratio,macs_theory,activations,peak_memory,"
          "latency,fits\n",
      own = "lat.yaml,,248,1,11904,1,,768,2304,0.00014000000000000001,true\n";
  CHECK(folder.run(lighten).out ==
        head + own +
            "lat.yaml,+width:alpha=1,248,1,11904,1,1,768,2304,0.00014000000000000001,true\n");
  CHECK(
      contains(unbroken(folder.run("lighten lat.yaml --try width:alpha=1" + kOfPixel).out),
               "\ntime: predicted from the database, 1 thread, pixel7, TensorFlow Lite 2.1 on gpu, "
               "f16\n"));
  const Run below = folder.run(lighten + "--limit 'latency < 140us'");
  CHECK(below.status == 5);
  const Run met = folder.run(lighten + "--limit 'latency <= 140us'");
  CHECK(met.status == 0);
  CHECK(contains(met.out, own));
  const Run unknown =
      folder.run("lighten lat.yaml:c=16 --try width:alpha=1 --limit 'latency <= 1s'" + kOfPixel);
  CHECK(unknown.status == 1);
  CHECK(unknown.err ==
        "--limit: error: the latency of lat.yaml:c=16 isn't known: the latency database has no "
        "figure for 2 of 2 kernels; 'archcost profile lat.yaml:c=16 --db u.db' and the same for "
        "SPEC+REWRITE measure them, --estimate estimates them from similar layers, --measure runs "
        "the networks\n");
}

TEST_CASE("lighten sorts and limits rewrites, and writes the best one", "[cli][rewrite]") {
  const FiguresFolder folder;
  const std::string widths =
      "lighten lat.yaml --try width:alpha=2 --try width:alpha=0.25 --try width:alpha=0.5 ";
  const auto written = [&](const std::string& options) {
    const Run run = folder.run(widths + options + " -o o.yaml");
    CHECK(run.status == 0);
    return run.err;
  };
  const auto is = [](const std::string& alpha) {
    return "'o.yaml' is lat.yaml+width:alpha=" + alpha + ": archcost analyze o.yaml\n";
  };
  // The fewest multiply-adds; the most that fit; the first one of an order.
  CHECK(written("") == is("0.25"));
  CHECK(written("--limit 'macs >= 1K' --limit 'macs < 10K'") == is("0.5"));
  CHECK(written("--sort params --limit 'c >= 8'") == is("0.25"));
  CHECK(folder.run("analyze o.yaml --columns macs --by kind --format csv").out ==
        "kind,macs\nconv 3x3,2592\nconv 1x1,384\nrelu,0\ntotal,2976\n");
  const Run none =
      folder.run("lighten lat.yaml --try width:alpha=2 --limit 'macs < 12K' -o n.yaml");
  CHECK(none.status == 1);
  CHECK(none.err == "-o n.yaml: error: no rewrite fits, so that nothing is written\n");
  CHECK(folder.run("lighten lat.yaml --try width:alpha=2 --limit 'macs < 1' -o n.yaml").status ==
        5);
  // Each rewrite of a row multiplies what theory says.
  const Run rows = folder.run(
      "lighten lat.yaml --try width:alpha=1+separable --try se:reduction=1 --try "
      "groups:g=2,where=all+width:alpha=0.5 --sort params");
  CHECK(rows.status == 0);
  CHECK(contains(
      rows.out,
      "  network                                params  ratio    macs  ratio  theory  activations  "
      "peak memory\n"
      "  lat.yaml                                  248  1.000  11,904  1.000                  768  "
      "   2.25 KiB\n"
      "  +groups:g=2,where=all+width:alpha=0.5     116  0.468   5,568  0.468   0.234          768  "
      "   1.50 KiB\n"
      "  +se:reduction=1                           288  1.161  11,936  1.003   1.003          988  "
      "   2.25 KiB\n"));
  CHECK(contains(unbroken(rows.out),
                 "\ntheory: groups 1/g, se 2C²/r more for each gate, width α²; of the layers that "
                 "are changed, over the network's multiply-adds\n"));
  CHECK(contains(unbroken(rows.out),
                 "\n+width:alpha=1+separable: it changes nothing in 'lat': it looks for "
                 "convolutions with a kernel larger than 1x1 and one group, the first convolution "
                 "excepted\n"));
}

TEST_CASE("an imported total has the name that db check gives its network", "[latency][cli]") {
  const FiguresFolder folder;
  folder.write("p.csv", "layer,us,run\nconv1,100,1\nconv2,40,1\nrelu,1,1\n");
  const Run imported = folder.run(
      "db import p.csv --network lat.yaml --set c=16 --batch 2 --input 3x6x8 --engine e --machine "
      "m "
      "--db n.db");
  CHECK(imported.status == 0);
  CHECK(contains(imported.out, " of layers of lat.yaml:c=16 --input 3x6x8 --batch 2; "));
}

TEST_CASE("predict names the data type of the machine", "[latency][cli]") {
  const FiguresFolder folder;
  CHECK(contains(folder.out("predict lat.yaml" + kOfPixel), "\nf16   1 thread   "));
  CHECK(
      contains(folder.out("predict lat.yaml --format json" + kOfPixel), "\"data_type\": \"f16\""));
}

TEST_CASE("the theory of a rewrite that is refused is not shown", "[cli][rewrite]") {
  const Run run = run_program("lighten mobilenet_v1 --try separable --try width:alpha=0.5");
  CHECK(run.status == 0);
  CHECK(contains(run.out, "theory: width "));
  CHECK(!contains(run.out, "separable 1"));
}
