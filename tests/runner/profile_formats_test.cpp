// SPDX-License-Identifier: Apache-2.0
// The formats of profiles: what is read of each line, and what is refused.
#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "runner/import_profile.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

using Texts = std::vector<std::string>;

runner::ImportedProfile profile_in(const std::string& text, const std::string& network = "net") {
  return runner::read_profile(text, "p", network);
}

/// "CONV_2D conv1 100 104": type, name and microseconds by run; "total 260" where it is told.
Texts profile_rows(const std::string& text, const std::string& network = "net") {
  const runner::ImportedProfile profile = profile_in(text, network);
  Texts rows;
  for (const runner::ProfileRow& row : profile.rows) {
    rows.push_back(row.node.type + " " + row.node.name);
    for (const double seconds : row.seconds) rows.back() += fmt::format(" {:g}", seconds * 1e6);
  }
  if (profile.total) rows.push_back(fmt::format("total {:g}", *profile.total * 1e6));
  return rows;
}

std::string refusal_of(const std::string& text, const std::string& network = "net") {
  try {
    profile_in(text, network);
  } catch (const Error& error) {
    return error.diagnostics().front().message;
  }
  return {};
}

const char* const kUnknown =
    "p: not a known profile; known are a CSV with the columns layer,us,run, ONNX Runtime's profile "
    "(JSON), the table or CSV of TensorFlow Lite's benchmark_model with op profiling, ncnn's lines "
    "of layers and benchncnn, MNN's timeProfile.out and benchmark.out";

const std::string kTabs = "\t[node type]\t[first]\t[avg ms]\t[%]\t[times called]\t[Name]\n";

}  // namespace

TEST_CASE("a time in a CSV is a number of microseconds from 0 to 1e12", "[engines]") {
  struct Case {
    const char *cell, *row;
  };
  for (const Case& c : {Case{"0", " a 0"}, Case{" 2.5 ", " a 2.5"}, Case{"1e12", " a 1e+12"},
                        Case{"\" 7\"", " a 7"}, Case{"1e-3", " a 0.001"}}) {
    INFO(c.cell);
    CHECK(profile_rows(fmt::format("layer,us\na,{}\n", c.cell)) == Texts{c.row});
  }
  for (const char* cell : {"-1", "-1e-9", "nan", "inf", "1.1e12", "5x", "5 6", "x", "0x10"}) {
    INFO(cell);
    CHECK(refusal_of(fmt::format("layer,us\nb,1\na,{}\n", cell)) ==
          fmt::format("p:3: '{}' is not a time", cell));
  }
  CHECK(refusal_of("layer,us\na,\n") == "p:2: '' is not a time");
}

TEST_CASE("cells of a CSV lose the blanks and the pair of quotes around them", "[engines]") {
  CHECK(profile_rows("\"layer\", us\n \"a b\" ,1\n\"\",2\n\",3\n\"c,4\nd\",5\n e , 6\n") ==
        Texts{" a b 1", "  2", " \" 3", " \"c 4", " d\" 5", " e 6"});
  CHECK(refusal_of("layer,us,run\na,1\n") == "p:2: 2 cells, but 3 columns");
  CHECK(refusal_of("# times\nlayer,us\n\na,1\nb,1,1\n") == "p:5: 3 cells, but 2 columns");
}

TEST_CASE("columns of a CSV are found by name, in any case and order", "[engines]") {
  CHECK(profile_rows("note,US,[Layer],x\nn,4,a,5\n") == Texts{" a 4"});
  CHECK(profile_rows("us,layer\n4,a") == Texts{" a 4"});
  CHECK(profile_rows("RUN,layer,us\n1,a,4\n2,a,6\n1,a,1\n2,b,9\n2,a,2\n") ==
        Texts{" a 5 8", " b 9"});
  // The same run of another layer is another time.
  CHECK(profile_rows("layer,us,run\na,4,1\nb,3,1\nb,2,2\na,1,1\nb,7,1\n") ==
        Texts{" a 5", " b 10 2"});
  CHECK(refusal_of("layer,ms\na,4\n") == kUnknown);
  CHECK(refusal_of("name,us\na,4\n") == kUnknown);
}

