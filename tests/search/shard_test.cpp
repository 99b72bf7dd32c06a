// SPDX-License-Identifier: Apache-2.0
// Parts that schedulers assign, by their environment variables.
#include "search/sweep/shard.hpp"

#include <map>

#include "core/diagnostic.hpp"
#include "support/catch.hpp"

using namespace archcost;

namespace {

using Variables = std::map<std::string, std::string>;

std::string part(const Variables& variables, const std::string& text = "auto") {
  const sweep::Variable variable = [&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
  try {
    const auto assigned = sweep::assigned_shard(text, variable);
    return assigned ? sweep::to_text(assigned->shard) + " by " + assigned->from : "none";
  } catch (const Error& error) {
    return error.diagnostics().front().message;
  }
}

}  // namespace

TEST_CASE("the part of each scheduler's task", "[search]") {
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "7"},
              {"SLURM_ARRAY_TASK_COUNT", "16"},
              {"SLURM_ARRAY_TASK_MIN", "0"}}) == "8/16 by Slurm, SLURM_ARRAY_TASK_ID=7");
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "9"},
              {"SLURM_ARRAY_TASK_COUNT", "5"},
              {"SLURM_ARRAY_TASK_MIN", "1"},
              {"SLURM_ARRAY_TASK_STEP", "2"}}) == "5/5 by Slurm, SLURM_ARRAY_TASK_ID=9");
  CHECK(part({{"JOB_COMPLETION_INDEX", "0"}}, "auto/4") ==
        "1/4 by Kubernetes, JOB_COMPLETION_INDEX=0");
  CHECK(part({{"PARALLEL_SEQ", "4"}}, "auto/4") == "4/4 by GNU parallel, PARALLEL_SEQ=4");
  CHECK(part({{"PBS_ARRAY_INDEX", "2"}}, "auto/3") == "2/3 by PBS, PBS_ARRAY_INDEX=2");
  CHECK(part({{"LSB_JOBINDEX", "3"}, {"LSB_JOBINDEX_END", "8"}}) == "3/8 by LSF, LSB_JOBINDEX=3");
  CHECK(part({{"SGE_TASK_ID", "12"},
              {"SGE_TASK_FIRST", "2"},
              {"SGE_TASK_LAST", "21"},
              {"SGE_TASK_STEPSIZE", "5"}}) == "3/4 by Grid Engine, SGE_TASK_ID=12");
  CHECK(part({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "2"}}) ==
        "1/2 by Open MPI, OMPI_COMM_WORLD_RANK=0");
  CHECK(part({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}) == "2/2 by PMI, PMI_RANK=1");
  CHECK(part({}, "2/4") == "none");
  // An array of one task does all.
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "1"},
              {"SLURM_ARRAY_TASK_COUNT", "1"},
              {"SLURM_ARRAY_TASK_MIN", "1"}}) == "1/1 by Slurm, SLURM_ARRAY_TASK_ID=1");
}

TEST_CASE("parts divide the points without gaps, however many they are", "[search]") {
  for (const std::uint64_t of : {3ULL, 1ULL << 33U, (1ULL << 40U) + 1}) {
    INFO(of);
    const std::uint64_t points = (std::uint64_t{1} << 62U) + 5;
    CHECK(sweep::Shard{1, of}.range(points).first == 0);
    CHECK(sweep::Shard{of, of}.range(points).last == points);
    CHECK(sweep::Shard{of - 1, of}.range(points).last == sweep::Shard{of, of}.range(points).first);
    CHECK(sweep::Shard{of, of}.range(points).first < points);
  }
}

TEST_CASE("parts divide points without a gap", "[search]") {
  const auto ends = [](std::uint64_t points, std::uint64_t of) {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t k = 1; k <= of; ++k) {
      const auto range = sweep::Shard{k, of}.range(points);
      if (k == 1) numbers.push_back(range.first);
      CHECK(range.first == numbers.back());
      numbers.push_back(range.last);
    }
    return numbers;
  };
  using Numbers = std::vector<std::uint64_t>;
  CHECK(ends(10, 1) == Numbers{0, 10});
  CHECK(ends(10, 3) == Numbers{0, 3, 6, 10});
  CHECK(ends(11, 4) == Numbers{0, 2, 5, 8, 11});
  CHECK(ends(2, 5) == Numbers{0, 0, 0, 1, 1, 2});
  CHECK(ends(0, 2) == Numbers{0, 0, 0});
  // Products of these would need more than 64 bits.
  CHECK(ends(18'446'744'073'709'551'615u, 2) ==
        Numbers{0, 9'223'372'036'854'775'807u, 18'446'744'073'709'551'615u});
}

