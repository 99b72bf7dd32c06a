// SPDX-License-Identifier: Apache-2.0
// What check shows of each limit: costs with their units, errors of estimates, what is not counted.
#include <string>

#include "cli/figures_folder.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

TEST_CASE("check: costs have their units, and an exceeded one its distance", "[latency][cli]") {
  const FiguresFolder folder;
  const Run run = folder.run(
      "check lat.yaml --limit 'traffic <= 1KiB' --limit 'latency <= 1us' --limit 'entropy <= 10' "
      "--limit 'params < 248' --limit 'macs/params <= 40' --limit 'c == 8 and macs <= 40' --limit "
      "'macs < params' --limit 'not macs <= 12K' --limit 'macs >= 11905' --limit 'macs > 11904' "
      "--limit '100 >= macs' --limit 'c > 8' --limit 'latency * 2 <= 1ms' --limit "
      "'latency_estimated < 1' --limit 'latency <= 139.9us' --of 1 --db u.db --format csv");
  CHECK(run.status == 5);
  CHECK(run.err.empty());
  CHECK(run.out ==
        "limit,costs,verdict\n"
        "traffic <= 1KiB,\"traffic 6.78 KiB (6,944 B) (misses by 578 %)\",EXCEEDED\n"
        "latency <= 1us,\"latency 140.0 us (misses by 13,900 %)\",EXCEEDED\n"
        "entropy <= 10,\"entropy 226.08 (misses by 2,161 %)\",EXCEEDED\n"
        "params < 248,params 248,EXCEEDED\n"
        "macs/params <= 40,\"macs 11,904, params 248 (misses by 20 %)\",EXCEEDED\n"
        "c == 8 and macs <= 40,\"macs 11,904\",EXCEEDED\n"
        "macs < params,\"macs 11,904, params 248 (misses by 4,700 %)\",EXCEEDED\n"
        "not macs <= 12K,\"macs 11,904\",EXCEEDED\n"
        "macs >= 11905,\"macs 11,904 (misses by 0.0084 %)\",EXCEEDED\n"
        "macs > 11904,\"macs 11,904\",EXCEEDED\n"
        "100 >= macs,\"macs 11,904 (misses by 99.2 %)\",EXCEEDED\n"
        "c > 8,,EXCEEDED\n"
        "latency * 2 <= 1ms,latency 140.0 us,met\n"
        "latency_estimated < 1,latency_estimated 0,met\n"
        "latency <= 139.9us,latency 140.0 us (misses by 0.0715 %),EXCEEDED\n");
  // Bytes of activations have the type that is asked for.
  CHECK(contains(folder.run("check lat.yaml --limit 'traffic <= 1KiB' --dtype int8").out,
                 "traffic 1.70 KiB (1,736 B) (misses by 69.5 %)"));
}

TEST_CASE("check: an estimated accuracy has its error, a row of the table has none", "[cli]") {
  const FiguresFolder folder;
  folder.write("own.csv", "c,accuracy\n8,60\n16,64\n4,55\n32,66\n12,62.4\n");
  const Run run = folder.run(
      "check lat.yaml lat.yaml:c=10 --limit 'accuracy >= 61' --limit 'accuracy >= 58' --limit "
      "'accuracy >= 60' --limit 'accuracy <= 59%' --limit 'accuracy_error <= 1' --accuracy "
      "own.csv --format csv");
  CHECK(run.status == 5);
  CHECK(run.out ==
        "network,limit,costs,verdict\n"
        "lat.yaml 3x8x6,accuracy >= 61,accuracy 60.00 (misses by 1.64 %),EXCEEDED\n"
        "lat.yaml 3x8x6,accuracy >= 58,accuracy 60.00,met\n"
        "lat.yaml 3x8x6,accuracy >= 60,accuracy 60.00,met\n"
        "lat.yaml 3x8x6,accuracy <= 59%,accuracy 60.00 (misses by 1.69 %),EXCEEDED\n"
        "lat.yaml 3x8x6,accuracy_error <= 1,accuracy_error 0.50,met\n"
        "lat.yaml:c=10 3x8x6,accuracy >= 61,\"accuracy 60.76 ± 1.77, estimated: too close to the "
        "limit\",UNKNOWN\n"
        "lat.yaml:c=10 3x8x6,accuracy >= 58,\"accuracy 60.76 ± 1.77, estimated\",met\n"
        "lat.yaml:c=10 3x8x6,accuracy >= 60,\"accuracy 60.76 ± 1.77, estimated: too close to the "
        "limit\",UNKNOWN\n"
        "lat.yaml:c=10 3x8x6,accuracy <= 59%,\"accuracy 60.76 ± 1.77, estimated: too close to the "
        "limit\",UNKNOWN\n"
        "lat.yaml:c=10 3x8x6,accuracy_error <= 1,accuracy_error 1.77 (misses by 77 %),EXCEEDED\n");
  // The note on recipes stands once, with the last network.
  const std::string both =
      run_program("check mobilenet_v1 standard_conv --limit 'accuracy >= 65'").out;
  CHECK(both ==
        "2 networks\n\n"
        "  network                 limit           costs                                           "
        "                                        verdict\n"
        "  mobilenet_v1 3x224x224  accuracy >= 65  accuracy 70.90                                  "
        "                                        met\n"
        "  standard_conv 3x5x5     accuracy >= 65  'standard_conv' has no accuracy figures; give a "
        "table of your own: --accuracy FILE.csv  UNKNOWN\n\n"
        "standard_conv 3x5x5: Accuracy by recipe: mobilenet_v1 'slim' (others: 'paper',\n"
        "  'arXiv:1709.01507, table 3') (--recipe SPEC:NAME takes another).\n");
}

