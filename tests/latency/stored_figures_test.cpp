// SPDX-License-Identifier: Apache-2.0
// What a database of latencies keeps, gives back, replaces and removes. All are in memory.
#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "core/diagnostic.hpp"
#include "core/sha256.hpp"
#include "latency/latency_db.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

struct MemoryDb : latency::LatencyDb {
  MemoryDb() : LatencyDb(":memory:", Mode::kWrite) {}
};

const latency::MachineId kPhone{"a CPU", "neon", "tflite", "2.14", "gpu", "f16", "phone"};
const plan::KernelOption kStoredLast{plan::Layout::kLast, plan::Layout::kLast},
    kStoredPlain{plan::Layout::kPlain, plan::Layout::kLast, plan::Method::kPrimitive, 2};

/// Every field has a value of its own.
latency::LayerFigure whole_figure(const std::string& problem, int threads = 3) {
  return {problem,
          kStoredPlain,
          "jit",
          plan::KernelOrigin::kReference,
          threads,
          2e-3,
          0.25,
          1.5e-3,
          {1e-3, 2e-3, 4e-3},
          24,
          "one by one",
          "2026-02-03T04:05:06Z",
          3e-7};
}

latency::NetworkCheck whole_check(const std::string& network, int threads = 3) {
  return {network, threads, 5e8, 1e-2, 0.125, 2e-3, 1.1e-2, 1.2e-2, "ho", "2026-02-03", 4e-7};
}

std::string field_text(const latency::LayerFigure& f) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", f.problem, plan::to_text(f.option),
                     f.implementation, plan::name_of(f.origin), f.threads, f.seconds, f.spread,
                     f.reference, f.samples.size(), f.passes, f.how, f.date, f.core_latency);
}

std::string field_text(const latency::NetworkCheck& c) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {}", c.network, c.threads, c.macs, c.seconds,
                     c.spread, c.reference, c.composed, c.unseen, c.how, c.date, c.core_latency);
}

template <class Figure>
std::vector<std::string> field_texts(const std::vector<Figure>& figures) {
  std::vector<std::string> texts;
  for (const Figure& figure : figures) texts.push_back(field_text(figure));
  std::sort(texts.begin(), texts.end());
  return texts;
}

latency::LayerFigure dated(const std::string& problem, double seconds, const std::string& date,
                           int threads = 1) {
  latency::LayerFigure figure;
  figure.problem = problem;
  figure.threads = threads;
  figure.seconds = seconds;
  figure.date = date;
  return figure;
}

latency::NetworkCheck dated_check(const std::string& network, double seconds,
                                  const std::string& date, int threads = 1) {
  latency::NetworkCheck check;
  check.network = network;
  check.threads = threads;
  check.seconds = seconds;
  check.date = date;
  return check;
}

}  // namespace

TEST_CASE("every field of figures, kernels and machines comes back", "[latency]") {
  MemoryDb db;
  CHECK(db.machines().empty());
  db.add_machine({"other"});
  const int machine = db.add_machine(kPhone);
  CHECK(machine == 2);
  const std::vector<latency::LayerFigure> layers = {whole_figure("p"), whole_figure("q")};
  db.save_layers(machine, layers);
  db.save_check(machine, whole_check("net"));
  plan::Trial works{1.5e-4, "brg", plan::KernelOrigin::kPlainLoops}, fails;
  fails.set_fault("SIGILL");
  const plan::KernelChoices choices = {{"p", {{kStoredLast, works}, {kStoredPlain, fails}}},
                                       {"q", {{kStoredLast, fails}}}};
  db.save_choices(machine, choices);
  REQUIRE(db.machines().size() == 2);
  CHECK(db.machines()[0].layers + db.machines()[0].kernels + db.machines()[0].checks == 0);
  const latency::MachineRow row = db.machines()[1];
  CHECK(row.id == 2);
  CHECK(row.machine == kPhone);
  CHECK(row.layers == 2);
  CHECK(row.kernels == 3);
  CHECK(row.checks == 1);
  CHECK(field_texts(db.layers(machine, 3)) == field_texts(layers));
  CHECK(db.layers(machine, 3)[0].samples == std::vector<double>{1e-3, 2e-3, 4e-3});
  CHECK(field_texts(db.checks(machine, 3)) == std::vector{field_text(whole_check("net"))});
  CHECK(db.layers(1, 0).empty());
  CHECK(db.checks(1, 0).empty());
  CHECK(db.choices(1).empty());
  CHECK(plan::to_json(db.choices(machine)) == plan::to_json(choices));
  CHECK(db.choices(machine).at("p").at(kStoredLast).seconds == 1.5e-4);
  // A kernel that is tried again has its later result.
  works.seconds = 7;
  db.save_choices(machine, {{"q", {{kStoredLast, works}}}});
  CHECK(db.choices(machine).at("q").at(kStoredLast).seconds == 7);
  CHECK(db.machines()[1].kernels == 3);
}

