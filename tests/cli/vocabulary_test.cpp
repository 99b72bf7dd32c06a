// SPDX-License-Identifier: Apache-2.0
// The same words mean the same in every command, and what is nearly right gets a hint.
#include <fmt/core.h>

#include <string>
#include <vector>

#include "cli/latency_folder.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("an input size and a parameter that sets it exclude each other", "[cli]") {
  const std::string both =
      "'rho' sets the input to 3x128x128, and --input sets it to 3x192x192; give one of them\n";
  const Run set = run_program("analyze mobilenet_v1 --set rho=4/7 --input 3x192x192");
  CHECK(set.status == 1);
  CHECK(set.err == "--set rho=4/7: error: " + both);
  CHECK(run_program("analyze mobilenet_v1:rho=4/7 --input 3x192x192").err ==
        "mobilenet_v1: rho=4/7: error: " + both);
  CHECK(run_program("sweep mobilenet_v1 --vary rho=4/7,1 --input 3x192x192").err ==
        "--vary rho: error: " + both);
  CHECK(run_program("search mobilenet_v1 --vary rho=4/7,1 --minimize macs --input 3x192x192").err ==
        "--vary rho: error: " + both);
  CHECK(run_program("analyze mobilenet_v1 --set rho=4/7 --input 3x128x128").status == 0);
  const Run given = run_program("analyze mobilenet_v1 --set alpha=0.5 --input 3x192x192");
  CHECK(given.status == 0);
  CHECK(given.out.starts_with(
      "mobilenet_v1   α 0.5   ρ 1   3x192x192 (given)   batch 1   convention: macs\n"));
}

TEST_CASE("an input size excludes a parameter also where the network ties its own size", "[cli]") {
  const TestFolder folder;
  folder.write("net.yaml",
               "name: net\nparams: {rho: {default: 1}}\n"
               "input: {channels: 3, height: round(16 * rho), width: round(16 * rho)}\n"
               "layers:\n  - reshape: {channels: 768}\n  - linear: {out: 10}\n");
  CHECK(run_program("analyze net.yaml --input 3x16x16 --set rho=1/2", folder.text()).err ==
        "--set rho=1/2: error: 'rho' sets the input to 3x8x8, and --input sets it to 3x16x16; give "
        "one of them\n");
}

TEST_CASE("symbols of headers can be typed", "[cli]") {
  const std::string named = run_program("analyze mobilenet_v1 --set alpha=0.5").out;
  CHECK(run_program("analyze mobilenet_v1 --set α=0.5").out == named);
  CHECK(run_program("analyze mobilenet_v1:α=0.5").out == named);
  CHECK(run_program("sweep mobilenet_v1 --vary ρ=4/7,1").out ==
        run_program("sweep mobilenet_v1 --vary rho=4/7,1").out);
  CHECK(run_program("search mobilenet_v1 --vary ρ=4/7,1 --minimize macs").out ==
        run_program("search mobilenet_v1 --vary rho=4/7,1 --minimize macs").out);
}

TEST_CASE("conditions, orders and spellings are the same in every command", "[cli]") {
  const std::string search = "search mobilenet_v1 --maximize accuracy";
  const std::string limit = " 'macs <= 150M'";
  CHECK(run_program(search + " --where" + limit).out ==
        run_program(search + " --limit" + limit).out);
  CHECK(run_program("search mobilenet_v1 --maximise accuracy --limit" + limit).out ==
        run_program(search + " --limit" + limit).out);
  CHECK(run_program("check mobilenet_v1 --where" + limit).status == 5);
  CHECK(run_program("sweep mobilenet_v1 --limit" + limit).out ==
        run_program("sweep mobilenet_v1 --where" + limit).out);

  const auto rows = [](const std::string& order) {
    std::vector<std::string> names;
    const std::string out =
        run_program("analyze standard_conv --by kind --format csv --columns macs" + order).out;
    for (const std::string& line : split(out, '\n')) names.push_back(line);
    return names;
  };
  const std::string three = "analyze mobilenet_v1 --by kind --top 1 --format csv --sort macs";
  CHECK(contains(run_program(three).out, "\nconv 1x1,"));
  CHECK(run_program(three + ":desc").out == run_program(three).out);
  CHECK(contains(run_program(three + ":asc").out, "\nbatch norm,"));
  CHECK(run_program(three + ":up").err ==
        "--sort macs:up: error: write NAME, NAME:asc or NAME:desc\n");
  CHECK(rows("").size() > 1);
}

