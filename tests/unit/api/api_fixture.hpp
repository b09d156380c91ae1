#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "api/services.hpp"
#include "http/message.hpp"

namespace nassaq::api {

/// What lets callers in, on a database of its own.
class ApiTest : public testing::Test {
protected:
    std::int64_t add_user(const std::string& name, bool is_active, std::optional<std::int64_t> role_id) {
        const std::int64_t user_id = database_.add_user(name);
        database_.execute("UPDATE Users SET is_active = ?, role_id = ? WHERE user_id = ?", is_active, role_id, user_id);
        return user_id;
    }

    [[nodiscard]] std::string token_of(std::int64_t user_id, security::TokenType type = security::TokenType::access,
                                       std::chrono::seconds life = std::chrono::minutes{1}) const {
        const auto time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        return tokens_.sign({.subject = user_id, .expires_at = time + life, .issued_at = time, .type = type});
    }

    static http::Request request_with(std::string_view name, std::string_view value) {
        http::Request request;
        request.headers.add(name, value);
        return request;
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
    security::TokenSigner tokens_{std::string(32, 's')};
    RateLimits rate_limits_{0};
    AnswerCache answers_;
    access::RightsCache rights_;
    Services services_{.database = database_.get(),
                       .tokens = tokens_,
                       .rate_limits = rate_limits_,
                       .answers = answers_,
                       .rights = rights_};
};

}  // namespace nassaq::api
