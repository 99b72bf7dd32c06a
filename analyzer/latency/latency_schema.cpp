// SPDX-License-Identifier: Apache-2.0
// Opens the file of the database: creates it, updates an earlier version, or refuses it.
#include "latency/latency_schema.hpp"

#include <filesystem>
#include <fstream>

namespace archcost::latency {
namespace {

namespace fs = std::filesystem;

constexpr int kApplication = 0x61726363;  // "arcc"
/// Changes with the tables, with the names or meanings of options and problems, and when archcost's
/// own loops change.
constexpr int kVersion = 5;

const char* const kTables = R"(
CREATE TABLE machines (id INTEGER PRIMARY KEY, cpu TEXT NOT NULL, isa TEXT NOT NULL,
  engine TEXT NOT NULL, version TEXT NOT NULL, provider TEXT NOT NULL, data_type TEXT NOT NULL,
  name TEXT NOT NULL, UNIQUE (cpu, isa, engine, version, provider, data_type, name));
CREATE TABLE kernels (machine INTEGER NOT NULL, problem TEXT NOT NULL, option TEXT NOT NULL,
  seconds REAL NOT NULL, implementation TEXT NOT NULL, fault TEXT NOT NULL,
  origin TEXT NOT NULL DEFAULT 'library', PRIMARY KEY (machine, problem, option)) WITHOUT ROWID;
CREATE TABLE layers (machine INTEGER NOT NULL, threads INTEGER NOT NULL, problem TEXT NOT NULL,
  option TEXT NOT NULL, implementation TEXT NOT NULL, seconds REAL NOT NULL, spread REAL NOT NULL,
  reference REAL NOT NULL, samples TEXT NOT NULL, passes INTEGER NOT NULL, how TEXT NOT NULL,
  date TEXT NOT NULL, core_latency REAL NOT NULL DEFAULT 0,
  origin TEXT NOT NULL DEFAULT 'library', footprints TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (machine, threads, problem, option)) WITHOUT ROWID;
CREATE TABLE checks (machine INTEGER NOT NULL, threads INTEGER NOT NULL, network TEXT NOT NULL,
  macs REAL NOT NULL, seconds REAL NOT NULL, spread REAL NOT NULL, reference REAL NOT NULL,
  composed REAL NOT NULL, unseen REAL NOT NULL, how TEXT NOT NULL, date TEXT NOT NULL,
  core_latency REAL NOT NULL DEFAULT 0, PRIMARY KEY (machine, threads, network)) WITHOUT ROWID;
)";

/// From version 1 to 2: the core-to-core latency is stored.
const char* const kFromVersion1 = R"(
ALTER TABLE layers ADD COLUMN handover REAL NOT NULL DEFAULT 0;
ALTER TABLE checks ADD COLUMN handover REAL NOT NULL DEFAULT 0;
)";

/// From version 2 to 3: archcost's own convolution kernels are gone, reference kernels are no
/// longer failures. What they influenced is dropped, everything else is kept.
const char* const kFromVersion2 = R"(
ALTER TABLE layers RENAME COLUMN handover TO core_latency;
ALTER TABLE checks RENAME COLUMN handover TO core_latency;
ALTER TABLE layers ADD COLUMN origin TEXT NOT NULL DEFAULT 'library';
ALTER TABLE kernels ADD COLUMN origin TEXT NOT NULL DEFAULT 'library';
DELETE FROM kernels WHERE implementation LIKE 'archcost:%' OR implementation LIKE 'sgemm:%'
  OR option LIKE '% own' OR problem LIKE '% shuffled%' OR fault = 'reference kernel';
DELETE FROM layers WHERE implementation LIKE 'archcost:%' OR implementation LIKE 'sgemm:%'
  OR option LIKE '% own' OR problem LIKE '% shuffled%';
DELETE FROM checks;
UPDATE OR REPLACE kernels SET option = replace(option, ' inner product', '>nhwc inner product')
  WHERE option LIKE '% inner product';
UPDATE OR REPLACE layers SET option = replace(option, ' inner product', '>nhwc inner product')
  WHERE option LIKE '% inner product';
)";

