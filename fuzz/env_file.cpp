// A .env file, and the settings that it makes.

#include "settings/env_file.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "settings/settings.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;

/// In double quotes, with the escapes that the reader knows.
std::string write(const settings::Variables& variables) {
    std::string file;
    for (const auto& [name, value] : variables) {
        file += "export " + name + "=\"";
        for (const char c : value) {
            if (c == '"' || c == '\\' || c == '$') file += '\\';
            file += c;
        }
        file += "\" # a comment\n";
    }
    return file;
}

bool is_name(std::string_view name) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    return !name.empty() && letters.contains(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return letters.contains(c) || (c >= '0' && c <= '9') || c == '.'; });
}

/// What a wrong file is told may name a line, never repeat one: it could hold a secret.
bool is_free_of_content(std::string_view error) {
    if (error == "the file is not UTF-8 text") return true;
    if (!error.starts_with("line ")) return false;
    const std::size_t end = error.find_first_not_of("0123456789", 5);
    if (end == 5 || end == std::string_view::npos) return false;
    const std::string_view what = error.substr(end);
    return what == ": expected NAME=value" || what == ": the closing quote is missing";
}

void check_settings(settings::Variables variables) {
    constexpr std::string_view marker = "xq7-marker-xq7";
    for (const auto& [name, value] : variables) {
        if (value.contains(marker)) return;
    }
    if (const auto settings = settings::parse(variables)) {
        fuzz::require(settings->is_development || settings->jwt_secret.size() >= 32, "a secret is long enough");
        fuzz::require(
            settings->max_upload_bytes > 0 && settings->ocr_concurrency > 0 && settings->extraction.timeout.count() > 0,
            "no limit is nothing");
        fuzz::require(!settings->supported_extensions.empty(), "something can be uploaded");
    }
    variables.insert_or_assign("JWT_SECRET_KEY", std::string(marker));  // Too short: a fault.
    const auto refused = settings::parse(variables);
    fuzz::require(!refused.has_value() && !refused.error().empty(), "a short secret is refused");
    for (const std::string& fault : refused.error()) {
        fuzz::require(!fault.contains(marker), "no fault repeats the secret");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto variables = settings::parse_env_file(fuzz::as_text(data, size));
    if (!variables) {
        fuzz::require(is_free_of_content(variables.error()), "an error names the line and not what is in it");
        return 0;
    }
    for (const auto& [name, value] : *variables) {
        fuzz::require(is_name(name), "a variable has a name");
        fuzz::require(text::is_valid_utf8(value), "a value is UTF-8");
    }
    fuzz::require(settings::parse_env_file(write(*variables)) == variables,
                  "what was read can be written and read again");
    check_settings(*variables);
    return 0;
}
