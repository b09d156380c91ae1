#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <fstream>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "base/file.hpp"
#include "base/spool.hpp"
#include "storage/local.hpp"

namespace nassaq::storage {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class LocalStorageTest : public testing::Test {
protected:
    SpoolFile spooled(std::string_view content) {
        SpoolFile file = spool_.create();
        file.append(content);
        file.finish();
        return file;
    }

    std::expected<void, UploadError> upload(std::string_view name, std::string_view content = "content") {
        return storage_->upload(name, spooled(content), "text/plain");
    }

    std::string read(std::string_view name, std::uint64_t offset = 0, std::optional<std::uint64_t> length = {}) {
        const auto properties = storage_->properties(name);
        if (!properties) {
            return "(no such blob)";
        }
        const auto source = storage_->download_stream(name, offset, length.value_or(properties->size - offset));
        std::string content;
        std::vector<char> buffer(7);
        while (const std::size_t count = source->read(buffer)) {
            content.append(buffer.data(), count);
        }
        return content;
    }

    std::vector<std::string> names(std::string_view prefix = "") {
        std::vector<std::string> found;
        storage_->list(prefix, [&](const BlobProperties& blob) {
            found.push_back(blob.name);
            return true;
        });
        return found;
    }

    /// What lies in the folder, without the one for staging.
    std::vector<std::string> entries() {
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(root_)) {
            if (!entry.path().string().contains("%staging")) {
                found.push_back(fs::relative(entry.path(), root_).string());
            }
        }
        return found;
    }

    test::TemporaryFolder folder_;
    fs::path root_ = folder_ / "blobs";
    Spool spool_{folder_ / "spool"};
    std::unique_ptr<Storage> storage_ = make_local_storage(root_);
};

TEST_F(LocalStorageTest, GivesBackWhatWasUploaded) {
    ASSERT_TRUE(upload("contracts/2024/lease.pdf", "the bytes"));
    EXPECT_EQ(read("contracts/2024/lease.pdf"), "the bytes");
    EXPECT_EQ(read("contracts/2024/lease.pdf", 4), "bytes");
    EXPECT_EQ(read("contracts/2024/lease.pdf", 4, 2), "by");
    EXPECT_TRUE(storage_->exists("contracts/2024/lease.pdf"));
    const auto properties = storage_->properties("contracts/2024/lease.pdf");
    ASSERT_TRUE(properties);
    EXPECT_EQ(properties->name, "contracts/2024/lease.pdf");
    EXPECT_EQ(properties->size, 9U);
    EXPECT_LT(now() - properties->last_modified, std::chrono::minutes{1});
}

TEST_F(LocalStorageTest, KeepsTheBytesWhenTheSpoolFileGoes) {
    {
        const SpoolFile file = spooled("kept");
        ASSERT_TRUE(storage_->upload("a", file, ""));
        EXPECT_EQ(fs::hard_link_count(file.path()), 2U);
    }
    EXPECT_EQ(read("a"), "kept");
    EXPECT_EQ(fs::hard_link_count(root_ / "a"), 1U);
}

TEST_F(LocalStorageTest, NeverReplaces) {
    ASSERT_TRUE(upload("a", "first"));
    const auto second = upload("a", "second");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), UploadError::already_exists);
    EXPECT_EQ(read("a"), "first");
    EXPECT_TRUE(fs::is_empty(root_ / "%staging"));
}