/// From version 3 to 4: figures of other engines than oneDNN, and of machines that have a name.
const char* const kFromVersion3 = R"(
ALTER TABLE machines RENAME TO machines_before;
CREATE TABLE machines (id INTEGER PRIMARY KEY, cpu TEXT NOT NULL, isa TEXT NOT NULL,
  engine TEXT NOT NULL, version TEXT NOT NULL, provider TEXT NOT NULL, data_type TEXT NOT NULL,
  name TEXT NOT NULL, UNIQUE (cpu, isa, engine, version, provider, data_type, name));
INSERT INTO machines SELECT id, cpu, isa, 'onednn',
  CASE WHEN library LIKE 'oneDNN %' THEN substr(library, 8) ELSE library END, 'cpu', 'f32', ''
  FROM machines_before;
DROP TABLE machines_before;
)";

/// From version 4 to 5: the footprints of the networks in which figures were taken; the reference
/// layer of ONNX Runtime has one thread, whatever its network has.
const char* const kFromVersion4 = R"(
ALTER TABLE layers ADD COLUMN footprints TEXT NOT NULL DEFAULT '[]';
UPDATE layers SET reference = 0 WHERE threads > 1 AND machine IN
  (SELECT id FROM machines WHERE engine = 'onnxruntime');
UPDATE checks SET reference = 0 WHERE threads > 1 AND machine IN
  (SELECT id FROM machines WHERE engine = 'onnxruntime');
)";

/// A later process finds the work done.
void update_tables(const LatencyDb::Connection& connection) {
  Transaction guard(connection);
  const std::int64_t version = connection.number("PRAGMA user_version");
  if (version >= kVersion) return;
  if (version < 2) connection.run_all(kFromVersion1);
  if (version < 3) connection.run_all(kFromVersion2);
  if (version < 4) connection.run_all(kFromVersion3);
  connection.run_all(kFromVersion4);
  connection.run(fmt::format("PRAGMA user_version = {}", kVersion));
  guard.commit(connection);
}

[[noreturn]] void fail_damaged(const std::string& path, const std::string& why,
                               std::int64_t figures) {
  const std::string saved =
      figures == 0 ? "none of its figures can be read; move it away, and a new one is created"
                   : fmt::format(
                         "{} of its figures can still be read: 'archcost db export --db {} -o "
                         "saved.jsonl' writes them; then move it away, and 'archcost db merge "
                         "saved.jsonl' adds them to a new one",
                         figures, shell_quoted(path));
  throw DamagedDatabase(fmt::format("'{}' is damaged ({}); {}", path, why, saved), why);
}

/// Whether the file begins as databases do, as far as it reaches: an empty one does. Of what can't
/// be read SQLite says why.
bool begins_as_database(const std::string& path) {
  static constexpr char kText[] = "SQLite format 3";
  constexpr std::string_view kBegin(kText, sizeof kText);  // with its zero
  std::error_code status;
  if (!fs::is_regular_file(path, status)) return true;
  std::ifstream file(path, std::ios::binary);
  if (!file) return true;
  std::string begin(kBegin.size(), '\0');
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(file.gcount()));
  return kBegin.starts_with(begin);
}

[[noreturn]] void fail_foreign(const std::string& path) {
  throw Error(fmt::format(
      "'{}' is not a database of archcost: it doesn't begin as one; name another file", path));
}

/// Refuses a path where no database can be; a folder is made for a new one.
void prepare_path(const std::string& path, LatencyDb::Mode mode) {
  std::error_code status;
  const bool there = fs::exists(path, status);
  if (!there && mode != LatencyDb::Mode::kWrite) {
    throw Error(
        fmt::format("there is no database of latencies '{}'; 'archcost profile SPEC' fills one, "
                    "--db FILE names another",
                    path));
  }
  if (fs::is_directory(path, status))
    throw Error(fmt::format("'{}' is a folder, not a database", path));
  if (!there && fs::path(path).has_parent_path())
    fs::create_directories(fs::path(path).parent_path(), status);
}

