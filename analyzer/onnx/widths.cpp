// SPDX-License-Identifier: Apache-2.0
#include "onnx/widths.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

namespace archcost::onnx {
namespace {

WidthTerm product(const WidthTerm& term, std::int64_t factor, std::int64_t divisor) {
  WidthTerm result = {term.width, term.factor * factor, term.divisor * divisor};
  const std::int64_t common = std::gcd(result.factor, result.divisor);
  if (common > 1) {
    result.factor /= common;
    result.divisor /= common;
  }
  return result;
}

bool is_one(const WidthTerm& term) { return term.factor == 1 && term.divisor == 1; }

// Adds a term to those of the same width.
void add_term(std::vector<WidthTerm>& terms, const WidthTerm& term) {
  const auto same = std::find_if(terms.begin(), terms.end(),
                                 [&](const WidthTerm& t) { return t.width == term.width; });
  if (same == terms.end()) {
    terms.push_back(term);
    return;
  }
  *same = product({term.width, same->factor * term.divisor + term.factor * same->divisor,
                   same->divisor * term.divisor},
                  1, 1);
  if (same->factor == 0) terms.erase(same);
}

}  // namespace

WidthForm fixed_width(std::int64_t channels) { return {{}, channels}; }

WidthForm WidthSystem::add(std::int64_t channels) {
  widths_.push_back({channels, 1, std::nullopt, -1});
  return {{{static_cast<int>(widths_.size()) - 1, 1, 1}}, 0};
}

WidthForm WidthSystem::resolved(const WidthForm& form) const {
  WidthForm result;
  result.constant = form.constant;
  for (const WidthTerm& term : form.terms) {
    const Width& width = widths_[static_cast<std::size_t>(term.width)];
    if (!width.is) {
      add_term(result.terms, term);
      continue;
    }
    const WidthForm inner = resolved(*width.is);
    result.constant += inner.constant * term.factor / term.divisor;
    for (const WidthTerm& part : inner.terms)
      add_term(result.terms, product(part, term.factor, term.divisor));
  }
  return result;
}

std::int64_t WidthSystem::value(const WidthForm& form) const {
  std::int64_t value = form.constant;
  for (const WidthTerm& term : form.terms)
    value += widths_[static_cast<std::size_t>(term.width)].channels * term.factor / term.divisor;
  return value;
}

WidthForm WidthSystem::sum(const std::vector<WidthForm>& parts) const {
  WidthForm result;
  for (const WidthForm& part : parts) {
    result.constant += part.constant;
    for (const WidthTerm& term : part.terms) add_term(result.terms, term);
  }
  return result;
}

WidthForm WidthSystem::times(const WidthForm& form, std::int64_t factor) const {
  WidthForm result = form;
  result.constant *= factor;
  for (WidthTerm& term : result.terms) term = product(term, factor, 1);
  return result;
}

WidthForm WidthSystem::part(const WidthForm& form, std::int64_t parts) {
  WidthForm whole = resolved(form);
  const auto count = static_cast<std::int64_t>(whole.terms.size());
  const bool alike =
      count > 1 && whole.constant == 0 &&
      std::all_of(whole.terms.begin(), whole.terms.end(), [&](const WidthTerm& term) {
        return is_one(term) && value({{term}, 0}) == value({{whole.terms[0]}, 0});
      });
  if (alike && count % parts == 0) {
    for (const WidthTerm& term : whole.terms) tie({{whole.terms[0]}, 0}, {{term}, 0});
    whole = resolved(form);
  }
  if (whole.constant % parts != 0) {
    pin(whole);
    return fixed_width(value(whole) / parts);
  }
  need_multiple(whole, parts);
  whole.constant /= parts;
  for (WidthTerm& term : whole.terms) term = product(term, 1, parts);
  return whole;
}

void WidthSystem::pin(const WidthForm& form) {
  for (const WidthTerm& term : resolved(form).terms) {
    Width& width = widths_[static_cast<std::size_t>(term.width)];
    width.is = fixed_width(width.channels);
  }
}

// The difference of the two is zero: it is solved for one of its widths.
void WidthSystem::tie(const WidthForm& a, const WidthForm& b) {
  WidthForm difference = resolved(sum({a, times(b, -1)}));
  std::vector<WidthTerm> left, right;
  for (const WidthTerm& term : difference.terms) {
    if (term.factor > 0)
      left.push_back(term);
    else
      right.push_back(product(term, -1, 1));
  }
  if (left.empty() && right.empty()) return;
  const auto define = [&](const WidthTerm& term, const std::vector<WidthTerm>& as,
                          std::int64_t constant) {
    widths_[static_cast<std::size_t>(term.width)].is = WidthForm{as, constant};
  };
  const bool one_left = left.size() == 1 && is_one(left[0]);
  const bool one_right = right.size() == 1 && is_one(right[0]);
  const bool older_left = one_left && one_right && left[0].width < right[0].width;
  if (one_left && !older_left && difference.constant <= 0) {
    define(left[0], right, -difference.constant);
    return;
  }
  if (one_right && difference.constant >= 0) {
    define(right[0], left, difference.constant);
    return;
  }
  bool pairs = difference.constant == 0 && left.size() == right.size();
  for (std::size_t k = 0; pairs && k < left.size(); ++k) {
    pairs = left[k].factor == right[k].factor && left[k].divisor == right[k].divisor &&
            value({{left[k]}, 0}) == value({{right[k]}, 0});
  }
  if (!pairs) {
    pin(difference);
    return;
  }
  for (std::size_t k = 0; k < left.size(); ++k)
    tie({{{left[k].width, 1, 1}}, 0}, {{{right[k].width, 1, 1}}, 0});
}

void WidthSystem::need_multiple(const WidthForm& form, std::int64_t multiple) {
  if (multiple > 1) needs_.push_back({form, multiple});
}

// Whether every term of the form can be a multiple on its own; then each of its widths is made one.
bool WidthSystem::meet(const Need& need) {
  const WidthForm form = resolved(need.form);
  if (form.terms.empty()) return true;
  bool possible = form.constant % need.multiple == 0;
  for (const WidthTerm& term : form.terms) {
    const std::int64_t wanted =
        need.multiple * term.divisor / std::gcd(need.multiple * term.divisor, term.factor);
    possible = possible && widths_[static_cast<std::size_t>(term.width)].channels % wanted == 0;
  }
  if (!possible) {
    pin(form);
    return false;
  }
  for (const WidthTerm& term : form.terms) {
    Width& width = widths_[static_cast<std::size_t>(term.width)];
    width.multiple =
        std::lcm(width.multiple, need.multiple * term.divisor /
                                     std::gcd(need.multiple * term.divisor, term.factor));
  }
  return true;
}

void WidthSystem::finish() {
  for (bool settled = false; !settled;) {
    settled = true;
    for (Width& width : widths_) width.multiple = 1;
    for (const Need& need : needs_) settled = meet(need) && settled;
  }
  for (Width& width : widths_) {
    if (width.is) continue;
    width.number = static_cast<int>(free_.size());
    free_.push_back({width.channels, width.multiple});
  }
}

std::string WidthSystem::text(const WidthForm& form) const {
  const WidthForm whole = resolved(form);
  std::string text;
  for (const WidthTerm& term : whole.terms) {
    const bool minus = term.factor < 0;
    const std::int64_t factor = minus ? -term.factor : term.factor;
    std::string part = fmt::format("w{}", widths_[static_cast<std::size_t>(term.width)].number + 1);
    if (factor != 1) part = fmt::format("{} * {}", factor, part);
    if (term.divisor != 1) part = fmt::format("{} / {}", part, term.divisor);
    if (text.empty())
      text = minus ? "-" + part : part;
    else
      text += (minus ? " - " : " + ") + part;
  }
  if (text.empty()) return std::to_string(whole.constant);
  if (whole.constant != 0)
    text += fmt::format(" {} {}", whole.constant < 0 ? "-" : "+", std::abs(whole.constant));
  return text;
}

}  // namespace archcost::onnx
