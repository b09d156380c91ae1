#include "http_client/message.hpp"

#include <strings.h>

namespace nassaq::http_client {

std::optional<std::string_view> find(const Headers& headers, std::string_view name) {
    for (const auto& [key, value] : headers) {
        if (key.size() == name.size() && ::strncasecmp(key.data(), name.data(), name.size()) == 0) {
            return value;
        }
    }
    return std::nullopt;
}

std::uint64_t size_of(const Body& body) {
    const auto* range = std::get_if<FileRange>(&body);
    return range != nullptr ? range->length : std::get<std::string>(body).size();
}

}  // namespace nassaq::http_client
