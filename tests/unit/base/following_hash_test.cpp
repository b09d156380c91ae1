#include "base/following_hash.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../support/temporary_folder.hpp"
#include "base/spool.hpp"

namespace nassaq {
namespace {

std::string bytes_of_size(std::size_t size, char first) {
    std::string bytes(size, first);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<char>(first + static_cast<char>(i * 7 / 3));
    }
    return bytes;
}

std::string sha256_of(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

class FollowingHashTest : public testing::Test {
protected:
    test::TemporaryFolder folder_;
    Spool spool_{folder_.path() / "spool"};
};

TEST_F(FollowingHashTest, IsTheSameWhateverTheSizeAndThePieces) {
    for (const std::size_t size :
         {0UL, 1UL, (2UL << 20U) - 1, 2UL << 20U, (2UL << 20U) + 1, 5'000'001UL, 17'000'000UL}) {
        const std::string bytes = bytes_of_size(size, 'a');
        SpoolFile file = spool_.create();
        for (std::size_t at = 0; at < size; at += 100'003) {
            file.append(std::string_view(bytes).substr(at, 100'003));
        }
        file.finish();
        EXPECT_EQ(file.sha256(), sha256_of(bytes)) << size;
    }
}

TEST_F(FollowingHashTest, FollowsSeveralFilesAtOnce) {
    std::vector<std::jthread> writers;
    for (char number = 0; number < 6; ++number) {
        writers.emplace_back([&, number] {
            const std::string bytes = bytes_of_size(9'000'000, number);
            SpoolFile file = spool_.create();
            file.append(std::string_view(bytes).substr(0, 4'000'000));
            SpoolFile moved = std::move(file);
            moved.append(std::string_view(bytes).substr(4'000'000));
            moved.finish();
            EXPECT_EQ(moved.sha256(), sha256_of(bytes));
        });
    }
}

TEST_F(FollowingHashTest, OfAFileThatIsGivenUpHarmsNobody) {
    for (int i = 0; i < 20; ++i) {
        SpoolFile file = spool_.create();
        file.append(std::string(5'000'000, 'x'));
    }
}

TEST_F(FollowingHashTest, OfAFileThatBecameShorterIsAnError) {
    SpoolFile file = spool_.create();
    file.append(std::string(3'000'000, 'x'));
    file.append(std::string(3'000'000, 'y'));
    std::filesystem::resize_file(file.path(), 10);
    EXPECT_THROW(
        {
            file.append(std::string(100, 'z'));
            std::filesystem::resize_file(file.path(), 10);
            file.finish();
        },
        std::exception);
}

}  // namespace
}  // namespace nassaq
