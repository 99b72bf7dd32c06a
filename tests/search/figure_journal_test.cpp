// SPDX-License-Identifier: Apache-2.0
// Slow figures that outlive the search that asked for them.
#include "search/methods/figure_journal.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

// A cost that counts how often it is asked: the number of output channels.
struct Counted {
  int asked = 0;
  std::vector<space::SlowCost> costs() {
    return {{"width", "", [this](const graph::Network& network) -> std::optional<space::Uncertain> {
               ++asked;
               const auto width = static_cast<double>(network.layers[0].output.channels.value());
               if (width == 24) return {};
               return space::Uncertain{width, width / 3};
             }}};
  }
};

graph::Network wide(int channels) {
  return network_of(fmt::format(
      "name: net\nparams: {{c: {}}}\ninput: {{channels: 3, height: 8, width: 8}}\nlayers:\n  - "
      "conv: {{out: c}}\n",
      channels));
}

}  // namespace

TEST_CASE("figures that were got are never got again, whatever happened between", "[search]") {
  const TestFolder folder;
  const std::string file = folder / "figures";
  std::atomic<bool> stop = false;
  Counted counted;
  {
    methods::FigureJournal journal;
    journal.open(file, "request", false);
    const auto cost = journal.keep(counted.costs(), stop)[0];
    CHECK(cost.of(wide(8))->value == 8);
    CHECK(!cost.of(wide(24)));
    CHECK(cost.of(wide(8))->error == 8 / 3.0);
    CHECK(counted.asked == 2);
  }
  const std::string whole = read_file(file);
  folder.write("figures", whole + "[\"wid");  // killed while it wrote
  methods::FigureJournal journal;
  journal.open(file, "request", true);
  CHECK(journal.known() == 2);
  const auto cost = journal.keep(counted.costs(), stop)[0];
  CHECK(cost.of(wide(8))->error == 8 / 3.0);
  CHECK(!cost.of(wide(24)));
  CHECK(counted.asked == 2);
  CHECK(cost.of(wide(16))->value == 16);
  CHECK(counted.asked == 3);
  CHECK(read_file(file) == whole + read_file(file).substr(whole.size()));
  stop = true;
  CHECK_THROWS_AS(cost.of(wide(32)), methods::Interrupted);
  CHECK(counted.asked == 3);
  journal.remove();
  CHECK(!std::filesystem::exists(file));
}

TEST_CASE("figures of another search, or of one that isn't to be gone on with, are refused",
          "[search]") {
  const TestFolder folder;
  const std::string file = folder / "figures";
  std::atomic<bool> stop = false;
  Counted counted;
  {
    methods::FigureJournal journal;
    journal.open(file, "one", false);
    journal.keep(counted.costs(), stop)[0].of(wide(8));
  }
  const auto error = [&](const char* request, bool resume) -> std::string {
    try {
      methods::FigureJournal().open(file, request, resume);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  CHECK(error("two", true) ==
        fmt::format("error: '{}' belongs to another search: only the same command continues it",
                    file));
  CHECK(error("one", false) ==
        fmt::format(
            "error: '{}' holds an unfinished search: continue with --resume, or remove it to start "
            "again",
            file));
  CHECK(error("one", true).empty());
  folder.write("figures", "archcost figures 1 one\n8\t1\tkey\n");
  CHECK(error("one", true) ==
        fmt::format("error: '{}' is no journal of a search, or one of another version of archcost: "
                    "remove it and start again",
                    file));
}

TEST_CASE("an unknown error and an estimate come back as they were", "[search]") {
  const TestFolder folder;
  const std::string file = folder / "figures";
  std::atomic<bool> stop = false;
  for (const bool resume : {false, true}) {
    methods::FigureJournal journal;
    journal.open(file, "request", resume);
    const auto of = [&](const graph::Network&) -> std::optional<space::Uncertain> {
      REQUIRE(!resume);
      return space::Uncertain{0.25, std::nullopt, true};
    };
    const auto figure = journal.keep({{"latency", "s", of, {}}}, stop)[0].of(wide(8));
    CHECK(figure->value == 0.25);
    CHECK(!figure->error);
    CHECK(figure->estimated);
  }
}
