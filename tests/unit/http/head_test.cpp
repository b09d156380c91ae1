// The head of a request: its end, and what a RequestParser makes of it.
#include <gtest/gtest.h>

#include "http/head_scanner.hpp"
#include "http/request_parser.hpp"

namespace nassaq::http {
namespace {

using Result = HeadScanner::Result;

/// Feeds byte by byte: the first result that is not "incomplete", and how many bytes it took.
std::pair<Result, std::size_t> scan(std::string_view text) {
    HeadScanner scanner;
    for (std::size_t i = 1; i <= text.size(); ++i) {
        const Result result = scanner.scan(text.substr(0, i));
        if (result != Result::incomplete) return {result, i};
    }
    return {Result::incomplete, text.size()};
}

TEST(HeadScannerTest, FindsTheEnd) {
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nA: b\r\n\r\nbody"), std::pair(Result::complete, std::size_t{24}));
    EXPECT_EQ(scan("\r\nGET"), std::pair(Result::complete, std::size_t{2}));
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nA: b\r\n\r").first, Result::incomplete);
    HeadScanner scanner;
    EXPECT_EQ(scanner.scan("A\r\n\r\nrest\r\n"), Result::complete);
    EXPECT_EQ(scanner.size(), 5U);
}

TEST(HeadScannerTest, RefusesEarly) {
    EXPECT_EQ(scan("GET / HTTP/1.1\nA: b"), std::pair(Result::bare_line_feed, std::size_t{15}));
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nA: b\n\r\n").first, Result::bare_line_feed);
    EXPECT_EQ(scan("\n").first, Result::bare_line_feed);
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n").first, Result::folded_line);
    EXPECT_EQ(scan("GET / HTTP/1.1\r\n\tA: b\r\n\r\n").first, Result::folded_line);
    EXPECT_EQ(scan("GET / HTTP/1.1\r\nA: b\r\n \r\n\r\n").first, Result::folded_line);
}

/// "ok" or the status of the refusal.
std::string put(std::string_view head) {
    Request request;
    RequestParser parser(request);
    const auto result = parser.put_head(head);
    return result ? "ok" : std::to_string(result.error().status);
}

struct HeadCase {
    std::string_view head;
    std::string_view expected;
};

class RequestHead : public ::testing::TestWithParam<HeadCase> {};

TEST_P(RequestHead, IsJudged) {
    EXPECT_EQ(put(std::string(GetParam().head) + "\r\n"), GetParam().expected) << GetParam().head;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RequestHead,
    ::testing::Values(
        HeadCase{"GET / HTTP/1.1\r\nHost: a\r\n", "ok"}, HeadCase{"GET / HTTP/1.0\r\n", "ok"},
        HeadCase{"GET / HTTP/1.1\r\nHost:\r\n", "ok"}, HeadCase{"GET / HTTP/1.1\r\nHost: [::1]:80\r\n", "ok"},
        HeadCase{"GET / HTTP/1.1\r\n", "400"}, HeadCase{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n", "400"},
        HeadCase{"GET / HTTP/1.1\r\nHost: a b\r\n", "400"}, HeadCase{"GET / HTTP/1.1\r\nHost: a/b\r\n", "400"},
        HeadCase{"GET / HTTP/1.1\r\nHost: a\"><script>\r\n", "400"}, HeadCase{"GET / HTTP/2.0\r\nHost: a\r\n", "505"},
        HeadCase{"GET / HTTP/1.2\r\nHost: a\r\n", "505"}, HeadCase{"PRI * HTTP/2.0\r\n", "505"},
        HeadCase{"GET  / HTTP/1.1\r\nHost: a\r\n", "400"}, HeadCase{"GET /a b HTTP/1.1\r\nHost: a\r\n", "505"},
        HeadCase{"G(T / HTTP/1.1\r\nHost: a\r\n", "400"}, HeadCase{"GET /\r\nHost: a\r\n", "400"},
        HeadCase{"/ HTTP/1.1\r\nHost: a\r\n", "400"}, HeadCase{"\x16\x03\x01\r\n", "400"},
        HeadCase{"GET / HTTP/1.1\r\nHost : a\r\n", "400"}, HeadCase{"GET / HTTP/1.1\r\nHost: a\r\nA B: c\r\n", "400"},
        HeadCase{"GET / HTTP/1.1\r\nHost: a\r\n: c\r\n", "400"}, HeadCase{"GET / HTTP/1.1\r\nHost: a\r\nA\r\n", "400"},
        HeadCase{"GET / HTTP/1.1\r\nHost: a\r\nA: b\rc\r\n", "400"},
        HeadCase{"GET / HTTP/1.1\r\nHost: a\r\nA: \x01\r\n", "400"},
        HeadCase{"GET / HTTP/1.1\r\nHost: a\r\nA: \xff\r\n", "400"},
        HeadCase{"GET / HTTP/1.1\r\nHost: a\r\nA: \xD8\xB9\r\n", "ok"},
        HeadCase{std::string_view("GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n", 32), "400"},
        HeadCase{std::string_view("GET /\0 HTTP/1.1\r\nHost: a\r\n", 26), "400"},
        HeadCase{"GET /%00 HTTP/1.1\r\nHost: a\r\n", "400"}, HeadCase{"GET /%FF HTTP/1.1\r\nHost: a\r\n", "400"},
        HeadCase{"GET /\xff HTTP/1.1\r\nHost: a\r\n", "400"}, HeadCase{"GET /%C0%AE HTTP/1.1\r\nHost: a\r\n", "400"},
        HeadCase{"GET /?a=%80 HTTP/1.1\r\nHost: a\r\n", "400"},
        HeadCase{"GET /%D8%B9?%D8%B9 HTTP/1.1\r\nHost: a\r\n", "ok"},
        HeadCase{"GET http:///x HTTP/1.1\r\nHost: a\r\n", "ok"},
        HeadCase{"GET http://a<b/ HTTP/1.1\r\nHost: a\r\n", "400"}));

INSTANTIATE_TEST_SUITE_P(
    Framing, RequestHead,
    ::testing::Values(
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n", "ok"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", "ok"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n", "ok"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: identity\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", "501"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n", "501"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n", "501"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;a=b\r\n", "501"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n", "501"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
                 "chunked\r\n",
                 "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n", "400"},
        HeadCase{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", "400"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n", "ok"},
        HeadCase{"POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 1\r\n", "417"}));

TEST(RequestHeadContent, IsKept) {
    Request request;
    RequestParser parser(request);
    ASSERT_TRUE(parser.put_head("PATCH /a%20b?c=d?e HTTP/1.1\r\nHost: x:1\r\nAccept: \t a, b \r\naccept: c\r\n\r\n"));
    EXPECT_EQ(request.method, "PATCH");
    EXPECT_EQ(request.path, "/a%20b");
    EXPECT_EQ(request.query, "c=d?e");
    EXPECT_EQ(request.headers.find("ACCEPT"), "a, b");
    EXPECT_TRUE(parser.body_decoder().is_done());
    EXPECT_TRUE(parser.wants_keep_alive());
}

}  // namespace
}  // namespace nassaq::http
