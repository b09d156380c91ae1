#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/endpoint.hpp"

namespace nassaq::http {

/// Finds the endpoint for a request. A tree with one level a segment; made once, then only read, by any thread.
///
/// As in Starlette a path that ends in '/' is another path than without, a parameter takes one whole, non-empty
/// segment, and of two routes that match, the one that has the method is taken. A static segment beats a parameter.
///
/// A last segment `{name*}` takes the rest of the path, be it empty or several segments: for trees of files. It is
/// looked for where no other route has the path, with any method, nor has it with or without '/' at the end; of two,
/// the longer one is taken. What it takes is no path of a file system: it may hold "..", and "//".
class Router {
public:
    struct Found {
        const Endpoint* endpoint;
        std::vector<std::string> parameters;  ///< Decoded.
    };
    struct NotFound {};
    /// A route has this path, none the method.
    struct MethodNotAllowed {
        std::string allow;  ///< The methods that there are, for the Allow field.
    };
    /// No route has this path, one has it with or without '/' at the end.
    struct OtherSlash {
        std::string path;  ///< Still percent-encoded.
    };
    using Result = std::variant<Found, NotFound, MethodNotAllowed, OtherSlash>;

    /// @param endpoints  outlive the router.
    /// @throws std::invalid_argument for two endpoints with the same method and pattern, or a malformed pattern, such
    /// as one that goes on behind `{name*}`.
    explicit Router(const std::vector<Endpoint>& endpoints);
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;
    ~Router();

    /// @param path  percent-encoded, without the query, with valid UTF-8 behind the encoding.
    [[nodiscard]] Result route(std::string_view method, std::string_view path) const;

private:
    struct Node;
    enum class Routes { of_whole_paths, of_rests };

    [[nodiscard]] Result route_to(Routes routes, std::string_view method, std::string_view path) const;

    std::unique_ptr<Node> root_;
};

}  // namespace nassaq::http
