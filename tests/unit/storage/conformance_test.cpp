// What every Storage keeps to. It runs on a local folder, and besides on the service that the environment names;
// tests/integration/test_storage.py starts real ones and says which:
//   NASSAQ_TEST_STORAGE=azure  BLOB_CONNECTION_STR=...
//   NASSAQ_TEST_STORAGE=s3     AWS_ENDPOINT_URL_S3=...  S3_ADDRESSING=path|virtual, with the key "test", "testsecret"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <cstdlib>
#include <map>
#include <thread>

#include "../support/temporary_folder.hpp"
#include "base/spool.hpp"
#include "storage/azure.hpp"
#include "storage/local.hpp"
#include "storage/s3.hpp"

namespace nassaq::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

http_client::Client::Options client_options() {
    return {.transfer = {.ca_file = variable("BLOB_CA_FILE")}};
}

std::unique_ptr<Storage> make_azure() {
    const auto connection = AzureConnection::parse(variable("BLOB_CONNECTION_STR"));
    if (!connection) {
        throw std::runtime_error("BLOB_CONNECTION_STR " + connection.error());
    }
    return make_azure_storage({.connection = *connection,
                               .container = "nassaq-" + random_uuid().substr(0, 8),
                               .client = client_options(),
                               .single_put_bytes = 3 * mebibyte,
                               .block_bytes = mebibyte,
                               .list_page = 40});
}

std::unique_ptr<Storage> make_s3() {
    const bool is_virtual = variable("S3_ADDRESSING") == "virtual";
    return make_s3_storage({.endpoint = variable("AWS_ENDPOINT_URL_S3"),
                            .region = "us-east-1",
                            .bucket = "nassaq-" + random_uuid().substr(0, 8),
                            .credentials = {.access_key = "test", .secret_key = "testsecret", .session_token = ""},
                            .addressing = is_virtual ? S3Addressing::virtual_host : S3Addressing::path,
                            .client = client_options(),
                            .single_put_bytes = 3 * mebibyte,
                            .part_bytes = 5 * mebibyte,
                            .list_page = 40});
}

/// One storage for the whole run: a container of its own.
class StorageConformance : public testing::TestWithParam<std::string> {
protected:
    static void SetUpTestSuite() { folder_ = std::make_unique<test::TemporaryFolder>(); }
    static void TearDownTestSuite() {
        storages_.clear();
        folder_.reset();
    }

    void SetUp() override {
        auto& storage = storages_[GetParam()];
        if (!storage) {
            storage = make();
        }
        storage_ = storage.get();
        spool_ = std::make_unique<Spool>(*folder_ / "spool");
    }

    /// Not below what another test uses.
    std::string named(std::string_view name) const { return prefix_ + std::string(name); }

    SpoolFile spooled(std::string_view content) {
        SpoolFile file = spool_->create();
        file.append(content);
        file.finish();
        return file;
    }