TEST_CASE("figures are found by the number of threads; 0 is any", "[latency]") {
  MemoryDb db;
  const int machine = db.add_machine(kPhone);
  db.save_layers(machine,
                 std::vector{whole_figure("p", 1), whole_figure("p", 2), whole_figure("q", 2)});
  for (const int threads : {1, 2, 4}) db.save_check(machine, whole_check("net", threads));
  CHECK(db.layers(machine, 0).size() == 3);
  CHECK(db.layers(machine, 1).size() == 1);
  CHECK(db.layers(machine, 2).size() == 2);
  CHECK(db.layers(machine, 3).empty());
  CHECK(db.checks(machine, 0).size() == 3);
  CHECK(db.checks(machine, 4).size() == 1);
  const std::vector<latency::MachineContents> all = db.contents();
  REQUIRE(all.size() == 1);
  CHECK(all[0].layers.size() == 3);
  CHECK(all[0].checks.size() == 3);
  CHECK(all[0].size() == 6);
  // A check of the same network and threads is replaced.
  latency::NetworkCheck later = whole_check("net", 2);
  later.seconds = 5;
  db.save_check(machine, later);
  CHECK(db.checks(machine, 0).size() == 3);
  CHECK(db.checks(machine, 2).at(0).seconds == 5);
}

TEST_CASE("the lowest core-to-core latency is of figures and checks with so many threads",
          "[latency]") {
  MemoryDb db;
  const int machine = db.add_machine(kPhone), other = db.add_machine({"other"});
  const auto layer = [&](int of, const std::string& problem, int threads, double latency) {
    latency::LayerFigure figure = whole_figure(problem, threads);
    figure.core_latency = latency;
    db.save_layers(of, std::vector{figure});
  };
  const auto check = [&](int of, int threads, double latency) {
    latency::NetworkCheck one = whole_check("net", threads);
    one.core_latency = latency;
    db.save_check(of, one);
  };
  layer(machine, "p", 2, 0);
  CHECK(db.lowest_core_latency(machine, 2) == 0);
  check(machine, 2, 5e-7);
  CHECK(db.lowest_core_latency(machine, 2) == 5e-7);
  layer(machine, "q", 2, 4e-7);
  layer(machine, "r", 2, 6e-7);
  CHECK(db.lowest_core_latency(machine, 2) == 4e-7);
  check(machine, 2, 3e-7);
  CHECK(db.lowest_core_latency(machine, 2) == 3e-7);
  layer(machine, "q", 4, 1e-7);
  layer(other, "q", 2, 2e-7);
  CHECK(db.lowest_core_latency(machine, 2) == 3e-7);
}

TEST_CASE("a batch's own lowest latency decides which stored figures were high", "[latency]") {
  const auto seconds_after = [](double stored, double again, double beside, int beside_threads) {
    MemoryDb db;
    const int machine = db.add_machine(kPhone);
    latency::LayerFigure first = dated("p", 1, "2026", 2), second = dated("p", 2, "2026", 2),
                         other = dated("q", 3, "2026", beside_threads);
    first.core_latency = stored;
    second.core_latency = again;
    other.core_latency = beside;
    db.save_layers(machine, std::vector{first});
    db.save_layers(machine, std::vector{second, other});
    for (const latency::LayerFigure& figure : db.layers(machine, 2)) {
      if (figure.problem == "p") return figure.seconds;
    }
    return 0.0;
  };
  // High is above 2.5 times the lowest.
  CHECK(seconds_after(400e-9, 300e-9, 100e-9, 2) == 2);
  CHECK(seconds_after(400e-9, 300e-9, 170e-9, 2) == 1);
  CHECK(seconds_after(400e-9, 300e-9, 100e-9, 4) == 1);  // of other threads
  CHECK(seconds_after(400e-9, 450e-9, 100e-9, 2) == 1);  // higher itself
  CHECK(seconds_after(400e-9, 400e-9, 100e-9, 2) == 1);
  CHECK(seconds_after(0, 300e-9, 0, 2) == 2);  // the stored one's was not known
  CHECK(seconds_after(0, 0, 100e-9, 2) == 1);
  CHECK(seconds_after(400e-9, 0, 100e-9, 2) == 1);
}

