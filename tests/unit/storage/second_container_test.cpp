// Both storages are local folders here; on a real Azurite it is tested by tests/integration/test_second_container.py.

#include "storage/second_container.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "base/spool.hpp"
#include "storage/azure.hpp"
#include "storage/local.hpp"

namespace nassaq::storage {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::ThrowsMessage;

constexpr const char* original_id = "9f0c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b";
/// What begins with '/', and is no name of second_container_name().
constexpr std::array no_ids{"/", "//", "/.", "/..", "/a/b", "/../main.txt", "/a/"};

class SecondContainer : public testing::Test {
protected:
    SecondContainer() {
        EXPECT_TRUE(make_local_storage(folder_ / "second")->upload(original_id, spooled("an original"), "text/plain"));
        EXPECT_TRUE(storage_->upload("main.txt", spooled("a document"), "text/plain"));
    }

    std::unique_ptr<Storage> make(bool has_second) {
        return make_storage_with_second_container(make_local_storage(folder_ / "main"),
                                                  has_second ? make_local_storage(folder_ / "second") : nullptr);
    }

    SpoolFile spooled(std::string_view content) {
        SpoolFile file = spool_.create();
        file.append(content);
        file.finish();
        return file;
    }

    static std::string read(Storage& storage, std::string_view name, std::uint64_t offset, std::uint64_t length) {
        const auto source = storage.download_stream(name, offset, length);
        if (!source) {
            return "(no such blob)";
        }
        std::string content(length, '\0');
        content.resize(source->read(content));
        return content;
    }

    static std::vector<std::string> names(Storage& storage) {
        std::vector<std::string> found;
        storage.list("", [&](const BlobProperties& blob) {
            found.push_back(blob.name);
            return true;
        });
        return found;
    }

    test::TemporaryFolder folder_;
    Spool spool_{folder_ / "spool"};
    std::unique_ptr<Storage> storage_ = make(true);
    std::string name_ = second_container_name(original_id);
};

TEST_F(SecondContainer, KnowsItsNames) {
    EXPECT_EQ(name_, std::string("/") + original_id);
    EXPECT_TRUE(is_in_second_container(name_));
    EXPECT_FALSE(is_in_second_container(original_id));
    EXPECT_FALSE(is_in_second_container("folder/main.txt"));
    EXPECT_FALSE(is_in_second_container(""));
    EXPECT_FALSE(is_blob_name(name_));  // So no upload has one.
}

TEST_F(SecondContainer, GivesWhatIsInEither) {
    EXPECT_EQ(read(*storage_, name_, 0, 11), "an original");
    EXPECT_EQ(read(*storage_, name_, 3, 4), "orig");
    EXPECT_EQ(read(*storage_, "main.txt", 0, 10), "a document");
    EXPECT_TRUE(storage_->exists(name_));
    const auto properties = storage_->properties(name_);
    ASSERT_TRUE(properties);
    EXPECT_EQ(properties->name, name_);  // By which it can be read again.
    EXPECT_EQ(properties->size, 11U);
    const auto of_main = storage_->properties("main.txt");
    ASSERT_TRUE(of_main);
    EXPECT_EQ(of_main->name, "main.txt");
    EXPECT_EQ(storage_->url(name_), std::string("local:///blobs/") + original_id);
}

TEST_F(SecondContainer, OneIsNotTakenForTheOther) {
    EXPECT_FALSE(storage_->exists(original_id));
    EXPECT_FALSE(storage_->exists("/main.txt"));
    storage_->remove("/main.txt");
    storage_->remove(original_id);
    EXPECT_TRUE(storage_->exists("main.txt"));
    EXPECT_TRUE(storage_->exists(name_));
    storage_->remove(name_);
    EXPECT_FALSE(storage_->exists(name_));
    storage_->remove(name_);  // A second time is no error.
}

TEST_F(SecondContainer, NothingIsStoredListedOrClaimedThere) {
    EXPECT_THROW(static_cast<void>(storage_->upload("/new", spooled("new"), "")), std::invalid_argument);
    EXPECT_THAT(names(*storage_), ElementsAre("main.txt"));
    EXPECT_FALSE(storage_->was_stored_here(name_));
    EXPECT_TRUE(storage_->was_stored_here("main.txt"));
    EXPECT_FALSE(storage_->link(name_, folder_ / "linked"));
    EXPECT_TRUE(storage_->link("main.txt", folder_ / "linked"));
    storage_->share_bytes(name_, spooled("an original"));
}

TEST_F(SecondContainer, TellsWhatCrossesANetwork) {
    EXPECT_TRUE(storage_->is_remote());
    EXPECT_TRUE(storage_->crosses_network(name_));
    EXPECT_FALSE(storage_->crosses_network("main.txt"));
    EXPECT_FALSE(make(false)->is_remote());
}

TEST_F(SecondContainer, WhatCanBeNoIdIsNotThere) {
    for (const char* name : no_ids) {
        EXPECT_FALSE(storage_->exists(name)) << name;
        EXPECT_FALSE(storage_->properties(name)) << name;
        EXPECT_EQ(storage_->download_stream(name, 0, 1), nullptr) << name;
        EXPECT_NO_THROW(storage_->remove(name)) << name;
        EXPECT_NO_THROW(static_cast<void>(storage_->url(name))) << name;
    }
    EXPECT_TRUE(storage_->exists("main.txt"));
}

TEST_F(SecondContainer, WithoutTheContainerNothingOfItIsThere) {
    const auto alone = make(false);
    EXPECT_FALSE(alone->exists(name_));
    EXPECT_FALSE(alone->properties(name_));
    EXPECT_EQ(alone->download_stream(name_, 0, 1), nullptr);
    EXPECT_FALSE(alone->link(name_, folder_ / "linked"));
    EXPECT_FALSE(alone->was_stored_here(name_));
    EXPECT_NO_THROW(static_cast<void>(alone->url(name_)));
    EXPECT_EQ(read(*alone, "main.txt", 0, 10), "a document");
}

TEST_F(SecondContainer, WithoutTheContainerARemovalIsToBeTriedAgain) {
    EXPECT_THROW(make(false)->remove(name_), std::runtime_error);
    EXPECT_NO_THROW(make(false)->remove("main.txt"));
}

TEST_F(SecondContainer, FailuresSayWhoseTheyAreAndNotTheSignature) {
    AzureOptions away{.connection = {.endpoint = "http://127.0.0.1:1/account", .sas = "sv=1&sig=s3cr3t"},
                      .container = "originals"};
    away.client.attempts = 1;
    const auto storage =
        make_storage_with_second_container(make_local_storage(folder_ / "main"), make_azure_storage(std::move(away)));
    EXPECT_NO_THROW(storage->check());
    EXPECT_TRUE(storage->exists("main.txt"));
    EXPECT_EQ(storage->url(name_), std::string("http://127.0.0.1:1/account/originals/") + original_id);
    EXPECT_THAT(
        [&] { static_cast<void>(storage->exists(name_)); },
        ThrowsMessage<std::runtime_error>(AllOf(StartsWith("the second container: "), Not(HasSubstr("s3cr3t")))));
}

}  // namespace
}  // namespace nassaq::storage