    /// Written bit by bit, and sent meanwhile where the storage does so.
    SpoolFile sent_early(std::string_view name, std::string_view content) {
        SpoolFile file = spool_->create();
        const auto find_content_type = [](const auto&) { return std::optional<std::string>("text/plain"); };
        file.take_along(storage_->send_early(
            {.name = named(name), .length = content.size(), .find_content_type = find_content_type}, file));
        for (; !content.empty(); content.remove_prefix(std::min<std::size_t>(content.size(), 100'000))) {
            file.append(content.substr(0, 100'000));
        }
        file.finish();
        return file;
    }

    std::expected<void, UploadError> upload(std::string_view name, std::string_view content = "content") {
        return storage_->upload(named(name), spooled(content), "text/plain");
    }

    std::string read(std::string_view name, std::uint64_t offset = 0, std::optional<std::uint64_t> length = {}) {
        const auto properties = storage_->properties(named(name));
        if (!properties) {
            return "(no such blob)";
        }
        const auto source = storage_->download_stream(named(name), offset, length.value_or(properties->size - offset));
        std::string content;
        std::vector<char> buffer(10'007);
        while (const std::size_t count = source->read(buffer)) {
            content.append(buffer.data(), count);
        }
        return content;
    }

    std::vector<std::string> names(std::string_view prefix = "") {
        std::vector<std::string> found;
        storage_->list(named(prefix), [&](const BlobProperties& blob) {
            found.push_back(blob.name.substr(prefix_.size()));
            return true;
        });
        return found;
    }

    /// Bytes that differ from place to place.
    static std::string bytes(std::size_t count) {
        std::string result(count, '\0');
        std::uint32_t state = 1;
        for (char& byte : result) {
            state = state * 1'664'525U + 1'013'904'223U;
            byte = static_cast<char>(state >> 24U);
        }
        return result;
    }

    static std::unique_ptr<test::TemporaryFolder> folder_;
    Storage* storage_ = nullptr;
    std::unique_ptr<Spool> spool_;

private:
    static std::unique_ptr<Storage> make() {
        if (GetParam() == "azure") {
            return make_azure();
        }
        return GetParam() == "s3" ? make_s3() : make_local_storage(*folder_ / "blobs");
    }

    static std::map<std::string, std::unique_ptr<Storage>> storages_;
    std::string prefix_ = random_uuid() + "/";
};

std::unique_ptr<test::TemporaryFolder> StorageConformance::folder_;
std::map<std::string, std::unique_ptr<Storage>> StorageConformance::storages_;

std::vector<std::string> storages_to_test() {
    std::vector<std::string> names{"local"};
    if (const std::string other = variable("NASSAQ_TEST_STORAGE"); !other.empty()) {
        names.push_back(other);
    }
    return names;
}

INSTANTIATE_TEST_SUITE_P(Storages, StorageConformance, testing::ValuesIn(storages_to_test()),
                         [](const auto& tested) { return tested.param; });

TEST_P(StorageConformance, IsReady) {
    EXPECT_NO_THROW(storage_->check());
}

TEST_P(StorageConformance, GivesBackWhatWasUploaded) {
    ASSERT_TRUE(upload("contracts/2024/lease.pdf", "the bytes"));
    EXPECT_EQ(read("contracts/2024/lease.pdf"), "the bytes");
    EXPECT_EQ(read("contracts/2024/lease.pdf", 4), "bytes");
    EXPECT_EQ(read("contracts/2024/lease.pdf", 4, 2), "by");
    EXPECT_EQ(read("contracts/2024/lease.pdf", 8, 1), "s");
    EXPECT_EQ(read("contracts/2024/lease.pdf", 3, 0), "");
    const auto properties = storage_->properties(named("contracts/2024/lease.pdf"));
    ASSERT_TRUE(properties);
    EXPECT_EQ(properties->name, named("contracts/2024/lease.pdf"));
    EXPECT_EQ(properties->size, 9U);
    EXPECT_LT(now() - properties->last_modified, std::chrono::minutes{2});
    EXPECT_TRUE(storage_->was_stored_here(named("contracts/2024/lease.pdf")));
}

TEST_P(StorageConformance, TakesNothingAndMuch) {
    ASSERT_TRUE(upload("empty", ""));
    EXPECT_EQ(read("empty"), "");
    const std::string large = bytes(11 * mebibyte + 17);
    ASSERT_TRUE(upload("large", large));
    EXPECT_TRUE(read("large") == large);
    EXPECT_TRUE(read("large", 6 * mebibyte - 3, 100'000) == large.substr(6 * mebibyte - 3, 100'000));
    const auto again = upload("large", bytes(7 * mebibyte));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), UploadError::already_exists);
    EXPECT_EQ(storage_->properties(named("large"))->size, large.size());
}

TEST_P(StorageConformance, NeverReplaces) {
    ASSERT_TRUE(upload("a", "first"));
    const auto second = upload("a", "second");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), UploadError::already_exists);
    EXPECT_EQ(read("a"), "first");
}

TEST_P(StorageConformance, HasNoMissingBlob) {
    EXPECT_FALSE(storage_->exists(named("a/b")));
    EXPECT_FALSE(storage_->properties(named("a/b")));
    EXPECT_EQ(storage_->download_stream(named("a/b"), 0, 1), nullptr);
    EXPECT_EQ(storage_->download_stream(named("a/b"), 0, 0), nullptr);
    EXPECT_FALSE(storage_->link(named("a/b"), *folder_ / "no-link"));
    EXPECT_NO_THROW(storage_->remove(named("a/b")));
    EXPECT_FALSE(storage_->was_stored_here(named("a/b")));
    EXPECT_THAT(names(), IsEmpty());
}

TEST_P(StorageConformance, AStreamIsNeverShort) {
    ASSERT_TRUE(upload("a", "12345"));
    const auto read_all = [&](std::uint64_t offset, std::uint64_t length) {
        const auto source = storage_->download_stream(named("a"), offset, length);
        std::vector<char> buffer(100);
        while (source->read(buffer) > 0) {
        }
    };
    EXPECT_NO_THROW(read_all(0, 5));
    EXPECT_THROW(read_all(0, 6), std::runtime_error);
    EXPECT_THROW(read_all(5, 1), std::runtime_error);
    EXPECT_THROW(read_all(50, 5), std::runtime_error);
}

TEST_P(StorageConformance, AStreamCanBeLeft) {
    const std::string large = bytes(8 * mebibyte);
    ASSERT_TRUE(upload("a", large));
    for (int i = 0; i < 5; ++i) {
        std::vector<char> buffer(1'000);
        EXPECT_GT(storage_->download_stream(named("a"), 0, large.size())->read(buffer), 0U);
    }
    EXPECT_TRUE(read("a") == large);
}

TEST_P(StorageConformance, RemovesABlobAndNothingElse) {
    for (const char* name : {"a/one", "a/b/two", "a/b/c/three", "ab/four", "b/a/five"}) {
        ASSERT_TRUE(upload(name));
    }
    for (const char* name : {"a/one", "a/b/two", "a/b/c/three"}) {
        storage_->remove(named(name));
    }
    EXPECT_THAT(names(), UnorderedElementsAre("ab/four", "b/a/five"));
    storage_->remove(named("ab/four"));
    EXPECT_THAT(names(), ElementsAre("b/a/five"));
}

TEST_P(StorageConformance, ListsByPrefix) {
    for (const char* name : {"a/one", "a/two", "ab/three", "b"}) {
        ASSERT_TRUE(upload(name, name));
    }
    EXPECT_THAT(names("a/"), UnorderedElementsAre("a/one", "a/two"));
    EXPECT_THAT(names("a"), UnorderedElementsAre("a/one", "a/two", "ab/three"));
    EXPECT_THAT(names("a/t"), UnorderedElementsAre("a/two"));
    EXPECT_THAT(names("zzz"), IsEmpty());
    int visited = 0;
    storage_->list(named(""), [&](const BlobProperties& blob) {
        EXPECT_EQ(blob.size, blob.name.size() - named("").size());
        EXPECT_LT(now() - blob.last_modified, std::chrono::minutes{2});
        return ++visited < 2;
    });
    EXPECT_EQ(visited, 2);
}

TEST_P(StorageConformance, ListsMoreThanAPage) {
    constexpr std::size_t count = 130;
    std::vector<std::jthread> threads;
    std::atomic<std::size_t> next = 0;
    std::vector<SpoolFile> files;
    files.push_back(spooled("x"));
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (std::size_t number = next++; number < count; number = next++) {
                EXPECT_TRUE(storage_->upload(named("many/" + std::to_string(number)), files[0], ""));
            }
        });
    }
    threads.clear();
    EXPECT_EQ(names("many/").size(), count);
}

