#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "base/spool.hpp"
#include "files/old_place.hpp"
#include "files/place_finder.hpp"
#include "files/places.hpp"
#include "files/store.hpp"
#include "files/take_over.hpp"
#include "files/upgrade.hpp"
#include "storage/local.hpp"
#include "storage/second_container.hpp"
#include "texts/sql.hpp"

namespace nassaq::files {

/// Texts that also say where a worker of the platform has put files.
class PlatformTexts : public texts::TextStore {
public:
    std::string put(const texts::Subject&, const ocr::Document&) override { return {}; }
    bool visit_pages(std::int64_t, const std::function<void(const ocr::Page&)>&) override { return false; }
    std::unique_ptr<texts::TextReader> read(std::int64_t) override { return nullptr; }
    void remove(std::int64_t) override {}
    void check() override {}
    std::optional<std::string> find_blob_path(std::int64_t doc_id) override {
        if (is_away) {
            throw texts::Unavailable("away");
        }
        const auto found = blob_paths.find(doc_id);
        return found == blob_paths.end() ? std::nullopt : std::optional(found->second);
    }

    std::map<std::int64_t, std::string> blob_paths;
    bool is_away = false;
};

/// Documents as the version before, or the platform, has left them: without rows in Document_Files.
class FilesTest : public testing::Test {
protected:
    void store(const std::string& name, std::string_view content = "some text") {
        SpoolFile file = spool_.create();
        file.append(content);
        file.finish();
        ASSERT_TRUE(storage_->upload(name, file, "text/plain"));
    }

    /// Of the version before: it says where its file is, and has a checksum.
    std::int64_t add_ours(const std::string& name) {
        return database_.add_document(name, user_id_, name, std::string(64, 'a'));
    }
    std::int64_t add_platforms(const std::string& name, const std::string& text_id = "pending") {
        const std::int64_t doc_id = database_.add_document(name, user_id_, std::nullopt, std::nullopt);
        database_.execute("UPDATE Documents SET mongo_doc_id = ? WHERE doc_id = ?", text_id, doc_id);
        return doc_id;
    }

    std::optional<std::string> place_of(std::int64_t doc_id) {
        return database_.text("SELECT place FROM Document_Files WHERE doc_id = ?", doc_id);
    }
    std::int64_t untaken() {
        return database_.count(
            "SELECT COUNT(*) FROM Documents d WHERE NOT EXISTS "
            "(SELECT 1 FROM Document_Files f WHERE f.doc_id = d.doc_id)");
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
    Spool spool_{folder_ / "spool"};
    std::unique_ptr<storage::Storage> storage_ = storage::make_storage_with_second_container(
        storage::make_local_storage(folder_ / "blobs"), storage::make_local_storage(folder_ / "second"));
    PlatformTexts texts_;
    PlaceFinder finder_{database_.get(), *storage_, texts_};
    std::int64_t user_id_ = database_.add_user("layla");
};

}  // namespace nassaq::files
