#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace nassaq::http {

/// Cross-origin access for the configured origins with credentials, all methods and all headers, as Starlette's
/// CORSMiddleware answers (Fetch, "CORS protocol"). The origin "*" stands for any.
class Cors {
public:
    explicit Cors(std::vector<std::string> origins);

    /// An OPTIONS request of a browser that asks what it may do; answered before routing.
    [[nodiscard]] static bool is_preflight(const Request& request);
    [[nodiscard]] Response answer_preflight(const Request& request) const;
    /// Adds what every answer to a request with an Origin carries, errors included.
    void add_headers(const Headers& request, Headers& response) const;

private:
    [[nodiscard]] bool is_allowed(std::string_view origin) const;

    std::vector<std::string> origins_;
    bool any_origin_;
};

}  // namespace nassaq::http