TEST_CASE("the rows 'total' of a CSV are whole runs, of which the median counts", "[engines]") {
  CHECK(profile_rows("layer,us\ntotal,9\na,4\ntotal,30\ntotal,10\n") == Texts{" a 4", "total 10"});
  CHECK(profile_rows("layer,us,run\ntotal,9,1\n") == Texts{"total 9"});
  CHECK_FALSE(profile_in("layer,us\na,4\n").total);
  CHECK(profile_in("layer,us\na,4\n").format == "CSV");
  CHECK(profile_in("layer,us\na,4\n").engine.empty());
}

TEST_CASE("comments and blank lines of a CSV are left out everywhere", "[engines]") {
  CHECK(profile_rows("\n  \n#layer,us\n# b\nlayer,us\n#a,1\n \t\nb,2\n#c\n") == Texts{" b 2"});
  CHECK(refusal_of("layer,us\n# a,1\n") == "p: no row has a time");
  CHECK(refusal_of("# a\n# b\n") == kUnknown);
}

TEST_CASE("files that are no profile are refused", "[engines]") {
  CHECK(refusal_of("") == "p: the file is empty");
  CHECK(refusal_of(" \n\t\n") == "p: the file is empty");
  CHECK(refusal_of("\uFEFF") == "p: the file is empty");
  CHECK(refusal_of("conv1 5 ms\n") == kUnknown);
  CHECK(refusal_of("[1, 2]") == kUnknown);  // JSON, but no events
  CHECK(refusal_of("{\"ph\": 1}") == kUnknown);
  CHECK(refusal_of("[{\"ph\": }]") ==
        "p: not a profile of ONNX Runtime: it isn't a list of JSON events");
}

TEST_CASE("of benchmark_model's tables the last one in the order of the run is read", "[engines]") {
  const std::string order = "==== Run Order ====\n",
                    by_time = "==== Top by Computation Time ====\n";
  const std::string end = "\nNumber of nodes executed: 2\n";
  const std::string summary =
      "==== Summary by node type ====\n\t[Node type]\t[count]\t[avg ms]\t[times called]\t[name]\n"
      "\tCONV_2D\t1\t9.0\t1\tsum\n";
  const std::string init = "\tPREPARE\t0.1\t5.0\t100%\t1\t[Init]:0\n";
  const std::string conv = "\tCONV_2D\t0.1\t0.250\t80%\t1\t[a/Relu6;a/BiasAdd]:0\n";
  const std::string mean = "\tMEAN\t0.2\t0.010\t20%\t1\t[mean]:1\n";
  const Texts expected = {"CONV_2D a/Relu6;a/BiasAdd 250", "MEAN mean 10"};
  const std::string start = "Profiling Info for Model Initialization:\n" + order + kTabs + init +
                            end + by_time + kTabs + init + end;
  CHECK(profile_rows(start + "Regular Runs:\n" + order + kTabs + conv + mean + end + by_time +
                     kTabs + mean + conv + end + summary) == expected);
  CHECK(profile_rows(order + kTabs + conv + mean) == expected);
  // Where there is no other, the one by time.
  CHECK(profile_rows("\n" + by_time + kTabs + conv + mean + end + summary) == expected);
  // Also where its header is the first line.
  CHECK(profile_rows(kTabs + conv + mean + end + by_time + kTabs + mean + conv + end) == expected);
  // Tabs at the beginning of a line separate nothing.
  CHECK(profile_rows(order + kTabs.substr(1) + conv + "\t" + mean + "\t\t\n" + conv) == expected);
  CHECK(profile_in(order + kTabs + conv).format == "TensorFlow Lite benchmark_model");
  CHECK(profile_in(order + kTabs + conv).engine == "tflite");
}

TEST_CASE("a table of benchmark_model ends at the first line with fewer cells", "[engines]") {
  CHECK(profile_rows(kTabs + "\tCONV_2D\t0.1\t1\t80%\t1\ta\n\tMEAN\t0.1\t2\t80%\t1\n"
                             "\tCONV_2D\t0.1\t3\t80%\t1\tb\n") == Texts{"CONV_2D a 1000"});
  CHECK(profile_rows("node type,avg_ms,times called,name\nADD,0.5,1,b,extra\nADD,0.25,1,a\n1,2,3\n"
                     "ADD,1,1,c\n") == Texts{"ADD b 500", "ADD a 250"});
  CHECK(refusal_of("\n" + kTabs + "\tADD\t1\t1\t1\t1\ta\n\tADD\t1\tslow\t1\t1\ta\n") ==
        "p:4: 'slow' is not a time");
}