TEST_CASE("check: layers of unknown cost leave open what one or several costs may change",
          "[cli]") {
  const TestFolder folder;
  folder.write("open.yaml",
               "name: open\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n"
               "  - conv: {out: 4, kernel: 3}\n  - unsupported: {channels: 4}\n"
               "  - unsupported: {channels: 4}\n");
  const std::string open = " at least: not every layer is counted\",UNKNOWN\n";
  const std::string limits =
      "check open.yaml --limit 'macs >= 1K and params >= 100' --limit 'macs >= 1K or params >= 1M' "
      "--limit 'params < 200 or macs < 1M' --limit 'macs*2 >= 5K' --limit 'macs + params >= 1K' "
      "--limit '(macs) >= 1K' --limit 'macs == 6912' --limit 'params >= macs' --limit "
      "'macs >= params' --limit 'macs < 1K and params < 200'";
  const Run run = run_program(limits + " --format csv", folder.text());
  CHECK(run.status == 5);
  CHECK(run.out ==
        "limit,costs,verdict\n"
        "macs >= 1K and params >= 100,\"macs 6,912, params 108\",met\n"
        "macs >= 1K or params >= 1M,\"macs 6,912, params 108\",met\n"
        "params < 200 or macs < 1M,\"params 108, macs 6,912" +
            open +
            "macs*2 >= 5K,\"macs 6,912\",met\n"
            "macs + params >= 1K,\"macs 6,912, params 108\",met\n"
            "(macs) >= 1K,\"macs 6,912" +
            open + "macs == 6912,\"macs 6,912" + open + "params >= macs,\"params 108, macs 6,912" +
            open + "macs >= params,\"macs 6,912, params 108" + open +
            "macs < 1K and params < 200,\"macs 6,912, params 108\",EXCEEDED\n");
  CHECK(run_program("check open.yaml --limit 'macs >= 1K'", folder.text()).out ==
        "open.yaml 3x8x8\n\n"
        "  limit       costs       verdict\n"
        "  macs >= 1K  macs 6,912  met\n\n"
        "The totals are incomplete: the costs of 2 layers are unknown.\n");
}

TEST_CASE("check: notes on recipes follow those of the last network", "[cli]") {
  const TestFolder folder;
  folder.write("open.yaml",
               "name: open\ninput: {channels: 3, height: 8, width: 8}\nlayers:\n"
               "  - conv: {out: 4, kernel: 3}\n  - unsupported: {channels: 4}\n");
  const Run run =
      run_program("check mobilenet_v1 open.yaml --limit 'accuracy >= 65'", folder.text());
  CHECK(run.status == 3);
  CHECK(run.out.ends_with(
      "\nopen.yaml 3x8x8: The totals are incomplete: the costs of 1 layer are unknown.\n"
      "open.yaml 3x8x8: Accuracy by recipe: mobilenet_v1 'slim' (others: 'paper',\n"
      "  'arXiv:1709.01507, table 3') (--recipe SPEC:NAME takes another).\n"));
}

TEST_CASE("check: a network has the notes of its file, and one on a limit without a suffix",
          "[cli]") {
  const TestFolder folder;
  folder.write("b.onnx", read_file(source_dir() / "tests/onnx/models/shufflenet_v2_x0_5.onnx"));
  CHECK(run_program("check b.onnx --limit 'params <= 1'", folder.text()).out ==
        "b.onnx 3x224x224\n\n"
        "  limit        costs                                       verdict\n"
        "  params <= 1  params 1,362,816 (misses by 136,281,500 %)  EXCEEDED\n\n"
        "Batch norms are folded into 56 convolutions, whose biases count as params.\n"
        "  Unfolded, at the file's widths, the network has 3,976 params more.\n"
        "params <= 1 means 1; millions are written 1M.\n");
}

