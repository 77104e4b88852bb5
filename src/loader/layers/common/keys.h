// Config keys that come with every weight, so that each family lists only what is its own.
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>

namespace keraunos::loader {

/// `own`, and for each weight its initializer, regularizer and constraint ("kernel_initializer", …), which inference ignores.
std::set<std::string> keys_for(std::initializer_list<std::string_view> weights, std::initializer_list<std::string_view> own);

/// The union, for families that share most keys.
std::set<std::string> joined(std::set<std::string> keys, const std::set<std::string>& more);

/// How Keras spells a class in the paths of the .keras format: "GRUCell" becomes "gru_cell".
std::string snake_case(std::string_view class_name);

}  // namespace keraunos::loader
