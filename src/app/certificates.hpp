#pragma once

#include <string_view>
#include <vector>

#include "settings/settings.hpp"

namespace nassaq::app {

/// A connection whose certificate nobody checks, as the platform does not.
struct UncheckedCertificate {
    std::string_view part;    ///< As doctor names it.
    std::string_view advice;  ///< What that means and how to close it, for a person.
};

std::vector<UncheckedCertificate> find_unchecked_certificates(const settings::Settings& settings);

/// Says them in the log.
void warn_of_unchecked_certificates(const settings::Settings& settings);

}  // namespace nassaq::app