TEST_P(StorageConformance, TakesNamesOfDocuments) {
    std::string long_name;
    for (int i = 0; i < 120; ++i) {
        long_name += "ع";
    }
    const std::vector<std::string> all = {"عقود/عقد إيجار ٢٠٢٤.pdf",
                                          "😀.png",
                                          "a%b",
                                          "%25",
                                          "100%",
                                          "a b",
                                          "a+b",
                                          "a&b=c?d",
                                          "a#b",
                                          "a;b,c",
                                          ".hidden",
                                          "it's (1)!",
                                          "a\"b<c>",
                                          "~tilde",
                                          "a:b@c$d",
                                          "[x]{y}|z^`",
                                          "ملف/تقرير.txt",
                                          long_name + ".pdf"};
    std::map<std::string, std::string> contents;
    for (const std::string& name : all) {
        contents[name] = "content of " + std::to_string(contents.size());
        ASSERT_TRUE(upload(name, contents[name])) << name;
    }
    for (const auto& [name, content] : contents) {
        EXPECT_EQ(read(name), content) << name;
        EXPECT_THAT(names(name), ElementsAre(name));
    }
    EXPECT_THAT(names(), testing::UnorderedElementsAreArray(all));
    for (const std::string& name : all) {
        storage_->remove(named(name));
    }
    EXPECT_THAT(names(), IsEmpty());
}

