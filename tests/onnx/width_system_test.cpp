// SPDX-License-Identifier: Apache-2.0
// Forms of widths: sums, parts, ties, multiples, and how they are written.
#include <random>

#include "onnx/widths.hpp"
#include "support/catch.hpp"

using archcost::onnx::fixed_width;
using archcost::onnx::WidthForm;
using archcost::onnx::WidthSystem;

namespace {

// "16 32%4": the sizes of the free widths in the file, with their multiples.
std::string free_widths(const WidthSystem& widths) {
  std::string text;
  for (const WidthSystem::Free& width : widths.free_widths()) {
    text += (text.empty() ? "" : " ") + std::to_string(width.channels);
    if (width.multiple != 1) text += "%" + std::to_string(width.multiple);
  }
  return text;
}

}  // namespace

TEST_CASE("sums, products and parts of widths are written in terms of free ones", "[onnx]") {
  WidthSystem widths;
  const WidthForm a = widths.add(24), b = widths.add(40);
  const WidthForm sum = widths.sum({a, b, a, fixed_width(5)});
  CHECK(widths.value(sum) == 93);
  const WidthForm tripled = widths.times(sum, 3);
  CHECK(widths.value(tripled) == 279);
  const WidthForm less = widths.sum({b, widths.times(a, -1), fixed_width(-3)});
  CHECK(widths.value(less) == 13);
  const WidthForm half = widths.part(a, 2), third = widths.part(widths.times(a, 2), 6);
  CHECK(widths.value(half) == 12);
  CHECK(widths.value(third) == 8);
  const WidthForm none = widths.sum({a, widths.times(a, -1)});
  CHECK(none.terms.empty());
  const WidthForm parts = widths.sum({half, widths.part(a, 3)});
  CHECK(widths.value(parts) == 20);
  widths.finish();
  CHECK(free_widths(widths) == "24%6 40");
  CHECK(widths.text(a) == "w1");
  CHECK(widths.text(sum) == "2 * w1 + w2 + 5");
  CHECK(widths.text(tripled) == "6 * w1 + 3 * w2 + 15");
  CHECK(widths.text(less) == "w2 - w1 - 3");
  CHECK(widths.text(widths.times(b, -1)) == "-w2");
  CHECK(widths.text(widths.times(b, -2)) == "-2 * w2");
  CHECK(widths.text(half) == "w1 / 2");
  CHECK(widths.text(third) == "w1 / 3");
  CHECK(widths.text(parts) == "5 * w1 / 6");
  CHECK(widths.text(widths.sum({b, widths.times(half, -3)})) == "w2 - 3 * w1 / 2");
  CHECK(widths.text(none) == "0");
  CHECK(widths.text(fixed_width(64)) == "64");
}

TEST_CASE("of two widths that are equal the older one is left", "[onnx]") {
  for (const bool turned : {false, true}) {
    WidthSystem widths;
    const WidthForm a = widths.add(24), b = widths.add(24), c = widths.add(40);
    if (turned)
      widths.tie(b, a);
    else
      widths.tie(a, b);
    widths.tie(c, fixed_width(40));
    widths.tie(a, a);
    widths.finish();
    CHECK(free_widths(widths) == "24");
    CHECK(widths.text(a) == "w1");
    CHECK(widths.text(b) == "w1");
    CHECK(widths.text(c) == "40");
  }
}

TEST_CASE("a width that is a sum or a multiple of others", "[onnx]") {
  for (const bool turned : {false, true}) {
    WidthSystem widths;
    const WidthForm a = widths.add(24), b = widths.add(40), all = widths.add(64),
                    more = widths.add(67), twice = widths.add(48);
    const auto tie = [&](const WidthForm& left, const WidthForm& right) {
      if (turned)
        widths.tie(right, left);
      else
        widths.tie(left, right);
    };
    tie(all, widths.sum({a, b}));
    tie(widths.sum({a, b, fixed_width(3)}), more);
    tie(twice, widths.times(a, 2));
    widths.finish();
    CHECK(free_widths(widths) == "24 40");
    CHECK(widths.text(all) == "w1 + w2");
    CHECK(widths.text(more) == "w1 + w2 + 3");
    CHECK(widths.text(twice) == "2 * w1");
    CHECK(widths.text(widths.sum({all, widths.times(twice, 3)})) == "7 * w1 + w2");
    CHECK(widths.value(all) == 64);
  }
}

