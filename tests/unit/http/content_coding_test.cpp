#include "http/content_coding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "gunzip.hpp"
#include "http/gzip.hpp"

namespace nassaq::http {
namespace {

/// Text that repeats itself as texts do, and not as nothing but one letter does.
std::string words(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i) {
        text += "document number " + std::to_string(i * 7919 % 1000) + " عقد إيجار\n";
    }
    text.resize(bytes, '.');
    return text;
}

/// Bytes that no compression makes shorter.
std::string noise(std::size_t bytes) {
    std::string result(bytes, '\0');
    std::uint32_t state = 1;
    for (char& byte : result) {
        state = state * 1'664'525U + 1'013'904'223U;
        byte = static_cast<char>(state >> 24U);
    }
    return result;
}

/// Gives a text in pieces of a few bytes, and fails where it is told to.
class TextSource final : public ByteSource {
public:
    TextSource(std::string text, std::size_t piece, bool breaks = false)
        : text_(std::move(text)), piece_(piece), breaks_(breaks) {}

    std::size_t read(std::span<char> buffer) override {
        const std::size_t count = std::min({buffer.size(), piece_, text_.size() - given_});
        if (count == 0 && breaks_) throw std::runtime_error("broken");
        std::copy_n(text_.data() + given_, count, buffer.data());
        given_ += count;
        return count;
    }

private:
    std::string text_;
    std::size_t piece_;
    bool breaks_;
    std::size_t given_ = 0;
};

std::string read_all(ByteSource& source, std::size_t room) {
    std::string result;
    std::string buffer(room, '\0');
    while (const std::size_t count = source.read(buffer)) result.append(buffer, 0, count);
    return result;
}

Request asking(std::initializer_list<std::string_view> fields) {
    Request request;
    request.method = "GET";
    for (const std::string_view field : fields) request.headers.add("Accept-Encoding", field);
    return request;
}

Gzip wish(std::initializer_list<std::string_view> fields) {
    return wish_for_gzip(asking(fields).headers);
}

Response json(std::string body) {
    return json_response(std::move(body));
}

Response stream(std::string_view content_type, std::string text) {
    Response response;
    response.headers.add("content-type", content_type);
    response.body = StreamBody{
        .source = std::make_unique<TextSource>(std::move(text), 1000), .length = std::nullopt, .memory = 100};
    return response;
}

std::string_view header_of(const Response& response, std::string_view name) {
    return response.headers.find(name).value_or("(none)");
}

TEST(Gzip, GivesBackWhatItWasMadeOf) {
    for (const std::string& text : {std::string(), std::string("a"), words(1000), words(300'000), noise(100'000)}) {
        EXPECT_TRUE(test::gunzip(gzip(text)) == text) << text.size();
    }
    EXPECT_LT(gzip(words(100'000)).size(), 25'000U);
}

TEST(Gzip, OfASourceIsTheSameHoweverItComesAndGoes) {
    for (const std::string& text : {std::string(), std::string("a"), words(70'000), noise(70'000)}) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{997}, std::size_t{1} << 20U}) {
            for (const std::size_t room : {std::size_t{1}, std::size_t{1000}, std::size_t{1} << 20U}) {
                GzipSource source(std::make_unique<TextSource>(text, piece));
                EXPECT_TRUE(test::gunzip(read_all(source, room)) == text) << text.size() << ' ' << piece << ' ' << room;
                std::string buffer(10, '\0');
                EXPECT_EQ(source.read(buffer), 0U) << "it is over";
            }
        }
    }
}

