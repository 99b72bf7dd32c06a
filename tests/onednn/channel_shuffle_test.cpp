#include "runner/onednn/channel_shuffle.hpp"

#include <numeric>

#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("channel shuffles of every size put the groups' channels in turns") {
  for (const int groups : {2, 3, 4, 5, 8}) {
    for (int width = 1; width <= 40; ++width) {
      const int channels = groups * width, rows = 3;
      std::vector<float> from(static_cast<std::size_t>(channels * rows)), expected;
      std::iota(from.begin(), from.end(), 1.f);
      for (int r = 0; r < rows; ++r) {
        for (int c = 0; c < channels; ++c)
          expected.push_back(
              from[static_cast<std::size_t>(r * channels + c % groups * width + c / groups)]);
      }
      std::vector<float> to(from.size() + 16, -1.f);  // what stands behind is left alone
      ChannelShuffle(channels, groups).run(to.data(), from.data(), rows);
      expected.insert(expected.end(), 16, -1.f);
      INFO(groups << " groups of " << width);
      CHECK(to == expected);
    }
  }
}
