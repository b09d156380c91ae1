#include "http/download.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace nassaq::http {
namespace {

using namespace std::chrono_literals;

class Nothing final : public ByteSource {
public:
    std::size_t read(std::span<char>) override { return 0; }
};

class SendDownload : public ::testing::Test {
protected:
    Response send(std::initializer_list<std::pair<std::string_view, std::string_view>> fields = {},
                  std::string_view method = "GET") {
        Request request;
        request.method = method;
        for (const auto& [name, value] : fields) request.headers.add(name, value);
        opened_.clear();
        const Download download{.filename = "عقد.pdf",
                                .content_type = "application/pdf",
                                .size = 1000,
                                .etag = "abc",
                                .last_modified = std::chrono::sys_days(2024y / 5 / 1) + 9h + 30min,
                                .is_inline = false,
                                .open = [&](std::uint64_t offset, std::uint64_t length) {
                                    opened_ += std::to_string(offset) + '+' + std::to_string(length);
                                    return std::make_unique<Nothing>();
                                }};
        return send_download(request, download).value();
    }
    static std::string field(const Response& response, std::string_view name) {
        return std::string(response.headers.find(name).value_or("(absent)"));
    }

    std::string opened_;
};

TEST(SendDownloadOfNothing, SaysThatThereIsNothingToSend) {
    Request request;
    request.method = "GET";
    const Download download{.filename = "x.pdf",
                            .content_type = "application/pdf",
                            .size = 1000,
                            .etag = "abc",
                            .last_modified = std::chrono::sys_seconds(),
                            .is_inline = false,
                            .open = [](std::uint64_t, std::uint64_t) { return nullptr; }};
    EXPECT_FALSE(send_download(request, download));
    request.method = "HEAD";
    EXPECT_TRUE(send_download(request, download)) << "nothing is opened for it";
}

TEST_F(SendDownload, SendsTheWhole) {
    const Response response = send();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(field(response, "content-type"), "application/pdf");
    EXPECT_EQ(field(response, "etag"), "\"abc\"");
    EXPECT_EQ(field(response, "last-modified"), "Wed, 01 May 2024 09:30:00 GMT");
    EXPECT_EQ(field(response, "accept-ranges"), "bytes");
    EXPECT_EQ(field(response, "content-disposition"),
              "attachment; filename=\"___.pdf\"; filename*=UTF-8''%D8%B9%D9%82%D8%AF.pdf");
    EXPECT_EQ(std::get<StreamBody>(response.body).length, 1000U);
    EXPECT_EQ(opened_, "0+1000");
}

TEST_F(SendDownload, OpensNothingForHead) {
    const Response response = send({{"range", "bytes=0-1"}}, "HEAD");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(std::get<StreamBody>(response.body).length, 1000U);
    EXPECT_EQ(opened_, "");
}

TEST_F(SendDownload, SendsAPart) {
    const Response response = send({{"Range", "bytes=200-299"}});
    EXPECT_EQ(response.status, 206);
    EXPECT_EQ(field(response, "content-range"), "bytes 200-299/1000");
    EXPECT_EQ(std::get<StreamBody>(response.body).length, 100U);
    EXPECT_EQ(opened_, "200+100");
    EXPECT_EQ(field(send({{"Range", "bytes=-1"}}), "content-range"), "bytes 999-999/1000");
}

TEST_F(SendDownload, RefusesARangeBeyondTheEnd) {
    const Response response = send({{"Range", "bytes=1000-"}});
    EXPECT_EQ(response.status, 416);
    EXPECT_EQ(field(response, "content-range"), "bytes */1000");
    EXPECT_EQ(opened_, "");
}

TEST_F(SendDownload, SendsTheWholeForSeveralRanges) {
    EXPECT_EQ(send({{"Range", "bytes=0-1,5-6"}}).status, 200);
    EXPECT_EQ(opened_, "0+1000");
}

TEST_F(SendDownload, KnowsWhatTheClientHas) {
    for (const std::string_view tag : {"\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "*"}) {
        const Response response = send({{"If-None-Match", tag}});
        EXPECT_EQ(response.status, 304) << tag;
        EXPECT_EQ(field(response, "etag"), "\"abc\"");
        EXPECT_EQ(opened_, "");
    }
    EXPECT_EQ(send({{"If-None-Match", "\"abcd\""}}).status, 200);
    EXPECT_EQ(send({{"If-None-Match", "abc"}}).status, 200);
    EXPECT_EQ(send({{"If-Modified-Since", "Wed, 01 May 2024 09:30:00 GMT"}}).status, 304);
    EXPECT_EQ(send({{"If-Modified-Since", "Wed, 01 May 2024 09:29:59 GMT"}}).status, 200);
    EXPECT_EQ(send({{"If-Modified-Since", "yesterday"}}).status, 200);
    // The entity tag is the better witness (RFC 9110, 13.1.3).
    EXPECT_EQ(send({{"If-None-Match", "\"x\""}, {"If-Modified-Since", "Wed, 01 May 2024 09:30:00 GMT"}}).status, 200);
}

TEST_F(SendDownload, KeepsConditions) {
    EXPECT_EQ(send({{"If-Match", "\"abc\""}}).status, 200);
    EXPECT_EQ(send({{"If-Match", "W/\"abc\""}}).status, 412);
    EXPECT_EQ(send({{"If-Match", "\"x\""}}).status, 412);
    EXPECT_EQ(send({{"If-Unmodified-Since", "Wed, 01 May 2024 09:29:59 GMT"}}).status, 412);
    EXPECT_EQ(send({{"If-Unmodified-Since", "Wed, 01 May 2024 09:30:00 GMT"}}).status, 200);
}

TEST_F(SendDownload, SendsAPartOnlyOfWhatTheClientKnows) {
    EXPECT_EQ(send({{"Range", "bytes=0-1"}, {"If-Range", "\"abc\""}}).status, 206);
    EXPECT_EQ(send({{"Range", "bytes=0-1"}, {"If-Range", "\"old\""}}).status, 200);
    EXPECT_EQ(send({{"Range", "bytes=0-1"}, {"If-Range", "W/\"abc\""}}).status, 200);
    EXPECT_EQ(send({{"Range", "bytes=0-1"}, {"If-Range", "Wed, 01 May 2024 09:30:00 GMT"}}).status, 206);
    EXPECT_EQ(send({{"Range", "bytes=0-1"}, {"If-Range", "Wed, 01 May 2024 09:30:01 GMT"}}).status, 200);
}

}  // namespace
}  // namespace nassaq::http
