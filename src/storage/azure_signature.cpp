#include "storage/azure_signature.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace nassaq::storage {
namespace {

/// The x-ms- headers, by name, with their white space in order.
std::string canonical_headers(const http_client::Headers& headers) {
    std::map<std::string, std::string> sorted;
    for (const auto& [name, value] : headers) {
        std::string lower = text::to_lower(name);
        if (lower.starts_with("x-ms-")) {
            sorted.emplace(std::move(lower), text::trim(value));
        }
    }
    std::string result;
    for (const auto& [name, value] : sorted) {
        result.append(name).append(":").append(value).append("\n");
    }
    return result;
}

std::string canonical_resource(std::string_view account, std::string_view path, const Query& query) {
    std::map<std::string, std::vector<std::string>> sorted;
    for (const auto& [name, value] : query) {
        sorted[text::to_lower(name)].push_back(value);
    }
    std::string result = "/" + std::string(account) + std::string(path.empty() ? "/" : path);
    for (auto& [name, values] : sorted) {
        std::ranges::sort(values);
        result += "\n" + name + ":";
        for (std::size_t i = 0; i < values.size(); ++i) {
            result += (i == 0 ? "" : ",") + values[i];
        }
    }
    return result;
}

}  // namespace

std::string to_query_string(const Query& query) {
    std::string result;
    for (const auto& [name, value] : query) {
        result += (result.empty() ? "?" : "&") + text::percent_encode(name) + "=" + text::percent_encode(value);
    }
    return result;
}

std::string azure_string_to_sign(std::string_view method, const http_client::Headers& headers, std::string_view account,
                                 std::string_view path, const Query& query, std::uint64_t content_length) {
    constexpr std::array before_length{"content-encoding", "content-language"};
    constexpr std::array after_length{"content-md5",   "content-type",        "date", "if-modified-since", "if-match",
                                      "if-none-match", "if-unmodified-since", "range"};
    std::string text(method);
    const auto append_header = [&](const char* name) {
        text += '\n';
        text += http_client::find(headers, name).value_or("");
    };
    std::ranges::for_each(before_length, append_header);
    text += '\n';
    text += content_length == 0 ? "" : std::to_string(content_length);  // Since version 2015-02-21.
    std::ranges::for_each(after_length, append_header);
    return text + "\n" + canonical_headers(headers) + canonical_resource(account, path, query);
}

std::string azure_authorization(std::string_view account, std::string_view key, std::string_view string_to_sign) {
    return "SharedKey " + std::string(account) + ":" + digest::to_base64(digest::hmac_sha256(key, string_to_sign));
}

}  // namespace nassaq::storage