TEST_CASE("help is found by its own word", "[cli]") {
  CHECK(run_program("help").out == run_program("--help").out);
  CHECK(run_program("help analyze").out == run_program("analyze --help").out);
  CHECK(run_program("help db check").out == run_program("db check --help").out);
}

TEST_CASE("an unknown option gets what was meant", "[cli]") {
  const auto error = [](const std::string& arguments) {
    const Run run = run_program(arguments);
    CHECK(run.status == 2);
    return run.err.substr(0, run.err.find('\n'));
  };
  CHECK(error("analyze mobilenet_v1 --alpha 0.5") ==
        "error: unknown option '--alpha'; did you mean '--set alpha=0.5'?");
  CHECK(error("analyze --alpha=0.5 mobilenet_v1") ==
        "error: unknown option '--alpha=0.5'; did you mean '--set alpha=0.5'?");
  CHECK(error("analyze mobilenet_v1 --colums macs") ==
        "error: unknown option '--colums'; did you mean '--columns'?");
  CHECK(error("analyze mobilenet_v1 --zzzzzzzzz") == "error: unknown option '--zzzzzzzzz'");
  CHECK(error("analyze mobilenet_v1 resnet50") == "error: unexpected argument 'resnet50'");
  CHECK(run_program("db check --zzz").err ==
        "error: unknown option '--zzz'\n'archcost db check --help' shows its options\n");
  CHECK(run_program("analyze mobilenet_v1 --set input=3x96x96").err ==
        "--set input=3x96x96: error: 'mobilenet_v1' has no parameter 'input'; --input CxHxW sets "
        "the input's size\n");
  CHECK(run_program("analyze mobilenet_v1 --set batch=8").err ==
        "--set batch=8: error: 'mobilenet_v1' has no parameter 'batch'; --batch N sets the "
        "batch\n");
}

TEST_CASE("suggestions know the words of other tools", "[cli]") {
  CHECK(nearest("silu", std::vector<std::string>{"selu", "swish"}) == "swish");
  CHECK(nearest("padding", std::vector<std::string>{"pad", "groups"}) == "pad");
  CHECK(nearest("acc", std::vector<std::string>{"macs", "accuracy"}) == "accuracy");
  CHECK(nearest("silu", std::vector<std::string>{"relu"}) == "relu");
  CHECK(contains(run_program("search mobilenet_v1 --maximize acc").err,
                 "; did you mean 'accuracy'?"));
  CHECK(contains(error_of(spec_with("  - conv: {out: 8, kernel: 3, padding: 1}")),
                 "unknown attribute 'padding'; did you mean 'pad'?"));
  CHECK(contains(error_of(spec_with("  - silu")), "; did you mean 'swish'?"));
}

TEST_CASE("examples of help can be copied", "[cli]") {
  for (const std::string command :
       {"",        "analyze", "compare", "diff",   "explain", "conventions", "memory",  "verify",
        "list",    "params",  "show",    "schema", "measure", "predict",     "profile", "db",
        "machine", "sweep",   "join",    "batch",  "search",  "accuracy",    "report"}) {
    INFO(command);
    const std::string help = run_program(command + " --help").out;
    const std::size_t at = help.find("\nExamples:\n");
    REQUIRE(at != std::string::npos);
    bool continued = false;
    for (const std::string& line : split(help.substr(at + 11), '\n')) {
      INFO(line);
      CHECK(display_width(line) <= 80);
      if (!line.starts_with("  ")) continue;
      const std::string start = line.substr(2, 3);
      CHECK((continued || start == "arc" || start == "cat" || start == "# a"));
      continued = line.ends_with(" \\");
    }
  }
  CHECK(contains(run_program("search --help").out,
                 "  archcost search mobilenet_v1 --maximize accuracy --limit \"macs <= 150M\" \\\n"
                 "      --limit \"params <= 2M\"\n"));
}

TEST_CASE("a profile varies elements of lists, and no network is an error", "[latency][cli]") {
  const TestFolder folder;
  const std::string db = " --db " + folder / "l.db";
  const Run run = run_program("profile mobilenet_v1 --vary 'widths(2)=8:16:8' --dry-run" + db);
  CHECK(run.status == 0);
  CHECK(run.out.starts_with("2 networks, "));
  folder.write("grouped.yaml",
               "name: grouped\nparams:\n  g: {default: 1}\n"
               "input: {channels: 4, height: 8, width: 8}\n"
               "layers:\n  - conv: {out: 8, kernel: 3, groups: g}\n");
  const std::string spec = folder / "grouped.yaml";
  const Run none = run_program("profile " + spec + " --vary g=3,5 --dry-run" + db);
  CHECK(none.status == 1);
  CHECK(none.err.starts_with("error: none of the 2 combinations can be built: " + spec + ":g=3: "));
  const Run some = run_program("profile " + spec + " --vary g=2,3 --dry-run" + db);
  CHECK(some.status == 0);
  CHECK(some.out.starts_with("1 network, "));
}

