// SPDX-License-Identifier: Apache-2.0
// Every character of Unicode, and byte sequences that are none, against the table of RFC 3629.
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

std::string encoded(std::uint32_t code) {
  std::string text;
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 + code / 64);
    byte(0x80 + code % 64);
  } else if (code < 0x10000) {
    byte(0xE0 + code / 4096);
    byte(0x80 + code / 64 % 64);
    byte(0x80 + code % 64);
  } else {
    byte(0xF0 + code / 262144);
    byte(0x80 + code / 4096 % 64);
    byte(0x80 + code / 64 % 64);
    byte(0x80 + code % 64);
  }
  return text;
}

bool is_surrogate(std::uint32_t code) { return code >= 0xD800 && code <= 0xDFFF; }

// Length of the character that a text begins with, by the table of RFC 3629, section 4; or 0.
std::size_t length_by_table(const std::string& text) {
  struct Row {
    int first, last;                // of the first byte
    std::size_t length;             // of the character
    int second_first, second_last;  // of the second byte; all others are 80 to BF
  };
  const Row rows[] = {
      {0x00, 0x7F, 1, 0, 0},       {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
      {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
      {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F}};
  const auto in = [&](std::size_t at, int first, int last) {
    const int byte = static_cast<unsigned char>(text[at]);
    return byte >= first && byte <= last;
  };
  for (const Row& row : rows) {
    if (!in(0, row.first, row.last)) continue;
    if (row.length > text.size()) return 0;
    if (row.length > 1 && !in(1, row.second_first, row.second_last)) return 0;
    for (std::size_t k = 2; k < row.length; ++k) {
      if (!in(k, 0x80, 0xBF)) return 0;
    }
    return row.length;
  }
  return 0;
}

// Escaped where a terminal would interpret it; `marks`: also marks of direction and lines.
bool is_interpreted(std::uint32_t code, bool marks) {
  const std::uint32_t kMarks[] = {0x61C, 0x200E, 0x200F, 0x2028, 0x2029};
  for (const std::uint32_t mark : kMarks) {
    if (marks && code == mark) return true;
  }
  return code <= 0x1F || (code >= 0x7F && code <= 0x9F) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

std::string in_hexadecimal(std::uint32_t code) {
  std::string digits;
  for (; code > 0; code /= 16) digits.insert(digits.begin(), "0123456789ABCDEF"[code % 16]);
  return digits;
}

}  // namespace

TEST_CASE("every character of Unicode is one character", "[core]") {
  std::size_t wrong = 0;
  for (std::uint32_t code = 0; code < 0x110000; code += code < 0x11000 ? 1 : 61) {
    const std::string text = "a" + encoded(code) + "z";
    if (is_surrogate(code)) {
      wrong += find_invalid_utf8(text) != 1 || utf8_characters(text).size() != 5;
    } else {
      const std::vector<std::string_view> characters = utf8_characters(text);
      wrong += find_invalid_utf8(text).has_value() || characters.size() != 3 ||
               characters[1] != encoded(code) || display_width(text) != 3;
    }
  }
  CHECK(wrong == 0);
  CHECK(!find_invalid_utf8(encoded(0x10FFFF)));
  CHECK(find_invalid_utf8(encoded(0x110000)) == 0);
  CHECK(find_invalid_utf8(encoded(0x140000)) == 0);
}

TEST_CASE("bytes that are no character stand alone", "[core]") {
  const int kSeconds[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xFF};
  const int kOthers[] = {0x41, 0x7F, 0x80, 0xBF, 0xC0};
  std::size_t wrong = 0;
  const auto check = [&](const std::string& text) {
    const std::size_t length = length_by_table(text);
    const std::string_view first = utf8_characters(text).front();
    wrong += first.size() != std::max<std::size_t>(length, 1);
    wrong += (find_invalid_utf8(text) == 0) != (length == 0);
  };
  for (int first = 0; first < 256; ++first) {
    const std::string one(1, static_cast<char>(first));
    check(one);
    for (const int second : kSeconds) {
      const std::string two = one + static_cast<char>(second);
      check(two);
      for (const int third : kOthers) {
        const std::string three = two + static_cast<char>(third);
        check(three);
        for (const int fourth : kOthers) check(three + static_cast<char>(fourth));
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a text of random bytes is cut by the table", "[core]") {
  std::mt19937 random(7);
  const unsigned char kBytes[] = {0x41, 0x80, 0xA0, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0x8F};
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int k = 0; k < 12; ++k) text += static_cast<char>(kBytes[random() % 11]);
    std::vector<std::string> expected;
    std::optional<std::size_t> invalid;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = length_by_table(text.substr(at));
      if (length == 0 && !invalid) invalid = at;
      expected.push_back(text.substr(at, std::max<std::size_t>(length, 1)));
      at += expected.back().size();
    }
    const std::vector<std::string_view> found = utf8_characters(text);
    CHECK(std::vector<std::string>(found.begin(), found.end()) == expected);
    CHECK(find_invalid_utf8(text) == invalid);
  }
}

TEST_CASE("characters that a terminal interprets are found and escaped, and no others", "[core]") {
  std::vector<std::uint32_t> codes;
  for (std::uint32_t code = 0; code < 0x2100; ++code) codes.push_back(code);
  for (const std::uint32_t code : {0x202Au + 0x10000u, 0xFEFFu, 0x1F600u, 0x10FFFFu, 0x1066u})
    codes.push_back(code);
  std::size_t wrong = 0;
  for (const std::uint32_t code : codes) {
    const std::string text = "α" + encoded(code) + "b";
    const bool plain = code == '\n' || code == '\r' || code == '\t';
    const auto found = find_control(text);
    wrong += found.has_value() != (is_interpreted(code, false) && !plain);
    wrong += found && *found != 2;
    const std::string shown = is_interpreted(code, true) && code != '\n'
                                  ? "\\u{" + (code == 0 ? "0" : in_hexadecimal(code)) + "}"
                                  : encoded(code);
    wrong += printable(text) != "α" + shown + "b";
    std::string name = in_hexadecimal(code);
    name.insert(0, name.size() < 4 ? 4 - name.size() : 0, '0');
    wrong += code_point_name(encoded(code) + "x") != "U+" + name;
  }
  CHECK(wrong == 0);
  CHECK(printable("a\xC3") == "a\xC3");
  CHECK(printable("\x9Bz") == "\\u{9B}z");  // a byte of no character is taken for its code
  CHECK(code_point_name("\xFFx") == "U+00FF");
  CHECK(printable("").empty());
}

TEST_CASE("a text that is too wide is cut in the middle or at the end", "[core]") {
  CHECK(shorten("abcdefg", 7) == "abcdefg");
  CHECK(shorten("abcdefg", 6) == "ab…efg");
  CHECK(shorten("abcdefg", 5) == "ab…fg");
  CHECK(shorten("abcdefg", 2) == "…g");
  CHECK(shorten("abcdefg", 1) == "…");
  CHECK(shorten("abcdefg", 0).empty());
  CHECK(shorten("", 0).empty());
  CHECK(shorten("αβγδε", 4) == "α…δε");
  CHECK(shorten("αβγδε", 5) == "αβγδε");
  CHECK(shorten_end("abcdefg", 7) == "abcdefg");
  CHECK(shorten_end("abcdefg", 6) == "abcde…");
  CHECK(shorten_end("abcdefg", 1) == "…");
  CHECK(shorten_end("abcdefg", 0).empty());
  for (std::size_t width = 1; width < 30; ++width) {
    const std::string text = "stage2.unit1.αβγ.depthwise";
    CHECK(display_width(shorten(text, width)) == std::min(width, display_width(text)));
    CHECK(display_width(shorten_end(text, width)) == std::min(width, display_width(text)));
  }
}