TEST_CASE("check: without a database only limits on latencies are open", "[latency][cli]") {
  const FiguresFolder folder;
  const Run run = folder.run(
      "check lat.yaml lat.yaml:c=16 --limit 'latency <= 1s' --limit 'macs <= 23.8K' --db none.db "
      "-o "
      "rows.csv");
  const std::string none =
      "there is no database of latencies 'none.db'; 'archcost profile SPEC' fills one, --db FILE "
      "names another";
  CHECK(run.status == 5);
  CHECK(run.out.empty());
  CHECK(run.err ==
        "lat.yaml 3x8x6: latency <= 1s: UNKNOWN, " + none +
            "\nlat.yaml:c=16 3x8x6: latency <= 1s: UNKNOWN, " + none +
            "\nlat.yaml:c=16 3x8x6: macs <= 23.8K: EXCEEDED, macs 23,808, misses by 0.0336 "
            "%\n");
  CHECK(read_file(folder / "rows.csv") ==
        "network,limit,costs,verdict\nlat.yaml 3x8x6,latency <= 1s,\"" + none +
            "\",UNKNOWN\nlat.yaml 3x8x6,macs <= 23.8K,\"macs 11,904\",met\n"
            "lat.yaml:c=16 3x8x6,latency <= 1s,\"" +
            none +
            "\",UNKNOWN\nlat.yaml:c=16 3x8x6,macs <= 23.8K,\"macs 23,808 (misses by 0.0336 "
            "%)\",EXCEEDED\n");
  // A request that is wrong itself is a mistake of the command.
  const Run unused = folder.run("check lat.yaml --limit 'macs <= 1' --recipe slim");
  CHECK(unused.status == 1);
  CHECK(unused.out.empty());
  CHECK(unused.err ==
        "error: --accuracy and --recipe are for the column or a condition 'accuracy'\n");
}

TEST_CASE("check: standard input has the network's name, and settings follow", "[cli]") {
  const FiguresFolder folder;
  const std::string spec = read_file(folder / "lat.yaml");
  const Run run =
      run_program("check - lat.yaml --set c=16 --batch 3 --limit 'macs <= 80K' --format csv",
                  folder.text(), spec);
  CHECK(run.status == 0);
  CHECK(run.out ==
        "network,limit,costs,verdict\n"
        "lat c=16 3x8x6 batch 3,macs <= 80K,\"macs 71,424\",met\n"
        "lat.yaml c=16 3x8x6 batch 3,macs <= 80K,\"macs 71,424\",met\n");
}

TEST_CASE("check: sizes beyond 64 bits are an error of their network alone", "[cli]") {
  const TestFolder folder;
  folder.write("wide.yaml",
               "name: wide\nparams:\n  n: {default: 8}\n"
               "input: {channels: n, height: 1, width: 1}\nlayers:\n  - relu\n");
  const Run run = run_program(
      "check wide.yaml:n=4000000000000000000 wide.yaml --limit 'peak_memory <= 1MB' --format csv",
      folder.text());
  CHECK(run.status == 1);
  CHECK(run.err == "error: a size or cost exceeds 64 bits\n");
  CHECK(run.out ==
        "network,limit,costs,verdict\n"
        "wide.yaml:n=4000000000000000000,,a size or cost exceeds 64 bits,ERROR\n"
        "wide.yaml 8x1x1,peak_memory <= 1MB,peak_memory 64 B (64 B),met\n");
}

TEST_CASE("check: a network that can't have a limit leaves the others their accuracies", "[cli]") {
  const Run run = run_program(
      "check standard_conv mobilenet_v1 --limit 'accuracy >= 60 and alpha <= 1' --format csv");
  CHECK(run.status == 1);
  CHECK(contains(run.out,
                 "mobilenet_v1 3x224x224,accuracy >= 60 and alpha <= 1,accuracy 70.90,met\n"));
  CHECK(contains(run.err, "'alpha' is neither a parameter of 'standard_conv' nor a cost"));
}

TEST_CASE("check: costs that are too many to try each have no answer", "[cli]") {
  TestFolder folder;
  folder.write("open.yaml", spec_with("  - conv: {out: 4}\n  - unsupported: {channels: 4}\n"));
  const std::string ten =
      "params >= 0 and weights >= 0 and buffers >= 0 and macs >= 0 and bias_adds >= 0 and "
      "elementwise >= 0 and compares >= 0 and transcendentals >= 0 and pool_ops >= 0 and "
      "activations >= 0";
  const auto verdict = [&](const std::string& limit) {
    const Run run =
        run_program("check open.yaml --format csv --limit '" + limit + "'", folder.text());
    INFO(run.err);
    return run.out.substr(run.out.rfind(',') + 1);
  };
  CHECK(verdict("flops <= 1G") == "UNKNOWN\n");
  CHECK(verdict(ten) == "met\n");
  CHECK(verdict(ten + " and flops <= 1G") == "UNKNOWN\n");
}
