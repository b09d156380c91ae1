#include "http/content_coding.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "http/ascii.hpp"
#include "http/gzip.hpp"
#include "http/response_head.hpp"

namespace nassaq::http {
namespace {

/// What is shorter goes in one packet with its head anyway.
constexpr std::size_t least_bytes = 1024;

/// 0 to 1 with up to three decimals (RFC 9110, 12.4.2), in thousandths.
std::optional<int> parse_weight(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.')) return std::nullopt;
    if (text[0] != '0' && text[0] != '1') return std::nullopt;
    int weight = text[0] == '1' ? 1000 : 0;
    int place = 100;
    for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (!ascii::is_digit(c)) return std::nullopt;
        weight += (c - '0') * place;
        place /= 10;
    }
    return weight <= 1000 ? std::optional(weight) : std::nullopt;
}

/// One element of the field: "gzip;q=0.5".
struct WeightedCoding {
    std::string_view name;
    int weight = 1000;
};

std::optional<WeightedCoding> parse_coding(std::string_view element) {
    const std::size_t semicolon = element.find(';');
    WeightedCoding coding{.name = ascii::trim(element.substr(0, semicolon))};
    if (!ascii::is_token(coding.name)) return std::nullopt;
    if (semicolon == std::string_view::npos) return coding;
    const std::string_view parameter = ascii::trim(element.substr(semicolon + 1));
    if (!ascii::starts_with_ignoring_case(parameter, "q=")) return std::nullopt;
    const auto weight = parse_weight(parameter.substr(2));
    if (!weight) return std::nullopt;
    coding.weight = *weight;
    return coding;
}

/// Of what is named; "*" is all that is not.
struct Weights {
    std::optional<int> gzip;
    std::optional<int> identity;
    std::optional<int> others;

    void take(const WeightedCoding& coding) {
        const auto is = [&](std::string_view name) { return ascii::equals_ignoring_case(coding.name, name); };
        if (is("gzip") || is("x-gzip")) gzip = coding.weight;  // RFC 9110, 8.4.1.3: they are the same.
        if (is("identity")) identity = coding.weight;
        if (is("*")) others = coding.weight;
    }
};

Weights read_weights(const Headers& request) {
    Weights weights;
    for (const auto& [name, value] : request) {
        if (!ascii::equals_ignoring_case(name, "accept-encoding")) continue;
        for (std::string_view rest = value; !rest.empty();) {
            if (const auto coding = parse_coding(ascii::take_list_element(rest))) weights.take(*coding);
        }
    }
    return weights;
}

bool is_textual(std::string_view media_type) {
    return media_type == "application/json" || media_type.ends_with("+json") || media_type.ends_with("+xml") ||
           (media_type.starts_with("text/") && media_type != "text/event-stream");
}

/// Whether the length of an answer alone decides whether it is worth it.
bool can_be_encoded(const Response& response) {
    constexpr int partial_content = 206;
    return status_has_body(response.status) && response.status != partial_content &&
           !response.headers.find("content-encoding") && is_textual(media_type_of(response.headers)) &&
           (std::holds_alternative<std::string>(response.body) || is_open_ended(response));
}

void name_gzip(Headers& headers) {
    headers.add("content-encoding", "gzip");
    const auto etag = headers.find("etag");
    if (etag && etag->starts_with('"')) headers.set("etag", "W/" + std::string(*etag));
}

void encode(StreamBody& stream) {
    if (stream.source) stream.source = std::make_unique<GzipSource>(std::move(stream.source));
    stream.memory += GzipSource::memory;
}

}  // namespace

Gzip wish_for_gzip(const Headers& request) {
    const Weights weights = read_weights(request);
    constexpr int least = 1;  // The bare content is taken by whoever does not name it, but nobody has asked for it.
    const int of_gzip = weights.gzip.value_or(weights.others.value_or(0));
    const int of_identity = weights.identity.value_or(weights.others.value_or(least));
    if (of_gzip == 0 || of_gzip < of_identity) return Gzip::refused;
    return of_identity == 0 ? Gzip::required : Gzip::welcome;
}

void encode_content(const Request& request, Response& response) {
    if (!can_be_encoded(response)) return;
    const Gzip wish = wish_for_gzip(request.headers);
    auto* const text = std::get_if<std::string>(&response.body);
    if (text != nullptr && text->size() < least_bytes && wish != Gzip::required) return;
    response.headers.add_to_list("vary", "Accept-Encoding");
    if (wish == Gzip::refused) return;
    if (text == nullptr) {
        encode(std::get<StreamBody>(response.body));
    } else {
        std::string encoded = gzip(*text);
        if (encoded.size() >= text->size() && wish != Gzip::required) return;
        *text = std::move(encoded);
    }
    name_gzip(response.headers);
}

}  // namespace nassaq::http
