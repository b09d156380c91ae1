#pragma once

#include <cstdint>
#include <proton/message.hpp>
#include <proton/scalar.hpp>

namespace nassaq::broker::service_bus {

/// The status of an answer of `$cbs` or `$management`, as of HTTP; 0 where there is none.
inline std::int64_t status_of(const proton::message& reply) {
    for (const char* name : {"status-code", "statusCode"}) {
        const proton::scalar status = reply.properties().get(name);
        if (status.type() == proton::INT) {
            return proton::get<std::int32_t>(status);
        }
    }
    return 0;
}

}  // namespace nassaq::broker::service_bus
