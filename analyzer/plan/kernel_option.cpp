// SPDX-License-Identifier: Apache-2.0
#include "plan/kernel_option.hpp"

#include <fmt/core.h>

#include <array>

namespace archcost::plan {
namespace {

// By Method.
constexpr std::array<std::string_view, 8> kMethods = {
    "",          "winograd", "inner product", "batched matmul", "matmul per group",
    "reduction", "reorder",  "separate"};
// By alternative.
constexpr std::array<std::string_view, 4> kAlternatives = {"", "second", "third", "fourth"};
constexpr std::array<std::string_view, 3> kOrigins = {"library", "reference", "plain loops"};

std::optional<Layout> layout_called(std::string_view name) {
  for (const Layout layout : {Layout::kPlain, Layout::kLast, Layout::kBlocked}) {
    if (name_of(layout) == name) return layout;
  }
  return {};
}

template <std::size_t N>
std::optional<int> place_of(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<int>(i);
  }
  return {};
}

}  // namespace

std::string to_text(const KernelOption& option) {
  std::string text = fmt::format("{}>{}", name_of(option.in), name_of(option.out));
  if (option.method != Method::kPrimitive)
    text += fmt::format(" {}", kMethods[static_cast<std::size_t>(option.method)]);
  if (option.alternative > 0)
    text += fmt::format(" {}", kAlternatives.at(static_cast<std::size_t>(option.alternative)));
  return text;
}

std::optional<KernelOption> option_from_text(std::string_view text) {
  const std::string_view layouts = text.substr(0, text.find(' '));
  const bool has_more = layouts.size() < text.size();
  const std::string_view rest = has_more ? text.substr(layouts.size() + 1) : "";
  const std::size_t arrow = layouts.find('>');
  if (arrow == std::string_view::npos || (has_more && rest.empty())) return {};
  const auto in = layout_called(layouts.substr(0, arrow));
  const auto out = layout_called(layouts.substr(arrow + 1));
  if (!in || !out) return {};
  if (const auto method = place_of(kMethods, rest))
    return KernelOption{*in, *out, static_cast<Method>(*method), 0};
  if (const auto alternative = place_of(kAlternatives, rest))
    return KernelOption{*in, *out, Method::kPrimitive, *alternative};
  return {};
}

std::string_view name_of(KernelOrigin origin) { return kOrigins[static_cast<std::size_t>(origin)]; }

KernelOrigin origin_from_name(std::string_view name) {
  return static_cast<KernelOrigin>(place_of(kOrigins, name).value_or(0));
}

}  // namespace archcost::plan
