#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/refusal_code.hpp"
#include "http/body_decoder.hpp"
#include "http/message.hpp"

namespace nassaq::http {

/// Why a head is refused. The connection cannot be used any further.
struct HeadRefusal {
    int status;
    RefusalCode code;
    std::string_view detail;
};

/// Parses the head of one request into a Request (RFC 9112). Stricter than Beast by itself, so that no other reader can
/// see another message in the same bytes: one Content-Length, none beside Transfer-Encoding, no coding but chunked.
class RequestParser final : private boost::beast::http::basic_parser<true> {
    using Base = boost::beast::http::basic_parser<true>;

public:
    /// @param request  is filled, and outlives the parser.
    explicit RequestParser(Request& request);

    /// Parses a whole head, as HeadScanner finds it, and checks it. To be called once; what follows is known after
    /// that.
    std::expected<void, HeadRefusal> put_head(std::string_view head);

    /// The declared length; nothing for a chunked body and for none.
    [[nodiscard]] std::optional<std::uint64_t> content_length() const { return content_length_; }
    [[nodiscard]] BodyDecoder body_decoder() const;
    [[nodiscard]] bool wants_keep_alive() const { return Base::keep_alive(); }
    [[nodiscard]] bool is_http_1_0() const { return version_ == 10; }
    [[nodiscard]] bool expects_continue() const { return expects_continue_; }

private:
    using ErrorCode = boost::beast::error_code;
    using View = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb, View method, View target, int version, ErrorCode&) override;
    void on_response_impl(int, View, int, ErrorCode&) override {}
    void on_field_impl(boost::beast::http::field, View name, View value, ErrorCode&) override;
    void on_header_impl(ErrorCode&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    // The body is not Beast's affair: its chunk parser asserts where an empty body comes in small pieces.
    std::size_t on_body_impl(View body, ErrorCode&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) override { return body.size(); }
    void on_finish_impl(ErrorCode&) override {}

    void refuse(const HeadRefusal& refusal, ErrorCode& error);
    void check_field(boost::beast::http::field name, View value, ErrorCode& error);
    void take_target(std::string_view target);
    [[nodiscard]] std::optional<HeadRefusal> check_head() const;

    Request* request_;
    std::optional<HeadRefusal> refusal_;
    std::optional<std::uint64_t> content_length_;
    std::size_t hosts_ = 0;
    int version_ = 0;
    bool expects_continue_ = false;
    bool has_transfer_encoding_ = false;
    bool has_unknown_expectation_ = false;
    bool has_text_fault_ = false;
    std::optional<std::string> authority_;  ///< Of an absolute target; stands in for Host.
};

}  // namespace nassaq::http
