#include "http/body_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace nassaq::http {
namespace {

class Collector final : public BodySink {
public:
    void on_body(std::string_view piece) override {
        EXPECT_FALSE(piece.empty());
        body.append(piece);
    }
    std::string body;
};

/// What comes out of the wire fed in pieces of that size: "BODY|REST", "malformed" or "unfinished BODY".
std::string decode(BodyDecoder decoder, std::string_view wire, std::size_t piece_bytes) {
    Collector collector;
    while (!decoder.is_done()) {
        if (wire.empty()) return "unfinished " + collector.body;
        const std::string_view piece = wire.substr(0, piece_bytes);
        const auto taken = decoder.put(piece, collector);
        if (!taken) return "malformed";
        EXPECT_TRUE(*taken == piece.size() || decoder.is_done());
        wire.remove_prefix(*taken);
    }
    return collector.body + '|' + std::string(wire);
}

void expect_chunked(std::string_view wire, std::string_view expected) {
    for (const std::size_t piece_bytes : {1UL, 2UL, 3UL, 7UL, 100'000UL}) {
        EXPECT_EQ(decode(BodyDecoder::chunked(), wire, piece_bytes), expected) << wire << " by " << piece_bytes;
    }
}

TEST(BodyOfALength, EndsThere) {
    for (const std::size_t piece_bytes : {1UL, 3UL, 100UL}) {
        EXPECT_EQ(decode(BodyDecoder::of_length(5), "helloGET /", piece_bytes), "hello|GET /");
        EXPECT_EQ(decode(BodyDecoder::of_length(0), "GET /", piece_bytes), "|GET /");
        EXPECT_EQ(decode(BodyDecoder::of_length(9), "hello", piece_bytes), "unfinished hello");
    }
    EXPECT_TRUE(BodyDecoder().is_done());
}

TEST(ChunkedBody, IsUndone) {
    expect_chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET /", "hello world|GET /");
    expect_chunked("0\r\n\r\n", "|");
    expect_chunked("0000\r\n\r\n", "|");
    expect_chunked("000a\r\n0123456789\r\n0\r\n\r\n", "0123456789|");
    expect_chunked("A\r\n\r\n0\r\n\r\nabc\r\n0\r\n\r\n", "\r\n0\r\n\r\nabc|");
}

TEST(ChunkedBody, MayHaveExtensionsAndTrailers) {
    expect_chunked("5;a=b;c=\"d;e\"\r\nhello\r\n0;last\r\n\r\n", "hello|");
    expect_chunked("5\r\nhello\r\n0\r\nExpires: now\r\nContent-Length: 9\r\n\r\nGET", "hello|GET");
}

TEST(ChunkedBody, MayBeCutAnywhere) {
    const std::string_view wire = "5;a\r\nhello\r\n0\r\nT: x\r\n\r\n";
    for (std::size_t i = 0; i < wire.size(); ++i) {
        EXPECT_TRUE(decode(BodyDecoder::chunked(), wire.substr(0, i), 1).starts_with("unfinished")) << i;
    }
}

TEST(ChunkedBody, IsRefusedWhenMalformed) {
    for (const std::string_view wire :
         {"5\nhello\n0\n\n", "x\r\n", "\r\n", "-5\r\nhello\r\n", "+5\r\nhello\r\n", "0x5\r\nhello\r\n",
          " 5\r\nhello\r\n", "5 \r\nhello\r\n", "5\rhello\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
          "5\r\nhello\n0\r\n\r\n", "FFFFFFFFFFFFFFFF\r\n", "00000000000000005\r\n", "5;\x01\r\nhello\r\n",
          "5;a\nhello\r\n", "0\r\nT: x\n\r\n", "0\r\nT: x\r\r\n\r\n", "0\r\n\rX"}) {
        expect_chunked(wire, "malformed");
    }
}

TEST(ChunkedBody, MayNotSpendAllOnItsFraming) {
    std::string extensions;
    for (int i = 0; i < 20; ++i) extensions += "1;a=" + std::string(1000, 'x') + "\r\nb\r\n";
    expect_chunked(extensions + "0\r\n\r\n", "malformed");
    std::string trailers = "0\r\n";
    for (int i = 0; i < 20; ++i) trailers += "T: " + std::string(1000, 'x') + "\r\n";
    expect_chunked(trailers + "\r\n", "malformed");
}

}  // namespace
}  // namespace nassaq::http
