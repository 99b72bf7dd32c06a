#include "measure/latency_db.hpp"

#include <fmt/core.h>
#include <sqlite3.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/diagnostic.hpp"
#include "measure/handover.hpp"

namespace archcost {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kApplication = 0x61726363;  // "arcc"
/// Changes with the tables, when names or meanings of options and problems do, and when kernels of
/// our own become others.
constexpr int kVersion = 2;
constexpr int kPatienceMilliseconds = 60'000;

const char* const kTables = R"(
CREATE TABLE machines (id INTEGER PRIMARY KEY, cpu TEXT NOT NULL, isa TEXT NOT NULL,
  library TEXT NOT NULL, UNIQUE (cpu, isa, library));
CREATE TABLE kernels (machine INTEGER NOT NULL, problem TEXT NOT NULL, option TEXT NOT NULL,
  seconds REAL NOT NULL, implementation TEXT NOT NULL, fault TEXT NOT NULL,
  PRIMARY KEY (machine, problem, option)) WITHOUT ROWID;
CREATE TABLE layers (machine INTEGER NOT NULL, threads INTEGER NOT NULL, problem TEXT NOT NULL,
  option TEXT NOT NULL, implementation TEXT NOT NULL, seconds REAL NOT NULL, spread REAL NOT NULL,
  reference REAL NOT NULL, samples TEXT NOT NULL, passes INTEGER NOT NULL, how TEXT NOT NULL,
  date TEXT NOT NULL, handover REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (machine, threads, problem, option)) WITHOUT ROWID;
CREATE TABLE checks (machine INTEGER NOT NULL, threads INTEGER NOT NULL, network TEXT NOT NULL,
  macs REAL NOT NULL, seconds REAL NOT NULL, spread REAL NOT NULL, reference REAL NOT NULL,
  composed REAL NOT NULL, unseen REAL NOT NULL, how TEXT NOT NULL, date TEXT NOT NULL,
  handover REAL NOT NULL DEFAULT 0, PRIMARY KEY (machine, threads, network)) WITHOUT ROWID;
)";

/// From version 1, where threads' distance wasn't known and kernels of our own were others.
const char* const kFromFirst = R"(
ALTER TABLE layers ADD COLUMN handover REAL NOT NULL DEFAULT 0;
ALTER TABLE checks ADD COLUMN handover REAL NOT NULL DEFAULT 0;
DELETE FROM kernels WHERE implementation LIKE 'archcost:%';
DELETE FROM layers WHERE implementation LIKE 'archcost:%';
DELETE FROM checks;
)";

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

std::string samples_text(const std::vector<double>& samples) { return json(samples).dump(); }

std::vector<double> samples_of(const std::string& text) {
  const json parsed = json::parse(text, nullptr, false);
  std::vector<double> samples;
  if (!parsed.is_array()) return samples;
  for (const json& sample : parsed) {
    if (sample.is_number()) samples.push_back(sample.get<double>());
  }
  return samples;
}

const char* const kLayerColumns =
    "problem, option, implementation, threads, seconds, spread, reference, samples, passes, how, "
    "date, handover";
const char* const kCheckColumns =
    "network, threads, macs, seconds, spread, reference, composed, unseen, how, date, handover";

LayerFigure layer_of(const Statement& row) {
  return {row.text(0),
          row.text(1),
          row.text(2),
          static_cast<int>(row.integer(3)),
          row.number(4),
          row.number(5),
          row.number(6),
          samples_of(row.text(7)),
          static_cast<int>(row.integer(8)),
          row.text(9),
          row.text(10),
          row.number(11)};
}

NetworkCheck check_of(const Statement& row) {
  return {row.text(0),   static_cast<int>(row.integer(1)),
          row.number(2), row.number(3),
          row.number(4), row.number(5),
          row.number(6), row.number(7),
          row.text(8),   row.text(9),
          row.number(10)};
}

}  // namespace

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

namespace {

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

[[noreturn]] void fail_damaged(const std::string& path, const std::string& why,
                               std::int64_t figures) {
  const std::string saved =
      figures == 0 ? "none of its figures can be read; move it away, and a new one is begun"
                   : fmt::format(
                         "{} of its figures can still be read: 'archcost db export --db {} -o "
                         "saved.jsonl' writes them; then move it away, and 'archcost db merge "
                         "saved.jsonl' takes them up",
                         figures, path);
  throw Error(fmt::format("'{}' is damaged ({}); {}", path, why, saved));
}

}  // namespace

