// SPDX-License-Identifier: Apache-2.0
// WordList: slips that are recognised, and texts that are split, joined and quoted.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

using WordList = std::vector<std::string>;

// Insertions, deletions, replacements and swaps of neighbours, each place changed once: by the
// definition of the optimal string alignment distance.
std::size_t distance_by_definition(std::string_view a, std::string_view b) {
  if (a.empty()) return b.size();
  if (b.empty()) return a.size();
  const std::string_view shorter_a = a.substr(0, a.size() - 1),
                         shorter_b = b.substr(0, b.size() - 1);
  std::size_t least =
      std::min({distance_by_definition(shorter_a, b) + 1, distance_by_definition(a, shorter_b) + 1,
                distance_by_definition(shorter_a, shorter_b) + (a.back() == b.back() ? 0 : 1)});
  if (a.size() > 1 && b.size() > 1 && a.back() == b[b.size() - 2] && a[a.size() - 2] == b.back())
    least = std::min(
        least, distance_by_definition(a.substr(0, a.size() - 2), b.substr(0, b.size() - 2)) + 1);
  return least;
}

}  // namespace

TEST_CASE("a slip is as many changes as its word's length allows", "[core]") {
  std::mt19937 random(11);
  const auto word = [&](std::size_t least, std::size_t most) {
    std::string text;
    const std::size_t size = least + random() % (most - least + 1);
    for (std::size_t k = 0; k < size; ++k) text += "xyzq"[random() % 4];
    return text;
  };
  for (int round = 0; round < 600; ++round) {
    const std::string typed = word(1, 7);
    const WordList candidates = {word(1, 7), word(1, 7), word(1, 7)};
    const std::size_t allowed = typed.size() <= 2 ? 1 : typed.size() <= 5 ? 2 : 3;
    std::optional<std::string> expected;
    std::size_t least = allowed + 1;
    for (const std::string& candidate : candidates) {
      const std::size_t distance = distance_by_definition(typed, candidate);
      if (distance >= least || distance >= candidate.size()) continue;  // the first of equal ones
      least = distance;
      expected = candidate;
    }
    INFO(typed << " of " << join(candidates, " "));
    CHECK(nearest(typed, candidates) == expected);
  }
}

TEST_CASE("swaps of neighbours are one change", "[core]") {
  const auto found = [](const char* typed, const std::string& word) {
    return nearest(typed, WordList{word}).has_value();
  };
  CHECK(found("ba", "ab"));
  CHECK(!found("ca", "ab"));
  CHECK(found("badc", "abcd"));
  CHECK(!found("badcx", "abcdyz"));
  CHECK(found("badcfe", "abcdef"));
  CHECK(!found("badcfehg", "abcdefgh"));
  CHECK(found("bca", "abc"));
  CHECK(!found("ab", "wxyz"));
  CHECK(!found("x", "y"));
  CHECK(found("y", "ya"));
}

TEST_CASE("other spellings and words of other tools come first", "[core]") {
  CHECK(nearest("filters", WordList{"filter", "out"}) == "out");
  CHECK(nearest("filters", WordList{"filter", "in"}) == "filter");
  CHECK(nearest("memory", WordList{"memori", "traffic", "peak_memory"}) == "peak_memory");
  CHECK(nearest("memory", WordList{"memori", "traffic"}) == "traffic");
  CHECK(nearest("BATCH-NORM2D", WordList{"batch_nor", "batch_norm"}) == "batch_norm");
  CHECK(nearest("pool2d", WordList{"pooled", "pool_2d"}) == "pool_2d");
  CHECK(nearest("MaxPool", WordList{"max_pool"}) == "max_pool");
  CHECK(nearest("Max_Pool2d", WordList{"maxpol", "max_pool2d"}) == "max_pool2d");
  CHECK(!nearest("_", WordList{"--"}));
  CHECK(!nearest("", WordList{"ab"}));
  CHECK(!nearest("ab", WordList{}));
  CHECK(!nearest("x", WordList{""}));
  CHECK(nearest("", WordList{"", "ab"}) == std::nullopt);
}

TEST_CASE("what is suggested for a wrong word", "[core]") {
  CHECK(suggestion("colour", WordList{}).empty());
  CHECK(suggestion("colour", WordList{"wide"}) == "; the only one is 'wide'");
  CHECK(suggestion("colour", WordList{"wide", "deep"}) == "; known are 'wide', 'deep'");
  CHECK(suggestion("widw", WordList{"wide", "deep"}) == "; did you mean 'wide'?");
  WordList many;
  for (int k = 0; k < 12; ++k) many.push_back("word_number_" + std::to_string(k));
  CHECK(suggestion("q", many).starts_with("; known are 'word_number_0', "));
  many.push_back("one more of them");
  CHECK(suggestion("q", many).empty());
}