TEST_CASE("a part is written as I/N", "[search]") {
  CHECK(sweep::to_text(sweep::parse_shard("2/4")) == "2/4");
  CHECK(sweep::to_text(sweep::parse_shard("4/4")) == "4/4");
  CHECK(sweep::to_text(sweep::parse_shard("")) == "1/1");
  for (const char* text : {"0/4", "5/4", "4", "4/", "/4", "1/4x", "1x/4", "1 /4", "-1/4", "1/0"}) {
    INFO(text);
    CHECK_THROWS_AS(sweep::parse_shard(text), Error);
  }
}

TEST_CASE("what is no part is refused", "[search]") {
  CHECK(part({}).starts_with("no scheduler assigned a part; it sets one of SLURM_ARRAY_TASK_ID, "));
  CHECK(part({{"SGE_TASK_ID", "undefined"}}).starts_with("no scheduler assigned a part"));
  CHECK(part({{"LSB_JOBINDEX", "0"}}).starts_with("no scheduler assigned a part"));
  CHECK(part({{"PARALLEL_SEQ", "4"}}) ==
        "GNU parallel, PARALLEL_SEQ=4 does not tell the number of parts; write auto/N");
  CHECK(part({{"PARALLEL_SEQ", "5"}}, "auto/4") ==
        "GNU parallel, PARALLEL_SEQ=5 is not one of 4 parts that begin with 1");
  CHECK(part({{"PBS_ARRAY_INDEX", "0"}}, "auto/4") ==
        "PBS, PBS_ARRAY_INDEX=0 is not one of 4 parts that begin with 1");
  CHECK(part({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}, "auto/3") ==
        "PMI, PMI_RANK=1 has 2 parts; leave out /3, or write I/3 where they are some of 3");
  CHECK(part({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}, "auto/x") ==
        "write auto, or auto/N for N parts");
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "2"},
              {"SLURM_ARRAY_TASK_COUNT", "1"},
              {"SLURM_ARRAY_TASK_MIN", "1"}}) ==
        "Slurm, SLURM_ARRAY_TASK_ID=2 is not one of 1 parts that begin with 1");
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "7"},
              {"SLURM_ARRAY_TASK_COUNT", "1"},
              {"SLURM_ARRAY_TASK_MIN", "7"}}) ==
        "Slurm, SLURM_ARRAY_TASK_ID=7 is the only task of its array; write I/N for one part of N");
  CHECK(part({{"PMI_RANK", "0"}, {"PMI_SIZE", "1"}}).starts_with("no scheduler assigned a part"));
  // A task of an array that a launcher started as its only process.
  const Variables launched = {{"SLURM_ARRAY_TASK_ID", "3"},
                              {"SLURM_ARRAY_TASK_COUNT", "4"},
                              {"SLURM_ARRAY_TASK_MIN", "1"},
                              {"PMI_RANK", "0"},
                              {"PMI_SIZE", "1"}};
  CHECK(part(launched) == "3/4 by Slurm, SLURM_ARRAY_TASK_ID=3");
  Variables both = launched;
  both["PMI_SIZE"] = "2";
  CHECK(part(both) ==
        "Slurm, SLURM_ARRAY_TASK_ID=3 is part 3/4, but PMI, PMI_RANK=0 is part 1/2; write I/N");
}

TEST_CASE("a scheduler must set whole numbers", "[search]") {
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "x"}, {"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}) ==
        "SLURM_ARRAY_TASK_ID=x is not a whole number of at least 0; write I/N");
  CHECK(part({{"JOB_COMPLETION_INDEX", "2x"}}, "auto/4") ==
        "JOB_COMPLETION_INDEX=2x is not a whole number of at least 0; write I/N");
  CHECK(part({{"PARALLEL_SEQ", "99999999999999999999"}}, "auto/4") ==
        "PARALLEL_SEQ=99999999999999999999 is not a whole number of at least 0; write I/N");
  CHECK(part({{"PMI_RANK", "-1"}, {"PMI_SIZE", "2"}}) ==
        "PMI_RANK=-1 is not a whole number of at least 0; write I/N");
  Variables slurm = {
      {"SLURM_ARRAY_TASK_ID", "2"}, {"SLURM_ARRAY_TASK_COUNT", "0"}, {"SLURM_ARRAY_TASK_MIN", "1"}};
  CHECK(part(slurm) == "SLURM_ARRAY_TASK_COUNT=0 is not a whole number of at least 1; write I/N");
  slurm["SLURM_ARRAY_TASK_COUNT"] = "3";
  slurm["SLURM_ARRAY_TASK_MIN"] = "one";
  CHECK(part(slurm) == "SLURM_ARRAY_TASK_MIN=one is not a whole number of at least 0; write I/N");
  slurm["SLURM_ARRAY_TASK_MIN"] = "";  // as if it was not set
  CHECK(part(slurm) == "2/3 by Slurm, SLURM_ARRAY_TASK_ID=2");
  CHECK(part({{"PARALLEL_SEQ", ""}}, "auto/4").starts_with("no scheduler assigned a part"));
}