TEST_P(StorageConformance, RefusesNamesThatLeadOut) {
    for (const char* name : {"../secret", "a/../../secret", "/etc/passwd", "..", "a/..", "", "a//b", "./a"}) {
        EXPECT_THROW(storage_->upload(name, spooled("x"), ""), std::invalid_argument) << name;
        EXPECT_THROW(storage_->download_stream(name, 0, 1), std::invalid_argument) << name;
        EXPECT_THROW(storage_->remove(name), std::invalid_argument) << name;
        EXPECT_THROW(storage_->exists(name), std::invalid_argument) << name;
    }
}

TEST_P(StorageConformance, KnowsTheFileThatABlobWasMadeOf) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{4 * mebibyte}}) {
        const std::string name = named("b/" + std::to_string(size));
        const SpoolFile file = spooled(bytes(size));
        const SpoolFile other = spooled(bytes(size));
        EXPECT_FALSE(storage_->is_stored_from(name, file.path()));
        ASSERT_TRUE(storage_->upload(name, file, ""));
        EXPECT_TRUE(storage_->is_stored_from(name, file.path()));
        EXPECT_FALSE(storage_->is_stored_from(name, other.path()));
    }
}

TEST_P(StorageConformance, OneOfSeveralUploadsOfANameWins) {
    constexpr int threads = 6;
    for (const std::size_t size : {std::size_t{100}, std::size_t{100}, std::size_t{6 * mebibyte}}) {
        const std::string name = "race/" + random_uuid();
        std::barrier start(threads);
        std::atomic<int> winners = 0;
        std::atomic<char> winner = '?';
        std::vector<std::jthread> racing;
        for (int i = 0; i < threads; ++i) {
            racing.emplace_back([&, i] {
                const char mark = static_cast<char>('a' + i);
                const SpoolFile file = spooled(std::string(size, mark));
                start.arrive_and_wait();
                if (storage_->upload(named(name), file, "")) {
                    ++winners;
                    winner = mark;
                }
            });
        }
        racing.clear();
        EXPECT_EQ(winners, 1);
        EXPECT_TRUE(read(name) == std::string(size, winner));
    }
}

TEST_P(StorageConformance, MakesABlobOfAFileThatItWasSentWhileItWasWritten) {
    const std::string content = bytes(12 * mebibyte + 5);
    SpoolFile file = sent_early("early/large", content);
    EXPECT_FALSE(storage_->exists(named("early/large")));
    ASSERT_TRUE(storage_->upload(named("early/large"), file, "text/plain"));
    EXPECT_TRUE(read("early/large") == content);
    EXPECT_TRUE(storage_->is_stored_from(named("early/large"), file.path()));
    SpoolFile second = sent_early("early/large", content);
    EXPECT_EQ(storage_->upload(named("early/large"), second, "text/plain").error(), UploadError::already_exists);
    ASSERT_TRUE(storage_->upload(named("early/other"), second, "text/plain"));
    EXPECT_TRUE(read("early/other") == content);
}

TEST_P(StorageConformance, KeepsNothingOfAFileThatWasCut) {
    { const SpoolFile file = sent_early("early/cut", bytes(12 * mebibyte)); }
    // It is sent and discarded on other threads; until they are done the name may be taken.
    bool is_free = false;
    for (int i = 0; i < 300 && !is_free; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        is_free = upload("early/cut", "another").has_value();
    }
    EXPECT_TRUE(is_free);
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    EXPECT_EQ(read("early/cut"), "another");
}

TEST_P(StorageConformance, KeepsUploadsThatAreUnderWay) {
    ASSERT_TRUE(upload("a", bytes(6 * mebibyte)));
    EXPECT_EQ(storage_->abort_unfinished(now() - std::chrono::hours{1}), 0U);
}

}  // namespace
}  // namespace nassaq::storage
