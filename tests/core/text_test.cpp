// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include "core/rational.hpp"
#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("counts for people", "[core]") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(-1234567) == "-1,234,567");
  CHECK(with_commas(568740352) == "568,740,352");
  CHECK(human_count(972) == "972");
  CHECK(human_count(568740352) == "568.74M");
  CHECK(human_count(4231976) == "4.23M");
  CHECK(human_bytes(16927904) == "16.14 MiB");
  // A number moves to the next unit where it would be rounded up to it.
  CHECK(human_count(999'994) == "999.99K");
  CHECK(human_count(999'995) == "1.00M");
  CHECK(human_count(999'994'999) == "999.99M");
  CHECK(human_count(999'995'000) == "1.00G");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1024) == "1.00 KiB");
  CHECK(human_bytes(1023 * 1024 + 1013) == "1023.99 KiB");
  CHECK(human_bytes(1023 * 1024 + 1019) == "1.00 MiB");
  CHECK(human_seconds(0.0053951) == "5.395 ms");
  CHECK(human_seconds(999.94) == "999.9 s");
  CHECK(human_seconds(999.95) == "1,000 s");
  CHECK(human_seconds(12345.6) == "12,346 s");
  CHECK(human_seconds(-0.002) == "-2.000 ms");
  CHECK(percent(1, 3) == "33.33");
  CHECK(percent(5, 0) == "-");
}

TEST_CASE("numbers at the ends of their units", "[core]") {
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(-999) == "-999");
  CHECK(with_commas(-1000) == "-1,000");
  CHECK(with_commas(1234.5, 2) == "1,234.50");
  CHECK(with_commas(999.996, 2) == "1,000.00");
  CHECK(with_commas(-1234567.891, 1) == "-1,234,567.9");
  CHECK(with_commas(12.0, 0) == "12");
  CHECK(human_count(0) == "0");
  CHECK(human_count(99'999) == "99,999");
  CHECK(human_count(100'000) == "100.00K");
  CHECK(human_count(-99'999) == "-99,999");
  CHECK(human_count(-100'000) == "-100.00K");
  CHECK(human_count(999'994'999'999) == "999.99G");
  CHECK(human_count(999'995'000'000) == "1.00T");
  CHECK(human_count(1'234'567'000'000'000) == "1.23P");
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1 << 20) == "1.00 MiB");
  CHECK(human_bytes((1 << 20) * std::int64_t{1023}) == "1023.00 MiB");
  CHECK(human_bytes(std::int64_t{1} << 30) == "1.00 GiB");
  CHECK(human_bytes(std::int64_t{3} << 40) == "3.00 TiB");
  CHECK(human_seconds(12.34) == "12.34 s");
  CHECK(human_seconds(1) == "1.000 s");
  CHECK(human_seconds(0.99996) == "1.000 s");
  CHECK(human_seconds(0.9999) == "999.9 ms");
  CHECK(human_seconds(1e-3) == "1.000 ms");
  CHECK(human_seconds(0.99996e-3) == "1.000 ms");
  CHECK(human_seconds(0.9999e-3) == "999.9 us");
  CHECK(human_seconds(2.5e-6) == "2.500 us");
  CHECK(human_seconds(2.5e-9) == "2.500 ns");
  CHECK(human_seconds(2.5e-11) == "0.02500 ns");
  CHECK(percent(0, 7) == "0.00");
  CHECK(percent(7, 7) == "100.00");
  CHECK(percent(2, 3) == "66.67");
  CHECK(percent(2, 3, 1) == "66.7");
  CHECK(percent(1, 400, 0) == "0");
}

TEST_CASE("texts of several bytes a character", "[core]") {
  CHECK(display_width("α 0.5") == 5);
  CHECK(shorten("stage2.unit1.depthwise", 9) == "stag…wise");
  CHECK(shorten_end("αβγδ", 3) == "αβ…");
  CHECK(find_invalid_utf8("α\xFFz") == 2);
  CHECK(!find_invalid_utf8("αβγ"));
  CHECK(utf8_characters("aα").size() == 2);
}

TEST_CASE("characters that a terminal would interpret are escaped", "[core]") {
  CHECK(printable("a\x1b[1mb\x7f\r\tc\n") == "a\\u{1B}[1mb\\u{7F}\\u{D}\\u{9}c\n");
  // CSI as UTF-8 and as a byte of another encoding.
  CHECK(printable("\u0080 \u009B\x9B\u00A0") == "\\u{80} \\u{9B}\\u{9B}\u00A0");
  CHECK(printable("\u202A\u202E\u2066\u2069 αβ") == "\\u{202A}\\u{202E}\\u{2066}\\u{2069} αβ");
  CHECK(printable("\u202F\u2065\u206A") == "\u202F\u2065\u206A");
  // Marks of direction and of lines are escaped; specs may have them in comments.
  CHECK(printable("\u061C\u200E\u200F\u2028\u2029") ==
        "\\u{61C}\\u{200E}\\u{200F}\\u{2028}\\u{2029}");
  CHECK(find_control("\u061C\u200E\u200F\u2028\u2029") == std::nullopt);
  CHECK(find_control("α\u202E") == 2);
  CHECK(find_control("\tα\r\n") == std::nullopt);
  CHECK(code_point_name("\u202Ex") == "U+202E");
}

TEST_CASE("slips are recognised", "[core]") {
  const std::vector<std::string> known = {"stride", "kernel", "out"};
  CHECK(nearest("strid", known) == "stride");
  CHECK(!nearest("banana", known));
  // Other spellings, and words of other tools.
  const std::vector<std::string> kinds = {"relu", "relu6",  "batch_norm", "global_avg_pool",
                                          "conv", "traffic"};
  CHECK(nearest("ReLU", kinds) == "relu");
  CHECK(nearest("BatchNorm2d", kinds) == "batch_norm");
  CHECK(nearest("Conv2d", kinds) == "conv");
  CHECK(nearest("global_average_pool", kinds) == "global_avg_pool");
  CHECK(nearest("memory", kinds) == "traffic");
  CHECK(suggestion("krenel", known) == "; did you mean 'kernel'?");
  CHECK(suggestion("banana", known) == "; known are 'stride', 'kernel', 'out'");
  CHECK(join_or({"a", "b", "c"}) == "a, b or c");
}

TEST_CASE("fractions are exact", "[core]") {
  CHECK(to_string(Rational(96, 224) * Rational(224)) == "96");
  CHECK((*Rational::parse("1.1") * Rational(200)).ceil() == 220);
  CHECK(Rational(-7, 2).floor() == -4);
  CHECK(to_string(Rational(4, 7)) == "4/7");
  CHECK(to_string(Rational(7, 20)) == "0.35");
  CHECK(to_string(Rational(-7, 20)) == "-0.35");
  CHECK(to_string(Rational(-1, 4)) == "-0.25");
  CHECK(to_string(Rational(9'007'199'254'740'993, 2)) == "4503599627370496.5");
  CHECK(*Rational::parse("1e3") == Rational(1000));
  CHECK(!Rational::parse("1e"));
}