LatencyDb::LatencyDb(std::string path, Mode mode) : path_(std::move(path)) {
  std::error_code status;
  const bool there = fs::exists(path_, status);
  if (!there && mode != Mode::kWrite) {
    throw Error(
        fmt::format("there is no database of latencies '{}'; 'archcost profile SPEC' fills one, "
                    "--db FILE names another",
                    path_));
  }
  if (fs::is_directory(path_, status))
    throw Error(fmt::format("'{}' is a folder, not a database", path_));
  if (!there && fs::path(path_).has_parent_path())
    fs::create_directories(fs::path(path_).parent_path(), status);
  connection_ = std::make_unique<Connection>(path_, mode == Mode::kSalvage);
  const int flags =
      mode == Mode::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
  int opened = sqlite3_open_v2(path_.c_str(), &connection_->handle, flags, nullptr);
  if (opened != SQLITE_OK)
    throw Error(
        fmt::format("'{}' can't be opened: {}", path_, sqlite3_errmsg(connection_->handle)));
  if (mode == Mode::kWrite && sqlite3_db_readonly(connection_->handle, "main") == 1)
    throw Error(fmt::format("'{}' can't be written", path_));
  sqlite3_busy_timeout(connection_->handle, kPatienceMilliseconds);
  if (mode == Mode::kSalvage) return;
  try {
    // In this order: another process may be making both, in one transaction.
    const bool has_tables = connection_->number("SELECT count(*) FROM sqlite_master") != 0;
    if (connection_->number("PRAGMA application_id") == 0) {
      if (has_tables) throw Error(fmt::format("'{}' is a database, but none of latencies", path_));
      if (mode == Mode::kRead)
        throw Error(
            fmt::format("'{}' is empty; 'archcost profile SPEC --db {}' fills it", path_, path_));
      Transaction guard(*connection_);
      // Another process may have been quicker.
      if (connection_->number("PRAGMA application_id") == 0) {
        connection_->run_all(kTables);
        connection_->run(fmt::format("PRAGMA user_version = {}", kVersion));
        connection_->run(fmt::format("PRAGMA application_id = {}", kApplication));
        guard.commit(*connection_);
      }
    }
    if (connection_->number("PRAGMA application_id") != kApplication)
      throw Error(fmt::format("'{}' is a database, but none of latencies", path_));
    const std::int64_t version = connection_->number("PRAGMA user_version");
    if (version > kVersion) {
      throw Error(fmt::format(
          "'{}' was written by a newer archcost (its version is {}, this one knows {}); use that, "
          "or another file with --db; 'archcost db export --db {} -o saved.jsonl' writes the {} "
          "figures that this one can read",
          path_, version, kVersion, path_, connection_->readable("layers")));
    }
    if (version < kVersion) {
      Transaction guard(*connection_);
      // Another process may have been quicker.
      if (connection_->number("PRAGMA user_version") < kVersion) {
        connection_->run_all(kFromFirst);
        connection_->run(fmt::format("PRAGMA user_version = {}", kVersion));
        guard.commit(*connection_);
      }
    }
    Statement check = connection_->prepare("PRAGMA quick_check(1)");
    if (check.step() && check.text(0) != "ok")
      fail_damaged(path_, "its pages don't fit together", connection_->readable("layers"));
  } catch (const Damaged&) {
    fail_damaged(path_, "SQLite can't read it", connection_->readable("layers"));
  }
}

LatencyDb::~LatencyDb() = default;
LatencyDb::LatencyDb(LatencyDb&&) noexcept = default;
LatencyDb& LatencyDb::operator=(LatencyDb&&) noexcept = default;

std::vector<MachineRow> LatencyDb::machines() const {
  Statement rows = connection_->prepare("SELECT id, cpu, isa, library FROM machines ORDER BY id");
  std::vector<MachineRow> machines;
  while (rows.step()) {
    const int id = static_cast<int>(rows.integer(0));
    // One by one: what a damaged database can't count doesn't hide the machine.
    const auto count = [&](const char* table) {
      return connection_->number(
          fmt::format("SELECT count(*) FROM {} WHERE machine = {}", table, id));
    };
    machines.push_back({id,
                        {rows.text(1), rows.text(2), rows.text(3)},
                        count("layers"),
                        count("kernels"),
                        count("checks")});
  }
  return machines;
}

int LatencyDb::add_machine(const MachineId& machine) {
  connection_->prepare("INSERT OR IGNORE INTO machines (cpu, isa, library) VALUES (?, ?, ?)")
      .bind(machine.cpu)
      .bind(machine.isa)
      .bind(machine.library)
      .run();
  Statement found =
      connection_->prepare("SELECT id FROM machines WHERE cpu = ? AND isa = ? AND library = ?");
  found.bind(machine.cpu).bind(machine.isa).bind(machine.library);
  found.step();
  return static_cast<int>(found.integer(0));
}

