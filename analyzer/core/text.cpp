// SPDX-License-Identifier: Apache-2.0
#include "core/text.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <array>
#include <cctype>
#include <cmath>

namespace archcost {
namespace {

std::size_t utf8_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

// Length of the valid character at `i`, or 0. Overlong forms and surrogates are invalid.
std::size_t valid_utf8_at(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
  const std::size_t length = utf8_length(byte(0));
  if (length == 0 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return 0;
  }
  if (length == 3 && byte(0) == 0xE0 && byte(1) < 0xA0) return 0;
  if (length == 3 && byte(0) == 0xED && byte(1) >= 0xA0) return 0;
  if (length == 4 && byte(0) == 0xF0 && byte(1) < 0x90) return 0;
  if (length == 4 && byte(0) == 0xF4 && byte(1) >= 0x90) return 0;
  return length;
}

// The character at the beginning of a text; a byte of an invalid one stands alone.
struct Character {
  char32_t code = 0;
  std::size_t length = 1;
};
Character character_at(std::string_view text, std::size_t i) {
  const std::size_t length = valid_utf8_at(text, i);
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[i + k]); };
  if (length < 2) return {byte(0), 1};
  char32_t code = byte(0) & (0x7F >> length);
  for (std::size_t k = 1; k < length; ++k) code = code << 6 | (byte(k) & 0x3F);
  return {code, length};
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

// Marks that change the direction or the lines of a text where it is shown.
bool is_mark(char32_t code) {
  return code == 0x61C || code == 0x200E || code == 0x200F || code == 0x2028 || code == 0x2029;
}

// Damerau-Levenshtein distance (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] =
          std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

// At most `width` columns, of which the last `tail` are the text's end.
std::string cut(std::string_view text, std::size_t width, std::size_t tail) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  const std::vector<std::string_view> characters = utf8_characters(text);
  const auto end = characters.end() - static_cast<std::ptrdiff_t>(tail);
  const auto head = characters.begin() + static_cast<std::ptrdiff_t>(width - 1 - tail);
  return fmt::format("{}…{}", fmt::join(characters.begin(), head, ""),
                     fmt::join(end, characters.end(), ""));
}

// Commas between the groups of three digits of a number's whole part.
std::string grouped(std::string number) {
  const std::size_t first = number.starts_with('-') ? 1 : 0;
  for (std::size_t i = std::min(number.find('.'), number.size()); i > first + 3; i -= 3)
    number.insert(i - 3, ",");
  return number;
}

// The number in the largest unit that leaves at least 1 once rounded.
template <std::size_t kCount>
std::string_view scale(double& value, double step, double limit,
                       const std::array<std::string_view, kCount>& units) {
  std::size_t unit = 0;
  for (; std::abs(value) >= limit && unit + 1 < kCount; ++unit) value /= step;
  return units[unit];
}

}  // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (true) {
    const std::size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

