#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>

namespace nassaq::settings {

using Variables = std::map<std::string, std::string, std::less<>>;

/// Reads the text of a `.env` file: `NAME=value` a line, `export` before it, `#` comments, values bare, in single
/// quotes (taken as they are) or in double quotes (with \n, \r, \t, \\, \" and \$), quoted ones over several lines.
/// @return the variables, or a sentence naming the line that cannot be read (never its value).
std::expected<Variables, std::string> parse_env_file(std::string_view text);

}  // namespace nassaq::settings
