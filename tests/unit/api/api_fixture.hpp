#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "api/services.hpp"
#include "audit/reading_log.hpp"
#include "broker/embedded.hpp"
#include "http/message.hpp"
#include "http/problem.hpp"
#include "storage/local.hpp"
#include "texts/sql.hpp"

namespace nassaq::api {

/// All that handlers may use, on a database of its own.
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
    db::ForeignKeys foreign_keys_{database_.get()};
    std::unique_ptr<storage::Storage> storage_ = storage::make_local_storage(folder_ / "blobs");
    std::unique_ptr<texts::TextStore> texts_ = texts::make_sql_text_store(database_.get());
    std::unique_ptr<broker::Broker> broker_ = broker::make_embedded_broker(database_.get());
    jobs::OutboxRelay outbox_{database_.get(), *broker_};
    jobs::BlobDeletions blob_deletions_{database_.get(), *storage_};
    jobs::EventFeed events_{database_.get()};
    security::TokenSigner tokens_{std::string(32, 's')};
    metrics::Metrics metrics_;
    settings::Settings settings_;
    RateLimits rate_limits_{0};
    AnswerCache answers_;
    audit::ReadingLog reading_log_{database_.get()};
    Services services_{.settings = settings_,
                       .database = database_.get(),
                       .foreign_keys = foreign_keys_,
                       .storage = *storage_,
                       .texts = *texts_,
                       .broker = *broker_,
                       .outbox = outbox_,
                       .blob_deletions = blob_deletions_,
                       .events = events_,
                       .tokens = tokens_,
                       .metrics = metrics_,
                       .rate_limits = rate_limits_,
                       .answers = answers_,
                       .reading_log = reading_log_};
};

}  // namespace nassaq::api
