#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nassaq::http {

using NameValuePairs = std::vector<std::pair<std::string, std::string>>;

/// The pairs of a query string in the order they came, decoded, '+' being a blank; "a" and "a=" are both ("a", "").
/// @throws Problem 400 when a name or a value is not valid UTF-8 or holds a NUL.
NameValuePairs parse_query(std::string_view query);

/// The same for an application/x-www-form-urlencoded body (WHATWG URL, 5.1).
/// @throws Problem 400 likewise.
NameValuePairs parse_form(std::string_view body);

}  // namespace nassaq::http
