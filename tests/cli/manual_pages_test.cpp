// SPDX-License-Identifier: Apache-2.0
// Man pages and help as texts: what follows from a command's declaration.
#include <string>
#include <vector>

#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

TEST_CASE("man pages have the options, examples and variables of the program", "[cli][manual]") {
  const TestFolder folder;
  REQUIRE(run_program("manual --share share", folder.text()).status == 0);
  const auto page = [&](const std::string& name) {
    return read_file(folder / ("share/man/man1/" + name + ".1"));
  };
  CHECK(page("archcost-import") ==
        R"(.TH archcost\-import 1 "" "archcost 0.1.0" "User Commands"
.SH NAME
archcost\-import \- write an ONNX file or a rewritten network as a spec
.SH SYNOPSIS
.B archcost import MODEL [OPTIONS]
.SH OPTIONS
.TP
\fBMODEL\fR
an ONNX file, or any SPEC with rewrites or settings
.TP
\fB\-\-set\fR \fINAME=VALUE\fR
set a parameter; the value may be an expression, a word or a list; may be repeated
.TP
\fB\-\-input\fR \fICxHxW\fR
input size instead of the spec's, as 3x224x224
.TP
\fB\-\-batch\fR \fIN\fR
images in a batch (default: 1)
.TP
\fB\-\-strict\fR
refuse a network with layers of unknown cost
.TP
\fB\-o, \-\-output\fR \fIFILE\fR
write to FILE (default, and \-: standard output)
.SH EXAMPLES
.nf
archcost import model.onnx \-o net.yaml
archcost import resnet50+separable+se:reduction=8 \-o net.yaml
archcost import model.onnx \-\-input 3x224x224
.fi
.SH SEE ALSO
\fBarchcost\fR(1)
)");
  CHECK(page("archcost-kernels") ==
        R"(.TH archcost\-kernels 1 "" "archcost 0.1.0" "User Commands"
.SH NAME
archcost\-kernels \- runs the kernels that archcost measures
.SH DESCRIPTION
The commands \fBarchcost measure\fR, \fBprofile\fR, \fBmachine\fR and \fBdb check\fR start this program. It loads oneDNN. A kernel that crashes or hangs ends this program, and \fBarchcost\fR goes on with the next one. It is not started by hand.
.SH SEE ALSO
\fBarchcost\-measure\fR(1)
)");
  const std::string main = page("archcost");
  CHECK(main.starts_with(R"(.TH archcost 1 "" "archcost 0.1.0" "User Commands"
.SH NAME
archcost \- costs of convolutional networks
.SH SYNOPSIS
.B archcost COMMAND
.SH DESCRIPTION
What convolutional networks cost, before anyone trains them.
.SH COMMANDS
.TP
\fBanalyze\fR
the costs of every layer of a network
.TP
)"));
  CHECK(contains(main, R"(
.SH EXAMPLES
.nf
archcost analyze mobilenet_v1 \-\-by kind
archcost compare standard_conv separable_conv
.fi
.SH EXIT STATUS
0 success, 1 bad input, 2 usage, 3 not measured or not known, 4 bug in archcost, 5 check failed, 130 interrupted.
.SH ENVIRONMENT
.TP
\fBARCHCOST_SPECS\fR
the folder of shipped specs
.TP
)"));
  CHECK(contains(main, R"(
.TP
\fBARCHCOST_KERNELS\fR
the program archcost\-kernels
.TP
\fBARCHCOST_CACHE, XDG_CACHE_HOME\fR
the folder of the latency database and of machine files
.TP
\fBNO_COLOR\fR
no bold text on a terminal
.SH SEE ALSO
\fBarchcost\-analyze\fR(1),
\fBarchcost\-compare\fR(1),
)"));
  CHECK(main.ends_with("\\fBarchcost\\-report\\fR(1),\n\\fBarchcost\\-completion\\fR(1)\n"));
  CHECK_FALSE(contains(main, "\\fBmerge\\fR"));  // an old name
  // A command with commands of its own: they have the options.
  const std::string db = page("archcost-db");
  CHECK(contains(db, R"(
.SH SYNOPSIS
.B archcost db COMMAND
.SH COMMANDS
.TP
\fBlist\fR
the machines, and the number of figures of each
.TP
)"));
  CHECK(contains(db, R"(
.SS archcost db merge FILE ... [OPTIONS]
.TP
\fB\-\-db\fR \fIFILE\fR
latency database (default: ~/.cache/archcost/latency.db)
.TP
\fBFILE\fR
databases, or files of db export
.SS archcost db compare [MACHINES ...] [OPTIONS]
.TP
)"));
  CHECK(contains(db, R"(
.TP
\fB\-\-machine\fR \fINAME\fR
the device: pixel7; required
.TP
)"));
  CHECK_FALSE(contains(db, ".SH OPTIONS"));
}

TEST_CASE("help stays within 80 columns, in two of them", "[cli]") {
  CHECK(run_program("help import").out ==
        R"(write an ONNX file or a rewritten network as a spec
Usage: archcost import [OPTIONS] MODEL

Positionals:
  MODEL TEXT REQUIRED         an ONNX file, or any SPEC with rewrites or
                              settings

Options:
  -h,--help                   Print this help message and exit
  --set NAME=VALUE ...        set a parameter; the value may be an expression, a
                              word or a list
  --input CxHxW               input size instead of the spec's, as 3x224x224
  --batch N=1                 images in a batch
  --strict                    refuse a network with layers of unknown cost
  -o,--output FILE            write to FILE (default, and -: standard output)


Examples:
  archcost import model.onnx -o net.yaml
  archcost import resnet50+separable+se:reduction=8 -o net.yaml
  archcost import model.onnx --input 3x224x224
)");
  const auto examples = [](const std::string& command) {
    const std::string help = run_program("help " + command).out;
    return help.substr(help.find("\nExamples:\n") + 11);
  };
  CHECK(examples("lighten") ==
        R"(  archcost lighten resnet50
  archcost lighten model.onnx --limit "macs <= 1G" --sort params
  archcost lighten vgg16 --try separable+se:reduction=8 \
      --try groups:g=4,where=all
  archcost lighten resnet50 --measure --sort latency -o net.yaml

-o FILE.yaml, .onnx or .py writes a rewritten network: with --sort the first one
that fits; without it the one with the fewest multiply-adds, under --limit the
one with the most that fits. Other files get the table.
)");
  CHECK(examples("search") ==
        R"(  archcost search mobilenet_v1 --maximize accuracy --limit "macs <= 150M" \
      --limit "params <= 2M"
  archcost search shufflenet_v1 --vary g --vary s --maximize accuracy \
      --limit "macs <= 40M"
  archcost search mobilenet_v1 mobilenet_v2 --minimize macs,params \
      --maximize accuracy
  archcost search mobilenet_v1 --vary "widths(i)=8:widths(i):8" \
      --maximize entropy --limit "macs <= 293870000" -o best.yaml
)");
  // A remark that doesn't fit behind its command is the line above it.
  CHECK(contains(examples("profile"),
                 "\n  # again: continues\n"
                 "  archcost profile shufflenet_v1 --vary g --vary s --threads 2\n"));
  const std::string sweep = examples("sweep");
  CHECK(contains(sweep, "\n  # again with --resume\n  archcost sweep "));
  const std::string all = run_program("--help").out;
  CHECK(contains(all,
                 "\nCosts:\n"
                 "  analyze                     the costs of every layer of a network\n"
                 "  compare                     the costs of several networks side by side, with\n"
                 "                              ratios\n"));
  CHECK(all.ends_with(
      "\n\nExamples:\n  archcost analyze mobilenet_v1 --by kind\n"
      "  archcost compare standard_conv separable_conv\n\n"
      "'archcost COMMAND --help' shows a command's options and examples.\n"
      "Exit status: 0 success, 1 bad input, 2 usage, 3 not measured or not known, 4 bug\n"
      "in archcost, 5 check failed, 130 interrupted.\n"));
}
