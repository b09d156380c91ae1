#include "storage/s3_signature.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace nassaq::storage {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

using SortedHeaders = std::map<std::string, std::string>;

SortedHeaders sort_headers(const http_client::Headers& headers) {
    SortedHeaders sorted;
    for (const auto& [name, value] : headers) {
        sorted.emplace(text::to_lower(name), text::trim(value));
    }
    return sorted;
}

std::string signed_names(const SortedHeaders& headers) {
    std::string names;
    for (const auto& [name, value] : headers) {
        names += (names.empty() ? "" : ";") + name;
    }
    return names;
}

std::string canonical_query(const Query& query) {
    std::vector<std::string> pairs;
    pairs.reserve(query.size());
    for (const auto& [name, value] : query) {
        pairs.push_back(text::percent_encode(name) + "=" + text::percent_encode(value));
    }
    std::ranges::sort(pairs);
    std::string result;
    for (const std::string& pair : pairs) {
        result += (result.empty() ? "" : "&") + pair;
    }
    return result;
}

}  // namespace

std::string s3_canonical_request(const S3SigningInput& input) {
    const SortedHeaders headers = sort_headers(input.headers);
    std::string text =
        std::string(input.method) + "\n" + std::string(input.path) + "\n" + canonical_query(input.query) + "\n";
    for (const auto& [name, value] : headers) {
        text.append(name).append(":").append(value).append("\n");
    }
    return text + "\n" + signed_names(headers) + "\n" + headers.at("x-amz-content-sha256");
}

std::string s3_authorization(const S3SigningInput& input, const S3Credentials& credentials, std::string_view region) {
    constexpr std::size_t date_length = 8;
    const SortedHeaders headers = sort_headers(input.headers);
    const std::string& time = headers.at("x-amz-date");
    const std::string date = time.substr(0, date_length);
    const std::string scope = date + "/" + std::string(region) + "/s3/aws4_request";
    const std::string string_to_sign = std::string(algorithm) + "\n" + time + "\n" + scope + "\n" +
                                       text::to_hex(digest::sha256(s3_canonical_request(input)));
    std::string key = "AWS4" + credentials.secret_key;
    for (const std::string_view part :
         {std::string_view(date), region, std::string_view("s3"), std::string_view("aws4_request")}) {
        key = digest::hmac_sha256(key, part);
    }
    return std::string(algorithm) + " Credential=" + credentials.access_key + "/" + scope +
           ",SignedHeaders=" + signed_names(headers) +
           ",Signature=" + text::to_hex(digest::hmac_sha256(key, string_to_sign));
}

}  // namespace nassaq::storage
