// What a client sends on a connection: the head of a request and its body. The same bytes once more as a chunked body.

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "http/ascii.hpp"
#include "http/body_decoder.hpp"
#include "http/head_scanner.hpp"
#include "http/problem.hpp"
#include "http/request_parser.hpp"
#include "http/url.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;
using Pieces = std::vector<std::string_view>;

struct Sink final : http::BodySink {
    void on_body(std::string_view piece) override { content += piece; }
    std::string content;
};

struct Body {
    std::string content;
    std::size_t consumed = 0;
    bool is_done = false;
    bool is_malformed = false;
    bool operator==(const Body&) const = default;
};

Body decode(http::BodyDecoder decoder, const Pieces& pieces) {
    Sink sink;
    Body body;
    for (const std::string_view piece : pieces) {
        const auto taken = decoder.put(piece, sink);
        body.is_malformed = !taken;
        if (!taken) break;
        fuzz::require(*taken <= piece.size(), "no more is taken than there is");
        fuzz::require(*taken == piece.size() || decoder.is_done(), "what is left over follows the body");
        body.consumed += *taken;
        if (decoder.is_done()) break;
    }
    // Where it is malformed, the caller learns nothing of how much was taken before.
    if (body.is_malformed) body.consumed = 0;
    body.is_done = decoder.is_done();
    body.content = std::move(sink.content);
    return body;
}

Body check_body(const http::BodyDecoder& decoder, std::string_view bytes) {
    Body whole = decode(decoder, {bytes});
    fuzz::require(whole == decode(decoder, fuzz::cut(bytes)), "however it is cut, the body is the same");
    fuzz::require(whole == decode(decoder, fuzz::cut_into_bytes(bytes)), "byte by byte the body is the same");
    fuzz::require(!(whole.is_done && whole.is_malformed), "a body is not whole and malformed at once");
    return whole;
}

std::optional<std::string_view> take_line(std::string_view& text) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    return line;
}

/// RFC 9112, 7.1, read a second time, in another way and with all the bytes at hand.
/// @return the content and the length of a body that is whole; nothing of any other.
std::optional<Body> read_chunked(std::string_view bytes) {
    std::string_view rest = bytes;
    Body body;
    for (;;) {
        const auto line = take_line(rest);
        if (!line) return std::nullopt;
        const std::string_view digits = line->substr(0, line->find(';'));
        if (digits.empty() || digits.size() > 15) return std::nullopt;
        if (!std::ranges::all_of(digits, [](char c) { return text::hex_value(c) >= 0; })) return std::nullopt;
        const std::size_t size = std::stoull(std::string(digits), nullptr, 16);
        if (size == 0) break;
        if (rest.size() < size + 2 || rest.substr(size, 2) != "\r\n") return std::nullopt;
        body.content += rest.substr(0, size);
        rest.remove_prefix(size + 2);
    }
    for (auto line = take_line(rest); line; line = take_line(rest)) {
        if (!line->empty()) continue;
        body.consumed = bytes.size() - rest.size();
        body.is_done = true;
        return body;
    }
    return std::nullopt;
}

void check_chunked(std::string_view bytes) {
    const Body body = check_body(http::BodyDecoder::chunked(), bytes);
    if (body.is_done) fuzz::require(read_chunked(bytes) == body, "another reader sees the same chunked body");
}

http::HeadScanner::Result scan(http::HeadScanner& scanner, std::string_view bytes, const Pieces& pieces) {
    auto result = http::HeadScanner::Result::incomplete;
    std::size_t size = 0;
    for (const std::string_view piece : pieces) {
        size += piece.size();
        result = scanner.scan(bytes.substr(0, size));
        if (result != http::HeadScanner::Result::incomplete) break;
    }
    return result;
}

/// The length of the head, when there is a whole and proper one.
std::optional<std::size_t> find_head(std::string_view bytes) {
    http::HeadScanner whole;
    http::HeadScanner pieces;
    const auto result = scan(whole, bytes, {bytes});
    fuzz::require(result == scan(pieces, bytes, fuzz::cut(bytes)), "however it is cut, the head ends the same");
    if (result != http::HeadScanner::Result::complete) return std::nullopt;
    fuzz::require(whole.size() == pieces.size(), "however it is cut, the head is as long");
    fuzz::require(bytes.substr(0, whole.size()).ends_with("\r\n"), "a head ends with its line");
    return whole.size();
}

void check_fields(const http::Request& request) {
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t codings = 0;
    for (const auto& [name, value] : request.headers) {
        fuzz::require(http::ascii::is_token(name), "a field's name is a token");
        fuzz::require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos,
                      "no line end and no NUL is in a field");
        fuzz::require(text::is_valid_utf8(value), "a field is UTF-8");
        hosts += http::ascii::equals_ignoring_case(name, "host") ? 1U : 0U;
        lengths += http::ascii::equals_ignoring_case(name, "content-length") ? 1U : 0U;
        codings += http::ascii::equals_ignoring_case(name, "transfer-encoding") ? 1U : 0U;
    }
    fuzz::require(hosts <= 1, "there is one Host");
    fuzz::require(lengths + codings <= 1, "a body has one framing");
}

void check_target(const http::Request& request) {
    fuzz::require(http::ascii::is_token(request.method), "the method is a token");
    fuzz::require(!request.path.empty(), "there is a path");
    fuzz::require(request.path.find_first_of(std::string_view(" ?\r\n\0", 5)) == std::string::npos,
                  "the path is nothing but a path");
    fuzz::require(text::percent_decode_text(request.path).has_value(), "the path is text");
    try {
        http::parse_query(request.query);
    } catch (const http::Problem&) {
        fuzz::require(false, "a query that the head was accepted with can be read");
    }
}

void check_request(std::string_view head, std::string_view rest) {
    http::Request request;
    http::RequestParser parser(request);
    const auto status = parser.put_head(head);
    if (!status) {
        const int code = status.error().status;
        fuzz::require(code == 400 || code == 417 || code == 501 || code == 505, "a refusal has one of its codes");
        fuzz::require(!status.error().detail.empty(), "a refusal says why");
        return;
    }
    check_target(request);
    check_fields(request);
    const Body body = check_body(parser.body_decoder(), rest);
    if (const auto length = parser.content_length()) {
        fuzz::require(body.content == rest.substr(0, *length), "a body of known length is its bytes");
        fuzz::require(body.is_done == (rest.size() >= *length), "a body of known length ends there");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::as_text(data, size);
    if (const auto length = find_head(input)) check_request(input.substr(0, *length), input.substr(*length));
    check_chunked(input);
    return 0;
}
