#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace nassaq::http {

/// A stored representation that can be sent whole or in part.
struct Download {
    std::string filename;
    std::string content_type;
    std::uint64_t size = 0;
    std::string etag;  ///< Opaque, without quotes.
    std::chrono::sys_seconds last_modified;
    bool is_inline = false;  ///< Show it in the browser rather than save it.
    /// Opens `length` bytes from `offset` on; nothing when there are none any more. Called at most once, and not at all
    /// for HEAD, 304 and 416.
    std::function<std::unique_ptr<ByteSource>(std::uint64_t offset, std::uint64_t length)> open;
};

/// Whether the request is meant for a representation with this entity tag, or for any (If-Match; RFC 9110, 13.1.1).
/// @param etag  opaque, without quotes
[[nodiscard]] bool if_match_holds(const Headers& headers, std::string_view etag);

/// Answers a GET or HEAD for it: validators and conditions (If-None-Match, If-Modified-Since, If-Range), a single Range
/// with 206 or 416 (RFC 9110, 13 and 14), Content-Disposition with an RFC 8187 name (RFC 6266).
/// @return nothing when `open` gave nothing.
std::optional<Response> send_download(const Request& request, const Download& download);

}  // namespace nassaq::http
