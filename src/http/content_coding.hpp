#pragma once

#include <cstdint>

#include "http/message.hpp"

/// Content codings (RFC 9110, 8.4): answers in gzip, for clients that take them so.
namespace nassaq::http {

/// What a client says of an answer in gzip.
enum class Gzip : std::uint8_t {
    refused,   ///< It says nothing, cannot read it, or has the bare content rather.
    welcome,   ///< No less than the bare content.
    required,  ///< It refuses the bare content.
};

/// By the field Accept-Encoding, whose weights count (RFC 9110, 12.5.3). A client that refuses gzip and the bare
/// content gets the latter all the same. An element that is malformed counts for nothing.
Gzip wish_for_gzip(const Headers& request);

/// Puts an answer into gzip when the client wants it, and it is a text or JSON that is made in memory, from 1 KiB on,
/// or an open-ended stream of such. Whatever the client wants, such an answer gets `Vary: Accept-Encoding`; an ETag
/// becomes a weak one in gzip. Others stay as they are: files and their ranges, events, what has a coding already.
///
/// Some 20 µs, and as long for each 5 KiB of JSON: for a thread of a pool, not for an I/O thread.
void encode_content(const Request& request, Response& response);

}  // namespace nassaq::http