TEST_CASE("a tie by which a width would be less than another by a number", "[onnx]") {
  // 20 + 4 = 24: the larger one is the smaller one and four.
  for (const bool turned : {false, true}) {
    WidthSystem widths;
    const WidthForm small = widths.add(20), large = widths.add(24);
    const WidthForm sum = widths.sum({small, fixed_width(4)});
    if (turned)
      widths.tie(large, sum);
    else
      widths.tie(sum, large);
    widths.finish();
    CHECK(free_widths(widths) == "20");
    CHECK(widths.text(large) == "w1 + 4");
  }
  WidthSystem widths;
  const WidthForm large = widths.add(24), small = widths.add(20);
  widths.tie(widths.sum({small, fixed_width(4)}), large);
  widths.finish();
  CHECK(free_widths(widths) == "20");
  CHECK(widths.text(large) == "w1 + 4");
  CHECK(widths.text(small) == "w1");
}

TEST_CASE("sums of as many equal parts are tied part by part, others keep their sizes", "[onnx]") {
  const auto tied = [](std::vector<std::int64_t> left, std::vector<std::int64_t> right,
                       std::int64_t factor = 1, std::int64_t constant = 0) {
    WidthSystem widths;
    std::vector<WidthForm> lefts, rights;
    for (const std::int64_t size : left) lefts.push_back(widths.times(widths.add(size), factor));
    for (const std::int64_t size : right) rights.push_back(widths.times(widths.add(size), factor));
    lefts.push_back(fixed_width(constant));
    rights.push_back(fixed_width(0));
    widths.tie(widths.sum(lefts), widths.sum(rights));
    widths.finish();
    std::string text = free_widths(widths) + ":";
    for (const WidthForm& form : lefts) text += " " + widths.text(form);
    for (const WidthForm& form : rights) text += " " + widths.text(form);
    return text;
  };
  CHECK(tied({24, 40}, {24, 40}) == "24 40: w1 w2 0 w1 w2 0");
  CHECK(tied({24}, {24}, 3) == "24: 3 * w1 0 3 * w1 0");
  CHECK(tied({24, 40}, {24, 40}, 2) == "24 40: 2 * w1 2 * w2 0 2 * w1 2 * w2 0");
  CHECK(tied({24, 40}, {40, 24}) == ": 24 40 0 40 24 0");
  CHECK(tied({10, 20, 30}, {25, 35}) == ": 10 20 30 0 25 35 0");
  CHECK(tied({24, 40}, {24, 43}, 1, 3) == ": 24 40 3 24 43 0");
  CHECK(tied({24, 40}, {64}) == "24 40: w1 w2 0 w1 + w2 0");
}

TEST_CASE("parts of joined equal widths are the same width", "[onnx]") {
  const auto part = [](std::vector<std::int64_t> sizes, std::int64_t parts,
                       std::int64_t constant = 0) {
    WidthSystem widths;
    std::vector<WidthForm> forms = {fixed_width(constant)};
    for (const std::int64_t size : sizes) forms.push_back(widths.add(size));
    const WidthForm all = widths.sum(forms), one = widths.part(all, parts);
    CHECK(widths.value(one) == widths.value(all) / parts);
    widths.finish();
    return free_widths(widths) + ": " + widths.text(one);
  };
  CHECK(part({16, 16}, 2) == "16: w1");
  CHECK(part({16, 16, 16, 16}, 2) == "16: 2 * w1");
  CHECK(part({16, 16, 16}, 3) == "16: w1");
  CHECK(part({16, 16, 16}, 2) == "16%2 16%2 16%2: w1 / 2 + w2 / 2 + w3 / 2");
  CHECK(part({16, 20}, 2) == "16%2 20%2: w1 / 2 + w2 / 2");
  CHECK(part({16}, 2) == "16%2: w1 / 2");
  CHECK(part({16, 16}, 2, 4) == "16%2 16%2: w1 / 2 + w2 / 2 + 2");
  CHECK(part({15, 16}, 2, 5) == ": 18");
  CHECK(part({}, 2, 6) == ": 3");
}

