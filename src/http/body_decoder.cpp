#include "http/body_decoder.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace nassaq::http {
namespace {

constexpr unsigned most_size_digits = 15;  // So that the size cannot overflow.
constexpr std::size_t most_ignored_bytes = std::size_t{16} * 1024;

}  // namespace

BodyDecoder BodyDecoder::of_length(std::uint64_t length) {
    BodyDecoder decoder;
    decoder.left_ = length;
    decoder.state_ = length > 0 ? State::fixed : State::done;
    return decoder;
}

BodyDecoder BodyDecoder::chunked() {
    BodyDecoder decoder;
    decoder.state_ = State::size_first_digit;
    return decoder;
}

std::optional<std::size_t> BodyDecoder::put(std::string_view piece, BodySink& sink) {
    std::size_t taken = 0;
    while (taken < piece.size() && state_ != State::done) {
        if (state_ == State::fixed || state_ == State::data) {
            taken += take_content(piece.substr(taken), sink);
        } else {
            state_ = after(piece[taken++]);
            if (state_ == State::malformed) return std::nullopt;
        }
    }
    return taken;
}

std::size_t BodyDecoder::take_content(std::string_view piece, BodySink& sink) {
    const std::string_view content = piece.substr(0, std::min<std::uint64_t>(left_, piece.size()));
    left_ -= content.size();
    if (left_ == 0) state_ = state_ == State::fixed ? State::done : State::data_return;
    sink.on_body(content);
    return content.size();
}

/// The state behind one more byte of framing.
BodyDecoder::State BodyDecoder::after(char c) {
    switch (state_) {
        case State::size_first_digit:
            left_ = digits_ = 0;
            return after_size_digit(c);
        case State::size:
            if (c == ';') return State::extension;
            if (c == '\r') return State::size_line_feed;
            return after_size_digit(c);
        case State::extension:
            return after_ignored(c, State::size_line_feed);
        case State::size_line_feed:
            if (c != '\n') return State::malformed;
            return left_ > 0 ? State::data : State::trailer_begin;
        case State::data_return:
            return c == '\r' ? State::data_line_feed : State::malformed;
        case State::data_line_feed:
            return c == '\n' ? State::size_first_digit : State::malformed;
        case State::trailer_begin:
            return c == '\r' ? State::last_line_feed : after_ignored(c, State::trailer_line_feed);
        case State::trailer:
            return after_ignored(c, State::trailer_line_feed);
        case State::trailer_line_feed:
            return c == '\n' ? State::trailer_begin : State::malformed;
        case State::last_line_feed:
            return c == '\n' ? State::done : State::malformed;
        default:
            return State::malformed;
    }
}

BodyDecoder::State BodyDecoder::after_size_digit(char c) {
    const int value = text::hex_value(c);
    if (value < 0 || ++digits_ > most_size_digits) return State::malformed;
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    return State::size;
}

/// Within an extension or a trailer.
BodyDecoder::State BodyDecoder::after_ignored(char c, State at_return) {
    if (c == '\r') return at_return;
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = (byte < 0x20 && c != '\t') || byte == 0x7F;
    if (is_control || ++ignored_bytes_ > most_ignored_bytes) return State::malformed;
    return state_ == State::trailer_begin ? State::trailer : state_;
}

}  // namespace nassaq::http
