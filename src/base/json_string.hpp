#pragma once

#include <string>
#include <string_view>

namespace nassaq {

/// Appends `text` as a JSON string (RFC 8259, 7), with characters beyond ASCII as they are.
void append_json_string(std::string& json, std::string_view text);

}  // namespace nassaq
