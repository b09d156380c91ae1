#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http_client/message.hpp"

namespace nassaq::storage {

/// A query, each value as it is, not yet percent-encoded.
using Query = std::vector<std::pair<std::string, std::string>>;

/// "?a=1&b=%D8%B9", or nothing for an empty one.
std::string to_query_string(const Query& query);

/// What the signature is made of ("Authorize with Shared Key", learn.microsoft.com/rest/api/storageservices).
/// @param path            of the URL, percent-encoded exactly as it is sent; with the account in it for a path-style
///                        URL, whose resource then has the account twice
/// @param content_length  of the body
std::string azure_string_to_sign(std::string_view method, const http_client::Headers& headers, std::string_view account,
                                 std::string_view path, const Query& query, std::uint64_t content_length);

/// The Authorization header. @param key  decoded
std::string azure_authorization(std::string_view account, std::string_view key, std::string_view string_to_sign);

}  // namespace nassaq::storage
