// SPDX-License-Identifier: Apache-2.0
// db on figures of machines that are not here: what it lists, shows, removes and refuses, and what
// the other commands make of such figures.
#include <fmt/core.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/figures_folder.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;

TEST_CASE("db list and db show have all that is known of machines and figures", "[latency][cli]") {
  const FiguresFolder folder;
  CHECK(folder.out("db list --db u.db --format csv") ==
        "machine,name,cpu,isa,engine,version,provider,data_type,layers,kernels,checks\n"
        "1,pixel7,,,tflite,2.1,gpu,f16,3,0,0\n"
        "2,other,,,e,,cpu,f32,1,0,0\n");
  CHECK(folder.out("db list --db u.db") ==
        "u.db\n\n"
        "  machine  name    cpu  isa  engine  version  provider  type  layers  kernels tried  "
        "checks\n"
        "        1  pixel7            tflite  2.1      gpu       f16        3              0       "
        "0\n"
        "        2  other             e                cpu       f32        1              0       "
        "0\n");
  const std::string head =
      "problem,option,seconds,spread_percent,implementation,reference_seconds,core_latency_seconds,"
      "passes,how,date\n";
  CHECK(folder.out("db show --of 1 --db u.db --format csv") ==
        head + kFirstConv + ",nchw>nchw,0.0001,2,jit:avx2,0.003,,5,by hand,2026-01-31T10:00:00Z\n" +
            kSecondConv +
            ",nchw>nchw,4e-05,1.5,ref (reference),0.003,,7,by ear,2026-02-01T10:00:00Z\n" +
            kOfTwoThreads + ",nhwc>nchw,3e-05,0,,0,5e-08,2,,2026-02-02T10:00:00Z\n");
  CHECK(folder.out("db show --of other --db u.db --format csv") ==
        head + kFirstConv + ",nchw>nchw,0.0003,0,,0,,1,,2026-02-02T10:00:00Z\n");
  CHECK(
      folder.out("db show 3x8x6 --of pixel7 --db u.db") ==
      fmt::format("u.db   1 figures   pixel7, TensorFlow Lite 2.1 on gpu, f16\n\n"
                  "  {:<65}  option         time   ± %  kernel    reference  core latency  "
                  "passes  how      date\n"
                  "  {}  nchw>nchw  100.0 us  2.00  jit:avx2   3.000 ms                     5  by "
                  "hand  2026-01-31T10:00:00Z\n",
                  "problem", kFirstConv));
  CHECK(folder.out("db show no_such --of 2 --db u.db") ==
        "u.db   0 figures   other, e\n\n"
        "  problem  option  time  ± %  kernel  reference  core latency  passes  how  date\n\n"
        "No problem with a figure has 'no_such' in its text; 'archcost db show' without a\n"
        "  text lists all.\n");
}

TEST_CASE("db prune removes what is older than a date, or all, of one machine", "[latency][cli]") {
  const FiguresFolder folder;
  CHECK(folder.error("db prune --of 1 --db u.db") ==
        "error: prune needs --before DATE, or --all to remove all figures of the machine\n");
  for (const std::string date : {"2026-1-31", "2026-01-3:", "2026-01-/1", "2026/01/31",
                                 "2026-01-311", "2026-01-3", "x026-01-31", "2026-09-311"})
    CHECK(folder.error("db prune --of 1 --db u.db --before " + date) ==
          "--before " + date + ": error: write a date as 2026-01-31\n");
  CHECK(folder.out("db prune --of 1 --db u.db --before 2026-01-31") == "0 figures removed\n");
  CHECK(folder.out("db prune --of 1 --db u.db --before 2026-02-02") == "2 figures removed\n");
  CHECK(folder.out("db prune --of 1 --db u.db --before 2026-02-03") == "1 figures removed\n");
  CHECK(folder.out("db show --of 1 --db u.db") ==
        "u.db   0 figures   pixel7, TensorFlow Lite 2.1 on gpu, f16\n\n"
        "  problem  option  time  ± %  kernel  reference  core latency  passes  how  date\n\n"
        "No figures of layers yet: 'archcost profile SPEC --db u.db' times each distinct\n"
        "  layer of a network.\n");
  CHECK(folder.out("db prune --of 2 --db u.db --all --before 1999-09-30") == "1 figures removed\n");
  CHECK(folder.out("db list --db u.db --format csv") ==
        "machine,name,cpu,isa,engine,version,provider,data_type,layers,kernels,checks\n"
        "1,pixel7,,,tflite,2.1,gpu,f16,0,0,0\n");
}

TEST_CASE("db merge and db export count the figures, and lines come back as they went",
          "[latency][cli]") {
  const FiguresFolder folder;
  const Run all = folder.run("db export --db u.db");
  CHECK(all.status == 0);
  CHECK(all.err == "4 figures written\n");
  folder.write("all.jsonl", all.out);
  // The database itself, its lines, and lines of other files.
  CHECK(folder.out("db merge all.jsonl u.db b.jsonl --db v.db") ==
        "4 figures added, 0 replaced by later ones, 6 known already\n");
  CHECK(folder.run("db export --db v.db").out == all.out);
  std::string later = all.out;
  const std::size_t day = later.find("2026-01-31");
  later.replace(day, 10, "2026-03-31");
  folder.write("later.jsonl", later);
  CHECK(folder.out("db merge later.jsonl --db v.db") ==
        "0 figures added, 1 replaced by later ones, 3 known already\n");
  CHECK(folder.error("db merge none.db --db v.db").starts_with("error: "));
}

