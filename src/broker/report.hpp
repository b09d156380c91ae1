#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nassaq::broker {

/// What an operator is told of a queue.
struct QueueReport {
    std::string name;
    std::optional<std::uint64_t> depth;  ///< Messages that wait; nothing where the broker does not tell.
    std::string remark;                  ///< What is special about it, and how to mend it when it is not usable.
    bool is_usable = true;
};

/// What an operator is told of a broker.
struct BrokerReport {
    std::string product;  ///< Name and version as it says them; empty when it does not.
    std::vector<QueueReport> queues;
};

}  // namespace nassaq::broker