TEST_CASE("a search takes the database and the number of kernel threads", "[latency][cli]") {
  const Run none = run_program(
      "search mobilenet_v1 --maximize accuracy --limit 'latency <= 5ms' --db /nowhere.db");
  CHECK(none.status == 1);
  CHECK(contains(none.err, "'/nowhere.db'"));
  CHECK(contains(run_program("search --help").out, "--kernel-threads N"));
}

TEST_CASE("compare shows the costs that are asked for", "[cli]") {
  const std::string compare =
      "compare standard_conv separable_conv --columns params,macs,peak-memory";
  CHECK(run_program(compare + " --format csv").out ==
        "network,params,macs,peak_memory\nstandard_conv,108,972,444\nseparable_conv,39,351,408\n");
  const Run run = run_program(compare + " --ratios --format csv");
  CHECK(run.out ==
        "network,params,params_ratio,macs,macs_ratio,peak_memory,peak_memory_ratio\n"
        "standard_conv,108,1,972,1,444,1\nseparable_conv,39,0.3611111111111111,351,"
        "0.3611111111111111,408,0.918918918918919\n");
  CHECK(run_program("compare standard_conv separable_conv --columns macz").err ==
        "--columns macz: error: no cost 'macz'; did you mean 'macs'?\n");
  CHECK(run_program("compare standard_conv separable_conv --ratios").err ==
        "error: --ratios is for --columns; the table without --columns has ratios\n");
  CHECK(run_program(compare + " --ratios").out.starts_with("2 networks   ratios to the first\n"));
  CHECK(run_program(compare).out.starts_with("2 networks\n"));
  // A paper's table: the columns that were named, in that order.
  const Run latex =
      run_program("compare resnet18 resnet50 --columns params,macs,accuracy --format latex");
  CHECK(contains(latex.out, "\n\\begin{tabular}{lrrr}\n"));
  CHECK(contains(latex.out, "  network & params & macs & accuracy (top-1 \\%) \\\\\n"));
  CHECK(contains(latex.out, "  resnet18 & 11.69M & 1.81G & 69.76 \\\\\n"));
}

TEST_CASE("compare has accuracies and latencies as columns, as sweep has", "[cli]") {
  const Run run = run_program(
      "compare mobilenet_v1 mobilenet_v1:alpha=0.5 standard_conv --columns accuracy,params "
      "--recipe slim --format csv");
  CHECK(run.status == 0);
  CHECK(run.out ==
        "network,accuracy,params\nmobilenet_v1,70.9,4231976\n"
        "mobilenet_v1:alpha=0.5,63.3,1331592\nstandard_conv,,108\n");
  // An estimate is told with its error, beside formats for machines on standard error.
  const std::string estimate =
      "mobilenet_v1:alpha=0.6: accuracy estimated from the 16 models of 'slim', ± 0.21\n";
  const std::string estimated =
      "compare mobilenet_v1 mobilenet_v1:alpha=0.6 --columns accuracy --recipe slim";
  CHECK(contains(unbroken(run_program(estimated).out), estimate));
  CHECK(run_program(estimated + " --format csv").err ==
        estimate + "Accuracy by recipe: mobilenet_v1 'slim'; mobilenet_v1:alpha=0.6 'slim'.\n");
  CHECK(contains(run_program("compare mobilenet_v1 standard_conv --columns accuracy").out,
                 "\nstandard_conv: 'standard_conv' has no accuracy figures; give a table of your\n"
                 "  own: --accuracy FILE.csv\n"));
  const Run none = run_program("compare mobilenet_v1 mobilenet_v2 --columns latency --db /none.db");
  CHECK(none.status == 1);
  CHECK(contains(none.err, "there is no database of latencies '/none.db'"));
  CHECK(run_program("compare mobilenet_v1 mobilenet_v2 --recipe slim").err ==
        "error: --accuracy and --recipe are for --columns accuracy\n");
}

