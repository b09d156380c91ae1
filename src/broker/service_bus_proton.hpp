#pragma once

#include <chrono>
#include <proton/duration.hpp>

/// What the files of the session share.
namespace nassaq::broker::service_bus {

inline proton::duration to_duration(std::chrono::milliseconds time) {
    return proton::duration(static_cast<proton::duration::numeric_type>(time.count()));
}

/// Proton does not ask it of an object that stands for nothing.
inline bool is_active(const auto& endpoint) {
    return !!endpoint && endpoint.active();
}

}  // namespace nassaq::broker::service_bus