TEST_CASE("benchmark_model's columns are all needed", "[engines]") {
  for (const char* header : {"node type,first,times called,name",
                             "node type,avg ms,times called,"
                             "op name",
                             "the node type,avg ms,times called,name"}) {
    INFO(header);
    CHECK(refusal_of(fmt::format("x\n{}\nADD,1,1,a\n", header)) ==
          "p:2: the column avg_ms or name is missing");
  }
  CHECK(profile_rows("avg ms,name,times called,node type\n1,a,1,ADD\n") == Texts{"ADD a 1000"});
  CHECK(profile_rows("name,avg ms,times called,node type\na,1,1,ADD") == Texts{"ADD a 1000"});
  CHECK(profile_rows("node_type,avg_ms,times_called,name\nADD,1,1,a\n") == Texts{"ADD a 1000"});
  for (const char* header :
       {"node,avg ms,times called,name", "node type,avg ms,called,name",
        "node type,avg ms,times called,op", "node type,count,avg ms,times called,name"}) {
    INFO(header);
    CHECK(refusal_of(fmt::format("x\n{}\nADD,1,1,1,a\n", header)) == kUnknown);
  }
}

TEST_CASE("the names of TensorFlow Lite's tensors lose brackets and number", "[engines]") {
  const auto name = [](const std::string& cell) {
    return profile_in("node type,avg ms,times called,name\nADD,1,1," + cell + "\n")
        .rows.front()
        .node.name;
  };
  CHECK(name("[a/Relu6;a/BiasAdd]:3") == "a/Relu6;a/BiasAdd");
  CHECK(name("[a]") == "a");
  CHECK(name("a:3") == "a:3");
  CHECK(name("[x]:1]:22") == "x:1");
  CHECK(name("plain") == "plain");
}

TEST_CASE("ncnn's lines give a type, a name, a time and its unit", "[engines]") {
  const runner::ImportedProfile profile = profile_in("Pooling p 1ms |\n");
  CHECK(profile.format == "ncnn with NCNN_BENCHMARK");
  CHECK(profile.engine == "ncnn");
  CHECK(profile_rows("loop_count = 4\n"
                     "Convolution   conv1     1.25ms    |  224 224 3 ->  112\n"
                     "ReLU relu1 900us |\n"
                     "Pooling p 1ms\n"               // no bar
                     "Pooling p |1ms\n"              // behind the bar
                     "Pooling p extra 1ms |\n"       // too many words
                     "Pooling 1ms |\n"               // too few
                     "Pooling p 1s |\n"              // another unit
                     "Pooling p -1ms |\n"            // no number
                     "Convolution conv1 1.75ms |\n"  // the next run
                     "\tSplit\t s 0.5us |\n") ==
        Texts{"Convolution conv1 1250 1750", "ReLU relu1 900", "Split s 0.5"});
  CHECK(refusal_of("Pooling p 1ms |\nPooling p 1,5us |\n") == "p:2: '1,5' is not a time");
  CHECK(profile_rows("A a 3us |\n") == Texts{"A a 3"});
}

TEST_CASE("MNN's table by name ends at the first line that lacks a column", "[engines]") {
  const std::string header = "Sort by node name!\nNode Name\tOp Type\tAvg(ms)\t%\n";
  const runner::ImportedProfile profile = profile_in(header + "a\tConv\t0.5\t9\n");
  CHECK(profile.format == "MNN timeProfile.out");
  CHECK(profile.engine == "mnn");
  CHECK(profile_rows(header + "a \tConvolution \t0.5\t60\nb\tPooling\t0.25\na\tConvolution\t1\t9\n"
                              "Print\tend\nc\tPooling\t1\t1\n") ==
        Texts{"Convolution a 1500", "Pooling b 250"});
  CHECK(profile_rows("Avg(ms)\tOp Type\tNode Name\n1\tPool\tx\n2\tPool\n3\tPool\ty\n") ==
        Texts{"Pool x 1000"});
  CHECK(profile_rows("Node Name\tAvg(ms)\na\t2\nb\n") == Texts{" a 2000"});
  CHECK(profile_rows("Op Type\tNode Name\tAvg(ms)\nPool\ta\t2") == Texts{"Pool a 2000"});
  CHECK(refusal_of(header + "a\tConv\tx\t1\n") == "p:3: 'x' is not a time");
  CHECK(refusal_of("\nNode Name  Op Type  Avg(ms)\n") ==
        "p:2: the columns must be separated by tabs");
  CHECK(refusal_of("Node Name\tAvg(ms) of all\n") == "p:1: the columns must be separated by tabs");
  CHECK(refusal_of("The Node Name\tAvg(ms)\n") == "p:1: the columns must be separated by tabs");
  CHECK(refusal_of("Node Name\tOp Type\nx\ty\n") == kUnknown);
  CHECK(refusal_of("Op Type\tAvg(ms)\nx\ty\n") == kUnknown);
}

