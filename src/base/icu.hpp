#pragma once

#include <unicode/utypes.h>

#include <stdexcept>
#include <string>

namespace nassaq::text {

/// @throws std::runtime_error when a call of ICU has failed.
inline void check_icu(UErrorCode status) {
    if (U_FAILURE(status) != 0) {
        throw std::runtime_error(std::string("ICU: ") + u_errorName(status));
    }
}

}  // namespace nassaq::text
