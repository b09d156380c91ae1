#include "paths/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"

namespace nassaq::paths {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PathStore : public testing::Test {
protected:
    std::int64_t insert(const std::string& path) {
        return database_.get().transaction(
            [&](db::Session& session) { return insert_path(session, {.full_path = path, .description = {}}).value(); });
    }
    std::vector<std::string> names(const std::vector<PathResponse>& rows) {
        std::vector<std::string> names;
        for (const PathResponse& row : rows) {
            names.push_back(row.full_path);
        }
        return names;
    }
    std::vector<std::string> list(const ListPaths& filter) {
        return names(database_.get().read([&](db::Session& session) { return list_paths(session, filter); }));
    }
    std::vector<std::string> below(const std::string& path) {
        return names(database_.get().read([&](db::Session& session) { return list_below(session, path); }));
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
};

TEST_F(PathStore, BeginsWithTheRoot) {
    EXPECT_THAT(list({}), ElementsAre("/"));
}

TEST_F(PathStore, ListsByNameDepthAndPrefix) {
    for (const char* path : {"b", "a/x/y", "a", "a/x", "ab", "عقود/٢"}) {
        insert(path);
    }
    EXPECT_THAT(list({}), ElementsAre("/", "a", "a/x", "a/x/y", "ab", "b", "عقود/٢"));
    EXPECT_THAT(list({.min_depth = 1, .max_depth = 1, .prefix = {}}), ElementsAre("a", "ab", "b"));
    EXPECT_THAT(list({.min_depth = 0, .max_depth = 5, .prefix = "a"}), ElementsAre("a", "a/x", "a/x/y", "ab"));
    EXPECT_THAT(list({.min_depth = 0, .max_depth = 5, .prefix = "a/"}), ElementsAre("a/x", "a/x/y"));
    EXPECT_THAT(list({.min_depth = 0, .max_depth = 5, .prefix = "عقود"}), ElementsAre("عقود/٢"));
    EXPECT_THAT(list({.min_depth = 0, .max_depth = 5, .prefix = "%"}), IsEmpty());
}

TEST_F(PathStore, ListsBelowAPathOnlyWhatIsBelowIt) {
    for (const char* path : {"a", "a/x", "a/x/y", "a b", "a-b", "a0", "ab", "a/\U0010ffff"}) {
        insert(path);
    }
    EXPECT_THAT(below("a"), ElementsAre("a/x", "a/x/y", "a/\U0010ffff"));
    EXPECT_THAT(below("a/x"), ElementsAre("a/x/y"));
    EXPECT_THAT(below("ab"), IsEmpty());
}

TEST_F(PathStore, SaysThatAPathIsThereAlready) {
    insert("a");
    const std::int64_t b = insert("b");
    database_.get().transaction([&](db::Session& session) {
        EXPECT_EQ(insert_path(session, {.full_path = "a", .description = {}}).error(), PathError::already_exists);
    });
    database_.get().transaction(
        [&](db::Session& session) { EXPECT_EQ(rename_path(session, b, "a").error(), PathError::already_exists); });
    EXPECT_THAT(list({}), ElementsAre("/", "a", "b"));
}

TEST_F(PathStore, KeepsTheDepthOfARenamedPath) {
    const std::int64_t id = insert("a");
    database_.get().transaction(
        [&](db::Session& session) { EXPECT_TRUE(rename_path(session, id, "x/y/z").has_value()); });
    const auto path = database_.get().read([&](db::Session& session) { return find_path(session, id); });
    EXPECT_EQ(path.value().full_path, "x/y/z");
    EXPECT_EQ(path.value().depth, 3);
}

TEST_F(PathStore, KeepsAPathThatHasDocuments) {
    const std::int64_t user = database_.add_user("layla");
    database_.add_document("a.txt", user, "a.txt", std::nullopt);  // At the root, whose id is 1.
    database_.get().transaction(
        [&](db::Session& session) { EXPECT_EQ(remove_path(session, 1).error(), PathError::has_documents); });
    EXPECT_THAT(list({}), ElementsAre("/"));
}

}  // namespace
}  // namespace nassaq::paths