TEST_CASE("of a table of whole networks the row of the network counts", "[engines]") {
  const std::string ncnn =
      "loop_count = 8\n"
      "  squeezenet  min =    1.50  max =    1.70  avg =    1.61\n"
      "   mobilenet  min =    2.50  max =    2.70  avg =    2.62\n"
      "    resnet18  min =    3.50  max =    3.70  avg =    3.63\n"
      "other  avg = 9\nanother min = 8\n";
  CHECK(profile_rows(ncnn, "squeezenet") == Texts{"total 1610"});
  CHECK(profile_rows(ncnn, "mobilenet") == Texts{"total 2620"});
  CHECK(profile_rows(ncnn, "resnet18") == Texts{"total 3630"});
  CHECK(profile_in(ncnn, "mobilenet").format == "benchncnn");
  CHECK(profile_in(ncnn, "mobilenet").engine == "ncnn");
  CHECK(refusal_of(ncnn, "vgg16") ==
        "p: no row is called 'vgg16'; it has squeezenet, mobilenet or resnet18");
  // A single row is the network's, whatever it is called.
  CHECK(profile_rows("x max = 2 min = 1 avg = 1.5ms\n", "vgg16") == Texts{"total 1500"});
  CHECK(profile_rows("x max = 2 avg = 1.25\n") == Texts{"total 1250"});
  CHECK(profile_rows("x min = 2 avg = 1.75\n") == Texts{"total 1750"});
  CHECK(profile_rows("x min =2 avg =3.5ms") == Texts{"total 3500"});
  CHECK(profile_rows("[ - ]net.mnn min =2 avg =1ms\n[ - ]other min =2 avg =3ms") ==
        Texts{"total 1000"});
  CHECK(refusal_of("\nx min = 2 avg = fast\n") == "p:2: 'fast' is not a time");
}

TEST_CASE("MNN's benchmark is told from ncnn's by its bullets", "[engines]") {
  const std::string mnn =
      "[ - ] resnet50.mnn              max =    9.500 ms  min =    8.500 ms  avg =    9.250 ms\n"
      "[ - ] net.mnn  max =    3.500 ms  min =    2.500 ms  avg =    3.125 ms\n"
      "[ - ] last  max =    3.500 ms  min =    2.500 ms  avg =    4 ms\n";
  CHECK(profile_rows(mnn) == Texts{"total 3125"});
  CHECK(profile_rows(mnn, "resnet50") == Texts{"total 9250"});
  CHECK(profile_rows(mnn, "last") == Texts{"total 4000"});
  CHECK(profile_in(mnn).format == "MNN benchmark.out");
  CHECK(profile_in(mnn).engine == "mnn");
  CHECK(refusal_of(mnn, "vgg16") ==
        "p: no row is called 'vgg16'; it has resnet50.mnn, net.mnn or last");
}

TEST_CASE("the first run of ONNX Runtime's profile is left out, unless it is the only one",
          "[engines]") {
  const auto run = [](int a, int b) {
    return fmt::format(
        R"({{"cat":"Node","ph":"X","dur":{},"name":"a_kernel_time","args":{{"op_name":"Conv"}}}},)"
        R"({{"cat":"Node","ph":"X","dur":{},"name":"b_kernel_time","args":{{"op_name":"Relu"}}}},)"
        R"({{"ph":"X","dur":10,"name":"model_run"}})",
        a, b);
  };
  CHECK(profile_rows("[" + run(9, 3) + "]") == Texts{"Conv a 9.5", "Relu b 3.5"});
  CHECK(profile_rows("\n [" + run(9, 3) + "," + run(7, 2) + "]") ==
        Texts{"Conv a 7.5", "Relu b 2.5"});
  CHECK(profile_rows("[" + run(9, 3) + "," + run(7, 2) + "," + run(8, 1) + "]") ==
        Texts{"Conv a 7.5 8.5", "Relu b 2.5 1.5"});
  const runner::ImportedProfile profile = profile_in("[" + run(9, 3) + "]");
  CHECK(profile.format == "ONNX Runtime profile");
  CHECK(profile.engine == "onnxruntime");
  CHECK_FALSE(profile.total);
}
