#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "../db/server_database.hpp"
#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "db/migrate.hpp"
#include "db/sqlite.hpp"
#include "search/index.hpp"
#include "search/indexing.hpp"
#include "search/leftovers.hpp"

namespace nassaq::search {

/// On SQLite, and on the PostgreSQL of tests/support/postgres.py where there is one.
class IndexTest : public testing::TestWithParam<db::Dialect> {
protected:
    void SetUp() override {
        if (GetParam() == db::Dialect::sqlite) {
            database_ = std::make_unique<db::Database>(db::make_sqlite_driver(folder_.path() / "nassaq.db"), 4);
        } else if (db::postgres_for_tests().empty()) {
            GTEST_SKIP() << "no NASSAQ_TEST_POSTGRES";
        } else {
            schema_ = std::make_unique<db::TemporarySchema>();
            database_ = std::make_unique<db::Database>(schema_->driver(), 4);
        }
        db::migrate(*database_);
        ours_ = add_user("ours");
        theirs_ = add_user("theirs");
    }

    std::int64_t add_user(const std::string& name) {
        return database_->transaction([&](db::Session& session) { return test::add_user(session, name); });
    }

    std::int64_t add_path(const std::string& full_path) {
        return database_->transaction([&](db::Session& session) {
            return session.insert("Virtual_Paths", "path_id",
                                  {{"full_path", full_path}, {"created_at", now()}, {"depth", 1}});
        });
    }

    std::int64_t add_row(std::int64_t user_id, const std::string& filename, std::int64_t path_id = 1) {
        return database_->transaction([&](db::Session& session) {
            return session.insert("Documents", "doc_id",
                                  {{"filename", filename},
                                   {"path_id", path_id},
                                   {"uploaded_by_user_id", user_id},
                                   {"uploaded_at", now()}});
        });
    }

    void index(std::int64_t doc_id, std::int64_t user_id, const std::string& filename,
               const std::vector<std::string>& texts, const std::string& language = "en") {
        std::vector<ocr::Page> pages;
        for (const std::string& text : texts) {
            pages.push_back(
                {.number = static_cast<std::int64_t>(pages.size()) + 1, .text = text, .language = language});
        }
        const auto prepared = prepare(GetParam(), user_id, filename, cut_into_passages(pages));
        const Subject subject{.doc_id = doc_id, .user_id = user_id, .filename = filename, .has_text = true};
        const auto indexed = database_->read([&](db::Session& session) { return find_indexed(session, doc_id, "id"); });
        const bool needs = prepared.is_large || indexed.value().is_large;
        if (needs) {
            EXPECT_TRUE(index_in_pieces(*database_, subject, prepared, [](db::Session&) { return true; }));
        }
        database_->transaction([&](db::Session& session) {
            if (needs) {
                complete_pieces(session, doc_id, prepared);
            } else {
                index_document(session, subject, prepared);
            }
        });
    }

    void rename(std::int64_t doc_id, const std::string& name) {
        const auto renaming =
            database_->read([&](db::Session& session) { return prepare_renaming(session, doc_id, name); });
        database_->transaction([&](db::Session& session) {
            session.execute("UPDATE Documents SET filename = ? WHERE doc_id = ?", name, doc_id);
            EXPECT_TRUE(rename_document(session, renaming));
        });
    }

    void remove(std::int64_t doc_id) {
        remove_most(*database_, doc_id);
        database_->transaction([&](db::Session& session) {
            remove_document(session, doc_id);
            session.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
        });
    }

    /// What a thread does in the background.
    void forget_leftovers() {
        Leftovers leftovers(*database_);
        while (leftovers.step() > 0) {
        }
    }

    std::int64_t known(std::string_view words) {
        return count(fmt::format("SELECT COUNT(*) FROM Search_Vocabulary WHERE word IN ({})", words));
    }

    std::int64_t add(std::int64_t user_id, const std::string& filename, const std::vector<std::string>& texts,
                     const std::string& language = "en", std::int64_t path_id = 1) {
        const std::int64_t doc_id = add_row(user_id, filename, path_id);
        index(doc_id, user_id, filename, texts, language);
        return doc_id;
    }

    Hits search(std::string_view query, Filter filter, db::Paging page = {}) {
        return database_->read([&](db::Session& session) { return find(session, parse_query(query), filter, page); });
    }

    Hits search(std::string_view query) { return search(query, {.user_id = ours_}); }

    std::vector<std::int64_t> ids(const Hits& hits) {
        EXPECT_EQ(hits.total, static_cast<std::int64_t>(hits.items.size()));
        std::vector<std::int64_t> found;
        for (const Hit& hit : hits.items) {
            found.push_back(hit.doc_id);
        }
        return found;
    }
    std::vector<std::int64_t> ids(std::string_view query) { return ids(search(query)); }

    std::int64_t count(std::string_view sql) {
        return database_->read([&](db::Session& session) { return session.get<std::int64_t>(sql); });
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<db::TemporarySchema> schema_;
    std::unique_ptr<db::Database> database_;
    std::int64_t ours_ = 0;
    std::int64_t theirs_ = 0;
};

}  // namespace nassaq::search