TEST_F(LocalStorageTest, HasNoMissingBlob) {
    EXPECT_FALSE(storage_->exists("a/b"));
    EXPECT_FALSE(storage_->properties("a/b"));
    EXPECT_EQ(storage_->download_stream("a/b", 0, 1), nullptr);
    EXPECT_FALSE(storage_->link("a/b", folder_ / "link"));
    EXPECT_NO_THROW(storage_->remove("a/b"));
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(LocalStorageTest, TellsAFolderFromABlob) {
    ASSERT_TRUE(upload("a", "document"));
    ASSERT_TRUE(upload("a/b", "in the path"));
    EXPECT_EQ(read("a"), "document");
    EXPECT_EQ(read("a/b"), "in the path");
    EXPECT_FALSE(storage_->exists("a%"));
    EXPECT_THAT(names(), UnorderedElementsAre("a", "a/b"));
    storage_->remove("a/b");
    EXPECT_THAT(entries(), ElementsAre("a"));
}

TEST_F(LocalStorageTest, ShortStreamIsAnError) {
    ASSERT_TRUE(upload("a", "12345"));
    const auto source = storage_->download_stream("a", 0, 6);
    std::vector<char> buffer(100);
    EXPECT_EQ(source->read(buffer), 5U);
    EXPECT_THROW(source->read(buffer), std::runtime_error);
}

TEST_F(LocalStorageTest, LinksABlobToAPlaceWhereNothingIs) {
    ASSERT_TRUE(upload("a", "content"));
    ASSERT_TRUE(storage_->link("a", folder_ / "link"));
    EXPECT_TRUE(fs::equivalent(root_ / "a", folder_ / "link"));
    EXPECT_FALSE(storage_->link("a", folder_ / "link"));
    EXPECT_FALSE(storage_->link("a", folder_ / "no folder/link"));
    storage_->remove("a");
    EXPECT_EQ(file::read_small(folder_ / "link", 100), "content");
}

TEST_F(LocalStorageTest, RemovesFoldersThatBecomeEmpty) {
    ASSERT_TRUE(upload("a/b/c/one"));
    ASSERT_TRUE(upload("a/two"));
    storage_->remove("a/b/c/one");
    EXPECT_THAT(entries(), UnorderedElementsAre("a%", "a%/two"));
    storage_->remove("a/two");
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(LocalStorageTest, ListsByPrefix) {
    const std::string long_segment(450, 'n');
    for (const std::string& name : {std::string("a/one"), std::string("a/two"), std::string("ab/three"),
                                    std::string("b"), long_segment + "/four", long_segment + "5"}) {
        ASSERT_TRUE(upload(name));
    }
    EXPECT_THAT(names("a/"), UnorderedElementsAre("a/one", "a/two"));
    EXPECT_THAT(names("a"), UnorderedElementsAre("a/one", "a/two", "ab/three"));
    EXPECT_THAT(names("a/t"), UnorderedElementsAre("a/two"));
    EXPECT_THAT(names("zzz"), IsEmpty());
    EXPECT_THAT(names("nnn"), UnorderedElementsAre(long_segment + "/four", long_segment + "5"));
    EXPECT_THAT(names(long_segment + "/"), UnorderedElementsAre(long_segment + "/four"));
    EXPECT_EQ(names().size(), 6U);

    int visited = 0;
    storage_->list("", [&](const BlobProperties&) { return ++visited < 2; });
    EXPECT_EQ(visited, 2);
}

TEST_F(LocalStorageTest, TakesEveryNameThatADocumentCanHave) {
    std::string emoji;
    std::string euros;
    std::string percents;
    for (int i = 0; i < 255; ++i) {
        euros += "€";
        percents += "%";
        emoji += i < 127 ? "😀" : "";
    }
    const std::vector<std::string> all = {"عقود/عقد إيجار ٢٠٢٤.pdf",
                                          emoji,
                                          euros,
                                          percents,
                                          "a%b",
                                          "%",
                                          "%/%",
                                          "%25",
                                          ".hidden",
                                          "a b\tc",
                                          euros + "/" + percents,
                                          euros + "/a",
                                          "%+",
                                          "x/%staging/y",
                                          "%staging"};
    std::map<std::string, std::string> contents;
    for (const std::string& name : all) {
        contents[name] = "content of " + std::to_string(contents.size());
        ASSERT_TRUE(upload(name, contents[name])) << name;
    }
    for (const auto& [name, content] : contents) {
        EXPECT_EQ(read(name), content) << name;
    }
    EXPECT_THAT(names(), testing::UnorderedElementsAreArray(all));
    for (const std::string& name : all) {
        storage_->remove(name);
    }
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(LocalStorageTest, NoNameLeavesTheRoot) {
    std::ofstream(folder_ / "secret") << "secret";
    for (const char* name : {"../secret", "a/../../secret", "/etc/passwd", "..", "a/..", ""}) {
        EXPECT_THROW(upload(name), std::invalid_argument) << name;
        EXPECT_THROW(storage_->download_stream(name, 0, 1), std::invalid_argument) << name;
        EXPECT_THROW(storage_->remove(name), std::invalid_argument) << name;
        EXPECT_THROW(storage_->exists(name), std::invalid_argument) << name;
    }
    EXPECT_TRUE(fs::exists(folder_ / "secret"));
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(LocalStorageTest, UrlIsPercentEncoded) {
    EXPECT_EQ(storage_->url("a/b c%.pdf"), "local:///blobs/a/b%20c%25.pdf");
    EXPECT_EQ(storage_->url("عقد"), "local:///blobs/%D8%B9%D9%82%D8%AF");
}

TEST_F(LocalStorageTest, KnowsTheFileThatABlobWasMadeOf) {
    const SpoolFile file = spooled("x");
    const SpoolFile other = spooled("x");
    EXPECT_FALSE(storage_->is_stored_from("a/b", file.path()));
    ASSERT_TRUE(storage_->upload("a/b", file, ""));
    EXPECT_TRUE(storage_->is_stored_from("a/b", file.path()));
    EXPECT_FALSE(storage_->is_stored_from("a/b", other.path()));
    EXPECT_FALSE(storage_->is_stored_from("a/b", folder_ / "missing"));
    EXPECT_FALSE(storage_->is_stored_from("a", file.path()));
}

TEST_F(LocalStorageTest, OneOfSeveralUploadsOfANameWins) {
    constexpr int threads = 16;
    for (int round = 0; round < 20; ++round) {
        const std::string name = "race/" + std::to_string(round) + "/a";
        std::barrier start(threads);
        std::atomic<int> winners = 0;
        std::atomic<int> winner = -1;
        std::vector<std::jthread> racing;
        for (int i = 0; i < threads; ++i) {
            racing.emplace_back([&, i] {
                const SpoolFile file = spooled(std::to_string(i));
                start.arrive_and_wait();
                if (storage_->upload(name, file, "")) {
                    ++winners;
                    winner = i;
                }
            });
        }
        racing.clear();
        EXPECT_EQ(winners, 1);
        EXPECT_EQ(read(name), std::to_string(winner));
    }
}

TEST_F(LocalStorageTest, UploadsAndRemovalsInTheSameFolderDoNotHinderEachOther) {
    constexpr int threads = 8;
    constexpr int rounds = 60;
    std::atomic<int> failures = 0;
    std::vector<std::jthread> working;
    for (int i = 0; i < threads; ++i) {
        working.emplace_back([&, i] {
            const std::string name = "deep/er/" + std::to_string(i);
            for (int round = 0; round < rounds; ++round) {
                const bool stored = storage_->upload(name, spooled(name), "").has_value();
                failures += stored && storage_->exists(name) ? 0 : 1;
                storage_->remove(name);
            }
        });
    }
    working.clear();
    EXPECT_EQ(failures, 0);
    EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(LocalStorageTest, ListsWhileOthersWrite) {
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(upload("stays/" + std::to_string(i)));
    }
    std::jthread writer([this](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            (void)storage_->upload("comes/and/goes", spooled("x"), "");
            storage_->remove("comes/and/goes");
        }
    });
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(names("stays/").size(), 50U);
        (void)names();
    }
}

TEST_F(LocalStorageTest, AnotherProcessSeesTheSame) {
    ASSERT_TRUE(upload("a/b", "x"));
    const auto other = make_local_storage(root_);
    EXPECT_TRUE(other->exists("a/b"));
    other->remove("a/b");
    EXPECT_FALSE(storage_->exists("a/b"));
}

TEST_F(LocalStorageTest, CheckLeavesNothing) {
    EXPECT_NO_THROW(storage_->check());
    EXPECT_TRUE(fs::is_empty(root_ / "%staging"));
    fs::remove_all(root_);
    EXPECT_THROW(storage_->check(), std::system_error);
}

TEST_F(LocalStorageTest, ClearsWhatADeadProcessWasStaging) {
    std::ofstream(root_ / "%staging" / "left") << "half";
    EXPECT_THAT(names(), IsEmpty());
    const auto next = make_local_storage(root_);
    EXPECT_TRUE(fs::is_empty(root_ / "%staging"));
}

}  // namespace
}  // namespace nassaq::storage
