#pragma once

#include <cstdint>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "storage/blob_service.hpp"

/// Reading what the answers of blob services have in common. All throw std::runtime_error for what makes no sense.
namespace nassaq::storage {

/// Insists that a successful answer begins at `offset`: a service or proxy may pass a range over and send all.
void require_range(const http_client::Response& head, std::uint64_t offset);
/// The blob that the answer to a HEAD request describes.
RemoteBlob read_blob_head(std::string_view name, const http_client::Response& response,
                          std::string_view header_of_mark);
pugi::xml_document parse_xml(const std::string& body);
Timestamp read_http_date(std::string_view text);
/// "2009-10-12T17:50:30.000Z"
Timestamp read_iso_date(std::string_view text);

}  // namespace nassaq::storage
