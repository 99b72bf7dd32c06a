// SPDX-License-Identifier: Apache-2.0
// Polynomials of up to second degree through a few points, and which of them predicts best.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace archcost::accuracy {

/// A product of up to two features: -1 stands for 1. (-1, -1) is the constant, (-1, 0) the first
/// feature, (0, 0) its square.
using FormTerm = std::pair<int, int>;
using Form = std::vector<FormTerm>;

struct ChosenForm {
  Form form;
  std::vector<double> weights;
};

/// Among the mean and the polynomials in some of the features, with and without squares and
/// products, that with the smallest leave-one-out error; of those that are within 5 % of it, the
/// one with fewest terms. Every term beside the constant needs three points. There are at least
/// two points.
ChosenForm choose_form(const std::vector<std::vector<double>>& points,
                       const std::vector<double>& values);
ChosenForm mean_form(const std::vector<double>& values);
double predict(const ChosenForm& form, const std::vector<double>& point);

struct FormErrors {
  double rmse = 0, worst = 0;
  double mean_rmse = 0, mean_worst = 0;  ///< of the mean of the others
};
/// Each point is predicted from all others, for which a form is chosen anew. At least three points.
FormErrors leave_one_out(const std::vector<std::vector<double>>& points,
                         const std::vector<double>& values);

/// "ln α, ln² α, ln α · ln ρ"; "mean".
std::string describe(const Form& form, const std::vector<std::string>& symbols);

}  // namespace archcost::accuracy
