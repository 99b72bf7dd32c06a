// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_output.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostPending = 1 << 20;  // bytes of rows that wait to be written
constexpr std::chrono::milliseconds kLongestWait{200};

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

RowStream::RowStream(const std::string& file, const std::string& request, const std::string& header,
                     bool resume)
    : written_(Clock::now()) {
  if (file.empty()) {
    pending_ = header;
    return;
  }
  const auto [target, special] = output_target(file);
  if (special) {
    if (resume) throw Error(fmt::format("'{}' is a device or a FIFO: --resume needs a file", file));
    pending_ = header;
    straight_ = std::fopen(file.c_str(), "wb");
    if (straight_ == nullptr)
      throw Error(fmt::format("'{}' can't be written: {}", file, std::strerror(errno)));
    return;
  }
  journal_ = std::make_unique<sweep::SweepJournal>(target, request, header, resume);
  mark_ = journal_->mark();
}

RowStream::~RowStream() {
  if (straight_ != nullptr) std::fclose(straight_);
}

void RowStream::add(const sweep::SweepChunk& chunk, std::uint64_t points) {
  // Each row of a JSON array begins with a comma, except the first.
  const bool first = mark_.rows == 0 && chunk.text.starts_with(",\n");
  pending_.append(chunk.text, first ? 1 : 0);
  mark_.points = points;
  mark_.rows += chunk.rows.count(engine::PointState::kRow);
  mark_.filtered += chunk.rows.count(engine::PointState::kFiltered);
  mark_.unbuildable += chunk.rows.count(engine::PointState::kUnbuildable);
  if (pending_.size() > kMostPending || Clock::now() - written_ > kLongestWait) flush();
}

void RowStream::flush() {
  if (journal_) {
    journal_->append(pending_, mark_);
    mark_ = journal_->mark();
  } else if (straight_ == nullptr) {
    write_standard_output(pending_);
  } else if (std::fwrite(pending_.data(), 1, pending_.size(), straight_) != pending_.size() ||
             std::fflush(straight_) != 0) {
    throw Error(fmt::format("the device or FIFO can't be written: {}", std::strerror(errno)));
  }
  if (!journal_) mark_.add_bytes(pending_);
  pending_.clear();
  written_ = Clock::now();
}

void RowStream::finish(const std::function<std::string(const sweep::SweepMark&)>& end) {
  flush();
  const std::string text = end(mark_);
  if (journal_) {
    journal_->finish(text);
  } else {
    pending_ = text;
    flush();
  }
}

void RowCollector::add(const sweep::SweepChunk& chunk) {
  for (std::size_t p = 0; p < chunk.rows.states.size(); ++p) {
    if (chunk.rows.states[p] != engine::PointState::kRow) continue;
    tables::SweepRow row = {chunk.job, chunk.rows.first + p, {}, 0};
    for (const auto& column : chunk.rows.columns) row.costs.push_back(column[p]);
    row.key = order_->key(*jobs_, row);
    rows_.push_back(std::move(row));
  }
  if (top_ > 0 && rows_.size() > 2 * top_ + 100'000) sort_and_cut();
  const bool cut_to_fit = top_ > 0 && top_ <= most_;
  if (most_ > 0 && !cut_to_fit && rows_.size() > most_) {
    throw Error(fmt::format(
        "more than {} rows are too many to show; take --top N, --where, or --format csv",
        with_commas(static_cast<std::int64_t>(most_))));
  }
}

void RowCollector::sort_and_cut() {
  if (order_->sorts()) {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [&](const tables::SweepRow& a, const tables::SweepRow& b) {
                       if (a.key == engine::kNoFigure || b.key == engine::kNoFigure)
                         return a.key != engine::kNoFigure && b.key == engine::kNoFigure;
                       return order_->descending ? b.key < a.key : a.key < b.key;
                     });
  }
  if (top_ > 0 && rows_.size() > top_) rows_.resize(top_);
}

std::vector<tables::SweepRow> RowCollector::take() {
  sort_and_cut();
  return std::move(rows_);
}

Progress::Progress(std::uint64_t done, std::uint64_t total)
    : terminal_(isatty(STDERR_FILENO) == 1),
      before_(done),
      total_(total),
      start_(Clock::now()),
      shown_(start_) {}

void Progress::show(std::uint64_t done) {
  const auto time = Clock::now();
  if (!terminal_ || time - shown_ < kLongestWait) return;
  shown_ = time;
  written_ = true;
  const double rate = static_cast<double>(done - before_) / std::max(seconds(time - start_), 1e-9);
  const double left = static_cast<double>(total_ - done) / std::max(rate, 1e-9);
  write_error(fmt::format(
      "\r\033[K{} of {} points ({}), {}/s, {:.0f} s left",
      human_count(static_cast<std::int64_t>(done)), human_count(static_cast<std::int64_t>(total_)),
      percent(static_cast<std::int64_t>(done), static_cast<std::int64_t>(total_), 1) + " %",
      human_count(static_cast<std::int64_t>(rate)), left));
}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (written_) write_error("\r\033[K");
  written_ = false;
}

}  // namespace archcost::cli
