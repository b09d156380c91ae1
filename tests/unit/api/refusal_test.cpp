#include "api/refusal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <variant>

#include "api/guard.hpp"
#include "api_fixture.hpp"

namespace nassaq::api {
namespace {

TEST(Refusals, HaveNamesOfTheirOwn) {
    std::set<std::string_view> names;
    for (const NamedRefusal& refusal : all_refusals()) {
        EXPECT_EQ(name_of(refusal.code), refusal.name);
        EXPECT_TRUE(names.insert(refusal.name).second) << refusal.name << " stands there twice";
        EXPECT_TRUE(std::ranges::all_of(refusal.name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; }))
            << refusal.name;
    }
    EXPECT_GT(names.size(), 70U);
}

TEST(Refusals, HaveAStatusOfRefusalsEach) {
    for (const NamedRefusal& refusal : all_refusals()) {
        EXPECT_GE(status_of(refusal.code), 400) << refusal.name;
        EXPECT_LT(status_of(refusal.code), 600) << refusal.name;
    }
    EXPECT_EQ(status_of(RefusalCode::document_not_found), 404);
    EXPECT_EQ(status_of(RefusalCode::quota_bytes), 507);
}

TEST(Refusals, BecomeAnswers) {
    const auto too_early = refuse(RefusalCode::too_many_requests, "Too \"many\" requests", std::chrono::seconds{7});
    const http::Response answer = to_response(too_early.error());
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.headers.find("content-type"), "application/json");
    EXPECT_EQ(answer.headers.find("retry-after"), "7");
    EXPECT_EQ(std::get<std::string>(answer.body), R"({"detail":"Too \"many\" requests","code":"too_many_requests"})");

    const http::Response unknown = to_response(refuse(RefusalCode::credentials_invalid, "Who?").error());
    EXPECT_EQ(unknown.headers.find("www-authenticate"), "Bearer");
    EXPECT_EQ(unknown.headers.find("retry-after"), std::nullopt);

    boost::json::array errors;
    errors.push_back(boost::json::object{{"type", "missing"}});
    const http::Response invalid = to_response(refuse_invalid(std::move(errors)).error());
    EXPECT_EQ(invalid.status, 422);
    EXPECT_EQ(std::get<std::string>(invalid.body), R"({"detail":[{"type":"missing"}],"code":"validation_failed"})");
}

class Transact : public ApiTest {
protected:
    std::string full_name() {
        return database_.get().read([&](db::Session& session) {
            return session.get<std::string>("SELECT full_name FROM Users WHERE user_id = ?", user_id_);
        });
    }
    void rename(db::Session& session) const {
        session.execute("UPDATE Users SET full_name = 'Another Name' WHERE user_id = ?", user_id_);
        // To be done at the end of the transaction, if it comes to that.
        session.execute_later("INSERT INTO Logs (log_timestamp, action_type) VALUES (?, 'renamed')", now());
    }
    std::int64_t logged() { return database_.count("SELECT COUNT(*) FROM Logs WHERE action_type = 'renamed'"); }
    Caller caller() {
        http::Request request = request_with("authorization", "Bearer " + token_of(user_id_));
        EXPECT_TRUE(authorize(services_, request, Level::active_user));
        return caller_of(request);
    }

    std::int64_t user_id_ = add_user("layla", true, 1);
    std::string name_before_ = full_name();
};

TEST_F(Transact, UndoesWhatWasDoneBeforeARefusal) {
    const auto refused = transact(database_.get(), caller(), [&](db::Session& session, const Caller&) -> Result<> {
        rename(session);
        return refuse(RefusalCode::username_taken, "Taken");
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, RefusalCode::username_taken);
    EXPECT_EQ(full_name(), name_before_);
    EXPECT_EQ(logged(), 0);
}

TEST_F(Transact, KeepsWhatIsNotRefused) {
    const auto done = transact(database_.get(), caller(), [&](db::Session& session, const Caller& present) {
        rename(session);
        return present.user_id;
    });
    ASSERT_TRUE(done);
    EXPECT_EQ(*done, user_id_);
    EXPECT_TRUE(transact(database_.get(), caller(), [&](db::Session& session, const Caller&) { rename(session); }));
    EXPECT_EQ(full_name(), "Another Name");
    EXPECT_EQ(logged(), 2);
}

TEST_F(Transact, RefusesWhoHasLostTheirAccountMeanwhile) {
    const Caller before = caller();
    database_.execute("UPDATE Users SET is_active = ? WHERE user_id = ?", false, user_id_);
    bool has_run = false;
    const auto refused = transact(database_.get(), before, [&](db::Session&, const Caller&) { has_run = true; });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, RefusalCode::account_pending);
    EXPECT_FALSE(has_run);
}

}  // namespace
}  // namespace nassaq::api