TEST_CASE("multiples of widths, of sums and of what is tied", "[onnx]") {
  WidthSystem widths;
  const WidthForm a = widths.add(24), b = widths.add(24), c = widths.add(36), d = widths.add(10),
                  e = widths.add(14), f = widths.add(12), g = widths.add(7);
  widths.need_multiple(a, 4);
  widths.tie(a, b);
  widths.need_multiple(b, 6);
  widths.need_multiple(widths.times(c, 2), 8);  // a multiple of 4
  widths.need_multiple(widths.sum({d, e}), 4);  // neither is one
  widths.need_multiple(widths.part(f, 2), 3);   // a multiple of 6
  widths.need_multiple(widths.sum({g, fixed_width(1)}), 1);
  widths.finish();
  CHECK(free_widths(widths) == "24%12 36%4 12%6 7");
  CHECK(widths.text(d) == "10");
  CHECK(widths.text(e) == "14");
  CHECK(widths.text(g) == "w4");
}

TEST_CASE("a constant that isn't a multiple keeps the widths beside it", "[onnx]") {
  WidthSystem widths;
  const WidthForm a = widths.add(8), b = widths.add(12), c = widths.add(16);
  widths.need_multiple(widths.sum({a, fixed_width(2)}), 2);
  widths.need_multiple(widths.sum({b, fixed_width(4)}), 8);
  widths.need_multiple(fixed_width(3), 2);
  widths.tie(c, c);
  widths.finish();
  CHECK(free_widths(widths) == "8%2 16");
  CHECK(widths.text(b) == "12");
}

TEST_CASE("what is pinned keeps its size, and what is tied to it", "[onnx]") {
  WidthSystem widths;
  const WidthForm a = widths.add(24), b = widths.add(40), c = widths.add(64), d = widths.add(5);
  widths.tie(c, widths.sum({a, b}));
  widths.pin(widths.times(a, 2));
  widths.finish();
  CHECK(widths.text(a) == "24");
  CHECK(widths.text(b) == "w1");
  CHECK(widths.text(c) == "w1 + 24");
  CHECK(widths.text(d) == "w2");
  CHECK(widths.text(widths.times(c, 2)) == "2 * w1 + 48");
}

TEST_CASE("forms keep their values in the file, whatever is tied", "[onnx]") {
  std::mt19937 random(3);
  const auto below = [&](std::size_t most) { return random() % most; };
  for (int round = 0; round < 300; ++round) {
    WidthSystem widths;
    std::vector<WidthForm> forms;
    for (int k = 0; k < 12; ++k) {
      const std::size_t kind = forms.size() < 3 ? 0 : below(5);
      const WidthForm x = kind == 0 ? WidthForm() : forms[below(forms.size())],
                      y = kind == 0 ? WidthForm() : forms[below(forms.size())];
      if (kind == 0) forms.push_back(widths.add(4 * (1 + static_cast<std::int64_t>(below(4)))));
      if (kind == 1) forms.push_back(widths.sum({x, y}));
      if (kind == 2) forms.push_back(widths.times(x, 1 + static_cast<std::int64_t>(below(3))));
      if (kind == 3 && widths.value(x) % 4 == 0) forms.push_back(widths.part(x, 2));
      if (kind == 4 && widths.value(x) == widths.value(y)) widths.tie(x, y);
    }
    std::vector<std::int64_t> values;
    for (const WidthForm& form : forms) values.push_back(widths.value(form));
    widths.finish();
    for (std::size_t k = 0; k < forms.size(); ++k)
      CHECK(widths.value(widths.resolved(forms[k])) == values[k]);
    for (const WidthSystem::Free& width : widths.free_widths())
      CHECK(width.channels % width.multiple == 0);
  }
}
