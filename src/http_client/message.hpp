#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/digest.hpp"

namespace nassaq::http_client {

/// Name and value. Nothing in them is escaped: they come from us, never from a user as they are.
using Header = std::pair<std::string, std::string>;
using Headers = std::vector<Header>;

/// The value of the first field of that name; names compare without case (RFC 9110, 5.1).
std::optional<std::string_view> find(const Headers& headers, std::string_view name);

/// Part of a file as a body: streamed, and read again when the request is sent again.
using FileRange = digest::FileRange;

/// A file within a form: what stands before it, the file, and what stands behind it.
struct FramedFile {
    std::string before;
    FileRange file;
    std::string after;
};

using Body = std::variant<std::string, FileRange, FramedFile>;
std::uint64_t size_of(const Body& body);
/// As much of the body from `offset` on as fits and can be had at once. @return 0 only at its end.
/// @throws std::system_error; std::runtime_error when the file has become shorter
std::size_t read_from(const Body& body, std::uint64_t offset, std::span<char> buffer);

struct Request {
    std::string method;
    std::string url;  ///< Sent exactly as it is here.
    Headers headers;
    Body body;  ///< Of PUT and POST only.
};

struct Response {
    int status = 0;
    Headers headers;
    std::string body;  ///< Empty when it is streamed.

    [[nodiscard]] bool is_success() const { return status >= 200 && status < 300; }
};

/// No whole response came: no connection, a connection that broke or stalled, or no time left.
class NetworkError : public std::runtime_error {
public:
    /// @param may_pass  whether it makes sense to try again
    NetworkError(const std::string& what, bool may_pass) : std::runtime_error(what), may_pass_(may_pass) {}
    [[nodiscard]] bool may_pass() const { return may_pass_; }

private:
    bool may_pass_;
};

}  // namespace nassaq::http_client
