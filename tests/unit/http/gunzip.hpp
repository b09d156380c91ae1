#pragma once

#include <string>
#include <string_view>

namespace nassaq::http::test {

/// What gzip (RFC 1952) was made of. @throws std::runtime_error when it is none, is cut, or has something behind it.
std::string gunzip(std::string_view bytes);

}  // namespace nassaq::http::test
