#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nassaq::http {

/// Receives the body of a request. What it throws passes through BodyDecoder::put(), which must not be used after that.
class BodySink {
public:
    BodySink() = default;
    BodySink(const BodySink&) = delete;
    BodySink& operator=(const BodySink&) = delete;
    virtual ~BodySink() = default;
    virtual void on_body(std::string_view piece) = 0;
};

/// Finds the end of a request's body and undoes its framing (RFC 9112, 6 and 7), piece by piece, holding nothing back.
/// Strict where leniency lets two readers see two different messages: lines end in CRLF, a chunk's size is hexadecimal
/// digits, and extensions and trailers, which mean nothing here, are bounded.
class BodyDecoder {
public:
    /// No body.
    BodyDecoder() = default;
    static BodyDecoder of_length(std::uint64_t length);
    static BodyDecoder chunked();

    [[nodiscard]] bool is_done() const { return state_ == State::done; }
    /// Takes what belongs to the body off the front of a piece.
    /// @return how many bytes that were: all, unless the body ends in it. Nothing when the framing is malformed.
    std::optional<std::size_t> put(std::string_view piece, BodySink& sink);

private:
    enum class State {
        fixed,
        size_first_digit,
        size,
        extension,
        size_line_feed,
        data,
        data_return,
        data_line_feed,
        trailer_begin,
        trailer,
        trailer_line_feed,
        last_line_feed,
        done,
        malformed
    };

    /// Takes content off the front of a piece.
    std::size_t take_content(std::string_view piece, BodySink& sink);
    [[nodiscard]] State after(char c);
    [[nodiscard]] State after_size_digit(char c);
    [[nodiscard]] State after_ignored(char c, State at_return);

    State state_ = State::done;
    std::uint64_t left_ = 0;  ///< Of the body or the chunk.
    unsigned digits_ = 0;
    std::size_t ignored_bytes_ = 0;
};

}  // namespace nassaq::http
