// SPDX-License-Identifier: Apache-2.0
// Which parts of divided work filled a database.
#include <fmt/core.h>

#include <sstream>

#include "core/diagnostic.hpp"
#include "core/sha256.hpp"
#include "latency/latency_db.hpp"
#include "latency/latency_schema.hpp"

namespace archcost::latency {

std::string LatencyDb::figures_hash() const {
  std::ostringstream lines;
  write_lines(contents(), lines);
  return sha256(lines.str());
}

// The table came later than others: a database without it has no parts. So did its last column.
void LatencyDb::save_part(const PartRecord& record) {
  connection_->run(
      "CREATE TABLE IF NOT EXISTS parts (work TEXT NOT NULL, number INTEGER NOT NULL, head TEXT "
      "NOT "
      "NULL, finished INTEGER NOT NULL, figures TEXT NOT NULL DEFAULT '', PRIMARY KEY (work, "
      "number)) WITHOUT ROWID");
  if (!record.finished) {
    for (const PartRecord& known : parts()) {
      if (known.work == record.work && known.number == record.number && !known.figures.empty() &&
          known.figures != figures_hash())
        throw Error(
            fmt::format("'{}': its figures were changed after this part was finished: "
                        "remove it, and make it again",
                        path_));
    }
  }
  if (!connection_->has_part_figures())
    connection_->run("ALTER TABLE parts ADD COLUMN figures TEXT NOT NULL DEFAULT ''");
  connection_->run(
      "INSERT INTO parts (work, number, head, finished, figures) VALUES (?1, ?2, ?3, ?4, ?5) ON "
      "CONFLICT DO UPDATE SET head = ?3, finished = max(finished, ?4), figures = ?5",
      record.work, record.number, record.head, record.finished ? 1 : 0, record.figures);
}

std::vector<PartRecord> LatencyDb::parts() const {
  if (connection_->number("SELECT count(*) FROM sqlite_master WHERE name = 'parts'") == 0)
    return {};
  Statement rows =
      connection_->prepare(fmt::format("SELECT work, number, head, finished, {} FROM parts ORDER "
                                       "BY work, number",
                                       connection_->has_part_figures() ? "figures" : "''"));
  std::vector<PartRecord> parts;
  while (rows.step())
    parts.push_back({rows.text(0), static_cast<int>(rows.integer(1)), rows.text(2),
                     rows.integer(3) != 0, rows.text(4)});
  return parts;
}

}  // namespace archcost::latency
