// SPDX-License-Identifier: Apache-2.0
// Which parts of divided work filled a database.
#include "latency/latency_db.hpp"
#include "latency/latency_schema.hpp"

namespace archcost::latency {

// The table came later than others: a database without it has no parts.
void LatencyDb::save_part(const PartRecord& record) {
  connection_->run(
      "CREATE TABLE IF NOT EXISTS parts (work TEXT NOT NULL, number INTEGER NOT NULL, head TEXT "
      "NOT "
      "NULL, finished INTEGER NOT NULL, PRIMARY KEY (work, number)) WITHOUT ROWID");
  connection_->run(
      "INSERT INTO parts VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET head = ?3, finished = "
      "max(finished, ?4)",
      record.work, record.number, record.head, record.finished ? 1 : 0);
}

std::vector<PartRecord> LatencyDb::parts() const {
  if (connection_->number("SELECT count(*) FROM sqlite_master WHERE name = 'parts'") == 0)
    return {};
  Statement rows =
      connection_->prepare("SELECT work, number, head, finished FROM parts ORDER BY work, number");
  std::vector<PartRecord> parts;
  while (rows.step())
    parts.push_back(
        {rows.text(0), static_cast<int>(rows.integer(1)), rows.text(2), rows.integer(3) != 0});
  return parts;
}

}  // namespace archcost::latency
