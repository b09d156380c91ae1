// What bodies take in memory, and who may have how much of it.
#include <algorithm>

#include "server_fixture.hpp"

namespace nassaq::http::test {
namespace {

using namespace std::chrono_literals;

/// Two owners, and little memory for their bodies.
class BodyMemory : public ServerTest {
protected:
    static constexpr std::string_view greedy = "X-Owner: 1\r\n";
    static constexpr std::string_view form_type = "Content-Type: multipart/form-data; boundary=B\r\n";

    BodyMemory() {
        const auto by_header = [](Request& request) -> Owner { return request.headers.find("x-owner") ? 1 : 2; };
        const auto handle = [](Request& request) {
            return text_response(std::to_string(request.body.size() + request.form.size()));
        };
        add({.method = "POST", .pattern = "/keep", .owner = by_header, .guard = {}, .handle = handle});
        add({.method = "POST",
             .pattern = "/form",
             .body = BodyKind::multipart,
             .owner = by_header,
             .guard = {},
             .handle = handle});
        options_.limits.body_bytes = 100'000;
        options_.limits.body_memory_bytes = 800'000;
    }
    /// Bodies of the greedy one's, each of which lacks its last ten bytes: ten, of which most are refused.
    /// @return the others.
    std::vector<RawClient> hold(std::string_view path, std::string_view fields, std::string_view beginning) {
        std::vector<RawClient> clients;
        for (int i = 0; i < 10; ++i) {
            clients.push_back(connect());
            clients.back().send("POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n" +
                                std::string(greedy) + std::string(fields) + "\r\n" + std::string(beginning) +
                                std::string(99'990 - beginning.size(), 'x'));
        }
        const auto is_answered = [](RawClient& client) { return client.wait_readable(0ms); };
        EXPECT_TRUE(eventually([&] { return std::ranges::count_if(clients, is_answered) >= 7; }));
        std::vector<RawClient> held;
        for (RawClient& client : clients) {
            if (!client.wait_readable(50ms)) {
                held.push_back(std::move(client));
                continue;
            }
            const auto refusal = client.receive();
            EXPECT_TRUE(refusal && refusal->status == 503 && refusal->header("retry-after") == "1");
        }
        return held;
    }
};

TEST_F(BodyMemory, IsNotTakenWhereNobodyTakesABody) {
    add({.method = "GET", .pattern = "/none", .body = BodyKind::none, .guard = {}, .handle = [](Request& request) {
             return text_response((request.has_unread_body ? "unread" : "nothing") + request.body);
         }});
    options_.limits.body_memory_bytes = 4;
    start();
    auto client = connect();
    const std::string of_length = "GET /none HTTP/1.1\r\nHost: x\r\nContent-Length: ";
    EXPECT_EQ(client.exchange(of_length + "100000\r\n\r\n" + std::string(100'000, '\xff')).body, "unread")
        << "whatever its bytes are";
    EXPECT_EQ(client.exchange(get("/none")).body, "nothing");
    const std::string in_chunks = "GET /none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(client.exchange(in_chunks + "1\r\nx\r\n0\r\n\r\n").body, "unread");
    EXPECT_EQ(client.exchange(in_chunks + "0\r\n\r\n").body, "nothing");
    EXPECT_EQ(connect().exchange(in_chunks + "186a1\r\n" + std::string(100'001, 'x')).status, 413);
    EXPECT_EQ(connect().exchange(of_length + "100001\r\n\r\n").status, 413);
}

TEST_F(BodyMemory, IsSharedByThoseWhoSendThem) {
    start();
    const std::string body(100'000, 'x');
    auto held = hold("/keep", "", "");
    ASSERT_GE(held.size(), 1U);
    EXPECT_EQ(connect().exchange(post("/keep", body)).body, "100000") << "another's";
    EXPECT_EQ(connect().exchange(post("/keep", body.substr(0, 2'000), greedy)).body, "2000") << "too small to count";
    for (auto& client : held) client.send("0123456789");
    for (auto& client : held) EXPECT_EQ(client.receive()->body, "100000");
    // It is given back behind the answer.
    EXPECT_TRUE(eventually([&] { return connect().exchange(post("/keep", body, greedy)).body == "100000"; }))
        << "what was answered is free again";
}

TEST_F(BodyMemory, IsTakenByTheFieldsOfUploadsToo) {
    options_.limits.form_field_bytes = 100'000;
    start();
    const auto held = hold("/form", form_type, "--B\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n");
    EXPECT_GE(held.size(), 1U);
    const std::string file = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.bin\"\r\n\r\n" +
                             std::string(500'000, 'x') + "\r\n--B--\r\n";
    EXPECT_EQ(connect().exchange(post("/form", file, form_type)).status, 200);
}

TEST_F(BodyMemory, IsNotTakenByManyTinyFields) {
    start();
    const std::string_view type = "Content-Type: application/x-www-form-urlencoded\r\n";
    std::string form;
    for (int i = 0; i < 64; ++i) form += "a=&";
    EXPECT_EQ(connect().exchange(post("/form", form, type)).status, 200);
    const Answer refused = connect().exchange(post("/form", form + "a=", type));
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.body, R"({"detail":"Too many fields. Maximum number of fields is 64.","code":"malformed_body"})");
}

}  // namespace
}  // namespace nassaq::http::test
