#include "http/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <limits>

#include "base/text.hpp"
#include "http/ascii.hpp"

namespace nassaq::http {
namespace {

namespace beast_http = boost::beast::http;
using beast_http::field;

bool is_text(std::string_view value) {
    return text::is_ascii(value) || text::is_valid_utf8(value);
}

/// Whether what stands behind the percent-encoding is text; most targets have none and are ASCII.
bool is_encoded_text(std::string_view encoded) {
    if (encoded.find('%') == std::string_view::npos) return is_text(encoded);
    return text::percent_decode_text(encoded).has_value();
}

/// uri-host [":" port] (RFC 9110, 7.2), loosely: the characters that may stand there.
bool is_host(std::string_view host) {
    return std::ranges::all_of(host, [](char c) {
        return ascii::is_alphanumeric(c) ||
               (c != '\0' && std::string_view("-._~%!$&'()*+,;=:[]").find(c) != std::string_view::npos);
    });
}

/// What is no HTTP as we know it.
constexpr HeadRefusal malformed(std::string_view detail) {
    return {.status = 400, .code = RefusalCode::malformed_request, .detail = detail};
}

HeadRefusal explain(const boost::beast::error_code& failure) {
    using beast_http::error;
    if (failure == error::bad_version) {
        return {.status = 505,
                .code = RefusalCode::http_version_unsupported,
                .detail = "HTTP version not supported, use HTTP/1.1"};
    }
    if (failure == error::bad_method || failure == error::bad_target) return malformed("Malformed request line");
    if (failure == error::bad_content_length || failure == error::multiple_content_length) {
        return malformed("Content-Length must be one decimal number, and must not stand beside Transfer-Encoding");
    }
    if (failure == error::bad_transfer_encoding) {
        return malformed("Transfer-Encoding must occur once, and must not stand beside Content-Length");
    }
    return malformed("Malformed header field");
}

}  // namespace

RequestParser::RequestParser(Request& request) : request_(&request) {
    header_limit(std::numeric_limits<std::uint32_t>::max());  // Whoever feeds the head has counted it.
    skip(true);                                               // The message ends with its head for Beast.
}

std::expected<void, HeadRefusal> RequestParser::put_head(std::string_view head) {
    ErrorCode error;
    put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (refusal_) return std::unexpected(*refusal_);
    if (error) return std::unexpected(explain(error));
    if (authority_) {
        request_->headers.set("host", *authority_);
        hosts_ = 1;
    }
    if (const auto refusal = check_head()) return std::unexpected(*refusal);
    return {};
}

std::optional<HeadRefusal> RequestParser::check_head() const {
    if (has_transfer_encoding_ && version_ == 10) return malformed("HTTP/1.0 has no Transfer-Encoding");
    const bool host_needed = version_ != 10;
    if (hosts_ > 1 || (host_needed && hosts_ == 0)) return malformed("A request must have exactly one Host field");
    if (!is_host(request_->headers.find("host").value_or(""))) return malformed("Malformed Host field");
    if (!is_encoded_text(request_->path)) return malformed("The path must be valid UTF-8 without NUL");
    if (!is_encoded_text(request_->query)) {
        return HeadRefusal{.status = 400,
                           .code = RefusalCode::malformed_query,
                           .detail = "The query string must be valid UTF-8 without NUL"};
    }
    if (has_text_fault_) return malformed("Header fields must be valid UTF-8");
    if (has_unknown_expectation_) {
        return HeadRefusal{.status = 417,
                           .code = RefusalCode::expectation_unknown,
                           .detail = "The only known expectation is 100-continue"};
    }
    return std::nullopt;
}

void RequestParser::refuse(const HeadRefusal& refusal, ErrorCode& error) {
    refusal_ = refusal;
    error = beast_http::error::bad_field;
}

void RequestParser::on_request_impl(beast_http::verb, View method, View target, int version, ErrorCode&) {
    version_ = version;
    request_->method = method;
    take_target(target);
}

/// Origin form or absolute form (RFC 9112, 3.2); any other is a path that no route has.
void RequestParser::take_target(std::string_view target) {
    const std::size_t scheme_end = target.find("://");
    const std::string_view scheme = target.substr(0, std::min(scheme_end, target.size()));
    if (ascii::equals_ignoring_case(scheme, "http") || ascii::equals_ignoring_case(scheme, "https")) {
        target.remove_prefix(scheme_end + 3);
        const std::size_t authority_end = std::min(target.find_first_of("/?"), target.size());
        authority_ = target.substr(0, authority_end);
        target.remove_prefix(authority_end);
    }
    const std::size_t question = std::min(target.find('?'), target.size());
    request_->path = question == 0 ? std::string_view("/") : target.substr(0, question);
    request_->query = target.substr(std::min(question + 1, target.size()));
}

void RequestParser::on_field_impl(field name, View name_text, View value, ErrorCode& error) {
    check_field(name, value, error);
    request_->headers.add(name_text, value);
}

void RequestParser::check_field(field name, View value, ErrorCode& error) {
    if (!is_text(value)) has_text_fault_ = true;
    if (name == field::host) {
        ++hosts_;
    } else if (name == field::content_length) {
        if (content_length_) {
            return refuse(malformed("A request must have at most one Content-Length field"), error);
        }
        content_length_ = ascii::parse_digits(value);
        if (!content_length_) return refuse(malformed("Content-Length must be one decimal number"), error);
    } else if (name == field::transfer_encoding) {
        has_transfer_encoding_ = true;
        if (!ascii::equals_ignoring_case(value, "chunked")) {
            return refuse({.status = 501,
                           .code = RefusalCode::transfer_encoding_unknown,
                           .detail = "The only known Transfer-Encoding is chunked"},
                          error);
        }
    } else if (name == field::expect) {
        const bool known = ascii::equals_ignoring_case(value, "100-continue");
        expects_continue_ = known && version_ != 10;
        has_unknown_expectation_ = has_unknown_expectation_ || !known;
    }
}

BodyDecoder RequestParser::body_decoder() const {
    if (has_transfer_encoding_) return BodyDecoder::chunked();
    return BodyDecoder::of_length(content_length_.value_or(0));
}

}  // namespace nassaq::http