TEST_CASE("db compare takes two machines of those that there are", "[latency][cli]") {
  const FiguresFolder folder;
  const std::string rows =
      fmt::format("problem,a_seconds,b_seconds,ratio,deviation\n{},0.0001,0.0003", kFirstConv);
  const std::string two =
      "error: db compare needs two of the 2 machines of 'u.db': db compare 1 2; 'archcost db list "
      "--db u.db' numbers them\n";
  CHECK(folder.error("db compare 1 --db u.db") == two);
  CHECK(folder.error("db compare 1 3 --db u.db") ==
        "error: 'u.db' has no machine 3: it holds 1 (pixel7, TensorFlow Lite 2.1 on gpu, f16); 2 "
        "(other, e)\n");
  const std::string head = "layers of two machines, the largest differences first\n";
  const std::string first = "pixel7, TensorFlow Lite 2.1 on gpu, f16", second = "other, e";
  CHECK(folder.out("db compare --db u.db").starts_with(head + "A: " + first + "   B: " + second));
  CHECK(
      folder.out("db compare 2 1 --db u.db").starts_with(head + "A: " + second + "   B: " + first));
  folder.write("alone.jsonl", folder.run("db export --db u.db").out.substr(0, 0));
  REQUIRE(folder.run("db merge alone.jsonl --db one.db").status == 0);
  CHECK(folder.error("db compare --db one.db") ==
        "error: db compare needs two machines, and 'one.db' has none; 'archcost db merge FILE --db "
        "one.db' adds the figures of another database\n");
  REQUIRE(folder.run("db merge a.jsonl --db one.db").status == 0);
  for (const std::string machines : {"", "1 ", "1 1 "})
    CHECK(folder.error("db compare " + machines + "--db one.db") ==
          "error: db compare needs two machines, and 'one.db' has only one (" + first +
              "); 'archcost db merge FILE --db one.db' adds the figures of another database\n");
  CHECK(folder.error("db compare 2 2 --db u.db") ==
        "error: db compare 2 2: name two different machines of 'u.db'; 'archcost db list --db "
        "u.db' numbers them\n");
  // Its usage names any number of them as others do.
  CHECK(contains(folder.out("db compare --help"),
                 "\nUsage: archcost db compare [OPTIONS] [MACHINES...]\n"));
}

TEST_CASE("db import says what is wrong with the names of a machine and its engine",
          "[latency][cli]") {
  const FiguresFolder folder;
  folder.write("p.csv",
               "layer,us,run\nconv1,100,1\nconv2,40,1\nconv1,102,2\nconv2,44,2\n"
               "beside,7,1\nbeside,7,2\n");
  folder.write("strange.csv", "layer,us,run\nzzz,100,1\n");
  const std::string import = "db import p.csv --network lat.yaml --db n.db ";
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"--machine 'a b' --engine e", "--machine 'a b'"},
      {"--machine 12 --engine e", "--machine '12'"},
      {"--machine a,b --engine e", "--machine 'a,b'"},
      {"--machine ok --engine e,f", "--engine 'e,f'"},
      {"--machine ok --engine 7", "--engine '7'"},
  };
  for (const auto& [names, wrong] : refused)
    CHECK(folder.error(import + names) ==
          fmt::format("error: {}: a name has no blanks or commas, and isn't a number\n", wrong));
  CHECK(folder.error(import + "--machine ok") ==
        "error: p.csv: the file doesn't say which engine it is of; name it with --engine\n");
  CHECK(
      folder.error("db import strange.csv --network lat.yaml --db n.db --machine ok --engine e") ==
      "error: strange.csv: no row has the name of a layer of 'lat'; its first row is 'zzz'\n");
  const Run done = folder.run(import + "--machine ok2 --engine e --set c=16 --threads 2");
  CHECK(done.status == 0);
  CHECK(done.out == "CSV: 3 rows, 2 of layers of lat.yaml:c=16; 3 new figures of ok2, e in n.db\n");
  CHECK(done.err ==
        "rows that match no layer, counted as time beside the kernels: 1\n"
        "  beside (7.0 us)\n");
  CHECK(folder.out("db list --db n.db --format csv") ==
        "machine,name,cpu,isa,engine,version,provider,data_type,layers,kernels,checks\n"
        "1,ok2,,,e,,cpu,f32,3,0,0\n");
  // Without --threads the figures are those of one thread.
  REQUIRE(folder.run(import + "--machine one --engine e").status == 0);
  const Run lines = folder.run("db export --db n.db");
  std::size_t of_one = 0, of_two = 0;
  for (std::size_t at = 0; (at = lines.out.find("\"threads\":", at)) != std::string::npos; ++at)
    ++(lines.out[at + 10] == '1' ? of_one : of_two);
  CHECK(of_one == 3);
  CHECK(of_two == 3);
}