TEST_CASE("texts are split at every separator, or at those outside of brackets", "[core]") {
  CHECK(split("", ',') == WordList{""});
  CHECK(split("a", ',') == WordList{"a"});
  CHECK(split("a,b,,c,", ',') == WordList{"a", "b", "", "c", ""});
  CHECK(split(",", ',') == WordList{"", ""});
  CHECK(split_outside_brackets("a, f(b, c), [d, e]", ',') == WordList{"a", " f(b, c)", " [d, e]"});
  CHECK(split_outside_brackets("", ',') == WordList{""});
  CHECK(split_outside_brackets("[a,(b,c],d),e", ',') == WordList{"[a,(b,c],d)", "e"});
  CHECK(split_outside_brackets(",a,", ',') == WordList{"", "a", ""});
  CHECK(split_outside_brackets("a],b", ',') == WordList{"a],b"});
  CHECK(trim("") == "");
  CHECK(trim(" \t\r\n") == "");
  CHECK(trim(" a b\t") == "a b");
  CHECK(trim("\r\na") == "a");
  CHECK(trim("a\n") == "a");
  CHECK(trim("x") == "x");
}

TEST_CASE("words are joined", "[core]") {
  CHECK(join_or({}).empty());
  CHECK(join_or({"a"}) == "a");
  CHECK(join_or({"a", "b"}) == "a or b");
  CHECK(join_or({"a", "b", "c", "d"}) == "a, b, c or d");
  CHECK(join({"a", "b", "c"}, "--") == "a--b--c");
  CHECK(join({}, ",").empty());
  CHECK(spaced("a_b__c") == "a b  c");
}

TEST_CASE("an identifier begins with a letter", "[core]") {
  for (const char* name : {"a", "Z", "_", "a0", "z9_", "A_b", "m5", "aZ0"})
    CHECK(is_identifier(name));
  for (const char* name :
       {"", "0", "9a", "a-b", "a b", "ä", "a.", "@", "[a", "a`", "a{", "a/", "a:"})
    CHECK(!is_identifier(name));
  for (int c = 1; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    const std::string one(1, static_cast<char>(c));
    CHECK(is_identifier(one) == letter);
    CHECK(is_identifier("x" + one) == (letter || digit));
  }
}

TEST_CASE("words for a shell and texts for XML", "[core]") {
  CHECK(shell_quoted("plain-1.0_x/=:,+@%") == "plain-1.0_x/=:,+@%");
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a b") == "'a b'");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
  CHECK(shell_quoted("$x") == "'$x'");
  CHECK(escape_xml("a<b>&\"c'") == "a&lt;b&gt;&amp;\"c'");
}

TEST_CASE("numbers for people at the ends of their ranges", "[core]") {
  CHECK(with_commas(INT64_MIN) == "-9,223,372,036,854,775,808");
  CHECK(with_commas(123456.0, 3) == "123,456.000");
  CHECK(with_commas(-123.45, 1).size() == 6);
  CHECK(human_count(INT64_MAX) == "9.22E");
  CHECK(human_count(-1'500'000) == "-1.50M");
  CHECK(human_count(100'001) == "100.00K");
  CHECK(human_bytes(INT64_MAX) == "8.00 EiB");
  CHECK(human_bytes(-2048) == "-2.00 KiB");
  CHECK(human_bytes(std::int64_t{5} << 50) == "5.00 PiB");
  CHECK(human_percent(0.258) == "0.258 %");
  CHECK(human_percent(99.94) == "99.9 %");
  CHECK(human_percent(100) == "100 %");
  CHECK(human_percent(1090.4) == "1,090 %");
  CHECK(human_seconds(0) == "0.000 ns");
  CHECK(human_seconds(1e6) == "1,000,000 s");
  CHECK(human_seconds(-1000) == "-1,000 s");
  CHECK(human_seconds(0.99995) == "1.000 s");
  CHECK(human_seconds(0.99994) == "999.9 ms");
  CHECK(percent(-1, 4) == "-25.00");
  CHECK(percent(1, -4) == "-25.00");
  CHECK(percent(0, 0) == "-");
}
