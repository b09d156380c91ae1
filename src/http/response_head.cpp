#include "http/response_head.hpp"

#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <variant>

namespace nassaq::http {
namespace {

void append_number(std::string& output, std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    output.append(digits.data(), end);
}

void append_field(std::string& output, std::string_view name, std::string_view value) {
    output.append(name).append(": ");
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        output.push_back((byte < 0x20 && c != '\t') || byte == 0x7F ? ' ' : c);
    }
    output.append("\r\n");
}

}  // namespace

std::uint64_t body_length(const Response& response) {
    struct Length {
        std::uint64_t operator()(const std::string& body) const { return body.size(); }
        std::uint64_t operator()(const StreamBody& body) const { return body.length.value_or(0); }
        std::uint64_t operator()(const StaticBody& body) const { return body.bytes.size(); }
        std::uint64_t operator()(const EventBody&) const { return 0; }
    };
    return std::visit(Length{}, response.body);
}

bool is_open_ended(const Response& response) {
    const auto* stream = std::get_if<StreamBody>(&response.body);
    return stream != nullptr && !stream->length;
}

bool status_has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

void append_response_head(std::string& output, const Response& response, const Framing& framing) {
    output.append("HTTP/1.1 ");
    append_number(output, static_cast<std::uint64_t>(response.status));
    output.push_back(' ');
    output.append(boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status)));
    output.append("\r\n");
    append_field(output, "date", framing.date);
    for (const auto& [name, value] : response.headers) {
        append_field(output, name, value);
    }
    const bool has_length = !std::holds_alternative<EventBody>(response.body) && !is_open_ended(response);
    if (is_open_ended(response) && !framing.http_1_0) output.append("transfer-encoding: chunked\r\n");
    if (status_has_body(response.status) && has_length) {
        output.append("content-length: ");
        append_number(output, body_length(response));
        output.append("\r\n");
    }
    output.append("x-content-type-options: nosniff\r\n");
    output.append("referrer-policy: no-referrer\r\n");
    append_field(output, "x-request-id", framing.request_id);
    if (!framing.keep_alive) {
        output.append("connection: close\r\n");
    } else if (framing.http_1_0) {
        output.append("connection: keep-alive\r\n");
    }
    output.append("\r\n");
}

std::string to_closing_answer(const Response& response, std::string_view date, std::string_view request_id) {
    std::string answer;
    append_response_head(answer, response, {.date = date, .request_id = request_id, .keep_alive = false});
    answer += std::get<std::string>(response.body);
    return answer;
}

}  // namespace nassaq::http