void open_file(LatencyDb::Connection& connection, LatencyDb::Mode mode) {
  const bool writes = mode == LatencyDb::Mode::kWrite;
  const int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
  const std::string& path = connection.path;
  if (sqlite3_open_v2(path.c_str(), &connection.handle, flags, nullptr) != SQLITE_OK)
    throw Error(fmt::format("'{}' can't be opened: {}", path, sqlite3_errmsg(connection.handle)));
  if (writes && sqlite3_db_readonly(connection.handle, "main") == 1)
    throw Error(fmt::format("'{}' can't be written", path));
  sqlite3_busy_timeout(connection.handle, kPatienceMilliseconds);
}

void update_salvaged(const LatencyDb::Connection& connection) {
  try {
    const std::int64_t version = connection.number("PRAGMA user_version");
    if (version > 0 && version < kVersion) update_tables(connection);
  } catch (const std::exception&) {  // what can be read is read as it is
  }
}

void create_tables(const LatencyDb::Connection& connection) {
  Transaction guard(connection);
  // Another process may have been quicker.
  if (connection.number("PRAGMA application_id") != 0) return;
  connection.run_all(kTables);
  connection.run(fmt::format("PRAGMA user_version = {}", kVersion));
  connection.run(fmt::format("PRAGMA application_id = {}", kApplication));
  guard.commit(connection);
}

/// Refuses databases of other programs; an empty file gets the tables, unless it is only read.
void check_application(const LatencyDb::Connection& connection, LatencyDb::Mode mode) {
  const std::string& path = connection.path;
  // In this order: another process may be making both, in one transaction.
  const bool has_tables = connection.number("SELECT count(*) FROM sqlite_master") != 0;
  if (connection.number("PRAGMA application_id") == 0) {
    if (has_tables) throw Error(fmt::format("'{}' is a database, but none of latencies", path));
    if (mode == LatencyDb::Mode::kRead)
      throw Error(fmt::format("'{}' is empty; 'archcost profile SPEC --db {}' fills it", path,
                              shell_quoted(path)));
    create_tables(connection);
  }
  if (connection.number("PRAGMA application_id") != kApplication)
    throw Error(fmt::format("'{}' is a database, but none of latencies", path));
}

/// Updates an earlier version, refuses a later one.
void check_version(const LatencyDb::Connection& connection) {
  const std::int64_t version = connection.number("PRAGMA user_version");
  if (version > kVersion) {
    const std::string& path = connection.path;
    throw Error(fmt::format(
        "'{}' was written by a newer archcost (its version is {}, this one knows {}); use that, "
        "or another file with --db; 'archcost db export --db {} -o saved.jsonl' writes the {} "
        "figures that this one can read",
        path, version, kVersion, shell_quoted(path), connection.readable("layers")));
  }
  if (version < kVersion) update_tables(connection);
}

void check_pages(const LatencyDb::Connection& connection) {
  Statement check = connection.prepare("PRAGMA quick_check(1)");
  if (check.step() && check.text(0) != "ok")
    fail_damaged(connection.path, "its pages are inconsistent", connection.readable("layers"));
}

}  // namespace

LatencyDb::LatencyDb(std::string path, Mode mode) : path_(std::move(path)) {
  prepare_path(path_, mode);
  connection_ = std::make_unique<Connection>(path_, mode == Mode::kSalvage);
  open_file(*connection_, mode);
  if (mode == Mode::kSalvage) {
    if (!begins_as_database(path_)) fail_foreign(path_);
    update_salvaged(*connection_);
    return;
  }
  try {
    check_application(*connection_, mode);
    check_version(*connection_);
    check_pages(*connection_);
  } catch (const Damaged&) {
    if (!begins_as_database(path_)) fail_foreign(path_);
    fail_damaged(path_, "SQLite can't read it", connection_->readable("layers"));
  }
}

LatencyDb::~LatencyDb() = default;
LatencyDb::LatencyDb(LatencyDb&&) noexcept = default;
LatencyDb& LatencyDb::operator=(LatencyDb&&) noexcept = default;

}  // namespace archcost::latency
