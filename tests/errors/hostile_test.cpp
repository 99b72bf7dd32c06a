// SPDX-License-Identifier: Apache-2.0
// Specs that would exhaust time, memory or the stack, and random mutants of real ones: each ends
// with a network or an error, never with a crash.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const std::string kHead = "name: n\ninput: {channels: 3, height: 8, width: 8}\n";

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int k = 0; k < count; ++k) all += text;
  return all;
}

// Lines from a pattern with {0} the number and {1} the one before.
std::string numbered(fmt::string_view pattern, int first, int last) {
  std::string lines;
  for (int k = first; k <= last; ++k) lines += fmt::format(fmt::runtime(pattern), k, k - 1);
  return lines;
}

std::string message_of(const std::string& yaml) {
  const std::string text = error_of(yaml);
  const std::size_t colon = text.find("error: ");
  return colon == std::string::npos ? text : text.substr(colon + 7, text.find('\n') - colon - 7);
}

std::vector<std::string> shipped_texts() {
  std::vector<std::string> texts;
  for (const fs::directory_entry& entry : fs::directory_iterator(source_dir() / "arch_specs")) {
    if (entry.path().extension() == ".yaml" && fs::file_size(entry.path()) < 8000)
      texts.push_back(read_file(entry.path()));
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

// A few random changes: characters, words of the language, lines cut, doubled or moved.
std::string mutant(std::string text, std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "{",    "}",           "[",   "]",    ":",   ": ", "- ",   ",",    "\"",
      "'",    "&a ",         "*a",  "!",    "#",   "\n", "\n  ", "0",    "-1",
      "1e3",  "99999999999", "0.5", "in",   "h",   "i",  "when", "from", "repeat",
      "name", "relu",        "add", "conv", "out", "(",  ")",    "/ 0",  "** 9",
      "same", "input",       "\t",  "\xC3", "%",   "~"};
  const auto below = [&](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  for (std::size_t change = below(4) + 1; change > 0 && !text.empty(); --change) {
    const std::size_t at = below(text.size());
    switch (below(5)) {
      case 0:
        text.erase(at, below(6) + 1);
        break;
      case 1:
        text.insert(at, kPieces[below(kPieces.size())]);
        break;
      case 2:
        text.replace(at, 1, kPieces[below(kPieces.size())]);
        break;
      case 3:
        text.insert(at, text.substr(below(text.size()), below(60)));
        break;
      default: {
        const std::size_t start = text.rfind('\n', at), end = text.find('\n', at);
        if (start != std::string::npos && end != std::string::npos) text.erase(start, end - start);
      }
    }
  }
  return text;
}

void try_mutants(std::uint32_t first, std::uint32_t count) {
  const std::vector<std::string> texts = shipped_texts();
  REQUIRE(texts.size() > 5);
  std::size_t refused = 0;
  for (std::uint32_t seed = first; seed < first + count; ++seed) {
    INFO(seed);
    std::mt19937 random(seed);
    const std::string text = mutant(texts[seed % texts.size()], random);
    std::string message;
    CHECK_NOTHROW(message = error_of(text));
    refused += !message.empty();
  }
  CHECK(refused > count / 4);  // else they change nothing
}

}  // namespace

TEST_CASE("what would recurse without end is refused", "[errors]") {
  CHECK(message_of(kHead + "layers:\n  - conv: {out: 1" + repeated("+1", 20000) + "}\n") ==
        "an expression of more than 1,000 operations in a row");
  CHECK(message_of(kHead + "layers:\n  - conv: {out: 1" + repeated("**1", 20000) + "}\n") ==
        "nested more than 100 levels deep");
  CHECK(message_of(kHead + "layers:\n  - conv: {out: " + repeated("1 if 1 else ", 20000) +
                   "1}\n") == "nested more than 100 levels deep");
  CHECK(message_of(kHead + "blocks:\n  a0: {layers: [relu]}\n" +
                   numbered("  a{0}: {{layers: [a{1}]}}\n", 1, 20000) + "layers: [a20000]\n") ==
        "more than 200 blocks, each using the next");
  CHECK(message_of(kHead + "tables:\n  t0: 1\n" + numbered("  t{0}: t{1}\n", 1, 20000) +
                   "layers:\n  - conv: {out: t20000}\n") ==
        "more than 200 tables, each using the next");
  CHECK(message_of(kHead + "blocks:\n" + numbered("  a{1}: {{layers: [a{0}]}}\n", 1, 20000) +
                   "  a20000: {layers: [relu]}\nlayers: [a0]\n") ==
        "more than 200 blocks, each using the next");
  const std::string deep =
      "more than 500 nested items or items waiting for one that is written below; write them "
      "in the order of execution";
  std::string chain = kHead + "layers:\n";
  for (int k = 0; k < 20000; ++k)
    chain += fmt::format("  - relu: {{name: a{}b, from: a{}b}}\n", k, k + 1);
  CHECK(message_of(chain + "  - relu: {name: a20000b, from: input}\n") == deep);
}

TEST_CASE("what would double without end is refused", "[errors]") {
  CHECK(message_of(kHead + "tables:\n  t0: [1]\n" + numbered("  t{0}: [t{1}, t{1}]\n", 1, 60) +
                   "layers:\n  - conv: {out: len(t60)}\n") ==
        "conv 'conv': a list of more than 10,000 elements");
  CHECK(message_of(kHead + "let:\n  t0: [1]\n" + numbered("  t{0}: [t{1}, t{1}]\n", 1, 60) +
                   "layers:\n  - conv: {out: len(t60)}\n") ==
        "value 't12': a list of more than 10,000 elements");
  CHECK(message_of(kHead + "blocks:\n  a0: {layers: []}\n" +
                   numbered("  a{0}: {{layers: [a{1}, a{1}]}}\n", 1, 40) +
                   "layers: [a40, relu]\n") ==
        "more than 2,000,000 items, rounds of repeats counted");
  // Each table is evaluated once: 2^60 additions would not end.
  CHECK(message_of(kHead + "tables:\n  t0: 1\n" + numbered("  t{0}: t{1} + t{1}\n", 1, 60) +
                   "layers:\n  - conv: {out: t60}\n") ==
        "conv 'conv': its sizes or costs need more than 64 bits");
}

TEST_CASE("a mistake in each of many layers is told shortly", "[errors]") {
  const std::string message =
      error_of(kHead + "layers:\n" + repeated("  - conv: {out: 1 / 0}\n", 20000));
  CHECK(message.ends_with("at least 1000 errors, the first 20 shown"));
}

TEST_CASE("a hundred thousand layers are analysed", "[errors]") {
  const graph::Network network =
      network_of(kHead + "layers:\n  - group: {repeat: 50000, layers: [conv: {out: 3}, relu]}\n");
  CHECK(network.layers.size() == 100000);
  CHECK(network.layers.back().name == "group50000.relu");
}

TEST_CASE("mutants of shipped specs never crash", "[errors]") { try_mutants(1, 1500); }
TEST_CASE("many mutants of shipped specs never crash", "[errors][long]") {
  try_mutants(100000, 100000);
}