TEST_CASE("what is removed before a date, and what with the machine", "[latency]") {
  MemoryDb db;
  const int machine = db.add_machine(kPhone), other = db.add_machine({"other"});
  for (const int of : {machine, other}) {
    db.save_layers(of, std::vector{dated("p", 1, "2026-01-30T23:59:59Z"),
                                   dated("q", 1, "2026-01-31T00:00:00Z"),
                                   dated("r", 1, "2026-02-01T00:00:00Z", 2)});
    db.save_check(of, dated_check("early", 1, "2025-12-31"));
    db.save_check(of, dated_check("late", 1, "2027-01-01"));
    db.save_choices(of, {{"p", {{kStoredLast, {}}, {kStoredPlain, {}}}}});
  }
  CHECK(db.prune(machine, "2025-01-01", false) == 0);
  CHECK(db.prune(machine, "2026-01-31", false) == 2);
  CHECK(db.layers(machine, 0).size() == 2);
  CHECK(db.checks(machine, 0).size() == 1);
  CHECK(db.choices(machine).size() == 1);
  CHECK(db.prune(machine, "2026-02-01", false) == 1);
  CHECK(db.prune(machine, "", true) == 2);
  CHECK(db.choices(machine).at("p").size() == 2);
  CHECK(db.machines().size() == 2);
  CHECK(db.prune(machine, "", false) == 2);
  CHECK(db.choices(machine).empty());
  REQUIRE(db.machines().size() == 1);
  CHECK(db.machines()[0].id == other);
  CHECK(db.prune(other, "", false) == 3 + 2 + 2);
  CHECK(db.machines().empty());
}

TEST_CASE("every day of a year is a date, anything else is none", "[latency]") {
  MemoryDb db;
  const int machine = db.add_machine(kPhone);
  for (const int year : {0, 1999, 2026, 9999}) {
    for (int month = 1; month <= 12; ++month) {
      for (const int day : {1, 9, 10, 19, 20, 28, 29, 30, 31})
        CHECK(db.prune(machine, fmt::format("{:04}-{:02}-{:02}", year, month, day), true) == 0);
    }
  }
  for (const std::string wrong :
       {"x026-01-31", "2026/01-31", "2026-01/31", "202a-01-31",  "2026-a1-31",
        "2026-0a-31", "2026-01-a1", "2026-01-3a", "2026-01-31Z", "2026-01-3",
        "2026-00-31", "2026-13-31", "2026-20-31", "2026-01-00",  "2026-01-32",
        "2026-01-40", "2026:01:31", "20260-1-31", "2026-1-031",  " "}) {
    CHECK_THROWS_WITH(db.prune(machine, wrong, true),
                      "error: '" + wrong + "' is no date; write it as 2026-01-31");
  }
}

TEST_CASE("of two databases' figures later ones are taken, of kernels the own ones", "[latency]") {
  MemoryDb db, other;
  const int machine = db.add_machine(kPhone), there = other.add_machine(kPhone);
  const plan::Trial own{1, "own"}, theirs{2, "theirs"};
  db.save_choices(machine, {{"p", {{kStoredLast, own}}}});
  other.save_choices(there, {{"p", {{kStoredLast, theirs}, {kStoredPlain, theirs}}},
                             {"q", {{kStoredLast, theirs}}}});
  db.save_layers(machine,
                 std::vector{dated("p", 1, "2026-01-02", 1), dated("p", 1, "2026-01-02", 2),
                             dated("q", 1, "2026-01-02"), dated("r", 1, "2026-01-02")});
  other.save_layers(there, std::vector{dated("p", 2, "2026-01-01", 1),
                                       dated("p", 2, "2026-01-03", 2), dated("q", 2, "2026-01-02"),
                                       dated("s", 2, "2020"), dated("s", 2, "2020", 4)});
  db.save_check(machine, dated_check("a", 1, "2026-01-02", 1));
  db.save_check(machine, dated_check("a", 1, "2026-01-02", 2));
  db.save_check(machine, dated_check("b", 1, "2026-01-02"));
  other.save_check(there, dated_check("a", 2, "2026-01-03", 1));
  other.save_check(there, dated_check("a", 2, "2026-01-01", 2));
  other.save_check(there, dated_check("b", 2, "2026-01-02"));
  other.save_check(there, dated_check("c", 2, "2026-01-02", 8));
  const latency::MergeCounts counts = db.merge(other.contents());
  CHECK(counts.added == 2 + 1);
  CHECK(counts.replaced == 1 + 1);
  CHECK(counts.known == 2 + 2);
  std::vector<std::string> figures;
  for (const latency::LayerFigure& f : db.layers(machine, 0))
    figures.push_back(fmt::format("{} {}T {}", f.problem, f.threads, f.seconds));
  for (const latency::NetworkCheck& c : db.checks(machine, 0))
    figures.push_back(fmt::format("{} {}T {}", c.network, c.threads, c.seconds));
  std::sort(figures.begin(), figures.end());
  CHECK(figures == std::vector<std::string>{"a 1T 2", "a 2T 1", "b 1T 1", "c 8T 2", "p 1T 1",
                                            "p 2T 2", "q 1T 1", "r 1T 1", "s 1T 2", "s 4T 2"});
  CHECK(db.choices(machine).at("p").at(kStoredLast).implementation == "own");
  CHECK(db.choices(machine).at("p").at(kStoredPlain).implementation == "theirs");
  CHECK(db.choices(machine).at("q").at(kStoredLast).implementation == "theirs");
  CHECK(db.contents().at(0).size() == 10 + 3);
  // A machine that is not there is added.
  MemoryDb empty;
  CHECK(empty.merge(db.contents()).added == 10);
  CHECK(empty.machines().at(0).machine == kPhone);
  CHECK(empty.machines().at(0).kernels == 3);
}