TEST_CASE("arrays of LSF count in steps", "[search]") {
  const auto element = [](const char* index) {
    return part({{"LSB_JOBINDEX", index}, {"LSB_JOBINDEX_END", "5"}, {"LSB_JOBINDEX_STEP", "2"}});
  };
  CHECK(element("1") == "1/3 by LSF, LSB_JOBINDEX=1");
  CHECK(element("3") == "2/3 by LSF, LSB_JOBINDEX=3");
  CHECK(element("5") == "3/3 by LSF, LSB_JOBINDEX=5");
  CHECK(element("2") == "LSF, LSB_JOBINDEX=2 is not one of 3 parts that begin with 1");
}

TEST_CASE("parts at the ends of what schedulers say", "[search]") {
  CHECK(sweep::to_text(sweep::parse_shard("1/4")) == "1/4");
  CHECK(sweep::to_text(sweep::parse_shard("1/1")) == "1/1");
  CHECK(part({{"PARALLEL_SEQ", "1"}}, "auto/1") == "1/1 by GNU parallel, PARALLEL_SEQ=1");
  CHECK(part({{"PMI_RANK", "0"}, {"PMI_SIZE", "1"}}, "auto/1") == "1/1 by PMI, PMI_RANK=0");
  CHECK(part({{"PARALLEL_SEQ", "1"}}, "auto/0") == "write auto, or auto/N for N parts");
  CHECK(part({{"PMI_RANK", "1"}, {"PMI_SIZE", "2"}}, "auto/1") ==
        "PMI, PMI_RANK=1 has 2 parts; leave out /1, or write I/1 where they are some of 1");
  const Variables single = {
      {"SLURM_ARRAY_TASK_ID", "2"}, {"SLURM_ARRAY_TASK_COUNT", "1"}, {"SLURM_ARRAY_TASK_MIN", "2"}};
  CHECK(
      part(single, "auto/2") ==
      "Slurm, SLURM_ARRAY_TASK_ID=2 has 1 part; leave out /2, or write I/2 where they are some of "
      "2");
  CHECK(part(single) ==
        "Slurm, SLURM_ARRAY_TASK_ID=2 is the only task of its array; write I/N for one part of N");
  CHECK(part(single, "auto/1") == "1/1 by Slurm, SLURM_ARRAY_TASK_ID=2");
  CHECK(part({{"LSB_JOBINDEX", "3"}}) ==
        "LSF, LSB_JOBINDEX=3 does not tell the number of parts; write auto/N");
  CHECK(part({{"LSB_JOBINDEX", "3"}, {"LSB_JOBINDEX_END", "3"}}) == "3/3 by LSF, LSB_JOBINDEX=3");
  // A step of 0 is none.
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "4"},
              {"SLURM_ARRAY_TASK_COUNT", "4"},
              {"SLURM_ARRAY_TASK_MIN", "1"},
              {"SLURM_ARRAY_TASK_STEP", "0"}}) == "4/4 by Slurm, SLURM_ARRAY_TASK_ID=4");
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "4"},
              {"SLURM_ARRAY_TASK_COUNT", "4"},
              {"SLURM_ARRAY_TASK_MIN", "1"},
              {"SLURM_ARRAY_TASK_STEP", "2"}}) ==
        "Slurm, SLURM_ARRAY_TASK_ID=4 is not one of 4 parts that begin with 1");
  // Some tasks of an array that were submitted again.
  const std::map<std::string, std::string> some = {{"SLURM_ARRAY_TASK_ID", "3"},
                                                   {"SLURM_ARRAY_TASK_COUNT", "3"},
                                                   {"SLURM_ARRAY_TASK_MIN", "1"},
                                                   {"SLURM_ARRAY_TASK_MAX", "7"},
                                                   {"SLURM_ARRAY_TASK_STEP", "1"}};
  CHECK(
      part(some) ==
      "Slurm, SLURM_ARRAY_TASK_ID=3 has SLURM_ARRAY_TASK_COUNT=3, but 1 to 7 in steps of 1 are 7; "
      "write I/N");
  // Of two schedulers that agree the first is named.
  CHECK(part({{"SLURM_ARRAY_TASK_ID", "3"},
              {"SLURM_ARRAY_TASK_COUNT", "4"},
              {"SLURM_ARRAY_TASK_MIN", "1"},
              {"PMI_RANK", "2"},
              {"PMI_SIZE", "4"}}) == "3/4 by Slurm, SLURM_ARRAY_TASK_ID=3");
}