TEST_CASE("compare names each setting in which two networks of a spec differ alone", "[cli]") {
  const std::string hint =
      "They differ in 2 settings; each of them alone: resnet50:stride_in=k1,\n"
      "  resnet50:se=1.\n";
  CHECK(contains(run_program("compare resnet50 se_resnet50").out, hint));
  CHECK(contains(run_program("compare resnet50 se_resnet50 --columns macs").out, hint));
  // One setting, several specs, settings that were written, and one without an effect alone.
  CHECK_FALSE(contains(run_program("compare resnet50 resnet50:se=1").out, "They differ"));
  CHECK_FALSE(contains(run_program("compare mobilenet_v1 mobilenet_v2").out, "They differ"));
  CHECK_FALSE(contains(run_program("compare resnet50 resnet50:se=1,alpha=0.5").out, "They differ"));
  CHECK(contains(run_program("compare resnet50 se_resnet50:reduction=8").out,
                 "They differ in 3 settings; those with an effect alone: "));
}

TEST_CASE("compare names the command that compares one setting under one recipe", "[cli]") {
  const std::string command =
      "Accuracies of one recipe: archcost compare resnet50:stride_in=k1 se_resnet50 --columns "
      "accuracy,macs --recipe 'SE ablations'\n";
  CHECK(contains(unbroken(run_program("compare resnet50 se_resnet50 --columns accuracy,macs").out),
                 command));
  CHECK_FALSE(contains(run_program("compare resnet50 se_resnet50 --columns macs").out,
                       "Accuracies of one recipe"));
  CHECK_FALSE(
      contains(run_program("compare resnet50:stride_in=k1 se_resnet50 --columns accuracy").out,
               "Accuracies of one recipe"));
}

TEST_CASE("a sweep of several specs says that it varies them", "[cli]") {
  const std::string note =
      "note: without --vary all 'sweep' values of the specs are varied; 'archcost compare' takes "
      "the specs as they are\n";
  CHECK(run_program("sweep mobilenet_v1 mobilenet_v2 --format csv").err == note);
  CHECK(run_program("sweep mobilenet_v1 --format csv").err == "");
  CHECK(run_program("sweep mobilenet_v1 mobilenet_v2 --vary alpha=1 --format csv").err == "");
}

TEST_CASE("a value that is an option is told as a missing value", "[cli]") {
  const Run run = run_program("report mobilenet_v1 --sweep -o report");
  CHECK(run.status == 2);
  CHECK(run.err ==
        "error: --sweep: needs a value, --sweep NAME=VALUES, but '-o' follows, which is an option\n"
        "'archcost report --help' shows its options\n");
  CHECK(contains(run_program("analyze mobilenet_v1 --columns --by kind").err,
                 "--columns: needs a value, --columns NAMES, but '--by' follows"));
  CHECK(run_program("analyze mobilenet_v1 --by kind -o -").status == 0);
}

TEST_CASE("a parameter of one of several specs is varied by its name", "[cli]") {
  const Run run = run_program(
      "sweep mobilenet_v1 mobilenet_v2 --vary mobilenet_v1:alpha=0.5 --vary "
      "mobilenet_v2:alpha=0.75,1 --vary rho=1 --columns macs --format csv");
  CHECK(run.out ==
        "spec,alpha,rho,macs\nmobilenet_v1,0.5,1,149497088\nmobilenet_v2,0.75,1,209069792\n"
        "mobilenet_v2,1,1,300774272\n");
  const Run search = run_program(
      "search mobilenet_v1 mobilenet_v2 --vary mobilenet_v1:α=0.5 --vary mobilenet_v2:alpha=1 "
      "--minimize macs --format csv");
  CHECK(search.status == 0);
  CHECK(std::count(search.out.begin(), search.out.end(), '\n') == 3);
}

TEST_CASE("a printed figure has digits, a point and a suffix, and any length", "[cli]") {
  const auto refused = [](const std::string& text) {
    const Run run = run_program("conventions mobilenet_v1 --printed '" + text + "'");
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    return run.err.substr(0, run.err.find('\n'));
  };
  const auto no_figure = [](const std::string& text) {
    return "error: --printed: '" + text + "' is no figure such as 407M, 4.09G or 1,000";
  };
  for (const std::string text : {"x", "M", ",5", "5.", ".5", "1.2.3", "4 G", "1.5,0", "4GM"})
    CHECK(refused(text) == no_figure(text));
  CHECK(refused("0.0M") == "error: --printed: '0.0M' is no figure above 0");
  CHECK(refused(std::string(100'000, '1')) == "error: --printed: '" + std::string(19, '1') + "…" +
                                                  std::string(20, '1') +
                                                  "' needs more than 64 bits");
  for (const std::string text : {"569M", "1,000", "4.09G", "568740352"})
    CHECK(run_program("conventions mobilenet_v1 --printed " + text).status == 0);
}
