// SPDX-License-Identifier: Apache-2.0
#include "search/methods/figure_journal.hpp"

#include <fmt/core.h>

#include <charconv>
#include <filesystem>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"

namespace archcost::methods {
namespace {

constexpr std::string_view kJournalFirstLine = "archcost figures 1 ";

std::string key_of(const space::SlowCost& cost, const graph::Network& network) {
  std::string key =
      fmt::format("{} {} {} {}", cost.name, network.name, to_string(network.input), network.batch);
  for (const graph::Parameter& parameter : network.parameters)
    key += fmt::format(" {}={}", parameter.name, spec::to_string(parameter.value));
  return key;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

}  // namespace

void FigureJournal::open(const std::string& file, const std::string& request, bool resume) {
  const std::string first = std::string(kJournalFirstLine) + request;
  file_ = file;
  if (std::filesystem::exists(file)) {
    if (!resume)
      throw Error(fmt::format(
          "'{}' has figures of an unfinished search: --resume goes on with it; remove it to begin "
          "anew",
          file));
    const std::string text = read_text_file(file);
    const std::vector<std::string> lines = split(text, '\n');
    if (lines[0] != first)
      throw Error(fmt::format(
          "'{}' belongs to another search: only the same command goes on with it", file));
    // The last line of a search that was killed may be cut off: it has no end and doesn't count.
    for (std::size_t k = 1; k + 1 < lines.size(); ++k) {
      const std::vector<std::string> parts = split(lines[k], '\t');
      if (parts.size() != 3) continue;
      const auto value = number(parts[0]), error = number(parts[1]);
      figures_[parts[2]] = value && error ? Figure({*value, *error}) : Figure();
    }
    if (!text.ends_with('\n')) std::filesystem::resize_file(file, text.rfind('\n') + 1);
    out_.open(file, std::ios::app);
  } else {
    out_.open(file);
    out_ << first << std::endl;
  }
  if (!out_) throw Error(fmt::format("'{}' can't be written", file));
}

void FigureJournal::remove() {
  out_.close();
  if (!file_.empty()) std::filesystem::remove(file_);
  file_.clear();
}

FigureJournal::Figure FigureJournal::figure(const space::SlowCost& cost,
                                            const graph::Network& network) {
  const std::string key = key_of(cost, network);
  {
    const std::lock_guard lock(mutex_);
    const auto known = figures_.find(key);
    if (known != figures_.end()) return known->second;
  }
  const Figure fresh = cost.of(network);
  const std::lock_guard lock(mutex_);
  figures_[key] = fresh;
  if (out_.is_open()) {
    out_ << (fresh ? fmt::format("{}\t{}\t{}\n", fresh->value, fresh->error, key)
                   : fmt::format("none\tnone\t{}\n", key))
         << std::flush;
    if (!out_) throw Error(fmt::format("'{}' can't be written", file_));
  }
  return fresh;
}

std::vector<space::SlowCost> FigureJournal::keep(std::vector<space::SlowCost> costs,
                                                 const std::atomic<bool>& stop) {
  for (space::SlowCost& cost : costs) {
    cost.of = [this, plain = cost, &stop](const graph::Network& network) {
      if (stop) throw Interrupted();
      try {
        return figure(plain, network);
      } catch (const Error&) {  // Ctrl-C ends what measures, too
        if (stop) throw Interrupted();
        throw;
      }
    };
  }
  return costs;
}

}  // namespace archcost::methods
