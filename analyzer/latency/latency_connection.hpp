// SPDX-License-Identifier: Apache-2.0
// SQLite as the database of latencies uses it: the connection, statements and transactions.
#pragma once

#include <fmt/core.h>
#include <sqlite3.h>

#include <string>

#include "core/diagnostic.hpp"
#include "latency/latency_db.hpp"

namespace archcost::latency {

/// So long a writer waits for another.
constexpr int kPatienceMilliseconds = 60'000;

/// SQLite says that the file itself is broken.
struct Damaged : Error {
  using Error::Error;
};

class Statement {
 public:
  Statement(sqlite3* handle, const std::string& path, bool tolerant, const std::string& sql)
      : handle_(handle), path_(path), tolerant_(tolerant) {
    check(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement_, nullptr));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& text) {
    check(sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()),
                            SQLITE_TRANSIENT));
    return *this;
  }
  Statement& bind(double number) {
    check(sqlite3_bind_double(statement_, ++bound_, number));
    return *this;
  }
  Statement& bind(int number) {
    check(sqlite3_bind_int(statement_, ++bound_, number));
    return *this;
  }
  /// To the next row; false behind the last one.
  bool step() {
    const int status = sqlite3_step(statement_);
    if (status == SQLITE_ROW) return true;
    if (status == SQLITE_DONE) return false;
    if (tolerant_ && (status == SQLITE_CORRUPT || status == SQLITE_ERROR)) return false;
    check(status);
    return false;
  }
  void run() {
    while (step()) {
    }
    sqlite3_reset(statement_);
    bound_ = 0;
  }
  std::string text(int column) const {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    return text == nullptr ? "" : reinterpret_cast<const char*>(text);
  }
  double number(int column) const { return sqlite3_column_double(statement_, column); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }

 private:
  void check(int status) const {
    if (status == SQLITE_OK) return;
    const std::string message = sqlite3_errmsg(handle_);
    if (status == SQLITE_CORRUPT || status == SQLITE_NOTADB)
      throw Damaged(fmt::format("'{}' is damaged: {}", path_, message));
    if (status == SQLITE_BUSY || status == SQLITE_LOCKED)
      throw Error(fmt::format("'{}' is being written by another process for more than {} s", path_,
                              kPatienceMilliseconds / 1000));
    throw Error(fmt::format("'{}': {}", path_, message));
  }

  sqlite3* handle_;
  const std::string& path_;
  bool tolerant_;  // what can't be read is taken for the end
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

struct LatencyDb::Connection {
  sqlite3* handle = nullptr;
  const std::string path;
  const bool tolerant;

  Connection(std::string file, bool salvage) : path(std::move(file)), tolerant(salvage) {}
  ~Connection() { sqlite3_close_v2(handle); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Statement prepare(const std::string& sql) const { return {handle, path, tolerant, sql}; }
  void run(const std::string& sql) const { prepare(sql).run(); }
  void run_all(const char* sql) const {
    if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw Error(fmt::format("'{}': {}", path, sqlite3_errmsg(handle)));
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
  template <class Connection>
  explicit Transaction(const Connection& connection) : handle_(connection.handle) {
    connection.run("BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (handle_ != nullptr) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  template <class Connection>
  void commit(const Connection& connection) {
    connection.run("COMMIT");
    handle_ = nullptr;
  }

 private:
  sqlite3* handle_;
};

}  // namespace archcost::latency
