// SPDX-License-Identifier: Apache-2.0
// What blocks of a measurement count, and what they come to.
#include "runner/measurement.hpp"

#include "support/catch.hpp"

using namespace archcost;

namespace {

runner::MeasuredBlock block(double seconds, double reference = 1e-3, double core_latency = 100e-9) {
  return {{0.25 * seconds, 0.75 * seconds},
          seconds,
          1.01 * seconds,
          reference,
          24,
          false,
          core_latency,
          0.9 * seconds};
}

runner::Measurement summary(const std::vector<runner::MeasuredBlock>& blocks) {
  runner::Measurement m;
  m.rows.resize(2);
  runner::summarise(blocks, m);
  return m;
}

}  // namespace

TEST_CASE("the middle half of the blocks counts, and rows add up", "[measure]") {
  const runner::Measurement m = summary({block(1), block(1.02), block(1.04), block(1.15)});
  CHECK(m.blocks == 4);
  CHECK(m.rejected.sum() == 0);
  CHECK(m.seconds == Approx(1.03));
  CHECK(m.rows[0].seconds + m.rows[1].seconds == Approx(m.seconds));
  CHECK(m.core_latency == 100e-9);
}

TEST_CASE("blocks of a busy machine don't count", "[measure]") {
  const runner::Measurement m = summary({block(1), block(1), block(5, 1.2e-3)});
  CHECK(m.blocks == 2);
  CHECK(m.rejected.sum() == 1);
  CHECK(m.seconds == Approx(1));
  CHECK(m.rejected.reference == 1);
  CHECK(m.warning() ==
        "the machine was busy: 1 of 3 blocks is left out: the time of the reference layer changed "
        "by more than 10 % in 1; stop other programs, or try --blocks 6");
  CHECK(summary({block(1), block(1, 1e-3, 0)}).rejected.sum() == 1);
}

TEST_CASE("blocks of a process that ran other kernels aren't mixed with others", "[measure]") {
  runner::MeasuredBlock other = block(9);
  other.rows = {9};
  const runner::Measurement m = summary({other, block(1), block(1)});
  CHECK(m.blocks == 2);
  CHECK(m.rejected.sum() == 1);
  CHECK(m.seconds == Approx(1));
  CHECK(summary({other}).seconds == 0);
}

TEST_CASE("figures of a busy machine are unstable, with an upper bound", "[measure]") {
  CHECK(summary({block(1), block(1.02), block(1.04)}).instability().empty());
  const runner::Measurement wide = summary({block(1), block(1), block(1.3)});
  CHECK(wide.instability() ==
        "unstable: the blocks differ by ± 15.0 %; on a quiet machine it takes at most 900 ms, the "
        "fastest of 72 passes");
  runner::MeasuredBlock disturbed = block(2);
  disturbed.disturbed = true;
  const runner::Measurement none = summary({disturbed, disturbed});
  CHECK(none.blocks == 0);
  CHECK(none.counted_blocks() == 2);
  CHECK(none.instability() ==
        "unstable: no good block of 2: the process was interrupted in 2; on a quiet machine it "
        "takes at most 1800 ms, the fastest of 48 passes");
  CHECK(none.warning().empty());
  CHECK(summary({block(1)}).instability().empty());
}

TEST_CASE("blocks that a steady load slows down alike are unstable", "[measure]") {
  runner::MeasuredBlock slow = block(1);
  slow.plain = 1.0;
  slow.fastest = 1.0 / 1.45;
  CHECK_FALSE(summary({slow, slow, slow}).unstable());
  slow.fastest = 1.0 / 4;
  const runner::Measurement m = summary({slow, slow, slow});
  CHECK(m.blocks == 3);
  CHECK(m.instability() ==
        "unstable: the passes took 4.0 times as long as the fastest; on a quiet machine it takes "
        "at most 250 ms, the fastest of 72 passes");
  CHECK(m.seconds == 0.25);
  CHECK(m.rows[1].seconds == Approx(0.75 * 0.25));
}

TEST_CASE("reasons of rejected blocks are named once each", "[measure]") {
  runner::MeasuredBlock disturbed = block(2, 1.3e-3);
  disturbed.disturbed = true;
  runner::MeasuredBlock other = block(9);
  other.rows = {9};
  const runner::Measurement m =
      summary({disturbed, block(1, 1.2e-3), block(1, 1e-3, 400e-9), other, block(1)});
  CHECK(m.blocks == 1);
  CHECK(m.warning() ==
        "the machine was busy: 4 of 5 blocks are left out: the process was interrupted in 1, the "
        "time of the reference layer changed by more than 10 % in 1, the core-to-core latency rose "
        "in 1, other kernels ran in 1; stop other programs, or try --blocks 10");
  CHECK(summary({block(1), block(1.1)}).warning() ==
        "the blocks differ by ± 4.8 %; try --pin CPU, --blocks 4, or a quiet machine");
}

TEST_CASE("times of an unstable measurement are scaled to its fastest pass", "[measure]") {
  const runner::Measurement m = summary({block(1), block(1.1), block(1.4)});
  CHECK(m.unstable());
  CHECK(m.seconds == 0.9);
  CHECK(m.plain_seconds == 0.9);
  CHECK(m.rows[0].seconds == Approx(0.25 * 0.9));
  CHECK(m.rows[1].seconds == Approx(0.75 * 0.9));
}

TEST_CASE("progress names the layer whose kernels are tried", "[measure]") {
  CHECK(runner::trial_text({{"event", "tried"},
                            {"problem", "conv 1x64x56x56 > 1x64x56x56 64 1 1 w2"},
                            {"layer", "stage2.unit1.b"},
                            {"number", 12},
                            {"count", 57}}) == "trying kernels: stage2.unit1.b, 12 of 57");
}

TEST_CASE("blocks whose threads were farther apart than in others don't count", "[measure]") {
  const runner::Measurement m = summary({block(2, 1e-3, 400e-9), block(2, 1e-3, 390e-9), block(1)});
  CHECK(m.blocks == 1);
  CHECK(m.rejected.sum() == 2);
  CHECK(m.seconds == Approx(1));
  CHECK(m.core_latency == 100e-9);
  const runner::Measurement alone = summary({block(1, 1e-3, 0), block(1, 1e-3, 0)});  // one thread
  CHECK(alone.blocks == 2);
  CHECK(alone.warning().empty());
}

TEST_CASE("a core-to-core latency above that of the database is reported", "[measure]") {
  runner::Measurement m = summary({block(1, 1e-3, 400e-9)});
  CHECK(m.warning().empty());
  m.usual_core_latency = 100e-9;
  CHECK(m.warning() ==
        "core-to-core latency is 400 ns, and was 100 ns when the database was filled; a virtual "
        "machine "
        "that was moved causes this, and small kernels then take up to twice as long; try again "
        "later, or pin the threads with OMP_PLACES");
}
