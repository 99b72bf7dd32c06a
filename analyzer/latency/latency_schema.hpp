// SPDX-License-Identifier: Apache-2.0
// SQLite as the database of latencies uses it: the connection, statements and transactions.
#pragma once

#include <fmt/core.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "latency/latency_db.hpp"

namespace archcost::latency {

/// So long a writer waits for another.
constexpr int kPatienceMilliseconds = 60'000;

/// SQLite says that the file itself is broken.
struct Damaged : DamagedDatabase {
  using DamagedDatabase::DamagedDatabase;
};

/// The same text with U+FFFD for bytes that are no UTF-8: a damaged database may hold any.
inline std::string valid_utf8(const std::string& text) {
  if (!find_invalid_utf8(text)) return text;
  std::string valid;
  for (const std::string_view character : utf8_characters(text))
    valid += find_invalid_utf8(character) ? "\uFFFD" : character;
  return valid;
}

class Statement {
 public:
  Statement(sqlite3* handle, const std::string& path, bool* gaps, const std::string& sql)
      : handle_(handle), path_(path), gaps_(gaps) {
    check(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Values>
  void bind(const Values&... values) {
    (bind_one(values), ...);
  }
  /// To the next row; false behind the last one.
  bool step() {
    const int status = sqlite3_step(statement_);
    if (status == SQLITE_ROW) return true;
    if (status == SQLITE_DONE) return false;
    if (gaps_ != nullptr && (status == SQLITE_CORRUPT || status == SQLITE_ERROR)) {
      *gaps_ = true;
      return false;
    }
    check(status);
    return false;
  }
  /// Runs it to its end with these values after those that are bound.
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    while (step()) {
    }
    sqlite3_reset(statement_);
    bound_ = 0;
  }
  std::string text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    return text == nullptr ? "" : valid_utf8(reinterpret_cast<const char*>(text));
  }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }

  void read(int column, std::string& value) const { value = text(column); }
  void read(int column, int& value) const { value = static_cast<int>(integer(column)); }
  void read(int column, double& value) const { value = sqlite3_column_double(statement_, column); }
  void read(int column, plan::KernelOrigin& value) const {
    value = plan::origin_from_name(text(column));
  }
  /// An option that this version doesn't know is refused by who reads the row.
  void read(int column, plan::KernelOption& value) const {
    value = plan::option_from_text(text(column)).value_or(plan::KernelOption{});
  }
  void read(int column, std::vector<double>& value) const {
    const auto parsed = nlohmann::json::parse(text(column), nullptr, false);
    value.clear();
    if (!parsed.is_array()) return;
    for (const nlohmann::json& sample : parsed) {
      if (sample.is_number()) value.push_back(sample.get<double>());
    }
  }

 private:
  void bind_one(const std::string& text) {
    check(sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()),
                            SQLITE_TRANSIENT));
  }
  void bind_one(double number) { check(sqlite3_bind_double(statement_, ++bound_, number)); }
  void bind_one(int number) { check(sqlite3_bind_int(statement_, ++bound_, number)); }
  void bind_one(const plan::KernelOption& option) { bind_one(plan::to_text(option)); }
  void bind_one(plan::KernelOrigin origin) { bind_one(std::string(plan::name_of(origin))); }
  void bind_one(const std::vector<double>& samples) { bind_one(nlohmann::json(samples).dump()); }

  void check(int status) const {
    if (status == SQLITE_OK) return;
    const std::string message = sqlite3_errmsg(handle_);
    // SQLITE_ERROR: the statements are fixed, so that a table or a column is missing.
    if (status == SQLITE_CORRUPT || status == SQLITE_NOTADB || status == SQLITE_ERROR)
      throw Damaged(fmt::format("'{}' is damaged: {}", path_, message), message);
    if (status == SQLITE_BUSY || status == SQLITE_LOCKED)
      throw Error(fmt::format("'{}' is being written by another process for more than {} s", path_,
                              kPatienceMilliseconds / 1000));
    throw Error(fmt::format("'{}': {}", path_, message));
  }

  sqlite3* handle_;
  const std::string& path_;
  bool* gaps_;  // what can't be read is taken for the end, and noted here; null: an error
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

struct LatencyDb::Connection {
  sqlite3* handle = nullptr;
  const std::string path;
  const bool tolerant;
  mutable bool gaps = false;  ///< of a tolerant one: something could not be read

  Connection(std::string file, bool salvage) : path(std::move(file)), tolerant(salvage) {}
  ~Connection() { sqlite3_close_v2(handle); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Statement prepare(const std::string& sql) const {
    return {handle, path, tolerant ? &gaps : nullptr, sql};
  }
  template <class... Values>
  void run(const std::string& sql, const Values&... values) const {
    prepare(sql).run(values...);
  }
  void run_all(const char* sql) const {
    if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw Error(fmt::format("'{}': {}", path, sqlite3_errmsg(handle)));
  }
  bool has_part_figures() const {
    return number("SELECT count(*) FROM pragma_table_info('parts') WHERE name = 'figures'") != 0;
  }
  /// Parts are no longer what they were when they were finished.
  void note_change() const {
    if (has_part_figures()) run("UPDATE parts SET figures = '' WHERE figures != ''");
  }
  std::int64_t number(const std::string& sql) const {
    Statement statement = prepare(sql);
    return statement.step() ? statement.integer(0) : 0;
  }
  /// How many rows of the table can be read before the first that can't.
  std::int64_t readable(const std::string& table) const {
    std::int64_t rows = 0;
    try {
      Statement statement = prepare("SELECT * FROM " + table);
      while (statement.step()) ++rows;
    } catch (const std::exception&) {
    }
    return rows;
  }
};

/// All or nothing.
class Transaction {
 public:
  explicit Transaction(const auto& connection) : handle_(connection.handle) {
    connection.run("BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (handle_ != nullptr) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void commit(const auto& connection) {
    connection.run("COMMIT");
    handle_ = nullptr;
  }

 private:
  sqlite3* handle_;
};

}  // namespace archcost::latency