std::vector<std::string> split_outside_brackets(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += (c == '[' || c == '(') - (c == ']' || c == ')');
    if (c == separator && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string join_or(const std::vector<std::string>& words) {
  if (words.size() < 2) return join(words, "");
  const std::vector<std::string> head(words.begin(), words.end() - 1);
  return join(head, ", ") + " or " + words.back();
}

std::string spaced(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string shell_quoted(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(word);
  std::string quoted = "'";
  for (char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string escape_xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string_view(&c, 1);
  }
  return escaped;
}

bool is_identifier(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (text.empty() || !letter(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::vector<std::string_view> utf8_characters(std::string_view text) {
  std::vector<std::string_view> characters;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(valid_utf8_at(text, i), 1);
    characters.push_back(text.substr(i, length));
    i += length;
  }
  return characters;
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = valid_utf8_at(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

std::optional<std::size_t> find_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    if (is_control(c.code) && c.code != '\n' && c.code != '\r' && c.code != '\t') return i;
    i += c.length;
  }
  return std::nullopt;
}

std::string code_point_name(std::string_view text) {
  return fmt::format("U+{:04X}", static_cast<std::uint32_t>(character_at(text, 0).code));
}

std::string printable(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = character_at(text, i);
    if ((is_control(c.code) && c.code != '\n') || is_mark(c.code))
      shown += fmt::format("\\u{{{:X}}}", static_cast<std::uint32_t>(c.code));
    else
      shown += text.substr(i, c.length);
    i += c.length;
  }
  return shown;
}

std::size_t display_width(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

std::string shorten(std::string_view text, std::size_t width) {
  return cut(text, width, width / 2);
}

std::string shorten_end(std::string_view text, std::size_t width) { return cut(text, width, 0); }

namespace {

// Words that other tools and papers use, and ours.
constexpr std::pair<std::string_view, std::string_view> kOtherWords[] = {
    {"silu", "swish"},
    {"hswish", "hard_swish"},
    {"hardswish", "hard_swish"},
    {"hsigmoid", "hard_sigmoid"},
    {"padding", "pad"},
    {"kernel_size", "kernel"},
    {"out_channels", "out"},
    {"filters", "out"},
    {"channels", "out"},
    {"dilations", "dilation"},
    {"bn", "batch_norm"},
    {"ln", "layer_norm"},
    {"fc", "linear"},
    {"dense", "linear"},
    {"gap", "global_avg_pool"},
    {"maxpool", "max_pool"},
    {"avgpool", "avg_pool"},
    {"acc", "accuracy"},
    {"top1", "accuracy"},
    {"flops", "macs"},
    {"madds", "macs"},
    {"mult_adds", "macs"},
    {"parameters", "params"},
    {"time", "latency"},
    {"memory", "peak_memory"},
    {"memory", "traffic"},
    {"bytes", "traffic"},
    {"size", "size_f32"},
    {"size", "weight_bytes"},
    {"model_size", "size_f32"},
    {"model_size", "weight_bytes"},
    {"average_pool", "avg_pool"},
    {"global_average_pool", "global_avg_pool"},
    {"adaptive_average_pool", "adaptive_avg_pool"},
    {"width", "alpha"},
    {"resolution", "rho"},
    {"groups", "g"},
    {"arguments", "args"},
    {"architecture", "layers"},
    {"network", "layers"},
    {"modules", "blocks"},
    {"variables", "params"},
};

// "batchnorm" of "BatchNorm2d" and of "batch_norm".
std::string without_style(std::string_view word) {
  if (word.ends_with("2d") || word.ends_with("2D")) word.remove_suffix(2);
  std::string plain;
  for (const char c : word) {
    if (c != '_' && c != '-')
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

}  // namespace

std::optional<std::string> nearest(std::string_view typed,
                                   std::span<const std::string> candidates) {
  for (const auto& [other, word] : kOtherWords) {
    if (other == typed && std::find(candidates.begin(), candidates.end(), word) != candidates.end())
      return std::string(word);
  }
  const std::string plain = without_style(typed);
  for (const std::string& candidate : candidates) {
    if (!plain.empty() && without_style(candidate) == plain) return candidate;
  }
  const std::size_t limit = typed.size() < 3 ? 1 : typed.size() < 6 ? 2 : 3;
  std::size_t best = limit + 1;
  const std::string* found = nullptr;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(typed, candidate);
    if (distance < best && distance < candidate.size()) {
      best = distance;
      found = &candidate;
    }
  }
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::string suggestion(std::string_view typed, std::span<const std::string> candidates) {
  if (const auto name = nearest(typed, candidates))
    return fmt::format("; did you mean '{}'?", *name);
  if (candidates.empty() || candidates.size() > 12) return {};
  return fmt::format("{}'{}'", candidates.size() == 1 ? "; the only one is " : "; known are ",
                     fmt::join(candidates, "', '"));
}

std::string with_commas(std::int64_t value) { return grouped(std::to_string(value)); }

std::string with_commas(double value, int decimals) {
  return grouped(fmt::format("{:.{}f}", value, decimals));
}

std::string human_count(std::int64_t value) {
  // 99,999 and less are exact and still short.
  if (value > -100'000 && value < 100'000) return with_commas(value);
  auto scaled = static_cast<double>(value);
  const std::string_view unit = scale<7>(scaled, 1000, 999.995, {"", "K", "M", "G", "T", "P", "E"});
  return fmt::format("{:.2f}{}", scaled, unit);
}

std::string human_bytes(std::int64_t bytes) {
  auto scaled = static_cast<double>(bytes);
  const std::string_view unit =
      scale<7>(scaled, 1024, 1023.995, {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"});
  return unit == "B" ? fmt::format("{} B", bytes) : fmt::format("{:.2f} {}", scaled, unit);
}

std::string human_percent(double percent) {
  constexpr double kWhole = 100;
  return percent < kWhole ? fmt::format("{:.3g} %", percent) : with_commas(percent, 0) + " %";
}

std::string human_seconds(double seconds) {
  constexpr std::array<std::string_view, 4> kUnits = {"s", "ms", "us", "ns"};
  constexpr double kFourDigits = 999.95;  // and more are whole seconds
  if (std::abs(seconds) >= kFourDigits) return with_commas(seconds, 0) + " s";
  std::size_t unit = 0;
  while (std::abs(seconds) < 0.99995 && unit + 1 < kUnits.size()) {
    seconds *= 1000;
    ++unit;
  }
  return fmt::format("{:#.4g} {}", seconds, kUnits[unit]);
}

std::string percent(std::int64_t part, std::int64_t total, int decimals) {
  if (total == 0) return "-";
  return fmt::format("{:.{}f}", 100.0 * static_cast<double>(part) / static_cast<double>(total),
                     decimals);
}

}  // namespace archcost