TEST_CASE("parts come back in order, and finished ones stay finished", "[latency]") {
  MemoryDb db;
  CHECK(db.parts().empty());
  db.save_part({"b", 1, "head b1", false, ""});
  db.save_part({"a", 12, "head a12", true, db.figures_hash()});
  db.save_part({"a", 2, "head a2", false, ""});
  db.save_part({"a", 12, "again", false, "other hash"});
  db.save_part({"a", 2, "head a2", true, "third"});
  std::vector<std::string> parts;
  for (const latency::PartRecord& part : db.parts())
    parts.push_back(fmt::format("{} {} {} {} {}", part.work, part.number, part.head, part.finished,
                                part.figures));
  CHECK(parts == std::vector<std::string>{"a 2 head a2 true third", "a 12 again true other hash",
                                          "b 1 head b1 false "});
}

TEST_CASE("a finished part whose figures nothing wrote is not continued", "[latency][hostile]") {
  MemoryDb db;
  db.save_part({"a", 1, "head", true, "hash"});
  for (const int number : {2, 1}) {
    std::string message;
    try {
      db.save_part({"a", number, "head", false, ""});
    } catch (const Error& error) {
      message = error.what();
    }
    CHECK(message == (number == 2
                          ? ""
                          : "error: ':memory:': its figures were changed after this part was "
                            "finished: remove it, and make it again"));
  }
  CHECK(db.parts().at(0).figures == "hash");
}

TEST_CASE("whatever changes figures, parts no longer have those that they were finished with",
          "[latency]") {
  const auto figures_after = [](const auto& change) {
    MemoryDb db;
    const int machine = db.add_machine(kPhone);
    db.save_layers(machine, std::vector{whole_figure("p")});
    db.save_part({"work", 1, "head", true, db.figures_hash()});
    CHECK(db.parts().at(0).figures == db.figures_hash());
    change(db, machine);
    CHECK(db.parts().at(0).finished);
    return db.parts().at(0).figures;
  };
  CHECK(figures_after([](MemoryDb&, int) {}).size() == 64);
  CHECK(figures_after([](MemoryDb& db, int machine) {
          db.save_layers(machine, std::vector{whole_figure("q")});
        }).empty());
  CHECK(figures_after([](MemoryDb& db, int machine) {
          db.save_check(machine, whole_check("net"));
        }).empty());
  CHECK(figures_after([](MemoryDb& db, int machine) {
          db.save_choices(machine, {{"p", {{kStoredLast, {}}}}});
        }).empty());
  CHECK(figures_after([](MemoryDb& db, int machine) { db.prune(machine, "", true); }).empty());
}

TEST_CASE("the hash of figures is that of their lines", "[latency]") {
  MemoryDb db;
  CHECK(db.figures_hash() == sha256(""));
  db.save_layers(db.add_machine(kPhone), std::vector{whole_figure("p")});
  std::ostringstream lines;
  CHECK(latency::write_lines(db.contents(), lines) == 1);
  CHECK(db.figures_hash() == sha256(lines.str()));
}
