// SPDX-License-Identifier: Apache-2.0
// The entropy of a network and its effectiveness: what its convolutions can express according to
// their sizes alone, before any training.
// Source: Shen et al. 2023 (DeepMAD), arXiv:2303.02165; docs/ACCURACY.md describes the form.
//
//   w_i = c_i k_i² / g_i     of each convolution: its input channels, the area of its kernel, its
//                            groups; a depthwise 3x3 has 9, whatever its channels
//   H_s = ln(r² c) · Σ ln w_i    at the scale s: r² and c are pixels and channels of the last layer
//                            of that size, the sum is over all convolutions up to there
//   entropy = Σ H_s + 7 H_smallest   weight 8 for the smallest size, 1 for every other: of five
//                            sizes 1, 1, 1, 1, 8; of more or fewer by the same rule
//   effectiveness = L / (geometric mean of the L convolutions' w_i)
//
// Logarithms are natural. A size is the height and width of some convolution's output. Order is
// that of execution, which is a topological one: in a network with branches the last layer of a
// size is the last that runs, of any kind (a sum or a concatenation too), and the convolutions up
// to there are all that have run, those of other branches and of shortcuts included. Fully
// connected layers, and layers that only follow a global pool or a flattening (the classifier, the
// gates of squeeze-and-excitation, as linear layers or as 1x1 convolutions), don't count.
#pragma once

#include <span>
#include <vector>

#include "core/count.hpp"
#include "core/lane_numbers.hpp"
#include "graph/network.hpp"

namespace archcost::cost {

/// The part of the two that many networks share.
struct EntropyShape {
  struct Scale {
    std::size_t convolutions = 0;  ///< how many there are up to the last layer of that size
    int weight = 1;
  };
  std::size_t convolutions = 0;  ///< L
  std::vector<Scale> scales;     ///< in the order of first appearance
  /// By convolution, then by scale: the place of its number among those that are given. Equal
  /// numbers may be given once.
  std::vector<std::size_t> places;
};

/// What the two are made of: whole numbers, so that sweeps compute them for many networks at once.
struct EntropyTerms {
  EntropyShape shape;
  /// w_i of each convolution in the order of execution, then r² c of each scale; the places of
  /// `shape` are 0, 1, 2 ...
  std::vector<Count> numbers;
};

/// For one image: both are the same for every batch.
EntropyTerms entropy_terms(const graph::Network& network);

/// Computes the two of many networks at a time. Keeps its memory and logarithms from call to call:
/// one for each thread.
class EntropyBatch {
 public:
  /// Of `lanes` networks of one shape. Both arrays take `lanes` values; a network without
  /// convolutions has 0 and 0. `effectiveness` null: it is not computed.
  void compute(const EntropyShape& shape, std::span<const LaneNumbers> numbers, int lanes,
               double* entropy, double* effectiveness);

 private:
  struct Known {
    double number = 0, logarithm = 0;
  };
  void find_logarithms(std::span<const LaneNumbers> numbers, int lanes);
  double logarithm_of(double number);

  std::vector<double> small_;      // logarithms of 0, 1, 2 ...
  std::vector<Known> large_;       // by a hash of the number, what was asked for last
  std::vector<double> rows_;       // logarithms of the numbers that differ between lanes
  std::vector<LaneNumbers> logs_;  // of all numbers
  std::vector<double> sum_;
};

struct Entropy {
  double entropy = 0, effectiveness = 0;
};
Entropy entropy_of(const EntropyTerms& terms);
Entropy entropy_of(const graph::Network& network);

}  // namespace archcost::cost