TEST(Gzip, OfASourceThatBreaksBreaks) {
    GzipSource source(std::make_unique<TextSource>(words(70'000), 1000, true));
    EXPECT_THROW(read_all(source, 1000), std::runtime_error);
}

TEST(WishForGzip, IsWhatTheFieldSays) {
    EXPECT_EQ(wish({}), Gzip::refused);
    for (const auto* field : {"gzip", "x-gzip", "GZip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "*",
                              "gzip;q=1.000", "gzip ; q=0.001", "gzip;Q=1.", "deflate,gzip", ",, gzip ,", "*;q=0.5",
                              "identity;q=0.5, gzip;q=0.5", "identity, gzip"}) {
        EXPECT_EQ(wish({field}), Gzip::welcome) << field;
    }
    for (const auto* field : {"", "identity", "deflate, br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *",
                              "identity;q=0", "identity;q=0, *;q=0", "gzip;q=0.4, identity;q=0.5",
                              "gzip;q=0.3, *;q=0.8", "identity;q=1, gzip;q=0.5", "gzipped", "gzip gzip"}) {
        EXPECT_EQ(wish({field}), Gzip::refused) << field;
    }
    for (const auto* field : {"gzip, identity;q=0", "gzip;q=0.1, identity;q=0.0", "gzip, *;q=0", "*, identity;q=0"}) {
        EXPECT_EQ(wish({field}), Gzip::required) << field;
    }
}

TEST(WishForGzip, PassesOverWhatIsMalformed) {
    for (const auto* field : {"gzip;q=2", "gzip;q=1.001", "gzip;q=0.0001", "gzip;q=-1", "gzip;q=", "gzip;q=.5",
                              "gzip;q=1,5", "gzip;level=9", "gzip;q=0.5;x", "gzip;", ";q=1", "gzip;q=0x1", "gz ip"}) {
        const bool names_five = std::string_view(field).ends_with(",5");  // Two elements, and the first is good.
        EXPECT_EQ(wish({field}), names_five ? Gzip::welcome : Gzip::refused) << field;
    }
    EXPECT_EQ(wish({"gzip;q=9, gzip"}), Gzip::welcome);
    EXPECT_EQ(wish({"identity;q=zero, gzip"}), Gzip::welcome);
}

TEST(WishForGzip, ReadsSeveralFieldsAsOne) {
    EXPECT_EQ(wish({"deflate", "gzip"}), Gzip::welcome);
    EXPECT_EQ(wish({"gzip", "identity;q=0"}), Gzip::required);
    EXPECT_EQ(wish({"*", "gzip;q=0"}), Gzip::refused);
}

TEST(ContentCoding, PutsLongTextsIntoGzip) {
    const std::string body = words(5000);
    for (const auto* type : {"application/json", "text/plain; charset=utf-8", "TEXT/HTML", "application/geo+json"}) {
        Response response{.status = 200, .headers = {}, .body = body};
        response.headers.add("content-type", type);
        encode_content(asking({"gzip"}), response);
        EXPECT_EQ(header_of(response, "content-encoding"), "gzip") << type;
        EXPECT_EQ(header_of(response, "vary"), "Accept-Encoding") << type;
        EXPECT_LT(std::get<std::string>(response.body).size(), body.size() / 2) << type;
        EXPECT_TRUE(test::gunzip(std::get<std::string>(response.body)) == body) << type;
    }
}

TEST(ContentCoding, LeavesWhatIsShort) {
    Response response = json(words(1023));
    encode_content(asking({"gzip"}), response);
    EXPECT_EQ(std::get<std::string>(response.body), words(1023));
    EXPECT_EQ(header_of(response, "content-encoding"), "(none)");
    EXPECT_EQ(header_of(response, "vary"), "(none)");
    Response longer = json(words(1024));
    encode_content(asking({"gzip"}), longer);
    EXPECT_EQ(header_of(longer, "content-encoding"), "gzip");
}

TEST(ContentCoding, IsWhatTheClientWants) {
    for (const auto* wanted : {"identity", "gzip;q=0", "deflate"}) {
        Response response = json(words(5000));
        encode_content(asking({wanted}), response);
        EXPECT_EQ(std::get<std::string>(response.body), words(5000)) << wanted;
        EXPECT_EQ(header_of(response, "content-encoding"), "(none)") << wanted;
        EXPECT_EQ(header_of(response, "vary"), "Accept-Encoding") << "a cache has to know: " << wanted;
    }
    Response small = json("{}");
    encode_content(asking({"gzip, identity;q=0"}), small);
    EXPECT_EQ(header_of(small, "content-encoding"), "gzip") << "the bare content is refused";
    EXPECT_EQ(test::gunzip(std::get<std::string>(small.body)), "{}");
}

TEST(ContentCoding, LeavesWhatWouldNotBecomeShorter) {
    Response response = json(noise(5000));
    encode_content(asking({"gzip"}), response);
    EXPECT_EQ(std::get<std::string>(response.body), noise(5000));
    EXPECT_EQ(header_of(response, "content-encoding"), "(none)");
    EXPECT_EQ(header_of(response, "vary"), "Accept-Encoding");
}

TEST(ContentCoding, LeavesOtherKindsOfContent) {
    const auto is_left = [](Response response) {
        encode_content(asking({"gzip, identity;q=0"}), response);
        return !response.headers.find("vary") && response.headers.find("content-encoding").value_or("br") == "br";
    };
    Response picture{.status = 200, .headers = {}, .body = words(5000)};
    picture.headers.add("content-type", "image/png");
    EXPECT_TRUE(is_left(std::move(picture)));
    EXPECT_TRUE(is_left({.status = 200, .headers = {}, .body = words(5000)})) << "of no type";
    Response encoded = json(words(5000));
    encoded.headers.add("content-encoding", "br");
    EXPECT_TRUE(is_left(std::move(encoded)));
    Response part = json(words(5000));
    part.status = 206;
    EXPECT_TRUE(is_left(std::move(part)));
    Response nothing = json("");
    nothing.status = 304;
    EXPECT_TRUE(is_left(std::move(nothing)));
    Response events;
    events.headers.add("content-type", "text/event-stream");
    events.body = EventBody{};
    EXPECT_TRUE(is_left(std::move(events)));
    Response file = stream("text/plain", words(5000));
    std::get<StreamBody>(file.body).length = 5000;
    EXPECT_TRUE(is_left(std::move(file))) << "a download";
    Response fixed;
    fixed.headers.add("content-type", "text/html");
    fixed.body = StaticBody{"<html>"};
    EXPECT_TRUE(is_left(std::move(fixed)));
}

TEST(ContentCoding, PutsOpenEndedTextsIntoGzip) {
    Response response = stream("text/plain; charset=utf-8", words(300'000));
    encode_content(asking({"gzip"}), response);
    EXPECT_EQ(header_of(response, "content-encoding"), "gzip");
    EXPECT_EQ(header_of(response, "vary"), "Accept-Encoding");
    auto& body = std::get<StreamBody>(response.body);
    EXPECT_FALSE(body.length);
    EXPECT_EQ(body.memory, 100 + GzipSource::memory);
    EXPECT_LT(GzipSource::memory, std::size_t{128} << 10U);
    EXPECT_TRUE(test::gunzip(read_all(*body.source, 16'384)) == words(300'000));

    Response bare = stream("text/plain", words(3000));
    encode_content(asking({}), bare);
    EXPECT_EQ(header_of(bare, "content-encoding"), "(none)");
    EXPECT_EQ(header_of(bare, "vary"), "Accept-Encoding");
    EXPECT_EQ(read_all(*std::get<StreamBody>(bare.body).source, 16'384), words(3000));
}

TEST(ContentCoding, KeepsWhatVaryNamesAndWeakensTheETag) {
    Response response = json(words(5000));
    response.headers.add("vary", "Accept, accept-encoding");
    response.headers.add("etag", "\"abc\"");
    encode_content(asking({"gzip"}), response);
    EXPECT_EQ(header_of(response, "vary"), "Accept, accept-encoding");
    EXPECT_EQ(header_of(response, "etag"), "W/\"abc\"");
    Response other = json(words(5000));
    other.headers.add("vary", "Accept");
    other.headers.add("etag", "W/\"abc\"");
    encode_content(asking({"gzip"}), other);
    EXPECT_EQ(header_of(other, "vary"), "Accept, Accept-Encoding");
    EXPECT_EQ(header_of(other, "etag"), "W/\"abc\"");
    Response bare = json(words(5000));
    bare.headers.add("etag", "\"abc\"");
    encode_content(asking({}), bare);
    EXPECT_EQ(header_of(bare, "etag"), "\"abc\"");
}

}  // namespace
}  // namespace nassaq::http
