#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "storage/blob_service.hpp"

/// Reading what the answers of blob services have in common. All throw std::runtime_error for what makes no sense.
namespace nassaq::storage {

/// The service's own name of an error: of its XML, or of a field where there is one, since an answer to HEAD has no
/// XML. Empty when the answer names none.
std::string error_code(const http_client::Response& response);
/// For an answer that is neither what was asked for nor something that its caller expects.
/// @throws std::runtime_error that names what was asked for, the status and the code; std::system_error with ENOSPC
/// when the service says that it is full (507).
[[noreturn]] void refuse(std::string_view action, const http_client::Response& response);
/// The same, where the answer is none of success.
void require_success(std::string_view action, const http_client::Response& response);

/// The field `Range` for `length` bytes from `offset` on.
std::string range_of(std::uint64_t offset, std::uint64_t length);
/// Has a request be about the blob with this etag only, when there is one.
void add_if_match(http_client::Headers& headers, std::string_view etag);
/// The bytes that a service answers with, which insists that they begin at `offset`: a service or proxy may pass a
/// range over and send all. @return nothing when there is no such blob.
std::unique_ptr<http_client::ResponseStream> take_bytes(std::unique_ptr<http_client::ResponseStream> stream,
                                                        std::uint64_t offset);
/// The blob that the answer to a HEAD request describes; nothing when there is none.
std::optional<RemoteBlob> read_blob_head(std::string_view name, const http_client::Response& response,
                                         std::string_view header_of_mark);
pugi::xml_document parse_xml(const std::string& body);
Timestamp read_http_date(std::string_view text);
/// "2009-10-12T17:50:30.000Z"
Timestamp read_iso_date(std::string_view text);

}  // namespace nassaq::storage
