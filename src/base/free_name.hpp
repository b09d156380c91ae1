#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/text.hpp"

namespace nassaq::text {

/// "report (2).pdf", the first of these of which `is_taken(name)` is false; where many are taken, one that hardly can
/// be.
template <class IsTaken>
std::string free_name(std::string_view stem, std::string_view extension, IsTaken is_taken) {
    constexpr int most_tries = 20;
    for (int number = 2; number < most_tries; ++number) {
        std::string candidate = fmt::format("{} ({}){}", stem, number, extension);
        if (!is_taken(candidate)) {
            return candidate;
        }
    }
    return fmt::format("{} ({}){}", stem, to_hex(random_bytes(4)), extension);
}

}  // namespace nassaq::text