Choices LatencyDb::choices(int machine) const {
  Statement rows = connection_->prepare(
      "SELECT problem, option, seconds, implementation, fault FROM kernels WHERE machine = ?");
  rows.bind(machine);
  Choices choices;
  while (rows.step()) {
    choices[rows.text(0)][rows.text(1)] = {rows.number(2), rows.text(3), rows.text(4)};
  }
  return choices;
}

void LatencyDb::save_choices(int machine, const Choices& choices) {
  Transaction guard(*connection_);
  Statement insert =
      connection_->prepare("INSERT OR REPLACE INTO kernels VALUES (?, ?, ?, ?, ?, ?)");
  for (const auto& [problem, options] : choices) {
    for (const auto& [option, tried] : options) {
      insert.bind(machine)
          .bind(problem)
          .bind(option)
          .bind(tried.seconds)
          .bind(tried.implementation)
          .bind(tried.fault)
          .run();
    }
  }
  guard.commit(*connection_);
}

std::vector<LayerFigure> LatencyDb::layers(int machine, int threads) const {
  Statement rows = connection_->prepare(fmt::format(
      "SELECT {} FROM layers WHERE machine = ?1 AND (?2 = 0 OR threads = ?2)", kLayerColumns));
  rows.bind(machine).bind(threads);
  std::vector<LayerFigure> figures;
  while (rows.step()) figures.push_back(layer_of(rows));
  return figures;
}

void LatencyDb::save_layers(int machine, std::span<const LayerFigure> figures, bool replace) {
  Transaction guard(*connection_);
  Statement insert = connection_->prepare(fmt::format(
      "INSERT OR {} INTO layers (machine, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      replace ? "REPLACE" : "IGNORE", kLayerColumns));
  Statement remove = connection_->prepare(
      "DELETE FROM layers WHERE machine = ? AND threads = ? AND problem = ? AND option = ? AND "
      "(handover = 0 OR handover > ?) AND ? > 0");
  for (const LayerFigure& f : figures) {
    remove.bind(machine)
        .bind(f.threads)
        .bind(f.problem)
        .bind(f.option)
        .bind(kNear * f.handover)
        .bind(f.handover)
        .run();
    insert.bind(machine)
        .bind(f.problem)
        .bind(f.option)
        .bind(f.implementation)
        .bind(f.threads)
        .bind(f.seconds)
        .bind(f.spread)
        .bind(f.reference)
        .bind(samples_text(f.samples))
        .bind(f.passes)
        .bind(f.how)
        .bind(f.date)
        .bind(f.handover)
        .run();
  }
  guard.commit(*connection_);
}

std::vector<NetworkCheck> LatencyDb::checks(int machine, int threads) const {
  Statement rows = connection_->prepare(fmt::format(
      "SELECT {} FROM checks WHERE machine = ?1 AND (?2 = 0 OR threads = ?2)", kCheckColumns));
  rows.bind(machine).bind(threads);
  std::vector<NetworkCheck> checks;
  while (rows.step()) checks.push_back(check_of(rows));
  return checks;
}

void LatencyDb::save_check(int machine, const NetworkCheck& c) {
  connection_
      ->prepare(fmt::format(
          "INSERT OR REPLACE INTO checks (machine, {}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          kCheckColumns))
      .bind(machine)
      .bind(c.network)
      .bind(c.threads)
      .bind(c.macs)
      .bind(c.seconds)
      .bind(c.spread)
      .bind(c.reference)
      .bind(c.composed)
      .bind(c.unseen)
      .bind(c.how)
      .bind(c.date)
      .bind(c.handover)
      .run();
}

double LatencyDb::nearest(int machine, int threads) const {
  std::vector<double> handovers;
  for (const char* table : {"layers", "checks"}) {
    Statement least = connection_->prepare(fmt::format(
        "SELECT min(handover) FROM {} WHERE machine = ? AND threads = ? AND handover > 0", table));
    least.bind(machine).bind(threads);
    if (least.step()) handovers.push_back(least.number(0));
  }
  return nearest_of(handovers);
}

std::int64_t LatencyDb::prune(int machine, const std::string& before, bool keep_kernels) {
  Transaction guard(*connection_);
  std::int64_t removed = 0;
  const auto remove = [&](const std::string& sql, bool dated) {
    Statement statement = connection_->prepare(sql);
    statement.bind(machine);
    if (dated) statement.bind(before);
    statement.run();
    removed += sqlite3_changes(connection_->handle);
  };
  for (const char* table : {"layers", "checks"}) {
    remove(fmt::format("DELETE FROM {} WHERE machine = ?1 AND (?2 = '' OR date < ?2)", table),
           true);
  }
  if (before.empty() && !keep_kernels) {
    remove("DELETE FROM kernels WHERE machine = ?1", false);
    remove("DELETE FROM machines WHERE id = ?1", false);
  }
  guard.commit(*connection_);
  return removed;
}

}  // namespace archcost
