// SPDX-License-Identifier: Apache-2.0
// Messages with their place and the line they are about; how many of them are kept and shown.
#include "core/diagnostic.hpp"

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "core/data_type.hpp"
#include "core/glossary.hpp"
#include "core/shape.hpp"
#include "core/statistics.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "core/trace.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

std::string excerpt(const std::string& text, int line, int column,
                    Excerpt how = Excerpt::kTrimmed) {
  Sources sources;
  sources.add({"f.yaml", text});
  return sources.diagnostic({0, line, column}, "m", how).excerpt;
}

std::string thrown(DiagnosticList& list) {
  try {
    list.throw_if_any();
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

std::string blanks(std::size_t count) { return std::string(count, ' '); }

}  // namespace

TEST_CASE("an excerpt is the line and a caret below the column", "[core]") {
  const std::string text = "first\n  - conv: {out: 3}\r\n\n\tα: β\nlast";
  CHECK(excerpt(text, 1, 1) == "    first\n    ^");
  CHECK(excerpt(text, 1, 3) == "    first\n      ^");
  CHECK(excerpt(text, 2, 3) == "    - conv: {out: 3}\n    ^");
  CHECK(excerpt(text, 2, 12) == "    - conv: {out: 3}\n             ^");
  CHECK(excerpt(text, 2, 3, Excerpt::kIndented) == "      - conv: {out: 3}\n      ^");
  // Blanks behind the caret stay: it stands below its character.
  CHECK(excerpt(text, 2, 2) == "     - conv: {out: 3}\n    ^");
  CHECK(excerpt(text, 2, 1) == "      - conv: {out: 3}\n    ^");
  CHECK(excerpt(text, 3, 1).empty());
  CHECK(excerpt(text, 4, 5) == "     α: β\n        ^");
  CHECK(excerpt(text, 5, 4) == "    last\n       ^");
  CHECK(excerpt(text, 5, 5) == "    last\n        ^");
  CHECK(excerpt(text, 5, 99) == "    last\n        ^");
  CHECK(excerpt(text, 6, 1).empty());
  CHECK(excerpt("   \nx", 1, 2).empty());
  CHECK(excerpt("a\x1b[1mb", 1, 2) == "    a?[1mb\n     ^");
}

TEST_CASE("a long line is cut around its column", "[core]") {
  std::string line;
  for (int k = 0; k < 300; ++k) line += static_cast<char>('a' + k % 26);
  for (const int column : {1, 66, 67, 68, 69, 150, 280, 300, 301}) {
    INFO(column);
    const std::size_t caret = static_cast<std::size_t>(column) - 1;
    const std::size_t first = caret > 66 ? caret - 50 : 0;
    CHECK(excerpt(line, 1, column) ==
          "    " + line.substr(first, 100) + "\n    " + blanks(caret - first) + "^");
  }
  // Blanks at the beginning don't count.
  const std::string indented = blanks(40) + line;
  CHECK(excerpt(indented, 1, 107) == "    " + line.substr(0, 100) + "\n    " + blanks(66) + "^");
  CHECK(excerpt(indented, 1, 108) ==
        "    " + indented.substr(57, 100) + "\n    " + blanks(50) + "^");
}

TEST_CASE("places and whole messages", "[core]") {
  Sources sources;
  CHECK(sources.add({"a.yaml", "x: 1\ny: 2"}) == 0);
  CHECK(sources.add({"b.yaml", "z: 3"}) == 1);
  CHECK(sources.place({0, 2, 3}) == "a.yaml:2:3");
  CHECK(sources.place({1, 0, 0}) == "b.yaml");
  const Diagnostic whole = sources.diagnostic({1, 0, 0}, "empty");
  CHECK(whole.place == "b.yaml");
  CHECK(whole.excerpt.empty());
  CHECK(std::string(Error("nothing fits").what()) == "error: nothing fits");
  CHECK(std::string(Error("--set a=1", "wrong").what()) == "--set a=1: error: wrong");
  CHECK(std::string(Error("a\x1b").what()) == "error: a\\u{1B}");

  DiagnosticList list(sources);
  CHECK(list.empty());
  CHECK(thrown(list).empty());
  list.add({1, 1, 1}, "third");
  list.add({0, 2, 4}, "second");
  list.add({0, 1, 1}, "first");
  list.add({0, 2, 4}, "told already");
  list.add({0, 1, 1}, "told already");
  list.amend({0, 2, 4}, ", and more");
  list.amend({0, 1, 2}, "nowhere");
  CHECK(!list.empty());
  CHECK(list.size() == 3);
  CHECK(thrown(list) ==
        "a.yaml:1:1: error: first\n    x: 1\n    ^\n"
        "a.yaml:2:4: error: second, and more\n    y: 2\n       ^\n"
        "b.yaml:1:1: error: third\n    z: 3\n    ^\n3 errors");
}

TEST_CASE("mistakes of a file as a whole differ by their messages", "[core]") {
  Sources sources;
  sources.add({"a.yaml", "x"});
  DiagnosticList list(sources);
  list.add({0, 0, 0}, "one");
  list.add({0, 0, 0}, "two");
  list.add({0, 0, 0}, "one");
  CHECK(thrown(list) == "a.yaml: error: one\na.yaml: error: two\n2 errors");
}

TEST_CASE("twenty mistakes are shown, a thousand kept", "[core]") {
  const auto of_many = [](int count) {
    Sources sources;
    sources.add({"a.yaml", ""});
    DiagnosticList list(sources);
    for (int k = 1; k <= count; ++k) list.add({0, k, 1}, "m");
    const std::string text = thrown(list);
    return std::to_string(split(text, '\n').size() - 1) + " " + text.substr(text.rfind('\n') + 1);
  };
  CHECK(of_many(1) == "0 a.yaml:1:1: error: m");
  CHECK(of_many(2) == "2 2 errors");
  CHECK(of_many(20) == "20 20 errors");
  CHECK(of_many(21) == "20 21 errors, the first 20 shown");
  CHECK(of_many(999) == "20 999 errors, the first 20 shown");
  CHECK(of_many(1000) == "20 at least 1000 errors, the first 20 shown");
  CHECK(of_many(1001) == "20 at least 1000 errors, the first 20 shown");
}

TEST_CASE("data types and their bytes", "[core]") {
  const DataType types[] = {DataType::kF32, DataType::kF16, DataType::kBf16, DataType::kInt8,
                            DataType::kInt4};
  const char* names[] = {"f32", "f16", "bf16", "int8", "int4"};
  const std::int64_t bytes_of_seven[] = {28, 14, 14, 7, 4};
  for (int k = 0; k < 5; ++k) {
    CHECK(name_of(types[k]) == names[k]);
    CHECK(find_data_type(names[k]) == types[k]);
    CHECK(bytes_of(7, types[k]) == Count(bytes_of_seven[k]));
    CHECK(bytes_of(0, types[k]) == Count(0));
  }
  CHECK(bytes_of(8, DataType::kInt4) == Count(4));
  CHECK(bytes_of(9, DataType::kInt4) == Count(5));
  CHECK(bytes_of(101, DataType::kInt4) == Count(51));
  CHECK(!find_data_type("f64"));
  CHECK(data_type_names() == std::vector<std::string>{"f32", "f16", "bf16", "int8", "int4"});
  CHECK(describe({DataType::kInt8, DataType::kInt8}) == "int8");
  CHECK(describe({DataType::kInt4, DataType::kF16}) == "int4 weights, f16 activations");
}

TEST_CASE("whole bytes of traced numbers stay a product", "[core]") {
  Trace trace;
  const TraceScope scope(trace);
  const Count x = trace.input(7, 1, 100);
  CHECK(trace.node_of(bytes_of(x, DataType::kF32)) == trace.node_of(x * 4));
  CHECK(trace.node_of(bytes_of(x, DataType::kBf16)) == trace.node_of(x * 2));
  CHECK(trace.node_of(bytes_of(x, DataType::kInt8)) == trace.node_of(x));
  CHECK(bytes_of(x, DataType::kInt4).shown() == 4);
}

TEST_CASE("shapes as texts", "[core]") {
  CHECK(to_string(TensorShape{3, 5, 7}) == "3x5x7");
  CHECK(to_string(Extent{4, 9}) == "4x9");
}

TEST_CASE("the names of costs", "[core]") {
  CHECK(cost_names().front() == "params");
  CHECK(cost_names().size() == glossary().size());
  REQUIRE(find_cost_name("bias_adds") != nullptr);
  CHECK(find_cost_name("bias_adds")->title == "bias adds");
  CHECK(find_cost_name("bias_adds")->counter == &LayerCost::bias_adds);
  CHECK(find_cost_name("size_int4")->unit == Unit::kBytes);
  CHECK(find_cost_name("nothing") == nullptr);
}

TEST_CASE("files are read whole", "[core]") {
  const TestFolder folder;
  std::string text;
  for (int k = 0; k < 30'000; ++k)
    text += std::to_string(k) + (k % 7 == 0 ? "\n" : std::string(1, '\0'));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65'535},
                                 std::size_t{65'536}, std::size_t{65'537}, text.size()}) {
    INFO(size);
    folder.write("a.txt", text.substr(0, size));
    CHECK(read_text_file(folder / "a.txt") == text.substr(0, size));
    std::istringstream stream(text.substr(0, size));
    CHECK(read_text(stream, "s") == text.substr(0, size));
  }
  const auto refused = [](const std::string& path) {
    try {
      read_text_file(path);
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(refused(folder.text()) == "error: '" + folder.text() + "' is a directory, not a file");
  CHECK(refused(folder / "b.txt") == "error: no file '" + (folder / "b.txt") + "'");
  std::istringstream bad("x");
  bad.setstate(std::ios::badbit);
  CHECK_THROWS_AS(read_text(bad, "pipe"), Error);
}

TEST_CASE("figures of few and many numbers", "[core]") {
  CHECK(median({2, 1}) == 1.5);
  CHECK(median({3, 1, 2, 10, 7, 8}) == 5);
  CHECK(half_range({1, 3}) == 0.5);
  CHECK(half_range({-1, 1}) == 0);
  CHECK(half_range({0.25, 0.75}) == 0.5);
  CHECK(variation({}) == 0);
  CHECK(variation({2, 4}) == Approx(std::sqrt(2.0) / 3));
  CHECK(root_mean_square({2}) == 2);
  CHECK(*spearman(std::vector<double>{3, 1, 2, 2, 5}, std::vector<double>{30, 1, 9, 9, 77}) ==
        Approx(1));
  // Ranks 1.5 1.5 3.5 3.5 5 and 5 4 2.5 2.5 1.
  CHECK(*spearman(std::vector<double>{1, 1, 2, 2, 3}, std::vector<double>{9, 8, 5, 5, 1}) ==
        Approx(-9 / std::sqrt(9.0 * 9.5)));
}
